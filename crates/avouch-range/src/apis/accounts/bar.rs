//! The bar: members order drinks and see their own orders.

use super::rooms::stranger;
use super::state::{Club, Order};
use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use std::sync::Arc;

type Shared = State<Arc<Club>>;

/// What a drink costs.
const PRICE: i64 = 4;
/// LIMIT: drinks in one order.
const DRINKS_MAX: i64 = 20;

fn said(status: StatusCode, message: &str) -> Response {
    (status, Json(json!({"message": message}))).into_response()
}

/// `POST /bar/orders`
pub(super) async fn order(
    State(club): Shared,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response {
    let least = if club.has("less-than-nothing") { -DRINKS_MAX } else { 1 };
    take(&club, &headers, &body, least)
}

/// `POST /v2/bar/orders`
pub(super) async fn sound_order(
    State(club): Shared,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response {
    take(&club, &headers, &body, 1)
}

fn take(club: &Club, headers: &HeaderMap, body: &Value, least: i64) -> Response {
    let Some(member) = club.caller(headers) else { return stranger() };
    let drink = body.get("drink").and_then(Value::as_str).unwrap_or_default();
    let quantity = body.get("quantity").and_then(Value::as_i64).unwrap_or_default();
    if drink.is_empty() || drink.len() > 60 {
        return said(StatusCode::UNPROCESSABLE_ENTITY, "which drink?");
    }
    if quantity == 0 || quantity < least || quantity > DRINKS_MAX {
        return said(StatusCode::UNPROCESSABLE_ENTITY, "one to twenty drinks");
    }
    let drink = drink.to_owned();
    let id = club.note(Order { email: member.email, drink, quantity });
    (StatusCode::CREATED, Json(json!({"id": id}))).into_response()
}

/// `GET /bar/orders/{id}`, and the same under `/v2`.
pub(super) async fn shown(
    State(club): Shared,
    Path(id): Path<u64>,
    headers: HeaderMap,
) -> Response {
    let Some(member) = club.caller(&headers) else { return stranger() };
    match club.noted(id).filter(|order| order.email == member.email) {
        None => said(StatusCode::NOT_FOUND, "there is no such order"),
        Some(order) => Json(json!({
            "id": id,
            "drink": order.drink,
            "quantity": order.quantity,
            "total": order.quantity * PRICE,
        }))
        .into_response(),
    }
}
