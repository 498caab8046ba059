//! What of a request is not as described.
//!
//! In scope: parameters of path, query, header and cookie; the media type; bodies in JSON, judged while
//! they are read and without a tree; forms. What a description says and what cannot be checked here is
//! told by [`Validator::unchecked`]: unknown is never good.
//!
//! Out of scope: bodies in other media types, which pass unread up to a size, or are refused.

pub(crate) mod compile;
pub(crate) mod cursor;
mod formats;
mod forms;
mod judge;
pub(crate) mod media;
mod multipart;
mod parameters;
mod pattern;
pub(crate) mod shape;
#[cfg(test)]
mod tests;
mod validator;
mod written;

pub(crate) use parameters::query;
pub(crate) use validator::numbered;

pub use compile::Unchecked;
pub use validator::{BodyPlan, Validator};
