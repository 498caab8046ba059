//! How a credential travels, as a recorded call shows it. The credential itself is not kept.

use super::call::{Field, Said};
use super::gather::Gathering;
use super::secrets;
use crate::catalog::SecurityScheme;
use avouch_model::operation::Place;

/// Parameters of a query that are credentials by their name alone.
const QUERY_KEYS: [&str; 5] = ["apikey", "accesstoken", "authtoken", "subscriptionkey", "apptoken"];

/// Learns from headers, cookies and query who called. What is a credential is taken out of the query.
pub(crate) fn called(
    gathering: &mut Gathering,
    headers: &[Field],
    cookies: &[String],
    query: &mut Vec<Field>,
) -> Said {
    let value = |field: &Field| field.value.clone().unwrap_or_default();
    let mut said = Said::Nothing;
    for header in headers {
        let name = header.name.to_ascii_lowercase();
        if name == "authorization" {
            said = authorization(gathering, &value(header));
        } else if is_key(&name) && said == Said::Nothing {
            said = key(gathering, Place::Header, &header.name);
        }
    }
    let at = query.iter().position(|field| {
        let plain: String = field.name.chars().filter(char::is_ascii_alphanumeric).collect();
        QUERY_KEYS.contains(&&*plain.to_ascii_lowercase())
    });
    if let Some(at) = at {
        let field = query.remove(at);
        let travels = key(gathering, Place::Query, &field.name);
        if said == Said::Nothing {
            said = travels;
        }
    }
    let session = cookies.iter().find(|name| secrets::is_name(name) || is_session(name));
    if let (Some(name), Said::Nothing) = (session, &said) {
        said = key(gathering, Place::Cookie, name);
    }
    said
}

/// A header that is a credential; what guards against forged forms is none.
fn is_key(name: &str) -> bool {
    secrets::is_name(name)
        && !["csrf", "xsrf", "cookie", "signature", "idempotency"]
            .iter()
            .any(|no| name.contains(no))
}

fn is_session(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    ["sess", "sid", "auth", "login"].iter().any(|part| lower.contains(part))
}

fn key(gathering: &mut Gathering, place: Place, name: &str) -> Said {
    let scheme = SecurityScheme::ApiKey { name: name.to_owned(), place };
    gathering.scheme(&format!("{} {name}", place.name()), scheme, true)
}

/// The scheme of an `Authorization` header (RFC 9110, section 11.4); some hold a bare key.
fn authorization(gathering: &mut Gathering, value: &str) -> Said {
    let scheme = value.trim().split_once(' ').map(|(scheme, _)| scheme).filter(|scheme| {
        (1..=20).contains(&scheme.len())
            && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    });
    match scheme {
        Some(scheme) => {
            let scheme = scheme.to_ascii_lowercase();
            let http = SecurityScheme::Http { scheme: scheme.clone(), bearer_format: None };
            gathering.scheme(&scheme, http, true)
        }
        None => key(gathering, Place::Header, "Authorization"),
    }
}
