//! `avouch control list` and `avouch control show`

// Writing to a string does not fail: the results are left out.
use super::args::{ControlListArgs, ControlShowArgs};
use super::book::{Book, plain, shown_day, table};
use super::{Failed, answer, tell};
use crate::exit::Exit;
use anyhow::anyhow;
use avouch_prove::assess::assess;
use avouch_prove::assessment::{Assessed, Assessment};
use avouch_prove::control::Control;
use avouch_prove::controls;
use serde_json::{Value, json};
use std::fmt::Write as _;

/// Lists the controls.
pub(super) fn list(args: &ControlListArgs) -> Result<Exit, Failed> {
    if args.json {
        let all: Vec<Value> = controls::ALL.iter().map(|control| described(control)).collect();
        answer(&format!("{:#}\n", Value::Array(all)))?;
    } else if args.markdown {
        answer(&page())?;
    } else {
        let row = |control: &&Control| {
            vec![
                control.id.to_owned(),
                control.nature.word().to_owned(),
                control.frequency.to_string(),
                control.name.to_owned(),
            ]
        };
        let rows: Vec<Vec<String>> = controls::ALL.iter().map(row).collect();
        answer(&table(&["id", "nature", "operates", "control"], &rows))?;
    }
    Ok(Exit::Clean)
}

fn described(control: &Control) -> Value {
    let sources = &control.sources;
    let criteria: Vec<String> = control.criteria.iter().map(ToString::to_string).collect();
    let populations: Vec<&str> =
        control.populations.iter().map(|population| population.word()).collect();
    let probes: Vec<Value> = sources
        .probes
        .iter()
        .map(|probe| json!({ "id": probe.id, "what": probe.what, "every": probe.every }))
        .collect();
    let acts: Vec<Value> =
        sources.acts.iter().map(|act| json!({ "what": act.what, "every": act.every })).collect();
    json!({
        "id": control.id, "name": control.name, "statement": control.statement,
        "nature": control.nature.word(), "frequency": control.frequency, "criteria": criteria,
        "populations": populations, "test": control.test, "evidence": control.evidence,
        "manual": control.manual, "checks": sources.checks, "policies": sources.policies,
        "detections": sources.detections, "probes": probes, "facts": sources.facts, "acts": acts,
    })
}

/// The reference page: the matrix of controls and what tests them.
fn page() -> String {
    let mut page = String::from(
        "# The controls\n\nThis page is written by `cargo xtask reference`; change the controls in\n`crates/avouch-prove/src/controls/` instead. `avouch control show ID` shows a control's whole page.\n[What it means](prove.md).\n\n| control | what it says | nature | operates | criteria | checks | policies | tests of your own | facts | people |\n|---|---|---|---|---|---|---|---|---|---|\n",
    );
    for control in controls::ALL {
        let sources = &control.sources;
        let criteria: Vec<&str> = control.criteria.iter().map(|id| id.as_str()).collect();
        let probes: Vec<String> =
            sources.probes.iter().map(|probe| format!("`{}`", probe.id)).collect();
        let or_dash = |text: String| if text.is_empty() { "–".to_owned() } else { text };
        let acts = match control.nature {
            _ if sources.acts.is_empty() => "–".to_owned(),
            _ => sources.acts.iter().map(|act| act.what).collect::<Vec<_>>().join("; "),
        };
        let _ = writeln!(
            page,
            "| {} | {} | {} | {} | {} | {} | {} | {} | {} | {acts} |",
            control.id,
            control.name,
            control.nature.word(),
            control.frequency,
            criteria.join(" "),
            or_dash(sources.checks.join(" ")),
            or_dash(sources.policies.join(" ")),
            or_dash(probes.join(" ")),
            or_dash(sources.facts.join(" ")),
        );
    }
    page
}

/// Shows a control.
pub(super) fn show(args: &ControlShowArgs) -> Result<Exit, Failed> {
    let Some(control) = controls::find(&args.id) else {
        return Err(Failed::usage(anyhow!("`{}` is not a control", args.id.escape_default()))
            .advice("`avouch control list` names them"));
    };
    let book = Book::of(&args.source)?;
    let judged = if book.is_there() {
        let history = book.history(book.period(&args.period)?)?;
        Some((history.period, assess(control, &history, &book.settings)))
    } else {
        None
    };
    if args.json {
        let mut value = described(control);
        if let (Some(members), Some((period, judged))) = (value.as_object_mut(), &judged) {
            members.insert("period".to_owned(), json!(period.to_string()));
            members.insert("assessment".to_owned(), machine(judged));
        }
        answer(&format!("{value:#}\n"))?;
        return Ok(Exit::Clean);
    }
    answer(control.page)?;
    match judged {
        Some((period, judged)) => {
            let owner = judged.owner.as_deref().unwrap_or("nobody; see `[prove.owners]`");
            answer(&format!(
                "\n## What the ledger says, {period}\n\nOwner: {}\n{}",
                plain(owner),
                person(&judged)
            ))?;
        }
        None => tell(
            "no ledger is named, so nothing is said about this control's operation: see `--ledger`",
        ),
    }
    Ok(Exit::Clean)
}

/// An assessment for other programs.
pub(super) fn machine(judged: &Assessed) -> Value {
    let exceptions: Vec<Value> = match &judged.assessment {
        Assessment::Exceptions(exceptions) => exceptions
            .iter()
            .map(|exception| json!({ "entries": exception.entries, "because": exception.because }))
            .collect(),
        _ => Vec::new(),
    };
    let gaps: Vec<Value> = judged
        .gaps
        .iter()
        .map(|gap| json!({ "kind": gap.kind.word(), "because": gap.because }))
        .collect();
    let procedures: Vec<Value> = judged
        .procedures
        .iter()
        .map(|one| {
            json!({
                "what": one.what, "expected": one.expected, "actual": one.actual,
                "failed": one.failed, "last_ms": one.last_ms, "due_ms": one.due_ms,
            })
        })
        .collect();
    json!({
        "control": judged.control.id, "owner": judged.owner, "excluded": judged.excluded,
        "assessment": judged.assessment.word(), "exceptions": exceptions, "gaps": gaps,
        "procedures": procedures, "rests_on": judged.rests_on,
    })
}

/// An assessment for people.
pub(super) fn person(judged: &Assessed) -> String {
    let mut text = format!("Assessment: {}\n", judged.assessment.word());
    for one in &judged.procedures {
        let expected =
            one.expected.map_or_else(String::new, |expected| format!(" of {expected} due"));
        let failed = if one.failed == 0 {
            String::new()
        } else {
            format!(", {} not as they should", one.failed)
        };
        let _ = writeln!(
            text,
            "  - {}: {}{expected}{failed}; last {}",
            plain(&one.what),
            one.actual,
            shown_day(one.last_ms)
        );
    }
    if let Assessment::Exceptions(exceptions) = &judged.assessment {
        for exception in exceptions {
            let _ =
                writeln!(text, "  ! {}{}", plain(&exception.because), entries(&exception.entries));
        }
    }
    for gap in &judged.gaps {
        let _ = writeln!(text, "  ? {}: {}", gap.kind.word(), plain(&gap.because));
    }
    text
}

/// The first entries of a list, and how many more there are.
pub(super) fn entries(entries: &[u64]) -> String {
    const NAMED: usize = 8;
    if entries.is_empty() {
        return String::new();
    }
    let named: Vec<String> = entries.iter().take(NAMED).map(ToString::to_string).collect();
    let more = entries.len().saturating_sub(NAMED);
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    let word = if entries.len() == 1 { "entry" } else { "entries" };
    format!(" ({word} {}{more})", named.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_check_and_every_policy_serves_a_control_and_no_control_names_another() {
        let named: BTreeSet<&str> =
            controls::ALL.iter().flat_map(|control| control.sources.checks).copied().collect();
        let checks: BTreeSet<&str> = avouch_scan::checks::all().map(|check| check.id).collect();
        assert_eq!(named, checks);
        let named: BTreeSet<&str> =
            controls::ALL.iter().flat_map(|control| control.sources.policies).copied().collect();
        let policies: BTreeSet<&str> =
            avouch_guard::policies::POLICIES.iter().map(|policy| policy.id).collect();
        assert_eq!(named, policies);
    }

    #[test]
    fn checks_and_policies_name_criteria_that_exist() {
        for id in avouch_scan::checks::all().flat_map(|check| check.criteria) {
            assert!(id.parse::<avouch_prove::criteria::CriterionId>().is_ok(), "{id}");
        }
        for id in avouch_guard::policies::POLICIES.iter().flat_map(|policy| policy.criteria) {
            assert!(id.parse::<avouch_prove::criteria::CriterionId>().is_ok(), "{id}");
        }
    }

    #[test]
    fn the_matrix_has_no_empty_row() {
        for line in
            page().lines().filter(|line| line.starts_with("| ") && !line.starts_with("| control"))
        {
            let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
            assert_eq!(cells.len(), 10, "{line}");
            assert!(cells[5..].iter().any(|cell| *cell != "–"), "{line}");
        }
    }
}
