//! Where an authorization server says what it can do, and where people are sent to sign in.

use crate::context::Context;
use crate::step::{Request, Step};
use crate::tape::Tape;
use avouch_catalog::SecurityScheme;
use avouch_model::exchange::Outcome;
use serde_json::Value;
use url::Url;

/// The places where metadata stands (`OpenID` Connect Discovery 1.0; RFC 8414).
const PLACES: [&str; 2] =
    ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"];
/// LIMIT: places that are asked.
const PLACES_MAX: usize = 4;

/// Metadata of an authorization server.
#[derive(Debug)]
pub(super) struct Metadata {
    /// Where it was read.
    pub(super) place: String,
    /// What it says.
    pub(super) json: Value,
    /// Its place among the exchanges.
    pub(super) index: usize,
}

impl Metadata {
    /// The texts under a name, which is a list of texts.
    pub(super) fn list(&self, name: &str) -> Option<Vec<&str>> {
        let items = self.json.get(name)?.as_array()?;
        Some(items.iter().filter_map(Value::as_str).collect())
    }

    /// The text under a name.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.json.get(name)?.as_str()
    }
}

/// The first metadata that is found on the target. `Ok(None)` when every place said that there is
/// none.
///
/// # Errors
/// The next step; ends as inconclusive when a place could not be asked.
pub(super) fn metadata(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Result<Option<Metadata>, Step> {
    for place in places(ctx) {
        // Others ask here too (JWT-05), as nobody.
        let tried = tape.send_any(Request::read(&place).shared())?;
        let Outcome::Answered(answer) = &tried.exchange.outcome else {
            // Asked in the strict way, it ends the check and says why.
            tape.send(Request::read(&place))?;
            continue;
        };
        let json = answer.json().filter(|_| answer.is_success()).unwrap_or_default();
        let is_one =
            ["authorization_endpoint", "token_endpoint"].iter().any(|n| json.get(n).is_some());
        if json.get("issuer").is_some() && is_one {
            return Ok(Some(Metadata { place, json, index: tried.index }));
        }
    }
    Ok(None)
}

fn places(ctx: &Context<'_>) -> Vec<String> {
    let described = ctx.catalog.schemes.values().filter_map(|scheme| match scheme {
        SecurityScheme::OpenIdConnect { url } => on_target(ctx, url),
        _ => None,
    });
    let mut places: Vec<String> = described.collect();
    places.extend(PLACES.map(str::to_owned));
    if !ctx.target.base_path.is_empty() {
        places.extend(PLACES.first().map(|place| ctx.path(place)));
    }
    let mut seen = std::collections::BTreeSet::new();
    places.retain(|place| seen.insert(place.clone()));
    places.truncate(PLACES_MAX);
    places
}

/// The path and query of an address, when it is on the target itself.
pub(super) fn on_target(ctx: &Context<'_>, address: &str) -> Option<String> {
    let origin = Url::parse(&ctx.target.origin).ok()?;
    let url = origin.join(address).ok().filter(|url| url.origin() == origin.origin())?;
    Some(match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    })
}
