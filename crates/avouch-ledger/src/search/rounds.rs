//! Which rounds of the index a log has, and where its control entries of a type are.

use super::entries::{Entries, Found};
use crate::format::control::{Act, Control, Index, kinds};
use crate::format::{ENTRY_HEADER_BYTES, EntryHeader, RECORD};
use crate::log::{Answer, CONTROL, INDEX, PostingsFile, control_term, parse_postings_name};
use crate::merkle::Hash;
use crate::storage::Storage;
use crate::view::ViewError;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

/// A round of the index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Round {
    /// The entry that commits to it.
    pub entry: u64,
    /// What it says.
    pub index: Index,
}

/// Where the control entries of some types are, ascending.
#[derive(Debug, Default)]
pub(super) struct Controls(BTreeMap<u8, Vec<u64>>);

impl Controls {
    /// Finds those of the types that are wanted among the first `size` entries: from the lists of
    /// finished rounds if they may be `trusted`, else from the entries.
    pub(super) fn find(
        storage: &dyn Storage,
        entries: &mut Entries,
        (origin_hash, size): (&Hash, u64),
        wanted: &[u8],
        trusted: bool,
    ) -> Result<Self, ViewError> {
        let names = if trusted { storage.list(INDEX)? } else { Vec::new() };
        let lists: BTreeSet<u64> = names
            .iter()
            .filter_map(|name| parse_postings_name(name))
            .filter_map(|(period, first)| (period == CONTROL).then_some(first))
            .collect();
        let mut controls = Self::default();
        let mut at = 0;
        while at < size {
            let listed =
                if lists.contains(&at) { listed(storage, origin_hash, at, wanted) } else { None };
            if let Some((end, found)) = listed.filter(|(end, _)| (at + 1..=size).contains(end)) {
                for (kind, index) in found {
                    controls.0.entry(kind).or_default().push(index);
                }
                at = end;
            } else {
                let next = lists.range(at + 1..).next().copied().unwrap_or(size).min(size);
                controls.read(entries, at..next, wanted)?;
                at = next;
            }
        }
        Ok(controls)
    }

    fn read(
        &mut self,
        entries: &mut Entries,
        range: std::ops::Range<u64>,
        wanted: &[u8],
    ) -> Result<(), ViewError> {
        entries.walk(range, |index, found| {
            if let Found::Entry(entry) = found
                && let Ok((header, _)) = EntryHeader::parse(&entry)
                && header.kind != RECORD
                && wanted.contains(&header.kind)
            {
                self.0.entry(header.kind).or_default().push(index);
            }
            ControlFlow::Continue(())
        })
    }

    /// Those of one type.
    pub(super) fn of(&self, kind: u8) -> &[u64] {
        self.0.get(&kind).map(Vec::as_slice).unwrap_or_default()
    }

    /// The rounds; `None` when they do not follow each other, so that the lists must be wrong.
    pub(super) fn rounds(&self, entries: &mut Entries) -> Result<Option<Vec<Round>>, ViewError> {
        let mut rounds: Vec<Round> = Vec::new();
        for entry in self.of(kinds::INDEX) {
            let bytes = entries.entry(*entry)?;
            let payload = bytes.get(ENTRY_HEADER_BYTES..).unwrap_or_default();
            let Ok(Control { act: Act::Index(index), .. }) = Control::parse(kinds::INDEX, payload)
            else {
                return Ok(None);
            };
            if index.first != rounds.last().map_or(0, |round| round.index.end) {
                return Ok(None);
            }
            rounds.push(Round { entry: *entry, index });
        }
        Ok(Some(rounds))
    }
}

/// The control entries of wanted types in a round's list, and where the round ends.
fn listed(
    storage: &dyn Storage,
    origin_hash: &Hash,
    first: u64,
    wanted: &[u8],
) -> Option<(u64, Vec<(u8, u64)>)> {
    let (file, end) = PostingsFile::open_control(storage, origin_hash, first).ok()?;
    let mut found = Vec::new();
    for kind in wanted {
        if let Answer::Present(leaf) = file.ask(control_term(*kind)).ok()? {
            found.extend(leaf.positions.iter().map(|at| (*kind, first + u64::from(*at))));
        }
    }
    Some((end, found))
}
