//! Finding out what an API has when there is nothing but an address: the pure half.
//!
//! In scope: where descriptions usually are, which addresses a page, a script, an answer or a header
//! names, which template a concrete path belongs to, which paths are worth a guess. Out of scope:
//! asking. What is found here is what somebody wrote, not what exists.

mod bounds;
pub mod links;
pub mod pages;
pub mod places;
pub mod templates;
pub mod words;
