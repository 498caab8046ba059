//! What auditor and management said to each other: whether it is whole, who said it, and whether what
//! answers refer to is in the package.

use super::Knowledge;
use super::files::Files;
use super::kinds::{Proven, entry, row};
use super::ledger::{member, signed};
use super::report::Report;
use super::rows::RowReader;
use crate::acts::signing::{self, Signed};
use crate::acts::{ACTS_MAX, Asked, Holds, Selection, Spoken, Standing, fold};
use crate::canonical;
use crate::engagement::Engagement;
use crate::populations::{Definition, Row, hash};
use crate::writing::{Pieces, piece};
use avouch_ledger::format::fields;
use avouch_ledger::merkle::{Hash, verify_consistency};
use avouch_ledger::proofs::{Exhibit, ExportFault, Missing, ProvenExport, check_export};
use avouch_ledger::search::Question;
use avouch_model::fact;
use avouch_model::fact::engagement::{Engagement as Act, Side};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

const PROOF: &str = "requests/proof.ndjson";
const ACTS: &str = "requests/acts.ndjson";
const CONSISTENCY: &str = "requests/consistency.json";

/// What a proof shows of an engagement.
#[derive(Debug, Default)]
pub(crate) struct Shown {
    acts: BTreeMap<u64, Row>,
    handed_in: Pieces,
    proven: Option<ProvenExport>,
}

impl Shown {
    /// Pieces of evidence that answers refer to.
    pub(crate) fn pieces(&self) -> Pieces {
        let one = |row: &Row| {
            let text = |name: &str| Some(row.fact.get(name)?.as_str()?.to_owned());
            Some((text("evidence")?, text("digest")?))
        };
        self.acts.values().filter_map(one).collect()
    }

    /// Takes in a record that is proven to be in the ledger.
    fn take(&mut self, exhibit: &Exhibit<'_>, id: &str, report: &mut Report) {
        let place = Some(entry(exhibit.index));
        let Some(record) = exhibit.record else {
            let what = "it is sealed, and may be an act of the engagement";
            return report.add("record-sealed", PROOF, place, what);
        };
        let Some(kind) = [fact::evidence::KIND, fact::engagement::KIND]
            .iter()
            .find_map(|kind| fact::find(kind.number).filter(|kind| kind.number == record.kind))
        else {
            return;
        };
        let Ok(Value::Object(said)) = (kind.json)(&record.body).map(canonical::plain) else {
            let what = "it is no fact of this kind";
            return report.add("fact-malformed", PROOF, place, what);
        };
        if said.get("id").and_then(Value::as_str) != Some(id) {
            return;
        }
        if kind.number == fact::evidence::KIND.number {
            self.handed_in.extend(piece(kind, &said));
        } else if self.acts.len() < ACTS_MAX {
            self.acts.insert(exhibit.index, row(kind, exhibit, said, Map::new()));
        } else {
            report.add("fact-malformed", PROOF, place, "these are too many acts");
        }
    }
}

/// Reads the proof of what was said.
pub(crate) fn read(
    files: &Files,
    knowledge: &Knowledge,
    engagement: &Engagement,
    report: &mut Report,
) -> Shown {
    let mut shown = Shown::default();
    let Some(from) = files.reader(PROOF) else { return shown };
    let id = engagement.evidence_id();
    let before = report.findings.len();
    let judged =
        check_export(from, &knowledge.identity, |exhibit| shown.take(exhibit, &id, report));
    match judged {
        Ok(proven) => {
            tell(&proven, &id, report);
            shown.proven = Some(proven);
        }
        Err(fault) => {
            report.findings.truncate(before);
            let line = match &fault {
                ExportFault::Io(_) | ExportFault::Whole(_) => None,
                ExportFault::Malformed { line, .. } | ExportFault::Invalid { line, .. } => {
                    Some(format!("line {line}"))
                }
            };
            report.add("proof-invalid", PROOF, line, &fault.to_string());
            shown = Shown::default();
        }
    }
    shown
}

fn tell(proven: &ProvenExport, id: &str, report: &mut Report) {
    let asked = Question { field: fields::OBJECT, value: id.into() };
    if proven.range.start != 0 || proven.question != Some(asked) {
        let what = "it is not about all acts of this engagement";
        report.add("proof-other", PROOF, None, what);
    }
    for missing in &proven.missing {
        let record = match missing {
            Missing::End | Missing::From(_) => "end".to_owned(),
            Missing::Answer { period, round } => format!("period {period} of round {round}"),
            Missing::Named(index) | Missing::Tail(index) => entry(*index),
        };
        report.add("proof-incomplete", PROOF, Some(record), "it is left out");
    }
    for period in &proven.unproven_terms {
        let what = "nothing shows that the index was asked for this engagement";
        report.add("terms-unproven", PROOF, Some(format!("period {period}")), what);
    }
    if proven.purged_parts > 0 {
        let what = "parts of the index were purged: what they named is not known any more";
        report.add("purged", PROOF, None, what);
    }
}

/// Judges what was said, once the populations are known.
pub(crate) fn judge(
    shown: &Shown,
    files: &Files,
    proven: &Proven,
    engagement: &Engagement,
    report: &mut Report,
) {
    let Some(later) = &shown.proven else { return };
    judge_checkpoint(files, proven, later, report);
    compare(files, &shown.acts, report);
    let key = engagement.auditor_key();
    let mut said = Vec::new();
    for row in shown.acts.values() {
        let mut holds = |act: &Act| holds(act, files, proven, &shown.handed_in);
        let Some(spoken) = Spoken::of(row, key.as_ref(), &mut holds) else { continue };
        judge_act(row, &spoken, key.as_ref(), report);
        said.push(spoken);
    }
    let asked = fold(said, key.is_some());
    report.lines.push(words(&asked, later.range.end));
}

fn words(asked: &[Asked], end: u64) -> String {
    let of = |standing| asked.iter().filter(|one| one.standing == standing).count();
    format!(
        "{} requests: {} closed, {} answered, {} open; what was said in entries from {end} on is not in it",
        asked.len(),
        of(Standing::Closed),
        of(Standing::Answered),
        of(Standing::Open)
    )
}

fn judge_act(row: &Row, spoken: &Spoken, key: Option<&[u8; 32]>, report: &mut Report) {
    let place = || Some(entry(row.index));
    let signed = signing::judge(&row.fact, key);
    if signed == Signed::Wrong {
        let what = "its signature is not one of the auditor's key";
        report.add("act-invalid", ACTS, place(), what);
    } else if signed == Signed::No && key.is_some() && spoken.act.side == Side::Auditor {
        let what = "it is said to be the auditor's, and the auditor's key did not sign it";
        report.add("act-unsigned", ACTS, place(), what);
    }
    if spoken.holds == Holds::No {
        let request = spoken.act.request.as_deref().unwrap_or("no request");
        let what = format!("the answer to {request} refers to what is not in the package");
        report.add("answer-unproven", ACTS, place(), &what);
    }
}

/// The proof is under a later checkpoint of the same log, or under that of the package.
fn judge_checkpoint(files: &Files, proven: &Proven, later: &ProvenExport, report: &mut Report) {
    let Some(root) = proven.root else { return };
    let grown = || {
        if (later.size, later.root) == (proven.size, root) {
            return (!files.has(CONSISTENCY)).then_some(());
        }
        let value = files.json(CONSISTENCY)?;
        let path = member(&value, "proof").as_array()?.iter();
        let path: Vec<Hash> = path.map(|one| one.as_str().and_then(hash)).collect::<Option<_>>()?;
        let of = Proven {
            origin: later.origin.clone(),
            epochs: later.epochs.clone(),
            ..Proven::default()
        };
        let (_, note) = signed(member(&value, "later").as_str()?.as_bytes(), &of)?;
        ((note.size, note.root) == (later.size, later.root)).then_some(())?;
        verify_consistency(proven.size, &root, later.size, &later.root, &path).ok()
    };
    if later.origin != proven.origin || grown().is_none() {
        let what = "the ledger of the requests is not that of the package, grown";
        report.add("consistency-invalid", CONSISTENCY, None, what);
    }
}

/// Compares the acts as the package lists them with those of the proof.
fn compare(files: &Files, acts: &BTreeMap<u64, Row>, report: &mut Report) {
    let mut rows = RowReader::of(files, ACTS);
    let mut expected = acts.values().peekable();
    while let Some(next) = rows.as_mut().and_then(RowReader::next) {
        let Ok(said) = next.map_err(|line| {
            report.add("row-malformed", ACTS, Some(format!("line {line}")), "it is no row");
        }) else {
            return;
        };
        while let Some(left_out) = expected.next_if(|known| known.index < said.index) {
            missing(left_out, report);
        }
        match expected.next_if(|known| known.index == said.index) {
            Some(known) if *known == said => (),
            Some(_) => {
                let what = "it does not say what the ledger says";
                report.add("row-changed", ACTS, Some(entry(said.index)), what);
            }
            None => {
                let what = "the ledger does not show it";
                report.add("row-unproven", ACTS, Some(entry(said.index)), what);
            }
        }
    }
    if rows.is_some() {
        expected.for_each(|left_out| missing(left_out, report));
    }
}

fn missing(row: &Row, report: &mut Report) {
    let what = "the ledger holds it and the list of acts does not";
    report.add("row-missing", ACTS, Some(entry(row.index)), what);
}

/// Whether what an answer refers to is in the package.
fn holds(act: &Act, files: &Files, proven: &Proven, handed_in: &Pieces) -> bool {
    if let Some((id, digest)) = act.evidence.clone().zip(act.digest) {
        let piece = (id, digest.to_string());
        return proven.evidence.contains(&piece) || handed_in.contains(&piece);
    }
    let name = act.population.as_deref().unwrap_or_default();
    let known = Definition::all().unwrap_or_default().iter().any(|known| known.name == name);
    let rows = known.then(|| RowReader::open(files, name)).flatten();
    let selection = Selection::begin(&act.filter, act.end.unwrap_or(0));
    let Some((mut rows, mut selection)) = rows.zip(selection) else { return false };
    while let Some(Ok(row)) = rows.next() {
        selection.push(&row);
    }
    act.count == Some(selection.count())
        && act.root.is_some_and(|root| root.0 == selection.root().0)
}
