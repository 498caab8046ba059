//! Four people ask for one order, as on any day.

use anyhow::{Context, anyhow};
use avouch_beyond::http::{Call, Client};
use avouch_range::{Account, accounts};
use serde_json::{Value, json};
use std::time::Duration;

/// LIMIT: of an answer.
const ANSWER_BYTES_MAX: usize = 1 << 20;

/// Lets the customer, another customer, a member of staff and nobody at all ask for one of the customer's
/// orders. Gives whose it is, and which.
pub(super) fn made(url: &str) -> anyhow::Result<(&'static str, String)> {
    let client = Client::new(url, Duration::from_secs(10), ANSWER_BYTES_MAX)?;
    let people = accounts();
    let owner = token(&client, &people.a)?;
    let orders = asked(&client, "/orders", Some(&owner))?;
    let order = first_id(&orders).context("the customer has no order")?;
    let path = format!("/orders/{order}");
    asked(&client, &path, Some(&owner))?;
    for account in [&people.b, &people.admin] {
        let token = token(&client, account)?;
        asked(&client, &path, Some(&token))?;
    }
    asked(&client, &path, None)?;
    Ok((people.a.name, order))
}

/// Logs somebody in; their token.
pub(super) fn login(url: &str, account: &Account) -> anyhow::Result<String> {
    token(&Client::new(url, Duration::from_secs(10), ANSWER_BYTES_MAX)?, account)
}

/// The id of the first order of whoever has a token.
pub(super) fn first_order(url: &str, token: &str) -> anyhow::Result<String> {
    let client = Client::new(url, Duration::from_secs(10), ANSWER_BYTES_MAX)?;
    first_id(&asked(&client, "/orders", Some(token))?).context("the customer has no order")
}

fn token(client: &Client, account: &Account) -> anyhow::Result<String> {
    let body = json!({ "email": account.email, "password": account.password }).to_string();
    let answer = client.call(Call {
        method: http::Method::POST,
        target: "/auth/login".to_owned(),
        headers: vec![("content-type".to_owned(), "application/json".to_owned())],
        body: body.into(),
    })?;
    let said: Value = serde_json::from_slice(&answer.body)?;
    let token = said.get("access_token").and_then(Value::as_str);
    token
        .map(str::to_owned)
        .ok_or_else(|| anyhow!("{} cannot log in: status {}", account.name, answer.status))
}

fn asked(client: &Client, path: &str, token: Option<&str>) -> anyhow::Result<Value> {
    let bearer = |token: &str| ("authorization".to_owned(), format!("Bearer {token}"));
    let answer = client.call(Call {
        method: http::Method::GET,
        target: path.to_owned(),
        headers: token.map(bearer).into_iter().collect(),
        body: bytes::Bytes::new(),
    })?;
    Ok(serde_json::from_slice(&answer.body).unwrap_or_default())
}

/// The id of the first thing in a list, bare or in a member.
fn first_id(list: &Value) -> Option<String> {
    let all = list.as_array().or_else(|| list.as_object()?.values().find_map(Value::as_array))?;
    match &all.first()?["id"] {
        Value::String(id) => Some(id.clone()),
        Value::Number(id) => Some(id.to_string()),
        _ => None,
    }
}
