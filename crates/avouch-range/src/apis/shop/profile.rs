//! What the shop knows of the caller.

use super::answer::{Answer, Refusal, list, ok};
use super::call::Call;
use super::route::{Route, Security};
use super::schema::{array, boolean, email, list_of, object, string, uuid};
use super::token::Leniency;
use crate::apis::shop::weakness::Weakness;
use axum::routing::get;
use serde_json::json;

pub(crate) fn routes() -> Vec<Route> {
    let of = |route: Route| route.needs(Security::Bearer);
    let person = || object(&[("id", string()), ("name", string()), ("email", email())]);
    let safety = || object(&[("lastChange", string()), ("secondFactor", boolean())]);
    let wishes = || object(&[("language", string()), ("topics", array(string()))]);
    let delivery = || object(&[("id", uuid()), ("carrier", string()), ("status", string())]);
    vec![
        of(Route::get("/me", get(me)))
            .carries(Weakness::ProfileOverShares)
            .says("Who you are")
            .answers(person()),
        of(Route::get("/v2/me", get(me))).says("Who you are").answers(person()),
        of(Route::get("/account/security", get(safety_of)))
            .carries(Weakness::PasswordHashShown)
            .says("How your account is kept")
            .answers(safety()),
        of(Route::get("/v2/account/security", get(safety_of)))
            .says("How your account is kept")
            .answers(safety()),
        of(Route::get("/profile/preferences", get(preferences)))
            .carries(Weakness::JwtSignatureUnchecked)
            .says("Your preferences")
            .answers(wishes()),
        of(Route::get("/v2/profile/preferences", get(preferences)))
            .says("Your preferences")
            .answers(wishes()),
        of(Route::get("/deliveries", get(deliveries)))
            .carries(Weakness::UndocumentedFields)
            .says("What is on its way to you")
            .answers(list_of(delivery())),
        of(Route::get("/v2/deliveries", get(deliveries)))
            .says("What is on its way to you")
            .answers(list_of(delivery())),
    ]
}

async fn me(call: Call) -> Answer {
    let caller = call.customer()?;
    let user = call.shop.user(&caller.id).ok_or(Refusal::NotFound)?;
    if call.is_weak() {
        return ok(json!({
            "id": user.id,
            "name": user.name,
            "email": user.email,
            "isAdmin": user.role == "admin",
            "internalNotes": user.staff_note,
            "passwordHash": user.password_hash,
        }));
    }
    ok(json!({"id": user.id, "name": user.name, "email": user.email}))
}

async fn safety_of(call: Call) -> Answer {
    let caller = call.customer()?;
    let user = call.shop.user(&caller.id).ok_or(Refusal::NotFound)?;
    let mut body = json!({"lastChange": user.joined, "secondFactor": false});
    if let (true, Some(fields)) = (call.is_weak(), body.as_object_mut()) {
        fields.insert("credential".to_owned(), json!(user.password_hash));
    }
    ok(body)
}

async fn preferences(call: Call) -> Answer {
    let caller = call.customer_unless_weak(Leniency::SignatureUnchecked)?;
    let user = call.shop.user(&caller.id).ok_or(Refusal::NotFound)?;
    let topic = format!("born-{}", user.birth_date.get(..4).unwrap_or_default());
    ok(json!({"language": "en", "topics": ["garden", topic]}))
}

async fn deliveries(call: Call) -> Answer {
    let caller = call.customer()?;
    let documented = "SELECT json_object('id', id, 'carrier', carrier, 'status', status)
        FROM deliveries WHERE owner = ? ORDER BY id";
    let whole_row = "SELECT json_object('id', id, 'carrier', carrier, 'status', status,
        'marginPercent', margin_percent, 'courierRoute', 'R-' || substr(id, 1, 4))
        FROM deliveries WHERE owner = ? ORDER BY id";
    let sql = if call.is_weak() { whole_row } else { documented };
    list(call.shop.store.rows(sql, &[&caller.id]).await?)
}
