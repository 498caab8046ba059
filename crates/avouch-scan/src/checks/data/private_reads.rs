//! Reads that are one identity's alone, also where a cache on the way gave them to others meanwhile.

use crate::context::Context;
use crate::corpus::Sample;
use crate::oracle::guarded::guarded_operations;
use crate::oracle::refusal::refuses;
use avouch_model::exchange::Answer;
use avouch_model::identity::Who;
use avouch_model::operation::Security;

/// Headers in which caches say that an answer is theirs.
const MARKS: [&str; 7] = [
    "age",
    "x-cache",
    "cf-cache-status",
    "x-cache-status",
    "x-proxy-cache",
    "x-varnish",
    "cache-status",
];

/// Guarded reads of an identity, and those that the description guards and of which everything that
/// nobody was given came out of a cache.
pub(super) fn private_reads<'a>(ctx: &Context<'a>, who: Who, at_most: usize) -> Vec<&'a Sample> {
    let corpus = ctx.corpus;
    let mut reads = guarded_operations(ctx, who, at_most);
    let declared = ctx.catalog.operations.iter().filter(|operation| {
        matches!(operation.security, Security::Required(_))
            && !reads.iter().any(|sample| sample.operation == operation.id)
    });
    let from_cache = declared.filter_map(|operation| {
        let mut given = corpus
            .of(&operation.id, Who::Nobody)
            .filter_map(|sample| sample.answer())
            .filter(|answer| !refuses(answer))
            .peekable();
        given.peek()?;
        if !given.all(|answer| cache_mark(answer).is_some()) {
            return None;
        }
        corpus.of(&operation.id, who).find(|sample| sample.success().is_some_and(|a| !refuses(a)))
    });
    let from_cache: Vec<&Sample> = from_cache.collect();
    // Where a cache already showed itself is the best place to look.
    reads.splice(0..0, from_cache);
    reads.truncate(at_most);
    reads
}

/// What a cache wrote on the answer; `None` when none did, or when it had nothing.
pub(super) fn cache_mark(answer: &Answer) -> Option<String> {
    MARKS.iter().find_map(|name| {
        let value = answer.headers.first(name)?;
        let lower = value.to_ascii_lowercase();
        let missed =
            ["miss", "bypass", "dynamic", "expired", "fwd"].iter().any(|w| lower.contains(w));
        let fresh = *name == "age" && value.trim() == "0";
        (!missed && !fresh).then(|| format!("{name}: {value}"))
    })
}
