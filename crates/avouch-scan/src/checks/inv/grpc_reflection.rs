//! INV-07: a gRPC server lists its services to anybody.

use crate::check::{Check, Family, Oracle, Scope, Tier};
use crate::context::Context;
use crate::oracle::block::blocked;
use crate::step::{Request, Route};
use crate::tape::{Flow, Tape};
use avouch_model::exchange::{Answer, Failure, Outcome};
use avouch_model::operation::Method;
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};
use std::collections::BTreeSet;

/// INV-07
pub(super) const CHECK: Check = Check {
    id: "INV-07",
    name: "grpc-services-listed",
    title: "A gRPC server lists its services to anybody",
    family: Family::Inv,
    severity: Severity::Low,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::Grammar],
    tier: Tier::Read,
    needs: &[],
    scope: Scope::Target,
    cwe: Cwe(200),
    owasp: &[Owasp::Api(9)],
    criteria: &["CC7.1"],
    page: include_str!("grpc_reflection.md"),
    applies,
    run,
};

/// The reflection service, newest first.
const PLACES: [&str; 2] = [
    "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
    "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
];
/// A gRPC message (not compressed, two bytes) with `list_services` of a reflection request, which is
/// field 7, empty.
const LIST_SERVICES: &str = "\0\0\0\0\u{2}:\0";
/// LIMIT: services named in the proof.
const NAMED_MAX: usize = 10;

/// gRPC needs HTTP/2. Over TLS the handshake has told; in clear it must be tried.
fn applies(ctx: &Context<'_>) -> bool {
    match &ctx.target.tls {
        Some(facts) => facts.alpn.as_deref() == Some("h2"),
        None => !ctx.target.secure,
    }
}

fn run(_ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let mut spoke_grpc = false;
    for place in PLACES {
        let mut request = Request::new(Method::Post, place)
            .header("content-type", "application/grpc")
            .header("te", "trailers")
            .route(Route::Http2);
        request.body = Some(LIST_SERVICES.to_owned());
        let tried = tape.send_any(request)?;
        let answer = match &tried.exchange.outcome {
            // What breaks the connection at once does not speak HTTP/2.
            Outcome::Failed(Failure::Broken(_) | Failure::Tls(_)) => {
                return Ok(Verdict::NotApplicable);
            }
            Outcome::Failed(failure) => {
                return Ok(Verdict::inconclusive(format!("no answer: {failure}")));
            }
            Outcome::Answered(answer) => answer,
        };
        if let Some(why) = blocked(answer) {
            return Ok(Verdict::inconclusive(why));
        }
        spoke_grpc |= is_grpc(answer);
        let services = services(&answer.body);
        if is_grpc(answer) && !services.is_empty() {
            let summary =
                format!("nobody asked which services there are and was told {}", services.len());
            let named: Vec<String> = services.iter().take(NAMED_MAX).cloned().collect();
            return Ok(Verdict::fail(
                Proof::new(Severity::Low, Confidence::Confirmed, summary)
                    .because(format!("`{place}` lists {}", named.join(", ")))
                    .because("the same service hands out the description of each of their messages")
                    .caused_by("gRPC reflection is on")
                    .shown_by([tried.index]),
            ));
        }
    }
    Ok(if spoke_grpc { Verdict::Pass } else { Verdict::NotApplicable })
}

fn is_grpc(answer: &Answer) -> bool {
    answer.media_type().starts_with("application/grpc")
}

/// Names of services in a list: fields 1 in fields 1, each with its length in one byte. Read as text,
/// in which lengths from 128 on, those around the names, are no longer to be recognised.
fn services(body: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let chars: Vec<char> = body.chars().collect();
    for (at, window) in chars.windows(4).enumerate() {
        let [first, outer, second, inner] = window else { continue };
        let (outer, inner) = (u32::from(*outer), u32::from(*inner));
        if (*first, *second) != ('\n', '\n') || outer != inner + 2 || inner == 0 {
            continue;
        }
        let length = usize::try_from(inner).unwrap_or_default();
        let name: String = chars.iter().skip(at + 4).take(length).collect();
        if name.chars().count() == length && is_service(&name) {
            found.insert(name);
        }
    }
    found
}

/// `package.Service`: letters, digits, underscores and dots.
fn is_service(name: &str) -> bool {
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '.');
    plain && name.starts_with(|c: char| c.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_out_of_a_list() {
        let one = "shop.Orders";
        let other = "grpc.reflection.v1.ServerReflection";
        let item = |name: &str| {
            let length = u8::try_from(name.len()).unwrap();
            let mut bytes = vec![b'\n', length + 2, b'\n', length];
            bytes.extend(name.as_bytes());
            bytes
        };
        let list = [item(one), item(other)].concat();
        let mut message = vec![b'2', u8::try_from(list.len()).unwrap()];
        message.extend(list);
        let text = String::from_utf8_lossy(&message).into_owned();
        let expected: BTreeSet<String> = [one, other].map(str::to_owned).into();
        assert_eq!(services(&text), expected);
        assert!(services("\n\u{5}\n\u{3}a b").is_empty());
    }
}
