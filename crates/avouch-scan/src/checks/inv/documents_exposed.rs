//! INV-01: a description or documentation of the API is open to everybody.

use crate::check::{Check, Family, Oracle, Scope, Tier};
use crate::context::Context;
use crate::step::{Request, Step};
use crate::tape::{Flow, Tape};
use avouch_catalog::{Catalog, Document};
use avouch_model::exchange::{Answer, Outcome};
use avouch_model::operation::Operation;
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};
use std::net::IpAddr;
use url::Url;

/// INV-01
pub(super) const CHECK: Check = Check {
    id: "INV-01",
    name: "documents-exposed",
    title: "The API's description is open to everybody",
    family: Family::Inv,
    severity: Severity::Medium,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::Grammar],
    tier: Tier::Read,
    needs: &[],
    scope: Scope::Target,
    cwe: Cwe(200),
    owasp: &[Owasp::Api(9)],
    criteria: &["CC6.6", "CC7.1"],
    page: include_str!("documents_exposed.md"),
    applies: |_| true,
    run,
};

/// Where documents are that only tell themselves by being asked for, and the commonest others.
const PLACES: [&str; 5] = ["/openapi.json", "/swagger.json", "/v3/api-docs", "/docs", "/?wsdl"];

/// Marks of pages that show a description.
const PAGE_MARKS: [&str; 6] = [
    "swagger-ui",
    "<redoc",
    "redoc.standalone",
    "<rapi-doc",
    "@scalar/api-reference",
    "<elements-api",
];

/// Names of parts of an API that are for its operator.
const OPERATOR_WORDS: [&str; 7] =
    ["admin", "administration", "backoffice", "internal", "management", "superuser", "actuator"];

/// Endings of host names that no public name server knows.
const INTERNAL_ENDINGS: [&str; 7] =
    [".internal", ".local", ".lan", ".corp", ".intranet", ".svc", ".cluster.local"];

/// LIMIT: characters in which the marks of a document are looked for.
const BEGINNING_MAX: usize = 20_000;

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let mut documents: Vec<(String, &Answer)> =
        ctx.target.documents.iter().map(|(address, answer)| (address.clone(), answer)).collect();
    let mut shown_by = None;
    let mut answered = 0;
    // The places were asked for before when no description was given.
    for place in PLACES.into_iter().filter(|_| ctx.target.documents.is_empty()) {
        let tried = tape.send_any(Request::read(place))?;
        let Outcome::Answered(answer) = &tried.exchange.outcome else { continue };
        if crate::oracle::block::blocked(answer).is_some() {
            continue;
        }
        answered += 1;
        if kind(place, answer).is_some() {
            shown_by.get_or_insert(tried.index);
            documents.push((place.to_owned(), answer));
        }
    }
    let mut proof: Option<Proof> = None;
    let mut count = 0;
    for (address, answer) in &documents {
        let Some(kind) = kind(address, answer) else { continue };
        let found = judge(ctx, address, kind);
        if proof.as_ref().is_none_or(|known| known.severity < found.severity) {
            proof = Some(found);
        }
        count += 1;
    }
    match proof {
        Some(proof) => Ok(Verdict::fail(
            proof
                .because(format!("{count} document(s) were read without a credential"))
                .caused_by("published documents of the API")
                .shown_by(shown_by),
        )),
        None if answered == 0 && ctx.target.documents.is_empty() => {
            Err(Step::Done(Verdict::inconclusive("none of the usual places was answered")))
        }
        None => Ok(Verdict::Pass),
    }
}

/// What a document is.
enum Kind {
    /// A description that could be read.
    Description(Box<Catalog>),
    /// Something else that describes an API.
    Other(&'static str),
}

fn kind(address: &str, answer: &Answer) -> Option<Kind> {
    if !answer.is_success() {
        return None;
    }
    let document = Document { name: address.to_owned(), bytes: answer.body.clone().into_bytes() };
    if let Ok(reading) = avouch_catalog::read(&document, &[]) {
        return Some(Kind::Description(Box::new(reading.catalog)));
    }
    let start: String = answer.body.chars().take(BEGINNING_MAX).collect();
    let start = start.to_ascii_lowercase();
    let has = |mark: &str| start.contains(mark);
    if answer.media_type().contains("html") {
        return PAGE_MARKS
            .iter()
            .any(|mark| has(mark))
            .then_some(Kind::Other("documentation page"));
    }
    if has("http://schemas.xmlsoap.org/wsdl/") || has("http://www.w3.org/ns/wsdl") {
        return Some(Kind::Other("WSDL description"));
    }
    if has("schema.getpostman.com/json/collection") {
        return Some(Kind::Other("Postman collection"));
    }
    // A description that is too long to be kept whole.
    let cut = answer.truncated && (has("\"openapi\":") || has("\"swagger\":"));
    cut.then_some(Kind::Other("API description"))
}

fn judge(ctx: &Context<'_>, address: &str, kind: Kind) -> Proof {
    let catalog = match kind {
        Kind::Other(name) => {
            let summary = format!("anybody reads the {name} at `{address}`");
            return Proof::new(Severity::Info, Confidence::Confirmed, summary).about(address);
        }
        Kind::Description(catalog) => catalog,
    };
    let operator: Vec<&Operation> =
        catalog.operations.iter().filter(|operation| is_for_operator(operation)).collect();
    let inside = ctx.target.loopback || is_internal(&ctx.target.host);
    let internal = catalog.servers.iter().find(|server| {
        let host = Url::parse(server).ok().and_then(|url| Some(url.host_str()?.to_owned()));
        !inside && host.is_some_and(|host| host != ctx.target.host && is_internal(&host))
    });
    // Whoever guards its operator's functions need not hide that there are any.
    let severity = match (internal, operator.is_empty()) {
        (Some(_), _) => Severity::Medium,
        (None, false) => Severity::Low,
        (None, true) => Severity::Info,
    };
    let summary = format!(
        "anybody reads the description of {} operations at `{address}`",
        catalog.operations.len()
    );
    let mut proof = Proof::new(severity, Confidence::Confirmed, summary).about(address);
    if let Some(first) = operator.first() {
        let id = &first.id;
        proof = proof.because(format!("{} are for the operator, such as `{id}`", operator.len()));
    }
    if let Some(server) = internal {
        proof = proof.because(format!("it names the internal server `{server}`"));
    }
    proof
}

fn is_for_operator(operation: &Operation) -> bool {
    let is_word = |part: &str| OPERATOR_WORDS.contains(&part.to_ascii_lowercase().as_str());
    operation.path.split('/').any(is_word) || operation.tags.iter().any(|tag| is_word(tag))
}

/// Whether a host is of a private network. This machine's names are leftovers and tell nothing.
fn is_internal(host: &str) -> bool {
    match host.trim_matches(['[', ']']).parse::<IpAddr>() {
        Ok(IpAddr::V4(address)) => address.is_private() || address.is_link_local(),
        Ok(IpAddr::V6(address)) => address.is_unique_local(),
        Err(_) => {
            let named = INTERNAL_ENDINGS.iter().any(|ending| host.ends_with(ending));
            named || (!host.contains('.') && host != "localhost")
        }
    }
}
