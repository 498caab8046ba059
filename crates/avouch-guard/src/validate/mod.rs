//! What of a request is not as described.
//!
//! In scope: parameters of path, query, header and cookie; the media type; bodies in JSON, judged while
//! they are read and without a tree; forms. What a description says and what cannot be checked here is
//! told by [`Validator::unchecked`]: unknown is never good.
//!
//! Out of scope: bodies in other media types, which pass unread up to a size, or are refused.

mod compile;
mod cursor;
mod formats;
mod forms;
mod judge;
mod media;
mod multipart;
mod parameters;
mod pattern;
mod shape;
#[cfg(test)]
mod tests;
mod validator;
mod written;

pub(crate) use parameters::query;

pub use compile::Unchecked;
pub use validator::{BodyPlan, Validator};
