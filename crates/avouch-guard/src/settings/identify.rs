//! `[guard.identify]`: whom to believe.

use super::Mode;
use crate::identify::Algorithm;
use http::HeaderName;
use http::Uri;
use serde::Deserialize;

/// LIMIT: bytes of a token. No more can be allowed.
pub const TOKEN_BYTES_MAX: usize = 8 * 1024;
/// LIMIT: seconds by which clocks may differ.
const LEEWAY_S_MAX: u32 = 60;
/// LIMIT: verified tokens that are remembered.
const CACHED_TOKENS_MAX: usize = 1_000_000;
/// LIMIT: seconds that the proof of a bound token may be old.
const PROOF_AGE_S_MAX: u32 = 300;
/// LIMIT: seconds since the issuer was heard of, for which keys that were kept are believed.
pub const KEPT_AGE_S_MAX: u64 = 24 * 3_600;
/// LIMIT: issuers, each of which may be fetched from.
const ISSUERS_MAX: usize = 64;

/// `[guard.identify]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct IdentifySettings {
    /// Whether it refuses or only says what it would have refused.
    pub mode: Mode,
    /// Whether requests that prove nothing may ask for operations that are not public. Only for an API
    /// that is public as a whole, or whose own code asks.
    pub anybody: bool,
    /// Who issues tokens.
    pub issuer: Vec<IssuerSettings>,
    /// Keys of issuers that are kept over a restart; `None` keeps none.
    pub kept: Option<KeptSettings>,
    /// API keys; `None` accepts none.
    pub keys: Option<KeySettings>,
    /// Certificates of clients.
    pub certificate: CertificateSettings,
    /// Proofs of tokens that are bound to a key (RFC 9449).
    pub proof: ProofSettings,
    /// Schemes of `Authorization` that are none of ours and are passed on as if nothing had been
    /// proven, such as `Basic` before a token endpoint.
    pub foreign_schemes: Vec<String>,
    /// A longer token is refused, in bytes.
    pub token_bytes_max: usize,
    /// Verified tokens that are remembered. One takes about 1.5 KB.
    pub cached_tokens_max: usize,
}

impl Default for IdentifySettings {
    fn default() -> Self {
        Self {
            mode: Mode::default(),
            anybody: false,
            issuer: Vec::new(),
            kept: None,
            keys: None,
            certificate: CertificateSettings::default(),
            proof: ProofSettings::default(),
            foreign_schemes: Vec::new(),
            token_bytes_max: TOKEN_BYTES_MAX,
            cached_tokens_max: 16_384,
        }
    }
}

/// `[[guard.identify.issuer]]`
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IssuerSettings {
    /// What records and policies call it.
    pub name: String,
    /// What `iss` must be, to the letter.
    pub issuer: String,
    /// What `aud` must name one of.
    pub audience: Vec<String>,
    /// The algorithms its tokens may be signed with.
    #[serde(default = "algorithms")]
    pub algorithms: Vec<Algorithm>,
    /// Where its public keys are. This or `jwks_file`, for tokens that are verified here.
    #[serde(default)]
    pub jwks_url: Option<String>,
    /// The file with its public keys.
    #[serde(default)]
    pub jwks_file: Option<String>,
    /// What its tokens must look like.
    #[serde(default)]
    pub profile: Profile,
    /// By how many seconds its clock may differ from ours.
    #[serde(default = "leeway")]
    pub leeway_s: u32,
    /// The claim that says who, such as `sub`.
    #[serde(default = "subject")]
    pub subject_claim: String,
    /// The claim with the roles, as a path such as `realm_access.roles`.
    #[serde(default)]
    pub roles_claim: Option<String>,
    /// The claim with the scopes; `scope`, or else `scp`, when not said.
    #[serde(default)]
    pub scopes_claim: Option<String>,
    /// How it is asked about tokens that cannot be verified here.
    #[serde(default)]
    pub introspection: Option<IntrospectionSettings>,
    /// What a token must be bound to.
    #[serde(default)]
    pub require_bound: Option<Bound>,
}

fn algorithms() -> Vec<Algorithm> {
    vec![Algorithm::Rs256, Algorithm::Ps256, Algorithm::Es256, Algorithm::Ed25519]
}

fn leeway() -> u32 {
    30
}

fn subject() -> String {
    "sub".to_owned()
}

fn yes() -> bool {
    true
}

/// What tokens must look like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// Access tokens as RFC 9068 has them: typed as such, so that no other token passes for one.
    #[default]
    Rfc9068,
    /// Tokens that do not say what they are for, or say `JWT`.
    Any,
}

/// What a token is bound to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Bound {
    /// A key of the client, which signs each request (RFC 9449).
    Dpop,
    /// The client's certificate (RFC 8705).
    Mtls,
}

/// `introspection = { … }` (RFC 7662)
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IntrospectionSettings {
    /// Where to ask.
    pub url: String,
    /// As whom.
    pub client_id: String,
    /// Where that client's secret is: `env:NAME` or `file:PATH`.
    pub secret: String,
    /// Whether an answer without `aud` is refused.
    #[serde(default = "yes")]
    pub audience_required: bool,
}

/// `[guard.identify.kept]`
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeptSettings {
    /// The folder where keys of issuers with a `jwks_url` are kept. Whoever can write there is believed.
    pub folder: String,
    /// For how long since the issuer was heard of they are believed while it is not heard of again, in
    /// seconds.
    #[serde(default = "kept_age_s_max")]
    pub age_s_max: u64,
}

fn kept_age_s_max() -> u64 {
    KEPT_AGE_S_MAX
}

/// `[guard.identify.keys]`
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeySettings {
    /// Where keys are sent: names of headers, or `Authorization: SCHEME`.
    #[serde(default = "key_headers")]
    pub headers: Vec<String>,
    /// The file that `avouch key` writes.
    pub file: String,
    /// Where the pepper is: `env:NAME` or `file:PATH`; `PATH.pepper` beside the file when not said.
    #[serde(default)]
    pub pepper: Option<String>,
}

fn key_headers() -> Vec<String> {
    vec!["X-API-Key".to_owned()]
}

/// `[guard.identify.certificate]`
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CertificateSettings {
    /// Whether a verified certificate alone says who asks.
    pub accept: bool,
    /// What of it says who.
    pub principal: CertificatePart,
    /// The roles of whoever is known by a certificate.
    pub roles: Vec<String>,
}

/// What of a certificate says who.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CertificatePart {
    /// Its subject (RFC 4514).
    #[default]
    Subject,
    /// The first of its alternative names. One without is refused.
    Name,
}

/// `[guard.identify.proof]`
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ProofSettings {
    /// The algorithms that proofs may be signed with.
    pub algorithms: Vec<Algorithm>,
    /// How old a proof may be, in seconds.
    pub age_s: u32,
    /// The API's own addresses as clients know them, such as `https://api.example.com`. When none is
    /// named: the host that was asked for, with `https` where TLS ends here and `http` where not.
    pub origins: Vec<String>,
}

impl Default for ProofSettings {
    fn default() -> Self {
        Self { algorithms: algorithms(), age_s: 60, origins: Vec::new() }
    }
}

/// A setting that cannot be meant.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{key}`: {because}")]
pub struct IdentifySettingsError {
    /// Which key.
    pub key: String,
    /// What is wrong with it.
    pub because: String,
}

type Checked = Result<(), IdentifySettingsError>;

fn wrong(key: impl Into<String>, because: impl Into<String>) -> IdentifySettingsError {
    IdentifySettingsError { key: key.into(), because: because.into() }
}

fn must(holds: bool, key: &str, because: &str) -> Checked {
    if holds { Ok(()) } else { Err(wrong(format!("guard.identify.{key}"), because)) }
}

impl IdentifySettings {
    /// Whether there is any way to prove who asks.
    fn can_tell(&self) -> bool {
        !self.issuer.is_empty() || self.keys.is_some() || self.certificate.accept
    }

    /// Says what cannot be meant. What each key may be was seen when it was read; here is what they
    /// are together.
    pub fn check(&self) -> Checked {
        must(
            self.anybody || self.can_tell() || self.mode == Mode::Learn,
            "issuer",
            "nothing says how anybody proves who they are: give an issuer, `keys` or \
             `certificate.accept`, or write `anybody = true`",
        )?;
        must(self.issuer.len() <= ISSUERS_MAX, "issuer", "there are more than 64")?;
        must(
            (256..=TOKEN_BYTES_MAX).contains(&self.token_bytes_max),
            "token_bytes_max",
            "it must be from 256 to 8192",
        )?;
        must(
            (1..=CACHED_TOKENS_MAX).contains(&self.cached_tokens_max),
            "cached_tokens_max",
            "it must be from 1 to 1000000",
        )?;
        for (index, issuer) in self.issuer.iter().enumerate() {
            issuer.check(&format!("issuer[{index}]"))?;
            let before = self.issuer.iter().take(index);
            let twice = before.clone().any(|other| other.issuer == issuer.issuer);
            must(!twice, &format!("issuer[{index}].issuer"), "another issuer has it")?;
            let twice = before.clone().any(|other| other.name == issuer.name);
            must(!twice, &format!("issuer[{index}].name"), "another issuer has it")?;
        }
        let asked = self.issuer.iter().filter(|issuer| issuer.introspection.is_some()).count();
        must(
            asked <= 1,
            "issuer",
            "only one may have `introspection`: a token that says nothing does not say whom to ask",
        )?;
        if let Some(keys) = &self.keys {
            keys.check()?;
        }
        if let Some(kept) = &self.kept {
            must(!kept.folder.is_empty(), "kept.folder", "it is empty")?;
            let allowed = 1..=KEPT_AGE_S_MAX;
            must(
                allowed.contains(&kept.age_s_max),
                "kept.age_s_max",
                "it must be from 1 to 86400",
            )?;
        }
        self.proof.check()?;
        for scheme in &self.foreign_schemes {
            let headers = self.keys.iter().flat_map(|keys| &keys.headers);
            let of_keys = headers.filter_map(|header| header.split_once(':'));
            let mut ours = ["Bearer", "DPoP"].into_iter().chain(of_keys.map(|(_, key)| key.trim()));
            let ours = ours.any(|own| own.eq_ignore_ascii_case(scheme));
            must(is_token(scheme) && !ours, "foreign_schemes", "it is no scheme, or one of ours")?;
        }
        Ok(())
    }
}

impl IssuerSettings {
    fn check(&self, at: &str) -> Checked {
        let at = |name: &str| format!("{at}.{name}");
        must(!self.name.is_empty(), &at("name"), "it is empty")?;
        must(!self.issuer.is_empty(), &at("issuer"), "it is empty")?;
        must(
            !self.audience.is_empty() && self.audience.iter().all(|name| !name.is_empty()),
            &at("audience"),
            "without a name of yours a token for anybody would pass",
        )?;
        must(!self.algorithms.is_empty(), &at("algorithms"), "none could ever pass")?;
        must(self.leeway_s <= LEEWAY_S_MAX, &at("leeway_s"), "clocks may differ by 60 at most")?;
        must(!self.subject_claim.is_empty(), &at("subject_claim"), "it is empty")?;
        let both = self.jwks_url.is_some() && self.jwks_file.is_some();
        must(!both, &at("jwks_file"), "`jwks_url` names other keys: one of them")?;
        must(
            self.jwks_url.is_some() || self.jwks_file.is_some() || self.introspection.is_some(),
            &at("jwks_url"),
            "its tokens could not be verified: give `jwks_url`, `jwks_file` or `introspection`",
        )?;
        if let Some(url) = &self.jwks_url {
            must(is_safe(url), &at("jwks_url"), NOT_SAFE)?;
        }
        if let Some(asked) = &self.introspection {
            must(is_safe(&asked.url), &at("introspection.url"), NOT_SAFE)?;
            must(!asked.client_id.is_empty(), &at("introspection.client_id"), "it is empty")?;
            must(is_place(&asked.secret), &at("introspection.secret"), IN_CLEAR)?;
        }
        Ok(())
    }
}

const NOT_SAFE: &str = "it must begin with https://; http:// only on this machine itself, such as \
                        http://127.0.0.1";
const IN_CLEAR: &str = "a secret in clear: write `env:NAME` or `file:PATH` instead";

impl KeySettings {
    fn check(&self) -> Checked {
        must(!self.headers.is_empty(), "keys.headers", "no key could ever be sent")?;
        for header in &self.headers {
            let holds = match header.split_once(':') {
                Some((name, scheme)) => {
                    let scheme = scheme.trim();
                    let ours = ["bearer", "dpop"].contains(&scheme.to_ascii_lowercase().as_str());
                    name.eq_ignore_ascii_case("authorization") && is_token(scheme) && !ours
                }
                None => {
                    !header.eq_ignore_ascii_case("authorization")
                        && HeaderName::from_bytes(header.as_bytes()).is_ok()
                }
            };
            must(holds, "keys.headers", "write a header's name, or `Authorization: ApiKey`")?;
        }
        must(!self.file.is_empty(), "keys.file", "it is empty")?;
        let place = self.pepper.as_ref().is_none_or(|pepper| is_place(pepper));
        must(place, "keys.pepper", IN_CLEAR)
    }
}

impl ProofSettings {
    fn check(&self) -> Checked {
        must(!self.algorithms.is_empty(), "proof.algorithms", "none could ever pass")?;
        must(
            (1..=PROOF_AGE_S_MAX).contains(&self.age_s),
            "proof.age_s",
            "it must be from 1 to 300",
        )?;
        for origin in &self.origins {
            let parsed = origin.parse::<Uri>().ok();
            let holds = parsed.is_some_and(|uri| {
                uri.scheme().is_some()
                    && uri.authority().is_some()
                    && uri.query().is_none()
                    && uri.path() == "/"
                    && !origin.ends_with('/')
            });
            must(holds, "proof.origins", "write it as in `https://api.example.com`")?;
        }
        Ok(())
    }
}

/// Whether it is a token as headers have them (RFC 9110, section 5.6.2), of letters, digits and dashes.
fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

fn is_place(text: &str) -> bool {
    ["env:", "file:"].iter().any(|kind| text.len() > kind.len() && text.starts_with(kind))
}

/// Whether what is fetched there can be trusted to come from there.
fn is_safe(url: &str) -> bool {
    let Ok(uri) = url.parse::<Uri>() else { return false };
    let named = uri.authority().is_some_and(|authority| !authority.as_str().contains('@'));
    let here = matches!(uri.host(), Some("127.0.0.1" | "[::1]" | "localhost"));
    named && (uri.scheme_str() == Some("https") || uri.scheme_str() == Some("http") && here)
}
