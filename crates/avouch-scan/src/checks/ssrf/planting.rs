//! Planting an address of our listener in an input: what the checks of this family share.

use super::url_input::takes_address;
use crate::bodies;
use crate::context::{Context, Input, OutOfBand};
use crate::inputs::{value_in, with_value};
use crate::oracle::out_of_band::{is_the_target, nobody_came};
use crate::step::{Request, Step};
use crate::tape::{Flow, Tape};
use avouch_model::exchange::Hit;
use avouch_model::identity::Who;
use avouch_model::operation::{Method, Operation};
use avouch_model::verdict::Verdict;

/// Whether the input takes an address, by name, description or usual value.
pub(in crate::checks) fn applies(ctx: &Context<'_>) -> bool {
    let (Some(operation), Some(input)) = (ctx.operation, ctx.input) else { return false };
    operation.method != Method::Delete && takes_address(operation, input, usual(ctx).as_deref())
}

/// A request that worked before, of any identity; for a write nobody made, one made up from the
/// description.
fn model(ctx: &Context<'_>, operation: &Operation, input: &Input) -> Option<(Request, Who)> {
    let callers = [Who::A, Who::B, Who::High, Who::Nobody];
    let sampled = callers
        .into_iter()
        .find_map(|who| ctx.baseline(who).ok().map(|sample| (sample.request.clone(), who)));
    let made_up = || {
        let who = ctx.anyone().unwrap_or(Who::Nobody);
        let request = match (operation.method.is_safe(), input) {
            (true, Input::Parameter(..)) if operation.path_parameters().next().is_none() => {
                Request::new(operation.method.clone(), ctx.path(&operation.path))
            }
            (true, _) => return None,
            (false, _) => bodies::minimal(ctx, operation, input)?,
        };
        Some((request.by(who), who))
    };
    sampled.or_else(made_up)
}

/// What came of asking as one identity.
pub(in crate::checks) enum Came {
    /// A verdict.
    Verdict(Verdict),
    /// Every request was refused before an address could matter, with this status.
    Refused(u16),
}

/// What the requests so far were answered.
#[derive(Default)]
pub(in crate::checks) struct Refusals {
    first: Option<u16>,
    let_in: bool,
}

impl Refusals {
    /// Notes the status of one more.
    pub(in crate::checks) fn note(&mut self, status: u16) {
        self.first.get_or_insert(status);
        self.let_in |= !turned_away(status);
    }

    /// What it means that nobody came.
    pub(in crate::checks) fn nobody_came(self) -> Came {
        match self.first {
            Some(status) if !self.let_in => Came::Refused(status),
            _ => Came::Verdict(Verdict::Pass),
        }
    }
}

/// Asks with the model, and where its identity is not let in once more as the higher role.
pub(in crate::checks) fn as_let_in(
    ctx: &Context<'_>,
    mut ask: impl FnMut(&Request, Who, &str) -> Result<Came, Step>,
) -> Flow {
    let not_here = || Step::Done(Verdict::NotApplicable);
    let input = ctx.input.ok_or_else(not_here)?;
    let (model, who) = model(ctx, ctx.operation()?, input).ok_or_else(not_here)?;
    let status = match ask(&model, who, "")? {
        Came::Verdict(verdict) => return Ok(verdict),
        Came::Refused(status) => status,
    };
    let higher = matches!(status, 401 | 403) && who != Who::High && ctx.has(Who::High);
    if higher && let Came::Verdict(verdict) = ask(&model.by(Who::High), Who::High, " high")? {
        return Ok(verdict);
    }
    let because = format!("{who} was refused ({status}) before the address could matter");
    Ok(Verdict::inconclusive(because))
}

/// LIMIT: milliseconds the target is given to come.
const WAIT_MS: u32 = 3_000;

/// LIMIT: milliseconds for each further spelling, which has had the first one's time already.
const WAIT_MORE_MS: u32 = 250;

/// What came of giving an address of ours.
pub(in crate::checks) enum Lured {
    /// Somebody came, after the answer with this index.
    Hit(Hit, usize),
    /// Nobody did.
    Nobody(Refusals),
}

/// Gives the address of our listener, in one spelling after another, until somebody comes as is
/// wanted. `what` keeps apart what is random.
pub(in crate::checks) fn lure(
    ctx: &Context<'_>,
    tape: &mut Tape<'_>,
    model: &Request,
    what: (&str, &str),
    wanted: impl Fn(&Hit) -> bool,
) -> Result<Lured, Step> {
    let listener = ctx.out_of_band.ok_or(Step::Done(Verdict::NotApplicable))?;
    let mut refusals = Refusals::default();
    for (n, spelling) in spellings(listener).iter().enumerate() {
        let token = ctx.nonces.hex(&format!("{} {n}{}", what.0, what.1), 24);
        nobody_came(tape, &token)?;
        let reply = tape.send(planted(ctx, model, &spelling.url(&token))?)?;
        refusals.note(reply.status);
        let wait = if n == 0 { WAIT_MS } else { WAIT_MORE_MS };
        let hits = tape.await_hit(&token, wait)?;
        if let Some(hit) = hits.iter().find(|hit| is_the_target(hit) && wanted(hit)) {
            return Ok(Lured::Hit(hit.clone(), reply.index));
        }
    }
    Ok(Lured::Nobody(refusals))
}

/// Whether a status says that the request was turned away whatever it held.
fn turned_away(status: u16) -> bool {
    matches!(status, 401 | 403 | 404 | 405)
}

fn usual(ctx: &Context<'_>) -> Option<String> {
    let (operation, input) = (ctx.operation?, ctx.input?);
    let (request, _) = model(ctx, operation, input)?;
    value_in(&request, operation, &ctx.target.base_path, input)
}

/// The model with that address in the input.
pub(in crate::checks) fn planted(
    ctx: &Context<'_>,
    model: &Request,
    address: &str,
) -> Result<Request, Step> {
    let not_here = || Step::Done(Verdict::NotApplicable);
    let (Some(operation), Some(input)) = (ctx.operation, ctx.input) else {
        return Err(not_here());
    };
    let base = &ctx.target.base_path;
    let request = with_value(model, operation, base, input, address).ok_or_else(not_here)?;
    Ok(bodies::with_creation(ctx, operation, request))
}

/// The listener, and for one on this machine its other spellings, which lists of forbidden
/// addresses forget.
pub(in crate::checks) fn spellings(listener: &OutOfBand) -> Vec<OutOfBand> {
    let other =
        |host: &str| OutOfBand { base_url: listener.base_url.replacen("127.0.0.1", host, 1) };
    let mut all = vec![listener.clone()];
    if listener.base_url.contains("//127.0.0.1") {
        all.extend(["2130706433", "[::ffff:127.0.0.1]", "0.0.0.0", "127.1"].map(other));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_listener_on_this_machine_has_other_spellings() {
        let at = |base_url: &str| OutOfBand { base_url: base_url.into() };
        let urls: Vec<String> =
            spellings(&at("http://127.0.0.1:4100/")).iter().map(|s| s.url("t")).collect();
        assert_eq!(
            urls,
            [
                "http://127.0.0.1:4100/t",
                "http://2130706433:4100/t",
                "http://[::ffff:127.0.0.1]:4100/t",
                "http://0.0.0.0:4100/t",
                "http://127.1:4100/t"
            ]
        );
        assert_eq!(spellings(&at("http://oob.example/")).len(), 1);
    }
}
