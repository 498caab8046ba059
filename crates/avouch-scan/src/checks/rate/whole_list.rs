//! RATE-05: a list is answered whole, however long it is.

use crate::check::{Check, Family, Oracle, Scope, Tier};
use crate::context::Context;
use crate::corpus::Sample;
use crate::danger;
use crate::oracle::paging::{has_more, items, size_parameter, told_size, total};
use crate::oracle::refusal::refuses;
use avouch_model::identity::Who;
use avouch_model::operation::{Method, Operation};
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};
use serde_json::Value;

/// RATE-05
pub(super) const CHECK: Check = Check {
    id: "RATE-05",
    name: "list-unpaged",
    title: "A long list is answered whole",
    family: Family::Rate,
    severity: Severity::Low,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::Grammar],
    tier: Tier::Passive,
    needs: &[],
    scope: Scope::Operation,
    cwe: Cwe(770),
    owasp: &[Owasp::Api(4)],
    criteria: &["A1.1"],
    page: include_str!("whole_list.md"),
    applies,
    run: |ctx, _| Ok(judge(ctx)),
};

/// More items than anybody looks at in one answer.
const ITEMS_MANY: usize = 500;
/// More bytes than a page needs.
const BYTES_MANY: u64 = 1_000_000;
/// Fewer items say nothing of what many would be answered.
const ITEMS_TELLING: usize = 50;
/// Words of lists that are the same for everybody and change once a year.
const REFERENCE: [&str; 22] = [
    "countries",
    "country",
    "currencies",
    "currency",
    "languages",
    "language",
    "timezones",
    "timezone",
    "zones",
    "cities",
    "states",
    "regions",
    "postcodes",
    "zipcodes",
    "units",
    "icons",
    "emojis",
    "holidays",
    "airports",
    "enums",
    "translations",
    "locales",
];

/// The longest list anybody was answered without asking for a size.
fn longest<'a>(ctx: &Context<'a>) -> Option<(Who, &'a Sample, Value, usize)> {
    let operation = ctx.operation?;
    let plain = Who::ALL.into_iter().flat_map(|who| {
        let read = ctx.corpus.of(&operation.id, who);
        read.filter(|sample| !asks_for_a_size(operation, sample)).map(move |sample| (who, sample))
    });
    let lists = plain.filter_map(|(who, sample)| {
        let answer = sample.success().filter(|answer| !refuses(answer))?;
        let json = answer.json()?;
        let count = items(&json)?.len();
        Some((who, sample, json, count))
    });
    lists.max_by_key(|(_, _, _, count)| *count)
}

fn asks_for_a_size(operation: &Operation, sample: &Sample) -> bool {
    size_parameter(operation).is_some_and(|size| {
        let asked = sample.request.query_text().unwrap_or_default();
        asked.split('&').any(|pair| pair.split('=').next() == Some(&size.name))
    })
}

fn applies(ctx: &Context<'_>) -> bool {
    let Some(operation) = ctx.operation else { return false };
    let path = danger::words(&operation.path);
    operation.method == Method::Get
        && !path.iter().any(|word| REFERENCE.contains(&word.as_str()))
        && longest(ctx).is_some_and(|(_, sample, _, count)| {
            count >= ITEMS_TELLING || bytes(sample) > BYTES_MANY
        })
}

fn bytes(sample: &Sample) -> u64 {
    sample.answer().map_or(0, |answer| answer.body_bytes)
}

fn judge(ctx: &Context<'_>) -> Verdict {
    let Some((who, sample, json, count)) = longest(ctx) else { return Verdict::NotApplicable };
    let size = bytes(sample);
    if count > ITEMS_MANY || size > BYTES_MANY && count > 1 {
        let summary =
            format!("{who} was answered {count} items, {size} bytes, without asking for any");
        return Verdict::fail(
            Proof::new(Severity::Low, Confidence::Confirmed, summary)
                .because(format!("nothing in `{}` asks for a size", sample.request.target))
                .because(format!("a page of more than {ITEMS_MANY} items is read by nobody")),
        );
    }
    let header = sample.answer().and_then(|answer| answer.headers.first("link"));
    let next = header.is_some_and(|link| link.contains("next"));
    let more = total(&json).is_some_and(|all| all > u64::try_from(count).unwrap_or(u64::MAX));
    if next || more || has_more(&json) == Some(true) || told_size(&json).is_some() {
        return Verdict::Pass;
    }
    Verdict::inconclusive(format!("{count} items were answered: a page, or all there is"))
}
