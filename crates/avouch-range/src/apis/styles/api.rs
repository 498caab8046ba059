//! The descriptor: switches, scenes, and the way in.

use super::state::Styles;
use super::{articles, parcels};
use crate::api::{ALL, Api, HARDENED, Login, On, Options, Starting};
use crate::kit::serving;
use axum::Router;
use axum::routing::{get, post};
use serde_json::Value;
use std::sync::Arc;

/// The description, as a person would have written it. It names no answers.
const DESCRIPTION: &str = include_str!("openapi.json");

/// The styles.
pub(crate) const API: Api = Api {
    name: "styles",
    title: "odd but common styles: envelopes, `Token`, base64 ids, reads that act",
    switches: &[
        ("parcel-owner-unchecked", "Parcels are read by anyone who is signed in (CWE-639)"),
        ("invoice-guard-missing", "Receipts are read without a token (CWE-306)"),
        (
            "draft-owner-unchecked",
            "Drafts are read by slug without asking whose they are (CWE-639)",
        ),
    ],
    apart: &[],
    truth: include_str!("truth.toml"),
    login: Login {
        path: "/api/session",
        body: r#"{"login":"{user}","secret":"{password}"}"#,
        send: Some("Authorization: Token {}"),
    },
    scenes: &[ALL, HARDENED],
    openapi,
    start,
};

fn openapi(base_url: &str, _: &On) -> Option<Value> {
    serving::described(DESCRIPTION, base_url)
}

fn start(options: Options) -> Starting {
    Box::pin(serving::serve(options, |options, _| router(Arc::new(Styles::open(options.on)))))
}

fn router(styles: Arc<Styles>) -> Router {
    Router::new()
        .route("/api/session", post(parcels::sign_in))
        .route("/api/parcels", get(parcels::mine))
        .route("/api/parcels/{code}", get(parcels::one))
        .route("/api/secure-parcels/{code}", get(parcels::one_of_mine))
        .route("/api/receipts", get(parcels::receipts))
        .route("/api/secure-receipts", get(parcels::my_receipts))
        .route("/api/drafts", get(articles::mine))
        .route("/api/drafts/{slug}", get(articles::one))
        .route("/api/secure-drafts/{slug}", get(articles::one_of_mine))
        .route("/api/articles", get(articles::published))
        .route("/api/articles/{slug}", get(articles::article))
        .route("/api/parcels/clear-all", get(parcels::clear))
        .fallback(parcels::nothing)
        .with_state(styles)
}
