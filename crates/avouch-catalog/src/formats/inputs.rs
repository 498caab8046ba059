//! Parameters and bodies: what the formats have in common.

use super::paths::Subject;
use crate::node::Node;
use crate::reader::{At, Reader, quote};
use crate::template::{self, Piece};
use avouch_model::operation::{Media, Parameter, Place, Style};
use avouch_model::schema::{Kind, Schema};
use serde_json::Value;
use std::sync::Arc;

/// Parameters one operation may have.
// LIMIT: 256 parameters.
const PARAMETERS_MAX: usize = 256;
/// Examples of one parameter or body.
// LIMIT: 8 examples.
const EXAMPLES_MAX: usize = 8;
/// Bytes of a media type.
// LIMIT: 200 bytes.
const MEDIA_BYTES_MAX: usize = 200;
/// Ways to send one body.
// LIMIT: 32 media types.
const MEDIA_MAX: usize = 32;

/// What an operation takes.
#[derive(Debug, Default)]
pub(super) struct Inputs {
    /// Outside the body.
    pub(super) parameters: Vec<Parameter>,
    /// Ways to send a body.
    pub(super) body: Vec<Media>,
    /// Whether there must be one.
    pub(super) body_required: bool,
}

/// A parameter's description with its name and the word for its place.
#[derive(Debug)]
pub(super) struct Named {
    /// Its name.
    pub(super) name: String,
    /// Where the description says it travels.
    pub(super) place: String,
    /// Its description.
    pub(super) at: At,
}

/// Parameters of the path and of the operation; the operation's replace those of the same name and
/// place.
pub(super) fn named(reader: &mut Reader, of: &Subject<'_>) -> Vec<Named> {
    let mut all: Vec<Named> = Vec::new();
    for holder in [of.item, of.operation] {
        let Some(list) = holder.get("parameters") else { continue };
        if list.node.list().is_none() {
            reader.warn(&list, format!("`parameters` is a list, not {}", list.node.kind()));
        }
        let known = all.len();
        for node in list.items().iter().take(PARAMETERS_MAX) {
            let own = list.beside(node);
            let Some(at) = reader.resolve(&own) else { continue };
            let (Some(name), Some(place)) = (at.text("name"), at.text("in")) else {
                reader.warn(&at, "a parameter without `name` or `in` is left out");
                continue;
            };
            let same = |other: &Named| other.name == name && other.place == place;
            match all.iter().position(same) {
                Some(earlier) if earlier >= known => {
                    reader.warn(&own, format!("the parameter `{}` stands twice", quote(&name)));
                }
                Some(earlier) => {
                    if let Some(slot) = all.get_mut(earlier) {
                        *slot = Named { name, place, at };
                    }
                }
                None => all.push(Named { name, place, at }),
            }
        }
    }
    all.truncate(PARAMETERS_MAX);
    all
}

/// The place of that name.
pub(super) fn place(name: &str) -> Option<Place> {
    match name {
        "path" => Some(Place::Path),
        "query" => Some(Place::Query),
        "header" => Some(Place::Header),
        "cookie" => Some(Place::Cookie),
        _ => None,
    }
}

/// Whether a header is described elsewhere and ignored as a parameter (OpenAPI 3.1, 4.8.12.2).
pub(super) fn is_described_elsewhere(name: &str) -> bool {
    ["accept", "content-type", "authorization"].iter().any(|known| name.eq_ignore_ascii_case(known))
}

/// Makes template and path parameters agree: one that the template does not have is left out, one
/// that is not described is assumed to be a text.
pub(super) fn settle_path(reader: &mut Reader, of: &Subject<'_>, parameters: &mut Vec<Parameter>) {
    let pieces = template::pieces(of.path);
    let in_template = |name: &str| pieces.contains(&Piece::Parameter(name));
    parameters.retain(|parameter| {
        let fits = parameter.place != Place::Path || in_template(&parameter.name);
        if !fits {
            let what =
                format!("the path `{}` has no `{{{}}}`", quote(of.path), quote(&parameter.name));
            reader.warn(of.operation, what);
        }
        fits
    });
    for piece in &pieces {
        let Piece::Parameter(name) = piece else { continue };
        let described = |known: &Parameter| known.place == Place::Path && known.name == *name;
        if parameters.len() >= PARAMETERS_MAX || parameters.iter().any(described) {
            continue;
        }
        let what =
            format!("the path parameter `{}` is not described; a text is assumed", quote(name));
        reader.warn(of.operation, what);
        let schema = Schema { kinds: vec![Kind::String], ..Schema::default() };
        parameters.push(Parameter {
            name: (*name).to_owned(),
            place: Place::Path,
            required: true,
            schema: Arc::new(schema),
            style: Style::Simple,
            explode: false,
            examples: Vec::new(),
            description: None,
        });
    }
}

/// `example` and `examples` of a parameter or medium (Example Objects, possibly referred to).
pub(super) fn examples(reader: &mut Reader, at: &At) -> Vec<Value> {
    let mut examples = Vec::new();
    for key in ["example", "x-example"] {
        if let Some(example) = at.get(key) {
            examples.extend(reader.plain(&example));
        }
    }
    let Some(all) = at.get("examples") else { return examples };
    for node in all.items().iter().take(EXAMPLES_MAX) {
        examples.extend(reader.plain(&all.beside(node)));
    }
    for entry in all.entries().iter().take(EXAMPLES_MAX) {
        let Some(example) = reader.resolve(&all.beside(&entry.node)) else { continue };
        if let Some(value) = example.get("value") {
            examples.extend(reader.plain(&value));
        }
    }
    examples
}

/// Media of a `content` map.
pub(super) fn content(reader: &mut Reader, holder: &At) -> Vec<Media> {
    let Some(content) = holder.get("content") else { return Vec::new() };
    let mut media = Vec::new();
    for entry in content.entries().iter().take(MEDIA_MAX) {
        let own = content.beside(&entry.node);
        if entry.key.len() > MEDIA_BYTES_MAX {
            continue;
        }
        if !reader.take_parts(&own, 1) {
            break;
        }
        let Some(at) = reader.resolve(&own) else { continue };
        media.push(medium(reader, entry.key.to_string(), &at));
    }
    media
}

/// One way to send a body; without a schema anything may be sent.
pub(super) fn medium(reader: &mut Reader, media_type: String, at: &At) -> Media {
    let schema = match at.get("schema") {
        Some(schema) => crate::schema::schema(reader, &schema),
        None => Arc::default(),
    };
    Media { media_type, schema, examples: examples(reader, at) }
}

/// Media types of a list, without repetition.
pub(super) fn media_types(list: &At) -> Vec<String> {
    let mut types: Vec<String> = Vec::new();
    for name in list.items().iter().take(MEDIA_MAX).filter_map(Node::written) {
        if name.len() <= MEDIA_BYTES_MAX && !types.contains(&name) {
            types.push(name);
        }
    }
    types
}
