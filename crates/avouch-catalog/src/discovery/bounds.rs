//! How much is looked at.

/// Bytes of one page, script or answer that are looked at.
// LIMIT: 4 MiB.
pub(super) const TEXT_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Addresses that are taken from one page, script or answer.
// LIMIT: 500 addresses.
pub(super) const FOUND_MAX: usize = 500;
/// Bytes one address may have.
// LIMIT: 2,000 bytes.
pub(super) const ADDRESS_BYTES_MAX: usize = 2000;

/// The beginning of a text, cut between characters.
pub(super) fn beginning(text: &str) -> &str {
    let mut end = text.len().min(TEXT_BYTES_MAX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}
