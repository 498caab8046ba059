//! `avouch audit reperform`

use super::args::ReperformArgs;
use super::transcript::{Tally, Transcript, agreed};
use super::{Failed, act, answer, auditor_key, tell};
use crate::commands::key::now_ms;
use crate::commands::scan;
use crate::config::Config;
use crate::exit::Exit;
use crate::state::State;
use anyhow::{Context, anyhow};
use avouch_ledger::merkle::Hash;
use avouch_model::coding::Digest;
use avouch_model::fact::engagement::{Engagement as Act, EngagementEvent, Side};
use avouch_package::acts::{signing, transcript};
use avouch_package::canonical;
use avouch_prove::controls;
use serde_json::Value;
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Asks chosen checks again and writes what came of it.
pub(super) fn run(args: &ReperformArgs) -> Result<Exit, Failed> {
    let engagement = act::engagement(&args.engagement)?;
    let signer = auditor_key::agreed(&args.auditor_key, &engagement)?;
    if args.scan.ledger.is_some() {
        return Err(Failed::usage(anyhow!("a transcript is recorded in no ledger"))
            .advice("leave `--ledger` out; `avouch audit request import` records its digest"));
    }
    let beside = beside(&args.out);
    if let Some(there) = [&args.out, &beside].into_iter().find(|path| path.exists()) {
        return Err(Failed::usage(anyhow!("`{}` is there already", there.display()))
            .advice("name another file with `--out`"));
    }
    let config = Config::read(args.scan.config.as_deref()).map_err(Failed::usage)?;
    let state = State::open(&args.scan.limits.state).map_err(Failed::usage)?;
    let mut options = scan::scan_options(&args.scan, &config, &state)?;
    options.only_checks = chosen(args, options.only_checks)?;
    let checks: Vec<String> = options.only_checks.iter().cloned().collect();
    let begun_ms = now_ms();
    let scanned = scan::scan(options, args.scan.quiet, None)?;
    let Some(recording) = scanned.recording else {
        return Err(Failed::untested(anyhow!("nothing was asked, so there is no transcript"))
            .advice("see whether the target answers: `avouch scan` says what stood in the way"));
    };
    let made = Transcript {
        format: 1,
        engagement: engagement.id.clone(),
        agreed: agreed(&engagement)?,
        program: concat!("avouch ", env!("CARGO_PKG_VERSION")).to_owned(),
        controls: args.control.clone(),
        checks,
        begun_ms,
        ended_ms: now_ms(),
        report: scanned.report,
        recording,
    };
    let payload = serde_json::to_vec(&made).map_err(Failed::broken)?;
    let sealed = transcript::seal(&payload, &signer);
    let tally = Tally::of(&made.recording.runs);
    let digest = Hash::of(sealed.as_bytes());
    let said = format!("{} on {}: {}", made.checks.join(", "), made.report.target, tally.words());
    let by = (EngagementEvent::Reperformed, Side::Auditor);
    let mut told = Act {
        request: args.request.clone(),
        text: Some(said.clone()),
        controls: args.control.clone(),
        digest: Some(Digest(digest.0)),
        ..act::empty(&engagement, by, made.ended_ms)
    };
    told.signature = Some(signing::sign(&act::json(&told), &signer));
    write(&args.out, &sealed)?;
    write(&beside, &canonical::line(&Value::Object(act::json(&told))))?;
    answer(&format!("{said}\n"))?;
    tell(&format!(
        "wrote {0}, SHA-256 {1}: keep it, and check it with `avouch audit verify {0} --engagement {2}`\nwrote {3}: give it to whoever keeps the ledger, for `avouch audit request import --file`",
        args.out.display(),
        digest.to_hex(),
        args.engagement.display(),
        beside.display()
    ));
    Ok(tally.exit())
}

/// The file of the act, beside the transcript.
fn beside(out: &Path) -> PathBuf {
    let mut name = OsString::from(out);
    name.push(".act");
    PathBuf::from(name)
}

/// The checks of the chosen controls, and those that were named.
fn chosen(args: &ReperformArgs, named: BTreeSet<String>) -> Result<BTreeSet<String>, Failed> {
    let mut checks = named;
    for id in &args.control {
        let control = controls::find(id).ok_or_else(|| {
            Failed::usage(anyhow!("there is no control `{}`", id.escape_default()))
                .advice("`avouch control list` names them")
        })?;
        if control.sources.checks.is_empty() {
            return Err(Failed::usage(anyhow!("no check of the scanner tests {}", control.id))
                .advice("`avouch control show` says by what it is tested"));
        }
        checks.extend(control.sources.checks.iter().map(|&id| id.to_owned()));
    }
    if checks.is_empty() {
        return Err(Failed::usage(anyhow!("nothing was chosen to be asked again"))
            .advice("name controls with `--control`, or checks with `--only`"));
    }
    Ok(checks)
}

fn write(path: &Path, text: &str) -> Result<(), Failed> {
    std::fs::File::create_new(path)
        .and_then(|mut file| std::io::Write::write_all(&mut file, text.as_bytes()))
        .with_context(|| format!("`{}` cannot be written", path.display()))
        .map_err(Failed::usage)
}
