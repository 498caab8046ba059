//! BFLA-09: a token opens what its scope does not cover.

use crate::check::{Check, Family, Need, Oracle, Scope, Tier};
use crate::context::Context;
use crate::oracle::guarded::{nobody_is_refused, substantive};
use crate::oracle::refusal::refuses;
use crate::oracle::similarity::same_shape;
use crate::oracle::triad::{got_the_same, uncached};
use crate::step::Credential;
use crate::tape::{Flow, Tape};
use avouch_model::identity::{IdentityFacts, Who};
use avouch_model::operation::{Method, Operation, Security};
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};
use std::collections::BTreeSet;

/// BFLA-09
pub(super) const CHECK: Check = Check {
    id: "BFLA-09",
    name: "token-scope-unchecked",
    title: "A token opens what its scope does not cover",
    family: Family::Bfla,
    severity: Severity::High,
    confidence: Confidence::Firm,
    oracles: &[Oracle::Contrast, Oracle::Similarity, Oracle::Declaration],
    tier: Tier::Read,
    needs: &[Need::OneIdentity, Need::Description],
    scope: Scope::Operation,
    cwe: Cwe(863),
    owasp: &[Owasp::Api(5)],
    criteria: &["CC6.3"],
    page: include_str!("scope_unchecked.md"),
    applies,
    run,
};

type Scopes<'a> = BTreeSet<&'a str>;

/// The scopes that one of the ways to call this operation needs; `None` when one way needs none.
fn needed(operation: &Operation) -> Option<Vec<Scopes<'_>>> {
    let Security::Required(any) = &operation.security else { return None };
    let ways: Vec<Scopes<'_>> = any
        .iter()
        .map(|one| one.schemes.iter().flat_map(|(_, scopes)| scopes).map(String::as_str).collect())
        .collect();
    (!ways.is_empty() && ways.iter().all(|way| !way.is_empty())).then_some(ways)
}

fn scopes(facts: &IdentityFacts) -> Option<Scopes<'_>> {
    facts.scopes.as_ref().map(|all| all.iter().map(String::as_str).collect())
}

fn covers(has: &Scopes<'_>, ways: &[Scopes<'_>]) -> bool {
    ways.iter().any(|way| way.is_subset(has))
}

fn applies(ctx: &Context<'_>) -> bool {
    let described = ctx.operation.filter(|operation| operation.method == Method::Get);
    let Some(ways) = described.and_then(needed) else { return false };
    let mut all = ctx.identities.iter().filter_map(scopes).peekable();
    // Where no token says its scope, that is said; where all cover it, there is nothing to ask.
    all.peek().is_none() || all.any(|has| !covers(&has, &ways))
}

/// Whether tokens and description speak of the same scopes: any scope of the description stands in
/// any token. Else `orders.read` and `read:orders` may be one thing by two names.
fn same_names(ctx: &Context<'_>) -> bool {
    let held: Scopes<'_> = ctx.identities.iter().filter_map(scopes).flatten().collect();
    let ways = ctx.catalog.operations.iter().filter_map(needed).flatten().flatten();
    let standard = ["openid", "profile", "email", "offline_access"];
    ways.into_iter().any(|scope| held.contains(scope) && !standard.contains(&scope))
}

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let operation = ctx.operation()?;
    let Some(ways) = needed(operation) else { return Ok(Verdict::NotApplicable) };
    let known: Vec<(Who, Scopes<'_>)> =
        ctx.identities.iter().filter_map(|facts| Some((facts.who, scopes(facts)?))).collect();
    let narrow = known.iter().find(|(_, has)| !covers(has, &ways));
    let Some((narrow, has)) = narrow else {
        return Ok(Verdict::inconclusive("no token says what its scope is"));
    };
    if !same_names(ctx) {
        let because = "no token has any of the scopes that the description names";
        return Ok(Verdict::inconclusive(because));
    }
    let Some(sample) = substantive(ctx, operation, *narrow) else {
        let answers = ctx.samples(*narrow).into_iter().filter_map(|sample| sample.answer());
        if answers.into_iter().any(|answer| matches!(answer.status, 401 | 403)) {
            return Ok(Verdict::Pass);
        }
        let because = format!("{narrow} got nothing here that could be compared");
        return Ok(Verdict::inconclusive(because));
    };
    if nobody_is_refused(ctx, sample) == Some(false) {
        return Ok(Verdict::NotApplicable);
    }
    let request = uncached(sample.request.clone());
    let got = tape.send(request.clone().by(*narrow))?;
    if refuses(got.answer()) {
        return Ok(Verdict::inconclusive(format!("{narrow} is answered {} by now", got.status)));
    }
    let none = tape.send(request.with(Credential::None))?;
    if got_the_same(ctx, &got, &none, &ctx.volatile()) {
        return Ok(Verdict::NotApplicable);
    }
    let wide = known.iter().find(|(_, has)| covers(has, &ways)).map(|(who, _)| *who);
    // What has a parameter may be one person's own: then only what was read before is held against.
    let alike = match wide {
        Some(who) if operation.path_parameters().next().is_none() => {
            Some(tape.send(uncached(sample.request.clone()).by(who))?.answer())
        }
        Some(who) => substantive(ctx, operation, who).and_then(|sample| sample.success()),
        None => None,
    };
    let confidence = match alike {
        Some(answer) if same_shape(answer, got.answer()) => Confidence::Firm,
        Some(_) => {
            let because = "who has the scope gets something else";
            return Ok(Verdict::inconclusive(because));
        }
        None => Confidence::Tentative,
    };
    let way = ways.first().map(list).unwrap_or_default();
    let summary =
        format!("{narrow}'s token, which has not the scope {way}, is answered all the same");
    let proof = Proof::new(Severity::High, confidence, summary)
        .because(format!("the description asks for {way}; the token has {}", list(has)))
        .because(format!("with it: {}, without any: {}", got.status, none.status))
        .because(match (wide, confidence) {
            (Some(wide), Confidence::Firm) => {
                format!("{wide}, whose token has the scope, gets the like")
            }
            _ => "nobody whose token has the scope was there to compare".to_owned(),
        })
        .caused_by("scope of tokens not checked")
        .shown_by([got.index, none.index]);
    Ok(Verdict::fail(proof))
}

fn list(scopes: &Scopes<'_>) -> String {
    if scopes.is_empty() {
        return "none".to_owned();
    }
    format!("`{}`", scopes.iter().copied().collect::<Vec<_>>().join("`, `"))
}
