//! Whatever is written as settings or policies: it is an error, or it decides; it decides the same
//! again; and what permits nothing lets nobody in.
#![no_main]

use avouch_catalog::{Catalog, Document};
use avouch_guard::authorize::Source;
use avouch_guard::contain::Containment;
use avouch_guard::guard::Ground;
use avouch_guard::identify::Identifier;
use avouch_guard::limit::Buckets;
use avouch_guard::request::Peer;
use avouch_guard::settings::GuardSettings;
use avouch_guard::{Course, Guard, Halt, Request};
use libfuzzer_sys::fuzz_target;
use std::collections::hash_map::RandomState;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, LazyLock};

const DESCRIPTION: &str = r#"
openapi: 3.1.0
paths:
  /orders/{orderId}:
    parameters: [{name: orderId, in: path, required: true, schema: {type: string}}]
    get: {tags: [orders], security: [{}], responses: {}}
    post: {tags: [orders], x-role: admin, security: [{token: []}], responses: {}}
components:
  securitySchemes:
    token: {type: http, scheme: bearer}
"#;

static CATALOG: LazyLock<Catalog> = LazyLock::new(|| {
    let document = Document { name: "api".into(), bytes: DESCRIPTION.as_bytes().to_vec() };
    avouch_catalog::read(&document, &[]).unwrap().catalog
});

fuzz_target!(|input: (bool, &str)| {
    let (as_settings, text) = input;
    if as_settings {
        let Ok(settings) = toml::from_str::<GuardSettings>(text) else { return };
        // As much room as a file asks for is had at once.
        if settings.limits.buckets > 1 << 20 {
            return;
        }
        if let Some(guard) = guard(settings, &[]) {
            decided(&guard);
        }
        return;
    }
    let mut settings: GuardSettings = toml::from_str("").unwrap();
    settings.identify.anybody = true;
    settings.authorize.policies = vec!["policies.cedar".into()];
    let source = Source { name: "policies.cedar".into(), text: text.to_owned() };
    let Some(guard) = guard(settings, &[source]) else { return };
    let decision = decided(&guard);
    if !text.contains("permit") {
        assert!(decision.iter().all(|decision| decision != "allowed"), "{decision:?}");
    }
});

fn guard(settings: GuardSettings, sources: &[Source]) -> Option<Guard> {
    let identifier = Identifier::new(settings.identify.clone(), None, 1).ok()?;
    let ground = Ground { buckets: Arc::new(Buckets::new(64)), hash: RandomState::new() };
    Guard::new(settings, identifier, Some(&CATALOG), sources, ground).ok()
}

fn decided(guard: &Guard) -> Vec<String> {
    let headers = http::HeaderMap::new();
    let one = |method| {
        let request = Request {
            method,
            host: "a",
            path: "/orders/7",
            query: None,
            headers: &headers,
            version: http::Version::HTTP_11,
            peer: Peer { address: IpAddr::V4(Ipv4Addr::LOCALHOST), tls: None },
        };
        let mut course = Course::default();
        match guard.decide(&request, &Containment::default(), 1_800_000_000_000, &mut course) {
            Ok(()) => "allowed".to_owned(),
            Err(Halt::Refused(refusal)) => format!("{} {}", refusal.policy, refusal.code),
            Err(_) => "other".to_owned(),
        }
    };
    let first: Vec<String> = ["GET", "POST", "PUT"].map(one).to_vec();
    // A limit may be used up by the second time.
    let second = ["GET", "POST", "PUT"].map(one);
    for (first, second) in first.iter().zip(second) {
        assert!(*first == second || second.starts_with("limit"), "{first}, then {second}");
    }
    first
}
