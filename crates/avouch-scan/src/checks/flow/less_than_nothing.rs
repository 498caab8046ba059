//! FLOW-03: an order of less than nothing is taken.

use crate::check::{Check, Family, Need, Oracle, Scope, Tier};
use crate::context::Context;
use crate::danger::words;
use crate::links::singular;
use crate::objects::{self, Draft, Recipe, accepted};
use crate::oracle::leaves::{leaves_of, plain_key};
use crate::oracle::refusal::refuses;
use crate::step::Step;
use crate::tape::{Flow, Reply, Tape};
use avouch_model::identity::Who;
use avouch_model::operation::{Method, Operation};
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::schema::Kind;
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};
use serde_json::json;

/// FLOW-03
pub(super) const CHECK: Check = Check {
    id: "FLOW-03",
    name: "less-than-nothing-ordered",
    title: "An order of less than nothing is taken",
    family: Family::Flow,
    severity: Severity::High,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::ReadBack, Oracle::Contrast, Oracle::CleanUp],
    tier: Tier::Active,
    needs: &[Need::OneIdentity],
    scope: Scope::Operation,
    cwe: Cwe(1284),
    owasp: &[Owasp::Api(6)],
    criteria: &["PI1.2", "PI1.3"],
    page: include_str!("less_than_nothing.md"),
    applies: |ctx| ctx.operation.is_some_and(|operation| quantity(ctx, operation).is_some()),
    run,
};

/// Things that are ordered, by the words of a path: what is counted elsewhere may well fall.
const ORDERED: [&str; 12] = [
    "order",
    "basket",
    "cart",
    "purchase",
    "checkout",
    "booking",
    "reservation",
    "ticket",
    "basketitem",
    "cartitem",
    "orderitem",
    "bag",
];
/// How many of a thing, by plain key.
const QUANTITIES: [&str; 6] = ["quantity", "qty", "count", "seats", "tickets", "units"];
/// What is to be paid, by plain key.
const SUMS: [&str; 7] = ["total", "totalprice", "amount", "sum", "subtotal", "cost", "price"];

/// How the number of what is ordered is called, and how the order is made and read.
fn quantity<'a>(ctx: &Context<'a>, operation: &'a Operation) -> Option<(&'a str, Recipe<'a>)> {
    let said = words(&operation.path);
    let ordered = said.iter().any(|word| ORDERED.contains(&singular(word).as_str()))
        || said.windows(2).any(|pair| ORDERED.contains(&singular(&pair.concat()).as_str()));
    let recipe = (operation.method == Method::Post && ordered)
        .then(|| objects::recipe_of_create(ctx, operation))
        .flatten()?;
    let mut properties = recipe.media.schema.properties.iter().filter(|(name, schema)| {
        let number = schema.kinds == [Kind::Integer] || schema.kinds == [Kind::Number];
        number && QUANTITIES.contains(&plain_key(name).as_str())
    });
    properties.next().map(|(name, _)| (name.as_str(), recipe))
}

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let not_here = || Step::Done(Verdict::NotApplicable);
    let (name, recipe) = quantity(ctx, ctx.operation()?).ok_or_else(not_here)?;
    let who = if ctx.has(Who::A) { Who::A } else { ctx.anyone().unwrap_or(Who::A) };
    let usual = order(ctx, tape, recipe, who, (name, 1), "usual")?;
    if !matches!(&usual, Ordered::Shown { .. }) {
        return Ok(Verdict::inconclusive(match usual {
            Ordered::Refused(status) => format!("an ordinary order was answered {status}"),
            _ => format!("an ordinary order does not show its `{name}`"),
        }));
    }
    let less = -i64::try_from(ctx.nonces.number("less", 2, 4)).unwrap_or(2);
    match order(ctx, tape, recipe, who, (name, less), "less")? {
        Ordered::Refused(500..) => Ok(Verdict::inconclusive("the server falls over it")),
        Ordered::Refused(_) | Ordered::Otherwise => Ok(Verdict::Pass),
        Ordered::Shown { made, read, sum } => {
            let severity = if sum.is_some() { Severity::High } else { Severity::Medium };
            let summary = format!("{who} ordered {less} of a thing, and the order stands");
            let mut proof = Proof::new(severity, Confidence::Confirmed, summary)
                .about(name)
                .because("the same order of one was taken and shows one")
                .because(format!("with `{name}` {less} it was answered {}", made.status))
                .because(format!("reading it shows `{name}` {less}"));
            if let Some((place, value)) = sum {
                proof = proof.because(format!("`{place}` is {value}: the buyer is to be paid"));
            }
            Ok(Verdict::fail(proof.shown_by([made.index, read.index])))
        }
    }
}

/// What came of an order.
enum Ordered<'t> {
    /// It was not taken.
    Refused(u16),
    /// It was taken and shows the number, and a sum below nothing if there is one.
    Shown { made: Reply<'t>, read: Reply<'t>, sum: Option<(String, String)> },
    /// It was taken and shows another number.
    Otherwise,
}

fn order<'t>(
    ctx: &Context<'_>,
    tape: &mut Tape<'t>,
    recipe: Recipe<'_>,
    who: Who,
    (name, number): (&str, i64),
    label: &str,
) -> Result<Ordered<'t>, Step> {
    let Draft { mut body, marker, .. } = objects::draft(ctx, recipe, who, label)?;
    if let Some(members) = body.as_object_mut() {
        members.insert(name.to_owned(), json!(number));
    }
    let reply = tape.send(objects::creation(ctx, recipe, who, &body, &marker)?)?;
    if !accepted(reply.answer()) {
        return Ok(Ordered::Refused(reply.status));
    }
    let made = objects::find(ctx, tape, recipe, who, reply, &body, &marker)?;
    let read = tape.send(made.read.clone())?;
    let record = objects::record_in(read.answer(), &made.id, &marker);
    let Some(record) = record.filter(|_| !refuses(read.answer())) else {
        return Err(Step::inconclusive(format!("the order cannot be read: {}", read.status)));
    };
    let found = leaves_of(&record);
    let shown = found.iter().any(|leaf| leaf.key() == plain_key(name) && is(&leaf.value, number));
    if !shown {
        return Ok(Ordered::Otherwise);
    }
    let below = |value: &str| value.parse::<f64>().is_ok_and(|value| value < 0.0);
    let sum =
        found.into_iter().find(|leaf| SUMS.contains(&leaf.key().as_str()) && below(&leaf.value));
    Ok(Ordered::Shown { made: made.reply, read, sum: sum.map(|leaf| (leaf.path, leaf.value)) })
}

fn is(value: &str, number: i64) -> bool {
    value.parse::<f64>().ok() == json!(number).as_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_told_however_they_are_written() {
        assert!(is("-3", -3) && is("-3.0", -3) && is("-3.00", -3));
        assert!(!is("3", -3) && !is("x", -3));
    }
}
