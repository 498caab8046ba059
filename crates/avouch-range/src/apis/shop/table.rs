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

/// Every operation, the hidden ones included.
pub(crate) fn routes() -> Vec<Route> {
    [
        accounts::routes(),
        profile::routes(),
        members::routes(),
        orders::routes(),
        addresses::routes(),
        notes::routes(),
        messages::routes(),
        invoices::routes(),
        reviews::routes(),
        products::routes(),
        restricted::routes(),
        exports::routes(),
        files::routes(),
        events::routes(),
        integrations::routes(),
        images::routes(),
        graph::routes(),
        assistant::routes(),
        admin::routes(),
        legacy::routes(),
        pages::routes(),
        workings::routes(),
        decoys::routes(),
        traps::routes(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The router of one shop.
pub(crate) fn router(shop: &Shared) -> Router {
    let mut router = Router::new();
    for route in routes() {
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
