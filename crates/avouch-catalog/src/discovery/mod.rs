//! Finding out what an API has when there is nothing but an address: the pure half.
//!
//! In scope: where descriptions usually are, which addresses a page, a script, an answer or a header
//! names, which template a concrete path belongs to, which paths are worth a guess. Out of scope:
//! asking. What is found here is what somebody wrote, not what exists.

pub mod links;
pub mod pages;
pub mod places;
pub mod templates;
pub mod words;

/// Bytes of one page, script or answer that are looked at.
// LIMIT: 4 MiB.
const TEXT_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Addresses that are taken from one page, script or answer.
// LIMIT: 500 addresses.
const FOUND_MAX: usize = 500;
/// Bytes one address may have.
// LIMIT: 2,000 bytes.
const ADDRESS_BYTES_MAX: usize = 2000;

/// The beginning of a text, cut between characters.
fn beginning(text: &str) -> &str {
    let mut end = text.len().min(TEXT_BYTES_MAX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}
