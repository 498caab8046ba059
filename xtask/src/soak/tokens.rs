//! Signed tokens, made with `openssl`, and the keys of the issuer.

use crate::processes::command;
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Stdio;

/// Who the tokens are of, and whom they are for.
pub(super) const ISSUER: &str = "https://id.example";
pub(super) const AUDIENCE: &str = "soak";
/// Principals that do nothing but ask.
pub(super) const PEOPLE: usize = 12;

/// A key of the issuer.
#[derive(Clone, Debug)]
pub(super) struct SigningKey {
    id: String,
    file: PathBuf,
    modulus: String,
}

impl SigningKey {
    /// Makes one; its file lies in a folder.
    pub(super) fn make(folder: &Path, id: &str) -> Result<Self> {
        let file = folder.join(format!("{id}.pem"));
        openssl(&["genrsa", "-out", &file.display().to_string(), "2048"], b"")?;
        let told =
            openssl(&["rsa", "-in", &file.display().to_string(), "-noout", "-modulus"], b"")?;
        let told = String::from_utf8(told)?;
        let digits = told.trim().strip_prefix("Modulus=").context("openssl names no modulus")?;
        Ok(Self { id: id.to_owned(), file, modulus: base64url(&bytes_of(digits)?) })
    }

    /// The public key (RFC 7517).
    pub(super) fn public(&self) -> Value {
        json!({ "kty": "RSA", "kid": self.id, "use": "sig", "alg": "RS256", "n": self.modulus, "e": "AQAB" })
    }

    /// A token for somebody, that ends in so many seconds.
    pub(super) fn token(&self, subject: &str, now_s: i64, ends_in_s: i64) -> Result<String> {
        self.token_as(&self.id, subject, now_s, ends_in_s)
    }

    /// A token that says another key.
    pub(super) fn token_as(
        &self,
        id: &str,
        subject: &str,
        now_s: i64,
        ends_in_s: i64,
    ) -> Result<String> {
        let head = json!({ "alg": "RS256", "typ": "JWT", "kid": id });
        let claims = json!({
            "iss": ISSUER, "aud": AUDIENCE, "sub": subject, "client_id": "soak",
            "iat": now_s - 60, "exp": now_s + ends_in_s, "jti": format!("{id}-{subject}-{now_s}"),
        });
        let signed = format!(
            "{}.{}",
            base64url(head.to_string().as_bytes()),
            base64url(claims.to_string().as_bytes())
        );
        let words = ["dgst", "-sha256", "-sign", &self.file.display().to_string()];
        let signature = openssl(&words, signed.as_bytes())?;
        Ok(format!("{signed}.{}", base64url(&signature)))
    }
}

/// Tokens of one key.
#[derive(Clone, Debug)]
pub(super) struct Tokens {
    /// Of people that may do what is described.
    pub(super) people: Vec<String>,
    /// Of somebody who is shut out from time to time.
    pub(super) blocked: String,
    /// Of somebody whom a policy forbids everything from time to time.
    pub(super) turned: String,
    /// Of somebody who asks more often than a limit allows.
    pub(super) greedy: String,
}

impl Tokens {
    pub(super) fn make(key: &SigningKey, now_s: i64, hold_s: i64) -> Result<Self> {
        let people = (0..PEOPLE).map(|one| key.token(&format!("person-{one}"), now_s, hold_s));
        Ok(Self {
            people: people.collect::<Result<_>>()?,
            blocked: key.token("blocked", now_s, hold_s)?,
            turned: key.token("turned", now_s, hold_s)?,
            greedy: key.token("greedy", now_s, hold_s)?,
        })
    }
}

/// Tokens that are never good.
#[derive(Clone, Debug)]
pub(super) struct BadTokens {
    /// Its time is over.
    pub(super) expired: String,
    /// Another key signed it.
    pub(super) forged: String,
    /// It names a key that nobody has. Its id is not the same twice: see [`BadTokens::unknown`].
    unknown: Vec<String>,
}

impl BadTokens {
    pub(super) fn make(key: &SigningKey, other: &SigningKey, now_s: i64) -> Result<Self> {
        let unknown = (0..UNKNOWN)
            .map(|one| other.token_as(&format!("made-up-{one}"), "person-0", now_s, HOLD_S));
        Ok(Self {
            expired: key.token("person-0", now_s - 7200, 60)?,
            forged: other.token_as(&key.id, "person-0", now_s, HOLD_S)?,
            unknown: unknown.collect::<Result<_>>()?,
        })
    }

    /// One with a key that nobody has.
    pub(super) fn unknown(&self, draw: usize) -> &str {
        self.unknown.get(draw % self.unknown.len().max(1)).map_or("", String::as_str)
    }
}

/// Made-up ids of keys.
const UNKNOWN: usize = 40;
/// Tokens hold longer than any run.
pub(super) const HOLD_S: i64 = 30 * 3600;

fn openssl(words: &[&str], input: &[u8]) -> Result<Vec<u8>> {
    let mut child = command("openssl")
        .args(words)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .context("`openssl` could not be started")?;
    child.stdin.take().context("no input of `openssl`")?.write_all(input)?;
    let output = child.wait_with_output()?;
    ensure!(output.status.success(), "`openssl {}` failed", words.join(" "));
    Ok(output.stdout)
}

fn bytes_of(digits: &str) -> Result<Vec<u8>> {
    let pair = |pair: &[u8]| {
        let text = std::str::from_utf8(pair)?;
        u8::from_str_radix(text, 16).context("openssl gave no hexadecimal number")
    };
    digits.as_bytes().chunks(2).map(pair).collect()
}

/// RFC 4648, section 5, without padding.
fn base64url(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for piece in bytes.chunks(3) {
        let at = |index: usize| u32::from(piece.get(index).copied().unwrap_or(0));
        let bits = at(0) << 16 | at(1) << 8 | at(2);
        for letter in 0..=piece.len() {
            let place = (bits >> (18 - 6 * letter)) & 63;
            let letter = usize::try_from(place).ok().and_then(|place| LETTERS.get(place));
            text.extend(letter.map(|letter| char::from(*letter)));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_written_as_rfc_4648_says() {
        for (bytes, text) in
            [("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg")]
        {
            assert_eq!(base64url(bytes.as_bytes()), text);
        }
        assert_eq!(base64url(&[0xfb, 0xff]), "-_8");
        assert_eq!(bytes_of("00FFa0").unwrap(), [0, 255, 160]);
    }
}
