//! Operations that ask for a credential, seen in the corpus: one identity gets something of
//! substance, nobody is refused.
//!
//! On these a bent credential or a bent path can be judged at all. An API may be served by several
//! programs behind one address, each with its own middleware, so representatives are taken from
//! parts of the API that lie far from each other.

use crate::context::Context;
use crate::corpus::Sample;
use crate::oracle::block::blocked;
use crate::oracle::graph_answer::denies;
use crate::oracle::refusal::refuses;
use crate::step::{Request, Step};
use avouch_model::exchange::Answer;
use avouch_model::identity::Who;
use avouch_model::operation::{Method, Operation};
use std::collections::BTreeSet;

/// Whether the corpus shows nobody refused where that sample succeeded. `None` when nobody never got
/// an answer that could be compared.
pub fn nobody_is_refused(ctx: &Context<'_>, sample: &Sample) -> Option<bool> {
    let answers = ctx.corpus.of(&sample.operation, Who::Nobody).filter_map(|read| {
        let answer = read.answer().filter(|answer| blocked(answer).is_none())?;
        // A read with other values says nothing, unless it says that a credential is missing.
        let comparable =
            same_question(&read.request, &sample.request) || turns_away(answer) || !refuses(answer);
        comparable.then_some(answer)
    });
    let mut refused = None;
    for answer in answers {
        if !refuses(answer) && !ctx.target.not_found.is_not_found(answer) {
            return Some(false);
        }
        refused = Some(true);
    }
    refused
}

/// Whether two requests ask the same, whoever sends them.
fn same_question(one: &Request, other: &Request) -> bool {
    one.target == other.target && one.body == other.body
}

/// Whether the answer says by its status that the caller may not: that is clear whatever the valid
/// answer holds.
pub fn turns_away(answer: &Answer) -> bool {
    denies(answer) && blocked(answer).is_none()
}

/// The identity's first read of that operation that got something of substance.
pub fn substantive<'a>(
    ctx: &Context<'a>,
    operation: &'a Operation,
    who: Who,
) -> Option<&'a Sample> {
    let corpus = ctx.corpus;
    corpus.of(&operation.id, who).find(|sample| {
        sample
            .success()
            .is_some_and(|answer| !refuses(answer) && !ctx.target.not_found.is_not_found(answer))
    })
}

/// Reads that succeeded for that identity where nobody is refused, at most one an operation, from
/// parts of the API far from each other first: one of each part (`/orders`), then one of each
/// smaller part (`/orders/returns`), plain addresses before those with parameters.
pub fn guarded_operations<'a>(ctx: &Context<'a>, who: Who, at_most: usize) -> Vec<&'a Sample> {
    let mut found = ctx.corpus.guarded(who, || {
        let place = |sample: &Sample| {
            ctx.corpus.samples().iter().position(|other| std::ptr::eq(other, sample))
        };
        all_guarded(ctx, who).into_iter().filter_map(place).collect()
    });
    found.truncate(at_most);
    found
}

/// As [`guarded_operations`], for questions that cannot be asked without one.
///
/// # Errors
/// Ends as inconclusive when there is none.
pub fn guarded_or_unknown<'a>(
    ctx: &Context<'a>,
    who: Who,
    at_most: usize,
) -> Result<Vec<&'a Sample>, Step> {
    let found = guarded_operations(ctx, who, at_most);
    if found.is_empty() {
        let because = format!("no operation was seen that answers {who} and refuses nobody");
        return Err(Step::inconclusive(because));
    }
    Ok(found)
}

/// LIMIT: parts of an API that are asked; more for a large one, one for so many operations.
const PARTS_MIN: usize = 14;
/// Operations for each part that is asked.
const OPERATIONS_A_PART: usize = 10;

/// Guarded reads that stand for the programs an API may be made of: one of each part, whatever its
/// version, and one of each version. A mistake in how credentials are verified is a program's, not
/// an operation's.
pub fn representatives<'a>(ctx: &Context<'a>, who: Who) -> Vec<&'a Sample> {
    let mut parts = BTreeSet::new();
    let mut versions = BTreeSet::new();
    let mut chosen = guarded_operations(ctx, who, usize::MAX);
    chosen.retain(|sample| {
        let path = sample.operation.0.split_once(' ').map_or("", |(_, path)| path);
        let (version, part) = split(path);
        versions.insert(version) | parts.insert(part)
    });
    chosen.truncate(PARTS_MIN.max(ctx.catalog.operations.len() / OPERATIONS_A_PART));
    chosen
}

/// The prefixes of a path, such as `/api/v2`, and what it is about, two names deep.
fn split(path: &str) -> (String, String) {
    let (mut version, mut part) = (String::new(), String::new());
    let own = group(path, 2);
    for segment in own.split('/').filter(|segment| !segment.is_empty()) {
        let text = if is_prefix(segment) { &mut version } else { &mut part };
        text.push('/');
        text.push_str(segment);
    }
    (version, part)
}

fn all_guarded<'a>(ctx: &Context<'a>, who: Who) -> Vec<&'a Sample> {
    let catalog = ctx.catalog;
    let mut guarded: Vec<(&Operation, &Sample)> = catalog
        .operations
        .iter()
        .filter(|operation| operation.is_read())
        .filter_map(|operation| Some((operation, substantive(ctx, operation, who)?)))
        .filter(|(_, sample)| nobody_is_refused(ctx, sample) == Some(true))
        .collect();
    guarded.sort_by_key(|(operation, _)| operation.path_parameters().count());
    let mut chosen: Vec<&Sample> = Vec::new();
    let mut groups = BTreeSet::new();
    for depth in [1, 2] {
        for (operation, sample) in &guarded {
            if groups.insert((depth, group(&operation.path, depth))) {
                // The part that holds one already is not asked again for the sake of its inner name.
                groups.insert((2, group(&operation.path, 2)));
                chosen.push(sample);
            }
        }
    }
    chosen
}

/// Reads that succeeded for anybody, one of each part of the API, at most so many.
pub fn working_reads<'a>(ctx: &Context<'a>, at_most: usize) -> Vec<&'a Sample> {
    let mut groups = BTreeSet::new();
    let reads = ctx.catalog.operations.iter().filter(|o| o.method == Method::Get);
    let works = reads.filter_map(|operation| {
        let of = |who| ctx.corpus.of(&operation.id, who).find(|s| s.success().is_some());
        let sample = [Who::A, Who::B, Who::High, Who::Nobody].into_iter().find_map(of)?;
        groups.insert(group(&operation.path, 1)).then_some(sample)
    });
    works.take(at_most).collect()
}

/// The part of the API a path belongs to: versions and `api` on the way are kept and do not count.
pub fn group(path: &str, depth: usize) -> String {
    let mut name = String::new();
    let mut left = depth;
    for segment in path.split('/').filter(|segment| !segment.is_empty()) {
        if left == 0 || segment.starts_with('{') {
            break;
        }
        name.push('/');
        name.push_str(segment);
        if !is_prefix(segment) {
            left -= 1;
        }
    }
    name
}

/// `api`, `rest`, `v1`, `v2.1`: parts that say where an API begins, not what it is about.
fn is_prefix(segment: &str) -> bool {
    let lower = segment.to_ascii_lowercase();
    let version = lower.strip_prefix('v').is_some_and(|number| {
        number.starts_with(|c: char| c.is_ascii_digit())
            && number.bytes().all(|b| b.is_ascii_digit() || b == b'.')
    });
    version || matches!(lower.as_str(), "api" | "rest" | "services")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_an_api_are_told_apart_by_their_first_own_name() {
        assert_eq!(group("/api/v1/orders/{id}/items", 1), "/api/v1/orders");
        assert_eq!(group("/v2/orders", 1), "/v2/orders");
        assert_eq!(group("/v2/orders", 2), "/v2/orders");
        assert_eq!(group("/shop/api/returns/all", 2), "/shop/api/returns");
        assert_eq!(group("/{tenant}/orders", 1), "");
        assert!(!is_prefix("vendors"));
    }

    #[test]
    fn versions_of_a_part_are_one_part() {
        let two = |version: &str, part: &str| (version.to_owned(), part.to_owned());
        assert_eq!(split("/api/v1/orders/{id}"), two("/api/v1", "/orders"));
        assert_eq!(split("/v2/orders/returns/all"), two("/v2", "/orders/returns"));
        assert_eq!(split("/me"), two("", "/me"));
    }
}
