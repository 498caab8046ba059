//! BOLA-13: ids that can be counted or computed.

use crate::check::{Check, Family, Need, Oracle, Scope, Tier};
use crate::context::Context;
use crate::oracle::ownership;
use crate::oracle::random_like::is_uuid;
use crate::tape::{Flow, Tape};
use avouch_model::operation::Method;
use avouch_model::placeholder::Placeholder;
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};
use std::collections::BTreeSet;

/// Ids that are needed before anything is said.
const IDS_MIN: usize = 3;
/// The widest usual gap between numbers that still counts as counting.
const GAP_MAX: u64 = 50;
/// Unix times from 2015 to 2035, in seconds.
const TIMES: std::ops::Range<u64> = 1_420_000_000..2_051_000_000;

/// BOLA-13
pub(super) const CHECK: Check = Check {
    id: "BOLA-13",
    name: "guessable-object-ids",
    title: "Ids of objects can be counted or computed",
    family: Family::Bola,
    severity: Severity::Info,
    confidence: Confidence::Firm,
    oracles: &[Oracle::Grammar],
    tier: Tier::Passive,
    needs: &[Need::OneIdentity],
    scope: Scope::Operation,
    cwe: Cwe(340),
    owasp: &[Owasp::Api(1)],
    criteria: &["CC6.1"],
    page: include_str!("guessable_ids.md"),
    applies,
    run,
};

fn applies(ctx: &Context<'_>) -> bool {
    ctx.operation.is_some_and(|operation| {
        operation.method == Method::Get
            && operation.path.ends_with('}')
            && !ownership::is_shared_by_nature(operation)
    })
}

fn run(ctx: &Context<'_>, _: &mut Tape<'_>) -> Flow {
    let operation = ctx.operation()?;
    let Some(parameter) = operation.path_parameters().last() else {
        return Ok(Verdict::NotApplicable);
    };
    let mut ids = ownership::ids_in_collection(ctx, operation, parameter);
    ids.retain(|id| Placeholder::parse(id).is_none());
    if ids.len() < IDS_MIN {
        let because = format!("only {} of the {IDS_MIN} ids needed were seen", ids.len());
        return Ok(Verdict::inconclusive(because));
    }
    let Some(how) = guessable(&ids) else { return Ok(Verdict::Pass) };
    let summary = format!("ids of this kind of object {how}");
    Ok(Verdict::fail(
        Proof::new(Severity::Info, Confidence::Firm, summary)
            .because(format!("{} ids were compared", ids.len()))
            .because("harmless while every object is refused to all but its owner")
            .about(parameter)
            .caused_by(how),
    ))
}

/// How ids of this kind can be guessed; `None` when they cannot, or are names.
fn guessable(ids: &BTreeSet<String>) -> Option<&'static str> {
    let numbers: Vec<u64> = ids.iter().filter_map(|id| number_in(id)).collect();
    if numbers.len() == ids.len() {
        if numbers.iter().all(|n| TIMES.contains(n) || TIMES.contains(&(n / 1000))) {
            return Some("are times");
        }
        return counted(numbers).then_some("are counted up");
    }
    if ids.iter().all(|id| is_uuid(id) && id.as_bytes().get(14) == Some(&b'1')) {
        return Some("are UUIDs of version 1: a clock and a network address");
    }
    let middle = |id: &String| -> Option<String> {
        let hex = id.len() == 24 && id.bytes().all(|b| b.is_ascii_hexdigit());
        hex.then(|| id.get(8..18).map(str::to_owned)).flatten()
    };
    let middles: BTreeSet<Option<String>> = ids.iter().map(middle).collect();
    (middles.len() == 1 && !middles.contains(&None))
        .then_some("are a clock, a constant and a counter")
}

/// The number an id consists of, or ends in after a prefix such as `ORD-`.
fn number_in(id: &str) -> Option<u64> {
    let at = id.rfind(|c: char| !c.is_ascii_digit()).map_or(0, |at| at + 1);
    let (prefix, digits) = id.split_at_checked(at)?;
    let wordy = prefix.is_empty() || prefix.ends_with(['-', '_', '#', '/']);
    let simple = wordy && prefix.len() <= 12 && !is_uuid(id);
    (simple && digits.len() <= 13).then(|| digits.parse().ok()).flatten()
}

fn counted(mut numbers: Vec<u64>) -> bool {
    numbers.sort_unstable();
    let mut gaps: Vec<u64> = numbers
        .windows(2)
        .filter_map(|pair| match pair {
            [low, high] => Some(high - low),
            _ => None,
        })
        .collect();
    gaps.sort_unstable();
    gaps.get(gaps.len() / 2).is_some_and(|middle| *middle > 0 && *middle <= GAP_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn how(ids: &[&str]) -> Option<&'static str> {
        guessable(&ids.iter().map(|&id| id.to_owned()).collect())
    }

    #[test]
    fn counting_clocks_and_chance_are_told_apart() {
        assert_eq!(how(&["7", "8", "12"]), Some("are counted up"));
        assert_eq!(how(&["ORD-0007", "ORD-0008", "ORD-0009"]), Some("are counted up"));
        assert_eq!(how(&["1767225600", "1767225911", "1767229000"]), Some("are times"));
        assert_eq!(how(&["48213377", "90411200", "15500931"]), None);
        assert_eq!(how(&["blue-lamp", "red-chair", "oak-table"]), None);
        assert_eq!(
            how(&[
                "3f2504e0-4f89-41d3-9a0c-0305e82c3301",
                "9b2504e0-1f89-41d3-9a0c-0305e82c3302",
                "1c2504e0-2f89-41d3-9a0c-0305e82c3303"
            ]),
            None
        );
        assert_eq!(
            how(&[
                "65a1b2c3d4e5f60718293a01",
                "65a1b2c9d4e5f60718293a02",
                "65a1b2ffd4e5f60718293a03"
            ]),
            Some("are a clock, a constant and a counter")
        );
    }
}
