//! Documents that customers may fetch.

use super::answer::{Answer, Refusal, list, text};
use super::call::Call;
use super::route::{Route, Security};
use super::schema::{list_of, object, string};
use crate::apis::shop::weakness::Weakness;
use axum::routing::get;
use serde_json::json;
use std::path::{Component, Path};
use tokio::io::AsyncReadExt;

/// LIMIT: bytes of a document that are served.
const DOCUMENT_BYTES_MAX: u64 = 64 * 1024;

pub(crate) fn routes() -> Vec<Route> {
    let document = |path| {
        Route::get(path, get(read))
            .needs(Security::Bearer)
            .query_required("name", string(), "The name of a document, for example `manual.txt`")
            .says("One document")
            .answers(string())
            .media("text/plain")
    };
    vec![
        Route::get("/documents", get(names))
            .needs(Security::Bearer)
            .says("The documents there are")
            .answers(list_of(object(&[("name", string())]))),
        document("/documents/read").carries(Weakness::FilePathTraversal),
        document("/v2/documents/read"),
    ]
}

async fn names(call: Call) -> Answer {
    call.customer()?;
    let mut folder = tokio::fs::read_dir(call.shop.folder.path().join("documents")).await?;
    let mut names = Vec::new();
    while let Some(entry) = folder.next_entry().await? {
        names.push(entry.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    list(names.into_iter().map(|name| json!({"name": name})).collect())
}

async fn read(call: Call) -> Answer {
    call.customer()?;
    let name = call.query("name").ok_or(Refusal::Invalid("`name` is missing"))?;
    if !call.is_weak() && !is_plain_name(name) {
        return Err(Refusal::NotFound);
    }
    let path = call.shop.folder.path().join("documents").join(name);
    let file = tokio::fs::File::open(path).await.map_err(|_| Refusal::NotFound)?;
    let mut bytes = Vec::new();
    let read = file.take(DOCUMENT_BYTES_MAX).read_to_end(&mut bytes).await;
    read.map_err(|_| Refusal::NotFound)?;
    text("text/plain; charset=utf-8", String::from_utf8_lossy(&bytes))
}

/// Whether this is the name of a file and no path.
fn is_plain_name(name: &str) -> bool {
    let mut parts = Path::new(name).components();
    matches!((parts.next(), parts.next()), (Some(Component::Normal(part)), None) if part == name)
}
