//! Credentials that must not open anything.

use super::Probe;
use super::operations::guarded;
use super::scene::{Found, NOWHERE, Scene, judged};
use avouch_guard::settings::Mode;
use aws_lc_rs::rand;

pub(super) const PROBES: &[Probe] = &[
    Probe { control: "nobody is let in", key: "guard.identify", run: nobody },
    Probe { control: "forged tokens", key: "guard.identify.issuer", run: forged },
    Probe { control: "tokens without a signature", key: "guard.identify.issuer", run: unsigned },
    Probe { control: "expired tokens", key: "guard.identify.issuer", run: expired },
    Probe { control: "changed tokens", key: "guard.identify.issuer", run: changed },
    Probe { control: "made-up API keys", key: "guard.identify.keys", run: made_up },
];

/// Why identify refuses nothing, where it does not.
fn off(scene: &Scene) -> Option<Found> {
    let learns = scene.guard.identify.mode == Mode::Learn;
    learns.then(|| Found::off("it only watches: `guard.identify.mode = \"learn\"`"))
}

fn nobody(scene: &Scene) -> Found {
    if scene.guard.identify.anybody {
        return Found::off("`guard.identify.anybody` lets everybody in");
    }
    if let Some(off) = off(scene) {
        return off;
    }
    match guarded(scene) {
        Ok(target) => judged(scene.ask("GET", &target, &[]), "identify", &[401]),
        Err(found) => found,
    }
}

fn base64url(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let byte = |at: usize| u32::from(three.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for digit in 0..=three.len() {
            let at = usize::try_from(bits >> (18 - 6 * digit) & 63).unwrap_or(0);
            text.extend(DIGITS.get(at).map(|digit| char::from(*digit)));
        }
    }
    text
}

/// A token of the first issuer that says all that it must, signed by nobody.
fn token(scene: &Scene, algorithm: &str, signature: &[u8]) -> Option<String> {
    let issuer = scene.guard.identify.issuer.first()?;
    let head = serde_json::json!({ "alg": algorithm, "typ": "at+jwt" });
    let claims = serde_json::json!({
        "iss": issuer.issuer, "aud": issuer.audience, "sub": "avouch-doctor",
        "client_id": "avouch-doctor", "jti": "avouch-doctor", "iat": 0, "exp": 253_402_300_799_u64,
    });
    let part = |value: &serde_json::Value| base64url(value.to_string().as_bytes());
    Some(format!("{}.{}.{}", part(&head), part(&claims), base64url(signature)))
}

fn no_issuer(scene: &Scene) -> Option<Found> {
    let none = scene.guard.identify.issuer.is_empty();
    none.then(|| Found::off("no issuer is believed")).or_else(|| off(scene))
}

/// What a bearer token is answered, whatever it is for: a wrong one is refused for public operations too.
fn shown(scene: &Scene, token: &str) -> Found {
    let header = format!("Authorization: Bearer {token}");
    judged(scene.ask("GET", NOWHERE, &[&header]), "identify", &[401])
}

fn random<const N: usize>() -> Option<[u8; N]> {
    let mut bytes = [0; N];
    rand::fill(&mut bytes).ok().map(|()| bytes)
}

/// One for each algorithm that the issuer's tokens may have, under a signature of random bytes.
fn forged(scene: &Scene) -> Found {
    if let Some(off) = no_issuer(scene) {
        return off;
    }
    let issuer = scene.guard.identify.issuer.first();
    let tries = issuer.iter().flat_map(|issuer| &issuer.algorithms).map(|algorithm| {
        let word = algorithm.word();
        let length = if word == "EdDSA" || word == "ES256" { 64 } else { 256 };
        let signature = random::<256>();
        let signature = signature.as_ref().and_then(|bytes| bytes.get(..length));
        let found = match signature.and_then(|bytes| token(scene, word, bytes)) {
            Some(token) => shown(scene, &token),
            None => Found::untested("the machine gives no randomness"),
        };
        (word.to_owned(), found)
    });
    Found::worst(&tries.collect::<Vec<_>>())
}

fn unsigned(scene: &Scene) -> Found {
    if let Some(off) = no_issuer(scene) {
        return off;
    }
    let tries = ["none", "None", "HS256"].map(|word| {
        let signature: &[u8] = if word == "HS256" { &[1; 32] } else { &[] };
        let found = token(scene, word, signature).map(|token| shown(scene, &token));
        (word.to_owned(), found.unwrap_or_else(|| Found::untested("no issuer")))
    });
    Found::worst(&tries)
}

fn expired(scene: &Scene) -> Found {
    if let Some(off) = no_issuer(scene) {
        return off;
    }
    match &scene.expired {
        Some(token) => shown(scene, token.danger_reveal()),
        None => Found::untested("only the issuer can make one: give an old one with --expired"),
    }
}

/// A good token passes, and with one character of its signature changed it does not.
fn changed(scene: &Scene) -> Found {
    if let Some(off) = no_issuer(scene) {
        return off;
    }
    let Some(token) = &scene.token else {
        return Found::untested("give a good token with --token");
    };
    let good = token.danger_reveal();
    match shown(scene, good) {
        Found::DoesNotBite(_) => (),
        _ => return Found::untested("the token of --token is not taken"),
    }
    let Some((signed, signature)) = good.rsplit_once('.') else {
        return Found::untested("the token of --token has no signature");
    };
    let mut letters: Vec<char> = signature.chars().collect();
    match letters.first_mut() {
        Some(letter) => *letter = if *letter == 'A' { 'B' } else { 'A' },
        None => return Found::untested("the token of --token has no signature"),
    }
    let letters: String = letters.into_iter().collect();
    shown(scene, &format!("{signed}.{letters}"))
}

fn made_up(scene: &Scene) -> Found {
    let Some(keys) = &scene.guard.identify.keys else {
        return Found::off("no API key is taken");
    };
    if let Some(off) = off(scene) {
        return off;
    }
    let tries = keys.headers.iter().map(|header| {
        let line = match header.split_once(':') {
            Some((name, scheme)) => format!("{name}: {} avk_made-up", scheme.trim()),
            None => format!("{header}: avk_made-up"),
        };
        (header.clone(), judged(scene.ask("GET", NOWHERE, &[&line]), "identify", &[401]))
    });
    Found::worst(&tries.collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_written_as_tokens_have_them() {
        for (bytes, text) in
            [("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg")]
        {
            assert_eq!(base64url(bytes.as_bytes()), text);
        }
        assert_eq!(base64url(&[251, 255]), "-_8");
    }
}
