//! Where objects are: a folder, or S3-compatible storage.

use super::Failed;
use crate::config::variable;
use crate::copying::LockMode;
use anyhow::anyhow;
use avouch_beyond::s3::{Credentials, Lock, S3, S3Address, S3Options};
use avouch_ledger::archive::{Folder, Objects};
use avouch_ledger::storage::{Disk, SystemClock};
use std::path::Path;
use std::sync::Arc;

/// Whether a text says to be an address of S3-compatible storage.
pub(super) fn is_remote(text: &str) -> bool {
    text.starts_with("s3:")
}

/// Opens a place: a folder, or `s3://bucket/prefix` with what the environment says of it.
pub(super) fn open(text: &str, lock: Option<LockMode>) -> Result<Arc<dyn Objects>, Failed> {
    if !is_remote(text) {
        if lock.is_some() {
            return Err(Failed::usage(anyhow!("a folder cannot be locked")).advice(
                "leave `--lock` out, or name a bucket with Object Lock: `s3://bucket/prefix`",
            ));
        }
        // One folder has one name, from wherever it is looked at.
        let path = std::path::absolute(Path::new(text)).map_err(Failed::usage)?;
        let name = path.to_string_lossy().into_owned();
        return Ok(Arc::new(Folder::new(Arc::new(Disk::new(path)), name)));
    }
    let address = S3Address::parse(text).ok_or_else(|| {
        Failed::usage(anyhow!("`{text}` is not an address of objects"))
            .advice("it has the form `s3://bucket/prefix`")
    })?;
    let needed = |name: &str| {
        variable(name).ok_or_else(|| {
            Failed::usage(anyhow!("{name} is not set"))
                .advice("set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and AWS_ENDPOINT_URL for storage of another make")
        })
    };
    let credentials = Credentials {
        key: needed("AWS_ACCESS_KEY_ID")?,
        secret: needed("AWS_SECRET_ACCESS_KEY")?,
        token: variable("AWS_SESSION_TOKEN"),
    };
    let region = variable("AWS_REGION").or_else(|| variable("AWS_DEFAULT_REGION"));
    let options = S3Options {
        endpoint: variable("AWS_ENDPOINT_URL_S3").or_else(|| variable("AWS_ENDPOINT_URL")),
        region: region.unwrap_or_else(|| "us-east-1".to_owned()),
        credentials,
        lock: lock.map(|lock| match lock {
            LockMode::Compliance => Lock::Compliance,
            LockMode::Governance => Lock::Governance,
        }),
    };
    let opened = S3::new(address, options, Arc::new(SystemClock::start()));
    Ok(Arc::new(opened.map_err(|error| {
        Failed::usage(error).advice("AWS_ENDPOINT_URL begins with `http://` or `https://`")
    })?))
}
