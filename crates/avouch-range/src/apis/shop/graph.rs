//! A small graph over the goods: a fixed schema and an executor for the selections it allows.
//!
//! In scope: one query with fields, aliases left out, and introspection of the schema.
//! Out of scope: mutations, fragments, variables.

use super::answer::{Answer, ok};
use super::call::{Call, required};
use super::route::{Route, Security};
use super::schema::{object, string};
use crate::apis::shop::weakness::Weakness;
use axum::routing::post;
use serde_json::{Map, Value, json};

/// LIMIT: levels of a selection.
const DEPTH_MAX: usize = 16;

pub(crate) fn routes() -> Vec<Route> {
    let graph = |path| {
        Route::post(path, post(execute))
            .says("Ask the graph of goods")
            .takes(object(&[("query", string())]))
            .needs(Security::Public)
    };
    vec![graph("/graphql").carries(Weakness::GraphIntrospection), graph("/v2/graphql")]
}

/// A field and what is selected inside it.
#[derive(Debug, PartialEq, Eq)]
struct Field {
    name: String,
    inside: Vec<Field>,
}

async fn execute(call: Call) -> Answer {
    let fields = call.object()?;
    let query = required(&fields, "query", "`query` is missing")?;
    let Some(selection) = parse(query) else {
        return ok(json!({"errors": [{"message": "Syntax error in the query"}]}));
    };
    let mut data = Map::new();
    for field in &selection {
        let value = match field.name.as_str() {
            "__typename" => json!("Query"),
            "__schema" if call.is_weak() => project(&schema(), &field.inside),
            "__schema" | "__type" => {
                return ok(json!({"errors": [{"message": "Introspection is not allowed"}]}));
            }
            "products" => {
                let sql = "SELECT json_object('__typename', 'Product', 'id', id, 'name', name,
                    'category', category) FROM products WHERE withdrawn = 0 ORDER BY id LIMIT 20";
                project(&Value::Array(call.shop.store.rows(sql, &[]).await?), &field.inside)
            }
            "categories" => json!(super::seed::CATEGORIES),
            _ => return ok(json!({"errors": [{"message": "There is no such field"}]})),
        };
        data.insert(field.name.clone(), value);
    }
    ok(json!({"data": data}))
}

/// What the graph says of itself (GraphQL October 2021, section 4).
fn schema() -> Value {
    let scalar = |name: &str| {
        json!({"__typename": "__Type", "kind": "SCALAR", "name": name, "fields": null,
            "ofType": null})
    };
    let field = |name: &str, of: Value| {
        json!({"__typename": "__Field", "name": name, "args": [], "type": of,
            "isDeprecated": false})
    };
    let list = |of: Value| json!({"kind": "LIST", "name": null, "fields": null, "ofType": of});
    let named = |name: &str| json!({"kind": "OBJECT", "name": name, "ofType": null});
    let object = |name: &str, fields: Vec<Value>| {
        json!({"__typename": "__Type", "kind": "OBJECT", "name": name, "fields": fields,
            "ofType": null})
    };
    json!({
        "__typename": "__Schema",
        "queryType": {"kind": "OBJECT", "name": "Query"},
        "mutationType": null,
        "subscriptionType": null,
        "directives": [],
        "types": [
            object("Query", vec![
                field("products", list(named("Product"))),
                field("categories", list(scalar("String"))),
            ]),
            object("Product", vec![
                field("id", scalar("Int")),
                field("name", scalar("String")),
                field("category", scalar("String")),
            ]),
            scalar("Int"),
            scalar("String"),
        ],
    })
}

/// The selected fields of a value; a value without a selection is given whole.
fn project(value: &Value, selection: &[Field]) -> Value {
    match value {
        Value::Array(items) => items.iter().map(|item| project(item, selection)).collect(),
        Value::Object(fields) if !selection.is_empty() => selection
            .iter()
            .map(|field| {
                let value = fields.get(&field.name).unwrap_or(&Value::Null);
                (field.name.clone(), project(value, &field.inside))
            })
            .collect(),
        other => other.clone(),
    }
}

/// The selection of a query. Arguments are read over; fragments are a syntax error.
fn parse(query: &str) -> Option<Vec<Field>> {
    let start = query.find('{')?;
    let head = query.get(..start)?.trim();
    if head.starts_with("mutation") || head.starts_with("subscription") {
        return None;
    }
    let words = words(query.get(start..)?)?;
    let mut rest = words.as_slice();
    let selection = braces(&mut rest, 0)?;
    rest.is_empty().then_some(selection)
}

/// Names and braces, arguments left out.
fn words(text: &str) -> Option<Vec<String>> {
    let mut words: Vec<String> = Vec::new();
    let mut name = String::new();
    let mut parentheses = 0_usize;
    for letter in text.chars() {
        if parentheses == 0 && (letter.is_ascii_alphanumeric() || letter == '_') {
            name.push(letter);
            continue;
        }
        if !name.is_empty() {
            words.push(std::mem::take(&mut name));
        }
        match letter {
            '(' => parentheses += 1,
            ')' => parentheses = parentheses.checked_sub(1)?,
            '{' | '}' if parentheses == 0 => words.push(letter.to_string()),
            _ if parentheses > 0 || letter.is_whitespace() || letter == ',' => (),
            _ => return None,
        }
    }
    Some(words)
}

fn braces(words: &mut &[String], depth: usize) -> Option<Vec<Field>> {
    let (open, rest) = words.split_first()?;
    if open != "{" || depth > DEPTH_MAX {
        return None;
    }
    *words = rest;
    let mut fields = Vec::new();
    loop {
        let (word, rest) = words.split_first()?;
        *words = rest;
        match word.as_str() {
            "}" => return Some(fields),
            "{" => return None,
            name => {
                let opens = words.first().is_some_and(|next| next == "{");
                let inside = if opens { braces(words, depth + 1)? } else { Vec::new() };
                fields.push(Field { name: name.to_owned(), inside });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn no_text_makes_the_reader_fail(text in "[{}()a-z_, .!]{0,80}") {
            let _ = parse(&text);
        }
    }

    #[test]
    fn a_query_reads_as_its_selection() {
        let selection = parse("query Q { __schema { types { name } queryType { name } } }");
        let selection = selection.unwrap();
        assert_eq!(selection[0].name, "__schema");
        assert_eq!(selection[0].inside.len(), 2);
        assert_eq!(parse("{products(first: 3) {id}}").unwrap()[0].inside[0].name, "id");
    }

    #[test]
    fn what_is_no_query_has_no_selection() {
        for text in ["", "{", "{a", "{a}}", "{{a}}", "mutation {a}", "{a ...F}"] {
            assert_eq!(parse(text), None, "{text}");
        }
        assert_eq!(parse(&"{a".repeat(40)), None);
    }
}
