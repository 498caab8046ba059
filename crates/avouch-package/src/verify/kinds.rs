//! The proofs of all kinds of facts, and whether the populations say what they show.

use super::Knowledge;
use super::files::Files;
use super::report::Report;
use super::rows::{Comparing, Expected};
use crate::canonical;
use crate::engagement::Engagement;
use crate::populations::{Definition, Row};
use crate::writing::{Pieces, commitment, piece, proven_kinds};
use avouch_ledger::format::{ENTRY_HEADER_BYTES, Record, fields};
use avouch_ledger::keys::{Secret32, open_record_with};
use avouch_ledger::merkle::{Hash, leaf_hash};
use avouch_ledger::note::VerifierKey;
use avouch_ledger::proofs::{Exhibit, ExportFault, Missing, ProvenExport, check_export};
use avouch_ledger::search::Question;
use avouch_model::coding::Kind;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// What the proofs show together.
#[derive(Debug, Default)]
pub(crate) struct Proven {
    pub(crate) origin: String,
    pub(crate) size: u64,
    pub(crate) root: Option<Hash>,
    pub(crate) epochs: Vec<(u64, [u8; 32])>,
    pub(crate) last_ms: Option<u64>,
    /// Kinds whose proof holds, with parts of the index that were purged.
    pub(crate) kinds: BTreeMap<&'static str, u64>,
    /// Pieces of evidence that answers refer to and that are there.
    pub(crate) evidence: Pieces,
}

impl Proven {
    /// The key that signs checkpoints of a size.
    pub(crate) fn key_at(&self, size: u64) -> Option<VerifierKey> {
        let mut epochs = self.epochs.iter().rev();
        let epoch = epochs.find(|(begun, _)| *begun < size || *begun == 0)?;
        VerifierKey::of_note(&self.origin, epoch.1).ok()
    }
}

/// A record of which fields are withheld, as the package says it.
struct Withheld {
    kind: String,
    populations: Vec<String>,
    commitments: Map<String, Value>,
}

/// The proofs that are being judged.
pub(crate) struct Kinds<'a> {
    files: &'a Files,
    knowledge: &'a Knowledge,
    engagement: &'a Engagement,
    report: &'a mut Report,
    populations: Vec<Comparing>,
    redactions: BTreeMap<u64, Withheld>,
    unseen: BTreeSet<u64>,
    opened: bool,
    referred: Pieces,
    proven: Proven,
}

impl<'a> Kinds<'a> {
    pub(crate) fn begin(
        files: &'a Files,
        knowledge: &'a Knowledge,
        engagement: &'a Engagement,
        report: &'a mut Report,
    ) -> Self {
        let redactions = redactions(files.json("redactions.json").as_ref());
        if redactions.is_none() && files.has("redactions.json") {
            report.add("redactions-malformed", "redactions.json", None, "it is no list of them");
        }
        let redactions = redactions.unwrap_or_default();
        let definitions = Definition::all().unwrap_or_default();
        let begin = |definition| Comparing::begin(files, definition, report);
        let populations = definitions.into_iter().map(begin).collect();
        let unseen = redactions.keys().copied().collect();
        let proven = Proven::default();
        Self {
            files,
            knowledge,
            engagement,
            report,
            populations,
            redactions,
            unseen,
            opened: false,
            referred: Pieces::new(),
            proven,
        }
    }

    /// Looks for these pieces of evidence too.
    pub(crate) fn refer_to(&mut self, pieces: Pieces) {
        self.referred = pieces;
    }

    pub(crate) fn judge(&mut self) {
        for kind in proven_kinds() {
            self.kind(kind);
        }
    }

    /// Tells of what no proof showed.
    pub(crate) fn end(self) -> Proven {
        for population in self.populations {
            population.end(self.report);
        }
        if !self.opened {
            let what = "no entry of the ledger holds its digest";
            self.report.add("engagement-unproven", "engagement.json", None, what);
        }
        for index in self.unseen {
            let what = "no proof shows a sealed record there";
            self.report.add("redaction-unproven", "redactions.json", Some(entry(index)), what);
        }
        self.proven
    }

    fn kind(&mut self, kind: &'static Kind) {
        let file = format!("ledger/kinds/{}.ndjson", kind.name);
        let Some(from) = self.files.reader(&file) else {
            return self.skip(kind);
        };
        let before = self.report.findings.len();
        let identity = &self.knowledge.identity;
        let agreed = self.engagement.encode().unwrap_or_default();
        let agreed = Hash::of(agreed.as_bytes()).to_hex();
        let proven =
            check_export(from, identity, |exhibit| self.take(kind, &file, exhibit, &agreed));
        match proven {
            Ok(proven) => self.holds(kind, &file, proven),
            Err(fault) => {
                // What the rows were compared with is not proven.
                self.report.findings.truncate(before);
                self.skip(kind);
                let line = match &fault {
                    ExportFault::Io(_) | ExportFault::Whole(_) => None,
                    ExportFault::Malformed { line, .. } | ExportFault::Invalid { line, .. } => {
                        Some(line)
                    }
                };
                let record = line.map(|line| format!("line {line}"));
                self.report.add("proof-invalid", &file, record, &fault.to_string());
            }
        }
    }

    fn skip(&mut self, kind: &Kind) {
        for population in &mut self.populations {
            population.skip(kind.number, self.report);
        }
    }

    fn holds(&mut self, kind: &'static Kind, file: &str, proven: ProvenExport) {
        let asked = Question { field: fields::KIND, value: kind.name.into() };
        let all = proven.range == (0..proven.size) && proven.question == Some(asked);
        let known = self.proven.root.is_none_or(|root| {
            (&self.proven.origin, self.proven.size, root)
                == (&proven.origin, proven.size, proven.root)
        });
        if !all || !known {
            let what = "it is not about all facts of this kind under the package's checkpoint";
            self.report.add("proof-other", file, None, what);
        }
        for missing in &proven.missing {
            let record = match missing {
                Missing::End | Missing::From(_) => "end".to_owned(),
                Missing::Answer { period, round } => format!("period {period} of round {round}"),
                Missing::Named(index) | Missing::Tail(index) => entry(*index),
            };
            self.report.add("proof-incomplete", file, Some(record), "it is left out");
        }
        for period in &proven.unproven_terms {
            let what = "nothing shows that the index was asked for this kind";
            self.report.add("terms-unproven", file, Some(format!("period {period}")), what);
        }
        if proven.purged_parts > 0 {
            let what = "parts of the index were purged: what they named is not known any more";
            self.report.add("purged", file, None, what);
        }
        self.proven.kinds.insert(kind.name, proven.purged_parts);
        if self.proven.root.is_none() {
            self.proven.origin = proven.origin;
            self.proven.size = proven.size;
            self.proven.root = Some(proven.root);
            self.proven.epochs = proven.epochs;
            self.proven.last_ms = proven.last_ms;
        }
    }

    /// Takes in a record that is proven to be in the ledger.
    fn take(&mut self, kind: &'static Kind, file: &str, exhibit: &Exhibit<'_>, agreed: &str) {
        let index = exhibit.index;
        let fact = |record: &Record| match (kind.json)(&record.body).map(canonical::plain) {
            Ok(Value::Object(fact)) => Some(fact),
            _ => None,
        };
        let in_period = self.engagement.period.contains(exhibit.header.time_ms);
        match exhibit.record {
            Some(record) if record.kind == kind.number => {
                let Some(fact) = fact(record) else {
                    let what = "it is no fact of this kind";
                    return self.report.add("fact-malformed", file, Some(entry(index)), what);
                };
                self.opened |= kind.name == "evidence" && self.is_engagement(&fact, agreed);
                if in_period {
                    let known = piece(kind, &fact).filter(|piece| self.referred.contains(piece));
                    self.proven.evidence.extend(known);
                    let row = row(kind, exhibit, fact, Map::new());
                    self.expect(kind, &Expected::Whole(row));
                }
            }
            None if in_period => self.sealed(kind, file, exhibit),
            _ => (),
        }
    }

    fn is_engagement(&self, fact: &Map<String, Value>, agreed: &str) -> bool {
        let says = |name: &str| fact.get(name).and_then(Value::as_str);
        says("id") == Some(self.engagement.evidence_id().as_str()) && says("digest") == Some(agreed)
    }

    fn expect(&mut self, kind: &Kind, expected: &Expected) {
        let Expected::Whole(row) = expected else { return };
        for population in &mut self.populations {
            if population.definition.holds(kind.name, &row.fact) {
                population.expect(expected, self.report);
            }
        }
    }

    /// A record of the period whose key is not shown: something of it must be withheld.
    fn sealed(&mut self, kind: &'static Kind, file: &str, exhibit: &Exhibit<'_>) {
        let index = exhibit.index;
        let withheld = self.redactions.get(&index).filter(|withheld| withheld.kind == kind.name);
        let Some(withheld) = withheld else {
            let what = "it is sealed, and nothing says that something of it is withheld";
            return self.report.add("record-sealed", file, Some(entry(index)), what);
        };
        self.unseen.remove(&index);
        let expected = match self.knowledge.records.get(&index) {
            None => Expected::Sealed {
                kind: kind.name,
                index,
                leaf: leaf_hash(exhibit.entry),
                time_ms: exhibit.header.time_ms,
                withheld: withheld.commitments.clone(),
            },
            Some(key) => {
                let row = revealed(kind, exhibit, withheld, key, &self.knowledge.identity);
                let Some(row) = row else {
                    let what = "what is withheld is not what the ledger holds";
                    let record = Some(entry(index));
                    return self.report.add("commitment-mismatch", "redactions.json", record, what);
                };
                Expected::Whole(row)
            }
        };
        for population in &mut self.populations {
            if withheld.populations.contains(&population.definition.name) {
                population.expect(&expected, self.report);
            }
        }
    }
}

/// The row of a withheld record whose key is known, if it is as the package says.
fn revealed(
    kind: &Kind,
    exhibit: &Exhibit<'_>,
    withheld: &Withheld,
    key: &[u8; 32],
    identity: &VerifierKey,
) -> Option<Row> {
    let payload = exhibit.entry.get(ENTRY_HEADER_BYTES..)?;
    let origin_hash = Hash::of(identity.name().as_bytes());
    let record =
        open_record_with(&Secret32::new(*key), &origin_hash, exhibit.header, payload).ok()?;
    let Ok(Value::Object(mut fact)) = (kind.json)(&record.body).map(canonical::plain) else {
        return None;
    };
    let belongs = Definition::all().unwrap_or_default().into_iter();
    let belongs = belongs.filter(|definition| definition.holds(kind.name, &fact));
    if belongs.map(|definition| definition.name).ne(withheld.populations.iter().cloned()) {
        return None;
    }
    for (field, committed) in &withheld.commitments {
        let value = fact.remove(field)?;
        if committed.as_str() != Some(commitment(key, field, &value).as_str()) {
            return None;
        }
    }
    Some(row(kind, exhibit, fact, withheld.commitments.clone()))
}

pub(crate) fn row(
    kind: &Kind,
    exhibit: &Exhibit<'_>,
    fact: Map<String, Value>,
    withheld: Map<String, Value>,
) -> Row {
    Row {
        kind: kind.name.to_owned(),
        index: exhibit.index,
        leaf: leaf_hash(exhibit.entry),
        time_ms: exhibit.header.time_ms,
        fact,
        withheld,
    }
}

pub(crate) fn entry(index: u64) -> String {
    format!("entry {index}")
}

fn redactions(value: Option<&Value>) -> Option<BTreeMap<u64, Withheld>> {
    let one = |value: &Value| {
        let populations = value.get("populations")?.as_array()?.iter();
        let withheld = Withheld {
            kind: value.get("kind")?.as_str()?.to_owned(),
            populations: populations
                .map(|name| name.as_str().map(str::to_owned))
                .collect::<Option<_>>()?,
            commitments: value.get("commitments")?.as_object()?.clone(),
        };
        Some((value.get("index")?.as_u64()?, withheld))
    };
    value?.get("redactions")?.as_array()?.iter().map(one).collect()
}
