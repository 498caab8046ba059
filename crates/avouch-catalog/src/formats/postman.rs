//! Postman collections. What is read stands in the page beside this file.

mod address;
mod auth;
mod body;
mod variables;

use super::Descriptor;
use super::descriptor::Recognised;
use crate::catalog::{Catalog, Format};
use crate::node::Node;
use crate::reader::{At, Reader, quote};
use crate::recorded::{self, Call, Field, Gathering, Heard, Said};
use avouch_model::operation::Method;
use variables::Variables;

pub(crate) use body::filled_without_variables as body_filled;

pub(super) static POSTMAN: Descriptor = Descriptor {
    id: "postman",
    title: "Postman collection 2.0 and 2.1",
    page: include_str!("postman.md"),
    recognise,
    read,
};

/// Requests one collection may have.
// LIMIT: 20,000 requests.
const REQUESTS_MAX: usize = 20_000;
/// Headers, parameters, saved answers of one request that are looked at, each.
// LIMIT: 200 of a kind.
const OF_A_KIND_MAX: usize = 200;

fn recognise(root: &Node) -> Recognised {
    let root = root.get("collection").unwrap_or(root);
    let info = root.get("info");
    let schema = info.and_then(|info| info.get("schema")).and_then(Node::written);
    let schema = schema.unwrap_or_default();
    let has_items = root.get("item").is_some_and(|items| items.list().is_some());
    if schema.contains("postman") || info.is_some() && has_items {
        // A collection that names no version is one of version 2: the first one had no items.
        let known = !schema.contains("/v") || schema.contains("/v2.");
        return if known {
            Recognised::As(Format::Postman)
        } else {
            Recognised::Version { line: root.line, version: quote(&schema) }
        };
    }
    let list = |key| root.get(key).is_some_and(|value| value.list().is_some());
    if list("requests") && (list("order") || list("folders")) {
        return Recognised::Version { line: root.line, version: "1".to_owned() };
    }
    Recognised::No
}

fn read(reader: &mut Reader) -> Catalog {
    let document = reader.root();
    let root = document.get("collection").unwrap_or(document);
    let info = root.get("info");
    let mut walk = Walk { reader, gathering: Gathering::default(), requests: 0 };
    let variables = Variables::default().with(&root);
    let said = auth::said(&root, &mut walk.gathering).unwrap_or(Said::Nothing);
    walk.items(&root, &variables, said, &[]);
    let Walk { reader, gathering, .. } = walk;
    let about = |key| info.as_ref().and_then(|info| info.text(key)).unwrap_or_default();
    Catalog { title: about("name"), version: about("version"), ..gathering.catalog(reader) }
}

struct Walk<'r> {
    reader: &'r mut Reader,
    gathering: Gathering,
    requests: usize,
}

impl Walk<'_> {
    /// Requests and folders. Trees are no deeper than the notation's reader allows.
    fn items(&mut self, holder: &At, variables: &Variables, said: Said, folders: &[String]) {
        let Some(list) = holder.get("item") else { return };
        for node in list.items() {
            let item = list.beside(node);
            let own = auth::said(&item, &mut self.gathering).unwrap_or(said);
            if item.get("item").is_some_and(|below| below.node.list().is_some()) {
                let name = item.prose("name").unwrap_or_default();
                let below: Vec<String> =
                    folders.iter().cloned().chain([name.chars().take(100).collect()]).collect();
                self.items(&item, &variables.with(&item), own, &below);
                continue;
            }
            let Some(request) = item.get("request") else {
                self.reader.warn(&item, "an item that is neither folder nor request is left out");
                continue;
            };
            self.requests += 1;
            if self.requests > REQUESTS_MAX || !self.reader.take_parts(&item, 1) {
                let what = format!("more than {REQUESTS_MAX} requests; the rest is left out");
                self.reader.warn_plain(what);
                return;
            }
            self.request(&item, &request, variables, own, folders);
        }
    }

    fn request(
        &mut self,
        item: &At,
        request: &At,
        variables: &Variables,
        said: Said,
        folders: &[String],
    ) {
        let method = request.text("method").unwrap_or_else(|| "GET".to_owned());
        let Some(address) = address::read(request, variables) else {
            self.reader.warn(request, "a request without an address that can be read is left out");
            return;
        };
        let mut query = address.query;
        let headers = headers(request, variables);
        let seen = recorded::called(&mut self.gathering, &headers, &[], &mut query);
        let own = auth::said(request, &mut self.gathering);
        // What the request itself says of its login wins over what is seen, and that over folders.
        let said = match (own, seen) {
            (Some(own), _) => own,
            (None, Said::Nothing) => said,
            (None, seen) => seen,
        };
        let name = item.prose("name");
        self.gathering.add(Call {
            method: Method::parse(&method),
            origin: address.origin,
            base: address.base,
            path: address.path,
            known: address.known,
            query,
            headers,
            body: request.get("body").and_then(|body| body::read(&body, variables)),
            heard: saved(item),
            said,
            summary: name.clone(),
            name,
            tags: folders.last().cloned().into_iter().collect(),
            place: self.reader.place(item.document, item.node.line),
        });
    }
}

/// Headers: a list of maps, or one text of lines.
fn headers(request: &At, variables: &Variables) -> Vec<Field> {
    let Some(list) = request.get("header") else { return Vec::new() };
    if let Some(text) = list.node.text() {
        let lines = text.lines().take(OF_A_KIND_MAX).filter_map(|line| line.split_once(':'));
        return lines
            .map(|(name, value)| variables.field(name.trim(), Some(value.trim()), false))
            .collect();
    }
    address::pairs(&list, variables)
}

/// Saved example answers.
fn saved(item: &At) -> Vec<Heard> {
    let Some(list) = item.get("response") else { return Vec::new() };
    let answers = list.items().iter().take(OF_A_KIND_MAX).filter_map(|node| {
        let answer = list.beside(node);
        let status = answer.node.get("code")?.count().filter(|s| (100..600).contains(s))?;
        let stated = answer.get("header").and_then(|headers| {
            let named = |node: &&Node| {
                let name = node.get("key").and_then(Node::written).unwrap_or_default();
                name.eq_ignore_ascii_case("content-type")
            };
            headers.items().iter().find(named)?.get("value")?.written()
        });
        let text = answer.node.get("body").and_then(Node::text);
        let body = text
            .filter(|text| !text.is_empty())
            .map(|text| recorded::payload(&stated.clone().unwrap_or_default(), text));
        let body = body.filter(|body| body.media_type.contains('/'));
        Some(Heard { status: status.to_string(), body })
    });
    answers.collect()
}
