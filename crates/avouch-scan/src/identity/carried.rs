//! How a credential travels, and how it or something of its form is put into a request.

use super::token::stretch;
use avouch_catalog::{Catalog, SecurityScheme};
use avouch_model::identity::Carrier;
use avouch_model::operation::Place;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// Where a credential goes in a request that is about to be written.
#[derive(Debug)]
pub struct Slots<'r> {
    /// Path and query.
    pub target: &'r mut String,
    /// Headers.
    pub headers: &'r mut Vec<(String, String)>,
}

/// Schemes of `Authorization` in which a credential does not stand as it is.
const SPOKEN: [&str; 8] =
    ["basic", "digest", "hawk", "ntlm", "negotiate", "awsv4", "edgegrid", "hoba"];

/// How a bare credential travels here: as the description says, else as a bearer token (RFC 6750).
pub fn usual_carrier(catalog: &Catalog) -> Carrier {
    let bearer = Carrier::Header { name: "Authorization".to_owned(), prefix: "Bearer ".to_owned() };
    let is_bearer = |scheme: &SecurityScheme| {
        matches!(scheme, SecurityScheme::Http { scheme, .. } if scheme == "bearer")
            || matches!(
                scheme,
                SecurityScheme::OAuth2 { .. } | SecurityScheme::OpenIdConnect { .. }
            )
    };
    if catalog.schemes.values().any(is_bearer) {
        return bearer;
    }
    let key = catalog.schemes.values().find_map(|scheme| match scheme {
        // Such as `Token`, which frameworks made up and clients send.
        SecurityScheme::Http { scheme, .. } if !SPOKEN.contains(&scheme.as_str()) => {
            let mut letters = scheme.chars();
            let first = letters.next().map(|c| c.to_ascii_uppercase());
            let scheme: String = first.into_iter().chain(letters).collect();
            let prefix = format!("{scheme} ");
            Some(Carrier::Header { name: "Authorization".to_owned(), prefix })
        }
        SecurityScheme::ApiKey { name, place } => Some(match place {
            Place::Query => Carrier::Query(name.clone()),
            Place::Cookie => Carrier::Cookie(name.clone()),
            Place::Header | Place::Path => {
                Carrier::Header { name: name.clone(), prefix: String::new() }
            }
        }),
        _ => None,
    });
    key.unwrap_or(bearer)
}

/// Puts it where the carrier says.
pub(super) fn put(carrier: &Carrier, credential: &str, into: &mut Slots<'_>) {
    match carrier {
        Carrier::Header { name, prefix } => {
            into.headers.retain(|(header, _)| !header.eq_ignore_ascii_case(name));
            into.headers.push((name.clone(), format!("{prefix}{credential}")));
        }
        Carrier::Query(name) => {
            let joint = if into.target.contains('?') { '&' } else { '?' };
            let value = utf8_percent_encode(credential, NON_ALPHANUMERIC);
            let target = format!("{}{joint}{name}={value}", into.target);
            *into.target = target;
        }
        Carrier::Cookie(name) => {
            let pair = format!("{name}={credential}");
            match into.headers.iter_mut().find(|(header, _)| header.eq_ignore_ascii_case("cookie"))
            {
                Some((_, cookies)) => *cookies = format!("{cookies}; {pair}"),
                None => into.headers.push(("cookie".to_owned(), pair)),
            }
        }
    }
}

/// Something of the same form, length and alphabet that opens nothing: letters become other letters,
/// digits other digits, separators stay.
pub(super) fn garbage_like(genuine: &str, seed: &[u8]) -> String {
    let noise = stretch(seed, genuine.chars().count());
    let pairs = genuine.chars().zip(noise);
    pairs
        .map(|(c, byte)| match c {
            'a'..='z' => char::from(b'a' + byte % 26),
            'A'..='Z' => char::from(b'A' + byte % 26),
            '0'..='9' => char::from(b'0' + byte % 10),
            other => other,
        })
        .collect()
}
