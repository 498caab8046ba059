//! Importing a picture from an address the caller gives.

use super::answer::{Answer, Refusal, ok};
use super::call::{Call, required};
use super::route::{Route, Security};
use super::schema::{integer, object, uri};
use crate::apis::shop::weakness::Weakness;
use axum::routing::post;
use http::Uri;
use http_body_util::{BodyExt, Empty, Limited};
use hyper::body::Bytes;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::json;
use std::time::Duration;

/// LIMIT: bytes of a picture.
const PICTURE_BYTES_MAX: usize = 1024 * 1024;
/// LIMIT: time a picture may take to arrive.
const FETCH_WAIT: Duration = Duration::from_secs(5);
/// The one host that pictures come from.
const PICTURE_HOST: &str = "images.shop.example";

pub(crate) fn routes() -> Vec<Route> {
    let import = |path| {
        Route::post(path, post(import))
            .needs(Security::Bearer)
            .says("Import a picture from its address")
            .takes(object(&[("imageUrl", uri())]))
            .answers(object(&[("status", integer()), ("bytes", integer())]))
    };
    vec![
        import("/images/import").carries(Weakness::UrlFetchedUnchecked),
        import("/v2/images/import"),
    ]
}

async fn import(call: Call) -> Answer {
    call.customer()?;
    let fields = call.object()?;
    let address = required(&fields, "imageUrl", "`imageUrl` is missing")?;
    let address: Uri = address.parse().map_err(|_| Refusal::Invalid("`imageUrl` is no address"))?;
    if !call.is_weak() && address.host() != Some(PICTURE_HOST) {
        return Err(Refusal::Invalid("`imageUrl` must lie on images.shop.example"));
    }
    let unreachable = Refusal::Invalid("`imageUrl` cannot be reached");
    let fetched = tokio::time::timeout(FETCH_WAIT, fetch(address)).await;
    let (status, bytes) = fetched.ok().flatten().ok_or(unreachable)?;
    ok(json!({"status": status, "bytes": bytes}))
}

/// Fetches the address, and gives its status and size.
async fn fetch(address: Uri) -> Option<(u16, usize)> {
    let client: Client<HttpConnector, Empty<Bytes>> =
        Client::builder(TokioExecutor::new()).build_http();
    let answer = client.get(address).await.ok()?;
    let status = answer.status().as_u16();
    let body = Limited::new(answer.into_body(), PICTURE_BYTES_MAX).collect().await.ok()?;
    Some((status, body.to_bytes().len()))
}
