//! Bodies that fit what a description asks for, with or without a marker.
//!
//! In scope: JSON bodies and forms. Out of scope: what files hold; a body that the target refuses
//! costs one request and proves nothing. The values themselves are the catalogue's.

use crate::context::{Context, Input};
use crate::corpus::Corpus;
use crate::forms::{self, Form};
use crate::identity::doors;
use crate::inputs::body_media;
use crate::links;
use crate::nonce::is_canary;
use crate::objects::removal_template;
use crate::oracle::leaves::{plain_key, records};
use crate::step::{Creation, Request};
use avouch_catalog::Catalog;
use avouch_catalog::values::{Fill, value_filled};
use avouch_model::identity::Who;
use avouch_model::operation::{Media, Method, Operation};
use avouch_model::schema::{Kind, Schema};
use serde_json::{Map, Value, json};

/// Endings of what names an object and is often not allowed twice.
const NAMES: [&str; 6] = ["name", "title", "slug", "email", "code", "sku"];
/// Names of texts that a person writes freely, best first.
const FREE_TEXTS: [&str; 16] = [
    "note",
    "notes",
    "comment",
    "description",
    "text",
    "content",
    "body",
    "message",
    "details",
    "summary",
    "subject",
    "title",
    "label",
    "remark",
    "name",
    "memo",
];
/// Bytes of a value that is taken for the code of something that there is.
const CODE_BYTES_MIN: usize = 6;
/// Endings of names whose texts mean something to the server.
const FORMAL_ENDINGS: [&str; 28] = [
    "id", "url", "uri", "mail", "phone", "date", "time", "at", "code", "currency", "country",
    "type", "status", "state", "role", "password", "token", "key", "zip", "slug", "iban", "number",
    "api", "link", "href", "host", "webhook", "callback",
];

/// A body with the marker in a text that a person writes freely; `None` when there is no such text.
pub fn marked_body(media: &Media, marker: &str, salt: u64) -> Option<Value> {
    marked(media, marker, salt, "").map(|(body, _)| body)
}

/// As [`marked_body`], with the property that holds the marker. The one that names the object, given
/// by its plain key, is left for its name.
pub fn marked(media: &Media, marker: &str, salt: u64, own_name: &str) -> Option<(Value, String)> {
    let mut body = body_for(media, salt)?;
    let members = body.as_object_mut()?;
    let mut names: Vec<String> =
        media.schema.properties.keys().chain(members.keys()).cloned().collect();
    names.retain(|name| match media.schema.properties.get(name) {
        Some(schema) => is_free_text(name, schema, marker),
        None => members.get(name).is_some_and(Value::is_string) && !is_formal(name),
    });
    names.retain(|name| plain_key(name) != own_name);
    let rank = |name: &String| {
        let key = plain_key(name);
        FREE_TEXTS.iter().position(|text| *text == key).unwrap_or(FREE_TEXTS.len())
    };
    let best = names.into_iter().min_by_key(|name| (rank(name), name.clone()))?;
    members.insert(best.clone(), Value::String(marker.to_owned()));
    Some((body, best))
}

/// Gives what names the object a value of its own, so that a second one is not refused as a double:
/// the property it is found by, and what an example of the description would make the same each time.
pub fn rename(media: &Media, body: &mut Value, own_name: &str, marked: Option<&str>, word: &str) {
    let example = !media.examples.is_empty() || !media.schema.examples.is_empty();
    for (name, value) in body.as_object_mut().into_iter().flatten() {
        let schema = media.schema.properties.get(name);
        let key = plain_key(name);
        let fixed = schema.is_some_and(|s| !s.allowed.is_empty() || s.pattern.is_some());
        let shown = example || schema.is_some_and(|s| !s.examples.is_empty());
        let wanted = key == own_name || shown && NAMES.iter().any(|n| key.ends_with(n));
        let Some(text) = value.as_str().filter(|_| wanted && !fixed && marked != Some(name)) else {
            continue;
        };
        let renamed = match text.split_once('@') {
            Some((_, host)) => format!("avouch-{word}@{host}"),
            None if key == own_name => format!("avouch-{word}"),
            None if text.contains(' ') => format!("{text} {word}"),
            None => format!("{text}-{word}"),
        };
        let room =
            schema.and_then(|s| s.length_max).is_none_or(|most| most >= renamed.len() as u64);
        if room {
            *value = Value::String(renamed);
        }
    }
}

fn is_free_text(name: &str, schema: &Schema, marker: &str) -> bool {
    let room = schema.length_max.is_none_or(|most| most >= marker.len() as u64);
    schema.kinds.contains(&Kind::String)
        && schema.allowed.is_empty()
        && schema.format.is_none()
        && schema.pattern.is_none()
        && !schema.read_only
        && schema.cut.is_none()
        && !schema.examples.iter().any(is_address)
        && room
        && !is_formal(name)
}

/// Whether an example says that an address is meant.
fn is_address(example: &Value) -> bool {
    example.as_str().is_some_and(|text| text.starts_with("http://") || text.starts_with("https://"))
}

fn is_formal(name: &str) -> bool {
    let key = plain_key(name);
    FORMAL_ENDINGS.iter().any(|ending| key.ends_with(ending)) && !FREE_TEXTS.contains(&key.as_str())
}

/// A body that fits the media type: what the description shows, or what its schema asks for; `None`
/// when it says nothing. A schema that requires nothing gets all it names.
pub fn body_for(media: &Media, salt: u64) -> Option<Value> {
    let shown = media.examples.iter().chain(&media.schema.examples).find(|e| e.is_object());
    if let Some(example) = shown {
        return Some(example.clone());
    }
    let fill = if media.schema.required.is_empty() { Fill::All } else { Fill::Required };
    let value = value_filled("", &media.schema, salt, fill);
    value.as_object().is_some_and(|members| !members.is_empty()).then_some(value)
}

/// The request with that body, in the form the media type asks for: JSON when none is named.
pub fn put(request: Request, media: Option<&Media>, body: &Value) -> Request {
    let form = media.and_then(|media| Form::of(&media.media_type));
    match (form, body.as_object()) {
        (Some(form), Some(members)) => form.put(request, &forms::fields_of(members)),
        _ => request.json(body),
    }
}

/// Names under which records say what the server keeps of them itself.
const KEPT: [&str; 12] = [
    "id",
    "uuid",
    "guid",
    "createdat",
    "updatedat",
    "created",
    "updated",
    "version",
    "links",
    "owner",
    "ownerid",
    "etag",
];

/// A body for an operation of which nothing is said: what people give to be let in, or what the
/// collection's own records hold.
pub fn guessed(
    catalog: &Catalog,
    corpus: &Corpus,
    operation: &Operation,
    who: Who,
) -> Option<Value> {
    if doors::is_login(operation) {
        return Some(json!({
            "username": "avouch", "email": "avouch@example.com", "password": "avouch-1",
        }));
    }
    let list = catalog
        .operations
        .iter()
        .find(|other| other.method == Method::Get && other.path == operation.path)?;
    let answer = corpus.of(&list.id, who).find_map(crate::corpus::Sample::success)?.json()?;
    let record = records(&answer).first()?.as_object()?;
    let members: Map<String, Value> = record
        .iter()
        .filter(|(name, value)| {
            let key = plain_key(name);
            !value.is_null() && !KEPT.contains(&key.as_str()) && !key.starts_with("is")
        })
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    (!members.is_empty()).then_some(Value::Object(members))
}

/// Puts ids the identity knows where the body refers to other objects, at any depth: `productId` names
/// a product that there is, `vin` a car that the identity was shown. Markers stay, and name nothing.
pub fn refer(catalog: &Catalog, corpus: &Corpus, who: Who, body: &mut Value) {
    match body {
        Value::Array(items) => items.iter_mut().for_each(|item| refer(catalog, corpus, who, item)),
        Value::Object(members) => {
            for (name, value) in members {
                if value.is_object() || value.is_array() {
                    refer(catalog, corpus, who, value);
                } else if !value.as_str().is_some_and(is_canary) {
                    put_known(value, known_value(catalog, corpus, who, name));
                }
            }
        }
        _ => (),
    }
}

/// What the identity was shown under that name, if it refers to something that there is.
fn known_value(catalog: &Catalog, corpus: &Corpus, who: Who, name: &str) -> Option<String> {
    let code = |text: &&(String, _)| {
        let (text, _) = *text;
        text.len() >= CODE_BYTES_MIN
            && text.bytes().any(|b| b.is_ascii_digit())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
    };
    let known = links::known_as(catalog, corpus, name, who).or_else(|| {
        let free = FREE_TEXTS.contains(&plain_key(name).as_str());
        let timely = ["date", "time", "at", "day"].iter().any(|end| name.ends_with(end));
        let answered = corpus.named(who, &plain_key(name)).iter().find(code);
        answered.filter(|_| !free && !timely).map(|(value, _)| value.clone())
    });
    known.filter(|value| !is_canary(value))
}

/// Replaces a number or text by a known one of its kind.
fn put_known(value: &mut Value, known: Option<String>) {
    let Some(known) = known else { return };
    if value.is_number() {
        if let Ok(number) = known.parse::<u64>() {
            *value = Value::from(number);
        }
    } else if value.is_string() {
        *value = Value::String(known);
    }
}

/// A request for an operation without path parameters, with a body that fits and room for the input
/// that is asked for. `None` when the operation takes no JSON or its path has parameters.
pub fn minimal(ctx: &Context<'_>, operation: &Operation, wanted: &Input) -> Option<Request> {
    if operation.path_parameters().next().is_some() {
        return None;
    }
    let media = body_media(operation)?;
    let salt = ctx.nonces.number("body", 1, u64::from(u32::MAX));
    let mut body = body_for(media, salt).unwrap_or_else(|| Value::Object(Map::new()));
    refer(ctx.catalog, ctx.corpus, ctx.anyone().unwrap_or(Who::Nobody), &mut body);
    if let Input::Body(pointer) = wanted {
        place(&mut body, pointer);
    }
    let request = Request::new(operation.method.clone(), ctx.path(&operation.path));
    Some(with_creation(ctx, operation, put(request, Some(media), &body)))
}

/// The request, noted as one that may create something when it is a POST or PUT and that is not
/// noted already.
pub fn with_creation(ctx: &Context<'_>, operation: &Operation, mut request: Request) -> Request {
    let may_create = matches!(request.method, Method::Post | Method::Put) && !operation.is_read();
    if request.creates.is_none() && may_create {
        request.creates = Some(Creation {
            by: operation.id.clone(),
            remove: removal_template(ctx.catalog, operation),
            named: None,
            marker: ctx.nonces.canary("body"),
        });
    }
    request
}

/// Makes room for a text at that JSON Pointer.
fn place(body: &mut Value, pointer: &str) {
    let mut here = body;
    for part in pointer.split('/').skip(1) {
        let name = part.replace("~1", "/").replace("~0", "~");
        if !here.is_object() {
            *here = Value::Object(Map::new());
        }
        let Some(members) = here.as_object_mut() else { return };
        here = members.entry(name).or_insert(Value::Null);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    fn media() -> Media {
        let schema = |kind| Arc::new(Schema { kinds: vec![kind], ..Schema::default() });
        let mut object = Schema { kinds: vec![Kind::Object], ..Schema::default() };
        object.properties.insert("comment".into(), schema(Kind::String));
        object.properties.insert("ownerId".into(), schema(Kind::String));
        object.properties.insert("stars".into(), schema(Kind::Integer));
        object.required = vec!["stars".into()];
        let schema = Arc::new(object);
        Media { media_type: "application/json".into(), schema, examples: Vec::new() }
    }

    #[test]
    fn a_marker_goes_where_a_person_writes_freely() {
        let body = marked_body(&media(), "cny-1", 1).unwrap();
        assert_eq!(body["comment"], "cny-1");
        assert!(body["stars"].is_i64());
        assert!(body.get("ownerId").is_none());
    }

    #[test]
    fn a_marker_is_never_taken_for_a_reference() {
        let mut corpus = Corpus::default();
        let read = crate::corpus::Sample {
            operation: avouch_model::operation::OperationId("GET /orders".into()),
            who: Who::A,
            request: Request::read("/orders"),
            bindings: Vec::new(),
            exchange: avouch_model::exchange::Exchange {
                request: avouch_model::exchange::SentRequest {
                    method: "GET".into(),
                    url: "http://t/orders".into(),
                    headers: avouch_model::exchange::Headers::default(),
                    body: None,
                    who: Who::A,
                    credential_note: None,
                },
                outcome: avouch_model::exchange::Outcome::Answered(
                    crate::oracle::markers::tests::answer(
                        200,
                        r#"[{"deliveryCode": "cny-00112233445566778899", "itemCode": "ITEM-4711"}]"#,
                    ),
                ),
                sent_at_us: 0,
            },
        };
        corpus.add(read);
        let mut body = json!({
            "deliveryCode": "cny-99887766554433221100",
            "items": [{"itemCode": "text", "deliveryCode": "other"}],
        });
        refer(&Catalog::empty(), &corpus, Who::A, &mut body);
        assert_eq!(body["deliveryCode"], "cny-99887766554433221100");
        assert_eq!(body["items"][0], json!({"itemCode": "ITEM-4711", "deliveryCode": "other"}));
    }

    #[test]
    fn room_is_made_at_a_pointer() {
        let mut body = json!({"a": 1});
        place(&mut body, "/b/c");
        assert_eq!(body, json!({"a": 1, "b": {"c": null}}));
    }
}
