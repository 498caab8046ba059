//! The styles: an API as other frameworks would write it.
//!
//! Every refusal is a 200 with an envelope, tokens travel as `Authorization: Token …`, ids are
//! base64 of what a database would hold, slugs and names, and some reads change state. The same
//! mistakes must be found here as in an API that follows the books, and the same silence kept.

mod api;
mod articles;
mod envelope;
mod parcels;
mod state;

pub(crate) use api::API;
