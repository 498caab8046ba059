//! `avouch replay FINGERPRINT`

use super::ledger::args::PlaceArgs;
use super::ledger::{recorded_digests, recorded_finding, recorded_scan};
use super::scan_ledger::{self, Into};
use super::{Failed, answer, scan};
use crate::cli::ReplayArgs;
use crate::config::Config;
use crate::exit::Exit;
use crate::recorder::{ExchangeKey, sha256};
use crate::state::State;
use anyhow::anyhow;
use avouch_model::fact;
use avouch_model::fact::scan::Scan;
use avouch_model::finding::Finding;
use avouch_model::operation::OperationId;
use avouch_model::report::{FamilyCoverage, Report};
use avouch_model::verdict::Verdict;

/// What is asked about again, and what the ledger says of it when it comes from there.
struct Baseline {
    fingerprint: String,
    check: String,
    operation: Option<OperationId>,
    target: String,
    recorded: Option<Recorded>,
}

/// A scan of a ledger, and the finding it recorded.
struct Recorded {
    place: PlaceArgs,
    scan: Scan,
    finding: fact::finding::Finding,
}

/// Asks about one finding again.
pub(super) fn run(args: &ReplayArgs) -> Result<Exit, Failed> {
    let state = State::open(&args.scan.limits.state).map_err(Failed::usage)?;
    let config = Config::read(args.scan.config.as_deref()).map_err(Failed::usage)?;
    let baseline = match &args.from_scan {
        Some(id) => of_ledger(args, &config, id)?,
        None => of_state(&state, &args.fingerprint)?,
    };
    if args.recorded { recorded(&state, &baseline) } else { live(args, &config, &state, &baseline) }
}

/// The finding as a ledger has it.
fn of_ledger(args: &ReplayArgs, config: &Config, id: &str) -> Result<Baseline, Failed> {
    let Some(place) = scan_ledger::named(&args.scan, config) else {
        return Err(Failed::usage(anyhow!("there is no ledger to take the scan from"))
            .advice("name its folder with `--ledger`"));
    };
    let scan = recorded_scan(&place, id)?;
    let found = recorded_finding(&place, &scan, &args.fingerprint)?;
    Ok(Baseline {
        fingerprint: found.fingerprint.clone(),
        check: found.check.clone(),
        operation: found.operation.clone().map(OperationId),
        target: found.target.clone(),
        recorded: Some(Recorded { place, scan, finding: found }),
    })
}

/// The finding as the last scan left it.
fn of_state(state: &State, fingerprint: &str) -> Result<Baseline, Failed> {
    let last = state.report().map_err(|error| {
        Failed::usage(error).advice("replay needs an earlier `avouch scan` in this folder")
    })?;
    let found = find(&last, fingerprint)?;
    Ok(Baseline {
        fingerprint: found.fingerprint.clone(),
        check: found.check.clone(),
        operation: found.operation.clone(),
        target: last.target.clone(),
        recorded: None,
    })
}

fn find<'r>(report: &'r Report, fingerprint: &str) -> Result<&'r Finding, Failed> {
    let mut found = report.findings.iter().filter(|f| f.fingerprint.starts_with(fingerprint));
    match (found.next(), found.next()) {
        (Some(finding), None) => Ok(finding),
        (None, _) => Err(Failed::usage(anyhow!("the last scan has no finding `{fingerprint}`"))),
        (Some(_), Some(_)) => {
            Err(Failed::usage(anyhow!("more than one finding begins with `{fingerprint}`")))
        }
    }
}

/// Why the recording in this folder is not the one that the ledger speaks of, whole and with every
/// exchange in it; `None` when it is.
fn is_another(state: &State, place: &PlaceArgs, scan: &Scan) -> Result<Option<String>, Failed> {
    let bytes = state.recording_bytes().map_err(Failed::usage)?;
    if scan.recording != Some(sha256(&bytes)) {
        let folder = state.folder().display();
        return Ok(Some(format!(
            "the recording in `{folder}` is not the one of which the ledger has the digest"
        )));
    }
    let kept = state.recorded().map_err(Failed::usage)?;
    let key = ExchangeKey::parse(&kept.exchange_key);
    let Some(key) = key.filter(|key| Some(key.digest()) == scan.key_digest) else {
        return Ok(Some("the key of its exchanges is not the one of that scan".to_owned()));
    };
    let known = recorded_digests(place, scan)?;
    let recording = state.recording().map_err(Failed::usage)?;
    let (mut all, mut missing) = (0, 0);
    for exchange in recording.exchanges() {
        all += 1;
        missing += usize::from(!known.contains(&key.of(exchange).map_err(Failed::broken)?));
    }
    if missing > 0 {
        return Ok(Some(format!("{missing} of {all} exchanges in it are not in the ledger")));
    }
    super::tell(&format!("the recording and its {all} exchanges are those in the ledger"));
    Ok(None)
}

/// Reaches the verdict again from what was recorded, without a request.
fn recorded(state: &State, finding: &Baseline) -> Result<Exit, Failed> {
    if let Some(recorded) = &finding.recorded
        && let Some(why) = is_another(state, &recorded.place, &recorded.scan)?
    {
        answer(&format!("not runnable: {why}\n"))?;
        return Ok(Exit::Untested);
    }
    let recording = state.recording().map_err(Failed::usage)?;
    let replayed = recording
        .replay(Some((&finding.check, finding.operation.as_ref())))
        .map_err(Failed::usage)?;
    let mut runs = 0;
    let mut same = true;
    for run in replayed.iter().filter(|r| matches!(r.run.verdict, Verdict::Fail(_))) {
        runs += 1;
        same &= matches!(run.verdict, Some(Verdict::Fail(_)));
    }
    let what = format!("{} on {}", finding.check, place(finding));
    if runs == 0 {
        answer(&format!("not runnable: the recording does not hold {what}\n"))?;
        return Ok(Exit::Untested);
    }
    if same {
        answer(&format!("still failing: the recorded exchanges prove {what}\n"))?;
        return Ok(Exit::Findings);
    }
    answer(&format!("not proven: the recorded exchanges do not lead this version to {what}\n"))?;
    Ok(Exit::Untested)
}

/// Asks the target again: only this check, only this operation.
fn live(
    args: &ReplayArgs,
    config: &Config,
    state: &State,
    found: &Baseline,
) -> Result<Exit, Failed> {
    let mut wanted = args.scan.clone();
    wanted.url.get_or_insert_with(|| found.target.clone());
    let mut options = scan::scan_options(&wanted, config, state)?;
    options.only_checks = std::iter::once(found.check.clone()).collect();
    options.only_operation.clone_from(&found.operation);
    let into = Into::open(&wanted, config, &options)?;
    let scanned = scan::scan(options, wanted.quiet, into.as_ref())?;
    let (exit, said) = judged(&scanned.report, found);
    let mended = found.recorded.iter().filter(|_| exit == Exit::Clean);
    let mended: Vec<_> =
        mended.map(|before| mended_now(&before.finding, &scanned.report)).collect();
    scan_ledger::end(into.as_ref(), &scanned, &mended, None, wanted.quiet)?;
    answer(&said)?;
    Ok(exit)
}

/// That a finding which a ledger knows was asked again and held.
fn mended_now(before: &fact::finding::Finding, report: &Report) -> fact::finding::Finding {
    fact::finding::Finding {
        event: fact::finding::FindingEvent::Fixed,
        scan: Some(report.scan_id.clone()),
        exchanges: Vec::new(),
        ..before.clone()
    }
}

fn judged(report: &Report, found: &Baseline) -> (Exit, String) {
    let what = format!("{} on {}", found.check, place(found));
    if let Some(again) = report.findings.iter().find(|f| f.fingerprint == found.fingerprint) {
        return (Exit::Findings, format!("still failing: {what}: {}\n", again.summary));
    }
    let because = report.coverage.not_evaluable.first().map(|row| row.because.clone());
    let evaluated: u32 = report.coverage.families.iter().map(FamilyCoverage::evaluated).sum();
    if report.score.value.is_some() && evaluated > 0 && because.is_none() {
        return (Exit::Clean, format!("fixed: {what} was asked again and held\n"));
    }
    let because = because.or_else(|| report.score.absent_because.clone()).unwrap_or_else(|| {
        "the check found nothing to ask; are the same identities and options given?".to_owned()
    });
    (Exit::Untested, format!("not runnable: {what}: {because}\n"))
}

fn place(finding: &Baseline) -> String {
    let operation = finding.operation.as_ref();
    operation.map_or_else(|| "the target".to_owned(), |operation| operation.0.clone())
}
