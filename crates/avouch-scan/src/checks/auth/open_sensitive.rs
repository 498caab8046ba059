//! AUTH-03: nobody says that a credential is needed, and what is read is not for everybody.

use crate::check::{Check, Family, Oracle, Scope, Tier};
use crate::context::Context;
use crate::oracle::block::blocked;
use crate::oracle::leaves::{Leaf, leaves, plain_key};
use crate::oracle::refusal::refuses;
use crate::oracle::triad::uncached;
use crate::tape::{Flow, Tape};
use avouch_model::data_class::DataClass;
use avouch_model::exchange::Answer;
use avouch_model::identity::Who;
use avouch_model::operation::{Operation, Security};
use avouch_model::placeholder::Placeholder;
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};
use std::collections::{BTreeMap, BTreeSet};

/// AUTH-03
pub(super) const CHECK: Check = Check {
    id: "AUTH-03",
    name: "sensitive-data-without-credential",
    title: "Sensitive data is read without any credential",
    family: Family::Auth,
    severity: Severity::High,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::Grammar, Oracle::SoftNotFound],
    tier: Tier::Read,
    needs: &[],
    scope: Scope::Operation,
    cwe: Cwe(306),
    owasp: &[Owasp::Api(2)],
    criteria: &["CC6.1", "C1.1"],
    page: include_str!("open_sensitive.md"),
    applies,
    run,
};

/// Names of collections and properties that are about account holders rather than shops or authors.
const PEOPLE: [&str; 14] = [
    "user",
    "users",
    "username",
    "userid",
    "member",
    "members",
    "customer",
    "customers",
    "employee",
    "employees",
    "patient",
    "patients",
    "subscriber",
    "subscribers",
];

/// Where the description requires a credential, AUTH-01 asks.
fn applies(ctx: &Context<'_>) -> bool {
    ctx.operation.is_some_and(|operation| {
        operation.is_read() && matches!(operation.security, Security::Undeclared | Security::Open)
    })
}

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let operation = ctx.operation()?;
    let answered: Vec<_> = ctx
        .samples(Who::Nobody)
        .into_iter()
        .filter_map(|sample| Some((sample, sample.answer()?)))
        .filter(|(_, answer)| blocked(answer).is_none())
        .collect();
    if answered.is_empty() {
        return Ok(Verdict::inconclusive("nobody never got an answer here"));
    }
    // What is declared open may show contacts on purpose, and never people's data or secrets.
    let declared_open = operation.security == Security::Open;
    let telling = |answer: &Answer| {
        exposure(ctx, operation, answer)
            .filter(|exposed| !declared_open || exposed.severity >= Severity::High)
    };
    let Some((sample, _)) = answered.into_iter().find(|(_, answer)| telling(answer).is_some())
    else {
        return Ok(Verdict::Pass);
    };
    let again = tape.send(uncached(sample.request.clone().by(Who::Nobody)))?;
    let Some(exposed) = telling(again.answer()) else {
        return Ok(Verdict::inconclusive("what nobody read at first was not there again"));
    };
    let mut proof = Proof::new(
        exposed.severity,
        if declared_open { Confidence::Firm } else { exposed.confidence },
        format!("nobody read {} without any credential", exposed.what),
    )
    .because(format!("without any credential, twice: {} and these values", again.status))
    .because(if declared_open {
        "the description declares the operation open: either that or the data in it is a mistake"
    } else {
        "the description does not say that this operation is open"
    });
    for place in &exposed.places {
        proof = proof.because(place.clone());
    }
    Ok(Verdict::fail(proof.shown_by([again.index])))
}

/// What an answer gives away.
struct Exposure {
    severity: Severity,
    confidence: Confidence,
    what: String,
    places: Vec<String>,
}

/// Distinct sensitive values by place and class.
type Values = BTreeMap<(String, DataClass), BTreeSet<String>>;

fn exposure(ctx: &Context<'_>, operation: &Operation, answer: &Answer) -> Option<Exposure> {
    if refuses(answer) || ctx.target.not_found.is_not_found(answer) || is_description(answer) {
        return None;
    }
    let leaves = leaves(answer);
    let values = sensitive(&leaves);
    let secrets = places(&values, opens_by_itself);
    if !secrets.is_empty() {
        return Some(exposed(Severity::High, Confidence::Confirmed, "secrets", secrets));
    }
    // One place in a list with two values: two records, so two people.
    let records: Values = values
        .into_iter()
        .filter(|((path, _), set)| path.contains("/*/") && set.len() >= 2)
        .collect();
    let has = |wanted: fn(DataClass) -> bool| records.keys().any(|(_, class)| wanted(*class));
    let others = places(&records, |_| true);
    if has(is_never_public) || has(is_contact) && is_about_people(operation, &leaves) {
        return Some(exposed(
            Severity::High,
            Confidence::Confirmed,
            "several people's data",
            others,
        ));
    }
    let what = "several addresses, numbers or tokens";
    (has(is_contact) || has(is_maybe_secret))
        .then(|| exposed(Severity::Medium, Confidence::Firm, what, others))
}

/// Classes of which two records are never shown to everybody on purpose.
fn is_never_public(class: DataClass) -> bool {
    matches!(
        class,
        DataClass::PaymentCard
            | DataClass::Iban
            | DataClass::NationalId
            | DataClass::Password
            | DataClass::Jwt
    )
}

/// Shops have these too. Dates of birth are not among them: those of authors are in every catalogue.
fn is_contact(class: DataClass) -> bool {
    matches!(class, DataClass::Email | DataClass::Phone)
}

/// Known by their keys alone, which may mean cursors or links.
fn is_maybe_secret(class: DataClass) -> bool {
    matches!(class, DataClass::SessionToken | DataClass::ApiSecret)
}

fn exposed(
    severity: Severity,
    confidence: Confidence,
    what: &str,
    places: Vec<String>,
) -> Exposure {
    Exposure { severity, confidence, what: what.to_owned(), places }
}

/// Sensitive values, without those made for examples and tests.
fn sensitive(leaves: &[Leaf]) -> Values {
    let mut values = Values::new();
    for leaf in leaves {
        for found in Placeholder::find_all(&leaf.value) {
            if !is_harmless(&found) {
                values.entry((leaf.path.clone(), found.class)).or_default().insert(found.digest);
            }
        }
    }
    values
}

/// Values for examples and tests, and keys that are meant to be in web pages.
fn is_harmless(found: &Placeholder) -> bool {
    ["example", "test", "publishable", "public", "google"]
        .into_iter()
        .any(|word| found.detail.split('-').any(|part| part == word))
}

/// Classes of which one value in the open is too many. Session tokens and passwords under a key that
/// says so are not among them: guests get tokens, forms show samples.
fn opens_by_itself(class: DataClass) -> bool {
    matches!(
        class,
        DataClass::PasswordHash
            | DataClass::PrivateKey
            | DataClass::ProviderKey
            | DataClass::ConnectionString
    )
}

fn places(values: &Values, wanted: impl Fn(DataClass) -> bool) -> Vec<String> {
    let wanted = values.iter().filter(|((_, class), _)| wanted(*class));
    wanted
        .map(|((path, class), set)| format!("at `{path}`: {} of kind {class}", set.len()))
        .collect()
}

fn is_about_people(operation: &Operation, leaves: &[Leaf]) -> bool {
    let in_path = operation.path.split('/').map(plain_key).any(|part| says_people(&part));
    in_path
        || leaves.iter().any(|leaf| leaf.path.split('/').map(plain_key).any(|k| says_people(&k)))
}

fn says_people(key: &str) -> bool {
    PEOPLE.contains(&key)
}

/// Whether the answer describes an API: examples in it are nobody's data.
fn is_description(answer: &Answer) -> bool {
    answer.json().is_some_and(|json| {
        ["openapi", "swagger", "asyncapi", "$schema"].iter().any(|key| json.get(key).is_some())
    })
}
