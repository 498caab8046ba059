//! Writes the few pieces of DER (X.690) that public keys and certificates are made of.
//!
//! Out of scope: reading, which is done by libraries.

/// DER tags.
const INTEGER: u8 = 0x02;
/// A string of bits, here always whole bytes.
pub(crate) const BIT_STRING: u8 = 0x03;
/// Elements in order.
pub(crate) const SEQUENCE: u8 = 0x30;

/// A whole number that is not negative: no needless zeros in front, one where the first bit is set.
pub(crate) fn integer(bytes: &[u8]) -> Vec<u8> {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    let mut value: Vec<u8> = bytes.iter().skip(zeros).copied().collect();
    if value.first().is_none_or(|first| *first >= 0x80) {
        value.insert(0, 0);
    }
    tagged(INTEGER, &value)
}

/// Whole bytes as a string of bits.
pub(crate) fn bits(bytes: &[u8]) -> Vec<u8> {
    tagged(BIT_STRING, &[&[0], bytes].concat())
}

/// Elements in order.
pub(crate) fn sequence(elements: &[Vec<u8>]) -> Vec<u8> {
    tagged(SEQUENCE, &elements.concat())
}

/// A value with its tag and length.
pub(crate) fn tagged(tag: u8, value: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    match u8::try_from(value.len()) {
        Ok(short) if short < 0x80 => out.push(short),
        _ => {
            let length = value.len().to_be_bytes();
            let told: Vec<u8> = length.into_iter().skip_while(|byte| *byte == 0).collect();
            // A length has at most eight bytes.
            out.push(0x80 | u8::try_from(told.len()).unwrap_or(8));
            out.extend(told);
        }
    }
    out.extend_from_slice(value);
    out
}
