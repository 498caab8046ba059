//! Signing in: with a password for tests, and the beginning of the code flow for people.

use super::issuer::{ISSUER, TOKEN_SECONDS, issue, key_set};
use super::people::scope_of;
use super::resources::Service;
use crate::kit::people::accounts;
use axum::Json;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

type Shared = State<Arc<Service>>;

/// The one client.
const CLIENT: &str = "meter-app";
/// Where its people are sent back to.
const REGISTERED: &str = "https://meter-app.test/callback";

pub(super) async fn log_in(Json(body): Json<Value>) -> Response {
    let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
    let people = accounts();
    let known = [people.a, people.b, people.admin]
        .into_iter()
        .find(|one| one.email == text("email") && one.password == text("password"));
    let Some(account) = known else {
        return (StatusCode::UNAUTHORIZED, Json(json!({"error": "invalid_grant"}))).into_response();
    };
    match issue(&account) {
        Ok(token) => Json(json!({
            "access_token": token,
            "token_type": "Bearer",
            "expires_in": TOKEN_SECONDS,
            "scope": scope_of(&account),
        }))
        .into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

pub(super) async fn keys() -> Response {
    Json(key_set()).into_response()
}

pub(super) async fn metadata(State(service): Shared) -> Response {
    let weak = service.on.has("metadata-weak");
    let base = &service.issuer;
    let (signed, challenge) =
        if weak { (json!(["ES256", "none"]), "plain") } else { (json!(["ES256"]), "S256") };
    Json(json!({
        "issuer": ISSUER,
        "authorization_endpoint": format!("{base}/oauth/authorize"),
        "token_endpoint": format!("{base}/auth/login"),
        "jwks_uri": format!("{base}/.well-known/jwks.json"),
        "response_types_supported": ["code"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "id_token_signing_alg_values_supported": signed,
        "code_challenge_methods_supported": [challenge],
        "scopes_supported": ["openid", "meters:read", "reports:read"],
    }))
    .into_response()
}

/// Nobody is ever signed in here, so that all that is seen is where the answer goes.
pub(super) async fn authorize(
    State(service): Shared,
    Query(asked): Query<BTreeMap<String, String>>,
) -> Response {
    let get = |name: &str| asked.get(name).map(String::as_str).unwrap_or_default();
    let wrong =
        |error: &str| (StatusCode::BAD_REQUEST, Json(json!({"error": error}))).into_response();
    if get("client_id") != CLIENT {
        return wrong("invalid_client");
    }
    let back = get("redirect_uri");
    let beginning = REGISTERED.trim_end_matches("/callback");
    let is_registered = if service.on.has("redirect-prefix-only") {
        back.starts_with(beginning)
    } else {
        back == REGISTERED
    };
    if !is_registered {
        return wrong("invalid_redirect_uri");
    }
    let location = format!("{back}?error=login_required&state={}", get("state"));
    (StatusCode::FOUND, [(header::LOCATION, location)]).into_response()
}
