//! Operations that look harmless by their method and destroy state. Each call of the one that empties
//! the shop is counted; signing out ends one session, which a scan may do to a session of its own.

use super::answer::{Answer, Refusal, ok};
use super::call::Call;
use super::route::{Route, Security};
use super::schema::{boolean, object};
use axum::routing::get;
use serde_json::json;

pub(crate) fn routes() -> Vec<Route> {
    vec![
        Route::get("/auth/logout", get(logout))
            .needs(Security::Bearer)
            .says("Sign out")
            .answers(object(&[("signedOut", boolean())])),
        Route::get("/maintenance/reset", get(reset))
            .needs(Security::Bearer)
            .says("Empty the shop for a demonstration")
            .answers(object(&[("emptied", boolean())])),
    ]
}

async fn logout(call: Call) -> Answer {
    let caller = call.customer()?;
    call.shop.end_session(caller.session);
    ok(json!({"signedOut": true}))
}

async fn reset(call: Call) -> Answer {
    call.shop.counters.danger();
    call.customer()?;
    let wipe = "DELETE FROM orders; DELETE FROM addresses; DELETE FROM notes;
        DELETE FROM messages; DELETE FROM invoices; DELETE FROM reviews;
        DELETE FROM deliveries; DELETE FROM subscriptions;";
    call.shop.store.script(wipe).await.map_err(Refusal::from)?;
    ok(json!({"emptied": true}))
}
