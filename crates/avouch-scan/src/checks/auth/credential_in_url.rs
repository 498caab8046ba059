//! AUTH-07: a credential travels in an address.
//!
//! Addresses are kept by proxies, logs, histories and the `Referer` header; bodies and headers are
//! not.

use crate::check::{Check, Family, Oracle, Scope, Tier};
use crate::context::Context;
use crate::corpus::Sample;
use crate::oracle::leaves::{leaves, plain_key};
use avouch_catalog::SecurityScheme;
use avouch_model::data_class::DataClass;
use avouch_model::exchange::Answer;
use avouch_model::identity::Carrier;
use avouch_model::operation::{Place, Requirement, Security};
use avouch_model::placeholder::Placeholder;
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};
use std::collections::BTreeSet;

/// AUTH-07
pub(super) const CHECK: Check = Check {
    id: "AUTH-07",
    name: "credential-in-url",
    title: "A credential travels in the address",
    family: Family::Auth,
    severity: Severity::Medium,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::Declaration, Oracle::Grammar],
    tier: Tier::Passive,
    needs: &[],
    scope: Scope::Target,
    cwe: Cwe(598),
    owasp: &[Owasp::Api(2)],
    criteria: &["CC6.1", "CC6.7"],
    page: include_str!("credential_in_url.md"),
    applies: |_| true,
    run: |ctx, _| Ok(judge(ctx)),
};

/// Names of query parameters that carry credentials, without separators.
const CREDENTIAL_NAMES: [&str; 12] = [
    "token",
    "accesstoken",
    "authtoken",
    "auth",
    "authorization",
    "apikey",
    "apitoken",
    "jwt",
    "sessionid",
    "sessiontoken",
    "idtoken",
    "bearer",
];
/// Parts of addresses that are opened once, by their addressee.
const ONE_TIME: [&str; 8] =
    ["verify", "confirm", "activate", "reset", "invite", "unsubscribe", "magic", "callback"];
/// Characters from which a mixed value is taken for a token.
const TOKEN_CHARACTERS_MIN: usize = 20;

fn judge(ctx: &Context<'_>) -> Verdict {
    if let Some(proof) = of_identity(ctx).or_else(|| declared(ctx)).or_else(|| in_links(ctx)) {
        return Verdict::fail(proof);
    }
    let read = ctx.corpus.samples().iter().any(|sample| sample.success().is_some());
    if read || !ctx.catalog.schemes.is_empty() {
        Verdict::Pass
    } else {
        Verdict::inconclusive("no answer was read and no way to authenticate is described")
    }
}

/// An identity was accepted with its credential in the address.
fn of_identity(ctx: &Context<'_>) -> Option<Proof> {
    let (who, name) = ctx.identities.iter().find_map(|facts| match &facts.carrier {
        Carrier::Query(name) => Some((facts.who, name)),
        _ => None,
    })?;
    let summary = format!("{who} is known by the query parameter `{name}`");
    Some(proof(Confidence::Confirmed, summary, name).because("the credential was accepted there"))
}

/// An operation's description wants the credential in the query.
fn declared(ctx: &Context<'_>) -> Option<Proof> {
    let in_query = |scheme: &str| match ctx.catalog.schemes.get(scheme) {
        Some(SecurityScheme::ApiKey { name, place: Place::Query }) => Some(name.clone()),
        _ => None,
    };
    let mut only_way = None;
    let mut one_way = None;
    for operation in &ctx.catalog.operations {
        let (Security::Required(ways) | Security::Optional(ways)) = &operation.security else {
            continue;
        };
        let through = |way: &Requirement| way.schemes.iter().find_map(|(name, _)| in_query(name));
        let named: Vec<String> = ways.iter().filter_map(through).collect();
        let Some(name) = named.first().cloned() else { continue };
        let slot = if named.len() == ways.len() { &mut only_way } else { &mut one_way };
        slot.get_or_insert((name, operation.id.clone()));
    }
    let only = only_way.is_some();
    let (name, operation) = only_way.or(one_way)?;
    let summary = format!("the description puts the credential into the query parameter `{name}`");
    let mut proof = proof(Confidence::Confirmed, summary, &name).because(format!(
        "declared for `{operation}`, {}",
        if only { "without another way" } else { "as one way of several" }
    ));
    if !only {
        proof.severity = Severity::Low;
    }
    Some(proof)
}

/// Answers hand out addresses of the target with a credential in them.
fn in_links(ctx: &Context<'_>) -> Option<Proof> {
    for sample in ctx.corpus.samples() {
        let Some(answer) = sample.answer() else { continue };
        for link in links(answer) {
            if let Some((name, confidence)) = credential_of(ctx, &link) {
                return Some(of_link(sample, &name, confidence));
            }
        }
    }
    None
}

fn of_link(sample: &Sample, name: &str, confidence: Confidence) -> Proof {
    let operation = &sample.operation;
    let summary = format!("an answer holds an address with a credential in `{name}`");
    proof(confidence, summary, name)
        .because(format!("in the answer of `{operation}` to {}", sample.who))
        .at(operation.clone())
}

fn proof(confidence: Confidence, summary: String, name: &str) -> Proof {
    Proof::new(Severity::Medium, confidence, summary).about(format!("query {name}"))
}

/// Addresses in an answer: values that are one, and where it points.
fn links(answer: &Answer) -> BTreeSet<String> {
    let values = leaves(answer).into_iter().map(|leaf| leaf.value);
    let location = answer.headers.first("location").map(str::to_owned);
    values
        .chain(location)
        .filter(|value| value.contains('?') && !value.contains(char::is_whitespace))
        .filter(|value| value.starts_with('/') || value.starts_with("http"))
        .collect()
}

/// The parameter of an address of the target that holds a credential, and how sure that is.
fn credential_of(ctx: &Context<'_>, link: &str) -> Option<(String, Confidence)> {
    let ours = link.starts_with('/') && !link.starts_with("//")
        || link.strip_prefix(&ctx.target.origin).is_some_and(|rest| rest.starts_with(['/', '?']));
    let (path, query) = link.split_once('?')?;
    let lower = path.to_ascii_lowercase();
    if !ours || ONE_TIME.iter().any(|word| lower.contains(word)) {
        return None;
    }
    query.split('&').find_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        let known = Placeholder::find_all(value).first().map(|found| found.class);
        if known == Some(DataClass::OwnCredential) {
            return Some((name.to_owned(), Confidence::Confirmed));
        }
        let secret =
            matches!(known, Some(DataClass::Jwt | DataClass::SessionToken | DataClass::ApiSecret));
        let named = CREDENTIAL_NAMES.contains(&plain_key(name).as_str());
        (named && (secret || is_token_shaped(value))).then(|| (name.to_owned(), Confidence::Firm))
    })
}

/// Long, and made of letters and digits without order.
fn is_token_shaped(value: &str) -> bool {
    let distinct: BTreeSet<char> = value.chars().collect();
    value.len() >= TOKEN_CHARACTERS_MIN
        && distinct.len() >= TOKEN_CHARACTERS_MIN / 2
        && value.bytes().any(|b| b.is_ascii_digit())
        && value.bytes().any(|b| b.is_ascii_alphabetic())
        && value.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.~%+=".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_numbers_are_not_token_shaped() {
        assert!(is_token_shaped("q8Zt51kLm0PxW27yRb3n"));
        for value in ["next-page-of-the-long-list", "20260101", "aaaaaaaaaaaaaaaaaaaa1", "{token}"]
        {
            assert!(!is_token_shaped(value), "{value}");
        }
    }
}
