//! Finds the one credential of a request. Two are refused: what one part of a system believes, another
//! may not look at.

use super::faults::{Fault, Scheme};
use crate::request::Request;
use crate::settings::identify::IdentifySettings;
use http::HeaderName;
use http::header::AUTHORIZATION;

/// LIMIT: bytes of the text of an API key, which is shorter.
const KEY_BYTES_MAX: usize = 256;

/// The header with the proof of a bound token (RFC 9449, section 4.1).
pub(super) const DPOP: HeaderName = HeaderName::from_static("dpop");

/// The parameter that RFC 6750, section 2.3 has for tokens in addresses.
const QUERY_PARAMETER: &str = "access_token";

/// Where credentials may be.
#[derive(Clone, Debug, Default)]
pub(super) struct Carriers {
    headers: Vec<HeaderName>,
    /// Schemes of `Authorization` for API keys.
    key_schemes: Vec<String>,
    foreign: Vec<String>,
    keys: bool,
}

/// The headers that carried a credential. They are left out of what is forwarded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CarriedBy {
    first: Option<HeaderName>,
    second: Option<HeaderName>,
}

impl CarriedBy {
    /// The names of them.
    pub fn names(&self) -> impl Iterator<Item = &HeaderName> {
        self.first.iter().chain(&self.second)
    }

    pub(super) fn proof_too(mut self) -> Self {
        self.second = Some(DPOP);
        self
    }
}

/// What was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Presented<'a> {
    Nothing,
    Token { scheme: Scheme, text: &'a str },
    Key { text: &'a str, carried_by: CarriedBy },
}

/// Why none is taken, and how it had been sent.
pub(super) type Refused = (Fault, Scheme);

impl Carriers {
    pub(super) fn of(settings: &IdentifySettings) -> Self {
        let mut carriers = Self { foreign: settings.foreign_schemes.clone(), ..Self::default() };
        let Some(keys) = &settings.keys else { return carriers };
        carriers.keys = true;
        for header in &keys.headers {
            match header.split_once(':') {
                Some((_, scheme)) => carriers.key_schemes.push(scheme.trim().to_owned()),
                // What is no name of a header was refused when the settings were checked.
                None => carriers.headers.extend(HeaderName::from_bytes(header.as_bytes())),
            }
        }
        carriers
    }

    /// Finds the credential.
    pub(super) fn find<'a>(&self, request: &Request<'a>) -> Result<Presented<'a>, Refused> {
        if request.query.is_some_and(carries_credential) {
            return Err((Fault::CredentialInQuery, Scheme::Bearer));
        }
        let mut found = self.authorization(request)?;
        for name in &self.headers {
            let mut values = request.headers.get_all(name).iter();
            let Some(value) = values.next() else { continue };
            if values.next().is_some() || found != Presented::Nothing {
                return Err((Fault::CredentialsSeveral, Scheme::ApiKey));
            }
            let text = value.to_str().ok().filter(|text| text.len() <= KEY_BYTES_MAX);
            let text = text.ok_or((Fault::ApiKeyMalformed, Scheme::ApiKey))?;
            found = Presented::Key { text, carried_by: carried(name.clone()) };
        }
        Ok(found)
    }

    fn authorization<'a>(&self, request: &Request<'a>) -> Result<Presented<'a>, Refused> {
        let mut values = request.headers.get_all(AUTHORIZATION).iter();
        let Some(value) = values.next() else { return Ok(Presented::Nothing) };
        if values.next().is_some() {
            return Err((Fault::CredentialsSeveral, Scheme::Bearer));
        }
        let malformed = (Fault::TokenMalformed, Scheme::Bearer);
        let text = value.to_str().map_err(|_| malformed)?;
        let (scheme, rest) = text.split_once(' ').unwrap_or((text, ""));
        let is = |named: &str| scheme.eq_ignore_ascii_case(named);
        if self.foreign.iter().any(|foreign| is(foreign)) {
            return Ok(Presented::Nothing);
        }
        let rest = rest.trim_matches(' ');
        if self.key_schemes.iter().any(|key| is(key)) {
            if rest.len() > KEY_BYTES_MAX {
                return Err((Fault::ApiKeyMalformed, Scheme::ApiKey));
            }
            return Ok(Presented::Key { text: rest, carried_by: carried(AUTHORIZATION) });
        }
        let scheme = match () {
            () if is("bearer") => Scheme::Bearer,
            () if is("dpop") => Scheme::Dpop,
            () => return Err((Fault::SchemeUnknown, Scheme::Bearer)),
        };
        if is_token(rest) {
            Ok(Presented::Token { scheme, text: rest })
        } else {
            Err((Fault::TokenMalformed, scheme))
        }
    }

    /// What to say to who sent no credential: how one could be.
    pub(super) fn challenge(&self, tokens: bool, proofs: &str) -> String {
        let mut ways = Vec::new();
        if tokens {
            ways.push("Bearer".to_owned());
            ways.push(format!("DPoP algs=\"{proofs}\""));
        }
        if self.keys {
            ways.push("ApiKey".to_owned());
        }
        // RFC 9110, section 11.6.1: there must be one.
        if ways.is_empty() { "Bearer".to_owned() } else { ways.join(", ") }
    }
}

fn carried(name: HeaderName) -> CarriedBy {
    CarriedBy { first: Some(name), second: None }
}

/// The header of tokens.
pub(super) fn by_authorization() -> CarriedBy {
    carried(AUTHORIZATION)
}

/// Whether it has the form of a token (RFC 6750, section 2.1).
fn is_token(text: &str) -> bool {
    let body = text.trim_end_matches('=');
    !body.is_empty()
        && body.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte))
}

/// Whether a parameter of the query is named as tokens are, or has a key of ours.
fn carries_credential(query: &str) -> bool {
    query.split(['&', ';']).any(|parameter| {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        super::apikey::looks_like_one(value) || is_named(name, QUERY_PARAMETER)
    })
}

/// Whether the name is this one once its percent signs are read.
fn is_named(name: &str, wanted: &str) -> bool {
    let mut bytes = name.bytes();
    let mut wanted = wanted.bytes();
    loop {
        let next = match bytes.next() {
            None => return wanted.next().is_none(),
            Some(b'%') => {
                let mut digit = || bytes.next().and_then(|byte| char::from(byte).to_digit(16));
                let (Some(high), Some(low)) = (digit(), digit()) else { return false };
                u8::try_from(high * 16 + low).unwrap_or_default()
            }
            Some(byte) => byte,
        };
        if !wanted.next().is_some_and(|byte| byte.eq_ignore_ascii_case(&next)) {
            return false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_in_the_address_is_seen_however_it_is_written() {
        for query in
            ["access_token=x", "a=b&access_token", "a;ACCESS%5Ftoken=x", "%61ccess_token=1"]
        {
            assert!(carries_credential(query), "{query}");
        }
        for query in ["token=x", "access_tokens=x", "access%5", "q=access_token", ""] {
            assert!(!carries_credential(query), "{query}");
        }
    }
}
