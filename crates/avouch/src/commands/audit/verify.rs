//! `avouch audit verify`

use super::args::VerifyArgs;
use super::package::read;
use super::{Failed, answer, tell, transcript};
use crate::commands::ledger::place;
use crate::exit::Exit;
use anyhow::{Context, anyhow};
use avouch_ledger::home::Home;
use avouch_ledger::verify::WitnessPolicy;
use avouch_package::verify::{Knowledge, Report, Verdict, verify};
use std::fmt::Write as _;

/// Judges a package.
pub(super) fn run(args: &VerifyArgs) -> Result<Exit, Failed> {
    if args.package.is_file() {
        return transcript::verify(args);
    }
    let given = args.key.as_deref().ok_or_else(|| {
        Failed::usage(anyhow!("with which key was the ledger begun?"))
            .advice("name the public key of its identity with `--key`; the one in the package, `ledger/identity`, proves nothing unless you compare it with what you got from elsewhere")
    })?;
    let identity = place::key(Some(given), &Home::new(&args.package))?;
    let policy = args.witness_policy.as_deref().map(|path| {
        let text = String::from_utf8(read(path, "the witness policy")?).map_err(Failed::usage)?;
        WitnessPolicy::parse(&text).context("the witness policy").map_err(Failed::usage)
    });
    let canaries = args.canaries.as_deref().map(|path| {
        String::from_utf8(read(path, "the list of marked requests")?).map_err(Failed::usage)
    });
    let keys = args.keys.as_deref().map(|path| {
        let bytes = read(path, "the keys")?;
        Knowledge::records(&bytes).ok_or_else(|| {
            Failed::usage(anyhow!("`{}` holds no keys of records", path.display()))
                .advice("its form is `{\"origin\":…,\"records\":{\"17\":\"…\"}}`")
        })
    });
    let knowledge = Knowledge {
        identity,
        witnesses: policy.transpose()?,
        canaries: canaries.transpose()?,
        records: keys.transpose()?.unwrap_or_default(),
    };
    let report = verify(&args.package, &knowledge)
        .map_err(|error| Failed::untested(error).advice("the folder must be that of a package"))?;
    if args.json {
        answer(&format!("{}\n", report.json()))?;
    } else {
        answer(&words(&report))?;
        if let Some(advice) = report.advice() {
            tell(advice);
        }
    }
    Ok(match report.verdict() {
        Verdict::Intact => Exit::Clean,
        Verdict::Tampered => Exit::Tampered,
        Verdict::Incomplete => Exit::Untested,
    })
}

fn words(report: &Report) -> String {
    let mut text = String::new();
    // Writing to a string does not fail.
    let _ = writeln!(text, "{}", report.headline());
    for finding in &report.findings {
        let record =
            finding.record.as_ref().map_or_else(String::new, |record| format!(", {record}"));
        let _ = writeln!(text, "  {}  {}{record}: {}", finding.code, finding.file, finding.message);
    }
    for line in &report.lines {
        let _ = writeln!(text, "  {line}");
    }
    text
}
