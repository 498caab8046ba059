//! The OpenAPI 3.1 document, made from the table of operations.

use super::route::{Route, Security};
use super::schema::{integer, object, string};
use super::table::{self, Part};
use crate::apis::shop::weakness::{Switches, Weakness};
use serde_json::{Map, Value, json};

/// The description of a shop with these switches, as a scanner is given it.
///
/// Hidden operations are left out. Where a weakness lies in the description itself (a key in the
/// query), the switches decide what it says.
pub fn openapi(base_url: &str, switches: &Switches) -> Value {
    describe(base_url, switches, Part::Whole)
}

/// The same of one part.
pub(crate) fn describe(base_url: &str, switches: &Switches, part: Part) -> Value {
    let mut paths = Map::new();
    for route in table::routes(part).into_iter().filter(|route| !route.hidden) {
        let item = paths.entry(route.path).or_insert_with(|| json!({}));
        if let Some(item) = item.as_object_mut() {
            item.insert(route.method.to_lowercase(), operation(&route, switches));
        }
    }
    let mut schemes = json!({
        "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
        "exportKey": {"type": "apiKey", "in": "header", "name": "X-Export-Key"},
    });
    if switches.has(Weakness::KeyInQuery)
        && let Some(schemes) = schemes.as_object_mut()
    {
        let in_query = json!({"type": "apiKey", "in": "query", "name": "export_key"});
        schemes.insert("exportKeyInQuery".into(), in_query);
    }
    json!({
        "openapi": "3.1.0",
        "info": {"title": "The shop", "version": "2.4.0", "description": "Goods, orders, people."},
        "servers": [{"url": base_url}],
        "paths": paths,
        "components": {"securitySchemes": schemes, "schemas": {"Refusal": refusal()}},
    })
}

fn refusal() -> Value {
    object(&[("error", string()), ("message", string()), ("requestId", string())])
}

fn operation(route: &Route, switches: &Switches) -> Value {
    let tag = route.path.trim_start_matches("/v2").split('/').nth(1).unwrap_or("shop");
    let mut operation = Map::new();
    operation.insert("operationId".into(), json!(operation_id(route)));
    operation.insert("summary".into(), json!(route.summary));
    operation.insert("tags".into(), json!([tag]));
    let weak = route.carries.is_some_and(|weakness| switches.has(weakness));
    operation.insert("security".into(), security(route.security, weak));
    if route.security == Security::Admin {
        operation.insert("x-role".into(), json!("admin"));
    }
    if let Some(day) = route.sunset {
        operation.insert("deprecated".into(), json!(true));
        operation.insert("x-sunset".into(), json!(day));
    }
    let parameters = parameters(route);
    if !parameters.is_empty() {
        operation.insert("parameters".into(), Value::Array(parameters));
    }
    if let Some(body) = &route.body {
        let content = json!({"application/json": {"schema": body}});
        operation.insert("requestBody".into(), json!({"required": true, "content": content}));
    }
    operation.insert("responses".into(), responses(route));
    Value::Object(operation)
}

fn operation_id(route: &Route) -> String {
    let words = route.path.split(|letter: char| !letter.is_ascii_alphanumeric());
    let mut id = route.method.to_lowercase();
    for word in words.filter(|word| !word.is_empty()) {
        let mut letters = word.chars();
        id.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        id.push_str(letters.as_str());
    }
    id
}

fn security(security: Security, weak: bool) -> Value {
    match security {
        Security::Public => json!([]),
        Security::Bearer | Security::Admin => json!([{"bearer": []}]),
        Security::KeyMaybeInQuery if weak => json!([{"exportKeyInQuery": []}]),
        Security::Key | Security::KeyMaybeInQuery => json!([{"exportKey": []}]),
    }
}

fn parameters(route: &Route) -> Vec<Value> {
    let in_path = route.path.split('/').filter_map(|segment| {
        let name = segment.strip_prefix('{')?.strip_suffix('}')?;
        let whole = ["orderId", "invoiceId", "productId"].contains(&name);
        let schema = if whole { integer() } else { string() };
        Some(json!({"name": name, "in": "path", "required": true, "schema": schema}))
    });
    let in_query = route.parameters.iter().map(|parameter| {
        json!({
            "name": parameter.name,
            "in": "query",
            "required": parameter.required,
            "description": parameter.says,
            "schema": parameter.schema,
        })
    });
    in_path.chain(in_query).collect()
}

/// Fields that any JSON object of the shop may carry when it is asked to trace its answers.
const TRACE_FIELDS: [&str; 3] = ["requestId", "servedAt", "nonce"];

fn responses(route: &Route) -> Value {
    let mut answered = json!({"description": "As asked"});
    if let (Some(schema), Some(answered)) = (&route.answer, answered.as_object_mut()) {
        let mut schema = schema.clone();
        if let Some(fields) = schema.get_mut("properties").and_then(Value::as_object_mut) {
            for name in TRACE_FIELDS {
                fields.entry(name).or_insert_with(string);
            }
        }
        answered.insert("content".into(), json!({route.media: {"schema": schema}}));
    }
    let refused = |says: &str| {
        let schema = json!({"$ref": "#/components/schemas/Refusal"});
        json!({"description": says, "content": {"application/json": {"schema": schema}}})
    };
    let mut responses = Map::new();
    responses.insert(route.status.to_string(), answered);
    if route.security != Security::Public {
        responses.insert("401".into(), refused("Not signed in"));
    }
    if route.security == Security::Admin {
        responses.insert("403".into(), refused("Not for this role"));
    }
    if route.path.contains('{') {
        responses.insert("404".into(), refused("No such thing"));
    }
    if route.body.is_some() || !route.parameters.is_empty() {
        responses.insert("400".into(), refused("The request breaks this description"));
    }
    if route.body.is_some() {
        responses.insert("415".into(), refused("The body is not JSON"));
    }
    for (status, says) in &route.also {
        responses.insert(status.to_string(), json!({"description": says}));
    }
    responses.insert("429".into(), refused("Too many requests"));
    Value::Object(responses)
}
