//! Events for a receiver of webhooks, and where their effect is seen: what two checks share.

use crate::context::Context;
use crate::oracle::refusal::refuses;
use crate::step::{Credential, Request, Step};
use crate::tape::Tape;
use crate::told::Webhook;
use avouch_model::exchange::Answer;
use avouch_model::identity::Who;
use avouch_model::operation::Method;
use avouch_model::verdict::Verdict;

/// LIMIT: how often an effect is looked for.
const LOOKS_MAX: usize = 3;
/// Milliseconds between two looks: receivers often work later.
const LOOK_MS: u32 = 700;

/// The signature of the true secret.
pub(super) const SIGNED: Credential = Credential::Signed { rightly: true };

/// An event with a word of its own, which is in nothing else.
pub(super) fn event(ctx: &Context<'_>, hook: &Webhook, label: &str) -> (String, Request) {
    let marker = ctx.nonces.word(label, 16);
    let (method, path) = parts(&hook.operation.0);
    let mut request = Request::new(method, ctx.path(path));
    request = request.header("content-type", &hook.content_type);
    request.body = Some(hook.body.replace("{marker}", &marker));
    (marker, request)
}

/// How often the marker stands where effects are seen, and which exchange shows it; looks again when
/// it is not there yet. `None` when the user did not say where.
pub(super) fn effects(
    ctx: &Context<'_>,
    tape: &mut Tape<'_>,
    hook: &Webhook,
    marker: &str,
) -> Result<Option<(usize, usize)>, Step> {
    let Some(read) = &hook.read else { return Ok(None) };
    let (method, path) = parts(&read.0);
    let who = ctx.anyone().unwrap_or(Who::Nobody);
    let request = Request::new(method, ctx.path(path)).by(who);
    let mut last = 0;
    for look in 0..LOOKS_MAX {
        if look > 0 {
            tape.pause(LOOK_MS)?;
        }
        let reply = tape.send(request.clone())?;
        if !reply.is_success() {
            let because =
                format!("`{read}` was answered {} instead of showing effects", reply.status);
            return Err(Step::Done(Verdict::inconclusive(because)));
        }
        last = reply.index;
        let count = reply.body.matches(marker).count();
        if count > 0 {
            return Ok(Some((count, last)));
        }
    }
    Ok(Some((0, last)))
}

/// Whether the receiver said that it took the event.
pub(super) fn is_taken(answer: &Answer) -> bool {
    // Many receivers answer with an empty body.
    answer.is_success() && (answer.body.trim().is_empty() || !refuses(answer))
}

fn parts(operation: &str) -> (Method, &str) {
    let (method, path) = operation.split_once(' ').unwrap_or(("POST", operation));
    (Method::parse(method), path)
}
