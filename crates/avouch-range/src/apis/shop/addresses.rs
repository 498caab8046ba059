//! Addresses a customer has things sent to.

use super::answer::{Answer, Refusal, list, ok};
use super::call::Call;
use super::route::{Route, Security};
use super::schema::{list_of, object, string, uuid};
use crate::apis::shop::weakness::Weakness;
use axum::routing::get;

pub(crate) fn routes() -> Vec<Route> {
    let address = || {
        object(&[
            ("id", uuid()),
            ("recipient", string()),
            ("street", string()),
            ("city", string()),
            ("doorNote", string()),
        ])
    };
    vec![
        Route::get("/addresses", get(mine))
            .needs(Security::Bearer)
            .says("Your addresses")
            .answers(list_of(address())),
        Route::get("/addresses/{addressId}", get(one))
            .carries(Weakness::AddressOwnerUnchecked)
            .needs(Security::Bearer)
            .says("One of your addresses")
            .answers(address()),
        Route::get("/v2/addresses", get(mine))
            .needs(Security::Bearer)
            .says("Your addresses")
            .answers(list_of(address())),
        Route::get("/v2/addresses/{addressId}", get(one))
            .needs(Security::Bearer)
            .says("One of your addresses")
            .answers(address()),
    ]
}

const OF_OWNER: &str = "SELECT json_object('id', id, 'recipient', recipient, 'street', street,
    'city', city, 'doorNote', door_note) FROM addresses WHERE owner = ? ORDER BY id";
const OF_OWNER_BY_ID: &str = "SELECT json_object('id', id, 'recipient', recipient,
    'street', street, 'city', city, 'doorNote', door_note)
    FROM addresses WHERE id = ? AND owner = ?";
const BY_ID: &str = "SELECT json_object('id', id, 'recipient', recipient, 'street', street,
    'city', city, 'doorNote', door_note) FROM addresses WHERE id = ?";

async fn mine(call: Call) -> Answer {
    let caller = call.customer()?;
    list(call.shop.store.rows(OF_OWNER, &[&caller.id]).await?)
}

async fn one(call: Call) -> Answer {
    let caller = call.customer()?;
    let id = call.path("addressId");
    let address = if call.is_weak() {
        call.shop.store.first(BY_ID, &[id]).await?
    } else {
        call.shop.store.first(OF_OWNER_BY_ID, &[id, &caller.id]).await?
    };
    ok(address.ok_or(Refusal::NotFound)?)
}
