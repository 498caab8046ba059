//! `avouch control run` and `avouch control record`

use super::args::{ControlRunArgs, ProbeArgs, Shown};
use super::book::{Acted, Book, many, plain};
use super::control::{entries, machine};
use super::{Failed, answer, files, tell};
use crate::commands::key::now_ms;
use crate::commands::ledger::{judged, verdict_of};
use crate::exit::Exit;
use crate::state::random;
use anyhow::{Context, anyhow};
use avouch_ledger::format::canonical::to_hex;
use avouch_model::coding::{Digest, Fact, Later};
use avouch_model::fact::control_run::{ControlRun, RunResult};
use avouch_model::fact::ledger::{Ledger, LedgerEvent};
use avouch_prove::assess::assess;
use avouch_prove::assessment::{Assessed, Assessment};
use avouch_prove::control::Control;
use avouch_prove::controls;
use avouch_prove::history::History;
use avouch_prove::score;
use serde_json::json;

/// LIMIT: exceptions and reasons that a recorded run names; what it counts, it counts in full.
const NAMED_MAX: usize = 50;

/// LIMIT: bytes of a reason in a recorded run.
const REASON_BYTES_MAX: usize = 400;

/// Judges controls and records what came of it.
pub(super) fn run(args: &ControlRunArgs) -> Result<Exit, Failed> {
    let book = Book::of(&args.source)?;
    let named = named(args)?;
    let history = book.history(book.period(&args.period)?)?;
    let wanted = wanted(args, &named, &book, &history);
    if wanted.is_empty() {
        tell("no control is due");
        if args.json {
            let none = json!({ "run": null, "recorded": false, "controls": [] });
            answer(&format!("{none:#}\n"))?;
        }
        return Ok(Exit::Clean);
    }
    // A ledger that nobody verified cannot be shown to be whole: the run does so first.
    let needs = |control: &&&Control| control.sources.facts.contains(&"ledger");
    let history = match wanted.iter().find(needs) {
        Some(_) if !args.dry_run => {
            verify(&book)?;
            book.history(book.period(&args.period)?)?
        }
        _ => history,
    };
    let run = run_id()?;
    let judged: Vec<Assessed> =
        wanted.iter().map(|control| assess(control, &history, &book.settings)).collect();
    let facts: Vec<ControlRun> =
        judged.iter().map(|judged| recorded(&run, judged, &history)).collect();
    if !args.dry_run {
        let encoded = facts.iter().map(|fact| fact.encode().map_err(Failed::usage));
        book.append(encoded.collect::<Result<_, _>>()?)?;
    }
    say(args, &run, &judged)?;
    Ok(exit(&judged))
}

/// What the shell is told: exceptions fail, gaps are not tested.
fn exit(judged: &[Assessed]) -> Exit {
    let any = |wanted: fn(&Assessed) -> bool| judged.iter().any(wanted);
    if any(|judged| matches!(judged.assessment, Assessment::Exceptions(_))) {
        Exit::Findings
    } else if any(|judged| {
        !judged.is_tested() && !judged.had_no_event() && judged.excluded.is_none()
    }) {
        Exit::Untested
    } else {
        Exit::Clean
    }
}

fn named(args: &ControlRunArgs) -> Result<Vec<&'static Control>, Failed> {
    let find = |id: &String| {
        controls::find(id).ok_or_else(|| {
            Failed::usage(anyhow!("`{}` is not a control", id.escape_default()))
                .advice("`avouch control list` names them")
        })
    };
    args.ids.iter().map(find).collect()
}

fn wanted(
    args: &ControlRunArgs,
    named: &[&'static Control],
    book: &Book,
    history: &History,
) -> Vec<&'static Control> {
    if !named.is_empty() {
        return named.to_vec();
    }
    let now_ms = now_ms();
    let settings = &book.settings;
    let is_due = |control: &&&Control| {
        let runs = history.runs.iter().rfind(|run| run.fact.test == control.id);
        let Some(last) = runs else { return true };
        // What happens by itself is looked at daily.
        let every = settings.frequency(control);
        let daily = avouch_prove::frequency::Frequency::Daily;
        every.due_ms(last.time_ms).or(daily.due_ms(last.time_ms)).is_none_or(|due| due <= now_ms)
    };
    let in_scope = controls::ALL.iter().filter(|control| settings.covers_control(control));
    in_scope.filter(|control| !args.due || is_due(control)).copied().collect()
}

/// Verifies the ledger with the key beside it and records the verdict.
fn verify(book: &Book) -> Result<(), Failed> {
    let verified = judged(book.ledger()?)?;
    let verdict = verdict_of(verified.verdict);
    let fact = Ledger {
        origin: verified.origin,
        event: LedgerEvent::Verified,
        verdict: Some(verdict),
        size: Some(verified.size),
        root: None,
        findings: verified.findings.into_iter().take(NAMED_MAX).collect(),
        counted_here: None,
        counted_there: None,
        first: None,
        end: None,
        place: None,
        actor: None,
        version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        because: Some("a run of controls, with the public key beside the ledger".to_owned()),
        later: Later::default(),
    };
    book.append(vec![fact.encode().map_err(Failed::usage)?])?;
    Ok(())
}

fn run_id() -> Result<String, Failed> {
    let bytes = random().context("there is no randomness to be had").map_err(Failed::broken)?;
    Ok(format!("controls-{}", to_hex(bytes.get(..8).unwrap_or_default())))
}

fn cut(text: &str) -> String {
    let end = (0..=REASON_BYTES_MAX.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    text.get(..end.unwrap_or(0)).unwrap_or_default().to_owned()
}

/// What a run of a control showed, as a fact.
fn recorded(run: &str, judged: &Assessed, history: &History) -> ControlRun {
    let result = match judged.assessment {
        _ if judged.excluded.is_some() || judged.had_no_event() => RunResult::NotApplicable,
        Assessment::Effective => RunResult::Pass,
        Assessment::Exceptions(_) => RunResult::Fail,
        Assessment::NotTested(_) => RunResult::NotTested,
    };
    let exceptions = match &judged.assessment {
        Assessment::Exceptions(exceptions) => exceptions.as_slice(),
        _ => &[],
    };
    let failed: u64 = judged.procedures.iter().map(|one| one.failed).sum();
    let actual = judged.actual();
    let missing = judged.expected().unwrap_or(0).saturating_sub(actual);
    let reasons = exceptions.iter().map(|exception| &exception.because);
    let reasons = reasons.chain(judged.gaps.iter().map(|gap| &gap.because));
    let places = exceptions.iter().flat_map(|exception| &exception.entries);
    ControlRun {
        run: run.to_owned(),
        test: judged.control.id.to_owned(),
        result,
        target: None,
        version: Some(format!("{} {}", env!("CARGO_PKG_VERSION"), score::FORMULA)),
        criteria: judged.control.criteria.iter().map(ToString::to_string).collect(),
        passed: actual.saturating_sub(failed),
        failed,
        not_tested: missing,
        not_applicable: 0,
        expected: judged.expected(),
        from_ms: Some(history.period.from_ms),
        // The newest occurrence: how fresh the conclusion is.
        to_ms: judged.last_ms(),
        because: reasons.take(NAMED_MAX).map(|reason| cut(reason)).collect(),
        exceptions: places.take(NAMED_MAX).map(ToString::to_string).collect(),
        evidence: Vec::new(),
        later: Later::default(),
    }
}

fn say(args: &ControlRunArgs, run: &str, judged: &[Assessed]) -> Result<(), Failed> {
    if args.json {
        let all: Vec<_> = judged.iter().map(machine).collect();
        return answer(&format!(
            "{:#}\n",
            json!({ "run": run, "recorded": !args.dry_run, "controls": all })
        ));
    }
    for one in judged {
        answer(&format!(
            "{:<7}{:<12}{}\n",
            one.control.id,
            one.assessment.word(),
            one.control.name
        ))?;
        if let Assessment::Exceptions(exceptions) = &one.assessment {
            for exception in exceptions {
                answer(&format!(
                    "       ! {}{}\n",
                    plain(&exception.because),
                    entries(&exception.entries)
                ))?;
            }
        }
        for gap in &one.gaps {
            answer(&format!("       ? {}\n", plain(&gap.because)))?;
        }
    }
    let runs = many(judged.len(), "run", "runs");
    if args.dry_run {
        tell(&format!("a dry run: {runs} judged, nothing was recorded"));
    } else {
        tell(&format!("{runs} recorded as `{run}`"));
    }
    Ok(())
}

/// Records what a test of the team's own showed.
pub(super) fn record(args: &ProbeArgs) -> Result<Exit, Failed> {
    let Some((control, probe)) = controls::find_probe(&args.test) else {
        let probes = controls::find(args.test.split('.').next().unwrap_or_default());
        let names: Vec<&str> = probes.map_or_else(Vec::new, |control| {
            control.sources.probes.iter().map(|probe| probe.id).collect()
        });
        let advice = if names.is_empty() {
            "`avouch control list --json` names the tests of each control".to_owned()
        } else {
            format!("there is {}", names.join(", "))
        };
        return Err(Failed::usage(anyhow!(
            "`{}` is not a test of a control",
            args.test.escape_default()
        ))
        .advice(advice));
    };
    let result = match args.result {
        Shown::Pass if args.failed > 0 => {
            return Err(Failed::usage(anyhow!("it passed, and {} subjects failed", args.failed)));
        }
        Shown::Pass => RunResult::Pass,
        Shown::Fail => RunResult::Fail,
        Shown::NotTested => RunResult::NotTested,
    };
    let unexplained =
        result != RunResult::Pass && args.because.is_none() && args.exception.is_empty();
    if unexplained {
        return Err(Failed::usage(anyhow!("it did not pass, and nobody says why"))
            .advice("say it with `--because` or `--exception`"));
    }
    let evidence: Vec<Digest> = args
        .evidence
        .iter()
        .map(|path| files::document(path).map(|(digest, _)| digest))
        .collect::<Result<_, _>>()?;
    let run = run_id()?;
    let counted = args.passed + args.failed + args.not_tested;
    let fact = ControlRun {
        run: run.replace("controls-", "test-"),
        test: probe.id.to_owned(),
        result,
        target: args.target.clone(),
        version: args.version.clone(),
        criteria: control.criteria.iter().map(ToString::to_string).collect(),
        // A result without counts is about one subject.
        passed: args.passed + u64::from(counted == 0 && result == RunResult::Pass),
        failed: args.failed + u64::from(counted == 0 && result == RunResult::Fail),
        not_tested: args.not_tested + u64::from(counted == 0 && result == RunResult::NotTested),
        not_applicable: 0,
        expected: None,
        from_ms: None,
        to_ms: None,
        because: args.because.iter().cloned().collect(),
        exceptions: args.exception.clone(),
        evidence,
        later: Later::default(),
    };
    let act = super::args::ActArgs {
        source: args.source.clone(),
        actor: None,
        effective: None,
        collected: None,
        because: None,
        dry_run: false,
        json: args.json,
    };
    let says = format!("{}: {}", probe.id, avouch_model::coding::Word::word(result));
    Book::of(&args.source)?.record(&act, vec![Acted::new(says, &fact)?])?;
    Ok(Exit::Clean)
}
