//! What a collection, a folder or a request says of its login. The credential is not kept.

use crate::catalog::SecurityScheme;
use crate::node::Node;
use crate::reader::At;
use crate::recorded::{Gathering, Said};
use avouch_model::operation::Place;
use std::collections::BTreeMap;

/// What is said here; `None` when nothing is, so that what holds above holds here.
pub(super) fn said(holder: &At, gathering: &mut Gathering) -> Option<Said> {
    let auth = holder.get("auth")?;
    let kind = auth.text("type")?;
    let http =
        |scheme: &str| SecurityScheme::Http { scheme: scheme.to_owned(), bearer_format: None };
    let is_there = holds_credential(&auth, &kind);
    Some(match kind.as_str() {
        "noauth" => Said::Open,
        "apikey" => {
            let name = setting(&auth, "apikey", "key").filter(|name| name.len() <= 200);
            let name = name.unwrap_or_else(|| "X-API-Key".to_owned());
            let in_query = setting(&auth, "apikey", "in").as_deref() == Some("query");
            let place = if in_query { Place::Query } else { Place::Header };
            let scheme = SecurityScheme::ApiKey { name: name.clone(), place };
            gathering.scheme(&format!("{} {name}", place.name()), scheme, is_there)
        }
        "oauth2" | "oauth1" => {
            let scheme = SecurityScheme::OAuth2 { flows: BTreeMap::new() };
            gathering.scheme("oauth2", scheme, is_there)
        }
        "bearer" | "basic" | "digest" => gathering.scheme(&kind, http(&kind), is_there),
        "jwt" => gathering.scheme("bearer", http("bearer"), is_there),
        // Signatures and the like: a credential is needed, and we cannot make one.
        other => {
            let name: String = other.chars().filter(char::is_ascii_alphanumeric).take(20).collect();
            gathering.scheme(&name, http(&name), is_there)
        }
    })
}

/// Whether a credential itself stands there, and not only the name of a variable.
fn holds_credential(auth: &At, kind: &str) -> bool {
    let names = ["token", "value", "password", "secret", "accessToken", "clientSecret"];
    names.iter().any(|name| setting(auth, kind, name).is_some_and(|value| !value.is_empty()))
}

/// A setting: in a list of keys and values (2.1) or in a map (2.0).
fn setting(auth: &At, kind: &str, name: &str) -> Option<String> {
    let settings = auth.get(kind)?;
    if settings.node.map().is_some() {
        return settings.text(name).filter(|value| !value.contains("{{"));
    }
    let is_it = |node: &&Node| node.get("key").and_then(Node::written).as_deref() == Some(name);
    let value = settings.items().iter().find(is_it)?.get("value")?.written()?;
    Some(value).filter(|value| !value.contains("{{"))
}
