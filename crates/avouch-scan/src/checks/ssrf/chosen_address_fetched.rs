//! SSRF-01: the server fetches an address that a caller chose.

use super::planting::{Came, Lured, applies, as_let_in, lure};
use super::url_input::is_for_delivery;
use crate::check::{Check, Family, Need, Oracle, Scope, Tier};
use crate::context::{Context, Input, OutOfBand};
use crate::step::Step;
use crate::tape::{Flow, Tape};
use avouch_model::exchange::Hit;
use avouch_model::identity::Who;
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};
use std::net::IpAddr;
use url::{Host, Url};

/// SSRF-01
pub(super) const CHECK: Check = Check {
    id: "SSRF-01",
    name: "chosen-address-fetched",
    title: "The server fetches an address that a caller chose",
    family: Family::Ssrf,
    severity: Severity::High,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::OutOfBand],
    tier: Tier::Active,
    needs: &[Need::OutOfBand],
    scope: Scope::Input,
    cwe: Cwe(918),
    owasp: &[Owasp::Api(7)],
    criteria: &["CC6.6"],
    page: include_str!("chosen_address_fetched.md"),
    applies,
    run,
};

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let listener = ctx.out_of_band.ok_or(Step::Done(Verdict::NotApplicable))?;
    as_let_in(ctx, |model, who, label| {
        Ok(match lure(ctx, tape, model, ("token", label), |_| true)? {
            Lured::Hit(hit, index) => Came::Verdict(proven(ctx, listener, who, &hit, index)),
            Lured::Nobody(refusals) => refusals.nobody_came(),
        })
    })
}

/// Whether the listener stands where nobody from outside could have sent the target.
fn is_inside(listener: &OutOfBand) -> bool {
    let host = Url::parse(&listener.base_url).ok();
    let address = match host.as_ref().and_then(Url::host) {
        Some(Host::Ipv4(address)) => IpAddr::V4(address),
        Some(Host::Ipv6(address)) => IpAddr::V6(address),
        Some(Host::Domain(name)) => return name == "localhost",
        None => return false,
    };
    match address {
        IpAddr::V4(v4) => v4.is_loopback() || v4.is_private() || v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_loopback() || v6.is_unique_local(),
    }
}

fn proven(ctx: &Context<'_>, listener: &OutOfBand, who: Who, hit: &Hit, index: usize) -> Verdict {
    let web = hit.protocol == "http";
    let inside = is_inside(listener);
    let confidence = if web { Confidence::Confirmed } else { Confidence::Firm };
    let severity = match (inside, is_for_delivery(ctx)) {
        (false, true) => Severity::Medium,
        _ => Severity::High,
    };
    let label = ctx.input.map(Input::label).unwrap_or_default();
    let what = if web { "fetched it" } else { "looked its name up" };
    let summary = format!("{who} gave an address in {label}, and the server {what}");
    let place = match (inside, is_for_delivery(ctx)) {
        (true, _) => "the address is one of an inner network, so inner services can be reached",
        (false, true) => "to be called is the purpose here; inner addresses were not tried",
        (false, false) => "the address is one the server had no reason to go to",
    };
    Verdict::fail(
        Proof::new(severity, confidence, summary)
            .because("nobody had come with that random token before the request was sent")
            .because(format!("then it came by {} from `{}`", hit.protocol, hit.from))
            .because(place)
            .about(label)
            .shown_by([index]),
    )
}
