//! Tests of the whole: requests in, who asks out.

mod api_keys;
mod bound;
mod hostile;
mod introspection;
mod kit;
mod page;
mod rotation;
mod tokens;
