//! HTTP archives: recorded traffic. What is read stands in the page beside this file.

use super::Descriptor;
use super::descriptor::Recognised;
use crate::catalog::{Catalog, Format};
use crate::reader::{At, Reader};
use crate::recorded::{self, Call, FORM, Field, Gathering, Heard, Payload};
use avouch_model::operation::Method;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use url::Url;

pub(super) static HAR: Descriptor = Descriptor {
    id: "har",
    title: "HTTP archive (HAR)",
    page: include_str!("har.md"),
    recognise: |root| {
        let entries = root.get("log").and_then(|log| log.get("entries"));
        if entries.is_some_and(|entries| entries.list().is_some()) {
            Recognised::As(Format::Har)
        } else {
            Recognised::No
        }
    },
    read,
};

/// Bytes an address may have.
// LIMIT: 16 KiB.
const ADDRESS_BYTES_MAX: usize = 16 * 1024;
/// Headers, parameters and cookies of one call that are looked at, each.
// LIMIT: 200 of a kind.
const OF_A_KIND_MAX: usize = 200;
/// Endings of paths that are files of a page.
const PAGE_FILES: [&str; 17] = [
    "js", "mjs", "css", "map", "html", "htm", "png", "jpg", "jpeg", "gif", "svg", "webp", "ico",
    "woff", "woff2", "ttf", "mp4",
];

fn read(reader: &mut Reader) -> Catalog {
    let root = reader.root();
    let entries = root.get("log").and_then(|log| log.get("entries"));
    let mut gathering = Gathering::default();
    let mut pages = 0_usize;
    let Some(entries) = entries else { return Catalog::empty() };
    for node in entries.items() {
        let entry = entries.beside(node);
        if !reader.take_parts(&entry, 1) {
            break;
        }
        let Some(request) = entry.get("request") else {
            reader.warn(&entry, "an entry without `request` is left out");
            continue;
        };
        match call(reader, &mut gathering, &entry, &request) {
            Some(call) => gathering.add(call),
            None => pages += 1,
        }
    }
    if pages > 0 {
        let what = if pages == 1 { "request is no call" } else { "requests are no calls" };
        reader.warn_plain(format!(
            "{pages} recorded {what} of an API (pages, scripts, pictures, what was not found), left out"
        ));
    }
    gathering.catalog(reader)
}

/// A text of that name, however long a text of its kind may be.
fn text(at: &At, key: &str, bytes_max: usize) -> Option<String> {
    let node = at.node.get(key)?;
    node.text().filter(|text| text.len() <= bytes_max).map(ToString::to_string)
}

fn call(reader: &mut Reader, gathering: &mut Gathering, entry: &At, request: &At) -> Option<Call> {
    let url = Url::parse(&text(request, "url", ADDRESS_BYTES_MAX)?).ok()?;
    let method = Method::parse(&request.text("method")?);
    let response = entry.get("response");
    if !is_call(&method, &url, entry, response.as_ref()) {
        return None;
    }
    let headers = fields(request, "headers");
    let mut cookies: Vec<String> =
        fields(request, "cookies").into_iter().map(|field| field.name).collect();
    for header in headers.iter().filter(|header| header.name.eq_ignore_ascii_case("cookie")) {
        let pairs = header.value.as_deref().unwrap_or_default().split(';').take(OF_A_KIND_MAX);
        let names = pairs.filter_map(|pair| pair.split_once('=')).map(|(name, _)| name.trim());
        cookies.extend(names.map(str::to_owned));
    }
    let mut query: Vec<Field> = url
        .query_pairs()
        .take(OF_A_KIND_MAX)
        .map(|(name, value)| Field {
            name: name.into_owned(),
            value: Some(value.into_owned()),
            optional: false,
        })
        .collect();
    let said = recorded::called(gathering, &headers, &cookies, &mut query);
    Some(Call {
        method,
        origin: Some(url.origin().ascii_serialization()),
        base: String::new(),
        path: recorded::secrets::without_tokens(url.path()),
        known: BTreeMap::new(),
        query,
        headers,
        body: request.get("postData").and_then(|posted| posted_body(&posted)),
        heard: response.iter().filter_map(heard).collect(),
        said,
        name: None,
        summary: None,
        tags: Vec::new(),
        place: reader.place(request.document, request.node.line),
    })
}

/// Whether a program made it rather than a browser that shows a page, and something was there.
fn is_call(method: &Method, url: &Url, entry: &At, response: Option<&At>) -> bool {
    if !matches!(url.scheme(), "http" | "https") || *method == Method::Options {
        return false;
    }
    let status = response.and_then(|r| r.node.get("status")).and_then(crate::node::Node::count);
    if matches!(method, Method::Get | Method::Head) {
        let ending = url.path().rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
        let is_file = url.path().contains('.') && PAGE_FILES.contains(&&*ending);
        let content = response.and_then(|response| response.get("content"));
        let media = content.and_then(|content| content.text("mimeType")).unwrap_or_default();
        let media = media.to_ascii_lowercase();
        let is_data =
            ["json", "graphql", "protobuf", "csv"].iter().any(|part| media.contains(part))
                || media.contains("xml") && !media.contains("html") && !media.contains("svg");
        let by_script = matches!(
            entry.text("_resourceType").as_deref(),
            Some("xhr" | "fetch") if !media.contains("html")
        );
        return !is_file && status != Some(404) && (is_data || by_script);
    }
    true
}

/// Names and values of a list.
fn fields(at: &At, key: &str) -> Vec<Field> {
    let Some(list) = at.get(key) else { return Vec::new() };
    let fields = list.items().iter().take(OF_A_KIND_MAX).filter_map(|node| {
        let field = list.beside(node);
        let name = field.text("name").filter(|name| !name.starts_with(':'))?;
        Some(Field { name, value: text(&field, "value", ADDRESS_BYTES_MAX), optional: false })
    });
    fields.collect()
}

fn posted_body(posted: &At) -> Option<Payload> {
    let media_type = posted.text("mimeType").unwrap_or_default();
    let text = posted.node.get("text").and_then(crate::node::Node::text);
    if let Some(text) = text.filter(|text| !text.is_empty())
        && !media_type.starts_with("multipart/")
    {
        let payload = recorded::payload(&media_type, text);
        return Some(payload).filter(|payload| payload.media_type.contains('/'));
    }
    let fields = fields(posted, "params");
    if fields.is_empty() && media_type.is_empty() {
        return None;
    }
    let values: Map<String, Value> = fields
        .into_iter()
        .map(|field| (field.name, Value::String(field.value.unwrap_or_default())))
        .collect();
    let bare = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let media_type = if bare.is_empty() { FORM.to_owned() } else { bare };
    let value = Some(Value::Object(values)).filter(|value| *value != Value::Object(Map::new()));
    Some(Payload { media_type: media_type.chars().take(100).collect(), value })
        .filter(|payload| payload.media_type.contains('/'))
}

fn heard(response: &At) -> Option<Heard> {
    let status = response.node.get("status")?.count().filter(|s| (100..600).contains(s))?;
    let content = response.get("content");
    let body = content.and_then(|content| {
        let media_type = content.text("mimeType").filter(|media| !media.is_empty())?;
        let is_plain = content.text("encoding").is_none();
        let text = content.node.get("text").and_then(crate::node::Node::text);
        let text = text.filter(|_| is_plain).map(ToString::to_string).unwrap_or_default();
        Some(recorded::payload(&media_type, &text))
    });
    // An error page has no shape that anybody relies on.
    let body = body.filter(|body| body.media_type.contains('/'));
    Some(Heard { status: status.to_string(), body })
}
