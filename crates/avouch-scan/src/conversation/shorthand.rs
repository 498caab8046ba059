//! Reads the one-line form of an operation.

use avouch_model::operation::{
    AnswerShape, Media, Method, Operation, Parameter, Place, Requirement, Security, Style,
};
use avouch_model::schema::{Additional, Kind, Schema};
use std::sync::Arc;

/// `GET /search?q&id!&limit<=50 bearer deprecated role:admin tag:x sunset:2020-01-01`
pub(super) fn operation(text: &str) -> Operation {
    let mut words = text.split_whitespace();
    let method = Method::parse(words.next().unwrap_or_default());
    let target = words.next().unwrap_or_default();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut operation = Operation::discovered(method, path);
    operation.origin = avouch_model::operation::Origin::Described;
    let names: Vec<String> = operation.path_parameters().map(str::to_owned).collect();
    let of = |place| move |name: &str| parameter(name, place);
    operation.parameters = names.iter().map(String::as_str).map(of(Place::Path)).collect();
    let queries = query.split('&').filter(|name| !name.is_empty()).map(of(Place::Query));
    operation.parameters.extend(queries);
    for word in words {
        match word.split_once(':') {
            Some(("role", role)) => operation.roles.push(role.to_owned()),
            Some(("tag", tag)) => operation.tags.push(tag.to_owned()),
            Some(("body", names)) => operation.body = vec![media(names)],
            Some(("answer", names)) => operation.answers.push(AnswerShape {
                status: if operation.method == Method::Post { "201" } else { "200" }.into(),
                media: vec![media(names)],
            }),
            Some(("sunset", date)) => operation.sunset = Some(date.to_owned()),
            _ if word == "deprecated" => operation.deprecated = true,
            _ if word == "open" => operation.security = Security::Open,
            _ => {
                let schemes = vec![(word.to_owned(), Vec::new())];
                operation.security = Security::Required(vec![Requirement { schemes }]);
            }
        }
    }
    operation
}

/// A JSON object's shape: `title,paid#boolean,id#integer~`. `~` is read-only; a lone `+` or `-` says
/// that other properties are allowed or forbidden; `[]` first makes it a list of such objects.
fn media(text: &str) -> Media {
    let (names, is_list) = match text.strip_prefix("[]") {
        Some(names) => (names, true),
        None => (text, false),
    };
    let mut schema = Schema { kinds: vec![Kind::Object], ..Schema::default() };
    for word in names.split(',') {
        let (word, read_only) = word.strip_suffix('~').map_or((word, false), |w| (w, true));
        let (name, kind) = word.split_once('#').unwrap_or((word, "string"));
        let kind = match kind {
            "integer" => Kind::Integer,
            "number" => Kind::Number,
            "boolean" => Kind::Boolean,
            "object" => Kind::Object,
            _ => Kind::String,
        };
        match name {
            "+" => schema.additional = Additional::Allowed,
            "-" => schema.additional = Additional::Forbidden,
            _ => {
                let property = Schema { kinds: vec![kind], read_only, ..Schema::default() };
                schema.properties.insert(name.to_owned(), Arc::new(property));
            }
        }
    }
    let schema = Arc::new(schema);
    let schema = if is_list {
        Arc::new(Schema { kinds: vec![Kind::Array], items: Some(schema), ..Schema::default() })
    } else {
        schema
    };
    Media { media_type: "application/json".into(), schema, examples: Vec::new() }
}

fn parameter(text: &str, place: Place) -> Parameter {
    let (text, required) = text.strip_suffix('!').map_or((text, false), |name| (name, true));
    let (name, maximum) = text.split_once("<=").unwrap_or((text, ""));
    let schema = Schema { maximum: maximum.parse().ok(), ..Schema::default() };
    Parameter {
        name: name.to_owned(),
        place,
        required: required || place == Place::Path,
        schema: Arc::new(schema),
        style: if place == Place::Path { Style::Simple } else { Style::Form },
        explode: place != Place::Path,
        examples: Vec::new(),
        description: None,
    }
}
