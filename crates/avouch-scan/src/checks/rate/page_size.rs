//! RATE-04: the caller chooses how much one answer holds, without a bound.

use crate::check::{Check, Family, Oracle, Scope, Tier};
use crate::context::{Context, Input, InputPlace};
use crate::corpus::Sample;
use crate::inputs::with_value;
use crate::oracle::paging::{has_more, items, size_parameter, told_size, total};
use crate::oracle::refusal::refuses;
use crate::step::{Request, Step};
use crate::tape::{Flow, Tape};
use avouch_model::exchange::Answer;
use avouch_model::identity::Who;
use avouch_model::operation::{Method, Operation};
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};
use serde_json::Value;

/// RATE-04
pub(super) const CHECK: Check = Check {
    id: "RATE-04",
    name: "unbounded-page-size",
    title: "A caller may ask for a page of any size",
    family: Family::Rate,
    severity: Severity::Medium,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::Contrast, Oracle::Declaration],
    tier: Tier::Read,
    needs: &[],
    scope: Scope::Operation,
    cwe: Cwe(770),
    owasp: &[Owasp::Api(4)],
    criteria: &["A1.1"],
    page: include_str!("page_size.md"),
    applies,
    run,
};

/// Items of one answer from where a page is too large, when the description states no maximum.
const ITEMS_MANY: u64 = 1_000;
/// The name tried on lists whose description names none.
const GUESSED: &str = "limit";

/// The first read that succeeded, by those with a credential first.
fn read<'a>(ctx: &Context<'a>) -> Option<(Who, &'a Sample, Value)> {
    [Who::A, Who::B, Who::High, Who::Nobody].into_iter().find_map(|who| {
        let good = |sample: &&Sample| sample.success().is_some_and(|answer| !refuses(answer));
        let sample = ctx.samples(who).into_iter().find(good)?;
        Some((who, sample, sample.answer()?.json()?))
    })
}

/// Where a page size is described, or a list of several items was seen.
fn applies(ctx: &Context<'_>) -> bool {
    let Some(operation) = ctx.operation else { return false };
    if operation.method != Method::Get {
        return false;
    }
    let several = |json: &Value| items(json).is_some_and(|list| list.len() >= 2);
    match read(ctx) {
        Some((_, _, json)) => several(&json),
        None => size_parameter(operation).is_some(),
    }
}

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let operation = ctx.operation()?;
    let Some((who, sample, _)) = read(ctx) else {
        return Ok(Verdict::inconclusive("no baseline: nobody was answered with a list"));
    };
    let described = size_parameter(operation);
    let name = described.map_or(GUESSED, |parameter| parameter.name.as_str());
    let maximum = described.and_then(|parameter| documented(parameter.schema.maximum));
    let sized = |size: u64| sized(ctx, operation, sample, name, size).map(|r| r.by(who));

    let one = tape.send(sized(1)?)?;
    match count(one.answer()) {
        Some(1) => (),
        // The name means something else here, or nothing.
        Some(_) => return Ok(Verdict::NotApplicable),
        None if described.is_none() => return Ok(Verdict::NotApplicable),
        None => {
            let because = format!("`{name}=1` was answered {} and no list", one.status);
            return Ok(Verdict::inconclusive(because));
        }
    }
    let asked = wanted(maximum);
    let many = tape.send(sized(asked)?)?;
    let json = match many.answer().json() {
        _ if matches!(many.status, 400..500) => return Ok(Verdict::Pass),
        Some(json) if !refuses(many.answer()) => json,
        _ => {
            let because = format!("`{name}={asked}` was answered {} and no list", many.status);
            return Ok(Verdict::inconclusive(because));
        }
    };
    let got = items(&json).map_or(0, |list| u64::try_from(list.len()).unwrap_or(u64::MAX));
    let bound = maximum.map_or(ITEMS_MANY, |maximum| maximum.min(ITEMS_MANY));
    if got <= bound {
        return Ok(within(many.answer(), &json, got, asked));
    }
    let summary = format!("{who} asked for {asked} items by `{name}` and got {got} in one answer");
    let bound_text = match maximum {
        Some(maximum) if maximum <= ITEMS_MANY => format!("the description allows {maximum}"),
        _ => format!("no bound was met at {ITEMS_MANY} items"),
    };
    Ok(Verdict::fail(
        Proof::new(Severity::Medium, Confidence::Confirmed, summary)
            .because(format!("`{name}=1` got one item, so the parameter sets the size"))
            .because(format!("{got} items made {} bytes", many.body_bytes))
            .because(bound_text)
            .about(format!("query {name}"))
            .shown_by([many.index, one.index]),
    ))
}

/// What a page that stays within the bound means: a cap, a small collection, or one cannot say.
fn within(answer: &Answer, json: &Value, got: u64, asked: u64) -> Verdict {
    let header = |name| answer.headers.first(name);
    let all = total(json).or_else(|| header("x-total-count")?.trim().parse().ok());
    let next = header("link").is_some_and(|link| link.contains("next"));
    let more = next || has_more(json) == Some(true) || all.is_some_and(|all| all > got);
    // A size that equals the number of items may be that number.
    if more || told_size(json).is_some_and(|told| told < asked && told != got) {
        return Verdict::Pass;
    }
    if all == Some(got) {
        // All there is: no page of this collection can be too large.
        return Verdict::NotApplicable;
    }
    let because = format!("{got} items came of {asked} asked for: a bound, or all there is");
    Verdict::inconclusive(because)
}

/// The read with that page size.
fn sized(
    ctx: &Context<'_>,
    operation: &Operation,
    sample: &Sample,
    name: &str,
    size: u64,
) -> Result<Request, Step> {
    let input = Input::Parameter(InputPlace::Query, name.to_owned());
    let base = &ctx.target.base_path;
    with_value(&sample.request, operation, base, &input, &size.to_string())
        .ok_or(Step::Done(Verdict::NotApplicable))
}

/// Items in an answer that succeeded.
fn count(answer: &Answer) -> Option<usize> {
    let json = answer.json().filter(|_| !refuses(answer))?;
    items(&json).map(Vec::len)
}

/// A maximum that is a page size.
fn documented(maximum: Option<f64>) -> Option<u64> {
    let maximum = maximum.filter(|maximum| (1.0..1_000_000.0).contains(maximum))?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between one and a million"
    )]
    Some(maximum as u64)
}

/// The size to ask for: enough to break the bound, and no more, since the target pays for it.
fn wanted(maximum: Option<u64>) -> u64 {
    match maximum {
        Some(maximum) if maximum < ITEMS_MANY => (maximum * 10).min(ITEMS_MANY + 1),
        Some(maximum) => maximum + 1,
        None => ITEMS_MANY + 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oracle::markers::tests::answer;

    #[test]
    fn the_size_asked_for_breaks_the_bound_and_little_more() {
        assert_eq!(wanted(None), 1_001);
        assert_eq!(wanted(Some(20)), 200);
        assert_eq!(wanted(Some(500)), 1_001);
        assert_eq!(documented(Some(f64::INFINITY)), None);
        assert_eq!(documented(Some(0.0)), None);
    }

    #[test]
    fn a_small_collection_is_no_bound() {
        let of = |body: &str| {
            let answer = answer(200, body);
            within(&answer, &answer.json().unwrap(), 2, 1_001)
        };
        assert_eq!(of(r#"{"items": [1, 2], "total": 2}"#), Verdict::NotApplicable);
        assert_eq!(of(r#"{"items": [1, 2], "total": 9}"#), Verdict::Pass);
        assert_eq!(of(r#"{"items": [1, 2], "limit": 100}"#), Verdict::Pass);
        for unclear in ["[1, 2]", r#"{"items": [1, 2], "size": 2}"#] {
            assert!(matches!(of(unclear), Verdict::Inconclusive { .. }), "{unclear}");
        }
    }
}
