//! The marked requests: whether each that is said to be in the ledger is.

use super::Knowledge;
use super::files::Files;
use super::kinds::Proven;
use super::ledger::member;
use super::populations::{is_bound, lines};
use super::report::Report;
use crate::canary;
use crate::canonical;
use crate::engagement::{Engagement, digest};
use crate::populations::hash;
use crate::sampling::bound_ppm;
use avouch_ledger::format::canonical::from_hex;
use avouch_ledger::format::{EntryHeader, RECORD};
use avouch_ledger::keys::{Secret32, open_record_with};
use avouch_ledger::merkle::{Hash, leaf_hash, verify_inclusion};
use serde_json::{Value, json};

const SENT: &str = "canaries/sent.txt";
const FOUND: &str = "canaries/found.ndjson";
const SUMMARY: &str = "canaries/summary.json";

/// Judges them.
pub(crate) fn judge(
    files: &Files,
    knowledge: &Knowledge,
    proven: &Proven,
    engagement: &Engagement,
    report: &mut Report,
) {
    if !files.has(SENT) && !files.has(FOUND) && !files.has(SUMMARY) {
        if knowledge.canaries.is_some() {
            report.add("canaries-other", SENT, None, "the marked requests were not looked for");
        } else if engagement.canaries.is_some() {
            report.lines.push("marked requests were agreed on, and not looked for".to_owned());
        }
        return;
    }
    let sent =
        files.whole(SENT).and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default();
    let agreed = engagement.canaries == Some(Hash::of(sent.as_bytes()).to_hex());
    if !agreed || knowledge.canaries.as_ref().is_some_and(|known| *known != sent) {
        report.add("canaries-other", SENT, None, "it is not the auditor's list");
    }
    let (mut all, mut missing) = (0, 0);
    let mut found = files.reader(FOUND).map(lines);
    for marker in canary::markers(&sent) {
        all += 1;
        let line = found.as_mut().and_then(Iterator::next).flatten();
        let value = line.and_then(|line| canonical::parse(&line)).unwrap_or_default();
        let record = Some(format!("canary {marker}"));
        if value == json!({ "canary": marker, "missing": true }) {
            missing += 1;
            report.add("canary-missing", FOUND, record, "the ledger does not hold it");
        } else if !holds(&value, marker, proven, engagement) {
            report.add("canary-invalid", FOUND, record, "nothing proves that the ledger holds it");
        }
    }
    if found.is_some_and(|mut found| found.next().is_some()) {
        report.add("canary-invalid", FOUND, Some("more".to_owned()), "nobody sent it");
    }
    judge_summary(files, (all, missing), report);
    report.lines.push(bound(all, missing));
}

fn bound(all: u64, missing: u64) -> String {
    let bound = bound_ppm(all, missing).map_or_else(
        || "nothing is known".to_owned(),
        |ppm| format!("at most {ppm} in a million requests were lost, 95 % sure"),
    );
    format!("{missing} of {all} marked requests are missing: {bound}")
}

fn judge_summary(files: &Files, (all, missing): (u64, u64), report: &mut Report) {
    let said = files.json(SUMMARY).unwrap_or_default();
    let expected = canary::summary(all, missing);
    for (name, value) in expected.as_object().into_iter().flatten() {
        let said = member(&said, name);
        let same = if name == "loss_bound_ppm" {
            is_bound(said, bound_ppm(all, missing))
        } else {
            said == value
        };
        if !same {
            let what = "it is not what the marked requests come to";
            report.add("summary-changed", SUMMARY, Some(name.clone()), what);
        }
    }
}

/// Whether a line proves that a record bears the marker.
fn holds(value: &Value, marker: &str, proven: &Proven, engagement: &Engagement) -> bool {
    let judge = || {
        let text = |name| member(value, name).as_str();
        let (entry, key) = (from_hex(text("entry")?)?, digest(text("key")?)?);
        let index = member(value, "index").as_u64()?;
        let path = member(value, "proof").as_array()?.iter();
        let path: Vec<Hash> = path.map(|one| one.as_str().and_then(hash)).collect::<Option<_>>()?;
        let leaf = leaf_hash(&entry);
        verify_inclusion(&leaf, index, proven.size, &path, proven.root.as_ref()?).ok()?;
        let (header, payload) = EntryHeader::parse(&entry).ok()?;
        let in_period = header.kind == RECORD && engagement.period.contains(header.time_ms);
        let origin_hash = Hash::of(proven.origin.as_bytes());
        let record = open_record_with(&Secret32::new(key), &origin_hash, &header, payload).ok()?;
        let terms = record.terms.iter().map(|term| (term.field, &term.value[..]));
        (in_period && text("canary")? == marker && canary::bears(marker, terms)).then_some(())
    };
    judge().is_some()
}
