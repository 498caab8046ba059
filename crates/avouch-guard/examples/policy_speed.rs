//! How long each rule takes for one request: `cargo run --release -p avouch-guard --example policy_speed`.
//!
//! Each line is the mean over many rounds on one core, with everything in the processor's caches.

use avouch_catalog::{Catalog, Document, read};
use avouch_guard::authorize::{Policies, Source};
use avouch_guard::filter::{AnswerBody, Asker, Filter};
use avouch_guard::route::Router;
use avouch_guard::settings::authorize::Authorize;
use avouch_guard::settings::filter::Filter as FilterSettings;
use avouch_guard::settings::route::Route;
use avouch_guard::settings::validate::Validate;
use avouch_guard::validate::Validator;
use avouch_guard::{Peer, Principal, Request};
use avouch_model::fact::request::ProvenBy;
use http::{HeaderMap, HeaderValue, Version};
use std::borrow::Cow;
use std::fmt::Write as _;
use std::hint::black_box;
use std::net::{IpAddr, Ipv4Addr};

/// Rounds of a measurement.
const ROUNDS: u32 = 100_000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let catalog = catalog()?;
    let body = body();
    report("bytes of the body", body.len() as u128, "");

    let router = Router::new(&catalog, &Route::default(), &[]).map_err(|e| format!("{e:?}"))?;
    measure("route among 1,001 operations", || {
        black_box(router.route("GET", black_box("/group7/12345/part3"))).is_ok()
    });

    let validator = Validator::new(&catalog, &Validate::default(), |_| None);
    measure("validate a body", || {
        validator.body(0, Some("application/json"), black_box(body.as_bytes())).is_ok()
    });
    measure("for comparison: read the same body into a tree", || {
        serde_json::from_str::<serde_json::Value>(black_box(&body)).is_ok()
    });

    let filter = Filter::new(&catalog, &FilterSettings::default())?;
    let mut headers = HeaderMap::new();
    headers.insert("content-type", HeaderValue::from_static("application/json"));
    let asker = Asker { method: "GET", roles: &[], tls: true, public: false };
    let plan = filter.answer(Some(0), 200, &headers, &asker);
    let AnswerBody::Run { rule, .. } = plan.body else { return Err("nothing is filtered".into()) };
    measure("filter a body of which nothing is left out", || {
        rule.run(black_box(body.as_bytes())).is_ok()
    });
    let more = body.replacen('{', "{\"internal\":{\"a\":[1,2,3]},", 1);
    measure("filter a body of which a property is left out", || {
        rule.run(black_box(more.as_bytes())).is_ok()
    });

    authorize(&catalog)
}

fn authorize(catalog: &Catalog) -> Result<(), Box<dyn std::error::Error>> {
    let mut text = String::new();
    for number in 0..20 {
        writeln!(
            text,
            "permit(principal in Role::\"role{number}\", action, resource) when {{ principal.scopes.contains(\"s{number}\") }};"
        )?;
    }
    let source = Source { name: "a.cedar".into(), text: text.clone() };
    let problems = |problems: Vec<avouch_guard::authorize::PolicyProblem>| {
        problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    };
    let settings = Authorize::default();
    let remembering = Policies::new(catalog, &settings, &[source]).map_err(problems)?;
    text.push_str("forbid(principal, action, resource) when { context.hour > 23 };");
    let source = Source { name: "a.cedar".into(), text };
    let asking = Policies::new(catalog, &settings, &[source]).map_err(problems)?;
    let headers = HeaderMap::new();
    let request = Request {
        method: "POST",
        host: "shop.example",
        path: "/orders",
        query: None,
        headers: &headers,
        version: Version::HTTP_11,
        peer: Peer { address: IpAddr::V4(Ipv4Addr::LOCALHOST), tls: None },
    };
    let who = Principal {
        id: "anna".into(),
        proven_by: ProvenBy::Token,
        roles: vec!["role7".into()],
        scopes: vec!["s7".into(), "openid".into()],
        ..Principal::anybody()
    };
    let path: [(&str, Cow<'_, str>); 0] = [];
    measure("authorize by 20 policies that are remembered", || {
        remembering.decide(0, &who, &request, &path, 0).outcome.is_ok()
    });
    measure("authorize by 21 policies that read the time", || {
        asking.decide(0, &who, &request, &path, 0).outcome.is_ok()
    });
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "it measures time")]
fn measure(what: &str, mut once: impl FnMut() -> bool) {
    let warm = (0..ROUNDS / 10).filter(|_| once()).count();
    let began = std::time::Instant::now();
    let held = (0..ROUNDS).filter(|_| once()).count();
    let took = began.elapsed().as_nanos() / u128::from(ROUNDS);
    assert!(warm > 0 && held == ROUNDS as usize, "{what}: refused");
    report(what, took, " ns");
}

#[expect(clippy::print_stdout, reason = "it reports what it measured")]
fn report(what: &str, number: u128, unit: &str) {
    println!("{what}: {number}{unit}");
}

fn catalog() -> Result<Catalog, avouch_catalog::ReadError> {
    let order = "{type: object, required: [id, customer, lines], properties: {id: {type: string, format: uuid}, customer: {type: object, properties: {name: {type: string, maxLength: 100}, mail: {type: string, format: email}, street: {type: string}, city: {type: string}, zip: {type: string, pattern: '^[0-9]{4,5}$'}}}, placed: {type: string, format: date-time}, state: {type: string, enum: [open, paid, sent]}, note: {type: string}, lines: {type: array, maxItems: 100, items: {type: object, required: [sku, count], properties: {sku: {type: string, maxLength: 40}, title: {type: string}, count: {type: integer, minimum: 1}, price: {type: number, minimum: 0}, gift: {type: boolean}}}}}}";
    let content = format!("content: {{application/json: {{schema: {order}}}}}");
    let mut yaml = format!(
        "openapi: 3.1.0\npaths:\n  /orders:\n    post:\n      requestBody: {{required: true, {content}}}\n      responses: {{200: {{description: x, {content}}}}}\n"
    );
    for at in 0..1_000 {
        let _ = write!(
            yaml,
            "  /group{}/{{id}}/part{}:\n    get:\n      parameters: [{{name: id, in: path, required: true, schema: {{type: string}}}}]\n      responses: {{}}\n",
            at % 50,
            at / 50
        );
    }
    let document = Document { name: "api.yaml".into(), bytes: yaml.into_bytes() };
    Ok(read(&document, &[])?.catalog)
}

fn body() -> String {
    let line = |at: u32| {
        format!(
            "{{\"sku\":\"AB-{at:05}\",\"title\":\"Garden chair, oak, no. {at}\",\"count\":{},\"price\":{}.95,\"gift\":false}}",
            at % 5 + 1,
            at + 19
        )
    };
    let lines: Vec<_> = (0..8).map(line).collect();
    format!(
        "{{\"id\":\"0f8fad5b-d9cb-469f-a165-70867728950e\",\"customer\":{{\"name\":\"Anna Berg\",\"mail\":\"anna@shop.io\",\"street\":\"Strandgaten 7\",\"city\":\"Bergen\",\"zip\":\"5004\"}},\"placed\":\"2026-11-26T05:00:00Z\",\"state\":\"paid\",\"note\":\"Leave it at the door, please.\",\"lines\":[{}]}}",
        lines.join(",")
    )
}
