//! One certificate from its order to its chain (RFC 8555, section 7.4).

use super::account::account;
use super::challenge::{Challenges, Ready};
use super::settings::AcmeSettings;
use super::store::{Locked, Pair, StoreError};
use crate::shown::Shown;
use crate::tls::TlsError;
use avouch_model::secret::Secret;
use instant_acme::{
    AuthorizationStatus, ChallengeType, Error, Identifier, NewOrder, Order, OrderStatus,
    RetryPolicy,
};
use rcgen::{CertificateParams, DistinguishedName, KeyPair};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

/// How long an authority may take for a step of an order.
const STEP_WITHIN: Duration = Duration::from_secs(90);
/// How long all of it may take.
const ALL_WITHIN: Duration = Duration::from_mins(5);
/// LIMIT: characters of what an authority says that are told.
const SAID_MAX: usize = 400;

/// Why there is no certificate. What an authority says is in it as text without control characters, and
/// nothing of a key.
#[derive(Debug, thiserror::Error)]
pub(super) enum IssueError {
    #[error("the storage cannot be used")]
    Store(#[from] StoreError),
    #[error("the authority cannot be spoken to")]
    Tls(#[from] TlsError),
    #[error("{}", said(.0))]
    Acme(Error),
    #[error("the machine makes no key or request")]
    Made(#[from] rcgen::Error),
    #[error("the account cannot be written")]
    Account(#[from] serde_json::Error),
    #[error("`acme.external_account.key` holds no key in base64url")]
    ExternalKey,
    #[error("the authority asks for a proof of `{0}`, which the configuration does not name")]
    AnotherName(String),
    #[error("the authority does not offer the challenge {1} for `{0}`")]
    NoChallenge(String, &'static str),
    #[error("the challenge cannot be answered")]
    Challenge(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("the authority refuses `{0}`: {1}")]
    Refused(String, String),
    #[error("the authority gave a certificate {0}")]
    Unfit(&'static str),
    #[error("the authority took longer than {} seconds", ALL_WITHIN.as_secs())]
    Slow,
}

impl IssueError {
    /// Whether the authority said that it is asked too often.
    pub(super) fn is_rate_limited(&self) -> bool {
        let Self::Acme(Error::Api(problem)) = self else { return false };
        problem.r#type.as_deref() == Some("urn:ietf:params:acme:error:rateLimited")
    }
}

impl From<Error> for IssueError {
    fn from(error: Error) -> Self {
        Self::Acme(error)
    }
}

/// What the authority or the way to it says, with what to do where that is known.
fn said(error: &Error) -> String {
    let unknown = "urn:ietf:params:acme:error:accountDoesNotExist";
    let advice = match error {
        Error::Api(problem) if problem.r#type.as_deref() == Some(unknown) => {
            "; move `account.json` in the storage away to have another account made"
        }
        _ => "",
    };
    plain(&told(error)) + advice
}

/// An error and its causes in one line.
pub(super) fn told(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(deeper) = cause {
        let more = deeper.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        cause = deeper.source();
    }
    text
}

/// Text of others without what could pretend to be another line, and not more of it than is read.
fn plain(text: &str) -> String {
    let clean = text.chars().map(|one| if one.is_control() { ' ' } else { one });
    clean.take(SAID_MAX).collect()
}

/// Has a certificate issued, and keeps it. What is given fits the names and the key, and holds now.
pub(super) async fn issue(
    settings: &AcmeSettings,
    locked: &Locked<'_>,
    external_key: Option<&Secret>,
    challenges: &Arc<Challenges>,
    now_ms: impl Fn() -> u64,
) -> Result<Shown, IssueError> {
    let asked = async {
        let account = account(settings, locked, external_key).await?;
        let names: Vec<_> = settings.names.iter().cloned().map(Identifier::Dns).collect();
        let mut order = account.new_order(&NewOrder::new(&names)).await?;
        prove(&mut order, settings, challenges).await?;
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::new(settings.names.clone())?;
        params.distinguished_name = DistinguishedName::new();
        order.finalize_csr(params.serialize_request(&key)?.der()).await?;
        let chain = order.poll_certificate(&patience()).await?;
        Ok::<_, IssueError>(Pair { key: key.serialize_pem(), chain })
    };
    let pair = tokio::time::timeout(ALL_WITHIN, asked).await.map_err(|_| IssueError::Slow)??;
    let shown = fit(&pair, &settings.name_set(), now_ms())?;
    locked.put_certificate(settings, &pair)?;
    Ok(shown)
}

/// What was given, if it is what was asked for: an authority that errs must not cost us a good one.
fn fit(pair: &Pair, names: &BTreeSet<String>, now_ms: u64) -> Result<Shown, IssueError> {
    let shown = pair.shown().map_err(|_| IssueError::Unfit("that does not fit the key"))?;
    if shown.about.names != *names {
        return Err(IssueError::Unfit("for other names than were asked for"));
    }
    if shown.about.not_after_ms <= now_ms {
        return Err(IssueError::Unfit("whose time is over"));
    }
    Ok(shown)
}

fn patience() -> RetryPolicy {
    RetryPolicy::new().timeout(STEP_WITHIN).backoff(1.5)
}

/// Proves each name that is not proven yet.
async fn prove(
    order: &mut Order,
    settings: &AcmeSettings,
    challenges: &Arc<Challenges>,
) -> Result<(), IssueError> {
    let mut ready = Vec::new();
    let mut authorizations = order.authorizations();
    while let Some(next) = authorizations.next().await {
        let authorization = next?;
        let name = authorization.identifier().to_string();
        if !settings.names.contains(&name) {
            return Err(IssueError::AnotherName(plain(&name)));
        }
        match authorization.status {
            AuthorizationStatus::Valid => continue,
            AuthorizationStatus::Pending => (),
            other => {
                return Err(IssueError::Refused(
                    name,
                    format!("its proof is {other:?}").to_lowercase(),
                ));
            }
        }
        ready.push(answered(authorization, &name, settings, challenges).await?);
    }
    let status = order.poll_ready(&patience()).await;
    if matches!(status, Ok(OrderStatus::Ready)) {
        return Ok(());
    }
    // The order says that it failed; which name and why is said by the authorizations.
    let mut authorizations = order.authorizations();
    while let Some(Ok(mut authorization)) = authorizations.next().await {
        let name = authorization.identifier().to_string();
        let Ok(state) = authorization.refresh().await else { continue };
        let problem = state.challenges.iter().find_map(|challenge| challenge.error.as_ref());
        if let Some(problem) = problem {
            return Err(IssueError::Refused(name, plain(&problem.to_string())));
        }
    }
    status?;
    Err(IssueError::Refused(settings.first_name().to_owned(), "it does not say why".to_owned()))
}

/// Makes the answer ready, and says so to the authority.
async fn answered(
    mut authorization: instant_acme::AuthorizationHandle<'_>,
    name: &str,
    settings: &AcmeSettings,
    challenges: &Arc<Challenges>,
) -> Result<Ready, IssueError> {
    let (kind, word) = match settings.http_01 {
        None => (ChallengeType::TlsAlpn01, "tls-alpn-01"),
        Some(_) => (ChallengeType::Http01, "http-01"),
    };
    let challenge = authorization.challenge(kind);
    let mut challenge = challenge.ok_or_else(|| IssueError::NoChallenge(name.to_owned(), word))?;
    let authorization = challenge.key_authorization();
    let ready = match settings.http_01 {
        None => challenges
            .by_tls(name, authorization.digest().as_ref())
            .map_err(IssueError::Challenge)?,
        Some(_) => challenges.by_http(&challenge.token, authorization.as_str()),
    };
    challenge.set_ready().await?;
    Ok(ready)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(names: &[&str], key: &KeyPair, other: &KeyPair) -> Pair {
        let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
        let mut params = CertificateParams::new(names).unwrap();
        params.not_before = rcgen::date_time_ymd(2026, 1, 1);
        params.not_after = rcgen::date_time_ymd(2026, 4, 1);
        Pair { chain: params.self_signed(key).unwrap().pem(), key: other.serialize_pem() }
    }

    #[test]
    fn a_certificate_that_is_not_what_was_asked_for_is_not_taken() {
        let key = KeyPair::generate().unwrap();
        let names = BTreeSet::from(["a.example".to_owned(), "b.example".to_owned()]);
        let now = 1_770_000_000_000;
        let asked = ["a.example", "b.example"];
        assert!(fit(&pair(&asked, &key, &key), &names, now).is_ok());
        for wrong in [&asked[..1], &["a.example", "b.example", "c.example"]] {
            let fit = fit(&pair(wrong, &key, &key), &names, now);
            assert!(matches!(fit, Err(IssueError::Unfit(_))), "{wrong:?}");
        }
        let other = KeyPair::generate().unwrap();
        assert!(fit(&pair(&asked, &key, &other), &names, now).is_err());
        assert!(fit(&pair(&asked, &key, &key), &names, now * 2).is_err());
    }

    #[test]
    fn what_an_authority_says_is_one_line_and_not_a_long_one() {
        let text = plain(&format!("no\r\nlistening at {}", "x".repeat(1_000)));
        assert!(text.starts_with("no  listening at x") && text.len() == SAID_MAX);
    }
}
