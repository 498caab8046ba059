//! PROP-02: answers hold what should never leave, by name and by value.

use crate::check::{Check, Family, Oracle, Scope, Tier};
use crate::context::Context;
use crate::corpus::Sample;
use crate::links::singular;
use crate::oracle::leaves::{Leaf, leaves, plain_key};
use crate::oracle::refusal::refuses;
use crate::tape::{Flow, Tape};
use avouch_model::data_class::DataClass;
use avouch_model::identity::Who;
use avouch_model::operation::Operation;
use avouch_model::placeholder::Placeholder;
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};
use std::collections::{BTreeMap, BTreeSet};

/// LIMIT: properties that are named in a finding.
const NAMED_MAX: usize = 20;

/// Words of operations whose purpose is to give a secret to whom it belongs.
const GIVES_SECRETS: [&str; 18] = [
    "login",
    "signin",
    "token",
    "oauth",
    "auth",
    "session",
    "register",
    "signup",
    "refresh",
    "apikey",
    "key",
    "secret",
    "credential",
    "webhook",
    "connect",
    "otp",
    "mfa",
    "jwks",
];
/// Names of remarks that only staff should read.
const REMARKS: [&str; 7] = [
    "internalnote",
    "internalnotes",
    "internalcomment",
    "adminnote",
    "adminnotes",
    "staffnote",
    "staffnotes",
];
/// Names of amounts and marks that only the house should know.
const HOUSE_NUMBERS: [&str; 9] = [
    "costprice",
    "purchaseprice",
    "wholesaleprice",
    "suppliercost",
    "unitcost",
    "profitmargin",
    "grossmargin",
    "fraudscore",
    "riskscore",
];

/// PROP-02
pub(super) const CHECK: Check = Check {
    id: "PROP-02",
    name: "sensitive-properties-returned",
    title: "Answers hold properties that should never leave",
    family: Family::Prop,
    severity: Severity::High,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::Grammar, Oracle::PrivateSet],
    tier: Tier::Passive,
    needs: &[],
    scope: Scope::Operation,
    cwe: Cwe(213),
    owasp: &[Owasp::Api(3)],
    criteria: &["C1.1", "P4.1"],
    page: include_str!("sensitive.md"),
    applies: |ctx| {
        ctx.operation.is_some_and(|operation| operation.method.is_safe() || operation.is_read())
    },
    run,
};

type Weight = (Severity, Confidence);

/// Whether a property of that name is for those who run the place and nobody else.
pub(super) fn is_for_the_house(plain_key: &str) -> bool {
    REMARKS.contains(&plain_key) || HOUSE_NUMBERS.contains(&plain_key)
}

/// What a value is that should not be shown without being meant to, by its name and its kind.
pub(super) fn is_secret(leaf: &Leaf) -> Option<String> {
    if is_for_the_house(&leaf.key()) && !leaf.value.is_empty() {
        return Some("only for those who run the place".to_owned());
    }
    let Placeholder { class, detail, .. } = Placeholder::parse(&leaf.value)?;
    let shown = matches!(detail.as_str(), "test" | "example");
    let weighs = class.is_secret() && class != DataClass::OwnCredential
        || matches!(class, DataClass::NationalId | DataClass::PaymentCard | DataClass::Iban);
    (weighs && !shown && name_fits(class, &leaf.key())).then(|| format!("of the kind {class}"))
}

fn run(ctx: &Context<'_>, _: &mut Tape<'_>) -> Flow {
    let operation = ctx.operation()?;
    let mut answered = false;
    let mut found: BTreeMap<String, (Weight, String, Who)> = BTreeMap::new();
    for sample in ctx.corpus.all_of(&operation.id).filter(|sample| sample.who != Who::High) {
        let Some(answer) = sample.success().filter(|answer| !refuses(answer)) else { continue };
        answered = true;
        let all = leaves(answer);
        for leaf in &all {
            if let Some((weight, what)) = judge(ctx, operation, sample, &all, leaf) {
                let entry = (weight, what, sample.who);
                let known = found.entry(leaf.path.clone()).or_insert_with(|| entry.clone());
                if entry.0 > known.0 {
                    *known = entry;
                }
            }
        }
    }
    if !answered {
        ctx.baseline(ctx.anyone().unwrap_or(Who::Nobody))?;
        return Ok(Verdict::inconclusive("nothing of substance was read"));
    }
    let Some((severity, confidence)) = found.values().map(|(weight, ..)| *weight).max() else {
        return Ok(Verdict::Pass);
    };
    let named: Vec<&str> = found.keys().take(NAMED_MAX).map(String::as_str).collect();
    let reader = found.values().map(|(.., who)| *who).min().unwrap_or(Who::A);
    let summary = format!("{reader} was given {}", named.join(", "));
    let mut proof = Proof::new(severity, confidence, summary).about(named.join(", "));
    for (path, (_, what, who)) in found.iter().take(NAMED_MAX) {
        proof = proof.because(format!("`{path}` holds {what}, given to {who}"));
    }
    Ok(Verdict::fail(proof))
}

/// What a value weighs and what it is; `None` when it may be there.
fn judge(
    ctx: &Context<'_>,
    operation: &Operation,
    sample: &Sample,
    all: &[Leaf],
    leaf: &Leaf,
) -> Option<(Weight, String)> {
    let Some(placeholder) = Placeholder::parse(&leaf.value) else {
        return by_name(sample, leaf).map(|what| ((Severity::Low, Confidence::Firm), what));
    };
    let Placeholder { class, detail, .. } = &placeholder;
    // The password somebody logged in with, in an answer, is a password in an answer.
    let class = if *class == DataClass::OwnCredential && is_password_key(&leaf.key()) {
        &DataClass::Password
    } else {
        class
    };
    if matches!(detail.as_str(), "test" | "example") || !name_fits(*class, &leaf.key()) {
        return None;
    }
    let others = || is_others(ctx, sample, all, leaf, *class);
    let weight = match class {
        DataClass::PasswordHash | DataClass::Password if !is_giver(operation) => {
            (Severity::High, Confidence::Confirmed)
        }
        DataClass::ApiSecret
        | DataClass::ConnectionString
        | DataClass::PrivateKey
        | DataClass::ProviderKey
            if !is_giver(operation) =>
        {
            (Severity::High, Confidence::Firm)
        }
        DataClass::SessionToken | DataClass::Jwt if !is_giver(operation) && others() => {
            (Severity::High, Confidence::Firm)
        }
        DataClass::NationalId | DataClass::PaymentCard | DataClass::Iban if others() => {
            (Severity::High, Confidence::Firm)
        }
        // A whole card number has no business in an answer, even its owner's.
        DataClass::PaymentCard => (Severity::Medium, Confidence::Firm),
        _ => return None,
    };
    let what = if detail.is_empty() {
        format!("a value of the kind {class}")
    } else {
        format!("a value of the kind {class} ({detail})")
    };
    Some((weight, what))
}

/// Whether a property is called as passwords are.
fn is_password_key(key: &str) -> bool {
    ["pass", "pwd"].iter().any(|word| key.contains(word))
}

/// Whether the property's name says the same as its value.
fn name_fits(class: DataClass, key: &str) -> bool {
    let words: &[&str] = match class {
        DataClass::PasswordHash | DataClass::Password => {
            &["pass", "pwd", "hash", "digest", "pin", "secret", "crypt"]
        }
        DataClass::ApiSecret | DataClass::ProviderKey | DataClass::PrivateKey => {
            &["key", "secret", "token", "credential", "private", "pem", "api"]
        }
        DataClass::ConnectionString => {
            &["url", "uri", "dsn", "connection", "database", "db", "redis"]
        }
        DataClass::SessionToken | DataClass::Jwt => &["token", "session", "jwt", "sid", "bearer"],
        DataClass::NationalId => {
            &["ssn", "social", "national", "tax", "passport", "identity", "nin"]
        }
        DataClass::PaymentCard => &["card", "pan", "number", "cc"],
        DataClass::Iban => &["iban", "account", "bank"],
        _ => &[],
    };
    words.iter().any(|word| key.contains(word))
}

/// Whether a personal value is not the reader's alone: nobody was given it, two identities were, or
/// the answer holds several.
fn is_others(
    ctx: &Context<'_>,
    sample: &Sample,
    all: &[Leaf],
    leaf: &Leaf,
    class: DataClass,
) -> bool {
    let own = |who| ctx.identity(who).is_some_and(|f| f.own_values.contains(&leaf.value));
    if own(sample.who) {
        return false;
    }
    let seen = ctx.corpus.seen_by(&leaf.value);
    let same = all.iter().filter(|other| other.path == leaf.path);
    let values: BTreeSet<&str> = same
        .filter(|other| Placeholder::parse(&other.value).is_some_and(|p| p.class == class))
        .map(|other| other.value.as_str())
        .collect();
    let shared = seen.contains(&Who::Nobody)
        || ctx.distinct && seen.contains(&Who::A) && seen.contains(&Who::B);
    // Several cards may all be the caller's; several people's identifiers cannot.
    shared
        || values.len() >= 2 && class == DataClass::NationalId
        || [Who::A, Who::B].into_iter().any(|who| who != sample.who && own(who))
}

fn is_giver(operation: &Operation) -> bool {
    let mut words =
        operation.path.split('/').filter(|part| !part.starts_with('{')).flat_map(|part| {
            let lower = part.to_ascii_lowercase();
            let whole = plain_key(&singular(&lower));
            lower
                .split(['-', '_'])
                .map(|word| plain_key(&singular(word)))
                .chain([whole])
                .collect::<Vec<_>>()
        });
    words.any(|word| GIVES_SECRETS.contains(&word.as_str()))
}

/// What a plain value is by the name of its property, when it is of the kind the name promises.
fn by_name(sample: &Sample, leaf: &Leaf) -> Option<String> {
    let key = leaf.key();
    let is_text = leaf.value.trim().chars().count() >= 4
        && leaf.value.chars().any(char::is_alphabetic)
        && !["true", "false", "null", "none"].contains(&leaf.value.as_str());
    let is_number = leaf.value.parse::<f64>().is_ok_and(|number| number != 0.0);
    let in_list = leaf.path.contains('*');
    if REMARKS.contains(&key.as_str()) && is_text {
        return Some("a remark that only staff should read".to_owned());
    }
    if HOUSE_NUMBERS.contains(&key.as_str()) && is_number {
        return Some("a number that only the house should know".to_owned());
    }
    let flag = ["isadmin", "issuperuser", "isstaff"].contains(&key.as_str());
    // One's own flag tells nothing; a list tells whom to attack.
    (flag && in_list && leaf.value == "true" && sample.who != Who::High)
        .then(|| "who is an administrator".to_owned())
}
