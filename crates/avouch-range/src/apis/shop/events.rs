//! The event log: long, and without any person in it.

use super::answer::{Answer, list};
use super::call::Call;
use super::route::{Route, Security};
use super::schema::{integer, list_of, object, string};
use crate::apis::shop::weakness::Weakness;
use axum::routing::get;

/// LIMIT: events on one page.
const PAGE_MAX: u64 = 100;
const PAGE_DEFAULT: u64 = 10;

pub(crate) fn routes() -> Vec<Route> {
    let event = || object(&[("id", integer()), ("kind", string()), ("detail", string())]);
    let log = |path| {
        Route::get(path, get(page))
            .needs(Security::Bearer)
            .query("limit", integer(), "How many; 10 unless told")
            .says("What happened in the store room")
            .answers(list_of(event()))
    };
    vec![log("/events").carries(Weakness::PageSizeUnbounded), log("/v2/events")]
}

async fn page(call: Call) -> Answer {
    call.customer()?;
    let asked = call.number("limit", PAGE_DEFAULT);
    let limit = if call.is_weak() { asked } else { asked.min(PAGE_MAX) }.to_string();
    let sql = "SELECT json_object('id', id, 'kind', kind, 'detail', detail) FROM events
        ORDER BY id LIMIT CAST(? AS INTEGER)";
    list(call.shop.store.rows(sql, &[&limit]).await?)
}
