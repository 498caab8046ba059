//! What a token says, once it is known who says it: for whom, until when, about whom.

use super::bound::Binding;
use super::faults::Fault;
use crate::Principal;
use crate::settings::identify::{IssuerSettings, Profile};
use avouch_model::fact::request::ProvenBy;
use serde_json::{Map, Value};

/// LIMIT: bytes of what says who.
const SUBJECT_BYTES_MAX: usize = 512;
/// LIMIT: roles and scopes of one principal.
const WORDS_MAX: usize = 256;

/// How it came to be known what the claims are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// They were signed.
    Signed,
    /// The issuer was asked.
    Asked,
}

/// When a token holds, in milliseconds since 1970, the leeway counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::struct_field_names, reason = "units stand last in names")]
pub(super) struct Times {
    pub(super) from_ms: u64,
    pub(super) until_ms: u64,
    /// The end as the token has it.
    pub(super) expires_ms: u64,
}

impl Times {
    /// Whether it holds now.
    pub(super) fn hold(self, now_ms: u64) -> Result<(), Fault> {
        match () {
            () if now_ms >= self.until_ms => Err(Fault::TokenExpired),
            () if now_ms < self.from_ms => Err(Fault::TokenEarly),
            () => Ok(()),
        }
    }
}

/// Checks the claims but for the time, and says when they hold.
pub(super) fn times(
    claims: &Map<String, Value>,
    issuer: &IssuerSettings,
    source: Source,
) -> Result<Times, Fault> {
    let leeway = u64::from(issuer.leeway_s) * 1_000;
    let time = |name: &str| match claims.get(name) {
        None => Ok(None),
        Some(value) => milliseconds(value).map(Some).ok_or(Fault::TokenIncomplete),
    };
    let expires = time("exp")?;
    let expires_ms = match (expires, source) {
        (Some(at), _) => at,
        (None, Source::Signed) => return Err(Fault::TokenIncomplete),
        // Who was asked knows: the answer is believed for as long as answers are.
        (None, Source::Asked) => u64::MAX,
    };
    let from = [time("nbf")?, time("iat")?].into_iter().flatten().max().unwrap_or(0);
    Ok(Times {
        from_ms: from.saturating_sub(leeway),
        until_ms: expires_ms.saturating_add(leeway),
        expires_ms,
    })
}

/// Checks that a token is for us, and is what its profile says.
pub(super) fn check(
    claims: &Map<String, Value>,
    issuer: &IssuerSettings,
    source: Source,
) -> Result<(), Fault> {
    let must_have: &[&str] = match (source, issuer.profile) {
        // RFC 9068, section 2.2.
        (Source::Signed, Profile::Rfc9068) => {
            &["iss", "exp", "aud", "sub", "client_id", "iat", "jti"]
        }
        (Source::Signed, Profile::Any) => &["iss", "exp", "aud"],
        (Source::Asked, _) => &[],
    };
    for name in must_have {
        let there = match claims.get(*name) {
            Some(Value::String(text)) => !text.is_empty(),
            Some(Value::Null) | None => false,
            Some(_) => !["iss", "sub", "client_id", "jti"].contains(name),
        };
        if !there {
            return Err(Fault::TokenIncomplete);
        }
    }
    if claims.get("iss").is_some_and(|said| *said != issuer.issuer) {
        return Err(Fault::IssuerUnknown);
    }
    let ours = |name: &Value| issuer.audience.iter().any(|audience| *name == *audience);
    let asked_without = source == Source::Asked
        && issuer.introspection.as_ref().is_some_and(|asked| !asked.audience_required);
    let for_us = match claims.get("aud") {
        Some(Value::Array(names)) => names.iter().any(ours),
        Some(one) => ours(one),
        None => asked_without,
    };
    if for_us { Ok(()) } else { Err(Fault::TokenAudience) }
}

/// Who it is about. The print of the token names one that has no id.
pub(super) fn principal(
    claims: Map<String, Value>,
    issuer: &IssuerSettings,
    source: Source,
    print: &str,
    expires_ms: u64,
) -> Result<Principal, Fault> {
    let subject = at(&claims, &issuer.subject_claim).and_then(Value::as_str).unwrap_or_default();
    if subject.is_empty() || subject.len() > SUBJECT_BYTES_MAX {
        return Err(Fault::TokenIncomplete);
    }
    let roles = issuer.roles_claim.as_ref().and_then(|path| at(&claims, path));
    let scopes = match &issuer.scopes_claim {
        Some(path) => at(&claims, path),
        None => claims.get("scope").or_else(|| claims.get("scp")),
    };
    let proven_by = match source {
        _ if Binding::of(&claims)?.is_some() => ProvenBy::BoundToken,
        Source::Signed => ProvenBy::Token,
        Source::Asked => ProvenBy::Introspection,
    };
    let jti = claims.get("jti").and_then(Value::as_str).filter(|jti| !jti.is_empty());
    Ok(Principal {
        id: subject.to_owned(),
        issuer: Some(issuer.name.clone()),
        proven_by,
        roles: words(roles)?,
        scopes: words(scopes)?,
        token: Some(jti.unwrap_or(print).to_owned()),
        key: None,
        expires_ms: (expires_ms < u64::MAX).then_some(expires_ms),
        claims,
    })
}

/// The member at a path of names with dots between; a name that has dots itself is found too.
fn at<'a>(claims: &'a Map<String, Value>, path: &str) -> Option<&'a Value> {
    if let Some(value) = claims.get(path) {
        return Some(value);
    }
    path.match_indices('.').find_map(|(dot, _)| {
        let (name, rest) = path.split_at_checked(dot)?;
        at(claims.get(name)?.as_object()?, rest.strip_prefix('.')?)
    })
}

/// Words: a list of texts, or one text with spaces between.
fn words(value: Option<&Value>) -> Result<Vec<String>, Fault> {
    let words: Vec<String> = match value {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::String(text)) => text.split_ascii_whitespace().map(str::to_owned).collect(),
        Some(Value::Array(items)) => {
            let texts = items.iter().map(|item| item.as_str().map(str::to_owned));
            texts.collect::<Option<_>>().ok_or(Fault::TokenIncomplete)?
        }
        Some(_) => return Err(Fault::TokenIncomplete),
    };
    if words.len() <= WORDS_MAX { Ok(words) } else { Err(Fault::TokenIncomplete) }
}

/// A time in seconds since 1970, perhaps with a fraction (RFC 7519, section 2), in milliseconds.
pub(super) fn milliseconds(value: &Value) -> Option<u64> {
    if let Some(seconds) = value.as_u64() {
        return Some(seconds.saturating_mul(1_000));
    }
    let seconds = value.as_f64().filter(|seconds| seconds.is_finite() && *seconds >= 0.0)?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it is not negative, and what is too large becomes the largest"
    )]
    Some((seconds * 1_000.0) as u64)
}
