//! Messages from the shop to a customer.

use super::answer::{Answer, list};
use super::call::Call;
use super::route::{Route, Security};
use super::schema::{list_of, object, string, uuid};
use crate::apis::shop::weakness::Weakness;
use axum::routing::get;

pub(crate) fn routes() -> Vec<Route> {
    let message = || object(&[("id", uuid()), ("subject", string()), ("body", string())]);
    vec![
        Route::get("/messages", get(mine))
            .carries(Weakness::MessagesCrossOwners)
            .needs(Security::Bearer)
            .says("Your messages")
            .answers(list_of(message())),
        Route::get("/v2/messages", get(mine))
            .needs(Security::Bearer)
            .says("Your messages")
            .answers(list_of(message())),
    ]
}

async fn mine(call: Call) -> Answer {
    let caller = call.customer()?;
    let of_owner = "SELECT json_object('id', id, 'subject', subject, 'body', body)
        FROM messages WHERE owner = ? ORDER BY id";
    let latest = "SELECT json_object('id', id, 'subject', subject, 'body', body)
        FROM messages ORDER BY id LIMIT 200";
    if call.is_weak() {
        return list(call.shop.store.rows(latest, &[]).await?);
    }
    list(call.shop.store.rows(of_owner, &[&caller.id]).await?)
}
