//! UC-03: events are delivered without a signature, so that receivers cannot know whose they are.

use crate::check::{Check, Family, Need, Oracle, Scope, Tier};
use crate::checks::ssrf::planting::{Came, Refusals, applies, as_let_in, planted, spellings};
use crate::checks::ssrf::url_input::is_for_delivery;
use crate::context::{Context, Input};
use crate::oracle::out_of_band::{is_the_target, nobody_came};
use crate::step::{Request, Step};
use crate::tape::{Flow, Tape};
use avouch_model::exchange::Hit;
use avouch_model::identity::Who;
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};

/// UC-03
pub(super) const CHECK: Check = Check {
    id: "UC-03",
    name: "delivery-unsigned",
    title: "Events are delivered without a signature",
    family: Family::Uc,
    severity: Severity::Medium,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::OutOfBand],
    tier: Tier::Active,
    needs: &[Need::OutOfBand],
    scope: Scope::Input,
    cwe: Cwe(345),
    owasp: &[Owasp::Api(10)],
    criteria: &["CC6.7", "CC9.2"],
    page: include_str!("delivery_unsigned.md"),
    applies: |ctx| applies(ctx) && is_for_delivery(ctx),
    run,
};

/// LIMIT: milliseconds the target is given to deliver.
const WAIT_MS: u32 = 3_000;
/// LIMIT: milliseconds for each further spelling, which has had the first one's time already.
const WAIT_MORE_MS: u32 = 250;

/// What names of headers hold that prove who sends: a signature, a digest under a key, a shared
/// secret, a signed token.
const PROVING: [&str; 7] =
    ["signature", "hmac", "authorization", "secret", "token", "webhook-key", "x-hub-"];

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
        let token = ctx.nonces.hex(&format!("delivery {n}{label}"), 24);
        nobody_came(tape, &token)?;
        let reply = tape.send(planted(ctx, model, &spelling.url(&token))?)?;
        refusals.note(reply.status);
        let wait = if n == 0 { WAIT_MS } else { WAIT_MORE_MS };
        let hits = tape.await_hit(&token, wait)?;
        if let Some(hit) = hits.iter().find(|hit| is_the_target(hit) && is_delivery(hit)) {
            return Ok(Came::Verdict(judge(ctx, who, hit, reply.index)));
        }
    }
    Ok(match refusals.nobody_came() {
        // That nobody comes at once says nothing of what is delivered later.
        Came::Verdict(_) => Came::Verdict(Verdict::inconclusive(
            "nothing was delivered while the scan waited, so nothing is known of deliveries",
        )),
        refused @ Came::Refused(_) => refused,
    })
}

/// Whether something is brought: a question whether the address is alive brings nothing.
fn is_delivery(hit: &Hit) -> bool {
    let method = hit.request.split_whitespace().next().unwrap_or_default();
    hit.protocol == "http" && ["POST", "PUT", "PATCH"].contains(&method)
}

fn judge(ctx: &Context<'_>, who: Who, hit: &Hit, index: usize) -> Verdict {
    let names: Vec<String> = hit
        .request
        .lines()
        .skip(1)
        .filter_map(|line| line.split_once(':'))
        .map(|(name, _)| name.trim().to_ascii_lowercase())
        .collect();
    if names.iter().any(|name| PROVING.iter().any(|word| name.contains(word))) {
        return Verdict::Pass;
    }
    let label = ctx.input.map(Input::label).unwrap_or_default();
    let summary =
        format!("{who} gave an address in {label}, and an event came without a signature");
    Verdict::fail(
        Proof::new(Severity::Medium, Confidence::Confirmed, summary)
            .because("nobody had come with that random token before the request was sent")
            .because(format!("the event came with the headers {}", names.join(", ")))
            .because("none of them proves who sent it: anybody can send the like to a receiver")
            .about(label)
            .caused_by("deliveries of events")
            .shown_by([index]),
    )
}
