//! BOLA-02: an identity reads an object that was made and marked for another.

use crate::bodies;
use crate::check::{Check, Family, Need, Oracle, Scope, Tier};
use crate::checks::bola::control::{self, Control};
use crate::context::Context;
use crate::objects::{self, Recipe};
use crate::oracle::markers::holds_marker;
use crate::oracle::ownership;
use crate::oracle::refusal::refuses;
use crate::step::{Request, Step};
use crate::tape::{Flow, Reply, Tape};
use avouch_model::identity::Who;
use avouch_model::operation::Method;
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};

/// BOLA-02
pub(super) const CHECK: Check = Check {
    id: "BOLA-02",
    name: "marked-object-readable-by-other-user",
    title: "An object made for one user is read by another",
    family: Family::Bola,
    severity: Severity::Critical,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::Canary, Oracle::RandomControl, Oracle::CleanUp],
    tier: Tier::Active,
    needs: &[Need::TwoIdentities],
    scope: Scope::Operation,
    cwe: Cwe(639),
    owasp: &[Owasp::Api(1)],
    criteria: &["CC6.1", "CC6.3"],
    page: include_str!("canary_read.md"),
    applies,
    run,
};

fn applies(ctx: &Context<'_>) -> bool {
    ctx.operation.is_some_and(|operation| {
        operation.method == Method::Get
            && !ownership::is_shared_by_nature(operation)
            && objects::recipe_of_item(ctx, operation).is_some()
    })
}

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let operation = ctx.operation()?;
    let Some(recipe) = objects::recipe_of_item(ctx, operation) else {
        return Ok(Verdict::NotApplicable);
    };
    let marker = ctx.nonces.canary("object");
    let salt = ctx.nonces.number("salt", 1, u64::from(u32::MAX));
    let Some(mut body) = bodies::marked_body(recipe.media, &marker, salt) else {
        return Ok(Verdict::inconclusive("the body has no free text for a marker"));
    };
    bodies::refer(ctx.catalog, ctx.corpus, Who::A, &mut body);
    let made = objects::make(ctx, tape, recipe, Who::A, &body, &marker)?;
    let own = tape.send(made.read.clone())?;
    if ownership::says_public(own.answer()) {
        return Ok(Verdict::inconclusive(
            "the object that was made says of itself that it is public",
        ));
    }
    if refuses(own.answer()) || !holds_marker(own.answer(), &marker) {
        return Ok(Verdict::inconclusive("A cannot read the marker back from its own object"));
    }
    let by_b = made.read.clone().by(Who::B);
    let reply = tape.send(by_b.clone())?;
    if refuses(reply.answer()) || !holds_marker(reply.answer(), &marker) {
        let doubt = control::no_refusal(ctx, reply.answer(), Who::B);
        return Ok(doubt.map_or(Verdict::Pass, Verdict::inconclusive));
    }
    let nobody = tape.send(made.read.clone().by(Who::Nobody))?;
    if holds_marker(nobody.answer(), &marker) {
        // Open to everybody: a matter of authentication.
        return Ok(Verdict::Pass);
    }
    let random = match control::random_id(ctx, tape, &by_b, &reply)? {
        Control::Refused(random) => random,
        Control::Unclear(why) => return Ok(Verdict::inconclusive(why)),
    };
    let named = !ownership::owner_leaves(ctx, reply.answer(), Who::A, Who::B).is_empty();
    let listing = listed(ctx, tape, recipe, &made.read, &marker)?;
    let Some((severity, confidence, why)) = weight(listing, named) else {
        return Ok(Verdict::Pass);
    };
    Ok(Verdict::fail(
        Proof::new(severity, confidence, "B read an object that A had just made, with its marker")
            .because("A created the object with a marker that nobody can guess")
            .because("B asked for it by its id and got the marker")
            .because(why)
            .because(format!("nobody is not given it: {}", nobody.status))
            .because(format!("an id that was never issued is not a hit: {}", random.status))
            .between(Who::A, Who::B)
            .shown_by([reply.index, made.reply.index, own.index, nobody.index, random.index]),
    ))
}

/// Where the collection shows the new object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Listing {
    /// To A and not to B: each sees their own part.
    OwnerOnly,
    /// To B too.
    Both,
    /// To neither, or there is no list.
    Untold,
}

fn listed(
    ctx: &Context<'_>,
    tape: &mut Tape<'_>,
    recipe: Recipe<'_>,
    read: &Request,
    marker: &str,
) -> Result<Listing, Step> {
    let list = ctx
        .catalog
        .operations
        .iter()
        .find(|o| o.method == Method::Get && o.path == recipe.create.path);
    let Some((collection, id)) = list.and_then(|_| read.path().rsplit_once('/')) else {
        return Ok(Listing::Untold);
    };
    let parameter = recipe.item.path_parameters().last().unwrap_or_default();
    let shows = |reply: &Reply<'_>| {
        let json = reply.answer().json().unwrap_or_default();
        let ids = crate::oracle::leaves::records(&json)
            .into_iter()
            .filter_map(|record| crate::links::own_id(record, parameter, &recipe.create.path));
        !refuses(reply.answer())
            && (holds_marker(reply.answer(), marker) || ids.into_iter().any(|known| known == id))
    };
    let request = Request::read(collection);
    let to_b = tape.send(request.clone().by(Who::B))?;
    if shows(&to_b) {
        return Ok(Listing::Both);
    }
    // An empty list is an answer here; an error is not.
    let readable = to_b.is_success();
    let to_a = tape.send(request.by(Who::A))?;
    Ok(if readable && shows(&to_a) { Listing::OwnerOnly } else { Listing::Untold })
}

/// What the hit weighs; `None` when the object is shared by design as far as can be seen.
fn weight(listing: Listing, named: bool) -> Option<(Severity, Confidence, &'static str)> {
    match (listing, named) {
        (Listing::OwnerOnly, _) => Some((
            Severity::Critical,
            Confidence::Confirmed,
            "the list shows the object to A and does not show it to B",
        )),
        (Listing::Untold, true) => {
            Some((Severity::Critical, Confidence::Confirmed, "the object names A as its owner"))
        }
        (Listing::Untold, false) => {
            Some((Severity::High, Confidence::Firm, "no list says whose it is"))
        }
        (Listing::Both, _) => None,
    }
}
