//! The table of operations: the router and the description are both made from it.

use super::call::Bound;
use super::route::Route;
use super::state::Shared;
use super::{
    accounts, addresses, admin, assistant, decoys, events, exports, files, graph, images,
    integrations, invoices, legacy, members, messages, notes, orders, pages, products, profile,
    restricted, reviews, traps, workings,
};
use axum::Router;
use std::sync::Arc;

/// Which operations a shop has. In two parts, so that the size of a scan can be told from the number
/// of mistakes the range knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Part {
    /// All of them.
    #[default]
    Whole,
    /// What customers see: accounts, orders, addresses, reviews, goods, administration.
    Counter,
    /// What lies behind it: notes, invoices, files, feeds, integrations, the graph, the assistant.
    Backroom,
}

/// The operations of a part, the hidden ones included.
pub(crate) fn routes(part: Part) -> Vec<Route> {
    match part {
        Part::Counter => [accounts::routes(), counter()].concat(),
        Part::Backroom => [accounts::routes(), backroom()].concat(),
        Part::Whole => [accounts::routes(), counter(), backroom()].concat(),
    }
}

fn counter() -> Vec<Route> {
    [
        profile::routes(),
        members::routes(),
        orders::routes(),
        addresses::routes(),
        reviews::routes(),
        products::routes(),
        restricted::routes(),
        admin::routes(),
        pages::routes(),
        workings::routes(),
        traps::routes(),
    ]
    .concat()
}

fn backroom() -> Vec<Route> {
    [
        notes::routes(),
        messages::routes(),
        invoices::routes(),
        exports::routes(),
        files::routes(),
        events::routes(),
        integrations::routes(),
        images::routes(),
        graph::routes(),
        assistant::routes(),
        legacy::routes(),
        decoys::routes(),
    ]
    .concat()
}

/// The router of one shop.
pub(crate) fn router(shop: &Shared) -> Router {
    let mut router = Router::new();
    for route in routes(shop.options.part) {
        let bound =
            Bound { shop: shop.clone(), carries: route.carries, key: Arc::from(route.key()) };
        router = router.route(route.path, route.handler.with_state(bound));
    }
    let spelled = Bound {
        shop: shop.clone(),
        carries: Some(crate::apis::shop::weakness::Weakness::PathSpellingBypass),
        key: Arc::from("(no operation)"),
    };
    router.fallback_service(axum::routing::any(restricted::other_spelling).with_state(spelled))
}
