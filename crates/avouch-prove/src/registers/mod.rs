//! The registers as they stand: folds over the facts of a ledger, nothing else.

pub mod exceptions;
pub mod people;
pub mod policies;
pub mod risks;
pub mod vendors;

use avouch_model::coding::{Digest, Word};
use serde::Serializer;

#[expect(clippy::ref_option, reason = "serde calls it so")]
fn word<W: Word, S: Serializer>(word: &Option<W>, serializer: S) -> Result<S::Ok, S::Error> {
    match word {
        Some(word) => serializer.serialize_str(word.word()),
        None => serializer.serialize_none(),
    }
}

fn digest<S: Serializer>(digest: &Digest, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(digest)
}

#[expect(clippy::ref_option, reason = "serde calls it so")]
fn digest_option<S: Serializer>(shown: &Option<Digest>, serializer: S) -> Result<S::Ok, S::Error> {
    match shown {
        Some(shown) => digest(shown, serializer),
        None => serializer.serialize_none(),
    }
}
