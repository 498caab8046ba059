//! Addresses a page or a script names.
//!
//! In scope: where documentation pages (Swagger UI, Redoc, Scalar, `RapiDoc`, Elements) take their
//! description from, links of a page, calls in a script. Out of scope: running scripts and parsing HTML
//! as a browser does: what matters here are texts in quotes, and reading too many does no harm.

use super::bounds::{ADDRESS_BYTES_MAX, FOUND_MAX, beginning};
use super::links::same_origin;
use avouch_model::operation::Method;
use regex::Regex;
use std::sync::LazyLock;
use url::Url;

/// A pattern that is compiled when first used; a test holds that each one can be.
type Pattern = LazyLock<Option<Regex>>;

/// Settings and attributes whose value is the address of a description.
static DESCRIPTION: Pattern = LazyLock::new(|| {
    Regex::new(r#"(?i)(?:\burl["']?\s*:|\bconfigUrl["']?\s*:|\bspec-?url["']?\s*[=:]|\bspecUrl\s*[=:]|\bdata-url\s*=|\bapiDescriptionUrl\s*=|\bRedoc\.init\s*\(|\bdefinitionUrl["']?\s*[=:])\s*\\?["']([^"'<>\\\s]+)"#).ok()
});
/// Links and scripts of a page.
static ATTRIBUTE: Pattern = LazyLock::new(|| {
    Regex::new(
        r#"(?i)(?:^|[\s"'<])(href|src|action)\s*=\s*(?:"([^"<>]*)"|'([^'<>]*)'|([^\s"'<>]+))"#,
    )
    .ok()
});
/// Calls that name their method: `api.post("/orders")`.
static METHOD_CALL: Pattern = LazyLock::new(|| {
    Regex::new(r#"(?i)\.(get|post|put|patch|delete|head|options)\s*(?:<[^<>()]*>)?\(\s*["'`]([^"'`\s]+)["'`]"#).ok()
});
/// `fetch("/orders", {method: "POST"})`.
static FETCH: Pattern = LazyLock::new(|| {
    Regex::new(r#"\bfetch\s*\(\s*["'`]([^"'`\s]+)["'`]\s*(?:,\s*\{[^{}]*?\bmethod\s*:\s*["'`]([A-Za-z]+)["'`])?"#).ok()
});
/// Any text in quotes that looks like a path of an API.
static QUOTED: Pattern = LazyLock::new(|| {
    Regex::new(
        r#"["'`]((?:https?://[^"'`\s/]+)?/(?:api|rest|graphql|v\d{1,2})(?:/[^"'`\s<>\\]*)?)["'`]"#,
    )
    .ok()
});

/// Endings of files that are no part of an API.
const ASSETS: [&str; 18] = [
    ".js", ".mjs", ".css", ".map", ".png", ".jpg", ".jpeg", ".gif", ".svg", ".ico", ".webp",
    ".woff", ".woff2", ".ttf", ".html", ".htm", ".pdf", ".wasm",
];

/// A request that a page or a script makes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The method, when it is named.
    pub method: Option<Method>,
    /// The path from the origin, without query; parts that the script fills in are parameters.
    pub path: String,
}

/// Addresses of descriptions that a documentation page, or the script that sets it up, names; each
/// once, those of the same origin first. Those of another origin may be a description all the same:
/// the caller decides.
pub fn descriptions(text: &str, page: &Url) -> Vec<Url> {
    let mut near = Vec::new();
    let mut far = Vec::new();
    for found in captures(&DESCRIPTION, beginning(text)) {
        let Some(address) = found.get(1).map(|m| unescaped(m.as_str())) else { continue };
        let Ok(url) = page.join(&address) else { continue };
        // The example that Swagger UI ships with is never the description of the server at hand.
        let is_example = url.host_str() == Some("petstore.swagger.io") && page.host() != url.host();
        let is_web = matches!(url.scheme(), "http" | "https") && !is_asset(url.path());
        if !is_web || is_example || address.starts_with('#') {
            continue;
        }
        let list = if url.origin() == page.origin() { &mut near } else { &mut far };
        if list.len() < FOUND_MAX && !list.contains(&url) {
            list.push(url);
        }
    }
    near.extend(far);
    near
}

/// Scripts of the same origin that a page loads, each once: where its calls and settings are.
pub fn scripts(html: &str, page: &Url) -> Vec<Url> {
    attributes(html, page, |name, url| name == "src" && url.path().ends_with("js"))
}

/// Links of the same origin on a page that are no assets, each once.
pub fn links(html: &str, page: &Url) -> Vec<Url> {
    attributes(html, page, |name, url| name != "src" && !is_asset(url.path()))
}

fn attributes(html: &str, page: &Url, wanted: impl Fn(&str, &Url) -> bool) -> Vec<Url> {
    let mut urls = Vec::new();
    for found in captures(&ATTRIBUTE, beginning(html)) {
        let Some(name) = found.get(1).map(|m| m.as_str().to_ascii_lowercase()) else { continue };
        let value = found.get(2).or_else(|| found.get(3)).or_else(|| found.get(4));
        let Some(address) = value.map(|m| unescaped(m.as_str().trim())) else { continue };
        if address.is_empty() || address.starts_with('#') {
            continue;
        }
        let Some(url) = same_origin(page, &address) else { continue };
        if wanted(&name, &url) && urls.len() < FOUND_MAX && !urls.contains(&url) {
            urls.push(url);
        }
    }
    urls
}

/// Requests to the same origin that a script or page makes, each once.
pub fn calls(text: &str, page: &Url) -> Vec<Call> {
    let text = beginning(text);
    let mut calls: Vec<Call> = Vec::new();
    let mut add = |method: Option<Method>, address: &str| {
        let Some(path) = path_of(address, page) else { return };
        let known = |call: &Call| call.path == path && (method.is_none() || call.method == method);
        if calls.len() < FOUND_MAX && !calls.iter().any(known) {
            calls.push(Call { method, path });
        }
    };
    for found in captures(&METHOD_CALL, text) {
        if let (Some(method), Some(address)) = (found.get(1), found.get(2)) {
            add(Some(Method::parse(method.as_str())), address.as_str());
        }
    }
    for found in captures(&FETCH, text) {
        let method = found.get(2).map_or(Method::Get, |m| Method::parse(m.as_str()));
        if let Some(address) = found.get(1) {
            add(Some(method), address.as_str());
        }
    }
    for found in captures(&QUOTED, text) {
        if let Some(address) = found.get(1) {
            add(None, address.as_str());
        }
    }
    calls
}

/// The path of an address of the same origin, with `${…}` and `:name` as parameters. What does not
/// begin with a slash or the origin is relative to something we do not know.
fn path_of(address: &str, page: &Url) -> Option<String> {
    let address = address.split(['?', '#']).next().unwrap_or_default();
    let relative = address.starts_with('/') && !address.starts_with("//");
    let origin = page.origin().ascii_serialization();
    let path = if relative { address } else { address.strip_prefix(&origin)? };
    if !path.starts_with('/') || path.len() > ADDRESS_BYTES_MAX || is_asset(path) {
        return None;
    }
    let mut out = String::new();
    let mut rest = path;
    while let Some((before, after)) = rest.split_once("${") {
        let (expression, after) = after.split_once('}')?;
        out.push_str(before);
        out.push_str(&parameter(expression));
        rest = after;
    }
    out.push_str(rest);
    let segment = |segment: &str| match segment.strip_prefix(':') {
        Some(name) if !name.is_empty() => parameter(name),
        _ => segment.to_owned(),
    };
    let segments: Vec<_> = out.split('/').map(segment).collect();
    let path = segments.join("/");
    let plain = |c: char| c.is_ascii_alphanumeric() || "/-._~{}%@:+".contains(c);
    (path.len() > 1 && path.chars().all(plain)).then_some(path)
}

/// `order.id` gives `{id}`.
fn parameter(expression: &str) -> String {
    let last = |c: char| !c.is_ascii_alphanumeric() && c != '_';
    let name = expression.trim_end_matches(last).rsplit(last).next().unwrap_or_default();
    format!("{{{}}}", if name.is_empty() { "id" } else { name })
}

fn is_asset(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    ASSETS.iter().any(|ending| lower.ends_with(ending))
}

/// An attribute's value without its entities, as far as addresses have them.
fn unescaped(text: &str) -> String {
    text.replace("&amp;", "&").replace("&#x2F;", "/").replace("&#47;", "/")
}

fn captures<'t>(
    pattern: &'static Pattern,
    text: &'t str,
) -> impl Iterator<Item = regex::Captures<'t>> {
    pattern.as_ref().into_iter().flat_map(move |pattern| pattern.captures_iter(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn page() -> Url {
        Url::parse("https://shop.example/docs/index.html").unwrap()
    }

    #[test]
    fn each_pattern_compiles() {
        for pattern in [&DESCRIPTION, &ATTRIBUTE, &METHOD_CALL, &FETCH, &QUOTED] {
            assert!(pattern.is_some());
        }
    }

    #[test]
    fn documentation_pages_name_their_description() {
        for (text, expected) in [
            (r#"SwaggerUIBundle({ url: "/openapi.json", dom_id: '#ui' })"#, "/openapi.json"),
            (r#"SwaggerUIBundle({ "url": 'v1/swagger.yaml' })"#, "/docs/v1/swagger.yaml"),
            ("<redoc spec-url='/api/openapi.json'></redoc>", "/api/openapi.json"),
            (r#"<rapi-doc spec-url = "../spec.json">"#, "/spec.json"),
            (r#"Redoc.init("/redoc.json", {})"#, "/redoc.json"),
            (r#"<script id="api-reference" data-url="/scalar.json"></script>"#, "/scalar.json"),
            (r#"<elements-api apiDescriptionUrl="/el.yaml" router="hash">"#, "/el.yaml"),
            (r#"{"urls":[{"url":"/v3/api-docs/a?x=1","name":"a"}]}"#, "/v3/api-docs/a?x=1"),
            (r#"{"configUrl":"/v3/api-docs/swagger-config"}"#, "/v3/api-docs/swagger-config"),
        ] {
            let found = descriptions(text, &page());
            let shown: Vec<_> =
                found.iter().map(|url| url.as_str().replace("https://shop.example", "")).collect();
            assert_eq!(shown, [expected], "{text}");
        }
        let shipped = r#"url: "https://petstore.swagger.io/v2/swagger.json""#;
        assert!(descriptions(shipped, &page()).is_empty());
        assert!(descriptions("url: 'javascript:alert(1)'", &page()).is_empty());
    }

    #[test]
    fn links_and_scripts_of_the_origin_are_found() {
        let html = r#"<a href="/api/orders?x=1&amp;y=2">x</a> <a href='https://other.example/'>y</a>
            <script src=app.js></script><script src="https://cdn.example/x.js"></script>
            <link href="style.css"><form action="/login"><img src="/a.png"><a href="mailto:a@b.c">"#;
        let shown = |urls: Vec<Url>| urls.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(
            shown(links(html, &page())),
            ["https://shop.example/api/orders?x=1&y=2", "https://shop.example/login"]
        );
        assert_eq!(shown(scripts(html, &page())), ["https://shop.example/docs/app.js"]);
    }

    #[test]
    fn calls_of_a_script_are_found() {
        let script = r#"fetch("/api/orders"); fetch(`/api/orders/${order.id}/items`, {headers: h, method: 'POST'});
            axios.delete("/api/users/:userId"); http.get<User>('/me'); const x = "/v1/things?q=1";
            fetch("https://other.example/api/x"); fetch("https://shop.example/api/y"); s.get("key"); t("/about")"#;
        let calls = calls(script, &page());
        let shown: Vec<_> = calls
            .iter()
            .map(|call| format!("{} {}", call.method.as_ref().map_or("?", Method::name), call.path))
            .collect();
        assert_eq!(
            shown,
            [
                "DELETE /api/users/{userId}",
                "GET /me",
                "GET /api/orders",
                "POST /api/orders/{id}/items",
                "GET /api/y",
                "? /v1/things",
            ]
        );
    }

    proptest! {
        #[test]
        fn no_page_panics(text in r#"([a-z ."'`=:(){}$/<>]|fetch\(|url:|href=){0,80}"#) {
            let _ = (descriptions(&text, &page()), links(&text, &page()), calls(&text, &page()));
        }
    }
}
