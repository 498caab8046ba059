//! Which operations an API has.
//!
//! In scope: reading descriptions (`OpenAPI` 3.0 and 3.1, Swagger 2.0, as JSON or YAML; the schemas of
//! graphs; Postman collections; HAR recordings) into operations; finding the operation a request
//! belongs to; making up values and requests that a description allows; and the pure half of finding
//! out what an API has when nobody described it. Bytes come in, values go out. A description is hostile
//! input: every reader is bounded in size,
//! depth, repetition and time, and what is broken becomes a warning that names file, line and cause.
//!
//! Out of scope: files, sockets, time, randomness. Documents that a description refers to are named
//! in [`Reading::wanted`]; whoever calls fetches them, decides whether they may be fetched at all,
//! and reads again.
//!
//! How a request's path is composed: [`Operation::path`](avouch_model::operation::Operation) never
//! contains the path of the server. [`Catalog::servers`] holds the servers as given, absolute or
//! relative, and [`Catalog::base_path`] the path of the first one; the target of a request is origin,
//! then base path, then the operation's path.

mod catalog;
pub mod discovery;
pub mod formats;
pub mod graph;
mod merging;
mod node;
mod plain;
mod reader;
mod reading;
mod recorded;
pub mod request_line;
mod schema;
pub mod template;
pub mod values;

pub use catalog::{Catalog, Flow, Format, SecurityScheme};
pub use plain::{Located, PLAIN_BYTES_MAX, Plain, PlainError, read_plain};
pub use reading::{
    DOCUMENT_BYTES_MAX, Description, Document, ReadError, Reading, format_of, read, without_secrets,
};
