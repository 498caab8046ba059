//! Reads signed tokens (RFC 7515, compact form; RFC 7519). Reading says nothing of whether to believe.

use super::algorithm::Algorithm;
use super::faults::Fault;
use super::json;
use super::jwk::KID_BYTES_MAX;
use super::text::base64url;
use serde_json::{Map, Value};

/// A token taken apart.
#[derive(Clone, Debug)]
pub(super) struct Token<'a> {
    pub(super) head: Map<String, Value>,
    pub(super) claims: Map<String, Value>,
    /// What was signed.
    pub(super) signed: &'a str,
    pub(super) signature: Vec<u8>,
}

/// The head of a token, as far as it counts. What it says of keys (`jku`, `x5u`, `jwk`, `x5c`) does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Head<'a> {
    pub(super) algorithm: Algorithm,
    pub(super) kid: Option<&'a str>,
}

/// Whether it looks like a token that says something itself, rather than one to ask about.
pub(super) fn speaks(text: &str) -> bool {
    let first = text.split('.').next().and_then(base64url);
    text.split('.').count() >= 3 && first.is_some_and(|head| head.first() == Some(&b'{'))
}

impl<'a> Token<'a> {
    /// Takes a token apart; `None` when it is none.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let (signed, signature) = text.rsplit_once('.')?;
        let (head, claims) = signed.split_once('.')?;
        if claims.contains('.') {
            return None;
        }
        Some(Self {
            head: json::object(&base64url(head)?)?,
            claims: json::object(&base64url(claims)?)?,
            signed,
            signature: base64url(signature)?,
        })
    }

    /// Reads the head: the algorithm must be one of these, and the type one of those. `""` among the
    /// types stands for none.
    pub(super) fn head(&self, algorithms: &[Algorithm], types: &[&str]) -> Result<Head<'_>, Fault> {
        // RFC 7515, section 4.1.11: what is critical and not understood makes it invalid.
        if self.head.contains_key("crit") {
            return Err(Fault::TokenCritical);
        }
        let said = self.head.get("alg").and_then(Value::as_str).and_then(Algorithm::parse);
        let algorithm = said.filter(|algorithm| algorithms.contains(algorithm));
        let algorithm = algorithm.ok_or(Fault::TokenAlgorithm)?;
        let typ = match self.head.get("typ") {
            None => "",
            Some(Value::String(typ)) if !typ.is_empty() => typ,
            Some(_) => return Err(Fault::TokenType),
        };
        // RFC 7515, section 4.1.9: `application/` may be left out.
        let start = typ.get(..12).filter(|start| start.eq_ignore_ascii_case("application/"));
        let typ = start.and_then(|start| typ.get(start.len()..)).unwrap_or(typ);
        if !types.iter().any(|wanted| typ.eq_ignore_ascii_case(wanted)) {
            return Err(Fault::TokenType);
        }
        let kid = match self.head.get("kid") {
            None => None,
            Some(Value::String(kid)) if kid.len() <= KID_BYTES_MAX => Some(kid.as_str()),
            Some(_) => return Err(Fault::TokenMalformed),
        };
        Ok(Head { algorithm, kid })
    }

    /// A claim that is a text.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.claims.get(name).and_then(Value::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::super::text::digits;
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_token_has_three_parts_and_no_padding() {
        let part = |text: &str| digits(text.as_bytes());
        let (head, claims) = (part(r#"{"alg":"ES256"}"#), part(r#"{"sub":"a"}"#));
        assert!(Token::parse(&format!("{head}.{claims}.AA")).is_some());
        for other in [
            format!("{head}.{claims}"),
            format!("{head}.{claims}.AA.AA"),
            format!("{head}..AA"),
            format!("{head}.{claims}.AA=="),
            // Two texts must not be one token: the bits that are left over are zero.
            format!("{head}.{claims}.AB"),
            format!("{}.{claims}.AA", part("[]")),
            format!("{head}.{}.AA", part(r#"{"sub":"a","sub":"b"}"#)),
        ] {
            assert!(Token::parse(&other).is_none(), "{other}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(text in r"[A-Za-z0-9_.=-]{0,80}|\PC{0,40}") {
            let _ = speaks(&text);
            if let Some(token) = Token::parse(&text) {
                let _ = token.head(&[Algorithm::Es256], &["", "jwt"]);
            }
        }

        #[test]
        fn no_json_makes_the_reader_panic(head in r#"[\{\}",:a-z0-9\[\]]{0,40}"#, claims in r#"[\{\}",:a-z0-9\[\]]{0,40}"#) {
            let text = format!("{}.{}.AAAA", digits(head.as_bytes()), digits(claims.as_bytes()));
            if let Some(token) = Token::parse(&text) {
                let _ = token.head(&[Algorithm::Es256], &["", "jwt"]);
            }
        }
    }
}
