//! O1: the control triad.
//!
//! No verdict on authentication without all three: what a valid credential gets (V), what none gets
//! (N) and what garbage of the same form gets (G). Without a valid success nothing can be said.

use crate::context::Context;
use crate::oracle::leaves::{Leaf, leaves};
use crate::oracle::refusal::refuses;
use crate::oracle::similarity::{SAME, same_shape, similarity};
use crate::step::Request;
use crate::tape::Reply;
use avouch_model::exchange::Answer;
use std::collections::BTreeSet;

/// The request with the headers that keep caches from answering in the target's place.
pub fn uncached(request: Request) -> Request {
    request.header("cache-control", "no-cache")
}

/// Whether another caller got what the valid one got: a success of substance that is alike, or that
/// has the same shape and holds values, in their places, that only the valid identity ever sees (O3).
///
/// A yes or no that differs (`"authenticated": false`) makes two answers different, however much of
/// the rest is an echo of the credential.
pub fn got_the_same(
    ctx: &Context<'_>,
    valid: &Reply<'_>,
    other: &Reply<'_>,
    moving: &BTreeSet<String>,
) -> bool {
    let (good, answer) = (valid.answer(), other.answer());
    if refuses(answer) || ctx.target.not_found.is_not_found(answer) {
        return false;
    }
    if truths(good, moving) != truths(answer, moving) {
        return false;
    }
    similarity(good, answer, moving) >= SAME
        || same_shape(good, answer) && holds_private_values(ctx, valid, answer, moving)
}

/// Yes-or-no values outside lists, by their places.
fn truths(answer: &Answer, moving: &BTreeSet<String>) -> BTreeSet<(String, String)> {
    leaves(answer)
        .into_iter()
        .filter(|leaf| matches!(leaf.value.as_str(), "true" | "false"))
        .filter(|leaf| !leaf.path.contains('*') && !moving.contains(&leaf.path))
        .map(|leaf| (leaf.path, leaf.value))
        .collect()
}

/// Whether the answer holds, in its place, a telling value that the corpus shows to nobody but the
/// valid identity, and that was not part of the question.
fn holds_private_values(
    ctx: &Context<'_>,
    valid: &Reply<'_>,
    answer: &Answer,
    moving: &BTreeSet<String>,
) -> bool {
    let asked = &valid.exchange.request;
    let there: BTreeSet<Leaf> = leaves(answer).into_iter().collect();
    leaves(valid.answer())
        .into_iter()
        .filter(|leaf| leaf.is_telling() && !moving.contains(&leaf.path))
        .filter(|leaf| !asked.url.contains(&leaf.value))
        .filter(|leaf| ctx.corpus.is_private(&leaf.value, asked.who))
        .any(|leaf| there.contains(&leaf))
}

/// Whether a cache between us and the target gave the answer: then it says nothing about what the
/// target would have said to this caller (RFC 9111, section 5.1).
pub fn from_a_cache(answer: &Answer) -> bool {
    let old = answer.headers.first("age").and_then(|age| age.trim().parse::<u64>().ok());
    let hit = ["x-cache", "cf-cache-status", "x-cache-status", "cache-status"]
        .into_iter()
        .filter_map(|name| answer.headers.first(name))
        .any(|value| value.to_ascii_lowercase().contains("hit"));
    hit || old.is_some_and(|seconds| seconds > 0)
}
