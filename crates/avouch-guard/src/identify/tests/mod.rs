//! Tests of the whole: requests in, who asks out.

mod api_keys;
mod kit;
mod tokens;
