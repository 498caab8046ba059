//! Reading an encoded fact. Whatever is not as we would write it is refused.

use super::encode::{FACT_BYTES_MAX, put_head};

/// The version of the encoding.
pub(super) const VERSION: u8 = 1;

/// The first tag that a reader may carry along without knowing it.
pub(super) const EXTRA_FROM: u8 = 128;

/// Why bytes are not a fact of that kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// It is longer than a fact may be.
    #[error("the fact has more than {FACT_BYTES_MAX} bytes")]
    TooLong,
    /// It is of another version.
    #[error("the fact is not of version 1 of the encoding")]
    Version,
    /// It ends within a field.
    #[error("the fact ends within a field")]
    CutOff,
    /// A length is not written in the shortest way.
    #[error("a length is not written in the shortest way")]
    Length,
    /// A tag that is not known here may change the meaning, or stands out of order.
    #[error("the field {0} is not known here, or stands out of order")]
    Tag(u8),
    /// A field that must be there is not.
    #[error("the field `{0}` is missing")]
    Missing(&'static str),
    /// A value is not one of its form.
    #[error("the field `{field}` is {because}")]
    Value {
        /// Which.
        field: &'static str,
        /// What is wrong with it.
        because: &'static str,
    },
}

/// A field that a later version added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extra {
    /// Its tag, 128 or more.
    pub tag: u8,
    /// Its value, unread.
    pub value: Vec<u8>,
}

/// Fields that a later version added, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Later(pub Vec<Extra>);

impl Later {
    /// Appends those whose tag is in a range.
    pub(crate) fn put(&self, tags: std::ops::RangeInclusive<u8>, out: &mut Vec<u8>) {
        for extra in self.0.iter().filter(|extra| tags.contains(&extra.tag)) {
            put_head(out, extra.tag, extra.value.len());
            out.extend_from_slice(&extra.value);
        }
    }
}

/// Reads fields in their order.
#[derive(Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
    last: u8,
    later: Later,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        if bytes.len() > FACT_BYTES_MAX {
            return Err(DecodeError::TooLong);
        }
        match bytes.split_first() {
            Some((&VERSION, rest)) => Ok(Self { rest, last: 0, later: Later::default() }),
            _ => Err(DecodeError::Version),
        }
    }

    /// The next value of a tag; `None` when the next field is another.
    pub(super) fn next(&mut self, tag: u8) -> Result<Option<&'a [u8]>, DecodeError> {
        while let Some(&found) = self.rest.first() {
            if found > tag {
                return Ok(None);
            }
            let value = self.step()?;
            if found == tag {
                return Ok(Some(value));
            }
            self.keep(found, value)?;
        }
        Ok(None)
    }

    /// What is left: only what a later version may have added.
    pub(crate) fn end(mut self) -> Result<Later, DecodeError> {
        while let Some(&found) = self.rest.first() {
            let value = self.step()?;
            self.keep(found, value)?;
        }
        Ok(self.later)
    }

    fn keep(&mut self, tag: u8, value: &[u8]) -> Result<(), DecodeError> {
        if tag < EXTRA_FROM {
            return Err(DecodeError::Tag(tag));
        }
        self.later.0.push(Extra { tag, value: value.to_vec() });
        Ok(())
    }

    /// Takes the next field, whatever it is; its tag was looked at before.
    fn step(&mut self) -> Result<&'a [u8], DecodeError> {
        let (&tag, rest) = self.rest.split_first().ok_or(DecodeError::CutOff)?;
        if tag < self.last || tag == 0 {
            return Err(DecodeError::Tag(tag));
        }
        self.last = tag;
        let (length, rest) = length(rest)?;
        let (value, rest) = rest.split_at_checked(length).ok_or(DecodeError::CutOff)?;
        self.rest = rest;
        Ok(value)
    }
}

/// Reads a length of at most three groups of seven bits.
fn length(bytes: &[u8]) -> Result<(usize, &[u8]), DecodeError> {
    let (mut length, mut rest) = (0, bytes);
    for group in 0..3_u32 {
        let (byte, after) = rest.split_first().ok_or(DecodeError::CutOff)?;
        rest = after;
        length |= usize::from(byte & 0x7f) << (7 * group);
        if byte & 0x80 == 0 {
            let shortest = group == 0 || *byte != 0;
            return if shortest { Ok((length, rest)) } else { Err(DecodeError::Length) };
        }
    }
    Err(DecodeError::Length)
}
