//! DATA-09: personal data is part of addresses.

use crate::check::{Check, Family, Oracle, Scope, Tier};
use crate::context::Context;
use crate::corpus::{Sample, Source};
use crate::oracle::leaves::leaves;
use crate::step::Step;
use crate::tape::{Flow, Tape};
use avouch_model::data_class::DataClass;
use avouch_model::placeholder::Placeholder;
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};
use std::collections::BTreeMap;

/// DATA-09
pub(super) const CHECK: Check = Check {
    id: "DATA-09",
    name: "personal-data-in-address",
    title: "Personal data is part of addresses",
    family: Family::Data,
    severity: Severity::Low,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::Grammar],
    tier: Tier::Passive,
    needs: &[],
    scope: Scope::Target,
    cwe: Cwe(598),
    owasp: &[Owasp::Api(8)],
    criteria: &["P4.1", "CC6.7"],
    page: include_str!("personal_in_address.md"),
    applies: |_| true,
    run,
};

/// LIMIT: places named in the proof.
const NAMED_MAX: usize = 5;

fn run(ctx: &Context<'_>, _tape: &mut Tape<'_>) -> Flow {
    let read: Vec<&Sample> =
        ctx.corpus.samples().iter().filter(|sample| sample.success().is_some()).collect();
    if read.is_empty() {
        return Err(Step::Done(Verdict::inconclusive("no operation was read with success")));
    }
    let mut places: BTreeMap<String, &Sample> = BTreeMap::new();
    for sample in read {
        for (place, class) in by_path(sample).chain(linked(sample)) {
            places.entry(format!("{place}: {class}")).or_insert(sample);
        }
    }
    let Some((first, sample)) = places.first_key_value() else { return Ok(Verdict::Pass) };
    let summary = format!("an address holds personal data: {first}");
    let proof = Proof::new(Severity::Low, Confidence::Confirmed, summary)
        .because("addresses stand in logs, histories and `Referer` headers, which bodies do not")
        .caused_by("personal data in addresses")
        .at(sample.operation.clone());
    let lines = places.keys().take(NAMED_MAX).cloned();
    Ok(Verdict::fail(lines.fold(proof, Proof::because)))
}

/// Path parameters whose value, which an answer gave, is personal.
fn by_path(sample: &Sample) -> impl Iterator<Item = (String, DataClass)> {
    let given = sample
        .bindings
        .iter()
        .filter(|b| matches!(b.source, Source::Collection(_) | Source::Elsewhere(_)));
    given.filter_map(move |binding| {
        let class = personal(&binding.value)?;
        Some((format!("`{{{}}}` of `{}`", binding.parameter, sample.operation), class))
    })
}

/// Links in the answer with a personal value in path or query. Addresses of mail and telephone are
/// no requests.
fn linked(sample: &Sample) -> impl Iterator<Item = (String, DataClass)> {
    let leaves = sample.success().map(leaves).unwrap_or_default();
    leaves.into_iter().filter_map(move |leaf| {
        let rest = leaf.value.split_once("://").filter(|(scheme, _)| {
            scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https")
        });
        let path = match rest {
            Some((_, rest)) => rest.split_once('/')?.1,
            None => leaf.value.strip_prefix('/')?,
        };
        if path.contains(char::is_whitespace) {
            return None;
        }
        let class = personal(path)?;
        Some((format!("links at `{}` of `{}`", leaf.path, sample.operation), class))
    })
}

/// The kind of the first value that tells who somebody is; values for examples are left out.
fn personal(text: &str) -> Option<DataClass> {
    let found = Placeholder::find_all(text).into_iter().find(|value| {
        let made_up = matches!(value.detail.as_str(), "example" | "test");
        value.class.is_personal() && value.class != DataClass::BirthDate && !made_up
    });
    found.map(|value| value.class)
}
