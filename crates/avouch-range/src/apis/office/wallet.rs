//! Vouchers that may be redeemed once, and the balance they go to.

use super::call::{Call, bad, good};
use super::state::{Office, Person};
use axum::response::Response;
use serde_json::json;
use std::time::Duration;

/// The voucher everybody has.
const CODE: &str = "LUNCH-2026";
/// What it is worth.
const WORTH: i64 = 15;
/// How long the loose way thinks between looking and writing.
const THINKS: Duration = Duration::from_millis(60);

/// One's balance.
pub(super) fn balance(office: &Office, caller: &Person) -> Response {
    let held = office.held();
    let balance = held.people.iter().find(|person| person.id == caller.id).map(|p| p.balance);
    good(&json!({"balance": balance}))
}

/// Redeems a voucher: looked up first and written later when the mistake is made, else both at once.
pub(super) async fn redeem(
    office: &Office,
    call: &Call,
    caller: &Person,
    prefix: &str,
    loose: bool,
) -> Response {
    if call.text("code") != Some(CODE) {
        return bad(404, "no such voucher");
    }
    let key = (caller.id, format!("{prefix}{CODE}"));
    if loose {
        if office.held().redeemed.contains(&key) {
            return bad(409, "redeemed already");
        }
        tokio::time::sleep(THINKS).await;
    }
    let mut held = office.held();
    if !held.redeemed.insert(key) && !loose {
        return bad(409, "redeemed already");
    }
    let person = held.people.iter_mut().find(|person| person.id == caller.id);
    let balance = person.map(|person| {
        person.balance += WORTH;
        person.balance
    });
    good(&json!({"redeemed": CODE, "worth": WORTH, "balance": balance}))
}
