//! Drafts and articles, under slugs.

use super::envelope::{bad, good};
use super::state::Styles;
use axum::extract::{Path, State};
use axum::response::Response;
use http::HeaderMap;
use serde_json::json;
use std::sync::Arc;

type Shared = State<Arc<Styles>>;

const STRANGER: &str = "who are you?";

pub(super) async fn mine(State(styles): Shared, headers: HeaderMap) -> Response {
    let Some(caller) = styles.caller(&headers) else { return bad(401, STRANGER) };
    let own = styles.drafts.iter().filter(|draft| draft.owner == caller.email);
    good(&own.map(|draft| draft.shown.clone()).collect())
}

pub(super) async fn one(
    State(styles): Shared,
    Path(slug): Path<String>,
    headers: HeaderMap,
) -> Response {
    read(&styles, &slug, &headers, styles.has("draft-owner-unchecked"))
}

pub(super) async fn one_of_mine(
    State(styles): Shared,
    Path(slug): Path<String>,
    headers: HeaderMap,
) -> Response {
    read(&styles, &slug, &headers, false)
}

fn read(styles: &Styles, slug: &str, headers: &HeaderMap, anybodys: bool) -> Response {
    let Some(caller) = styles.caller(headers) else { return bad(401, STRANGER) };
    let known = styles.drafts.iter().find(|draft| draft.id == slug);
    match known.filter(|draft| anybodys || draft.owner == caller.email) {
        Some(draft) => good(&draft.shown),
        None => bad(404, "no such draft"),
    }
}

/// Public by design: everybody reads the same, signed in or not.
pub(super) async fn published() -> Response {
    let of = |slug: &str, title: &str| json!({"slug": slug, "title": title, "author": "editors"});
    good(&json!([of("first-ice", "First ice"), of("nets-and-knots", "Nets and knots")]))
}

/// One of them.
pub(super) async fn article(Path(slug): Path<String>) -> Response {
    match slug.as_str() {
        "first-ice" | "nets-and-knots" => {
            good(&json!({"slug": slug, "body": "The harbour froze early that year, and stayed."}))
        }
        _ => bad(404, "no such article"),
    }
}
