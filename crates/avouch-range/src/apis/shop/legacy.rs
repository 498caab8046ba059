//! What should be gone: an old version with an announced end, and an export nobody described.

use super::answer::{Answer, Refusal, list, text};
use super::call::Call;
use super::route::Route;
use super::schema::{list_of, object, string};
use super::seed::CATEGORIES;
use crate::apis::shop::weakness::Weakness;
use axum::http::HeaderValue;
use axum::routing::get;
use http::HeaderName;
use serde_json::json;

pub(crate) fn routes() -> Vec<Route> {
    let category = || list_of(object(&[("name", string())]));
    vec![
        Route::get("/v1/categories", get(ended))
            .carries(Weakness::SunsetIgnored)
            .says("Categories, as they were")
            .also(410, "It has ended")
            .answers(category())
            .sunset("2024-01-31"),
        Route::get("/v1/departments", get(ending))
            .says("Departments, until they end")
            .answers(category())
            .sunset("2099-12-31"),
        Route::get("/legacy/price-list.csv", get(price_list))
            .carries(Weakness::ShadowOperation)
            .hidden(),
    ]
}

fn categories(sunset: &'static str) -> Answer {
    let names = CATEGORIES.iter().map(|name| json!({"name": name})).collect();
    let mut response = list(names)?;
    let headers = response.headers_mut();
    headers.insert(HeaderName::from_static("sunset"), HeaderValue::from_static(sunset));
    Ok(response)
}

async fn ended(call: Call) -> Answer {
    if call.is_weak() { categories("Wed, 31 Jan 2024 00:00:00 GMT") } else { Err(Refusal::Gone) }
}

async fn ending(_: Call) -> Answer {
    categories("Thu, 31 Dec 2099 00:00:00 GMT")
}

async fn price_list(call: Call) -> Answer {
    if !call.is_weak() {
        return Err(Refusal::NotFound);
    }
    let sql = "SELECT json_quote(id || ',' || name || ',' || price_cents) FROM products
        WHERE withdrawn = 0 ORDER BY id LIMIT 100";
    let rows = call.shop.store.rows(sql, &[]).await?;
    let lines: Vec<&str> = rows.iter().filter_map(|row| row.as_str()).collect();
    text("text/csv; charset=utf-8", format!("id,name,price_cents\n{}\n", lines.join("\n")))
}
