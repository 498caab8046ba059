//! PROP-05: whoever asks for more fields is given more than was meant.

use super::sensitive::is_secret;
use crate::check::{Check, Family, Need, Oracle, Scope, Tier};
use crate::context::Context;
use crate::corpus::Sample;
use crate::oracle::guarded::substantive;
use crate::oracle::leaves::{Leaf, leaves, plain_key};
use crate::oracle::refusal::refuses;
use crate::oracle::triad::uncached;
use crate::step::{Request, Step};
use crate::tape::{Flow, Reply, Tape};
use avouch_model::exchange::Answer;
use avouch_model::identity::Who;
use avouch_model::operation::{Method, Operation, Place};
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};
use std::collections::BTreeSet;

/// LIMIT: operations that describe such a parameter and are asked.
const DESCRIBED_MAX: usize = 6;
/// LIMIT: operations that describe none and are asked all the same.
const OTHERS_MAX: usize = 3;

/// Parameters that choose fields, by plain key.
const FIELDS: [&str; 6] = ["fields", "field", "select", "attributes", "projection", "columns"];
/// Parameters that bring in what belongs to a record, by plain key.
const RELATED: [&str; 7] =
    ["include", "includes", "expand", "embed", "with", "populate", "relations"];
/// Names that are asked for where everything at once is not understood.
const WANTED: &str = "id,email,password,passwordHash,password_hash,token,apiKey,secret,ssn";
/// What records belong to.
const OWNERS: &str = "user,owner,account,customer,author";
/// What is asked for where nothing is described: one parameter of each kind.
const USUAL: [(&str, &str); 5] =
    [("fields", "*"), ("select", "*"), ("include", "*"), ("expand", "*"), ("populate", "*")];
/// Words of collections that are worth more than others.
const PEOPLE: [&str; 6] = ["user", "account", "customer", "member", "profile", "employee"];

/// PROP-05
pub(super) const CHECK: Check = Check {
    id: "PROP-05",
    name: "field-expansion-unbounded",
    title: "Whoever asks for more fields is given more than was meant",
    family: Family::Prop,
    severity: Severity::High,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::Contrast, Oracle::RandomControl, Oracle::Grammar],
    tier: Tier::Read,
    needs: &[Need::OneIdentity],
    scope: Scope::Target,
    cwe: Cwe(213),
    owasp: &[Owasp::Api(3)],
    criteria: &["C1.1"],
    page: include_str!("field_expansion.md"),
    applies: |ctx| ctx.catalog.operations.iter().any(|o| o.method == Method::Get),
    run,
};

/// An operation and the ways it is asked for more.
struct Question<'a> {
    operation: &'a Operation,
    sample: &'a Sample,
    ways: Vec<Vec<(String, &'static str)>>,
}

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let who = ctx.anyone().unwrap_or(Who::A);
    let questions = questions(ctx, who);
    if questions.is_empty() {
        return Ok(Verdict::inconclusive("nothing of substance was read"));
    }
    let mut understood = false;
    for question in questions {
        let Some(before) = question.sample.success() else { continue };
        for way in &question.ways {
            let asked = with(&question.sample.request, way);
            let reply = tape.send(asked.clone())?;
            understood |= reply.is_success();
            let fresh = fresh(before, &reply);
            if fresh.is_empty() {
                continue;
            }
            if let Some(proof) = proof(ctx, tape, &question, way, &reply)? {
                return Ok(Verdict::fail(proof.at(question.operation.id.clone())));
            }
        }
    }
    if !understood {
        return Ok(Verdict::inconclusive("every such parameter is refused or falls over"));
    }
    Ok(Verdict::Pass)
}

/// The same twice, and neither without the parameter nor with one that means nothing.
fn proof(
    ctx: &Context<'_>,
    tape: &mut Tape<'_>,
    question: &Question<'_>,
    way: &[(String, &'static str)],
    first: &Reply<'_>,
) -> Result<Option<Proof>, Step> {
    let word = ctx.nonces.word("no parameter", 8);
    let control = tape.send(with(&question.sample.request, &[(word, "*")]))?;
    if refuses(control.answer()) {
        return Ok(None);
    }
    let mut told = None;
    for (name, value) in way {
        let one = [(name.clone(), *value)];
        let again = tape.send(with(&question.sample.request, &one))?;
        let fresh = fresh(control.answer(), &again);
        if !fresh.is_empty() {
            told = Some((name.clone(), value, fresh, again.index));
            break;
        }
    }
    let Some((name, value, fresh, again)) = told else { return Ok(None) };
    let places: BTreeSet<String> = fresh.iter().map(|(leaf, _)| leaf.path.clone()).collect();
    let places: Vec<String> = places.into_iter().collect();
    let who = question.sample.who;
    let summary = format!("{who} asked for `{name}={value}` and was given {}", places.join(", "));
    let mut proof = Proof::new(Severity::High, Confidence::Confirmed, summary).about(name);
    for (leaf, what) in fresh.iter().take(4) {
        proof = proof.because(format!("`{}` holds a value {what}", leaf.path));
    }
    proof = proof
        .because("without the parameter, and with one that means nothing, it is not there")
        .because("it was there twice");
    Ok(Some(proof.shown_by([again, first.index, control.index])))
}

/// Secrets in places that the ordinary answer does not have.
fn fresh(before: &Answer, reply: &Reply<'_>) -> Vec<(Leaf, String)> {
    if refuses(reply.answer()) {
        return Vec::new();
    }
    let known: BTreeSet<String> = leaves(before).into_iter().map(|leaf| leaf.path).collect();
    let shown = leaves(reply.answer()).into_iter().filter(|leaf| !known.contains(&leaf.path));
    shown.filter_map(|leaf| is_secret(&leaf).map(|what| (leaf, what))).collect()
}

fn with(request: &Request, way: &[(String, &str)]) -> Request {
    let plain = uncached(request.clone());
    way.iter().fold(plain, |request, (name, value)| {
        let kept: Vec<&str> = request
            .query_text()
            .unwrap_or_default()
            .split('&')
            .filter(|pair| !pair.is_empty() && pair.split('=').next() != Some(name.as_str()))
            .collect();
        let target = if kept.is_empty() {
            request.path().to_owned()
        } else {
            format!("{}?{}", request.path(), kept.join("&"))
        };
        request.clone().target(target).query(name, value)
    })
}

/// Operations that describe such a parameter, then a few of the others, lists of people first.
fn questions<'a>(ctx: &Context<'a>, who: Who) -> Vec<Question<'a>> {
    let catalog = ctx.catalog;
    let reads = catalog.operations.iter().filter(|operation| operation.method == Method::Get);
    let read: Vec<(&Operation, &Sample)> =
        reads.filter_map(|o| Some((o, substantive(ctx, o, who)?))).collect();
    let (described, mut others): (Vec<_>, Vec<_>) =
        read.into_iter().partition(|(operation, _)| !described(operation).is_empty());
    others.sort_by_key(|(operation, _)| {
        let path = operation.path.to_ascii_lowercase();
        (!PEOPLE.iter().any(|word| path.contains(word)), path.contains('{'))
    });
    let usual = || vec![USUAL.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect()];
    let asked = described.into_iter().take(DESCRIBED_MAX).map(|(operation, sample)| Question {
        operation,
        sample,
        ways: self::described(operation),
    });
    let aside = others.into_iter().take(OTHERS_MAX).map(|(operation, sample)| Question {
        operation,
        sample,
        ways: usual(),
    });
    asked.chain(aside).collect()
}

/// What is asked of parameters that the operation describes: everything, then names.
fn described(operation: &Operation) -> Vec<Vec<(String, &'static str)>> {
    let query = operation.parameters.iter().filter(|p| p.place == Place::Query);
    query
        .filter_map(|parameter| {
            let key = plain_key(&parameter.name);
            let names = if FIELDS.contains(&key.as_str()) {
                WANTED
            } else if RELATED.contains(&key.as_str()) {
                OWNERS
            } else {
                return None;
            };
            Some(["*", names].map(|value| vec![(parameter.name.clone(), value)]))
        })
        .flatten()
        .collect()
}
