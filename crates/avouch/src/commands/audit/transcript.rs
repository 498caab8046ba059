//! A transcript of tests that the auditor did again: what was asked, what was answered with secrets
//! replaced, and the verdicts, which anybody can reach again from it.

use super::args::VerifyArgs;
use super::package::read_up_to;
use super::{Failed, act, answer, tell};
use crate::exit::Exit;
use anyhow::anyhow;
use avouch_ledger::merkle::Hash;
use avouch_model::report::Report;
use avouch_model::verdict::Verdict;
use avouch_package::acts::transcript;
use avouch_package::engagement::Engagement;
use avouch_scan::engine::recording::{Recording, Run};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::fmt::Write as _;

/// LIMIT: bytes of a transcript with its envelope.
const BYTES_MAX: u64 = 256 << 20;

/// A transcript.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Transcript {
    /// 1.
    pub(super) format: u32,
    /// The id of the engagement.
    pub(super) engagement: String,
    /// SHA-256 of what was agreed.
    pub(super) agreed: String,
    /// The program and its version.
    pub(super) program: String,
    /// Controls that were chosen.
    pub(super) controls: Vec<String>,
    /// Checks that were asked.
    pub(super) checks: Vec<String>,
    /// When it began and ended, in milliseconds since 1970.
    pub(super) begun_ms: u64,
    pub(super) ended_ms: u64,
    /// What follows.
    pub(super) report: Report,
    /// What was asked and answered.
    pub(super) recording: Recording,
}

/// How the runs ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) pass: u64,
    pub(super) fail: u64,
    pub(super) unclear: u64,
    pub(super) aside: u64,
}

impl Tally {
    pub(super) fn of(runs: &[Run]) -> Self {
        let mut tally = Self::default();
        for run in runs {
            match run.verdict {
                Verdict::Pass => tally.pass += 1,
                Verdict::Fail(_) => tally.fail += 1,
                Verdict::Inconclusive { .. } => tally.unclear += 1,
                Verdict::NotApplicable => tally.aside += 1,
            }
        }
        tally
    }

    pub(super) fn words(self) -> String {
        format!(
            "{} pass, {} fail, {} inconclusive, {} not applicable",
            self.pass, self.fail, self.unclear, self.aside
        )
    }

    /// What a script is told: nothing that could not be evaluated is a pass.
    pub(super) fn exit(self) -> Exit {
        if self.fail > 0 {
            Exit::Findings
        } else if self.unclear > 0 || self.pass == 0 {
            Exit::Untested
        } else {
            Exit::Clean
        }
    }
}

/// The digest of what was agreed.
pub(super) fn agreed(engagement: &Engagement) -> Result<String, Failed> {
    Ok(Hash::of(engagement.encode().map_err(Failed::broken)?.as_bytes()).to_hex())
}

/// A run in a few words.
pub(super) fn named(run: &Run) -> String {
    let operation = run.subject.operation.as_ref();
    let of = operation.map_or_else(|| "the target".to_owned(), |operation| operation.0.clone());
    format!("{} on {of}", run.check)
}

/// Judges a transcript: the signature, the engagement, and every verdict reached again.
pub(super) fn verify(args: &VerifyArgs) -> Result<Exit, Failed> {
    let Some(file) = &args.engagement else {
        return Err(Failed::usage(anyhow!("which engagement is the transcript of?"))
            .advice("name what was agreed with `--engagement`: it has the auditor's key"));
    };
    let engagement = act::engagement(file)?;
    let key = engagement.auditor_key().ok_or_else(|| {
        Failed::usage(anyhow!("the engagement names no key of the auditor"))
            .advice("nothing shows then who made a transcript")
    })?;
    let bytes = read_up_to(&args.package, "the transcript", BYTES_MAX)?;
    let digest = Hash::of(&bytes).to_hex();
    let Some(payload) = transcript::open(&bytes, &key) else {
        return said(args, Exit::Tampered, &["the auditor's key did not sign it".to_owned()], &[]);
    };
    let Ok(transcript) = serde_json::from_slice::<Transcript>(&payload) else {
        return said(
            args,
            Exit::Untested,
            &["it is signed, and no transcript that this version reads".to_owned()],
            &[],
        );
    };
    let tally = Tally::of(&transcript.recording.runs);
    let lines = [
        format!("SHA-256 {digest}"),
        format!(
            "of {} by {}, {}",
            transcript.report.target, engagement.auditor, transcript.program
        ),
        format!(
            "from {} to {}",
            avouch_package::time::text(transcript.begun_ms),
            avouch_package::time::text(transcript.ended_ms)
        ),
        format!("checks {}: {}", transcript.checks.join(", "), tally.words()),
    ];
    if (transcript.format, &transcript.engagement) != (1, &engagement.id)
        || transcript.agreed != agreed(&engagement)?
    {
        let what = "it is a transcript of another engagement".to_owned();
        return said(args, Exit::Tampered, &[what], &lines);
    }
    let replayed = match transcript.recording.replay(None) {
        Ok(replayed) => replayed,
        Err(error) => {
            return said(
                args,
                Exit::Untested,
                &[format!("it cannot be reached again: {error}")],
                &lines,
            );
        }
    };
    // Whether it is one, not in which words it is proven: a later proof may say more of the same.
    let same =
        |one: &Verdict, two: &Verdict| std::mem::discriminant(one) == std::mem::discriminant(two);
    let differs = replayed.iter().filter(|again| {
        !again.verdict.as_ref().is_some_and(|verdict| same(verdict, &again.run.verdict))
    });
    let wrong: Vec<String> = differs
        .map(|again| {
            format!("{}: what was recorded does not lead to its verdict", named(&again.run))
        })
        .collect();
    let exit = if wrong.is_empty() { Exit::Clean } else { Exit::Untested };
    said(args, exit, &wrong, &lines)
}

fn said(args: &VerifyArgs, exit: Exit, wrong: &[String], lines: &[String]) -> Result<Exit, Failed> {
    let (verdict, headline) = match exit {
        Exit::Clean => (
            "intact",
            "INTACT  the auditor signed it, and every verdict follows from what was recorded",
        ),
        Exit::Tampered => ("tampered", "TAMPERED"),
        _ => ("incomplete", "INCOMPLETE"),
    };
    if args.json {
        answer(&format!("{}\n", json!({ "verdict": verdict, "findings": wrong, "lines": lines })))?;
        return Ok(exit);
    }
    let mut text = format!("{headline}\n");
    for line in wrong.iter().chain(lines) {
        // Writing to a string does not fail.
        let _ = writeln!(text, "  {line}");
    }
    answer(&text)?;
    if exit != Exit::Clean {
        tell(
            "rely on nothing of it: ask the auditor for the file, or for the version of the program that made it",
        );
    }
    Ok(exit)
}
