//! The graph: orders, customers, articles and reviews behind one address.
//!
//! A hand-written executor over a fixed schema: queries, mutations, variables, fragments, aliases,
//! lists of requests, and subscriptions over a WebSocket. Each mistake is one that servers of every make allow. A second graph at
//! `/api/graphql` makes none of those that concern a graph as a whole.

mod api;
mod data;
mod execute;
mod language;
mod live;
mod schema;
mod validate;

pub(crate) use api::API;
