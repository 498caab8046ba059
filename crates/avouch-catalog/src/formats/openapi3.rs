//! `OpenAPI` 3.0 and 3.1. What is read stands in the page beside this file.

use super::inputs::{self, Inputs, Named};
use super::paths::{self, Dialect, Subject};
use super::{Descriptor, descriptor, security};
use crate::catalog::{Catalog, Flow, Format, SecurityScheme};
use crate::reader::{At, Reader, quote};
use crate::schema;
use crate::values;
use avouch_model::operation::{Parameter, Place, Style};
use avouch_model::schema::{Kind, Schema};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

pub(super) static OPENAPI3: Descriptor = Descriptor {
    id: "openapi3",
    title: "OpenAPI 3.0 and 3.1",
    page: include_str!("openapi3.md"),
    recognise: |root| {
        descriptor::by_version(root, "openapi", |version| match version {
            "3" => Some(Format::OpenApi30),
            v if v.starts_with("3.0") => Some(Format::OpenApi30),
            v if v.starts_with("3.") => Some(Format::OpenApi31),
            _ => None,
        })
    },
    read,
};

static DIALECT: Dialect = Dialect {
    methods: &["get", "put", "post", "delete", "options", "head", "patch", "trace", "query"],
    inputs,
    media: |reader, _, answer| inputs::content(reader, answer),
};

/// Servers that are kept.
// LIMIT: 50 servers.
const SERVERS_MAX: usize = 50;

fn read(reader: &mut Reader) -> Catalog {
    let root = reader.root();
    let version = root.text("openapi").unwrap_or_default();
    reader.schemas.merges_siblings = !version.starts_with("3.0") && version != "3";
    if let Some(stated) = root.get("openapi").filter(|_| newer(&version)) {
        let what = format!("version `{}` is read as if it were 3.1", quote(&version));
        reader.warn(&stated, what);
    }
    let described = root.get("components").and_then(|c| c.get("securitySchemes"));
    let schemes = security::schemes(reader, described, scheme);
    let operations = paths::operations(reader, &DIALECT, &schemes);
    let info = root.get("info");
    let about = |key| info.as_ref().and_then(|info| info.text(key)).unwrap_or_default();
    Catalog {
        title: about("title"),
        version: about("version"),
        operations,
        schemes,
        servers: servers(reader, &root),
        ..Catalog::empty()
    }
}

fn newer(version: &str) -> bool {
    !version.starts_with("3.0") && !version.starts_with("3.1") && version != "3"
}

fn servers(reader: &mut Reader, root: &At) -> Vec<String> {
    let Some(list) = root.get("servers") else { return Vec::new() };
    let mut servers = Vec::new();
    for node in list.items().iter().take(SERVERS_MAX) {
        let server = list.beside(node);
        let Some(url) = server.text("url") else {
            reader.warn(&server, "a server without `url` is left out");
            continue;
        };
        servers.push(filled(reader, &server, url));
    }
    servers
}

/// A server's address with its variables replaced by their defaults.
fn filled(reader: &mut Reader, server: &At, mut url: String) -> String {
    // LIMIT: 20 variables.
    const VARIABLES_MAX: usize = 20;
    let Some(variables) = server.get("variables") else { return url };
    for entry in variables.entries().iter().take(VARIABLES_MAX) {
        let variable = variables.beside(&entry.node);
        match variable.text("default") {
            Some(default) => url = url.replace(&format!("{{{}}}", entry.key), &default),
            None => reader.warn(&variable, "a variable of a server has no `default`"),
        }
    }
    url
}

fn inputs(reader: &mut Reader, of: &Subject<'_>) -> Inputs {
    let mut parameters = Vec::new();
    for named in inputs::named(reader, of) {
        if !reader.take_parts(&named.at, 1) {
            break;
        }
        parameters.extend(parameter(reader, named));
    }
    inputs::settle_path(reader, of, &mut parameters);
    let body = of.operation.get("requestBody").and_then(|own| reader.resolve(&own));
    let Some(body) = body else { return Inputs { parameters, ..Inputs::default() } };
    let media = inputs::content(reader, &body);
    if media.is_empty() {
        reader.warn(&body, "the body has no `content`: how to send it is not described");
    }
    Inputs { parameters, body: media, body_required: body.is("required") }
}

fn parameter(reader: &mut Reader, named: Named) -> Option<Parameter> {
    let Named { name, place, at } = named;
    let Some(place) = inputs::place(&place) else {
        let what = format!(
            "the parameter `{}` is in `{}`, which is no place",
            quote(&name),
            quote(&place)
        );
        reader.warn(&at, what);
        return None;
    };
    if place == Place::Header && inputs::is_described_elsewhere(&name) {
        return None;
    }
    let style = style(reader, &at, place);
    let explode = at.node.get("explode").and_then(crate::node::Node::bool);
    let (schema, examples) = shape(reader, &at, &name);
    Some(Parameter {
        required: place == Place::Path || at.is("required"),
        explode: explode.unwrap_or(matches!(style, Style::Form | Style::DeepObject)),
        description: at.prose("description"),
        name,
        place,
        schema,
        style,
        examples,
    })
}

/// A parameter's schema and examples. One that travels as a document of its own (`content`) is a text
/// whose examples are such documents.
fn shape(reader: &mut Reader, at: &At, name: &str) -> (Arc<Schema>, Vec<Value>) {
    if let Some(schema) = at.get("schema") {
        return (schema::schema(reader, &schema), inputs::examples(reader, at));
    }
    let Some(media) = inputs::content(reader, at).into_iter().next() else {
        reader.warn(
            at,
            format!("the parameter `{}` has no schema; any value is assumed", quote(name)),
        );
        return (Arc::default(), inputs::examples(reader, at));
    };
    let unread = vec!["content".to_owned()];
    let text = Schema { kinds: vec![Kind::String], unread, ..Schema::default() };
    let example = values::body_for(&media, 0).unwrap_or_default();
    (Arc::new(text), vec![Value::String(example.to_string())])
}

fn style(reader: &mut Reader, at: &At, place: Place) -> Style {
    let usual = match place {
        Place::Path | Place::Header => Style::Simple,
        Place::Query | Place::Cookie => Style::Form,
    };
    let Some(stated) = at.text("style") else { return usual };
    match (stated.as_str(), place) {
        ("simple", Place::Path | Place::Header) => Style::Simple,
        ("label", Place::Path) => Style::Label,
        ("matrix", Place::Path) => Style::Matrix,
        ("form", Place::Query | Place::Cookie) => Style::Form,
        ("spaceDelimited", Place::Query) => Style::SpaceDelimited,
        ("pipeDelimited", Place::Query) => Style::PipeDelimited,
        ("deepObject", Place::Query) => Style::DeepObject,
        _ => {
            let what =
                format!("the style `{}` does not exist in a {}", quote(&stated), place.name());
            reader.warn(at, what);
            usual
        }
    }
}

fn scheme(reader: &mut Reader, at: &At) -> Option<SecurityScheme> {
    match at.text("type").unwrap_or_default().as_str() {
        "apiKey" => security::api_key(reader, at),
        "http" => {
            let Some(scheme) = at.text("scheme") else {
                reader.warn(at, "a security scheme of type `http` needs `scheme`");
                return None;
            };
            let scheme = scheme.to_ascii_lowercase();
            Some(SecurityScheme::Http { scheme, bearer_format: at.text("bearerFormat") })
        }
        "oauth2" => Some(SecurityScheme::OAuth2 { flows: flows(at) }),
        "openIdConnect" => Some(SecurityScheme::OpenIdConnect {
            url: at.text("openIdConnectUrl").unwrap_or_default(),
        }),
        "mutualTLS" => Some(SecurityScheme::MutualTls),
        other => {
            reader.warn(at, format!("`{}` is no type of security scheme", quote(other)));
            None
        }
    }
}

fn flows(at: &At) -> BTreeMap<String, Flow> {
    // LIMIT: 20 flows.
    const FLOWS_MAX: usize = 20;
    let Some(flows) = at.get("flows") else { return BTreeMap::new() };
    let entries = flows.entries().iter().take(FLOWS_MAX);
    entries
        .map(|entry| {
            let flow = flows.beside(&entry.node);
            let read = Flow {
                token_url: flow.text("tokenUrl"),
                authorization_url: flow.text("authorizationUrl"),
                refresh_url: flow.text("refreshUrl"),
                scopes: security::scopes(&flow),
            };
            (entry.key.to_string(), read)
        })
        .collect()
}
