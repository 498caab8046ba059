//! BFLA-10: the role is what the client says it is.

use crate::check::{Check, Family, Need, Oracle, Scope, Tier};
use crate::context::Context;
use crate::oracle::administrative::mark;
use crate::oracle::guarded::turns_away;
use crate::oracle::refusal::refuses;
use crate::oracle::triad::uncached;
use crate::step::{Request, Step};
use crate::tape::{Flow, Reply, Tape};
use avouch_model::identity::Who;
use avouch_model::operation::OperationId;
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};

/// LIMIT: closed functions that are tried.
const DOORS_MAX: usize = 6;

/// BFLA-10
pub(super) const CHECK: Check = Check {
    id: "BFLA-10",
    name: "claimed-role-believed",
    title: "The role is what the client says it is",
    family: Family::Bfla,
    severity: Severity::High,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::Contrast, Oracle::RandomControl],
    tier: Tier::Active,
    needs: &[Need::OneIdentity],
    scope: Scope::Target,
    cwe: Cwe(602),
    owasp: &[Owasp::Api(5)],
    criteria: &["CC6.3"],
    page: include_str!("claimed_role.md"),
    applies: |ctx| ctx.catalog.operations.iter().any(|operation| mark(operation).is_some()),
    run,
};

/// Where a role is claimed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Claim {
    Headers,
    Query,
    Cookies,
}

/// Headers that applications take a role from, as proxies and front ends set them.
const HEADERS: [(&str, &str); 8] = [
    ("x-role", "admin"),
    ("x-user-role", "admin"),
    ("x-roles", "admin"),
    ("role", "admin"),
    ("x-admin", "true"),
    ("x-is-admin", "true"),
    ("x-user-type", "admin"),
    ("x-permissions", "admin"),
];
/// Names of parameters and cookies for the same.
const NAMES: [(&str, &str); 5] = [
    ("role", "admin"),
    ("admin", "true"),
    ("isAdmin", "true"),
    ("is_admin", "1"),
    ("user_role", "admin"),
];

impl Claim {
    const ALL: [Self; 3] = [Self::Headers, Self::Query, Self::Cookies];

    fn name(self) -> &'static str {
        match self {
            Self::Headers => "header",
            Self::Query => "query",
            Self::Cookies => "cookie",
        }
    }

    /// The single claims of that kind.
    fn parts(self) -> &'static [(&'static str, &'static str)] {
        if self == Self::Headers { &HEADERS } else { &NAMES }
    }

    fn made(self, request: Request, parts: &[(&str, &str)]) -> Request {
        match self {
            Self::Headers => {
                parts.iter().fold(request, |request, (name, value)| request.header(name, *value))
            }
            Self::Query => {
                parts.iter().fold(request, |request, (name, value)| request.query(name, value))
            }
            Self::Cookies => {
                let pairs: Vec<String> =
                    parts.iter().map(|(name, value)| format!("{name}={value}")).collect();
                request.header("cookie", pairs.join("; "))
            }
        }
    }
}

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let doors = doors(ctx);
    if doors.is_empty() {
        let because = "no administrators' function is known to turn an ordinary identity away";
        return Ok(Verdict::inconclusive(because));
    }
    for (operation, request) in doors {
        let request = uncached(request);
        let all = Claim::ALL
            .into_iter()
            .fold(request.clone(), |request, claim| claim.made(request, claim.parts()));
        let reply = tape.send(all)?;
        if !is_let_in(ctx, &reply) {
            continue;
        }
        for claim in Claim::ALL {
            if let Some(proof) = narrowed(ctx, tape, &request, claim)? {
                return Ok(Verdict::fail(proof.at(operation)));
            }
        }
        return Ok(Verdict::inconclusive("a door opened once and to no single claim"));
    }
    Ok(Verdict::Pass)
}

/// Which single claim opens the door, with the controls around it.
fn narrowed(
    ctx: &Context<'_>,
    tape: &mut Tape<'_>,
    request: &Request,
    claim: Claim,
) -> Result<Option<Proof>, Step> {
    let kind = tape.send(claim.made(request.clone(), claim.parts()))?;
    if !is_let_in(ctx, &kind) {
        return Ok(None);
    }
    for part in claim.parts() {
        let opened = tape.send(claim.made(request.clone(), std::slice::from_ref(part)))?;
        if !is_let_in(ctx, &opened) {
            continue;
        }
        // The same claim of nothing, then nothing at all, then the claim again.
        let nothing = ctx.nonces.word("no role", 8);
        let control = tape.send(claim.made(request.clone(), &[(part.0, &nothing)]))?;
        let plain = tape.send(request.clone())?;
        let again = tape.send(claim.made(request.clone(), std::slice::from_ref(part)))?;
        if is_let_in(ctx, &control) || is_let_in(ctx, &plain) || !is_let_in(ctx, &again) {
            return Ok(None);
        }
        let who = request.credential.who();
        let (name, value) = part;
        let summary = format!("{who} said `{name}: {value}` and was let in among administrators");
        let proof = Proof::new(Severity::High, Confidence::Confirmed, summary)
            .about(format!("{} {name}", claim.name()))
            .because(format!("without it {who} is turned away: {}", plain.status))
            .because(format!("with `{name}` of no meaning too: {}", control.status))
            .because(format!("with it {who} is answered, twice: {}", again.status))
            .shown_by([opened.index, control.index, plain.index, again.index]);
        return Ok(Some(proof));
    }
    Ok(None)
}

/// Administrators' reads that turned an ordinary identity away, declared and named ones first.
fn doors(ctx: &Context<'_>) -> Vec<(OperationId, Request)> {
    let mut closed: Vec<_> = ctx
        .catalog
        .operations
        .iter()
        .filter_map(|operation| {
            let mark = mark(operation)?;
            let reads = [Who::A, Who::B].into_iter().filter(|who| ctx.has(*who));
            let read = reads.flat_map(|who| ctx.corpus.of(&operation.id, who)).find(|sample| {
                sample.request.method.is_safe() && sample.answer().is_some_and(turns_away)
            })?;
            Some((mark, operation.id.clone(), read.request.clone()))
        })
        .collect();
    closed.sort_by(|one, other| other.0.cmp(&one.0));
    closed.into_iter().map(|(_, id, request)| (id, request)).take(DOORS_MAX).collect()
}

fn is_let_in(ctx: &Context<'_>, reply: &Reply<'_>) -> bool {
    !refuses(reply.answer()) && !ctx.target.not_found.is_not_found(reply.answer())
}
