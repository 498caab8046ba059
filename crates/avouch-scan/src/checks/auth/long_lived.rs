//! AUTH-12: a credential works for days, or for ever.

use crate::check::{Check, Family, Need, Oracle, Scope, Tier};
use crate::context::Context;
use avouch_model::identity::{IdentityFacts, TokenFacts};
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};

/// AUTH-12
pub(super) const CHECK: Check = Check {
    id: "AUTH-12",
    name: "credential-long-lived",
    title: "A credential works for days, or for ever",
    family: Family::Auth,
    severity: Severity::Low,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::Grammar],
    tier: Tier::Passive,
    needs: &[Need::OneIdentity],
    scope: Scope::Target,
    cwe: Cwe(613),
    owasp: &[Owasp::Api(2)],
    criteria: &["CC6.1"],
    page: include_str!("long_lived.md"),
    applies: |ctx| ctx.identities.is_empty() || tokens(ctx).next().is_some(),
    run: |ctx, _| Ok(judge(ctx)),
};

/// A day, in seconds: longer is too long for what is sent with every request.
const LONG_SECONDS: i64 = 24 * 60 * 60;

/// Identities whose credential is a token that tells its own life.
fn tokens<'a>(ctx: &Context<'a>) -> impl Iterator<Item = (&'a IdentityFacts, &'a TokenFacts)> {
    ctx.identities.iter().filter_map(|facts| Some((facts, facts.token.as_ref()?)))
}

/// How long a token lives, as far as it says.
enum Life {
    Endless,
    Seconds(i64),
    Unknown,
}

fn life(token: &TokenFacts, now: i64) -> Life {
    match (token.issued_at, token.expires_at) {
        (_, None) => Life::Endless,
        (Some(from), Some(to)) => Life::Seconds(to.saturating_sub(from)),
        // What is left is the least it can have had; a short rest tells nothing.
        (None, Some(to)) if to.saturating_sub(now) > LONG_SECONDS => Life::Seconds(to - now),
        (None, Some(_)) => Life::Unknown,
    }
}

fn judge(ctx: &Context<'_>) -> Verdict {
    let now = ctx.now.as_second();
    let mut unknown = false;
    for (facts, token) in tokens(ctx) {
        let summary = match life(token, now) {
            Life::Endless => format!("the token of {} never ends: it has no `exp`", facts.who),
            Life::Seconds(seconds) if seconds > LONG_SECONDS => {
                format!("the token of {} works for {}", facts.who, shown(seconds))
            }
            Life::Seconds(_) => continue,
            Life::Unknown => {
                unknown = true;
                continue;
            }
        };
        return Verdict::fail(
            Proof::new(Severity::Low, Confidence::Confirmed, summary)
                .because("`iat` and `exp` are the token's own words (RFC 7519)")
                .because("it is the credential that is sent with every request")
                .caused_by("life of tokens"),
        );
    }
    if unknown {
        return Verdict::inconclusive("the tokens do not say when they were issued");
    }
    Verdict::Pass
}

fn shown(seconds: i64) -> String {
    let hours = seconds / 3600;
    if hours < 48 { format!("{hours} hours") } else { format!("{} days", hours / 24) }
}
