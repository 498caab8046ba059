//! The goods: public by design. Searching and filtering them is where SQL is put together.

use super::answer::{Answer, Refusal, list, ok};
use super::call::Call;
use super::route::Route;
use super::schema::{integer, list_of, object, string};
use crate::apis::shop::weakness::Weakness;
use axum::response::IntoResponse;
use axum::routing::get;
use http::StatusCode;
use serde_json::{Value, json};

/// LIMIT: goods on one page, whatever is asked for.
const PAGE_MAX: u64 = 50;

pub(crate) fn routes() -> Vec<Route> {
    let product = || {
        object(&[
            ("id", integer()),
            ("name", string()),
            ("category", string()),
            ("priceCents", integer()),
        ])
    };
    let search = |path| {
        Route::get(path, get(search))
            .query("q", string(), "Words of the name")
            .says("Find goods by name")
            .answers(list_of(product()))
    };
    let filter = |path| {
        Route::get(path, get(filter))
            .query("category", string(), "For example `kitchen`")
            .says("Goods of one category")
            .answers(list_of(product()))
    };
    vec![
        Route::get("/products", get(page))
            .query("limit", integer(), "How many, at most 50")
            .says("All goods")
            .answers(list_of(product())),
        Route::get("/products/{productId}", get(one)).says("One of the goods").answers(product()),
        search("/products/search").carries(Weakness::SqlInjectionError),
        search("/v2/products/search"),
        filter("/products/filter").carries(Weakness::SqlInjectionBlind),
        filter("/v2/products/filter"),
    ]
}

async fn page(call: Call) -> Answer {
    let limit = call.number("limit", PAGE_MAX).clamp(1, PAGE_MAX).to_string();
    let sql = "SELECT json_object('id', id, 'name', name, 'category', category,
        'priceCents', price_cents) FROM products WHERE withdrawn = 0
        ORDER BY id LIMIT CAST(? AS INTEGER)";
    list(call.shop.store.rows(sql, &[&limit]).await?)
}

async fn one(call: Call) -> Answer {
    let sql = "SELECT json_object('id', id, 'name', name, 'category', category,
        'priceCents', price_cents) FROM products WHERE id = ? AND withdrawn = 0";
    let product = call.shop.store.first(sql, &[call.path("productId")]).await?;
    ok(product.ok_or(Refusal::NotFound)?)
}

async fn search(call: Call) -> Answer {
    let words = call.query("q").unwrap_or("kettle");
    if call.is_weak() {
        let sql = format!(
            "SELECT json_object('id', id, 'name', name, 'category', category, \
             'priceCents', price_cents) FROM products \
             WHERE withdrawn = 0 AND name LIKE '%{words}%' ORDER BY id LIMIT 50"
        );
        return match call.shop.store.danger_rows(sql).await {
            Ok(rows) => list(rows),
            Err(error) => Ok(show_error(&error)),
        };
    }
    let sql = "SELECT json_object('id', id, 'name', name, 'category', category,
        'priceCents', price_cents) FROM products
        WHERE withdrawn = 0 AND instr(name, ?) > 0 ORDER BY id LIMIT 50";
    list(call.shop.store.rows(sql, &[words]).await?)
}

/// Tells the caller what the database said.
fn show_error(error: &sqlx::Error) -> axum::response::Response {
    let body = json!({"error": "query-failed", "message": error.to_string()});
    (StatusCode::INTERNAL_SERVER_ERROR, axum::Json(body)).into_response()
}

async fn filter(call: Call) -> Answer {
    let category = call.query("category").unwrap_or("kitchen");
    if call.is_weak() {
        let sql = format!(
            "SELECT json_object('id', id, 'name', name, 'category', category, \
             'priceCents', price_cents) FROM products \
             WHERE withdrawn = 0 AND category = '{category}' ORDER BY id LIMIT 50"
        );
        let rows: Vec<Value> = call.shop.store.danger_rows(sql).await.unwrap_or_default();
        return list(rows);
    }
    let sql = "SELECT json_object('id', id, 'name', name, 'category', category,
        'priceCents', price_cents) FROM products
        WHERE withdrawn = 0 AND category = ? ORDER BY id LIMIT 50";
    list(call.shop.store.rows(sql, &[category]).await?)
}
