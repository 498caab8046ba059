//! DATA-08: a list of many users' records is open to anybody.

use crate::check::{Check, Family, Oracle, Scope, Tier};
use crate::checks::data::people::{persons, records as personal_records};
use crate::checks::data::reads::answered;
use crate::context::Context;
use crate::oracle::guarded::turns_away;
use crate::oracle::leaves::{plain_key, records};
use crate::oracle::refusal::refuses;
use crate::tape::{Flow, Tape};
use avouch_model::identity::Who;
use avouch_model::operation::{Method, Operation, Security};
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// DATA-08
pub(super) const CHECK: Check = Check {
    id: "DATA-08",
    name: "list-of-all-users-records-open",
    title: "A list of many users' records is open to anybody",
    family: Family::Data,
    severity: Severity::High,
    confidence: Confidence::Firm,
    oracles: &[Oracle::Grammar, Oracle::Contrast],
    tier: Tier::Passive,
    needs: &[],
    scope: Scope::Operation,
    cwe: Cwe(200),
    owasp: &[Owasp::Api(3)],
    criteria: &["C1.1"],
    page: include_str!("open_lists.md"),
    applies,
    run,
};

/// Records that one person makes with a service and that are for the two of them.
const PRIVATE: [&str; 30] = [
    "order",
    "invoice",
    "payment",
    "transaction",
    "transfer",
    "statement",
    "receipt",
    "refund",
    "withdrawal",
    "deposit",
    "balance",
    "wallet",
    "bill",
    "payslip",
    "payroll",
    "prescription",
    "appointment",
    "diagnosis",
    "labresult",
    "claim",
    "booking",
    "reservation",
    "cart",
    "basket",
    "inbox",
    "conversation",
    "ticket",
    "complaint",
    "login",
    "session",
];
/// Properties that name whose a record is.
const OWNERS: [&str; 18] = [
    "user",
    "userid",
    "username",
    "useruuid",
    "owner",
    "ownerid",
    "customer",
    "customerid",
    "account",
    "accountid",
    "client",
    "clientid",
    "patient",
    "patientid",
    "member",
    "memberid",
    "buyerid",
    "employeeid",
];
/// Owners in one list from which on they are "many".
const OWNERS_MIN: usize = 3;

/// What the description calls open is open on purpose; where it asks for a credential, AUTH-01 asks.
fn applies(ctx: &Context<'_>) -> bool {
    ctx.operation.is_some_and(|operation| {
        operation.method == Method::Get
            && operation.security == Security::Undeclared
            && private_word(operation).is_some()
    })
}

fn run(ctx: &Context<'_>, _tape: &mut Tape<'_>) -> Flow {
    let operation = ctx.operation()?;
    let samples = answered(ctx, &[Who::Nobody])?;
    let word = private_word(operation).unwrap_or_default();
    for sample in samples {
        let Some(answer) = sample.success().filter(|answer| !refuses(answer)) else { continue };
        // People's data in the open is the question of AUTH-03.
        if persons(&personal_records(answer)) >= 2 || ctx.target.not_found.is_not_found(answer) {
            return Ok(Verdict::NotApplicable);
        }
        let Some((property, owners)) = answer.json().as_ref().and_then(owners) else { continue };
        let contrast = contrast(ctx);
        let (severity, confidence) = match contrast {
            Some(_) => (Severity::High, Confidence::Firm),
            None => (Severity::Medium, Confidence::Tentative),
        };
        let summary =
            format!("without a credential anybody reads {word}s of {owners} different owners");
        return Ok(Verdict::fail(
            Proof::new(severity, confidence, summary)
                .about(property.clone())
                .because(format!("`{property}` tells {owners} owners apart in one list"))
                .because(match contrast {
                    Some(other) => format!("the API knows strangers: `{other}` refuses them"),
                    None => "no operation refuses strangers, so all of it may be a demonstration"
                        .to_owned(),
                }),
        ));
    }
    Ok(Verdict::Pass)
}

/// The private kind of record the path ends in.
fn private_word(operation: &Operation) -> Option<&'static str> {
    let last =
        operation.path.rsplit('/').find(|part| !part.is_empty() && !part.starts_with('{'))?;
    let plain = plain_key(last);
    let single = plain.strip_suffix('s').unwrap_or(&plain);
    let single = if single == "diagnose" || single == "diagnosi" { "diagnosis" } else { single };
    PRIVATE
        .into_iter()
        .find(|word| single == *word || plain == *word || single == format!("all{word}"))
}

/// The property that tells most owners apart in a list, and how many.
fn owners(json: &Value) -> Option<(String, usize)> {
    let mut by_property: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for record in records(json) {
        for (name, value) in record.as_object()? {
            let is_owner = OWNERS.contains(&plain_key(name).as_str());
            let id = match value {
                Value::String(_) | Value::Number(_) => Some(value.to_string()),
                Value::Object(members) => members.get("id").map(ToString::to_string),
                _ => None,
            };
            if let Some(id) = id.filter(|_| is_owner) {
                by_property.entry(name.clone()).or_default().insert(id);
            }
        }
    }
    let most = by_property.into_iter().max_by_key(|(_, owners)| owners.len())?;
    (most.1.len() >= OWNERS_MIN).then_some((most.0, most.1.len()))
}

/// An operation that turns strangers away, which shows that the API has accounts at all.
fn contrast(ctx: &Context<'_>) -> Option<String> {
    let samples = ctx.corpus.samples().iter();
    let mut refused = samples
        .filter(|sample| sample.who == Who::Nobody && sample.answer().is_some_and(turns_away));
    refused.next().map(|sample| sample.operation.to_string())
}
