//! Reviews of goods: read by every customer, shown to the public once approved.

use super::answer::{Answer, Refusal, created, done, list, ok};
use super::call::{Call, required};
use super::route::{Route, Security};
use super::schema::{boolean, integer, list_of, object, string, uuid};
use crate::apis::shop::weakness::Weakness;
use crate::kit::random;
use axum::routing::{delete, get, post};
use serde_json::{Value, json};

pub(crate) fn routes() -> Vec<Route> {
    let listed = || object(&[("id", uuid()), ("author", string()), ("text", string())]);
    let review = || {
        object(&[
            ("id", uuid()),
            ("productId", integer()),
            ("text", string()),
            ("approved", boolean()),
        ])
    };
    let draft = || object(&[("productId", integer()), ("text", string())]);
    let of = |route: Route| route.needs(Security::Bearer);
    vec![
        of(Route::get("/reviews", get(all)))
            .carries(Weakness::AuthorContactsShown)
            .says("What customers wrote")
            .answers(list_of(listed())),
        of(Route::post("/reviews", post(create)))
            .carries(Weakness::ReviewMassAssignment)
            .says("Write a review; staff approves it")
            .takes(draft())
            .answers(review())
            .status(201),
        of(Route::get("/reviews/{reviewId}", get(one))).says("Your review").answers(review()),
        of(Route::delete("/reviews/{reviewId}", delete(withdraw))).says("Withdraw your review"),
        of(Route::get("/v2/reviews", get(all)))
            .says("What customers wrote")
            .answers(list_of(listed())),
        of(Route::post("/v2/reviews", post(create)))
            .says("Write a review; staff approves it")
            .takes(draft())
            .answers(review())
            .status(201),
        of(Route::get("/v2/reviews/{reviewId}", get(one))).says("Your review").answers(review()),
        of(Route::delete("/v2/reviews/{reviewId}", delete(withdraw))).says("Withdraw your review"),
    ]
}

async fn all(call: Call) -> Answer {
    call.customer()?;
    let with_contacts = "SELECT json_object('id', reviews.id, 'author', name, 'text', text,
        'authorEmail', email, 'authorPhone', phone)
        FROM reviews JOIN users ON users.id = owner WHERE approved = 1 ORDER BY reviews.id LIMIT 40";
    let with_initials = "SELECT json_object('id', reviews.id, 'author', substr(name, 1, 1) || '.',
        'text', text)
        FROM reviews JOIN users ON users.id = owner WHERE approved = 1 ORDER BY reviews.id LIMIT 40";
    let sql = if call.is_weak() { with_contacts } else { with_initials };
    list(call.shop.store.rows(sql, &[]).await?)
}

async fn one(call: Call) -> Answer {
    let caller = call.customer()?;
    let sql = "SELECT json_object('id', id, 'productId', product_id, 'text', text,
        'approved', json(iif(approved, 'true', 'false')))
        FROM reviews WHERE id = ? AND owner = ?";
    let review = call.shop.store.first(sql, &[call.path("reviewId"), &caller.id]).await?;
    ok(review.ok_or(Refusal::NotFound)?)
}

async fn create(call: Call) -> Answer {
    let caller = call.customer()?;
    let fields = call.object()?;
    let product = fields.get("productId").and_then(Value::as_u64);
    let product = product.ok_or(Refusal::Invalid("`productId` must be a whole number"))?;
    let text = required(&fields, "text", "`text` is missing")?;
    let sold = "SELECT json_object('id', id) FROM products WHERE id = ? AND withdrawn = 0";
    let sold = call.shop.store.first(sold, &[&product.to_string()]).await?;
    sold.ok_or(Refusal::Invalid("`productId` names nothing we sell"))?;
    let sent = fields.get("approved").and_then(Value::as_bool).unwrap_or(false);
    let approved = call.is_weak() && sent;
    let id = random::secret_uuid()?;
    let flag = if approved { "1" } else { "0" };
    let insert = "INSERT INTO reviews VALUES (?, ?, ?, ?, ?)";
    call.shop.store.run(insert, &[&id, &caller.id, &product.to_string(), text, flag]).await?;
    created(json!({"id": id, "productId": product, "text": text, "approved": approved}))
}

async fn withdraw(call: Call) -> Answer {
    let caller = call.customer()?;
    let delete = "DELETE FROM reviews WHERE id = ? AND owner = ?";
    match call.shop.store.run(delete, &[call.path("reviewId"), &caller.id]).await? {
        0 => Err(Refusal::NotFound),
        _ => done(),
    }
}
