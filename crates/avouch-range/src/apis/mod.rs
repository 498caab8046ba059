//! The APIs of the range: one folder each, one line each here below.

use crate::api::Api;

mod accounts;
mod chat;
mod clinic;
mod estate;
mod graph;
mod lab;
mod office;
mod quay;
pub(crate) mod shop;
mod styles;
pub(crate) mod tokens;

/// Every API, the shop first.
pub const APIS: &[&Api] = &[
    &shop::COUNTER,
    &shop::BACKROOM,
    &office::API,
    &styles::API,
    &clinic::API,
    &accounts::API,
    &graph::API,
    &chat::API,
    &estate::API,
    &lab::API,
    &tokens::API,
    &quay::API,
];

/// The API of that name.
pub fn named(name: &str) -> Option<&'static Api> {
    APIS.iter().copied().find(|api| api.name == name)
}
