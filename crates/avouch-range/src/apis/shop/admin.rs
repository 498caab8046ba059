//! What only administrators may see.

use super::answer::{Answer, list, ok};
use super::call::Call;
use super::route::{Route, Security};
use super::schema::{email, integer, list_of, object, string};
use crate::apis::shop::weakness::Weakness;
use axum::routing::get;
use serde_json::json;

pub(crate) fn routes() -> Vec<Route> {
    let user = || object(&[("id", string()), ("email", email()), ("role", string())]);
    let entry = || object(&[("id", integer()), ("kind", string())]);
    vec![
        Route::get("/admin/users", get(users))
            .carries(Weakness::AdminRoleUnchecked)
            .needs(Security::Admin)
            .says("All users")
            .answers(list_of(user())),
        Route::get("/v2/admin/users", get(users))
            .needs(Security::Admin)
            .says("All users")
            .answers(list_of(user())),
        Route::get("/admin/audit", get(audit))
            .needs(Security::Admin)
            .says("What was done")
            .answers(list_of(entry())),
        Route::get("/admin/config", get(config)).carries(Weakness::HiddenAdminPath).hidden(),
        Route::get("/internal/users", get(internal_users))
            .carries(Weakness::HiddenAdminPath)
            .hidden(),
    ]
}

const USERS: &str = "SELECT json_object('id', id, 'email', email, 'role', role)
    FROM users ORDER BY id";

async fn users(call: Call) -> Answer {
    if call.is_weak() {
        call.customer()?;
    } else {
        call.admin()?;
    }
    list(call.shop.store.rows(USERS, &[]).await?)
}

async fn audit(call: Call) -> Answer {
    call.admin()?;
    let sql = "SELECT json_object('id', id, 'kind', kind) FROM events ORDER BY id DESC LIMIT 25";
    list(call.shop.store.rows(sql, &[]).await?)
}

async fn config(call: Call) -> Answer {
    if call.is_weak() {
        call.customer()?;
    } else {
        call.admin()?;
    }
    ok(json!({
        "adminUsers": 1,
        "permissions": {"refund": "admin", "withdraw": "admin"},
        "featureFlags": {"newCheckout": false, "partnerPrices": true},
    }))
}

async fn internal_users(call: Call) -> Answer {
    if call.is_weak() {
        call.customer()?;
    } else {
        call.admin()?;
    }
    list(call.shop.store.rows(USERS, &[]).await?)
}
