//! Asks a token endpoint (RFC 6749) for a token, and for the next one.

use super::credential_place;
use super::login::{LoginError, Obtained, answered, outgoing};
use super::spec::{OAuth2Spec, Take};
use super::vault::basic;
use crate::engine::sender::Sender;
use avouch_model::exchange::{Answer, Exchange};
use avouch_model::identity::{Carrier, Who};
use avouch_model::secret::Secret;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// Parameters that are no secrets.
const OPEN: [&str; 4] = ["scope", "audience", "username", "resource"];
/// The errors of RFC 6749, section 5.2, and its kin: all that is repeated of a refusal.
const ERRORS: [&str; 8] = [
    "invalid_request",
    "invalid_client",
    "invalid_grant",
    "unauthorized_client",
    "unsupported_grant_type",
    "invalid_scope",
    "invalid_target",
    "server_error",
];

/// How a client says who it is (RFC 6749, section 2.3.1).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Client {
    /// As HTTP Basic, which every server must understand.
    Basic,
    /// In the body, which some only understand.
    Body,
}

/// A token by the configured grant, or by what an earlier answer gave to refresh it with.
pub(super) async fn token(
    spec: &OAuth2Spec,
    who: Who,
    refresh: Option<&Secret>,
    carrier: Carrier,
    sender: &Sender,
) -> Result<Obtained, LoginError> {
    let granted = configured(spec);
    if let Some(refresh) = refresh {
        let mut pairs = vec![
            ("grant_type".to_owned(), Secret::new("refresh_token")),
            ("refresh_token".to_owned(), refresh.clone()),
        ];
        let kept = ["scope", "audience", "resource"];
        pairs.extend(granted.iter().filter(|(name, _)| kept.contains(&name.as_str())).cloned());
        let refreshed = ask(spec, who, &pairs, carrier.clone(), sender).await;
        // It may have been used up or revoked: signing in again is another way.
        if refreshed.is_ok() || spec.grant == "refresh_token" {
            return refreshed;
        }
    }
    ask(spec, who, &granted, carrier, sender).await
}

fn configured(spec: &OAuth2Spec) -> Vec<(String, Secret)> {
    let grant = ("grant_type".to_owned(), Secret::new(spec.grant.clone()));
    let given = spec.parameters.iter().map(|(name, value)| (name.clone(), value.clone()));
    std::iter::once(grant).chain(given).collect()
}

async fn ask(
    spec: &OAuth2Spec,
    who: Who,
    pairs: &[(String, Secret)],
    carrier: Carrier,
    sender: &Sender,
) -> Result<Obtained, LoginError> {
    let mut exchange = send(spec, who, pairs, Client::Basic, sender).await?;
    if spec.client_secret.is_some() && matches!(answered(&exchange)?.status, 400 | 401) {
        exchange = send(spec, who, pairs, Client::Body, sender).await?;
    }
    let answer = answered(&exchange)?;
    if !answer.is_success() {
        return Err(refusal(answer));
    }
    let redactor = &sender.client().options().redactor;
    // Capture has put placeholders where credentials were; here the true values are needed.
    let at = |pointer: &str| {
        let found = credential_place::at(&Take::Pointer(pointer.to_owned()), answer)?;
        Some(Secret::new(redactor.resolve(&found)))
    };
    let credential =
        at("/access_token").ok_or_else(|| LoginError::NoCredential("/access_token".to_owned()))?;
    let refresh = at("/refresh_token");
    if let Some(refresh) = &refresh {
        redactor.know(refresh, &format!("{}-refresh", who.name()));
    }
    Ok(Obtained {
        seconds: seconds(answer),
        scopes: scopes(answer, spec),
        refresh,
        ..Obtained::alone(carrier, credential)
    })
}

async fn send(
    spec: &OAuth2Spec,
    who: Who,
    pairs: &[(String, Secret)],
    client: Client,
    sender: &Sender,
) -> Result<Exchange, LoginError> {
    let redactor = &sender.client().options().redactor;
    let mut pairs = pairs.to_vec();
    for (name, value) in pairs.iter().filter(|(name, _)| name != "grant_type") {
        if !OPEN.contains(&name.as_str()) {
            redactor.know(value, who.name());
        }
    }
    let mut outgoing = outgoing("POST", &spec.token_url, sender)?;
    let mut header = |name: &str, value: String| outgoing.headers.push((name.to_owned(), value));
    header("content-type", "application/x-www-form-urlencoded".to_owned());
    header("accept", "application/json".to_owned());
    if let Some(secret) = &spec.client_secret {
        redactor.know(secret, who.name());
        if client == Client::Basic {
            let basic =
                basic(&encoded(&spec.client_id), &Secret::new(encoded(secret.danger_reveal())));
            redactor.know(&basic, who.name());
            header("authorization", format!("Basic {}", basic.danger_reveal()));
        } else {
            pairs.push(("client_secret".to_owned(), secret.clone()));
        }
    }
    if spec.client_secret.is_none() || client == Client::Body {
        pairs.push(("client_id".to_owned(), Secret::new(spec.client_id.clone())));
    }
    let body: Vec<String> = pairs
        .iter()
        .map(|(name, value)| format!("{}={}", encoded(name), encoded(value.danger_reveal())))
        .collect();
    outgoing.body = Some(body.join("&").into_bytes());
    Ok(sender.send_out(outgoing).await)
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

/// `expires_in`, which some write as a text.
fn seconds(answer: &Answer) -> Option<u64> {
    let json = answer.json()?;
    let said = json.get("expires_in")?;
    said.as_u64().or_else(|| said.as_str()?.parse().ok())
}

/// `scope` of the answer; when it says nothing, what was asked for was granted (RFC 6749, section
/// 5.1).
fn scopes(answer: &Answer, spec: &OAuth2Spec) -> Option<Vec<String>> {
    let json = answer.json()?;
    let said = json.get("scope").and_then(serde_json::Value::as_str);
    let asked = spec.parameters.get("scope").map(Secret::danger_reveal);
    let text = said.or(asked)?;
    Some(text.split(' ').filter(|scope| !scope.is_empty()).map(str::to_owned).collect())
}

fn refusal(answer: &Answer) -> LoginError {
    let json = answer.json().unwrap_or_default();
    let said = json.get("error").and_then(serde_json::Value::as_str).unwrap_or_default();
    match ERRORS.iter().find(|known| **known == said) {
        Some(known) => LoginError::NotIssued { status: answer.status, said: (*known).to_owned() },
        None => LoginError::Refused(answer.status),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oracle::markers::tests::answer;

    #[test]
    fn a_refusal_repeats_only_what_the_standard_knows() {
        let said = refusal(&answer(400, r#"{"error":"invalid_grant"}"#)).to_string();
        assert!(said.contains("400") && said.contains("invalid_grant"), "{said}");
        let said = refusal(&answer(400, r#"{"error":"hunter2 is wrong"}"#)).to_string();
        assert!(!said.contains("hunter2"), "{said}");
    }

    #[test]
    fn the_life_of_a_token_is_read_in_both_spellings() {
        assert_eq!(seconds(&answer(200, r#"{"expires_in":3600}"#)), Some(3_600));
        assert_eq!(seconds(&answer(200, r#"{"expires_in":"60"}"#)), Some(60));
        assert_eq!(seconds(&answer(200, "{}")), None);
    }
}
