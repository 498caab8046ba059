//! JWT-10: a token that was issued for another service is accepted.

use super::{forging, misfit};
use crate::check::{Check, Family, Need, Oracle, Scope, Tier};
use crate::context::Context;
use crate::step::{Credential, Misfit};
use crate::tape::{Flow, Tape};
use avouch_model::identity::{TokenFacts, Who};
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};

/// JWT-10
pub(super) const CHECK: Check = Check {
    id: "JWT-10",
    name: "foreign-token-accepted",
    title: "A token that was issued for another service is accepted",
    family: Family::Jwt,
    severity: Severity::High,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::Triad, Oracle::Similarity, Oracle::PrivateSet],
    tier: Tier::Read,
    needs: &[Need::OneIdentity],
    scope: Scope::Target,
    cwe: Cwe(345),
    owasp: &[Owasp::Api(2)],
    criteria: &["CC6.1"],
    page: include_str!("other_audience.md"),
    applies: |ctx| forging::bearer(ctx).is_some(),
    run,
};

/// LIMIT: parts of the API on which it is tried.
const TRIALS_MAX: usize = 8;

fn given<'a>(ctx: &Context<'a>) -> Option<(Who, &'a TokenFacts, &'a TokenFacts)> {
    ctx.identities
        .iter()
        .find_map(|facts| Some((facts.who, facts.token.as_ref()?, facts.other_audience.as_ref()?)))
}

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let Some((who, own, foreign)) = given(ctx) else {
        let because =
            "needs a token of another service: give one as `other_audience` of an identity";
        return Ok(Verdict::inconclusive(because));
    };
    if foreign.expires_at.is_some_and(|end| end <= ctx.now.as_second()) {
        return Ok(Verdict::inconclusive("the token of another service is over"));
    }
    let Some(differs) = difference(own, foreign) else {
        let because = "the token of another service names no audience or issuer but this one's";
        return Ok(Verdict::inconclusive(because));
    };
    let credential = Credential::Kept { of: who, why: Misfit::OtherAudience };
    for trial in forging::trials_of(ctx, who, own)?.iter().take(TRIALS_MAX) {
        let Some(accepted) = misfit::accepted(ctx, tape, trial, &credential)? else { continue };
        let (none, worthless) = misfit::worthless_is_refused(ctx, tape, trial, &accepted)?;
        let summary = format!("a token that {differs} opens what {who} may read");
        let proof = Proof::new(Severity::High, accepted.confidence(), summary)
            .because(format!("{who}'s own token is {}", meant_for(own)))
            .because(format!(
                "the other one got {}: the same, or the like of it",
                accepted.misfit.status
            ))
            .because(format!(
                "without any: {}, with a wrong signature: {}",
                none.status, worthless.status
            ))
            .because(format!("seen on `{}`", trial.sample.operation))
            .caused_by("audience of tokens not checked")
            .at(trial.sample.operation.clone())
            .shown_by([accepted.misfit.index, accepted.valid.index, worthless.index, none.index]);
        return Ok(Verdict::fail(proof));
    }
    Ok(Verdict::Pass)
}

/// How the foreign token differs from the identity's own in what it is for; `None` when it does not.
fn difference(own: &TokenFacts, foreign: &TokenFacts) -> Option<String> {
    let shared = foreign.audiences.iter().any(|audience| own.audiences.contains(audience));
    if !foreign.audiences.is_empty() && !shared {
        return Some(format!("is {}", meant_for(foreign)));
    }
    let (issuer, ours) = (foreign.issuer.as_ref()?, own.issuer.as_ref()?);
    (issuer != ours).then(|| format!("was issued by `{issuer}`"))
}

fn meant_for(token: &TokenFacts) -> String {
    match token.audiences.as_slice() {
        [] => "for no audience it names".to_owned(),
        all => format!("for `{}`", all.join("`, `")),
    }
}
