//! The proofs of all kinds of facts, and the populations that are made of them.
//!
//! Each proof is written, and then judged like that of a stranger: what the populations say is what
//! the proof shows.

use super::redactions::{Redactions, record_key};
use super::{BuildError, Folder, Out};
use crate::books::{Books, Disclosing, Keys};
use crate::canonical;
use crate::engagement::Period;
use crate::populations::{Definition, Row, table_head, table_line};
use avouch_ledger::format::fields;
use avouch_ledger::keys::{Secret32, open_record_with};
use avouch_ledger::merkle::{Frontier, Hash, leaf_hash};
use avouch_ledger::note::VerifierKey;
use avouch_ledger::proofs::{Exhibit, ProvenExport, check_export};
use avouch_ledger::search::{Exporting, Question};
use avouch_model::coding::Kind;
use avouch_model::fact;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::BufReader;

/// The kinds whose facts a package proves: all but single requests, which are sampled by canaries, and
/// what was said about engagements, of which only those of this one are shown.
pub(crate) fn proven_kinds() -> impl Iterator<Item = &'static Kind> {
    let others = [fact::request::KIND.number, fact::engagement::KIND.number];
    fact::ALL.iter().filter(move |kind| !others.contains(&kind.number))
}

/// Pieces of evidence: id, and SHA-256 in hexadecimal digits.
pub(crate) type Pieces = BTreeSet<(String, String)>;

/// A population that is being written.
#[derive(Debug)]
struct Writing {
    definition: Definition,
    rows: Out,
    table: Out,
    tree: Frontier,
    first: Option<u64>,
    last: Option<u64>,
    withheld: u64,
}

/// A population that was written.
#[derive(Debug)]
pub(crate) struct Population {
    pub(crate) definition: Definition,
    pub(crate) count: u64,
    pub(crate) root: Hash,
    pub(crate) first: Option<u64>,
    pub(crate) last: Option<u64>,
    pub(crate) withheld: u64,
    pub(crate) digest: Hash,
    pub(crate) table_digest: Hash,
}

/// What was proven of a kind.
#[derive(Clone, Debug)]
pub(crate) struct Shown {
    /// Parts of the index that were purged.
    pub(crate) purged_parts: u64,
}

/// All that was written.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) populations: Vec<Population>,
    pub(crate) kinds: BTreeMap<&'static str, Shown>,
    pub(crate) redactions: Value,
    /// Pieces of evidence that answers refer to and that are there.
    pub(crate) evidence: Pieces,
    pub(crate) covered_until_ms: u64,
}

impl Done {
    pub(crate) fn counts(&self) -> Vec<(String, u64)> {
        let all = self.populations.iter();
        all.map(|population| (population.definition.name.clone(), population.count)).collect()
    }

    pub(crate) fn purged_parts(&self) -> u64 {
        self.kinds.values().map(|shown| shown.purged_parts).sum()
    }
}

/// The proofs and populations that are being written.
pub(crate) struct Kinds<'a> {
    folder: &'a Folder,
    books: &'a Books,
    period: Period,
    populations: Vec<Writing>,
    redactions: Redactions,
    proven: BTreeMap<&'static str, Shown>,
    referred: Pieces,
    evidence: Pieces,
    covered_until_ms: u64,
}

impl<'a> Kinds<'a> {
    pub(crate) fn begin(
        folder: &'a Folder,
        books: &'a Books,
        period: Period,
        definitions: Vec<Definition>,
        redactions: Redactions,
    ) -> Result<Self, BuildError> {
        let begin = |definition: Definition| {
            let name = &definition.name;
            let rows = folder.begin(&format!("populations/{name}.ndjson"), "population")?;
            let mut table = folder.begin(&format!("populations/{name}.csv"), "population-table")?;
            table.text(&table_head(&definition))?;
            let tree = Frontier::new();
            Ok(Writing { definition, rows, table, tree, first: None, last: None, withheld: 0 })
        };
        let populations = definitions.into_iter().map(begin).collect::<Result<_, BuildError>>()?;
        Ok(Self {
            folder,
            books,
            period,
            populations,
            redactions,
            proven: BTreeMap::new(),
            referred: Pieces::new(),
            evidence: Pieces::new(),
            covered_until_ms: 0,
        })
    }

    /// Looks for these pieces of evidence too.
    pub(crate) fn refer_to(&mut self, pieces: Pieces) {
        self.referred = pieces;
    }

    /// Writes and judges the proofs of all kinds. One record is shown whenever it was written.
    pub(crate) fn write_all(
        &mut self,
        keys: &mut Keys,
        always: [u8; 24],
        identity: &VerifierKey,
    ) -> Result<(), BuildError> {
        for kind in proven_kinds() {
            let path = self.prove(kind, keys, always)?;
            self.read(kind, keys, &path, identity)?;
        }
        Ok(())
    }

    fn prove(
        &self,
        kind: &'static Kind,
        keys: &mut Keys,
        always: [u8; 24],
    ) -> Result<String, BuildError> {
        let path = format!("ledger/kinds/{}.ndjson", kind.name);
        let mut out = self.folder.begin(&path, "proof")?;
        let about = Exporting {
            storage: self.books.storage.clone(),
            genesis: &self.books.genesis,
            checkpoint: &self.books.note,
            range: None,
            question: Some(Question { field: fields::KIND, value: kind.name.into() }),
        };
        let mut shown = Disclosing {
            keys,
            period: self.period.from_ms..self.period.to_ms,
            withheld: &|header| self.redactions.holds_back(header),
            always: Some(always),
        };
        about.write(&mut shown, &mut out).map_err(|error| BuildError::Export(kind.name, error))?;
        self.folder.end(out)?;
        Ok(path)
    }

    fn read(
        &mut self,
        kind: &'static Kind,
        keys: &mut Keys,
        path: &str,
        identity: &VerifierKey,
    ) -> Result<(), BuildError> {
        let path = self.folder.path(path);
        let file = File::open(&path).map_err(|error| BuildError::io(&path, error))?;
        let mut said = Ok(());
        let proven = check_export(BufReader::new(file), identity, |exhibit| {
            if said.is_ok() && self.period.contains(exhibit.header.time_ms) {
                said = self.take(kind, keys, exhibit);
            }
        });
        said?;
        let proven = proven.map_err(|fault| BuildError::Fault(kind.name, fault))?;
        self.proven(kind, &proven)
    }

    fn proven(&mut self, kind: &'static Kind, proven: &ProvenExport) -> Result<(), BuildError> {
        if let Some(missing) = proven.missing.first() {
            return Err(BuildError::Incomplete(kind.name, missing.to_string()));
        }
        if let Some(period) = proven.unproven_terms.first() {
            let what = format!("the keys of the index for period {period}");
            return Err(BuildError::Incomplete(kind.name, what));
        }
        self.covered_until_ms = proven.last_ms.unwrap_or(0);
        let purged_parts = proven.purged_parts;
        self.proven.insert(kind.name, Shown { purged_parts });
        Ok(())
    }

    /// Takes in a record of the period.
    fn take(
        &mut self,
        kind: &'static Kind,
        keys: &mut Keys,
        exhibit: &Exhibit<'_>,
    ) -> Result<(), BuildError> {
        let index = exhibit.index;
        let (record, key) = if let Some(record) = exhibit.record {
            (record.clone(), None)
        } else {
            let key = record_key(keys, index, exhibit.header)?;
            let payload = exhibit.entry.get(avouch_ledger::format::ENTRY_HEADER_BYTES..);
            let opened = open_record_with(
                &Secret32::new(key),
                &self.books.origin_hash(),
                exhibit.header,
                payload.unwrap_or_default(),
            );
            (opened.map_err(|_| BuildError::Sealed(index))?, Some(key))
        };
        if record.kind != kind.number {
            return Ok(());
        }
        let fact = (kind.json)(&record.body).ok().map(canonical::plain);
        let Some(Value::Object(fact)) = fact else {
            return Err(BuildError::NotAFact(index, kind.name));
        };
        let mut row = Row {
            kind: kind.name.to_owned(),
            index,
            leaf: leaf_hash(exhibit.entry),
            time_ms: exhibit.header.time_ms,
            fact,
            withheld: Map::new(),
        };
        if key.is_none()
            && let Some(piece) = piece(kind, &row.fact)
            && self.referred.contains(&piece)
        {
            self.evidence.insert(piece);
        }
        let holds = |population: &Writing| population.definition.holds(kind.name, &row.fact);
        let of: Vec<bool> = self.populations.iter().map(holds).collect();
        if let Some(key) = key {
            let withheld = self.redactions.withhold(index, row.fact, &key)?;
            let named = self.populations.iter().zip(&of).filter(|(_, holds)| **holds);
            let named: Vec<String> = named.map(|(one, _)| one.definition.name.clone()).collect();
            let named: Vec<&str> = named.iter().map(String::as_str).collect();
            self.redactions.note(index, kind.name, &withheld, &named);
            row.fact = withheld.fact;
            row.withheld = withheld.commitments;
        }
        for (population, _) in self.populations.iter_mut().zip(of).filter(|(_, holds)| *holds) {
            population.push(&row)?;
        }
        Ok(())
    }

    /// Ends the populations.
    pub(crate) fn end(self) -> Result<Done, BuildError> {
        let folder = self.folder;
        let end = |one: Writing| {
            Ok(Population {
                definition: one.definition,
                count: one.tree.size(),
                root: one.tree.root(),
                first: one.first,
                last: one.last,
                withheld: one.withheld,
                digest: folder.end(one.rows)?,
                table_digest: folder.end(one.table)?,
            })
        };
        Ok(Done {
            populations: self
                .populations
                .into_iter()
                .map(end)
                .collect::<Result<_, BuildError>>()?,
            kinds: self.proven,
            redactions: self.redactions.list()?,
            evidence: self.evidence,
            covered_until_ms: self.covered_until_ms,
        })
    }
}

/// The piece of evidence that a fact is about.
pub(crate) fn piece(kind: &Kind, said: &Map<String, Value>) -> Option<(String, String)> {
    let text = |name: &str| Some(said.get(name)?.as_str()?.to_owned());
    (kind.number == fact::evidence::KIND.number).then_some(())?;
    Some((text("id")?, text("digest")?))
}

impl Writing {
    fn push(&mut self, row: &Row) -> Result<(), BuildError> {
        self.rows.text(&row.line())?;
        self.table.text(&table_line(&self.definition, row))?;
        self.tree.push(row.leaf);
        self.first = Some(self.first.map_or(row.index, |first| first.min(row.index)));
        self.last = Some(self.last.map_or(row.index, |last| last.max(row.index)));
        self.withheld += u64::from(!row.withheld.is_empty());
        Ok(())
    }
}
