//! Connects, calibrates, and finds out which operations there are.

use super::sender::Sender;
use crate::context::TargetFacts;
use crate::nonce::Nonces;
use crate::oracle::soft_not_found::{Calibration, PathKind};
use crate::step::Request;
use avouch_catalog::discovery::{links, pages, places, templates, words};
use avouch_catalog::{Catalog, Description, Document, ReadError, Reading};
use avouch_model::exchange::{Answer, Exchange, Outcome};
use avouch_model::operation::{Method, Operation};
use avouch_model::report::Warning;
use avouch_wire::client::{Origin, Scheme};
use std::collections::BTreeSet;
use std::sync::Arc;
use tokio::task::JoinSet;
use url::Url;

/// LIMIT: documents a description may be spread over.
const DOCUMENTS_MAX: usize = 50;
/// LIMIT: rounds of fetching documents that documents name.
const REFERENCE_ROUNDS_MAX: usize = 4;
/// LIMIT: operations found by asking.
const DISCOVERED_MAX: usize = 200;
/// LIMIT: scripts of the front page that are read.
const SCRIPTS_MAX: usize = 6;
/// LIMIT: described places that are asked in one go before looking at what came.
const PLACES_AT_ONCE: usize = 12;

/// What reconnaissance found out.
#[derive(Debug)]
pub struct Recon {
    /// The target.
    pub target: TargetFacts,
    /// Its operations.
    pub catalog: Catalog,
    /// Descriptions the catalogue was read from, for recordings.
    pub descriptions: Vec<Description>,
    /// What a person should know.
    pub warnings: Vec<Warning>,
}

/// Why there is nothing to scan.
#[derive(Debug, thiserror::Error)]
pub enum ReconError {
    /// No answer at all.
    #[error("{0}")]
    Unreachable(String),
    /// The description the user gave cannot be read.
    #[error("the description cannot be read")]
    Description(#[source] ReadError),
}

fn warn(message: impl Into<String>) -> Warning {
    Warning { place: None, message: message.into() }
}

/// Finds out what there is.
pub async fn recon(
    sender: &Arc<Sender>,
    target: &Url,
    given: &[Description],
    discover: bool,
    nonces: &Nonces,
) -> Result<Recon, ReconError> {
    let origin = sender.origin().clone();
    let stated_base = target.path().trim_end_matches('/').to_owned();
    let front = sender.send(&Request::read(target.path())).await;
    let front = match front.outcome {
        Outcome::Answered(answer) => answer,
        Outcome::Failed(failure) => return Err(ReconError::Unreachable(failure.to_string())),
    };
    let mut warnings = Vec::new();
    let tls = match origin.scheme {
        Scheme::Https => sender.client().tls_facts(target).await.ok(),
        Scheme::Http => None,
    };
    let mut facts = TargetFacts {
        origin: origin.to_string(),
        base_path: stated_base.clone(),
        host: origin.host.clone(),
        secure: origin.scheme == Scheme::Https,
        loopback: is_loopback(&origin),
        tls,
        not_found: Calibration::default(),
        front: Some(front.clone()),
        documents: Vec::new(),
        met_paths: Vec::new(),
        graphs: Vec::new(),
    };
    facts.not_found = calibrate(sender, &stated_base, nonces).await;
    let mut finder = Finder {
        sender,
        target,
        facts: &mut facts,
        warnings: &mut warnings,
        descriptions: Vec::new(),
    };
    let mut catalog = Catalog::empty();
    for one in given {
        let read = finder.read(&one.main, &one.others).await.map_err(ReconError::Description)?;
        catalog.merge(read);
    }
    if given.is_empty() && discover {
        catalog = finder.find_description(&front).await;
        if catalog.operations.is_empty() {
            catalog = finder.guess(&front).await;
        }
    }
    let descriptions = std::mem::take(&mut finder.descriptions);
    warnings.extend(catalog.warnings.clone());
    facts.base_path = base_path(&stated_base, &catalog);
    Ok(Recon { target: facts, catalog, descriptions, warnings })
}

fn is_loopback(origin: &Origin) -> bool {
    origin.host == "localhost"
        || origin.host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// The path all operations begin with: the description's own, below the one the user gave.
fn base_path(stated: &str, catalog: &Catalog) -> String {
    let described = catalog.base_path().trim_end_matches('/').to_owned();
    // A description without a base of its own may write the whole path with each operation.
    let whole = |operation: &Operation| {
        operation.path.strip_prefix(stated).is_some_and(|rest| rest.starts_with('/'))
    };
    let count = catalog.operations.len();
    let wholes = catalog.operations.iter().filter(|operation| whole(operation)).count();
    if !stated.is_empty() && described.is_empty() && count > 0 && wholes * 2 > count {
        return described;
    }
    if described.starts_with(stated) || stated.is_empty() { described } else { stated.to_owned() }
}

/// Asks for paths that cannot exist, of every kind that matters.
async fn calibrate(sender: &Arc<Sender>, base: &str, nonces: &Nonces) -> Calibration {
    let word = |label: &str| nonces.word(label, 14);
    let mut paths = vec![
        format!("/{}", word("one")),
        format!("/{}/{}", word("two"), word("three")),
        format!("/{}.json", word("four")),
        format!("/.{}", word("five")),
        format!("/.{}/{}", word("six"), word("seven")),
        format!("/{}/{}/{}", word("eight"), word("nine"), word("ten")),
    ];
    if !base.is_empty() {
        paths.push(format!("{base}/{}", word("eleven")));
    }
    let requests = paths.iter().map(Request::read).collect();
    let mut calibration = Calibration::default();
    for (path, exchange) in paths.iter().zip(send_all(sender, requests).await) {
        if let Some(answer) = exchange.answer() {
            calibration.learn(PathKind::of(path), answer.clone());
        }
    }
    calibration
}

pub(super) async fn send_all(sender: &Arc<Sender>, requests: Vec<Request>) -> Vec<Exchange> {
    let mut running = JoinSet::new();
    for (place, request) in requests.into_iter().enumerate() {
        let sender = Arc::clone(sender);
        running.spawn(async move { (place, sender.send(&request).await) });
    }
    let mut ended = Vec::new();
    while let Some(result) = running.join_next().await {
        ended.extend(result.ok());
    }
    ended.sort_by_key(|(place, _)| *place);
    ended.into_iter().map(|(_, exchange)| exchange).collect()
}

/// Looks for operations.
struct Finder<'f> {
    sender: &'f Arc<Sender>,
    target: &'f Url,
    facts: &'f mut TargetFacts,
    warnings: &'f mut Vec<Warning>,
    descriptions: Vec<Description>,
}

impl Finder<'_> {
    /// Reads a description, and what it refers to on the same origin.
    async fn read(&mut self, main: &Document, others: &[Document]) -> Result<Catalog, ReadError> {
        let mut others = others.to_vec();
        let mut refused = BTreeSet::new();
        for _ in 0..REFERENCE_ROUNDS_MAX {
            let Reading { catalog, wanted } = avouch_catalog::read(main, &others)?;
            let missing: Vec<String> =
                wanted.into_iter().filter(|name| !refused.contains(name)).collect();
            if missing.is_empty() || others.len() >= DOCUMENTS_MAX {
                self.descriptions.push(Description { main: main.clone(), others });
                return Ok(catalog);
            }
            for name in missing {
                if let Some(document) = self.fetch_reference(&name).await {
                    others.push(document);
                } else {
                    self.warnings.push(warn(format!("`{name}` is referred to and was not read")));
                    refused.insert(name);
                }
            }
        }
        avouch_catalog::read(main, &others).map(|reading| {
            self.descriptions.push(Description { main: main.clone(), others });
            reading.catalog
        })
    }

    /// Fetches a document another refers to: only from the target itself.
    async fn fetch_reference(&self, name: &str) -> Option<Document> {
        let url = links::same_origin(self.target, name)?;
        let exchange = self.sender.send(&Request::read(target_of(&url))).await;
        let answer = exchange.answer().filter(|answer| answer.is_success())?;
        Some(Document { name: name.to_owned(), bytes: answer.body.clone().into_bytes() })
    }

    /// Looks at the places descriptions usually are, and where documentation pages point.
    async fn find_description(&mut self, front: &Answer) -> Catalog {
        let base = self.target.path().trim_end_matches('/').to_owned();
        let mut paths: Vec<String> =
            pages::descriptions(&front.body, self.target).iter().map(target_of).collect();
        for place in places::DESCRIPTIONS {
            if !base.is_empty() {
                paths.push(format!("{base}{}", place.path));
            }
            paths.push(place.path.to_owned());
        }
        for group in paths.chunks(PLACES_AT_ONCE) {
            if let Some(catalog) = self.try_documents(group).await {
                return catalog;
            }
        }
        let documentation: Vec<String> = places::PAGES.iter().map(|p| p.path.to_owned()).collect();
        for group in documentation.chunks(PLACES_AT_ONCE) {
            let named = self.descriptions_named_by(group).await;
            if let Some(catalog) = self.try_documents(&named).await {
                return catalog;
            }
        }
        Catalog::empty()
    }

    /// The first of these paths that holds a description.
    async fn try_documents(&mut self, paths: &[String]) -> Option<Catalog> {
        let requests = paths.iter().map(Request::read).collect();
        let exchanges = send_all(self.sender, requests).await;
        for (path, exchange) in paths.iter().zip(&exchanges) {
            let Some(answer) = exchange.answer().filter(|answer| answer.is_success()) else {
                continue;
            };
            if self.facts.not_found.is_not_found(answer) {
                continue;
            }
            let name = self.target.join(path).map_or_else(|_| path.clone(), String::from);
            let document = Document { name, bytes: answer.body.clone().into_bytes() };
            let before = self.descriptions.len();
            match self.read(&document, &[]).await {
                Ok(catalog) if !catalog.operations.is_empty() => {
                    self.facts.documents.push((path.clone(), answer.clone()));
                    return Some(catalog);
                }
                // Another document, or a page: not what is looked for.
                Ok(_) | Err(_) => self.descriptions.truncate(before),
            }
        }
        None
    }

    /// Addresses that documentation pages and their scripts name.
    async fn descriptions_named_by(&mut self, paths: &[String]) -> Vec<String> {
        let requests = paths.iter().map(Request::read).collect();
        let exchanges = send_all(self.sender, requests).await;
        let mut named = Vec::new();
        for (path, exchange) in paths.iter().zip(&exchanges) {
            let Some(answer) = exchange.answer().filter(|answer| answer.is_success()) else {
                continue;
            };
            if self.facts.not_found.is_not_found(answer) {
                continue;
            }
            let Ok(page) = self.target.join(path) else { continue };
            named.extend(pages::descriptions(&answer.body, &page).iter().map(target_of));
            self.facts.documents.push((path.clone(), answer.clone()));
            let scripts: Vec<Request> = pages::scripts(&answer.body, &page)
                .iter()
                .take(SCRIPTS_MAX)
                .map(|url| Request::read(target_of(url)))
                .collect();
            for exchange in send_all(self.sender, scripts).await {
                if let Some(script) = exchange.answer().filter(|answer| answer.is_success()) {
                    named.extend(pages::descriptions(&script.body, &page).iter().map(target_of));
                }
            }
        }
        named
    }

    /// With nothing but an address: asks common paths, follows links, and keeps what differs from the
    /// host's way of saying no.
    async fn guess(&mut self, front: &Answer) -> Catalog {
        self.warnings.push(warn(
            "no description of the API was found: only what can be guessed or is linked is scanned; \
             give one with `--openapi FILE`",
        ));
        let base = self.target.path().trim_end_matches('/').to_owned();
        let mut open: Vec<String> = self.linked(front, self.target.path());
        open.extend(words::PATHS.iter().map(|path| format!("{base}{path}")));
        let mut asked = BTreeSet::new();
        let mut found: Vec<String> = Vec::new();
        for _ in 0..2 {
            open.retain(|path| asked.insert(path.clone()));
            open.truncate(DISCOVERED_MAX);
            let requests = open.iter().map(Request::read).collect();
            let exchanges = send_all(self.sender, requests).await;
            let mut next = Vec::new();
            for (path, exchange) in open.iter().zip(&exchanges) {
                let Some(answer) = exchange.answer() else { continue };
                let exists = !self.facts.not_found.is_not_found(answer)
                    && (answer.is_success()
                        || matches!(answer.status, 400 | 401 | 403 | 405 | 422));
                if exists {
                    found.push(path.clone());
                    next.extend(self.linked(answer, path));
                }
            }
            open = next;
        }
        catalog_of(&found, &base)
    }

    /// Paths of the same origin that an answer names.
    fn linked(&self, answer: &Answer, path: &str) -> Vec<String> {
        let Ok(here) = self.target.join(path) else { return Vec::new() };
        let mut urls = match answer.json() {
            Some(json) => links::in_json(&json, &here),
            None => pages::links(&answer.body, &here),
        };
        for header in answer.headers.all("link") {
            urls.extend(links::in_header(header, &here).into_iter().map(|link| link.url));
        }
        let mut paths: Vec<String> = urls.iter().map(|url| url.path().to_owned()).collect();
        paths.extend(
            pages::calls(&answer.body, &here)
                .into_iter()
                .filter(|call| call.method.as_ref().is_none_or(|method| *method == Method::Get))
                .map(|call| call.path)
                .filter(|path| !path.contains('{')),
        );
        paths.retain(|path| crate::danger::dangerous_word(path).is_none());
        paths
    }
}

/// A catalogue of paths that were found.
fn catalog_of(found: &[String], base: &str) -> Catalog {
    let below: Vec<String> = found
        .iter()
        .filter_map(|path| path.strip_prefix(base))
        .filter(|path| !path.is_empty())
        .map(str::to_owned)
        .collect();
    let mut catalog = Catalog::empty();
    for path in templates::infer(&below) {
        let mut operation = Operation::discovered(Method::Get, path.clone());
        operation.parameters = below
            .iter()
            .filter(|concrete| templates::template_of(concrete) == path)
            .take(1)
            .flat_map(|concrete| path_examples(&path, concrete))
            .collect();
        catalog.operations.push(operation);
    }
    catalog.servers = vec![base.to_owned()];
    catalog
}

/// Path parameters of a template with the values a concrete path has there.
fn path_examples(template: &str, concrete: &str) -> Vec<avouch_model::operation::Parameter> {
    use avouch_model::operation::{Parameter, Place, Style};
    let pairs = template.split('/').zip(concrete.split('/'));
    pairs
        .filter_map(|(part, value)| {
            let name = part.strip_prefix('{')?.strip_suffix('}')?;
            Some(Parameter {
                name: name.to_owned(),
                place: Place::Path,
                required: true,
                schema: Arc::default(),
                style: Style::Simple,
                explode: false,
                examples: vec![serde_json::Value::String(value.to_owned())],
                description: None,
            })
        })
        .collect()
}

/// Paths of the same origin that answers in the corpus name and the description does not.
pub fn met_paths(
    samples: &[crate::corpus::Sample],
    facts: &TargetFacts,
    catalog: &Catalog,
) -> Vec<String> {
    let Ok(origin) = Url::parse(&facts.origin) else { return Vec::new() };
    let mut met = BTreeSet::new();
    let answers = samples
        .iter()
        .filter_map(|sample| sample.success().map(|a| (sample.request.path().to_owned(), a)))
        .chain(facts.documents.iter().map(|(path, answer)| (path.clone(), answer)))
        .chain(facts.front.iter().map(|answer| (format!("{}/", facts.base_path), answer)));
    for (path, answer) in answers {
        let Ok(here) = origin.join(&path) else { continue };
        let urls = match answer.json() {
            // A description's own paths are no links.
            Some(json) if json.get("paths").is_some() => Vec::new(),
            Some(json) => links::in_json(&json, &here),
            None => pages::links(&answer.body, &here),
        };
        met.extend(urls.iter().map(|url| url.path().to_owned()));
        if answer.json().is_none() {
            met.extend(pages::calls(&answer.body, &here).into_iter().map(|call| call.path));
        }
    }
    met.retain(|path| {
        let below = path.strip_prefix(&facts.base_path).unwrap_or(path);
        let known = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"]
            .iter()
            .any(|method| catalog.find(&Method::parse(method), below).is_some());
        !known && !path.contains('{') && path.len() > 1
    });
    met.into_iter().take(DISCOVERED_MAX).collect()
}

fn target_of(url: &Url) -> String {
    match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    }
}
