//! What no client of good will sends: old TLS, framing that can be read in two ways, tricks in paths.

use super::Probe;
use super::scene::{Found, NOWHERE, Scene, judged};
use crate::commands::gateway::day;
use crate::commands::key::now_ms;
use avouch_gateway::ShownCertificate;
use avouch_gateway::settings::TlsVersion;

pub(super) const PROBES: &[Probe] = &[
    Probe { control: "TLS is spoken, nothing else", key: "gateway.listen.tls", run: tls },
    Probe { control: "old versions of TLS", key: "gateway.listen.tls.min_version", run: version },
    Probe { control: "the certificate has time left", key: "gateway.listen.tls", run: certificate },
    Probe { control: "framing read in two ways", key: "guard.admit", run: framing },
    Probe { control: "paths read in two ways", key: "guard.admit.path", run: paths },
    Probe { control: "hosts of others", key: "guard.admit.hosts", run: hosts },
    Probe { control: "methods never taken", key: "guard.admit", run: methods },
    Probe { control: "heads too large", key: "guard.admit.head_bytes_max", run: heads },
];

fn tls(scene: &Scene) -> Found {
    if scene.tls.is_none() {
        return Found::off("the listener speaks plainly");
    }
    let asked = format!("GET {NOWHERE} HTTP/1.1\r\nHost: doctor\r\n\r\n");
    match scene.door.say_plainly(asked.as_bytes()) {
        Err(error) => Found::untested(format!("no connection: {error}")),
        Ok(first) if first.starts_with(b"HTTP/") => {
            Found::DoesNotBite("a plain request was answered".to_owned())
        }
        Ok(_) => match scene.ask("GET", NOWHERE, &[]) {
            Ok(heard) if heard.status().is_some() => {
                Found::Bites("plain requests get no answer, by TLS they do".to_owned())
            }
            _ => Found::untested("by TLS there is no answer either"),
        },
    }
}

/// A hello that offers TLS 1.1 and nothing newer (RFC 4346, section 7.4.1.2).
fn hello_of_tls11() -> Vec<u8> {
    let mut body = vec![3, 2];
    body.extend_from_slice(&[7; 32]);
    // No session; three suites with RSA, AES and SHA-1; no compression.
    body.extend_from_slice(&[0, 0, 6, 0xc0, 0x13, 0, 0x2f, 0, 0x35, 1, 0]);
    let mut hello = vec![1, 0, 0, u8::try_from(body.len()).unwrap_or(u8::MAX)];
    hello.extend(body);
    let mut record = vec![22, 3, 1, 0, u8::try_from(hello.len()).unwrap_or(u8::MAX)];
    record.extend(hello);
    record
}

fn version(scene: &Scene) -> Found {
    let Some(tls) = &scene.tls else { return Found::off("the listener speaks plainly") };
    match scene.door.say_plainly(&hello_of_tls11()) {
        // A handshake record goes on; an alert, or the end, refuses.
        Ok(first) if first.first() == Some(&22) => {
            return Found::DoesNotBite("TLS 1.1 is taken".to_owned());
        }
        Ok(_) => (),
        Err(error) => return Found::untested(format!("no connection: {error}")),
    }
    match (scene.door.takes_tls12(), tls.min_version) {
        (Err(error), _) => Found::untested(format!("no connection: {error}")),
        (Ok(true), TlsVersion::Tls13) => Found::DoesNotBite("TLS 1.2 is taken".to_owned()),
        (Ok(false), TlsVersion::Tls12) => {
            Found::untested("TLS 1.1 is refused, and TLS 1.2 as well, which should be taken")
        }
        (Ok(false), TlsVersion::Tls13) => Found::Bites("TLS 1.1 and 1.2 are refused".to_owned()),
        (Ok(true), TlsVersion::Tls12) => {
            Found::Bites("TLS 1.1 is refused, TLS 1.2 is taken".to_owned())
        }
    }
}

fn certificate(scene: &Scene) -> Found {
    if scene.tls.is_none() {
        return Found::off("the listener speaks plainly");
    }
    match scene.door.shown() {
        Err(error) => Found::untested(format!("no handshake: {error}")),
        Ok(None) => Found::untested("the certificate cannot be read"),
        Ok(Some(shown)) => lasts(&shown, now_ms()),
    }
}

/// Whoever renews in time has more than a tenth of the lifetime left.
fn lasts(shown: &ShownCertificate, now_ms: u64) -> Found {
    let (left, until) = (shown.not_after_ms.saturating_sub(now_ms), day(shown.not_after_ms));
    if left == 0 {
        Found::DoesNotBite(format!("it is over since {until}"))
    } else if left < shown.lifetime_ms() / 10 {
        Found::DoesNotBite(format!("it is not renewed, and ends {until}"))
    } else {
        Found::Bites(format!("it holds until {until}"))
    }
}

/// Shapes with which requests are smuggled past one parser into another. `HOST` is a line.
const SHAPES: [(&str, &str); 8] = [
    (
        "length beside chunks",
        "HOSTContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ),
    ("two lengths", "HOSTContent-Length: 0\r\nContent-Length: 4\r\n\r\n"),
    ("a length that is none", "HOSTContent-Length: +4\r\n\r\n"),
    ("a coding that is none", "HOSTTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"),
    ("a space before a colon", "HOSTTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n"),
    ("a folded line", "HOSTX-A: 1\r\n Transfer-Encoding: chunked\r\n\r\n"),
    ("two hosts", "HOSTHost: doctor.invalid\r\n\r\n"),
    ("no host", "\r\n"),
];

fn framing(scene: &Scene) -> Found {
    let tries = SHAPES.iter().map(|(name, rest)| {
        let rest = rest.replace("HOST", &scene.host_line());
        let request = format!("POST {NOWHERE} HTTP/1.1\r\n{rest}");
        ((*name).to_owned(), judged(scene.say(request.as_bytes()), "admit", &[400, 501]))
    });
    Found::worst(&tries.collect::<Vec<_>>())
}

fn paths(scene: &Scene) -> Found {
    let allowed = scene.guard.admit.path;
    let tricks = [
        ("/a/../b", false),
        ("/a/%2e%2e/b", false),
        ("/a/%252e%252e/b", false),
        ("/a%00b", false),
        ("/a//b", allowed.double_slash),
        ("/a;b=1/c", allowed.semicolon),
        ("/a%2fb", allowed.encoded_slash),
        ("/a%5cb", allowed.encoded_slash),
    ];
    let tricks = tricks.into_iter().filter(|(_, allowed)| !allowed);
    let tries = tricks.map(|(path, _)| {
        let target = format!("{NOWHERE}{path}");
        (path.to_owned(), judged(scene.ask("GET", &target, &[]), "admit", &[400]))
    });
    Found::worst(&tries.collect::<Vec<_>>())
}

fn hosts(scene: &Scene) -> Found {
    if scene.guard.admit.hosts.is_empty() {
        return Found::off("any host is answered for");
    }
    judged(scene.ask("GET", NOWHERE, &["Host: avouch-doctor.invalid"]), "admit", &[421])
}

fn methods(scene: &Scene) -> Found {
    let tries = ["TRACE", "TRACK"].map(|method| {
        (method.to_owned(), judged(scene.ask(method, NOWHERE, &[]), "admit", &[405]))
    });
    Found::worst(&tries)
}

fn heads(scene: &Scene) -> Found {
    let most = scene.guard.admit.head_bytes_max;
    let long = format!("X-Doctor: {}", "x".repeat(most.saturating_add(1_000)));
    judged(scene.ask("GET", NOWHERE, &[&long]), "admit", &[400, 413, 414, 431])
}

#[cfg(test)]
mod tests {
    use super::*;
    use avouch_gateway::Origin;

    #[test]
    fn a_certificate_that_nobody_renews_does_not_bite() {
        let shown = ShownCertificate {
            digest: [0; 32],
            names: ["a.example".to_owned()].into(),
            not_before_ms: 0,
            not_after_ms: 1_000_000,
            origin: Origin::Files,
        };
        assert!(matches!(lasts(&shown, 899_999), Found::Bites(_)));
        assert!(matches!(lasts(&shown, 900_001), Found::DoesNotBite(_)));
        assert!(matches!(lasts(&shown, 1_000_000), Found::DoesNotBite(_)));
    }
}
