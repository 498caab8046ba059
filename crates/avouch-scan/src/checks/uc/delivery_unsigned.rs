//! UC-03: events are delivered without a signature, so that receivers cannot know whose they are.

use crate::check::{Check, Family, Need, Oracle, Scope, Tier};
use crate::checks::ssrf::planting::{Came, Lured, applies, as_let_in, lure};
use crate::checks::ssrf::url_input::is_for_delivery;
use crate::context::{Context, Input};
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

/// What names of headers hold that prove who sends: a signature, a digest under a key, a shared
/// secret, a signed token.
const PROVING: [&str; 7] =
    ["signature", "hmac", "authorization", "secret", "token", "webhook-key", "x-hub-"];

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    as_let_in(ctx, |model, who, label| {
        let refusals = match lure(ctx, tape, model, ("delivery", label), is_delivery)? {
            Lured::Hit(hit, index) => return Ok(Came::Verdict(judge(ctx, who, &hit, index))),
            Lured::Nobody(refusals) => refusals,
        };
        Ok(match refusals.nobody_came() {
            // That nobody comes at once says nothing of what is delivered later.
            Came::Verdict(_) => Came::Verdict(Verdict::inconclusive(
                "nothing was delivered while the scan waited, so nothing is known of deliveries",
            )),
            refused @ Came::Refused(_) => refused,
        })
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
