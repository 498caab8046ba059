//! As much of Protobuf's wire format as OTLP needs: writing messages, and reading one number of an answer.

/// The types of fields on the wire.
const VARINT: u64 = 0;
const FIXED64: u64 = 1;
const BYTES: u64 = 2;
const FIXED32: u64 = 5;

/// A message that grows.
#[derive(Debug, Default)]
pub(super) struct Message(Vec<u8>);

impl Message {
    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push((value & 0x7f) as u8 | 0x80);
            value >>= 7;
        }
        self.0.push((value & 0x7f) as u8);
    }

    fn tag(&mut self, field: u64, kind: u64) {
        self.varint(field << 3 | kind);
    }

    pub(super) fn number(&mut self, field: u64, value: u64) {
        self.tag(field, VARINT);
        self.varint(value);
    }

    pub(super) fn fixed64(&mut self, field: u64, value: u64) {
        self.tag(field, FIXED64);
        self.0.extend(value.to_le_bytes());
    }

    pub(super) fn fixed32(&mut self, field: u64, value: u32) {
        self.tag(field, FIXED32);
        self.0.extend(value.to_le_bytes());
    }

    pub(super) fn bytes(&mut self, field: u64, value: &[u8]) {
        self.tag(field, BYTES);
        self.varint(value.len() as u64);
        self.0.extend_from_slice(value);
    }

    pub(super) fn text(&mut self, field: u64, value: &str) {
        self.bytes(field, value.as_bytes());
    }

    pub(super) fn message(&mut self, field: u64, fill: impl FnOnce(&mut Self)) {
        let mut inner = Self::default();
        fill(&mut inner);
        self.bytes(field, &inner.0);
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

/// A field as it is read.
enum Field<'a> {
    Number(u64),
    Bytes(&'a [u8]),
    Other,
}

fn read_varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

fn read_field<'a>(bytes: &mut &'a [u8]) -> Option<(u64, Field<'a>)> {
    let tag = read_varint(bytes)?;
    let mut take = |count: usize| {
        let (taken, rest) = bytes.split_at_checked(count)?;
        *bytes = rest;
        Some(taken)
    };
    let field = match tag & 7 {
        FIXED64 => take(8).map(|_| Field::Other)?,
        FIXED32 => take(4).map(|_| Field::Other)?,
        VARINT => Field::Number(read_varint(bytes)?),
        BYTES => {
            let count = usize::try_from(read_varint(bytes)?).ok()?;
            let (taken, rest) = bytes.split_at_checked(count)?;
            *bytes = rest;
            Field::Bytes(taken)
        }
        _ => return None,
    };
    Some((tag >> 3, field))
}

/// How many spans a collector says that it did not take (`partial_success.rejected_spans`), in an answer
/// of 200. What is no such answer says nothing.
pub(super) fn rejected(mut answer: &[u8]) -> u64 {
    let mut count = 0;
    while let Some((field, value)) = read_field(&mut answer) {
        let (1, Field::Bytes(mut partial)) = (field, value) else { continue };
        while let Some((field, value)) = read_field(&mut partial) {
            if let (1, Field::Number(rejected)) = (field, value) {
                count = rejected;
            }
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_texts_are_written_as_the_format_says() {
        let mut message = Message::default();
        message.number(1, 300);
        message.text(2, "ab");
        message.message(3, |inner| inner.fixed32(1, 1));
        message.fixed64(4, 2);
        let hex = avouch_ledger::format::canonical::to_hex(&message.into_bytes());
        assert_eq!(hex, "08ac02120261621a050d01000000210200000000000000");
    }

    #[test]
    fn what_a_collector_did_not_take_is_read() {
        let mut answer = Message::default();
        answer.fixed64(7, 1);
        answer.message(1, |partial| {
            partial.text(2, "too many");
            partial.number(1, 300);
        });
        assert_eq!(rejected(&answer.into_bytes()), 300);
        assert_eq!(rejected(b""), 0);
        assert_eq!(rejected(b"{\"partialSuccess\":{}}"), 0);
    }

    proptest::proptest! {
        #[test]
        fn whatever_a_collector_says_is_read(bytes: Vec<u8>) {
            rejected(&bytes);
        }
    }
}
