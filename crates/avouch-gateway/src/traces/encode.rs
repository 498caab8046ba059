//! Requests as the spans that a collector takes: `ExportTraceServiceRequest` of OTLP 1, with the names of
//! the semantic conventions for HTTP where they have one.

use super::protobuf::Message;
use super::trace::{About, OTHERS, REQUEST, Step, Told, UPSTREAM};
use http::Version;

/// `SpanKind`
const INTERNAL: u64 = 1;
const SERVER: u64 = 2;
const CLIENT: u64 = 3;
/// `Status.code`
const ERROR: u64 = 2;
/// `Span.flags`: recorded, and known to have a parent here or elsewhere.
const FLAGS: u32 = 0x101;
const REMOTE: u32 = 0x200;
/// The step that is a request of our own.
const TO_THE_API: &str = "upstream";
/// Stands for a path that no description knows: it may hold anything.
const REDACTED: &str = "REDACTED";

/// The methods that spans may name (RFC 9110, RFC 5789).
const METHODS: [&str; 9] =
    ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"];

/// All of a batch, under the name of a service.
pub(super) fn request(batch: &[Told], service: &str) -> Vec<u8> {
    let mut whole = Message::default();
    whole.message(1, |resource_spans| {
        resource_spans.message(1, |resource| {
            attribute(resource, 1, "service.name", service);
            attribute(resource, 1, "service.version", env!("CARGO_PKG_VERSION"));
        });
        resource_spans.message(2, |scope_spans| {
            scope_spans.message(1, |scope| {
                scope.text(1, "avouch-gateway");
                scope.text(2, env!("CARGO_PKG_VERSION"));
            });
            for told in batch {
                spans(scope_spans, told);
            }
        });
    });
    whole.into_bytes()
}

fn spans(into: &mut Message, told: &Told) {
    into.message(2, |span| {
        let parent = told.trace.parent;
        head(span, told, REQUEST, parent, if parent.is_some() { FLAGS | REMOTE } else { FLAGS });
        span.text(5, &name(&told.about));
        span.number(6, SERVER);
        times(span, told, 0, told.took_ns);
        about(span, told);
    });
    for (number, step) in (OTHERS..).zip(&told.steps) {
        let is_upstream = step.name == TO_THE_API;
        into.message(2, |span| {
            let number = if is_upstream { UPSTREAM } else { number };
            head(span, told, number, Some(told.trace.span(REQUEST)), FLAGS);
            if is_upstream {
                span.text(5, method(&told.about));
                span.number(6, CLIENT);
            } else {
                span.text(5, step.name);
                span.number(6, INTERNAL);
            }
            times(span, told, step.from_ns, step.to_ns);
            step_attributes(span, told, step);
        });
    }
}

fn head(span: &mut Message, told: &Told, number: u64, parent: Option<[u8; 8]>, flags: u32) {
    span.bytes(1, &told.trace.id);
    span.bytes(2, &told.trace.span(number));
    if let Some(state) = told.trace.state.as_ref().and_then(|state| state.to_str().ok()) {
        span.text(3, state);
    }
    if let Some(parent) = parent {
        span.bytes(4, &parent);
    }
    span.fixed32(16, flags);
}

fn times(span: &mut Message, told: &Told, from_ns: u64, to_ns: u64) {
    let began_ns = told.trace.began_ns;
    span.fixed64(7, began_ns.saturating_add(from_ns));
    span.fixed64(8, began_ns.saturating_add(to_ns));
}

fn method(about: &About) -> &'static str {
    let known = METHODS.iter().find(|known| **known == about.method);
    known.copied().unwrap_or("_OTHER")
}

/// The template of the path, which names no object.
fn route(about: &About) -> Option<&str> {
    let (_, path) = about.operation.as_deref()?.split_once(' ')?;
    path.starts_with('/').then_some(path)
}

fn name(about: &About) -> String {
    // What is no method known is named so (semantic conventions, name of a span).
    let method = Some(method(about)).filter(|method| *method != "_OTHER").unwrap_or("HTTP");
    route(about).map_or_else(|| method.to_owned(), |route| format!("{method} {route}"))
}

fn about(span: &mut Message, told: &Told) {
    let about = &told.about;
    attribute(span, 9, "http.request.method", method(about));
    attribute(span, 9, "url.scheme", if about.is_tls { "https" } else { "http" });
    attribute(span, 9, "url.path", route(about).unwrap_or(REDACTED));
    if let Some(route) = route(about) {
        attribute(span, 9, "http.route", route);
    }
    address(span, &about.host);
    let version = match about.version {
        Version::HTTP_10 => "1.0",
        Version::HTTP_2 => "2",
        _ => "1.1",
    };
    attribute(span, 9, "network.protocol.version", version);
    attribute(span, 9, "avouch.request.id", &about.request);
    attribute(span, 9, "avouch.decision", about.outcome);
    if let Some((policy, code)) = about.refused {
        attribute(span, 9, "avouch.policy", policy);
        attribute(span, 9, "avouch.code", code);
    }
    status(span, about.status);
    let is_error = about.is_broken || about.status.is_none_or(|status| status >= 500);
    if is_error {
        let kind = match (about.refused, about.status) {
            (Some((_, code)), _) => code.to_owned(),
            (None, _) if about.is_broken => "broken".to_owned(),
            (None, status) => status.map_or("broken".to_owned(), |status| status.to_string()),
        };
        failed(span, &kind);
    }
}

fn step_attributes(span: &mut Message, told: &Told, step: &Step) {
    let about = &told.about;
    let refused = about.refused.filter(|(policy, _)| *policy == step.name);
    if step.name == TO_THE_API {
        attribute(span, 9, "http.request.method", method(about));
        if let Some(instance) = &told.trace.instance {
            let (scheme, authority) = instance.split_once("://").unwrap_or(("http", instance));
            address(span, authority);
            let path = route(about).unwrap_or("/REDACTED");
            attribute(span, 9, "url.full", &format!("{scheme}://{authority}{path}"));
            if refused.is_none() {
                status(span, about.answered);
            }
        }
    }
    if let Some((_, code)) = refused {
        attribute(span, 9, "avouch.code", code);
        failed(span, code);
    } else if step.name == "record" && about.is_broken {
        failed(span, "record-failed");
    }
}

fn status(span: &mut Message, status: Option<u64>) {
    let Some(status) = status else { return };
    span.message(9, |pair| {
        pair.text(1, "http.response.status_code");
        pair.message(2, |value| value.number(3, status));
    });
}

fn failed(span: &mut Message, kind: &str) {
    attribute(span, 9, "error.type", kind);
    span.message(15, |status| status.number(3, ERROR));
}

fn address(span: &mut Message, authority: &str) {
    let has_port = |(_, port): &(&str, &str)| port.bytes().all(|byte| byte.is_ascii_digit());
    let (host, port) = match authority.rsplit_once(':').filter(has_port) {
        Some((host, port)) => (host, port.parse::<u16>().ok()),
        None => (authority, None),
    };
    if !host.is_empty() {
        attribute(span, 9, "server.address", host.trim_matches(['[', ']']));
    }
    if let Some(port) = port {
        span.message(9, |pair| {
            pair.text(1, "server.port");
            pair.message(2, |value| value.number(3, u64::from(port)));
        });
    }
}

fn attribute(into: &mut Message, field: u64, name: &str, value: &str) {
    into.message(field, |pair| {
        pair.text(1, name);
        pair.message(2, |inner| inner.text(1, value));
    });
}
