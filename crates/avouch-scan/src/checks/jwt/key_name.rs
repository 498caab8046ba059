//! JWT-08: the name of a token's key is used as a path or in a query.

use super::forging;
use crate::check::{Check, Family, Need, Oracle, Scope, Tier};
use crate::context::Context;
use crate::step::{Credential, Forgery};
use crate::tape::{Flow, Tape};
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::Verdict;

/// JWT-08
pub(super) const CHECK: Check = Check {
    id: "JWT-08",
    name: "key-name-injection",
    title: "The name of a token's key chooses a key of the caller's",
    family: Family::Jwt,
    severity: Severity::Critical,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::Triad, Oracle::Similarity, Oracle::PrivateSet],
    tier: Tier::Read,
    needs: &[Need::OneIdentity],
    scope: Scope::Target,
    cwe: Cwe(22),
    owasp: &[Owasp::Api(2)],
    criteria: &["CC6.1"],
    page: include_str!("key_name.md"),
    applies,
    run,
};

/// LIMIT: parts of the API on which it is tried.
const TRIALS_MAX: usize = 3;

/// Where a `kid` leads when it is not looked up in a fixed set of keys.
struct Lead {
    name: &'static str,
    kid: String,
    key: String,
    /// What it shows.
    means: &'static str,
}

/// A server whose own tokens name no key looks none up.
fn applies(ctx: &Context<'_>) -> bool {
    forging::bearer(ctx).is_some_and(|(_, token)| {
        token.header_names.iter().any(|name| name.eq_ignore_ascii_case("kid"))
    })
}

fn leads(ctx: &Context<'_>) -> [Lead; 5] {
    let key = ctx.nonces.word("key", 16);
    let nothing = String::new;
    let selected = |quote: &str| format!("{key}{quote} UNION SELECT '{key}'-- ");
    [
        Lead {
            name: "unknown",
            kid: ctx.nonces.word("unknown", 16),
            key: nothing(),
            means: "a key that does not exist counts as an empty one",
        },
        Lead {
            name: "path-to-nothing",
            kid: "../../../../../../../../../../dev/null".to_owned(),
            key: nothing(),
            means: "the name is a path that leaves its folder, and an empty file is a key",
        },
        Lead {
            name: "whole-path-to-nothing",
            kid: "/dev/null".to_owned(),
            key: nothing(),
            means: "the name is a path to any file, and an empty file is a key",
        },
        Lead {
            name: "query",
            kid: selected("'"),
            key: key.clone(),
            means: "the name is part of a database query, which then answers with a key of ours",
        },
        Lead {
            name: "query-of-number",
            kid: selected("").replacen(&key, "-1", 1),
            key,
            means: "the name is part of a database query, which then answers with a key of ours",
        },
    ]
}

fn named(lead: &Lead, key: &str, key_name: &str) -> Forgery {
    Forgery::KeyNamed {
        kid: lead.kid.clone(),
        kid_name: lead.name.to_owned(),
        key: key.as_bytes().to_vec(),
        key_name: key_name.to_owned(),
    }
}

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let leads = leads(ctx);
    for trial in forging::trials(ctx)?.iter().take(TRIALS_MAX) {
        for lead in &leads {
            let forgery = named(lead, &lead.key, "key");
            let Some(accepted) = forging::accepted(ctx, tape, trial, forgery)? else { continue };
            // The same name with another key: where that is accepted, the name leads nowhere.
            let forgery = named(lead, &ctx.nonces.hex("wrong key", 32), "wrong-key");
            let control = Credential::Forged { from: trial.who, forgery };
            let controls = forging::worthless_is_refused(ctx, tape, trial, &accepted, control)?;
            if blank_key_suffices(ctx, tape, trial, lead)? {
                return Ok(Verdict::NotApplicable);
            }
            let what = "a token whose `kid` leads to a key that is no secret,";
            let proof = forging::proof(trial.who, &accepted, controls, what)
                .because(lead.means)
                .because("the worthless one had the same `kid` and was signed with another key")
                .because(format!("seen on `{}`", trial.sample.operation))
                .caused_by("key name from the token used as it is")
                .at(trial.sample.operation.clone());
            return Ok(Verdict::fail(proof));
        }
        forging::still_lives(ctx, tape, trial)?;
    }
    Ok(Verdict::Pass)
}

/// Whether an empty key is accepted under the key's own name too: then its name is not at fault, and
/// JWT-03 says what is.
fn blank_key_suffices(
    ctx: &Context<'_>,
    tape: &mut Tape<'_>,
    trial: &forging::Trial<'_>,
    lead: &Lead,
) -> Result<bool, crate::step::Step> {
    if !lead.key.is_empty() {
        return Ok(false);
    }
    let blank = super::blank_key::signed_with_nothing();
    Ok(forging::accepted(ctx, tape, trial, blank)?.is_some())
}
