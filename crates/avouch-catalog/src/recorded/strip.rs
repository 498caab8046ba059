//! A recording without what is secret in it, for keeping.
//!
//! What is kept leads to the same operations. Credentials and whatever else the reader would not use
//! are gone: cookies, scripts, comments, and every value of an answer, of which only the shape stays.

use super::call::{BODY_BYTES_MAX, FORM};
use super::secrets;
use super::shape::{self, UNKNOWN};
use crate::catalog::Format;
use serde_json::{Map, Value, json};
use url::Url;

/// Stands where a token stood in a path: it is one by its form, and opens nothing.
const NO_TOKEN: &str = "eyJhbGciOiJub25lIn0.e30.e30";

/// The recording without secrets.
pub(crate) fn strip(format: Format, root: &Value) -> Value {
    match format {
        Format::Har => har(root),
        _ => collection(root.get("collection").unwrap_or(root)),
    }
}

fn har(root: &Value) -> Value {
    let entries = root.pointer("/log/entries").and_then(Value::as_array);
    let entries: Vec<Value> = entries.into_iter().flatten().map(entry).collect();
    json!({"log": {"entries": entries}})
}

fn entry(entry: &Value) -> Value {
    let (request, response) = (&entry["request"], &entry["response"]);
    let posted = request.get("postData").map(|posted| {
        let mime = posted["mimeType"].as_str().unwrap_or_default();
        let text = posted["text"].as_str().map(|text| sent_text(mime, text));
        json!({"mimeType": mime, "text": text, "params": fields(&posted["params"], "name")})
    });
    let mime = response.pointer("/content/mimeType").and_then(Value::as_str).unwrap_or_default();
    let text = response.pointer("/content/text").and_then(Value::as_str).unwrap_or_default();
    let cookies = request["cookies"].as_array().into_iter().flatten();
    let cookies: Vec<Value> = cookies.map(|cookie| json!({"name": cookie["name"]})).collect();
    let mut sent = json!({
        "method": request["method"],
        "url": request["url"].as_str().map(address),
        "headers": headers(&request["headers"], "name"),
        "cookies": cookies,
    });
    if let (Some(posted), Some(sent)) = (posted, sent.as_object_mut()) {
        sent.insert("postData".to_owned(), posted);
    }
    json!({
        "_resourceType": entry["_resourceType"],
        "request": sent,
        "response": {
            "status": response["status"],
            "content": {
                "mimeType": mime,
                "encoding": response.pointer("/content/encoding"),
                "text": answered_text(text),
            },
        },
    })
}

/// Of a credential only how it travels.
fn headers(list: &Value, name_key: &str) -> Value {
    let headers = list.as_array().into_iter().flatten().map(|header| {
        let name = header[name_key].as_str().unwrap_or_default();
        let value = header["value"].as_str().unwrap_or_default();
        let kept = match name.to_ascii_lowercase().as_str() {
            "authorization" => match value.trim().split_once(' ') {
                Some((scheme, _)) if !secrets::is_name(scheme) || scheme.len() < 21 => {
                    format!("{} {UNKNOWN}", scheme.chars().take(20).collect::<String>())
                }
                _ => UNKNOWN.to_string(),
            },
            "cookie" => {
                let names = value.split(';').filter_map(|pair| pair.split_once('='));
                let names: Vec<String> =
                    names.map(|(name, _)| format!("{}={UNKNOWN}", name.trim())).collect();
                names.join("; ")
            }
            _ => text_of(name, value),
        };
        json!({name_key: name, "value": kept, "disabled": header["disabled"]})
    });
    headers.collect()
}

fn fields(list: &Value, name_key: &str) -> Value {
    let fields = list.as_array().into_iter().flatten().map(|field| {
        let name = field[name_key].as_str().unwrap_or_default();
        let value = field["value"].as_str().map(|value| text_of(name, value));
        json!({name_key: name, "value": value, "disabled": field["disabled"]})
    });
    fields.collect()
}

/// A text that travelled under that name. One that is secret keeps its kind and nothing else.
fn text_of(name: &str, text: &str) -> String {
    if secrets::may_be_used(name, text) {
        return text.to_owned();
    }
    match shape::typed(text) {
        Value::Number(_) => "0".to_owned(),
        Value::Bool(_) => "true".to_owned(),
        _ => UNKNOWN.to_string(),
    }
}

/// An address without credentials.
fn address(text: &str) -> String {
    let (place, query) = text.split_once('?').unwrap_or((text, ""));
    let query = query.split('#').next().unwrap_or_default();
    let place = match place.split_once("://") {
        Some((scheme, rest)) => {
            let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
            let host = authority.rsplit('@').next().unwrap_or_default();
            format!("{scheme}://{host}/{path}")
        }
        None => place.to_owned(),
    };
    let segments: Vec<&str> = place
        .split('/')
        .map(|segment| if secrets::is_value(segment) { NO_TOKEN } else { segment })
        .collect();
    let place = segments.join("/");
    if query.is_empty() {
        return place;
    }
    let mut kept = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        kept.append_pair(&name, &text_of(&name, &value));
    }
    format!("{place}?{}", kept.finish())
}

/// What was sent, without secrets; a text that cannot be looked into is left out.
fn sent_text(media_type: &str, text: &str) -> String {
    let bare = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if text.len() > BODY_BYTES_MAX {
        return String::new();
    }
    if bare == FORM {
        let mut kept = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in url::form_urlencoded::parse(text.as_bytes()) {
            kept.append_pair(&name, &text_of(&name, &value));
        }
        return kept.finish();
    }
    match serde_json::from_str::<Value>(text) {
        Ok(value) => without_secrets("", &value, false).to_string(),
        Err(_) => String::new(),
    }
}

fn without_secrets(name: &str, value: &Value, secret: bool) -> Value {
    let secret = secret || secrets::is_name(name);
    match value {
        Value::Object(members) => {
            let kept = members
                .iter()
                .map(|(name, member)| (name.clone(), without_secrets(name, member, secret)));
            Value::Object(kept.collect())
        }
        Value::Array(items) => {
            items.iter().map(|item| without_secrets(name, item, secret)).collect()
        }
        Value::String(text) if secret || secrets::is_value(text) => {
            Value::String(UNKNOWN.to_string())
        }
        Value::Number(number) if secret => neutral_number(number),
        Value::Bool(_) if secret => Value::Bool(false),
        other => other.clone(),
    }
}

fn neutral_number(number: &serde_json::Number) -> Value {
    if number.is_f64() { json!(0.5) } else { json!(0) }
}

/// The shape of an answer, without any of its values.
fn answered_text(text: &str) -> String {
    if text.len() > BODY_BYTES_MAX {
        return String::new();
    }
    serde_json::from_str::<Value>(text).map_or_else(|_| String::new(), |v| neutral(&v).to_string())
}

fn neutral(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            Value::Object(members.iter().map(|(name, m)| (name.clone(), neutral(m))).collect())
        }
        Value::Array(items) => items.iter().map(neutral).collect(),
        Value::String(text) => json!(match shape::format(text) {
            Some("uuid") => "00000000-0000-0000-0000-000000000000",
            Some("date") => "2000-01-01",
            Some("date-time") => "2000-01-01T00:00:00Z",
            Some("uri") => "https://none.invalid/",
            Some("email") => "nobody@none.invalid",
            _ => "",
        }),
        Value::Number(number) => neutral_number(number),
        Value::Bool(_) => Value::Bool(false),
        Value::Null => Value::Null,
    }
}

/// A collection or a folder.
fn collection(holder: &Value) -> Value {
    let mut kept = Map::new();
    if let Some(info) = holder.get("info") {
        let info =
            json!({"name": info["name"], "version": info["version"], "schema": info["schema"]});
        kept.insert("info".to_owned(), info);
    }
    kept.insert("name".to_owned(), holder["name"].clone());
    if let Some(auth) = holder.get("auth").and_then(login) {
        kept.insert("auth".to_owned(), auth);
    }
    if let Some(list) = holder["variable"].as_array() {
        let variables = list.iter().filter_map(variable).collect();
        kept.insert("variable".to_owned(), variables);
    }
    if let Some(items) = holder["item"].as_array() {
        kept.insert("item".to_owned(), items.iter().map(collection).collect());
    }
    if let Some(request) = holder.get("request") {
        kept.insert("request".to_owned(), saved_request(request));
        let answers = holder["response"].as_array().into_iter().flatten().map(|answer| {
            let is_type = |h: &&Value| {
                h["key"].as_str().is_some_and(|key| key.eq_ignore_ascii_case("content-type"))
            };
            let stated = answer["header"].as_array().and_then(|list| list.iter().find(is_type));
            let stated: Vec<Value> =
                stated.map(|h| json!({"key": h["key"], "value": h["value"]})).into_iter().collect();
            let body = answer["body"].as_str().map(answered_text);
            json!({"code": answer["code"], "header": stated, "body": body})
        });
        kept.insert("response".to_owned(), answers.collect());
    }
    Value::Object(kept)
}

/// Type and place of a login.
fn login(auth: &Value) -> Option<Value> {
    let kind = auth["type"].as_str()?;
    let settings = &auth["apikey"];
    let of = |name: &str| match settings {
        Value::Array(list) => list.iter().find(|one| one["key"] == name).map(|one| &one["value"]),
        settings => settings.get(name),
    };
    let kept: Vec<Value> = ["key", "in"]
        .into_iter()
        .filter_map(|name| Some(json!({"key": name, "value": of(name)?.as_str()?})))
        .collect();
    Some(json!({"type": kind, "apikey": kept}))
}

fn variable(variable: &Value) -> Option<Value> {
    let name = variable["key"].as_str().or_else(|| variable["id"].as_str())?;
    let value = variable["value"].as_str().map(|value| match Url::parse(value) {
        Ok(_) => address(value),
        Err(_) => text_of(name, value),
    });
    let known = value.filter(|value| !value.contains(UNKNOWN) && variable["type"] != "secret");
    Some(json!({"key": name, "value": known?, "disabled": variable["disabled"]}))
}

fn saved_request(request: &Value) -> Value {
    if let Some(text) = request.as_str() {
        return Value::String(address(text));
    }
    let url = match &request["url"] {
        Value::String(text) => Value::String(address(text)),
        url => json!({
            "raw": url["raw"].as_str().map(address),
            "protocol": url["protocol"],
            "host": url["host"],
            "port": url["port"],
            "path": url["path"].as_array().map(|path| path.iter().map(segment).collect::<Vec<_>>()),
            "query": fields(&url["query"], "key"),
            "variable": fields(&url["variable"], "key"),
        }),
    };
    let headers = match &request["header"] {
        Value::String(text) => {
            let lines = text.lines().filter_map(|line| line.split_once(':'));
            let list = lines.map(|(n, v)| json!({"key": n.trim(), "value": v.trim()})).collect();
            headers(&list, "key")
        }
        list => headers(list, "key"),
    };
    let body = request.get("body").map(saved_body);
    let mut kept =
        json!({"method": request["method"], "url": url, "header": headers, "body": body});
    if let (Some(auth), Some(kept)) = (request.get("auth").and_then(login), kept.as_object_mut()) {
        kept.insert("auth".to_owned(), auth);
    }
    kept
}

fn segment(segment: &Value) -> Value {
    let text = segment.as_str().or_else(|| segment["value"].as_str()).unwrap_or_default();
    Value::from(if secrets::is_value(text) { NO_TOKEN } else { text })
}

fn saved_body(body: &Value) -> Value {
    let raw = body["raw"].as_str().map(|text| {
        // Variables outside of quotes are no JSON; what cannot be looked into is left out.
        sent_text("", &crate::formats::postman_body_filled(text))
    });
    let graphql = body.get("graphql").map(|graphql| {
        let variables = graphql["variables"].as_str().map(|text| sent_text("", text));
        json!({"query": graphql["query"], "variables": variables})
    });
    json!({
        "mode": body["mode"],
        "disabled": body["disabled"],
        "raw": raw,
        "options": {"raw": {"language": body.pointer("/options/raw/language")}},
        "urlencoded": fields(&body["urlencoded"], "key"),
        "formdata": fields(&body["formdata"], "key"),
        "graphql": graphql,
    })
}
