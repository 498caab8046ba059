//! Swagger 2.0. What is read stands in the page beside this file.

use super::inputs::{self, Inputs, Named};
use super::paths::{self, Dialect, Subject};
use super::{Descriptor, descriptor, security};
use crate::catalog::{Catalog, Flow, Format, SecurityScheme};
use crate::reader::{At, Reader, quote};
use crate::schema;
use avouch_model::operation::{Media, Parameter, Place, Style};
use avouch_model::schema::{Additional, Kind, Schema};
use std::collections::BTreeMap;
use std::sync::Arc;

pub(super) static SWAGGER2: Descriptor = Descriptor {
    id: "swagger2",
    title: "Swagger 2.0",
    page: include_str!("swagger2.md"),
    recognise: |root| {
        descriptor::by_version(root, "swagger", |version| {
            matches!(version, "2" | "2.0").then_some(Format::Swagger20)
        })
    },
    read,
};

static DIALECT: Dialect = Dialect {
    methods: &["get", "put", "post", "delete", "options", "head", "patch"],
    inputs,
    media: answer_media,
};

/// Where a body's media type is not stated.
const USUAL_MEDIA: &str = "application/json";

fn read(reader: &mut Reader) -> Catalog {
    let root = reader.root();
    let described = root.get("securityDefinitions");
    let schemes = security::schemes(reader, described, scheme);
    let operations = paths::operations(reader, &DIALECT, &schemes);
    let info = root.get("info");
    let about = |key| info.as_ref().and_then(|info| info.text(key)).unwrap_or_default();
    Catalog {
        title: about("title"),
        version: about("version"),
        operations,
        schemes,
        servers: servers(&root, &reader.main_name()),
        ..Catalog::empty()
    }
}

/// Servers as `schemes`, `host` and `basePath` say; without a host only the path, which is relative
/// to where the description came from.
fn servers(root: &At, name: &str) -> Vec<String> {
    let base = root.text("basePath").unwrap_or_default();
    let Some(host) = root.text("host") else {
        return if base.is_empty() { Vec::new() } else { vec![base] };
    };
    let mut schemes =
        root.get("schemes").map(|list| inputs::media_types(&list)).unwrap_or_default();
    if schemes.is_empty() {
        let plain = name.starts_with("http://");
        schemes.push(if plain { "http" } else { "https" }.to_owned());
    }
    // A socket's address is no server for requests.
    schemes.retain(|scheme| scheme.starts_with("http"));
    let slash = if base.is_empty() || base.starts_with('/') { "" } else { "/" };
    schemes.iter().map(|scheme| format!("{scheme}://{host}{slash}{base}")).collect()
}

fn inputs(reader: &mut Reader, of: &Subject<'_>) -> Inputs {
    let consumes = media_types(of, "consumes");
    let mut found = Inputs::default();
    let mut fields = Vec::new();
    for named in inputs::named(reader, of) {
        if !reader.take_parts(&named.at, 1) {
            break;
        }
        match named.place.as_str() {
            "body" => {
                found.body_required = named.at.is("required");
                found.body = body(reader, &consumes, &named.at);
            }
            "formData" => fields.push(named),
            _ => found.parameters.extend(parameter(reader, named)),
        }
    }
    if !fields.is_empty() {
        found.body_required = fields.iter().any(|field| field.at.is("required"));
        found.body = form(reader, &consumes, fields);
    }
    inputs::settle_path(reader, of, &mut found.parameters);
    found
}

/// Media types of the operation, else of the whole description.
fn media_types(of: &Subject<'_>, key: &str) -> Vec<String> {
    let stated = of.operation.get(key).or_else(|| of.root.get(key));
    stated.map(|list| inputs::media_types(&list)).unwrap_or_default()
}

fn body(reader: &mut Reader, consumes: &[String], at: &At) -> Vec<Media> {
    let usual = [USUAL_MEDIA.to_owned()];
    let types = if consumes.is_empty() { &usual } else { consumes };
    let mut media = Vec::new();
    for media_type in types {
        if reader.take_parts(at, 1) {
            media.push(inputs::medium(reader, media_type.clone(), at));
        }
    }
    media
}

/// The fields of a form as one object.
fn form(reader: &mut Reader, consumes: &[String], fields: Vec<Named>) -> Vec<Media> {
    let mut schema = Schema { kinds: vec![Kind::Object], ..Schema::default() };
    let mut has_file = false;
    for Named { name, at, .. } in fields {
        has_file |= at.text("type").as_deref() == Some("file");
        if at.is("required") {
            schema.required.push(name.clone());
        }
        let property = own_schema(reader, &at);
        schema.properties.insert(name, property);
    }
    schema.additional = Additional::Unstated;
    let is_form = |name: &&String| name.contains("form");
    let mut types: Vec<String> = consumes.iter().filter(is_form).cloned().collect();
    if types.is_empty() {
        let usual =
            if has_file { "multipart/form-data" } else { "application/x-www-form-urlencoded" };
        types.push(usual.to_owned());
    }
    let schema = Arc::new(schema);
    let medium =
        |media_type| Media { media_type, schema: Arc::clone(&schema), examples: Vec::new() };
    types.into_iter().map(medium).collect()
}

/// A parameter is its own schema here, with `required` meaning something else.
fn own_schema(reader: &mut Reader, at: &At) -> Arc<Schema> {
    schema::schema(reader, at)
}

fn parameter(reader: &mut Reader, named: Named) -> Option<Parameter> {
    let Named { name, place, at } = named;
    let Some(place) = inputs::place(&place).filter(|place| *place != Place::Cookie) else {
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
    let (style, explode) = written(reader, &at, place);
    Some(Parameter {
        required: place == Place::Path || at.is("required"),
        schema: own_schema(reader, &at),
        examples: inputs::examples(reader, &at),
        description: at.prose("description"),
        name,
        place,
        style,
        explode,
    })
}

/// How a list is written, from `collectionFormat`.
fn written(reader: &mut Reader, at: &At, place: Place) -> (Style, bool) {
    let usual = if place == Place::Query { Style::Form } else { Style::Simple };
    match (at.text("collectionFormat").as_deref(), place) {
        (None | Some("csv"), _) => (usual, false),
        (Some("multi"), Place::Query) => (Style::Form, true),
        (Some("ssv"), Place::Query) => (Style::SpaceDelimited, false),
        (Some("pipes"), Place::Query) => (Style::PipeDelimited, false),
        (Some(other), _) => {
            let what = format!(
                "the collection format `{}` is not written in a {}; commas are used",
                quote(other),
                place.name()
            );
            reader.warn(at, what);
            (usual, false)
        }
    }
}

fn answer_media(reader: &mut Reader, of: &Subject<'_>, answer: &At) -> Vec<Media> {
    let Some(schema) = answer.get("schema") else { return Vec::new() };
    let schema = schema::schema(reader, &schema);
    let mut produces = media_types(of, "produces");
    if produces.is_empty() {
        produces.push(USUAL_MEDIA.to_owned());
    }
    let examples = answer.get("examples");
    let mut media = Vec::new();
    for media_type in produces {
        if !reader.take_parts(answer, 1) {
            break;
        }
        let example = examples.as_ref().and_then(|examples| examples.get(&media_type));
        let examples = example.and_then(|example| reader.plain(&example)).into_iter().collect();
        media.push(Media { media_type, schema: Arc::clone(&schema), examples });
    }
    media
}

fn scheme(reader: &mut Reader, at: &At) -> Option<SecurityScheme> {
    match at.text("type").unwrap_or_default().as_str() {
        "basic" => Some(SecurityScheme::Http { scheme: "basic".to_owned(), bearer_format: None }),
        "apiKey" => security::api_key(reader, at),
        "oauth2" => Some(SecurityScheme::OAuth2 { flows: flows(reader, at) }),
        other => {
            reader.warn(at, format!("`{}` is no type of security scheme", quote(other)));
            None
        }
    }
}

/// The one flow of a scheme, under the name later formats give it.
fn flows(reader: &mut Reader, at: &At) -> BTreeMap<String, Flow> {
    let name = match at.text("flow").unwrap_or_default().as_str() {
        "implicit" => "implicit",
        "password" => "password",
        "application" => "clientCredentials",
        "accessCode" => "authorizationCode",
        other => {
            reader.warn(at, format!("`{}` is no OAuth 2 flow", quote(other)));
            return BTreeMap::new();
        }
    };
    let flow = Flow {
        token_url: at.text("tokenUrl"),
        authorization_url: at.text("authorizationUrl"),
        refresh_url: None,
        scopes: security::scopes(at),
    };
    BTreeMap::from([(name.to_owned(), flow)])
}
