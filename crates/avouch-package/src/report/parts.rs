//! The sections of the report.

// Writing to a string does not fail: the results are left out.
use super::{Told, prose, text, trend};
use crate::oscal::reasons;
use crate::time;
use avouch_prove::assessment::{Assessed, Assessment};
use avouch_prove::conclude::Conclusion;
use serde_json::Value;
use std::fmt::Write as _;

/// The class and the words of a conclusion.
fn shown(conclusion: Conclusion) -> (&'static str, &'static str) {
    match conclusion {
        Conclusion::Supported => ("good", "supported"),
        Conclusion::NeedsPeople => ("gap", "needs people"),
        Conclusion::Exceptions => ("bad", "exceptions"),
        Conclusion::NotTested => ("gap", "not tested"),
        Conclusion::OutOfScope => ("off", "not in scope"),
    }
}

fn class(assessment: &Assessment) -> (&'static str, &'static str) {
    match assessment {
        Assessment::Effective => ("good", "effective"),
        Assessment::Exceptions(_) => ("bad", "exceptions"),
        Assessment::NotTested(_) => ("gap", "not tested"),
    }
}

/// What did not hold, before anything else.
pub(super) fn exceptions(told: &Told<'_>) -> String {
    let mut part = String::from("<h2>Exceptions</h2>\n");
    let mut any = false;
    for one in &told.judged.assessed {
        let Assessment::Exceptions(all) = &one.assessment else { continue };
        any = true;
        let _ = write!(
            part,
            "<div class=\"item\"><h3>{} {} <span class=\"word bad\">{} of {}</span></h3><ul>",
            text(one.control.id),
            text(one.control.name),
            all.len(),
            one.actual().max(all.len() as u64)
        );
        for exception in all.iter().take(10) {
            let entries: Vec<String> =
                exception.entries.iter().take(5).map(u64::to_string).collect();
            let entries = if entries.is_empty() {
                String::new()
            } else {
                format!(" <span class=\"dim\">entry {}</span>", entries.join(", "))
            };
            let _ = write!(part, "<li>{}{entries}</li>", prose(&exception.because));
        }
        if all.len() > 10 {
            let _ = write!(part, "<li class=\"dim\">and {} more</li>", all.len() - 10);
        }
        part.push_str("</ul></div>\n");
    }
    if !any {
        part.push_str("<p>No tested control of the scope has one. What was not tested says nothing: see the controls below.</p>\n");
    }
    part
}

/// All criteria, and what follows for each.
pub(super) fn criteria(told: &Told<'_>) -> String {
    let mut part = String::from("<h2>Criteria</h2>\n<div class=\"tally\">");
    let kinds = [
        Conclusion::Supported,
        Conclusion::NeedsPeople,
        Conclusion::Exceptions,
        Conclusion::NotTested,
        Conclusion::OutOfScope,
    ];
    for kind in kinds {
        let count = told.judged.concluded.iter().filter(|one| one.conclusion == kind).count();
        let (class, word) = shown(kind);
        let _ = write!(part, "<div class=\"{class}\"><b>{count}</b>{word}</div>");
    }
    part.push_str("</div>\n<p class=\"dim\">Ids are those of the Trust Services Criteria, whose text is the AICPA's and not in here. Needs people: its controls are effective, and what only people can say was not recorded.</p>\n<div class=\"grid\">");
    for one in &told.judged.concluded {
        let (class, word) = shown(one.conclusion);
        let _ = write!(
            part,
            "<div class=\"cell {class}\" title=\"{}\"><b>{}</b><span class=\"word {class}\">{word}</span></div>",
            text(one.criterion.meaning),
            one.criterion.id.as_str()
        );
    }
    part.push_str("</div>\n");
    part
}

/// The score with what it is made of, and how it went.
pub(super) fn score(told: &Told<'_>) -> String {
    let score = &told.judged.score;
    let percent =
        |value: Option<u64>| value.map_or_else(|| "–".to_owned(), |value| format!("{value} %"));
    let mut part = format!(
        "<h2>Score</h2>\n<div class=\"tally\"><div><b>{}</b>of 100</div><div><b>{}</b>effective: {} of {} tested</div><div><b>{}</b>tested: {} of {} in scope</div><div><b>{}</b>fresh: {} of {} tested</div></div>\n<p class=\"dim\">The product of the three, after formula {}. What was not tested earns nothing.</p>\n",
        score.value,
        percent(score.effectiveness_percent),
        score.effective,
        score.tested,
        percent(score.coverage_percent),
        score.tested,
        score.in_scope,
        percent(score.freshness_percent),
        score.fresh,
        score.tested,
        text(score.formula)
    );
    part.push_str(&trend::trend(told));
    part
}

/// Every control with what was expected and what happened.
pub(super) fn controls(told: &Told<'_>) -> String {
    let mut part = String::from(
        "<h2>Controls</h2>\n<table class=\"wide controls\"><thead><tr><th>Control</th><th>Result</th><th class=\"n\">Expected</th><th class=\"n\">Actual</th><th class=\"n\">Failed</th><th>Last</th><th>Why</th></tr></thead><tbody>\n",
    );
    for one in &told.judged.assessed {
        part.push_str(&control(one));
    }
    part.push_str("</tbody></table>\n");
    part
}

fn control(one: &Assessed) -> String {
    let (class, word) =
        if one.excluded.is_some() { ("off", "left out") } else { class(&one.assessment) };
    let expected = one.expected().map_or_else(|| "–".to_owned(), |many| many.to_string());
    let failed: u64 = one.procedures.iter().map(|procedure| procedure.failed).sum();
    let last = one.last_ms().map_or_else(|| "never".to_owned(), time::day);
    let why = one
        .excluded
        .clone()
        .unwrap_or_else(|| reasons(one).into_iter().take(2).collect::<Vec<_>>().join("; "));
    format!(
        "<tr><td><b>{}</b> {}</td><td class=\"word {class}\">{word}</td><td class=\"n\" data-is=\"Expected\">{expected}</td><td class=\"n\" data-is=\"Actual\">{}</td><td class=\"n\" data-is=\"Failed\">{failed}</td><td data-is=\"Last\">{last}</td><td>{}</td></tr>\n",
        text(one.control.id),
        text(one.control.name),
        one.actual(),
        prose(&why)
    )
}

/// The populations, each with its number.
pub(super) fn populations(told: &Told<'_>) -> String {
    let mut part = String::from(
        "<h2>Populations</h2>\n<p>All that the ledger holds of each type in the period. None means that the ledger's index proves that there is none, not that nothing was written down.</p>\n<table class=\"wide\"><thead><tr><th>Population</th><th class=\"n\">Items</th><th class=\"n\">Partly withheld</th><th>Rows, sheet</th></tr></thead><tbody>\n",
    );
    for (name, title, count, withheld) in &told.populations {
        let count = if *count == 0 { "none, proven".to_owned() } else { count.to_string() };
        let _ = writeln!(
            part,
            "<tr><td><b>{}</b></td><td class=\"n\" data-is=\"Items\">{count}</td><td class=\"n\" data-is=\"Partly withheld\">{withheld}</td><td><a href=\"../populations/{name}.csv\">table</a>, <a href=\"../populations/{name}.ndjson\">rows</a>, <a href=\"../populations/{name}.ipe.json\">sheet</a></td></tr>",
            text(title)
        );
    }
    part.push_str("</tbody></table>\n<h3>What shows that they are complete</h3>\n<ul>");
    for layer in told.layers.as_array().into_iter().flatten() {
        let holds = layer.get("holds") == Some(&Value::Bool(true));
        let (class, word) = if holds { ("good", "holds") } else { ("gap", "does not hold") };
        let what = layer.get("what").and_then(Value::as_str).unwrap_or_default();
        let _ = write!(part, "<li><span class=\"word {class}\">{word}</span> {}</li>", text(what));
    }
    part.push_str("</ul>\n");
    if told.purged_parts > 0 {
        let _ = writeln!(
            part,
            "<p class=\"gap\">{} parts of the index were purged after their retention: what they named is not known any more.</p>",
            told.purged_parts
        );
    }
    part
}

/// The samples, beside what all items come to.
pub(super) fn samples(told: &Told<'_>) -> String {
    let mut part = String::from("<h2>Samples</h2>\n");
    if told.samples.is_empty() {
        part.push_str("<p class=\"gap\">Not drawn: the auditor has not revealed the nonce.</p>\n");
        return part;
    }
    let _ = writeln!(
        part,
        "<p>Drawn by the root of the ledger and a nonce to which the auditor committed before; sizes after the table “{}”. The bound is exact (binomial, 95 %): at a higher rate of deviation so good a sample would be rare. The columns “All items” are no sample: each one was looked at; “not about” are items of another sort, which the line does not speak of.</p>",
        text(&told.engagement.sampling.title)
    );
    let (drawn, empty): (Vec<&Value>, Vec<&Value>) =
        told.samples.iter().partition(|sample| number(sample, "count") > 0);
    for sample in drawn {
        part.push_str(&one_sample(told, sample));
    }
    if !empty.is_empty() {
        let names: Vec<&str> = empty.into_iter().map(|sample| titled(told, sample)).collect();
        let _ = writeln!(
            part,
            "<p class=\"dim\">Nothing to draw from: {}.</p>",
            text(&names.join(", "))
        );
    }
    part
}

fn titled<'t>(told: &'t Told<'_>, sample: &'t Value) -> &'t str {
    let name = sample.get("type").and_then(Value::as_str).unwrap_or_default();
    let known = told.populations.iter().find(|(known, ..)| known == name);
    known.map_or(name, |(_, title, ..)| title)
}

fn number(value: &Value, name: &str) -> u64 {
    value.get(name).and_then(Value::as_u64).unwrap_or(0)
}

fn one_sample(told: &Told<'_>, sample: &Value) -> String {
    let title = titled(told, sample);
    let (size, count) = (number(sample, "size"), number(sample, "count"));
    let judged = number(sample, "judged");
    let bound = sample.get("bound_ppm").and_then(Value::as_u64);
    let bound = bound.map_or_else(String::new, |ppm| {
        format!(", so at most {}.{} % of such a process deviate", ppm / 10_000, ppm / 1_000 % 10)
    });
    let among = if judged == size {
        String::new()
    } else {
        format!(" ({judged} of them with something to look at)")
    };
    let mut part = format!(
        "<h3>{}</h3>\n<p>{size} of {count} items{among}, {} with a deviation{bound}.</p>\n<table class=\"wide ticks\"><thead><tr><th>Looked at</th><th class=\"n\">Sample: met</th><th class=\"n\">not met</th><th class=\"n\">All items: met</th><th class=\"n\">not met</th><th class=\"n\">not about</th></tr></thead><tbody>",
        text(title),
        number(sample, "deviations")
    );
    for attribute in sample.get("attributes").and_then(Value::as_array).into_iter().flatten() {
        let of =
            |group: &str, mark: &str| attribute.get(group).map_or(0, |tally| number(tally, mark));
        // What is withheld is not met either, as far as anybody can tell.
        let not_met = |group: &str| of(group, "not-met") + of(group, "withheld");
        // Of a line that is about none of the items there is nothing to say.
        if of("population", "met") + not_met("population") == 0 {
            continue;
        }
        let name = attribute.get("name").and_then(Value::as_str).unwrap_or_default();
        let _ = write!(
            part,
            "<tr><td>{}</td><td class=\"n\" data-is=\"Sample, met\">{}</td><td class=\"n\" data-is=\"not met\">{}</td><td class=\"n\" data-is=\"All items, met\">{}</td><td class=\"n\" data-is=\"not met\">{}</td><td class=\"n\" data-is=\"not about\">{}</td></tr>",
            text(name),
            of("sample", "met"),
            not_met("sample"),
            of("population", "met"),
            not_met("population"),
            of("population", "not-applicable")
        );
    }
    part.push_str("</tbody></table>\n<p class=\"dim\">Entries drawn: ");
    let items = sample.get("items").and_then(Value::as_array).into_iter().flatten();
    let entries: Vec<String> = items.map(|item| number(item, "index").to_string()).collect();
    part.push_str(&entries.join(", "));
    part.push_str("</p>\n");
    part
}

/// Marked requests.
pub(super) fn capture(told: &Told<'_>) -> String {
    let mut part = String::from("<h2>Capture</h2>\n");
    match &told.canaries {
        None => part.push_str("<p class=\"gap\">No marked requests were looked for: how much was lost before it came into the ledger is not known.</p>\n"),
        Some(summary) => {
            let (sent, missing) = (number(summary, "sent"), number(summary, "missing"));
            let ppm = number(summary, "loss_bound_ppm");
            let class = if missing == 0 { "good" } else { "bad" };
            let _ = writeln!(part, "<p><span class=\"word {class}\">{missing} of {sent} marked requests are missing.</span> With 95 % confidence at most {}.{:02} % of all requests were lost.</p>", ppm / 10_000, ppm / 100 % 100);
        }
    }
    part
}

/// How to check everything.
pub(super) fn checking(_: &Told<'_>) -> String {
    "<h2>How to check this package</h2>\n<ol><li>Get the public key of the ledger from elsewhere than this package.</li><li>Open <a href=\"../verify.html\">verify.html</a> from disk in a browser: it computes everything again and needs no network.</li><li>Or: <code>python3 verify/verify.py package FOLDER --public-key KEY</code></li><li>Or: <code>avouch audit verify FOLDER --key KEY</code></li><li>With a program of others: <code>trestle verify -f manifest.json --signature manifest.dsse.json --public-key package-key.pem</code></li><li>Look for your own marked requests, run chosen tests again, and compare records with a system that is not this one.</li></ol>\n".to_owned()
}

/// What the package cannot show.
pub(super) fn limits(_: &Told<'_>) -> String {
    "<h2>Limits</h2>\n<ul><li>The ledger proves that records were not changed after they were taken in, not that a service told the truth.</li><li>Whoever operates the gateway's host decides what reaches it; marked requests and counts of other systems bound what is lost.</li><li>The index is committed to by the operator; whoever is given the keys of a day can compute it again.</li><li>Witnesses that act together can hide a second history.</li><li>Statements of people are statements of people.</li><li>Times are those of the ledger's host, within the offset that its rules allow.</li></ul>\n".to_owned()
}
