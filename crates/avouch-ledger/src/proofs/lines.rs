//! What the lines of an export hold.

use super::exports::TEXT_BYTES_MAX;
use crate::format::canonical::{Value, from_hex};
use crate::format::control::members::Members;
use crate::keys::{IndexKey, Secret32};
use crate::merkle::{Hash, PROOF_HASHES_MAX};
use crate::search::Question;
use std::collections::BTreeMap;

/// A term as the head of an export shows it.
pub(super) struct Term {
    pub(super) blinded: [u8; 8],
    pub(super) key: Option<IndexKey>,
}

/// A leaf of the index as an answer shows it.
pub(super) struct Leaf {
    pub(super) place: u64,
    pub(super) term: [u8; 8],
    pub(super) data: Vec<u8>,
    pub(super) path: Vec<Hash>,
}

impl Leaf {
    pub(super) fn read(value: Value) -> Option<Self> {
        let mut members = Members::of(value)?;
        let data = from_hex(&members.text_up_to("leaf", TEXT_BYTES_MAX)?)?;
        let (term, rest) = data.split_first_chunk::<8>()?;
        let (count, rest) = rest.split_first_chunk::<4>()?;
        let whole = rest.len() == 4 * usize::try_from(u32::from_be_bytes(*count)).ok()?;
        let place = members.number("position")?;
        let path = path(&mut members).filter(|_| whole)?;
        members.end()?;
        Some(Self { place, term: *term, path, data })
    }

    pub(super) fn positions(&self) -> impl Iterator<Item = u32> {
        let (positions, _) = self.data.get(12..).unwrap_or_default().as_chunks::<4>();
        positions.iter().map(|at| u32::from_be_bytes(*at))
    }
}

pub(super) fn path(members: &mut Members) -> Option<Vec<Hash>> {
    let hash = |value| match value {
        Value::Text(text) => Some(Hash(from_hex(&text)?.try_into().ok()?)),
        _ => None,
    };
    members.list("proof", hash).filter(|path| path.len() <= PROOF_HASHES_MAX)
}

/// Whether leaves show that a term is not among so many.
pub(super) fn absent(leaves: &[Leaf], term: [u8; 8], terms: u64) -> bool {
    match leaves {
        [] => terms == 0,
        [one] => (one.place == 0 && term < one.term) || (one.place + 1 == terms && one.term < term),
        [left, right] => left.place + 1 == right.place && left.term < term && term < right.term,
        _ => false,
    }
}

pub(super) fn read_query(value: Value) -> Option<(Option<Question>, BTreeMap<u32, Term>)> {
    if value == Value::Null {
        return Some((None, BTreeMap::new()));
    }
    let mut members = Members::of(value)?;
    let field = u8::try_from(members.number("field")?).ok()?;
    let value = from_hex(&members.text_up_to("value", TEXT_BYTES_MAX)?)?;
    let terms = members.list("terms", read_term)?;
    members.end()?;
    Some((Some(Question { field, value }), terms.into_iter().collect()))
}

fn read_term(value: Value) -> Option<(u32, Term)> {
    let mut members = Members::of(value)?;
    let mut hash = |name| match members.take(name)? {
        Value::Null => Some(None),
        Value::Text(text) => Some(Some(from_hex(&text)?.try_into().ok()?)),
        _ => None,
    };
    let (key, seal): (Option<[u8; 32]>, Option<[u8; 32]>) =
        (hash("index_key")?, hash("seal_hash")?);
    let key = key
        .zip(seal)
        .map(|(key, seal)| IndexKey { key: Secret32::new(key), seal_hash: Hash(seal) });
    let term = (members.small("period")?, Term { blinded: members.hex("term")?, key });
    members.end()?;
    Some(term)
}
