//! Obtains a credential: given, by a login request, from a token endpoint, or from a command.

use super::credential_place;
use super::oauth2;
use super::spec::{CredentialSource, IdentitySpec, LoginSpec, Take};
use super::vault::basic;
use crate::engine::sender::Sender;
use avouch_model::exchange::{Answer, Exchange, Outcome};
use avouch_model::identity::Carrier;
use avouch_model::secret::Secret;
use avouch_wire::client::{Origin, Outgoing};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use std::time::Duration;

/// LIMIT: seconds a command may take to print a token.
const COMMAND_SECONDS_MAX: u64 = 30;

/// LIMIT: cookies that are kept of one answer.
const COOKIES_MAX: usize = 16;

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
    /// The answer was no success, and says why (RFC 6749, section 5.2).
    #[error("the token endpoint answered {status}: {said}")]
    NotIssued {
        /// The status.
        status: u16,
        /// The error it named.
        said: String,
    },
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

/// A credential, as it was obtained.
#[derive(Debug)]
pub struct Obtained {
    /// How it travels.
    pub carrier: Carrier,
    /// The credential.
    pub credential: Secret,
    /// What travels besides.
    pub also: Vec<(Carrier, Secret)>,
    /// Seconds for which it is good, when that was said.
    pub seconds: Option<u64>,
    /// What it is good for, when that was said.
    pub scopes: Option<Vec<String>>,
    /// What gets the next one without signing in again.
    pub refresh: Option<Secret>,
}

impl Obtained {
    /// A credential that travels alone, of which nothing else is known.
    pub fn alone(carrier: Carrier, credential: Secret) -> Self {
        Self { carrier, credential, also: Vec::new(), seconds: None, scopes: None, refresh: None }
    }
}

/// Obtains the credential and says how it travels. `refresh` is what an earlier answer gave for this.
pub async fn obtain(
    spec: &IdentitySpec,
    default_carrier: &Carrier,
    refresh: Option<&Secret>,
    sender: &Sender,
) -> Result<Obtained, LoginError> {
    let usual = || spec.carrier.clone().unwrap_or_else(|| default_carrier.clone());
    let mut obtained = match &spec.source {
        CredentialSource::Fixed(secret) => Obtained::alone(usual(), secret.clone()),
        CredentialSource::Basic { user, password } => {
            let carrier =
                Carrier::Header { name: "Authorization".to_owned(), prefix: "Basic ".to_owned() };
            sender.client().options().redactor.know(password, spec.who.name());
            Obtained::alone(carrier, basic(user, password))
        }
        CredentialSource::Login(login) => log_in(login, spec, usual(), sender).await?,
        CredentialSource::OAuth2(oauth2) => {
            oauth2::token(oauth2, spec.who, refresh, usual(), sender).await?
        }
        CredentialSource::Command(command) => Obtained::alone(usual(), run(command).await?),
    };
    obtained.also.extend(spec.also.iter().cloned());
    Ok(obtained)
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
) -> Result<Obtained, LoginError> {
    let mut body = login.body.clone();
    for (name, value) in &login.values {
        // Who somebody is, is no credential: it may stand in addresses and answers.
        if !matches!(name.as_str(), "user" | "email" | "phone" | "digits") {
            sender.client().options().redactor.know(value, spec.who.name());
        }
        body = body.replace(&format!("{{{name}}}"), &escaped(value, &login.content_type));
    }
    let mut outgoing = outgoing(&login.method, &login.target, sender)?;
    outgoing.headers.push(("accept".to_owned(), "application/json, */*;q=0.5".to_owned()));
    for (name, value) in &login.headers {
        sender.client().options().redactor.know(value, spec.who.name());
        outgoing.headers.push((name.clone(), value.danger_reveal().to_owned()));
    }
    if let Some(payload) = &login.payload {
        let redactor = &sender.client().options().redactor;
        redactor.know(payload, spec.who.name());
        for value in passwords(payload) {
            redactor.know(&value, spec.who.name());
        }
        payload.danger_reveal().clone_into(&mut body);
    }
    if !body.is_empty() {
        outgoing.headers.push(("content-type".to_owned(), login.content_type.clone()));
        outgoing.body = Some(body.into_bytes());
    }
    let exchange = sender.send_out(outgoing).await;
    let answer = answered(&exchange)?;
    // Capture has put placeholders where credentials were; here the true values are needed.
    let resolved = |text: &str| Secret::new(sender.client().options().redactor.resolve(text));
    let found = match &login.take {
        Take::Usual => credential_place::usual(answer),
        place => credential_place::at(place, answer).map(|found| (place.clone(), found)),
    };
    let by_cookie = matches!(found, Some((Take::Cookie(_) | Take::Cookies, _)));
    let let_in = answer.is_success() || by_cookie && matches!(answer.status, 302 | 303);
    if !let_in {
        return Err(LoginError::Refused(answer.status));
    }
    let (taken_at, found) = found.ok_or_else(|| LoginError::NoCredential(place(&login.take)))?;
    if taken_at == Take::Cookies {
        let mut cookies =
            cookies(answer).map(|(name, value)| (Carrier::Cookie(name), resolved(&value)));
        let (carrier, credential) =
            cookies.next().ok_or_else(|| LoginError::NoCredential(place(&login.take)))?;
        let also = cookies.collect();
        return Ok(Obtained { also, ..Obtained::alone(carrier, credential) });
    }
    let carrier = match (&taken_at, &spec.carrier) {
        (Take::Cookie(name), None) => Carrier::Cookie(name.clone()),
        _ => usual,
    };
    Ok(Obtained::alone(carrier, resolved(&found)))
}

/// What a payload in JSON or as a form calls a password or the like.
fn passwords(payload: &Secret) -> Vec<Secret> {
    let text = payload.danger_reveal();
    let secret = |name: &str| {
        let name = name.to_ascii_lowercase();
        ["pass", "pwd", "secret", "token", "pin", "otp"].iter().any(|part| name.contains(part))
    };
    let mut found = Vec::new();
    if let Ok(json) = serde_json::from_str::<Value>(text) {
        let mut open = vec![&json];
        while let Some(value) = open.pop() {
            match value {
                Value::Object(members) => {
                    for (name, value) in members {
                        match value.as_str() {
                            Some(text) if secret(name) => found.push(Secret::new(text)),
                            _ => open.push(value),
                        }
                    }
                }
                Value::Array(items) => open.extend(items),
                _ => {}
            }
        }
        return found;
    }
    let pairs = url::form_urlencoded::parse(text.as_bytes());
    found.extend(pairs.filter(|(name, _)| secret(name)).map(|(_, value)| Secret::new(value)));
    found
}

/// The cookies that an answer sets, those that look like a session first; may be placeholders.
fn cookies(answer: &Answer) -> impl Iterator<Item = (String, String)> {
    let mut all: Vec<(String, String)> = Vec::new();
    for cookie in answer.headers.all("set-cookie") {
        let pair = cookie.split(';').next().and_then(|pair| pair.split_once('='));
        let Some((name, value)) = pair.map(|(name, value)| (name.trim(), value.trim())) else {
            continue;
        };
        // The last of a name counts; an empty one is taken back.
        all.retain(|(known, _)| known != name);
        if !value.is_empty() {
            all.push((name.to_owned(), value.to_owned()));
        }
    }
    let is_session = |name: &str| {
        let name = name.to_ascii_lowercase();
        ["sess", "sid", "auth", "token", "jwt"].iter().any(|part| name.contains(part))
            && !["csrf", "xsrf"].iter().any(|part| name.contains(part))
    };
    all.sort_by_key(|(name, _)| !is_session(name));
    all.truncate(COOKIES_MAX);
    all.into_iter()
}

pub(super) fn outgoing(
    method: &str,
    target: &str,
    sender: &Sender,
) -> Result<Outgoing, LoginError> {
    if target.starts_with('/') {
        return Ok(Outgoing::new(method, sender.origin().clone(), target));
    }
    let url = url::Url::parse(target).map_err(|_| LoginError::Address(target.to_owned()))?;
    Outgoing::to(method, &url).ok_or_else(|| LoginError::Address(target.to_owned()))
}

pub(super) fn answered(exchange: &Exchange) -> Result<&Answer, LoginError> {
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
        Take::Cookies => "any cookie".to_owned(),
        Take::Usual => "/access_token, /token or the like".to_owned(),
    }
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
    use crate::oracle::markers::tests::answer;

    #[test]
    fn a_session_cookie_comes_first_and_what_is_taken_back_is_gone() {
        let mut answer = answer(200, "");
        for cookie in
            ["lang=en; Path=/", "csrftoken=c1", "SESSIONID=s1; HttpOnly", "old=; Max-Age=0"]
        {
            answer.headers.0.push(("set-cookie".into(), cookie.into()));
        }
        let found: Vec<(String, String)> = cookies(&answer).collect();
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(found, [pair("SESSIONID", "s1"), pair("lang", "en"), pair("csrftoken", "c1")]);
    }

    #[test]
    fn passwords_are_found_in_a_payload() {
        let of = |text: &str| -> Vec<String> {
            let found = passwords(&Secret::new(text));
            found.iter().map(|secret| secret.danger_reveal().to_owned()).collect()
        };
        assert_eq!(of(r#"{"user":"ann","in":[{"passWord":"p1"}]}"#), ["p1"]);
        assert_eq!(of("user=ann&pwd=p%202"), ["p 2"]);
        assert_eq!(of("<login/>"), [""; 0]);
    }

    #[test]
    fn values_are_escaped_as_the_body_needs() {
        let secret = Secret::new("a\"b&c");
        assert_eq!(escaped(&secret, "application/json"), "a\\\"b&c");
        assert_eq!(escaped(&secret, "application/x-www-form-urlencoded"), "a%22b%26c");
    }
}
