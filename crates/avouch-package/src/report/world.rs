//! The API itself: its inventory, how data flows, incidents, changes, and the register of gaps.

// Writing to a string does not fail: the results are left out.
use super::{Told, flow, prose, text};
use crate::seen::{Case, Operation};
use crate::time;
use std::fmt::Write as _;

/// LIMIT: operations that are shown one by one: those with the most requests.
const SHOWN_MAX: usize = 200;

/// Which operations were seen, and what protects them.
pub(super) fn inventory(told: &Told<'_>) -> String {
    let inventory = &told.seen.inventory;
    let mut part = String::from("<h2>Inventory</h2>\n");
    if inventory.operations.is_empty() && inventory.undescribed.decided == 0 {
        part.push_str("<p class=\"gap\">The ledger holds no request of the period and no finding about an operation: which operations there are is not known from it.</p>\n");
        return part;
    }
    let _ = writeln!(
        part,
        "<p>{} operations were seen in requests of the period or in open findings. Seen is not all there is: an operation that nobody called, or that does not pass the gateway, is not in here.</p>",
        inventory.operations.len()
    );
    part.push_str("<table class=\"wide\"><thead><tr><th>Operation</th><th class=\"n\">Requests</th><th class=\"n\">Refused</th><th>Callers show who they are by</th><th>Classes of data in answers</th><th class=\"n\">Open findings</th></tr></thead><tbody>\n");
    let mut operations: Vec<(&str, &Operation)> =
        inventory.operations.iter().map(|(name, one)| (name.as_str(), one)).collect();
    operations.sort_by_key(|(_, one)| std::cmp::Reverse(one.decided + one.imported));
    for (name, one) in operations.iter().take(SHOWN_MAX) {
        part.push_str(&operation(&text(name), one));
    }
    let others = &inventory.undescribed;
    if others.decided + others.scanned + others.imported > 0 {
        part.push_str(&operation("<i>in no description</i>", others));
    }
    part.push_str("</tbody></table>\n");
    if operations.len() > SHOWN_MAX {
        let _ = writeln!(
            part,
            "<p class=\"dim\">{} operations with fewer requests are not listed.</p>",
            operations.len() - SHOWN_MAX
        );
    }
    if inventory.beyond > 0 {
        let _ = writeln!(
            part,
            "<p class=\"gap\">{} requests were for operations beyond those that are told apart.</p>",
            inventory.beyond
        );
    }
    if !inventory.findings.is_empty() {
        let _ = writeln!(
            part,
            "<p>{} open findings are about no single operation.</p>",
            inventory.findings.len()
        );
    }
    part
}

fn operation(name: &str, one: &Operation) -> String {
    let list = |names: Vec<&str>, none: &str| {
        if names.is_empty() {
            format!("<span class=\"dim\">{none}</span>")
        } else {
            text(&names.join(", "))
        }
    };
    let passed = one.decided.saturating_sub(one.refused);
    let mut means: Vec<String> = one.means.iter().map(|&word| word.to_owned()).collect();
    if one.open > 0 {
        means.push(format!("nothing ({} of {passed} let through)", one.open));
    }
    let means: Vec<&str> = means.iter().map(String::as_str).collect();
    let classes: Vec<&str> = one.classes.iter().map(String::as_str).collect();
    let mut requests = one.decided.to_string();
    for (count, who) in [(one.scanned, "by scans"), (one.imported, "in other logs")] {
        if count > 0 {
            let _ = write!(requests, "<br><span class=\"dim\">{count} {who}</span>");
        }
    }
    format!(
        "<tr><td><b>{name}</b></td><td class=\"n\" data-is=\"Requests\">{requests}</td><td class=\"n\" data-is=\"Refused\">{}</td><td data-is=\"Shown by\">{}</td><td data-is=\"Classes\">{}</td><td class=\"n\" data-is=\"Open findings\">{}</td></tr>\n",
        one.refused,
        list(means, "nobody was let through"),
        list(classes, "none seen"),
        one.findings.len()
    )
}

/// How data flows, as far as it was seen.
pub(super) fn data_flow(told: &Told<'_>) -> String {
    let mut part = String::from(
        "<h2>Data flow</h2>\n<p>Drawn from the records of the period, and approved by nobody: a dashed line is one that nothing in the ledger shows.</p>\n",
    );
    part.push_str(&flow::figure(told));
    part
}

/// Incidents of the period, or the proof that none was declared.
pub(super) fn incidents(told: &Told<'_>) -> String {
    let mut part = String::from("<h2>Incidents</h2>\n");
    let cases = &told.seen.incidents;
    let declared = cases.iter().filter(|case| case.is_declared).count();
    if cases.is_empty() {
        part.push_str("<p><span class=\"word good\">None, proven.</span> The index of the ledger names no record of an incident in the period: <a href=\"../populations/incident.ipe.json\">sheet</a>. It shows that none was written down, not that none happened.</p>\n");
        return part;
    }
    let _ = writeln!(
        part,
        "<p>{declared} declared, {} suspected and not declared. Rows: <a href=\"../populations/incident.ndjson\">incidents</a>, <a href=\"../populations/alert.ndjson\">alerts</a>.</p>",
        cases.len() - declared
    );
    for case in cases {
        part.push_str(&incident(case));
    }
    part
}

fn incident(case: &Case) -> String {
    let breach = match case.is_breach {
        Some(true) => "personal data was breached",
        Some(false) => "no personal data was breached, as somebody judged",
        None => "nobody said whether personal data was breached",
    };
    let classes = if case.classes.is_empty() {
        "no classes named".to_owned()
    } else {
        case.classes.join(", ")
    };
    let over = matches!(case.state, "closed" | "dismissed");
    let mut part = format!(
        "<div class=\"item\"><h3>{} {} <span class=\"word {}\">{}</span></h3><p class=\"dim\">{} · {breach} · {}</p><table class=\"wide\"><thead><tr><th>When</th><th>What</th><th class=\"n\">Entry</th></tr></thead><tbody>",
        text(&case.id),
        text(&case.title),
        if over { "off" } else { "gap" },
        text(case.state),
        text(case.severity),
        text(&classes)
    );
    for step in &case.steps {
        let said =
            if step.said.is_empty() { String::new() } else { format!(": {}", text(&step.said)) };
        let _ = write!(
            part,
            "<tr><td class=\"when\">{}</td><td>{}{said}</td><td class=\"n\" data-is=\"Entry\">{}</td></tr>",
            time::minute(step.time_ms),
            text(step.event),
            step.index
        );
    }
    part.push_str("</tbody></table></div>\n");
    part
}

/// The newest changes.
pub(super) fn changes(told: &Told<'_>) -> String {
    let mut part = String::from("<h2>Changes</h2>\n");
    let count = |name: &str| {
        told.populations
            .iter()
            .find(|(known, ..)| known == name)
            .map_or(0, |(_, _, count, _)| *count)
    };
    if told.seen.changes.is_empty() {
        part.push_str(
            "<p>No change of a configuration or a policy is in the ledger for the period.</p>\n",
        );
        return part;
    }
    let _ = writeln!(
        part,
        "<p>The newest {}. All: {} in the population of <a href=\"../populations/change.csv\">changes</a>, {} in that of <a href=\"../populations/deploy.csv\">deployments</a>.</p>",
        told.seen.changes.len(),
        count("change"),
        count("deploy")
    );
    part.push_str("<table class=\"wide\"><thead><tr><th>When</th><th>What</th><th>By</th><th>Approved by</th><th class=\"n\">Entry</th></tr></thead><tbody>\n");
    for change in told.seen.changes.iter().rev() {
        let emergency =
            if change.is_emergency { " <span class=\"word gap\">emergency</span>" } else { "" };
        let _ = writeln!(
            part,
            "<tr><td class=\"when\" data-is=\"When\">{}</td><td><b>{}</b> {}{emergency}</td><td data-is=\"By\">{}</td><td data-is=\"Approved by\">{}</td><td class=\"n\" data-is=\"Entry\">{}</td></tr>",
            time::minute(change.time_ms),
            text(&change.what),
            text(change.event),
            text(change.actor.as_deref().unwrap_or("not named")),
            match &change.approved_by {
                None => "–".to_owned(),
                Some(all) if all.is_empty() => "not named".to_owned(),
                Some(all) => text(&all.join(", ")),
            },
            change.index
        );
    }
    part.push_str("</tbody></table>\n");
    part
}

/// Every hole in the record that is known, numbered.
pub(super) fn gaps(told: &Told<'_>) -> String {
    let mut part = String::from("<h2>Register of gaps</h2>\n");
    let mut all: Vec<(String, String)> = Vec::new();
    let (from_ms, to_ms) = (told.engagement.period.from_ms, told.engagement.period.to_ms);
    if told.covered_until_ms < to_ms {
        let until = time::minute(told.covered_until_ms);
        all.push((
            format!("the period is not over: nothing is known from {until} on"),
            String::new(),
        ));
    }
    if let Some(begun_ms) = told.begun_ms.filter(|begun| *begun > from_ms) {
        let (from, to) = (time::minute(from_ms), time::minute(begun_ms));
        all.push((
            format!("the ledger began in the period: nothing is known from {from} to {to}"),
            "0".to_owned(),
        ));
    }
    if told.purged_parts > 0 {
        all.push((
            format!("{} parts of the index were purged after their retention", told.purged_parts),
            String::new(),
        ));
    }
    for gap in &told.seen.gaps {
        let shown: Vec<String> = gap.entries.iter().take(20).map(u64::to_string).collect();
        let more = gap.entries.len().saturating_sub(20);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        all.push((gap.what.clone(), format!("{}{more}", shown.join(", "))));
    }
    if let Some(missing) = told.canaries.as_ref().and_then(|said| said.get("missing")?.as_u64())
        && missing > 0
    {
        all.push((
            format!("{missing} marked requests of the auditor are not in the ledger: see Capture"),
            String::new(),
        ));
    }
    if all.is_empty() {
        part.push_str("<p>No gap is known. What nobody noticed is not in a register: see Capture for what bounds it.</p>\n");
        return part;
    }
    part.push_str("<table class=\"wide\"><thead><tr><th>No.</th><th>What is missing</th><th>Entries that show it</th></tr></thead><tbody>\n");
    for (at, (what, entries)) in all.iter().enumerate() {
        let _ = writeln!(
            part,
            "<tr><td class=\"when\"><b>G-{}</b></td><td>{}</td><td data-is=\"Entries\">{}</td></tr>",
            at + 1,
            prose(what),
            if entries.is_empty() { "–" } else { entries }
        );
    }
    part.push_str("</tbody></table>\n");
    part
}

/// What people still owe, and what this package leaves out.
pub(super) fn missing(told: &Told<'_>) -> String {
    use avouch_prove::assessment::GapKind;
    let mut part = String::from("<h2>What is missing</h2>\n<h3>From people</h3>\n");
    let mut any = false;
    for one in told.judged.assessed.iter().filter(|one| one.excluded.is_none()) {
        let manual = one.gaps.iter().filter(|gap| gap.kind == GapKind::ManualMissing);
        for gap in manual {
            if !any {
                part.push_str("<ul>");
            }
            any = true;
            let owner = one.owner.as_deref().unwrap_or("nobody is named as owner");
            let _ = write!(
                part,
                "<li><b>{}</b> {} <span class=\"dim\">{}</span></li>",
                text(one.control.id),
                prose(&gap.because),
                text(owner)
            );
        }
    }
    part.push_str(if any {
        "</ul>\n"
    } else {
        "<p>Nothing that a control needs of people is outstanding.</p>\n"
    });
    let undone = told
        .judged
        .assessed
        .iter()
        .filter(|one| !one.is_tested() && one.excluded.is_none())
        .count();
    let _ = writeln!(
        part,
        "<p>{undone} controls are not tested; the table of controls says of each what is missing.</p>"
    );
    part.push_str("<h3>From this package</h3>\n<ul><li>The inventory is what was seen in requests and findings. It was not compared with descriptions of the API, with routes in code or with certificates.</li><li>The diagram shows no stores behind the API: nothing records them.</li><li>Of incidents there is what was written down: no deadlines of notices are computed.</li><li>Single requests are not listed; marked requests bound what is lost of them.</li></ul>\n");
    part
}
