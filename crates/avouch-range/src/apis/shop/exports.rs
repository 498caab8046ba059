//! Exports for a customer's own programs, opened by a key instead of a token.

use super::answer::{Answer, Refusal, list};
use super::call::Call;
use super::route::{Route, Security};
use super::schema::{integer, list_of, object, string};
use crate::apis::shop::weakness::Weakness;
use crate::kit::people::accounts;
use axum::routing::get;

pub(crate) fn routes() -> Vec<Route> {
    let line = || object(&[("id", integer()), ("name", string())]);
    vec![
        Route::get("/exports/products", get(products))
            .carries(Weakness::KeyInQuery)
            .needs(Security::KeyMaybeInQuery)
            .says("Goods, for programs")
            .answers(list_of(line())),
        Route::get("/v2/exports/products", get(products))
            .needs(Security::Key)
            .says("Goods, for programs")
            .answers(list_of(line())),
    ]
}

async fn products(call: Call) -> Answer {
    let in_header = call.headers.get("x-export-key").and_then(|key| key.to_str().ok());
    let key = if call.is_weak() { call.query("export_key") } else { in_header };
    if key != Some(accounts().export_key) {
        return Err(Refusal::Unauthenticated);
    }
    let sql = "SELECT json_object('id', id, 'name', name) FROM products
        WHERE withdrawn = 0 ORDER BY id LIMIT 100";
    list(call.shop.store.rows(sql, &[]).await?)
}
