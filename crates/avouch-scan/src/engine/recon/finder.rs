//! Looks for operations: in descriptions and what they refer to, on documentation pages, and, with
//! nothing but an address, by asking.

use super::{DISCOVERED_MAX, send_all, warn};
use crate::context::TargetFacts;
use crate::engine::sender::Sender;
use crate::step::Request;
use avouch_catalog::discovery::{links, pages, places, templates, words};
use avouch_catalog::{Catalog, Description, Document, ReadError, Reading};
use avouch_model::exchange::Answer;
use avouch_model::operation::{Method, Operation};
use avouch_model::report::Warning;
use std::collections::BTreeSet;
use std::sync::Arc;
use url::Url;

/// LIMIT: documents a description may be spread over.
const DOCUMENTS_MAX: usize = 50;
/// LIMIT: rounds of fetching documents that documents name.
const REFERENCE_ROUNDS_MAX: usize = 4;
/// LIMIT: scripts of the front page that are read.
const SCRIPTS_MAX: usize = 6;
/// LIMIT: described places that are asked in one go before looking at what came.
const PLACES_AT_ONCE: usize = 12;

/// Looks for operations.
pub(super) struct Finder<'f> {
    pub(super) sender: &'f Arc<Sender>,
    pub(super) target: &'f Url,
    pub(super) facts: &'f mut TargetFacts,
    pub(super) warnings: &'f mut Vec<Warning>,
    pub(super) descriptions: Vec<Description>,
}

impl Finder<'_> {
    /// Reads a description, and what it refers to on the same origin.
    pub(super) async fn read(
        &mut self,
        main: &Document,
        others: &[Document],
    ) -> Result<Catalog, ReadError> {
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
    pub(super) async fn find_description(&mut self, front: &Answer) -> Catalog {
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
    pub(super) async fn guess(&mut self, front: &Answer) -> Catalog {
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

fn target_of(url: &Url) -> String {
    match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    }
}
