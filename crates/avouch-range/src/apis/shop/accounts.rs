//! Who may sign in, and signing in.

use super::answer::{Answer, Refusal, ok};
use super::call::{Call, required};
use super::route::Route;
use super::schema::{email, integer, object, string};
use super::token::TOKEN_SECONDS;
use crate::apis::shop::weakness::Weakness;
use crate::kit::clock;
use crate::kit::random;
use aws_lc_rs::pbkdf2;
use axum::response::IntoResponse;
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use http::header;
use serde_json::json;
use std::io;
use std::num::NonZeroU32;

/// LIMIT: rounds of PBKDF2 for a stored password. Low, so that a shop starts quickly.
const PASSWORD_ROUNDS: NonZeroU32 = NonZeroU32::new(4_000).unwrap();
const SALT_BYTES: usize = 16;
const HASH_BYTES: usize = 32;

pub(crate) fn routes() -> Vec<Route> {
    let credentials = object(&[("email", email()), ("password", string())]);
    let token =
        object(&[("access_token", string()), ("token_type", string()), ("expires_in", integer())]);
    vec![
        Route::post("/auth/login", axum::routing::post(login))
            .says("Sign in with e-mail and password")
            .takes(credentials)
            .also(401, "Wrong name or password")
            .answers(token),
        Route::get("/.well-known/jwks.json", axum::routing::get(keys))
            .says("The keys that tokens are signed with")
            .answers(object(&[("keys", super::schema::array(object(&[])))])),
    ]
}

async fn login(call: Call) -> Answer {
    let fields = call.object()?;
    let email = required(&fields, "email", "`email` is missing")?;
    let password = required(&fields, "password", "`password` is missing")?;
    let user = call.shop.user_named(email);
    let stored = user.map_or(call.shop.nobody_hash.as_str(), |user| user.password_hash.as_str());
    let matches = password_matches(stored, password);
    let user = user.filter(|_| matches).ok_or(Refusal::Unauthenticated)?;
    let token = call.shop.sign_in(user, clock::unix_seconds())?;
    let same_site = if call.shop.answers_foreign_origins() { "None" } else { "Strict" };
    let cookie = format!("session={token}; Path=/; HttpOnly; Secure; SameSite={same_site}");
    let expires = !call.shop.switches.has(Weakness::JwtSensitiveClaims);
    let mut body = json!({"access_token": token, "token_type": "Bearer"});
    if let (true, Some(fields)) = (expires, body.as_object_mut()) {
        fields.insert("expires_in".to_owned(), json!(TOKEN_SECONDS));
    }
    let mut response = ok(body)?;
    if let Ok(cookie) = cookie.parse() {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    Ok(response.into_response())
}

async fn keys(call: Call) -> Answer {
    ok(call.shop.issuer.jwks())
}

/// A stored password: PBKDF2-HMAC-SHA256 (RFC 8018 section 5.2) in modular crypt form.
pub(crate) fn password_hash(password: &str) -> io::Result<String> {
    let salt = random::secret_bytes::<SALT_BYTES>()?;
    let mut hash = [0; HASH_BYTES];
    let algorithm = pbkdf2::PBKDF2_HMAC_SHA256;
    pbkdf2::derive(algorithm, PASSWORD_ROUNDS, &salt, password.as_bytes(), &mut hash);
    let encode = |bytes: &[u8]| STANDARD_NO_PAD.encode(bytes).replace('+', ".");
    Ok(format!("$pbkdf2-sha256${PASSWORD_ROUNDS}${}${}", encode(&salt), encode(&hash)))
}

fn password_matches(stored: &str, password: &str) -> bool {
    let parts = || {
        let (salt, hash) = stored.rsplit_once('$')?;
        let salt = salt.rsplit_once('$')?.1;
        let decode = |text: &str| STANDARD_NO_PAD.decode(text.replace('.', "+")).ok();
        Some((decode(salt)?, decode(hash)?))
    };
    let Some((salt, hash)) = parts() else { return false };
    let algorithm = pbkdf2::PBKDF2_HMAC_SHA256;
    pbkdf2::verify(algorithm, PASSWORD_ROUNDS, &salt, password.as_bytes(), &hash).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stored_password_matches_only_itself() {
        let stored = password_hash("otter").unwrap();
        assert!(stored.starts_with("$pbkdf2-sha256$4000$"));
        assert!(password_matches(&stored, "otter"));
        assert!(!password_matches(&stored, "Otter"));
        assert!(!password_matches("plain", "plain"));
    }
}
