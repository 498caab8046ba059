//! The examples of the pages, run.
//!
//! A block `facts` says a period, facts with their days, and what must follow:
//!
//! ```text
//! title: a credential without an approval
//! period: 2026-01-01 2026-03-31
//! 2026-02-01 key {"id":"k1","event":"issued","key_kind":"api-key"}
//! daily 2026-01-01 2026-03-31 control-run {"test":"LOG-5.clock-offset","result":"pass"}
//! => exceptions 0
//! ```
//!
//! Entries are numbered from 0. What a fact must have and the line does not say is taken from the
//! frozen example of its kind. After `=>` stands the word of the assessment; behind `exceptions` the
//! entries that must be named, behind `not-tested` the gaps.

use crate::assess::assess;
use crate::assessment::{Assessed, Assessment};
use crate::controls;
use crate::criteria::CriterionId;
use crate::entry::{Entry, Said};
use crate::history::History;
use crate::period::{Period, day_begin_ms};
use crate::settings::Settings;
use avouch_model::coding::Times;
use avouch_model::fact;
use serde_json::Value;
use std::collections::BTreeSet;

const HOUR_MS: u64 = 3_600_000;

/// A fact of which only what matters is said.
pub(crate) fn said(kind: &str, members: &str) -> Said {
    let kind = fact::named(kind).unwrap_or_else(|| panic!("no kind `{kind}`"));
    let given: Value =
        serde_json::from_str(members).unwrap_or_else(|error| panic!("{members}: {error}"));
    let mut value = (kind.example)();
    let members = value.as_object_mut().unwrap();
    let needed: BTreeSet<&str> = kind
        .fields
        .iter()
        .filter(|field| field.times == Times::Once)
        .map(|field| field.name)
        .collect();
    members.retain(|name, _| needed.contains(name.as_str()));
    for (name, value) in given.as_object().unwrap() {
        members.insert(name.clone(), value.clone());
    }
    Said::of_json(kind.name, &value).unwrap_or_else(|error| panic!("{value}: {error}")).unwrap()
}

/// A history of facts at their times, in the order of the list.
pub(crate) fn history(period: Period, facts: Vec<(u64, Said)>) -> History {
    let mut history = History::new(period);
    for (index, (time_ms, fact)) in (0..).zip(facts) {
        history.add(Entry { index, time_ms, fact });
    }
    history
}

/// A block of a page.
struct Example<'a> {
    title: &'a str,
    history: History,
    expected: &'a str,
}

fn examples(page: &str) -> Vec<Example<'_>> {
    let mut all = Vec::new();
    let mut rest = page;
    while let Some((_, after)) = rest.split_once("```facts\n") {
        let (block, behind) = after.split_once("\n```").expect("a block ends");
        all.push(example(block));
        rest = behind;
    }
    all
}

fn example(block: &str) -> Example<'_> {
    let mut title = "";
    let mut period = Period::of_days("2026-01-01", "2026-03-31").unwrap();
    let mut facts: Vec<(u64, Said)> = Vec::new();
    let mut expected = "";
    for line in block.lines() {
        if let Some(said) = line.strip_prefix("title: ") {
            title = said;
        } else if let Some(days) = line.strip_prefix("period: ") {
            let (first, last) = days.split_once(' ').unwrap();
            period = Period::of_days(first, last).unwrap();
        } else if let Some(said) = line.strip_prefix("=> ") {
            expected = said;
        } else {
            facts.extend(lines(line));
        }
    }
    // A line may say facts of many days: the ledger takes them as time goes on.
    facts.sort_by_key(|(at, _)| *at);
    Example { title, history: history(period, facts), expected }
}

fn lines(line: &str) -> Vec<(u64, Said)> {
    let words: Vec<&str> = line.splitn(5, ' ').collect();
    let step_days = match words[0] {
        "daily" => 1,
        "weekly" => 7,
        "hourly" => 0,
        day => {
            let (day, hour) = day.split_once('T').unwrap_or((day, "12"));
            let at = day_begin_ms(day).unwrap() + hour.parse::<u64>().unwrap() * HOUR_MS;
            let (kind, members) = line.split_once(' ').unwrap().1.split_once(' ').unwrap();
            return vec![(at, said(kind, members))];
        }
    };
    let step_ms = if step_days == 0 { HOUR_MS } else { step_days * 24 * HOUR_MS };
    let (from, to) = (day_begin_ms(words[1]).unwrap(), day_begin_ms(words[2]).unwrap());
    let rest = line.splitn(4, ' ').nth(3).unwrap();
    let (kind, members) = rest.split_once(' ').unwrap();
    let mut at = from + HOUR_MS / 2;
    let mut all = Vec::new();
    while at < to + 24 * HOUR_MS {
        let run = members.replace("{n}", &all.len().to_string());
        all.push((at, said(kind, &run)));
        at += step_ms;
    }
    all
}

fn holds(expected: &str, judged: &Assessed) -> bool {
    let (word, more) = expected.split_once(' ').unwrap_or((expected, ""));
    let more: BTreeSet<&str> = more.split_whitespace().collect();
    let named = match &judged.assessment {
        Assessment::Effective => true,
        Assessment::Exceptions(exceptions) => {
            let entries: BTreeSet<String> = exceptions
                .iter()
                .flat_map(|exception| &exception.entries)
                .map(u64::to_string)
                .collect();
            more.is_empty() || entries.iter().map(String::as_str).collect::<BTreeSet<_>>() == more
        }
        Assessment::NotTested(gaps) => {
            let gaps: BTreeSet<&str> = gaps.iter().map(|gap| gap.kind.word()).collect();
            more.iter().all(|gap| gaps.contains(gap))
        }
    };
    judged.assessment.word() == word && named
}

#[test]
fn the_examples_of_every_page_end_as_they_say() {
    let mut settings = Settings::default();
    settings.owners.extend(
        [
            "INV", "DAT", "IAM", "EDG", "LOG", "MON", "TST", "CHG", "IR", "GOV", "AVL", "PRV",
            "PIN", "PHY",
        ]
        .map(|family| (family.to_owned(), "anna".to_owned())),
    );
    for control in controls::ALL {
        for example in examples(control.page) {
            let judged = assess(control, &example.history, &settings);
            assert!(
                holds(example.expected, &judged),
                "{}: {}: {:#?}\n{:#?}",
                control.id,
                example.title,
                judged.assessment,
                judged.gaps
            );
        }
    }
}

#[test]
fn every_page_shows_where_its_control_fails() {
    for control in controls::ALL {
        let examples = examples(control.page);
        let ends = |word: &str| examples.iter().any(|example| example.expected.starts_with(word));
        // What only people can show has no failure of a machine: it is there or it is missing.
        let by_people = control.sources.checks.is_empty()
            && control.sources.probes.is_empty()
            && control.sources.facts.is_empty();
        assert!(by_people || ends("exceptions"), "{} shows no exception", control.id);
        assert!(ends("not-tested"), "{} shows no gap", control.id);
    }
}

#[test]
fn nothing_recorded_is_never_effective() {
    let period = Period::of_days("2026-01-01", "2026-03-31").unwrap();
    let empty = History::new(period);
    for control in controls::ALL {
        let judged = assess(control, &empty, &Settings::default());
        assert!(matches!(judged.assessment, Assessment::NotTested(_)), "{}", control.id);
        assert!(judged.gaps.iter().all(|gap| gap.because.len() > 20), "{}", control.id);
    }
}

#[test]
fn a_record_that_cannot_be_read_leaves_every_control_untested() {
    let period = Period::of_days("2026-01-01", "2026-03-31").unwrap();
    for control in controls::ALL {
        for example in examples(control.page).into_iter().filter(|one| one.expected == "effective")
        {
            let mut history = example.history;
            history.unreadable(99, history.period.from_ms);
            let judged = assess(control, &history, &Settings::default());
            assert!(
                !matches!(judged.assessment, Assessment::Effective),
                "{}: {}",
                control.id,
                example.title
            );
        }
    }
    let mut history = History::new(period);
    history.unreadable(99, period.to_ms);
    assert_eq!(history.unreadable.count, 0, "what is outside the period does not matter");
}

/// Facts under which every control of CC6.2 is effective.
fn good_access(period: Period) -> Vec<(u64, Said)> {
    let at = |day: u64| period.from_ms + day * 24 * HOUR_MS;
    vec![
        (
            at(0),
            said(
                "decision",
                r#"{"id":"R-1","about":"access-request","verdict":"allow","subject":"erp","decided_by":["otto"],"requested_by":"anna"}"#,
            ),
        ),
        (
            at(1),
            said(
                "key",
                r#"{"id":"k1","event":"issued","key_kind":"api-key","owner":"erp","actor":"anna","expires_ms":1775000000000}"#,
            ),
        ),
        (
            at(2),
            said(
                "evidence",
                r#"{"id":"E-1","event":"received","evidence_kind":"statement","actor":"anna","controls":["IAM-9"]}"#,
            ),
        ),
    ]
}

#[test]
fn no_criterion_is_supported_by_machine_alone() {
    use crate::conclude::{Conclusion, conclude};
    let period = Period::of_days("2026-01-01", "2026-01-31").unwrap();
    let mut facts = good_access(period);
    let at = |day: u64| period.from_ms + day * 24 * HOUR_MS;
    for week in 0..5 {
        facts.push((at(3 + 6 * week), said("control-run", r#"{"test":"IAM-3.revoked-refused","result":"pass","passed":1,"failed":0,"not_tested":0,"not_applicable":0}"#)));
    }
    let of = |facts: Vec<(u64, Said)>| {
        let (history, settings) = (history(period, facts), Settings::default());
        let assessed = crate::assess::assess_all(&history, &settings);
        let all = conclude(&assessed, &history, &settings);
        let one = all.into_iter().find(|one| one.criterion.id == CriterionId::Cc6_2).unwrap();
        (one.conclusion, one.not_tested)
    };
    assert_eq!(of(facts.clone()), (Conclusion::NeedsPeople, vec![]));
    facts.push((at(20), said("evidence", r#"{"id":"E-2","event":"received","evidence_kind":"statement","actor":"otto","criteria":["CC6.2"]}"#)));
    assert_eq!(of(facts.clone()).0, Conclusion::Supported);
    // Nobody's word is no word, and a word that is taken back neither.
    let mut nobody = facts.clone();
    *nobody.last_mut().unwrap() = (
        at(20),
        said(
            "evidence",
            r#"{"id":"E-2","event":"received","evidence_kind":"statement","criteria":["CC6.2"]}"#,
        ),
    );
    assert_eq!(of(nobody).0, Conclusion::NeedsPeople);
    facts.push((at(21), said("evidence", r#"{"id":"E-2","event":"withdrawn","evidence_kind":"statement","actor":"otto","criteria":["CC6.2"]}"#)));
    assert_eq!(of(facts).0, Conclusion::NeedsPeople);
}

#[test]
fn evidence_of_another_time_and_an_annual_act_outside_the_window_are_flagged() {
    use crate::assessment::GapKind;
    let period = Period::of_days("2026-01-01", "2026-03-31").unwrap();
    let before = day_begin_ms("2025-06-01").unwrap();
    let old = format!(
        r#"{{"id":"E-9","event":"received","evidence_kind":"report","controls":["TST-3"],"effective_from_ms":{before},"effective_to_ms":{before}}}"#
    );
    let facts = vec![(period.from_ms + 1, said("evidence", &old))];
    let judged =
        assess(controls::find("TST-3").unwrap(), &history(period, facts), &Settings::default());
    let kinds: BTreeSet<GapKind> = judged.gaps.iter().map(|gap| gap.kind).collect();
    assert!(
        kinds.contains(&GapKind::OutsidePeriod) && kinds.contains(&GapKind::NoOccurrence),
        "{kinds:?}"
    );
    assert!(judged.gaps.iter().any(|gap| gap.because.contains("`E-9` speaks of 2025-06-01")));
}

#[test]
fn a_later_act_changes_nothing_about_a_period_that_is_over() {
    let period = Period::of_days("2026-01-01", "2026-03-31").unwrap();
    let mut facts = vec![(
        period.from_ms,
        said("policy", r#"{"id":"access","event":"drafted","version":"1","actor":"anna"}"#),
    )];
    let before = history(period, facts.clone());
    facts.push((
        period.to_ms,
        said("policy", r#"{"id":"access","event":"drafted","version":"2","actor":"anna"}"#),
    ));
    let after = history(period, facts);
    assert_eq!(before.policies, after.policies);
}
