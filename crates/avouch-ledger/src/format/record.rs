//! The plaintext of a record: its kind, what it can be found by, and its body.

/// LIMIT: what one record can be found by.
pub const TERMS_MAX: usize = 32;

const VERSION: u8 = 1;

/// Fields by which records can be found. Numbers from 128 are free.
pub mod fields {
    /// Who acted.
    pub const PRINCIPAL: u8 = 1;
    /// From where.
    pub const ADDRESS: u8 = 2;
    /// What was done.
    pub const OPERATION: u8 = 3;
    /// To what.
    pub const OBJECT: u8 = 4;
    /// Whether it was allowed.
    pub const DECISION: u8 = 5;
    /// Of which kind the record is.
    pub const KIND: u8 = 6;
    /// Within which session.
    pub const SESSION: u8 = 7;
    /// Within which trace.
    pub const TRACE: u8 = 8;

    /// Names of fields, for people.
    pub const NAMES: [(u8, &str); 8] = [
        (PRINCIPAL, "principal"),
        (ADDRESS, "address"),
        (OPERATION, "operation"),
        (OBJECT, "object"),
        (DECISION, "decision"),
        (KIND, "kind"),
        (SESSION, "session"),
        (TRACE, "trace"),
    ];
}

/// Something that a record can be found by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Term {
    /// The field.
    pub field: u8,
    /// Its value.
    pub value: Vec<u8>,
}

/// A record before it is sealed, or after it was opened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// What the body is. The ledger does not look inside.
    pub kind: u16,
    /// What it can be found by, ascending and without repetition.
    pub terms: Vec<Term>,
    /// The body.
    pub body: Vec<u8>,
}

/// Why a record cannot be written or read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// More than 32 terms.
    #[error("a record can be found by at most 32 terms")]
    Terms,
    /// A term of more than 65,535 bytes.
    #[error("a term has at most 65,535 bytes")]
    TermTooLong,
    /// The bytes are not a record.
    #[error("the plaintext is not that of a record")]
    Malformed,
}

impl Record {
    /// A record of a kind, with its terms put in order.
    pub fn new(kind: u16, mut terms: Vec<Term>, body: Vec<u8>) -> Self {
        terms.sort_unstable();
        terms.dedup();
        Self { kind, terms, body }
    }

    /// Bytes when written.
    pub fn bytes(&self) -> usize {
        4 + self.terms.iter().map(|term| 3 + term.value.len()).sum::<usize>() + self.body.len()
    }

    /// Appends the plaintext to bytes.
    pub fn write(&self, to: &mut Vec<u8>) -> Result<(), RecordError> {
        let count = u8::try_from(self.terms.len()).map_err(|_| RecordError::Terms)?;
        if self.terms.len() > TERMS_MAX {
            return Err(RecordError::Terms);
        }
        to.push(VERSION);
        to.extend_from_slice(&self.kind.to_be_bytes());
        to.push(count);
        for term in &self.terms {
            let length = u16::try_from(term.value.len()).map_err(|_| RecordError::TermTooLong)?;
            to.push(term.field);
            to.extend_from_slice(&length.to_be_bytes());
            to.extend_from_slice(&term.value);
        }
        to.extend_from_slice(&self.body);
        Ok(())
    }

    /// Reads a plaintext.
    pub fn parse(bytes: &[u8]) -> Result<Self, RecordError> {
        Self::read(bytes).ok_or(RecordError::Malformed)
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let ([version, high, low, count], mut rest) = bytes.split_first_chunk::<4>()?;
        if *version != VERSION || usize::from(*count) > TERMS_MAX {
            return None;
        }
        let mut terms = Vec::with_capacity(usize::from(*count));
        for _ in 0..*count {
            let ([field, high, low], after) = rest.split_first_chunk::<3>()?;
            let length = usize::from(u16::from_be_bytes([*high, *low]));
            let (value, after) = after.split_at_checked(length)?;
            terms.push(Term { field: *field, value: value.to_vec() });
            rest = after;
        }
        let ascending = terms.is_sorted_by(|a, b| a < b);
        let kind = u16::from_be_bytes([*high, *low]);
        ascending.then(|| Self { kind, terms, body: rest.to_vec() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn term(field: u8, value: &str) -> Term {
        Term { field, value: value.as_bytes().to_vec() }
    }

    #[test]
    fn a_record_stays_as_it_was_frozen() {
        let record = Record::new(
            258,
            vec![term(3, "GET /"), term(1, "anna"), term(1, "anna")],
            b"{}".to_vec(),
        );
        let mut bytes = Vec::new();
        record.write(&mut bytes).unwrap();
        assert_eq!(bytes, b"\x01\x01\x02\x02\x01\x00\x04anna\x03\x00\x05GET /{}");
        assert_eq!(bytes.len(), record.bytes());
        assert_eq!(Record::parse(&bytes), Ok(record));
    }

    #[test]
    fn what_is_out_of_order_is_refused() {
        assert!(Record::parse(b"\x01\x00\x01\x02\x03\x00\x01a\x01\x00\x01b").is_err());
        assert!(Record::parse(b"\x01\x00\x01\x02\x03\x00\x01a\x03\x00\x01a").is_err());
        assert!(Record::parse(b"\x02\x00\x01\x00").is_err());
        assert!(Record::parse(b"\x01\x00\x01\x01\x03\x00\x02a").is_err());
        let many = (0..33).map(|number| term(number, "")).collect();
        assert_eq!(Record::new(1, many, vec![]).write(&mut Vec::new()), Err(RecordError::Terms));
    }

    proptest! {
        #[test]
        fn what_is_read_is_written_the_same(bytes in prop::collection::vec(0_u8..4, 0..40)) {
            if let Ok(record) = Record::parse(&bytes) {
                let mut again = Vec::new();
                record.write(&mut again).unwrap();
                prop_assert_eq!(again, bytes);
            }
        }
    }
}
