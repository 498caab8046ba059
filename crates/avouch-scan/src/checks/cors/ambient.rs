//! Whether a browser would send the user's credential along on its own.
//!
//! Sharing answers with foreign pages only harms when the foreign page can make the browser speak
//! as the user: by a cookie, or by a password the browser remembers (HTTP Basic). A bearer token is
//! put into the request by code that the foreign page does not have.

use crate::context::Context;
use avouch_catalog::SecurityScheme;
use avouch_model::identity::Carrier;
use avouch_model::operation::Place;

/// Parts of the names of cookies that carry a session.
const SESSION_NAMES: [&str; 7] = ["sess", "sid", "auth", "token", "jwt", "login", "remember"];

/// Whether a cookie of that name carries a session. Tokens against forged requests do not.
pub(in crate::checks) fn is_session_name(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    SESSION_NAMES.iter().any(|part| lower.contains(part))
        && !lower.contains("csrf")
        && !lower.contains("xsrf")
}

/// How a browser would send it, for a person; `None` when it would not.
pub(in crate::checks) fn ambient(ctx: &Context<'_>) -> Option<String> {
    let carriers = ctx.identities.iter().filter_map(|facts| match &facts.carrier {
        Carrier::Cookie(name) => Some(name.as_str()),
        _ => None,
    });
    let schemes = ctx.catalog.schemes.values().filter_map(|scheme| match scheme {
        SecurityScheme::ApiKey { name, place: Place::Cookie } => Some(name.as_str()),
        _ => None,
    });
    let set = set_cookies(ctx).filter(|(name, _)| is_session_name(name));
    let mut names = carriers.chain(schemes).chain(set.map(|(name, _)| name));
    if let Some(name) = names.find(|name| !stays_at_home(ctx, name)) {
        return Some(format!("the cookie `{name}`"));
    }
    let basic =
        ctx.catalog.schemes.values().any(
            |scheme| matches!(scheme, SecurityScheme::Http { scheme, .. } if scheme == "basic"),
        );
    basic.then(|| "the password a browser remembers for HTTP Basic".to_owned())
}

/// Whether the cookie was seen to be set so that browsers keep it from foreign pages.
fn stays_at_home(ctx: &Context<'_>, name: &str) -> bool {
    let mut seen = set_cookies(ctx).filter(|(set, _)| *set == name).peekable();
    seen.peek().is_some()
        && seen.all(|(_, attributes)| {
            let plain = attributes.to_ascii_lowercase().replace(' ', "");
            plain.contains("samesite=lax") || plain.contains("samesite=strict")
        })
}

/// Names and attributes of the cookies that were set in any answer.
fn set_cookies<'a>(ctx: &Context<'a>) -> impl Iterator<Item = (&'a str, &'a str)> {
    let answers = ctx.corpus.samples().iter().filter_map(|sample| sample.answer());
    answers.chain(ctx.target.front.as_ref()).flat_map(|answer| {
        answer.headers.all("set-cookie").filter_map(|line| {
            let (pair, attributes) = line.split_once(';').unwrap_or((line, ""));
            pair.split_once('=').map(|(name, _)| (name.trim(), attributes))
        })
    })
}
