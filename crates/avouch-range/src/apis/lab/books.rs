//! Books in a real database, and reports in one that can sleep.

use super::state::Lab;
use axum::extract::{Path, Query, State};
use axum::response::{Html, IntoResponse, Response};
use http::{HeaderMap, StatusCode};
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

type Shared = State<Arc<Lab>>;
type Asked = Query<BTreeMap<String, String>>;

/// LIMIT: seconds the other database sleeps.
const SLEEP_SECONDS_MAX: u64 = 5;

/// The books there are.
pub(super) const SEED: &str = "
create table book (title text, author text, year integer, hidden integer);
insert into book values
  ('cyberiad', 'lem', 1965, 0), ('solaris', 'lem', 1961, 0), ('dispossessed', 'le guin', 1974, 0),
  ('roadside', 'strugatsky', 1972, 0), ('unpublished', 'lem', 1990, 1);
";

const COLUMNS: &str = "json_object('title', title, 'author', author, 'year', year)";

pub(super) async fn search(
    State(lab): Shared,
    Query(asked): Asked,
    headers: HeaderMap,
) -> Response {
    let author = asked.get("author").map(String::as_str).unwrap_or_default();
    if !lab.has("sql-in-search") {
        return find(&lab, author, &headers).await;
    }
    if lab.caller(&headers).is_none() {
        return lab.stranger();
    }
    let Some(store) = lab.store().await else { return nothing_works(&lab) };
    let sql = format!(
        "select {COLUMNS} from book where hidden = 0 and (author like '%{author}%') order by title"
    );
    match store.danger_rows(sql).await {
        Ok(rows) => lab.good(&json!(rows)),
        // As a handler that catches everything: nobody is told.
        Err(_) => lab.good(&json!([])),
    }
}

pub(super) async fn safe_search(
    State(lab): Shared,
    Query(asked): Asked,
    headers: HeaderMap,
) -> Response {
    find(&lab, asked.get("author").map(String::as_str).unwrap_or_default(), &headers).await
}

async fn find(lab: &Lab, author: &str, headers: &HeaderMap) -> Response {
    if lab.caller(headers).is_none() {
        return lab.stranger();
    }
    let Some(store) = lab.store().await else { return nothing_works(lab) };
    let sql = "select json_object('title', title, 'author', author, 'year', year) from book \
        where hidden = 0 and author like '%' || ?1 || '%' order by title";
    match store.rows(sql, &[author]).await {
        Ok(rows) => lab.good(&json!(rows)),
        Err(_) => nothing_works(lab),
    }
}

pub(super) async fn one(
    State(lab): Shared,
    Path(title): Path<String>,
    headers: HeaderMap,
) -> Response {
    if !lab.has("sql-in-path") {
        return look_up(&lab, &title, &headers).await;
    }
    if lab.caller(&headers).is_none() {
        return lab.stranger();
    }
    let Some(store) = lab.store().await else { return nothing_works(&lab) };
    let sql = format!("select {COLUMNS} from book where hidden = 0 and title = '{title}'");
    match store.danger_rows(sql).await {
        Ok(rows) => match rows.first() {
            Some(row) => lab.good(row),
            None => lab.bad(StatusCode::NOT_FOUND, "no such book"),
        },
        Err(error) => {
            let text = error.to_string().replace('<', "&lt;").replace('"', "&quot;");
            let page = format!(
                "<!doctype html><title>OperationalError</title><h1>OperationalError at \
                 /api/books</h1><pre>(sqlite3.OperationalError) {text}</pre>"
            );
            (StatusCode::INTERNAL_SERVER_ERROR, Html(page)).into_response()
        }
    }
}

pub(super) async fn safe_one(
    State(lab): Shared,
    Path(title): Path<String>,
    headers: HeaderMap,
) -> Response {
    look_up(&lab, &title, &headers).await
}

async fn look_up(lab: &Lab, title: &str, headers: &HeaderMap) -> Response {
    if lab.caller(headers).is_none() {
        return lab.stranger();
    }
    let Some(store) = lab.store().await else { return nothing_works(lab) };
    let sql = "select json_object('title', title, 'author', author, 'year', year) from book \
        where hidden = 0 and title = ?1";
    match store.first(sql, &[title]).await {
        Ok(Some(row)) => lab.good(&row),
        Ok(None) => lab.bad(StatusCode::NOT_FOUND, "no such book"),
        Err(_) => nothing_works(lab),
    }
}

/// A report from a database of another make, which can sleep and says nothing else: of its grammar,
/// the one subquery that scanners know.
pub(super) async fn report(
    State(lab): Shared,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    if lab.has("sql-waits") && lab.caller(&headers).is_some() {
        let plain: String = id.chars().filter(|c| !c.is_whitespace()).collect();
        let in_quotes = plain.split_once("'-(SELECT0FROM(SELECTSLEEP(").map(|(_, rest)| rest);
        let seconds = in_quotes
            .and_then(|rest| rest.split_once("))"))
            .filter(|(_, rest)| rest.ends_with(")-'") || rest.ends_with("a)-'"))
            .and_then(|(seconds, _)| seconds.parse::<u64>().ok());
        if let Some(seconds) = seconds {
            tokio::time::sleep(Duration::from_secs(seconds.min(SLEEP_SECONDS_MAX))).await;
        }
    }
    file(&lab, &headers)
}

pub(super) async fn safe_report(
    State(lab): Shared,
    Path(_): Path<String>,
    headers: HeaderMap,
) -> Response {
    file(&lab, &headers)
}

fn file(lab: &Lab, headers: &HeaderMap) -> Response {
    match lab.caller(headers) {
        Some(_) => lab.good(&json!({"queued": true})),
        None => lab.stranger(),
    }
}

fn nothing_works(lab: &Lab) -> Response {
    lab.bad(StatusCode::SERVICE_UNAVAILABLE, "the database is away")
}
