//! The examples of the pages, run.
//!
//! A page is read from the top: a block `openapi`, `toml` or `cedar` holds for the blocks `example`
//! after it, until the next of its kind.

use crate::authorize::{Needs, Policies, Source};
use crate::filter::{AnswerBody, Asker, Filter};
use crate::own::{Owners, Told};
use crate::principal::Principal;
use crate::refusal::Refusal;
use crate::request::{Peer, Request};
use crate::route::{Routed, Router};
use crate::settings;
use crate::validate::Validator;
use avouch_catalog::{Catalog, Document, read};
use avouch_model::fact::request::ProvenBy;
use http::{HeaderMap, HeaderValue, Version};
use serde::Deserialize;
use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

/// What holds for an example.
#[derive(Default)]
struct Scene {
    catalog: Catalog,
    cedar: Option<String>,
    guard: Guard,
}

/// `[guard]`, as far as these pages show it.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Guard {
    route: settings::route::Route,
    authorize: settings::authorize::Authorize,
    validate: settings::validate::Validate,
    filter: settings::filter::Filter,
    own: Vec<settings::own::Own>,
    owning: settings::own::Owning,
    operation: Vec<settings::route::Operation>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    guard: Guard,
}

/// Runs each line of a page's examples, and says how many there were.
fn run(page: &str, example: impl Fn(&Scene, &str) -> String) {
    let mut scene = Scene::default();
    let mut examples = 0;
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        let Some(kind) = line.strip_prefix("```") else { continue };
        let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        match kind {
            "openapi" => {
                let bytes = block.join("\n").into_bytes();
                let reading = read(&Document { name: "page".into(), bytes }, &[]).unwrap();
                assert!(!reading.catalog.operations.is_empty());
                scene.catalog = reading.catalog;
            }
            // The settings above the description are shown, and are in order.
            "toml" => {
                let file: File = toml::from_str(&block.join("\n")).unwrap();
                if !scene.catalog.operations.is_empty() {
                    scene.guard = file.guard;
                }
            }
            "cedar" => scene.cedar = Some(block.join("\n")),
            "example" => {
                for line in block {
                    let (asked, expected) = line.rsplit_once(" => ").unwrap();
                    assert_eq!(example(&scene, asked), expected, "{asked}");
                    examples += 1;
                }
            }
            other => panic!("a block `{other}`"),
        }
    }
    assert!(examples > 0);
}

fn refused(refusal: &Refusal) -> String {
    format!("{} {}", refusal.status, refusal.code)
}

#[test]
fn the_examples_of_route_hold() {
    run(super::route::POLICY.page, |scene, asked| {
        let (method, path) = asked.split_once(' ').unwrap();
        let router = Router::new(&scene.catalog, &scene.guard.route, &scene.guard.operation);
        match router.unwrap().route(method, path) {
            Ok(Routed::Described(found)) => {
                let mut said = scene.catalog.operations[found.operation].id.0.clone();
                for (name, value) in found.parameters {
                    said.extend([" ", name, "=", &value]);
                }
                said
            }
            Ok(Routed::Shadow) => "shadow".to_owned(),
            Ok(Routed::Options { allow, .. }) => allow,
            Err(refusal) => match &refusal.allow {
                Some(allow) => format!("{} {allow}", refused(&refusal)),
                None => refused(&refusal),
            },
        }
    });
}

/// A request for that target.
fn asked<'a>(target: &'a str, headers: &'a HeaderMap) -> Request<'a> {
    let (path, query) = target.split_once('?').map_or((target, None), |(p, q)| (p, Some(q)));
    Request {
        method: "GET",
        host: "shop.example",
        path,
        query,
        headers,
        version: Version::HTTP_11,
        peer: Peer { address: IpAddr::V4(Ipv4Addr::LOCALHOST), tls: None },
    }
}

#[test]
fn the_examples_of_validate_hold() {
    run(super::validate::POLICY.page, |scene, line| {
        let mut words = line.splitn(3, ' ');
        let (method, target) = (words.next().unwrap(), words.next().unwrap());
        let body = words.next();
        let router = Router::new(&scene.catalog, &scene.guard.route, &[]).unwrap();
        let validator =
            Validator::new(&scene.catalog, &scene.guard.validate, |at| router.rules(at));
        assert_eq!(validator.unchecked(), []);
        let mut headers = HeaderMap::new();
        if body.is_some() {
            headers.insert("content-type", HeaderValue::from_static("application/json"));
        }
        let request = asked(target, &headers);
        let Ok(Routed::Described(found)) = router.route(method, request.path) else {
            panic!("{line}");
        };
        let judged = validator.head(found.operation, &request, &found.parameters).and_then(|_| {
            let kind = Some("application/json");
            validator.body(found.operation, kind, body.unwrap_or_default().as_bytes())
        });
        match judged {
            Ok(()) => "ok".to_owned(),
            Err(refusal) => {
                let mut said = refused(&refusal);
                for wrong in refusal.places.iter().filter(|wrong| !wrong.place.is_empty()) {
                    said.extend([" ", &wrong.place]);
                }
                said
            }
        }
    });
}

#[test]
fn the_examples_of_authorize_hold() {
    run(super::authorize::POLICY.page, |scene, line| {
        let mut who = Principal { proven_by: ProvenBy::Token, ..Principal::anybody() };
        let mut hour = 12;
        let mut words = line.split(' ').peekable();
        match words.next().unwrap() {
            "nobody" => who.proven_by = ProvenBy::Nothing,
            name => name.clone_into(&mut who.id),
        }
        while let Some((key, value)) = words.peek().and_then(|word| word.split_once('=')) {
            match key {
                "role" => who.roles.push(value.to_owned()),
                "scope" => who.scopes.push(value.to_owned()),
                "hour" => hour = value.parse().unwrap(),
                _ => panic!("{line}"),
            }
            words.next();
        }
        let id = format!("{} {}", words.next().unwrap(), words.next().unwrap());
        let value = words.next().unwrap_or_default();
        let at = scene.catalog.operations.iter().position(|one| one.id.0 == id).unwrap();
        let operation = &scene.catalog.operations[at];
        let router = Router::new(&scene.catalog, &scene.guard.route, &[]).unwrap();
        let needs = Needs::of(&scene.catalog, operation, router.rules(at));
        if let Err(refusal) = needs.check(&who) {
            return refused(&refusal);
        }
        let Some(text) = scene.cedar.clone() else { return "allowed".to_owned() };
        let source = Source { name: "shop.cedar".into(), text };
        let policies = Policies::new(&scene.catalog, &scene.guard.authorize, &[source]).unwrap();
        let headers = HeaderMap::new();
        let names: Vec<_> = operation.path_parameters().collect();
        let path: Vec<_> = names.iter().map(|name| (*name, Cow::Borrowed(value))).collect();
        let decided = policies.decide(at, &who, &asked("/", &headers), &path, hour * 3_600_000);
        match &decided.outcome {
            Ok(()) => format!("allowed {}", decided.policies.join(" ")),
            Err(refusal) => refused(refusal),
        }
    });
}

#[test]
fn the_examples_of_own_hold() {
    run(super::own::POLICY.page, |scene, line| {
        let mut who = Principal { proven_by: ProvenBy::Token, ..Principal::anybody() };
        let (asking, answer) = line.split_once(':').unwrap();
        let mut words = asking.split(' ').peekable();
        match words.next().unwrap() {
            "nobody" => who.proven_by = ProvenBy::Nothing,
            name => name.clone_into(&mut who.id),
        }
        while let Some((key, value)) = words.peek().and_then(|word| word.split_once('=')) {
            match key {
                "role" => who.roles.push(value.to_owned()),
                claim => drop(who.claims.insert(claim.to_owned(), value.into())),
            }
            words.next();
        }
        let id = format!("{} {}", words.next().unwrap(), words.next().unwrap());
        let value = words.next().unwrap();
        let ids: Vec<Arc<str>> =
            scene.catalog.operations.iter().map(|one| one.id.0.as_str().into()).collect();
        let operation = ids.iter().position(|known| **known == *id).unwrap();
        let name = scene.catalog.operations[operation].path_parameters().next().unwrap();
        let guard = &scene.guard;
        let owners = Owners::new(&scene.catalog, &ids, &guard.own, &guard.owning).unwrap();
        let path = scene.catalog.operations[operation].path.replace(&format!("{{{name}}}"), value);
        let parameters = [(name, Cow::Borrowed(value))];
        let looks = match owners.looks(operation, &who, &path, &parameters, 0) {
            Ok(looks) => looks,
            Err(refusal) => return refused(&refusal),
        };
        let Some(look) = looks.first() else { return "allowed".to_owned() };
        let (status, body) = answer.trim_start().split_once(' ').unwrap();
        let told = owners.told(look, status.parse().unwrap(), body.as_bytes(), 0);
        let outcome = match told {
            Told::Theirs => "allowed".to_owned(),
            told => refused(&Owners::refusal(told)),
        };
        format!("asked {}, {outcome}", look.path)
    });
}

#[test]
fn the_examples_of_filter_hold() {
    run(super::filter::POLICY.page, |scene, line| {
        let (roles, line) = match line.strip_prefix("role=") {
            Some(rest) => {
                let (role, line) = rest.split_once(' ').unwrap();
                (vec![role.to_owned()], line)
            }
            None => (Vec::new(), line),
        };
        let (status, body) = line.split_once(' ').unwrap();
        let filter = Filter::new(&scene.catalog, &scene.guard.filter).unwrap();
        let mut headers = HeaderMap::new();
        headers.insert("content-type", HeaderValue::from_static("application/json"));
        let asker = Asker { method: "GET", roles: &roles, tls: true, public: false };
        let plan = filter.answer(Some(0), status.parse().unwrap(), &headers, &asker);
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        match plan.body {
            AnswerBody::Forward => body.to_owned(),
            AnswerBody::Replace(bytes) => text(bytes),
            AnswerBody::Refuse(refusal) => refused(&refusal),
            AnswerBody::Run { rule, .. } => match rule.run(body.as_bytes()) {
                Ok(filtered) => text(&filtered.body),
                Err(refusal) => refused(&refusal),
            },
        }
    });
}

#[test]
fn every_page_tells_of_each_refusal() {
    let mine = [
        &super::route::POLICY,
        &super::authorize::POLICY,
        &super::own::POLICY,
        &super::validate::POLICY,
        &super::filter::POLICY,
    ];
    for policy in mine {
        for (code, status, _) in policy.refusals {
            assert!(policy.page.contains(&format!("`{code}`")), "{}: {code}", policy.id);
            assert!(policy.page.contains(&status.to_string()), "{}: {status}", policy.id);
        }
    }
}
