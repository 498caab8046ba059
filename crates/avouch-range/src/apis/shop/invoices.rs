//! Invoices: numbered without a gap, as bookkeeping wants them.

use super::answer::{Answer, Refusal, list, ok};
use super::call::Call;
use super::route::{Route, Security};
use super::schema::{integer, list_of, object, string};
use crate::apis::shop::weakness::Weakness;
use axum::routing::get;

pub(crate) fn routes() -> Vec<Route> {
    let invoice = || {
        object(&[
            ("id", integer()),
            ("customerId", string()),
            ("amountCents", integer()),
            ("memo", string()),
        ])
    };
    vec![
        Route::get("/invoices", get(mine))
            .needs(Security::Bearer)
            .says("Your invoices")
            .answers(list_of(invoice())),
        Route::get("/invoices/{invoiceId}", get(one))
            .carries(Weakness::InvoiceOwnerUnchecked)
            .needs(Security::Bearer)
            .says("One of your invoices")
            .answers(invoice()),
        Route::get("/v2/invoices", get(mine))
            .needs(Security::Bearer)
            .says("Your invoices")
            .answers(list_of(invoice())),
        Route::get("/v2/invoices/{invoiceId}", get(one))
            .needs(Security::Bearer)
            .says("One of your invoices")
            .answers(invoice()),
    ]
}

const OF_OWNER: &str = "SELECT json_object('id', id, 'customerId', owner,
    'amountCents', amount_cents, 'memo', memo) FROM invoices WHERE owner = ? ORDER BY id";
const OF_OWNER_BY_ID: &str = "SELECT json_object('id', id, 'customerId', owner,
    'amountCents', amount_cents, 'memo', memo) FROM invoices WHERE id = ? AND owner = ?";
const BY_ID: &str = "SELECT json_object('id', id, 'customerId', owner,
    'amountCents', amount_cents, 'memo', memo) FROM invoices WHERE id = ?";

async fn mine(call: Call) -> Answer {
    let caller = call.customer()?;
    list(call.shop.store.rows(OF_OWNER, &[&caller.id]).await?)
}

async fn one(call: Call) -> Answer {
    let caller = call.customer()?;
    let id = call.path("invoiceId");
    let invoice = if call.is_weak() {
        call.shop.store.first(BY_ID, &[id]).await?
    } else {
        call.shop.store.first(OF_OWNER_BY_ID, &[id, &caller.id]).await?
    };
    ok(invoice.ok_or(Refusal::NotFound)?)
}
