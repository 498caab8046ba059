//! What an encoded fact is, and what it can be found by.

use crate::fact::ALL;

/// LIMIT: bytes of an encoded fact. An entry of the ledger has at most 65,535, with its terms.
pub const FACT_BYTES_MAX: usize = 49_152;

/// LIMIT: bytes of all values a fact can be found by.
const TERM_BYTES_MAX: usize = 12_288;

/// LIMIT: what one fact can be found by, as the ledger's format has it.
pub const TERMS_MAX: usize = 32;

/// By what a fact can be found. The numbers are those of the ledger's fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Search {
    /// Who acted, or whom it is about.
    Principal = 1,
    /// From where.
    Address = 2,
    /// What was done.
    Operation = 3,
    /// To what.
    Object = 4,
    /// What was decided, or how a test ended.
    Decision = 5,
    /// Of which kind the fact is.
    Kind = 6,
    /// Within which session.
    Session = 7,
    /// Within which request or scan.
    Trace = 8,
}

impl Search {
    /// The name that queries use.
    pub fn name(self) -> &'static str {
        match self {
            Self::Principal => "principal",
            Self::Address => "address",
            Self::Operation => "operation",
            Self::Object => "object",
            Self::Decision => "decision",
            Self::Kind => "kind",
            Self::Session => "session",
            Self::Trace => "trace",
        }
    }
}

/// Something that a fact can be found by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Term {
    /// By what.
    pub search: Search,
    /// The value.
    pub value: Vec<u8>,
    /// Whether it is a person's, and in clear: a vault replaces it by a pseudonym.
    pub personal: bool,
}

/// A fact as the ledger takes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encoded {
    /// The number of its kind.
    pub kind: u16,
    /// What it can be found by, its kind included.
    pub terms: Vec<Term>,
    /// Its bytes.
    pub body: Vec<u8>,
}

/// Why a fact cannot be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EncodeError {
    /// It is too long.
    #[error("the fact has {0} bytes, and {FACT_BYTES_MAX} are the most")]
    TooLong(usize),
    /// It would be found by too much.
    #[error("the fact can be found by {0} values, and {TERMS_MAX} are the most")]
    Terms(usize),
    /// What it would be found by is too long.
    #[error("what the fact can be found by has {0} bytes, and {TERM_BYTES_MAX} are the most")]
    TermsTooLong(usize),
}

impl Encoded {
    pub(super) fn new(kind: u16, mut terms: Vec<Term>, body: Vec<u8>) -> Result<Self, EncodeError> {
        terms.sort_unstable();
        terms.dedup();
        let term_bytes = terms.iter().map(|term| term.value.len()).sum();
        if body.len() > FACT_BYTES_MAX {
            return Err(EncodeError::TooLong(body.len()));
        }
        if terms.len() > TERMS_MAX {
            return Err(EncodeError::Terms(terms.len()));
        }
        if term_bytes > TERM_BYTES_MAX {
            return Err(EncodeError::TermsTooLong(term_bytes));
        }
        debug_assert!(ALL.iter().any(|known| known.number == kind), "every kind is listed");
        Ok(Self { kind, terms, body })
    }
}

/// Appends the tag of a field and the length of its value. Short ones are what is usual.
#[inline]
pub(super) fn put_head(out: &mut Vec<u8>, tag: u8, length: usize) {
    if let Ok(short @ 0..0x80) = u8::try_from(length) {
        out.extend_from_slice(&[tag, short]);
    } else {
        out.push(tag);
        put_long_length(out, length);
    }
}

/// Appends a length in groups of seven bits, the lowest first, each but the last with the top bit set
/// (LEB128).
fn put_long_length(out: &mut Vec<u8>, mut length: usize) {
    loop {
        let low = u8::try_from(length & 0x7f).unwrap_or(0x7f);
        length >>= 7;
        if length == 0 {
            return out.push(low);
        }
        out.push(low | 0x80);
    }
}
