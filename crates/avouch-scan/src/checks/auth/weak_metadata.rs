//! AUTH-13: an authorization server offers what should not be used any more.

use super::authorization_server::{Metadata, metadata};
use crate::check::{Check, Family, Oracle, Scope, Tier};
use crate::context::Context;
use crate::tape::{Flow, Tape};
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};

/// AUTH-13
pub(super) const CHECK: Check = Check {
    id: "AUTH-13",
    name: "weak-sign-in-offered",
    title: "The authorization server offers weak ways to sign in",
    family: Family::Auth,
    severity: Severity::Low,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::Grammar],
    tier: Tier::Read,
    needs: &[],
    scope: Scope::Target,
    cwe: Cwe(757),
    owasp: &[Owasp::Api(2)],
    criteria: &["CC6.1"],
    page: include_str!("weak_metadata.md"),
    applies: |_| true,
    run,
};

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let Some(metadata) = metadata(ctx, tape)? else { return Ok(Verdict::NotApplicable) };
    let mut faults = faults(&metadata, ctx.target.secure);
    faults.sort_by_key(|(severity, _)| std::cmp::Reverse(*severity));
    let Some((worst, first)) = faults.first().cloned() else { return Ok(Verdict::Pass) };
    let summary = format!("the metadata at {} says: {first}", metadata.place);
    let mut proof = Proof::new(worst, Confidence::Confirmed, summary)
        .because("what is offered is not always enabled: the metadata is all that was looked at")
        .caused_by("weak authorization server metadata")
        .shown_by([metadata.index]);
    for (_, fault) in faults {
        proof = proof.because(fault);
    }
    Ok(Verdict::fail(proof))
}

/// What is wrong with the metadata, each with its weight. What widespread servers offer by default
/// and nobody needs to use is worth a remark only.
fn faults(metadata: &Metadata, secure: bool) -> Vec<(Severity, String)> {
    let has = |name: &str, value: &str| {
        metadata.list(name).is_some_and(|all| all.iter().any(|v| v.eq_ignore_ascii_case(value)))
    };
    let mut found = Vec::new();
    let mut say = |severity, text: &str| found.push((severity, text.to_owned()));
    if has("id_token_signing_alg_values_supported", "none") {
        say(Severity::Low, "identity tokens may be unsigned (`none`)");
    }
    let signs_in = metadata.text("authorization_endpoint").is_some();
    let challenges = metadata.list("code_challenge_methods_supported");
    let binds = has("code_challenge_methods_supported", "S256");
    if binds && has("code_challenge_methods_supported", "plain") {
        say(Severity::Info, "codes may be protected by a `plain` challenge, which is readable");
    }
    if signs_in && challenges.is_none() {
        say(Severity::Info, "nothing is said of binding codes to clients (PKCE)");
    } else if signs_in && !binds {
        say(Severity::Low, "codes cannot be bound to the client that asked (no `S256` of PKCE)");
    }
    let implicit = metadata.list("response_types_supported").unwrap_or_default();
    if implicit.iter().any(|kind| kind.split(' ').any(|word| word == "token")) {
        say(Severity::Info, "access tokens may travel in addresses (the implicit flow)");
    }
    if has("grant_types_supported", "password") {
        say(Severity::Info, "applications may ask people for their passwords (the password grant)");
    }
    let clear = ["authorization_endpoint", "token_endpoint", "jwks_uri"]
        .into_iter()
        .filter_map(|name| metadata.text(name))
        .any(|address| address.to_ascii_lowercase().starts_with("http://"));
    if secure && clear {
        say(Severity::Low, "an endpoint's address is in clear (`http:`)");
    }
    found
}
