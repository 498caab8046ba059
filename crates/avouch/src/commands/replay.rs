//! `avouch replay FINGERPRINT`

use super::{Failed, answer, scan};
use crate::cli::ReplayArgs;
use crate::config::Config;
use crate::exit::Exit;
use crate::state::State;
use avouch_model::finding::Finding;
use avouch_model::report::{FamilyCoverage, Report};
use avouch_model::verdict::Verdict;

/// Asks about one finding again.
pub(super) fn run(args: &ReplayArgs) -> Result<Exit, Failed> {
    let state = State::open(&args.scan.limits.state).map_err(Failed::usage)?;
    let last = state.report().map_err(|error| {
        Failed::usage(error).advice("replay needs an earlier `avouch scan` in this folder")
    })?;
    let finding = find(&last, &args.fingerprint)?;
    if args.recorded { recorded(&state, finding) } else { live(args, &state, &last, finding) }
}

fn find<'r>(report: &'r Report, fingerprint: &str) -> Result<&'r Finding, Failed> {
    let mut found = report.findings.iter().filter(|f| f.fingerprint.starts_with(fingerprint));
    match (found.next(), found.next()) {
        (Some(finding), None) => Ok(finding),
        (None, _) => {
            Err(Failed::usage(anyhow::anyhow!("the last scan has no finding `{fingerprint}`")))
        }
        (Some(_), Some(_)) => {
            Err(Failed::usage(anyhow::anyhow!("more than one finding begins with `{fingerprint}`")))
        }
    }
}

/// Reaches the verdict again from what was recorded, without a request.
fn recorded(state: &State, finding: &Finding) -> Result<Exit, Failed> {
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
fn live(args: &ReplayArgs, state: &State, last: &Report, found: &Finding) -> Result<Exit, Failed> {
    let mut wanted = args.scan.clone();
    wanted.url.get_or_insert_with(|| last.target.clone());
    let config = Config::read(wanted.config.as_deref()).map_err(Failed::usage)?;
    let mut options = scan::scan_options(&wanted, &config, state)?;
    options.only_checks = std::iter::once(found.check.clone()).collect();
    options.only_operation.clone_from(&found.operation);
    let scanned = scan::scan(options, wanted.quiet)?;
    let report = &scanned.report;
    let what = format!("{} on {}", found.check, place(found));
    if let Some(again) = report.findings.iter().find(|f| f.fingerprint == found.fingerprint) {
        answer(&format!("still failing: {what}: {}\n", again.summary))?;
        return Ok(Exit::Findings);
    }
    let because = report.coverage.not_evaluable.first().map(|row| row.because.clone());
    let evaluated: u32 = report.coverage.families.iter().map(FamilyCoverage::evaluated).sum();
    if report.score.value.is_some() && evaluated > 0 && because.is_none() {
        answer(&format!("fixed: {what} was asked again and held\n"))?;
        return Ok(Exit::Clean);
    }
    let because = because.or_else(|| report.score.absent_because.clone()).unwrap_or_else(|| {
        "the check found nothing to ask; are the same identities and options given?".to_owned()
    });
    answer(&format!("not runnable: {what}: {because}\n"))?;
    Ok(Exit::Untested)
}

fn place(finding: &Finding) -> String {
    let operation = finding.operation.as_ref();
    operation.map_or_else(|| "the target".to_owned(), |operation| operation.0.clone())
}
