use super::*;
use crate::principal::Principal;
use crate::request::{Handshake, Peer, Request};
use crate::settings::authorize::{Authorize, Claim};
use avouch_catalog::{Catalog, Document, read};
use avouch_model::fact::request::ProvenBy;
use http::{HeaderMap, Version};
use proptest::collection::vec;
use proptest::prelude::*;
use std::borrow::Cow;
use std::net::IpAddr;

const SHOP: &str = "
openapi: 3.1.0
paths:
  /orders:
    get: {tags: [orders], parameters: [{name: state, in: query, schema: {type: string}}], security: [{oauth: [orders:read]}], responses: {}}
    post: {tags: [orders], security: [{oauth: [orders:write]}], responses: {}}
  /orders/{orderId}:
    get: {tags: [orders], security: [{oauth: [orders:read]}], responses: {}}
  /users/{userId}:
    get: {x-role: admin, security: [{oauth: []}], responses: {}}
  /health:
    get: {security: [], responses: {}}
components:
  securitySchemes:
    oauth: {type: oauth2, flows: {clientCredentials: {tokenUrl: /t, scopes: {}}}}
";

/// Places of the operations above.
const LIST: usize = 0;
const ORDER: usize = 2;
const USER: usize = 3;

fn catalog() -> Catalog {
    let document = Document { name: "api.yaml".into(), bytes: SHOP.as_bytes().to_vec() };
    read(&document, &[]).unwrap().catalog
}

fn settings() -> Authorize {
    let claims = [("tenant", Claim::Text), ("level", Claim::Whole), ("groups", Claim::Texts)];
    let claims = claims.into_iter().map(|(name, claim)| (name.to_owned(), claim)).collect();
    Authorize { claims, ..Authorize::default() }
}

fn sources(text: &str) -> [Source; 1] {
    [Source { name: "shop.cedar".into(), text: text.into() }]
}

fn policies(text: &str) -> Policies {
    Policies::new(&catalog(), &settings(), &sources(text)).unwrap()
}

fn anna(roles: &[&str], scopes: &[&str]) -> Principal {
    Principal {
        id: "anna".into(),
        issuer: Some("idp".into()),
        proven_by: ProvenBy::Token,
        roles: roles.iter().map(ToString::to_string).collect(),
        scopes: scopes.iter().map(ToString::to_string).collect(),
        ..Principal::anybody()
    }
}

/// Where a request comes from.
#[derive(Clone, Debug)]
struct From {
    address: &'static str,
    tls: bool,
    query: &'static str,
    now_ms: u64,
}

const HERE: From = From { address: "192.0.2.7", tls: true, query: "", now_ms: 0 };

fn decide(policies: &Policies, at: usize, who: &Principal, from: &From, id: &str) -> Decided {
    let headers = HeaderMap::new();
    let handshake = Handshake::default();
    let address: IpAddr = from.address.parse().unwrap();
    let request = Request {
        method: "GET",
        host: "shop.example",
        path: "/",
        query: Some(from.query),
        headers: &headers,
        version: Version::HTTP_11,
        peer: Peer { address, tls: from.tls.then_some(&handshake) },
    };
    let name = if at == USER { "userId" } else { "orderId" };
    let path = [(name, Cow::Borrowed(id))];
    let path = if at == ORDER || at == USER { &path[..] } else { &[] };
    policies.decide(at, who, &request, path, from.now_ms).as_ref().clone()
}

/// `allowed`, or the refusal's code, and the policies.
fn said(decided: &Decided) -> String {
    let outcome = match &decided.outcome {
        Ok(()) => "allowed".to_owned(),
        Err(refusal) => format!("{} {}", refusal.status, refusal.code),
    };
    format!("{outcome} [{}]", decided.policies.join(", "))
}

#[test]
fn policies_decide_by_role_claim_path_and_circumstance() {
    let policies = policies(
        "@id(\"readers\") permit(principal, action in Action::\"read\", resource) when { principal.scopes.contains(\"orders:read\") };
         @id(\"own\") permit(principal is User, action == Action::\"GET /users/{userId}\", resource) when { context.path.userId == principal.id };
         @id(\"tenant\") permit(principal, action in Action::\"tag:orders\", resource) when { principal.claims has tenant && principal.claims.tenant == \"acme\" };
         @id(\"no-outsiders\") forbid(principal, action == Action::\"GET /orders\", resource) unless { context.address.isInRange(ip(\"192.0.2.0/24\")) };
         permit(principal in Role::\"admin\", action, resource);",
    );
    let check = |at, who: &Principal, from: &From, id, expected: &str| {
        assert_eq!(said(&decide(&policies, at, who, from, id)), expected, "{who:?} {from:?} {id}");
    };
    check(LIST, &anna(&[], &["orders:read"]), &HERE, "", "allowed [readers]");
    check(LIST, &anna(&[], &[]), &HERE, "", "403 policy-denies []");
    let outside = From { address: "203.0.113.9", ..HERE };
    check(LIST, &anna(&["admin"], &[]), &outside, "", "403 policy-denies [no-outsiders]");
    check(LIST, &anna(&["admin"], &[]), &HERE, "", "allowed [shop.cedar#5]");
    check(USER, &anna(&[], &[]), &HERE, "anna", "allowed [own]");
    check(USER, &anna(&[], &[]), &HERE, "otto", "403 policy-denies []");
    let mut key = anna(&[], &[]);
    key.proven_by = ProvenBy::ApiKey;
    check(USER, &key, &HERE, "anna", "403 policy-denies []");
    let mut acme = anna(&[], &[]);
    acme.claims.insert("tenant".into(), "acme".into());
    check(ORDER, &acme, &HERE, "7", "allowed [tenant]");
    acme.claims.insert("tenant".into(), 7.into());
    check(ORDER, &acme, &HERE, "7", "403 policy-denies []");
}

#[test]
fn people_of_two_issuers_are_two_people() {
    let policies = policies("permit(principal == User::\"idp/anna\", action, resource);");
    assert!(decide(&policies, LIST, &anna(&[], &[]), &HERE, "").outcome.is_ok());
    let other = Principal { issuer: Some("other".into()), ..anna(&[], &[]) };
    assert!(decide(&policies, LIST, &other, &HERE, "").outcome.is_err());
}

#[test]
fn a_policy_that_errs_denies() {
    let policies = policies(
        "@id(\"all\") permit(principal, action, resource);
         @id(\"sum\") forbid(principal, action, resource) when { principal.claims has level && principal.claims.level + 1 < 0 };",
    );
    let mut who = anna(&[], &[]);
    assert_eq!(said(&decide(&policies, LIST, &who, &HERE, "")), "allowed [all]");
    who.claims.insert("level".into(), i64::MAX.into());
    let decided = decide(&policies, LIST, &who, &HERE, "");
    assert_eq!(said(&decided), "503 policy-errs [sum]");
    assert!(decided.outcome.unwrap_err().is_undecided());
}

#[test]
fn mistakes_are_found_when_policies_are_read_with_their_line() {
    let wrong = |text: &str| {
        let problems = Policies::new(&catalog(), &settings(), &sources(text)).unwrap_err();
        problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
    };
    for (text, expected) in [
        ("\npermit(principal, action, resource) when { ", "shop.cedar:2: "),
        ("permit(principal, action,\nresource) when { principal.nme == \"a\" };", "shop.cedar:2: "),
        ("\n\npermit(principal, action == Action::\"GET /nothing\", resource);", "shop.cedar:3: "),
        (
            "permit(principal, action == Action::\"GET /orders\", resource) when\n{ context.path.orderId == \"7\" };",
            "shop.cedar:2: ",
        ),
        (
            "permit(principal, action, resource) when { principal.claims.tenant == \"a\" };",
            "shop.cedar:1: ",
        ),
        ("permit(principal == ?principal, action, resource);", "shop.cedar: a policy with slots"),
        (
            "@id(\"a\") permit(principal, action, resource); @id(\"a\") forbid(principal, action, resource);",
            "shop.cedar: two policies have the id `a`",
        ),
    ] {
        let said = wrong(text);
        assert!(said.starts_with(expected), "{text}\n{said}");
    }
    let doubtful = policies("permit(principal, action, resource) when { false };");
    assert_eq!(doubtful.warnings().len(), 1);
}

#[test]
fn the_bundle_is_told_apart_by_every_letter() {
    let one = policies("permit(principal, action, resource);");
    let same = policies("permit(principal, action, resource);");
    let other = policies("permit(principal, action, resource); ");
    assert_eq!(one.bundle(), same.bundle());
    assert_ne!(one.bundle(), other.bundle());
}

#[test]
fn the_starter_asks_for_what_the_description_asks_for() {
    let catalog = catalog();
    let text = starter_policies(&catalog);
    let policies = Policies::new(&catalog, &settings(), &sources(&text)).unwrap();
    assert_eq!(policies.warnings(), []);
    for (at, who, allowed) in [
        (LIST, anna(&[], &["orders:read"]), true),
        (LIST, anna(&[], &["orders:write"]), false),
        (USER, anna(&["admin"], &[]), true),
        (USER, anna(&[], &[]), false),
        (4, Principal::anybody(), true),
        (LIST, Principal::anybody(), false),
    ] {
        let decided = decide(&policies, at, &who, &HERE, "x");
        assert_eq!(decided.outcome.is_ok(), allowed, "{at} {who:?}\n{text}");
        // It says the same as the check that needs no policies.
        let needs = Needs::of(&catalog, &catalog.operations[at], None).check(&who);
        let public = at == 4;
        assert_eq!(needs.is_ok() || public, allowed);
    }
    // The rules about owners are right when they are taken in.
    let taken = text
        .replace("// @id(\"owner", "@id(\"owner")
        .replace("// forbid", "forbid")
        .replace("// unless", "unless");
    let policies = Policies::new(&catalog, &settings(), &sources(&taken)).unwrap();
    let denied = decide(&policies, USER, &anna(&["clerk"], &[]), &HERE, "otto");
    assert!(said(&denied).contains("owner GET /users/{userId}"), "{}", said(&denied));
}

fn principal() -> impl Strategy<Value = Principal> {
    let names = || vec("[ab]", 0..3);
    let proven = prop_oneof![
        Just(ProvenBy::Token),
        Just(ProvenBy::ApiKey),
        Just(ProvenBy::Certificate),
        Just(ProvenBy::Nothing)
    ];
    let tenant = proptest::option::of("[ab]");
    (proven, "[ab]", "[ab]", names(), names(), tenant).prop_map(
        |(proven_by, id, issuer, roles, scopes, tenant)| {
            let mut who = Principal {
                id: id.clone(),
                issuer: Some(issuer),
                proven_by,
                roles,
                scopes,
                key: Some(id),
                ..Principal::anybody()
            };
            if let Some(tenant) = tenant {
                who.claims.insert("tenant".into(), tenant.into());
            }
            who
        },
    )
}

fn condition() -> impl Strategy<Value = &'static str> {
    prop_oneof![
        Just("principal.id == \"a\""),
        Just("principal.issuer == \"a\""),
        Just("principal.scopes.contains(\"a\")"),
        Just("principal in Role::\"a\""),
        Just("principal.claims has tenant && principal.claims.tenant == \"b\""),
        Just("principal == User::\"a/b\" || principal == Key::\"b\""),
        Just("context.path.orderId == principal.id"),
        Just("context.tls"),
        Just("context.hour < 12"),
        Just("context.address.isIpv4()"),
        Just("principal is Machine"),
        Just("true"),
    ]
}

fn policy() -> impl Strategy<Value = String> {
    let effect = prop_oneof![2 => Just("permit"), 1 => Just("forbid")];
    (effect, vec(condition(), 1..3), any::<bool>()).prop_map(|(effect, conditions, unless)| {
        let word = if unless { "unless" } else { "when" };
        let condition = conditions.join(" && ");
        format!("{effect}(principal, action == Action::\"GET /orders/{{orderId}}\", resource) {word} {{ {condition} }};")
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn what_is_remembered_is_what_would_be_decided(
        all in vec(policy(), 1..4),
        asked in vec((principal(), "[ab]", any::<bool>(), any::<bool>(), 0_u64..24), 1..20),
    ) {
        let text = all.join("\n");
        let remembering = policies(&text);
        let forgetting = Authorize { remembered_max: 0, ..settings() };
        let forgetting = Policies::new(&catalog(), &forgetting, &sources(&text)).unwrap();
        for (who, id, tls, six, hour) in asked {
            let address = if six { "2001:db8::1" } else { "192.0.2.7" };
            let from = From { address, tls, query: "", now_ms: hour * 3_600_000 };
            let one = decide(&remembering, ORDER, &who, &from, &id);
            let other = decide(&forgetting, ORDER, &who, &from, &id);
            prop_assert_eq!(one, other, "{}", text);
        }
    }
}

#[test]
fn the_memory_is_used_and_bounded() {
    let text = "permit(principal, action, resource) when { context.path.orderId == principal.id };";
    let text = text.replace("action,", "action == Action::\"GET /orders/{orderId}\",");
    let few = Authorize { remembered_max: 64, ..settings() };
    let policies = Policies::new(&catalog(), &few, &sources(&text)).unwrap();
    for id in 0..1_000 {
        decide(&policies, ORDER, &anna(&[], &[]), &HERE, &id.to_string());
    }
    let remembered = policies.remembered();
    assert!((32..=64).contains(&remembered), "{remembered}");
    // Another person is another decision only where it is read who it is.
    let open = self::policies("permit(principal, action, resource);");
    for id in ["a", "b", "c"] {
        let who = Principal { id: id.into(), ..anna(&[], &[]) };
        decide(&open, LIST, &who, &HERE, "");
    }
    assert_eq!(open.remembered(), 1);
    let timed = self::policies("permit(principal, action, resource) when { context.hour == 0 };");
    assert!(decide(&timed, LIST, &anna(&[], &[]), &HERE, "").outcome.is_ok());
    let later = From { now_ms: 3_600_000, ..HERE };
    assert!(decide(&timed, LIST, &anna(&[], &[]), &later, "").outcome.is_err());
    assert_eq!(timed.remembered(), 0);
}
