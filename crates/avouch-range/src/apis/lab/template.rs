//! A template engine that works out products between double braces.

use super::state::Lab;
use axum::extract::{Query, State};
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;

type Shared = State<Arc<Lab>>;
type Asked = Query<BTreeMap<String, String>>;

/// The text with each expression replaced by its value; an error for one that is none.
fn render(template: &str, name: &str) -> Result<String, &'static str> {
    let mut out = String::new();
    let mut rest = template;
    while let Some((before, from)) = rest.split_once("{{") {
        let (expression, after) = from.split_once("}}").ok_or("unexpected end of template")?;
        out.push_str(before);
        let expression = expression.trim();
        if expression == "name" {
            out.push_str(name);
        } else {
            let mut product: u64 = 1;
            for factor in expression.split('*') {
                let factor: u64 = factor.trim().parse().map_err(|_| "unknown name in template")?;
                product = product.checked_mul(factor).ok_or("number too large")?;
            }
            out.push_str(&product.to_string());
        }
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

pub(super) async fn greeting(
    State(lab): Shared,
    headers: HeaderMap,
    Query(asked): Asked,
) -> Response {
    let name = asked.get("name").map(String::as_str).unwrap_or_default();
    if lab.has("template-from-input") {
        // The mistake: the name becomes a part of the template.
        answer(&lab, &headers, render(&format!("Good morning, {name}."), ""))
    } else {
        answer(&lab, &headers, render("Good morning, {{name}}.", name))
    }
}

pub(super) async fn safe_greeting(
    State(lab): Shared,
    headers: HeaderMap,
    Query(asked): Asked,
) -> Response {
    let name = asked.get("name").map(String::as_str).unwrap_or_default();
    answer(&lab, &headers, render("Good morning, {{name}}.", name))
}

fn answer(lab: &Lab, headers: &HeaderMap, text: Result<String, &str>) -> Response {
    match (lab.caller(headers), text) {
        (None, _) => lab.stranger(),
        (Some(_), Ok(text)) => lab.good(&json!({"text": text})),
        (Some(_), Err(_)) => lab.bad(StatusCode::INTERNAL_SERVER_ERROR, "internal error"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_are_worked_out_and_values_are_not() {
        assert_eq!(render("a {{ 6*7 }} b", "").as_deref(), Ok("a 42 b"));
        assert_eq!(render("{{name}}", "{{6*7}}").as_deref(), Ok("{{6*7}}"));
        assert!(render("{{", "").is_err());
    }
}
