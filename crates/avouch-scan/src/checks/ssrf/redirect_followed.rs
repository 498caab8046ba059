//! SSRF-06: the server follows a redirect away from the address that a caller chose.

use super::planting::{Came, Refusals, applies, as_let_in, planted, spellings};
use crate::check::{Check, Family, Need, Oracle, Scope, Tier};
use crate::context::{Context, Input};
use crate::oracle::out_of_band::{is_the_target, nobody_came};
use crate::step::{Request, Step};
use crate::tape::{Flow, Tape};
use avouch_model::identity::Who;
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};

/// SSRF-06
pub(super) const CHECK: Check = Check {
    id: "SSRF-06",
    name: "redirect-followed",
    title: "The server follows a redirect away from a chosen address",
    family: Family::Ssrf,
    severity: Severity::Medium,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::OutOfBand],
    tier: Tier::Active,
    needs: &[Need::OutOfBand],
    scope: Scope::Input,
    cwe: Cwe(918),
    owasp: &[Owasp::Api(7)],
    criteria: &["CC6.6"],
    page: include_str!("redirect_followed.md"),
    applies,
    run,
};

/// LIMIT: milliseconds the target is given to come.
const WAIT_MS: u32 = 2_000;
/// LIMIT: milliseconds from the first address to the second.
const WAIT_NEXT_MS: u32 = 1_000;
/// LIMIT: milliseconds for each further spelling, which has had the first one's time already.
const WAIT_MORE_MS: u32 = 250;

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    as_let_in(ctx, |model, who, label| plant(ctx, tape, model, who, label))
}

fn plant(
    ctx: &Context<'_>,
    tape: &mut Tape<'_>,
    model: &Request,
    who: Who,
    label: &str,
) -> Result<Came, Step> {
    let listener = ctx.out_of_band.ok_or(Step::Done(Verdict::NotApplicable))?;
    let mut refusals = Refusals::default();
    for (n, spelling) in spellings(listener).iter().enumerate() {
        let token = |place: &str| ctx.nonces.hex(&format!("{place} {n}{label}"), 24);
        let (first, second) = (token("first"), token("second"));
        for token in [&first, &second] {
            nobody_came(tape, token)?;
        }
        let address = spelling.url_leading_to(&first, &second);
        let reply = tape.send(planted(ctx, model, &address)?)?;
        refusals.note(reply.status);
        let wait = if n == 0 { WAIT_MS } else { WAIT_MORE_MS };
        if !tape.await_hit(&first, wait)?.iter().any(is_the_target) {
            continue;
        }
        if !tape.await_hit(&second, WAIT_NEXT_MS)?.iter().any(is_the_target) {
            return Ok(Came::Verdict(Verdict::Pass));
        }
        return Ok(Came::Verdict(proven(ctx, who, reply.index)));
    }
    Ok(refusals.nobody_came())
}

fn proven(ctx: &Context<'_>, who: Who, index: usize) -> Verdict {
    let label = ctx.input.map(Input::label).unwrap_or_default();
    let summary =
        format!("{who} gave an address in {label} that leads elsewhere, and the server went there");
    Verdict::fail(
        Proof::new(Severity::Medium, Confidence::Confirmed, summary)
            .because("the first address answers with a redirect to a second, random one")
            .because("the server came to the first and then to the second")
            .because("so an address that was checked says nothing of where the server ends up")
            .about(label)
            .shown_by([index]),
    )
}
