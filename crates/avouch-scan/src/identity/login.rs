//! Obtains a credential: given, by a login request, from a token endpoint, or from a command.

use super::credential_place;
use super::spec::{CredentialSource, IdentitySpec, LoginSpec, OAuth2Spec, Take};
use super::vault::basic;
use crate::engine::sender::Sender;
use avouch_model::exchange::{Answer, Exchange, Outcome};
use avouch_model::identity::{Carrier, Who};
use avouch_model::secret::Secret;
use avouch_wire::client::{Origin, Outgoing};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use std::time::Duration;

/// LIMIT: seconds a command may take to print a token.
const COMMAND_SECONDS_MAX: u64 = 30;

/// Why no credential was obtained.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    /// Nothing is configured for it.
    #[error("the identity is not configured")]
    Unknown,
    /// It was given once and for all.
    #[error("the credential was given as it is and cannot be renewed")]
    NotRenewable,
    /// The address is not one.
    #[error("`{0}` is no address on the target or of http or https")]
    Address(String),
    /// There was no answer.
    #[error("the login request was not answered: {0}")]
    Unanswered(String),
    /// The answer was no success.
    #[error("the login was refused with status {0}: check the user name and password")]
    Refused(u16),
    /// The answer holds no credential where it should.
    #[error("the login was answered, but there is no credential at `{0}` in the answer")]
    NoCredential(String),
    /// The command failed.
    #[error("the command `{command}` gave no token")]
    Command {
        /// The command.
        command: String,
        /// Why.
        source: std::io::Error,
    },
}

/// Whether asking again can give a new credential.
pub fn can_renew(source: &CredentialSource) -> bool {
    !matches!(source, CredentialSource::Fixed(_) | CredentialSource::Basic { .. })
}

/// Obtains the credential and says how it travels.
pub async fn obtain(
    spec: &IdentitySpec,
    default_carrier: &Carrier,
    sender: &Sender,
) -> Result<(Carrier, Secret), LoginError> {
    let usual = || spec.carrier.clone().unwrap_or_else(|| default_carrier.clone());
    match &spec.source {
        CredentialSource::Fixed(secret) => Ok((usual(), secret.clone())),
        CredentialSource::Basic { user, password } => {
            let carrier =
                Carrier::Header { name: "Authorization".to_owned(), prefix: "Basic ".to_owned() };
            sender.client().options().redactor.know(password, spec.who.name());
            Ok((carrier, basic(user, password)))
        }
        CredentialSource::Login(login) => log_in(login, spec, usual(), sender).await,
        CredentialSource::OAuth2(oauth2) => Ok((usual(), token(oauth2, spec.who, sender).await?)),
        CredentialSource::Command(command) => Ok((usual(), run(command).await?)),
    }
}

/// The origin a source asks for its credential, when it is not the target.
pub fn origin_of(source: &CredentialSource) -> Option<Origin> {
    let address = match source {
        CredentialSource::Login(login) => &login.target,
        CredentialSource::OAuth2(oauth2) => &oauth2.token_url,
        _ => return None,
    };
    Origin::of(&url::Url::parse(address).ok()?)
}

async fn log_in(
    login: &LoginSpec,
    spec: &IdentitySpec,
    usual: Carrier,
    sender: &Sender,
) -> Result<(Carrier, Secret), LoginError> {
    let mut body = login.body.clone();
    for (name, value) in &login.values {
        // Who somebody is, is no credential: it may stand in addresses and answers.
        if !matches!(name.as_str(), "user" | "email" | "phone" | "digits") {
            sender.client().options().redactor.know(value, spec.who.name());
        }
        body = body.replace(&format!("{{{name}}}"), &escaped(value, &login.content_type));
    }
    let mut outgoing = outgoing(&login.method, &login.target, sender)?;
    outgoing.headers.push(("content-type".to_owned(), login.content_type.clone()));
    outgoing.headers.push(("accept".to_owned(), "application/json, */*;q=0.5".to_owned()));
    outgoing.body = Some(body.into_bytes());
    let exchange = sender.client().send(outgoing).await;
    let answer = answered(&exchange)?;
    let found = match &login.take {
        Take::Usual => credential_place::usual(answer),
        place => credential_place::at(place, answer).map(|found| (place.clone(), found)),
    };
    let by_cookie = matches!(found, Some((Take::Cookie(_), _)));
    let let_in = answer.is_success() || by_cookie && matches!(answer.status, 302 | 303);
    if !let_in {
        return Err(LoginError::Refused(answer.status));
    }
    let (taken_at, found) = found.ok_or_else(|| LoginError::NoCredential(place(&login.take)))?;
    // Capture has put placeholders where credentials were; here the true value is needed.
    let credential = Secret::new(sender.client().options().redactor.resolve(&found));
    let carrier = match (&taken_at, &spec.carrier) {
        (Take::Cookie(name), None) => Carrier::Cookie(name.clone()),
        _ => usual,
    };
    Ok((carrier, credential))
}

fn outgoing(method: &str, target: &str, sender: &Sender) -> Result<Outgoing, LoginError> {
    if target.starts_with('/') {
        return Ok(Outgoing::new(method, sender.origin().clone(), target));
    }
    let url = url::Url::parse(target).map_err(|_| LoginError::Address(target.to_owned()))?;
    Outgoing::to(method, &url).ok_or_else(|| LoginError::Address(target.to_owned()))
}

fn answered(exchange: &Exchange) -> Result<&Answer, LoginError> {
    match &exchange.outcome {
        Outcome::Answered(answer) => Ok(answer),
        Outcome::Failed(failure) => Err(LoginError::Unanswered(failure.to_string())),
    }
}

fn escaped(value: &Secret, content_type: &str) -> String {
    if content_type.contains("form-urlencoded") {
        return utf8_percent_encode(value.danger_reveal(), NON_ALPHANUMERIC).to_string();
    }
    let quoted = Value::String(value.danger_reveal().to_owned()).to_string();
    quoted.trim_start_matches('"').strip_suffix('"').unwrap_or_default().to_owned()
}

fn place(take: &Take) -> String {
    match take {
        Take::Pointer(pointer) => pointer.clone(),
        Take::Header(name) => format!("header {name}"),
        Take::Cookie(name) => format!("cookie {name}"),
        Take::Usual => "/access_token, /token or the like".to_owned(),
    }
}

/// Asks a token endpoint (RFC 6749, sections 4.3.2, 4.4.2 and 6).
async fn token(spec: &OAuth2Spec, who: Who, sender: &Sender) -> Result<Secret, LoginError> {
    let redactor = &sender.client().options().redactor;
    let mut pairs = vec![("grant_type".to_owned(), spec.grant.clone())];
    for (name, value) in &spec.parameters {
        if !matches!(name.as_str(), "scope" | "audience" | "username" | "resource") {
            redactor.know(value, who.name());
        }
        pairs.push((name.clone(), value.danger_reveal().to_owned()));
    }
    let mut outgoing = outgoing("POST", &spec.token_url, sender)?;
    match &spec.client_secret {
        Some(secret) => {
            redactor.know(secret, who.name());
            let basic = basic(&spec.client_id, secret);
            redactor.know(&basic, who.name());
            outgoing
                .headers
                .push(("authorization".to_owned(), format!("Basic {}", basic.danger_reveal())));
        }
        None => pairs.push(("client_id".to_owned(), spec.client_id.clone())),
    }
    let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let body: Vec<String> =
        pairs.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value))).collect();
    outgoing
        .headers
        .push(("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned()));
    outgoing.body = Some(body.join("&").into_bytes());
    let exchange = sender.client().send(outgoing).await;
    let answer = answered(&exchange)?;
    if !answer.is_success() {
        return Err(LoginError::Refused(answer.status));
    }
    let found = credential_place::at(&Take::Pointer("/access_token".to_owned()), answer)
        .ok_or_else(|| LoginError::NoCredential("/access_token".to_owned()))?;
    Ok(Secret::new(redactor.resolve(&found)))
}

/// Runs a command and takes the first line it prints.
async fn run(command: &str) -> Result<Secret, LoginError> {
    let failed = |source| LoginError::Command { command: command.to_owned(), source };
    let output = tokio::process::Command::new("sh")
        .args(["-c", command])
        .stdin(std::process::Stdio::null())
        .kill_on_drop(true)
        .output();
    let limit = Duration::from_secs(COMMAND_SECONDS_MAX);
    let output = tokio::time::timeout(limit, output)
        .await
        .map_err(|_| failed(std::io::ErrorKind::TimedOut.into()))?
        .map_err(failed)?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let line = text.lines().next().unwrap_or_default().trim();
    if !output.status.success() || line.is_empty() {
        let said = String::from_utf8_lossy(&output.stderr);
        let said = said.lines().next().unwrap_or("it printed nothing").to_owned();
        return Err(failed(std::io::Error::other(format!("{}: {said}", output.status))));
    }
    Ok(Secret::new(line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_escaped_as_the_body_needs() {
        let secret = Secret::new("a\"b&c");
        assert_eq!(escaped(&secret, "application/json"), "a\\\"b&c");
        assert_eq!(escaped(&secret, "application/x-www-form-urlencoded"), "a%22b%26c");
    }
}
