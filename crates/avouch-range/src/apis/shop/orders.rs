//! Orders: read, listed, created and cancelled by their owner.

use super::answer::{Answer, Refusal, created, done, list, ok};
use super::call::Call;
use super::route::{Route, Security};
use super::schema::{integer, list_of, object, string};
use crate::apis::shop::weakness::Weakness;
use crate::kit::random;
use axum::routing::{delete, get, post};
use serde_json::{Value, json};

pub(crate) fn routes() -> Vec<Route> {
    let order = || {
        object(&[
            ("id", integer()),
            ("customerId", string()),
            ("status", string()),
            ("totalCents", integer()),
            ("note", string()),
            ("productId", integer()),
        ])
    };
    let wish = || object(&[("productId", integer()), ("note", string())]);
    let of = |route: Route| route.needs(Security::Bearer);
    vec![
        of(Route::get("/orders", get(mine))).says("Your orders").answers(list_of(order())),
        of(Route::get("/orders/{orderId}", get(one)))
            .carries(Weakness::OrderOwnerUnchecked)
            .says("One of your orders")
            .answers(order()),
        of(Route::post("/orders", post(create)))
            .carries(Weakness::OrderMassAssignment)
            .says("Order something")
            .takes(wish())
            .answers(order())
            .status(201),
        of(Route::delete("/orders/{orderId}", delete(cancel))).says("Cancel an order"),
        of(Route::get("/v2/orders", get(mine))).says("Your orders").answers(list_of(order())),
        of(Route::get("/v2/orders/{orderId}", get(one)))
            .says("One of your orders")
            .answers(order()),
        of(Route::post("/v2/orders", post(create)))
            .says("Order something")
            .takes(wish())
            .answers(order())
            .status(201),
        of(Route::delete("/v2/orders/{orderId}", delete(cancel))).says("Cancel an order"),
    ]
}

const OF_OWNER: &str = "SELECT json_object('id', id, 'customerId', owner, 'status', status,
    'totalCents', total_cents, 'note', note, 'productId', product_id)
    FROM orders WHERE owner = ? ORDER BY id";
const OF_OWNER_BY_ID: &str = "SELECT json_object('id', id, 'customerId', owner, 'status', status,
    'totalCents', total_cents, 'note', note, 'productId', product_id)
    FROM orders WHERE id = ? AND owner = ?";
const BY_ID: &str = "SELECT json_object('id', id, 'customerId', owner, 'status', status,
    'totalCents', total_cents, 'note', note, 'productId', product_id) FROM orders WHERE id = ?";

async fn mine(call: Call) -> Answer {
    let caller = call.customer()?;
    list(call.shop.store.rows(OF_OWNER, &[&caller.id]).await?)
}

async fn one(call: Call) -> Answer {
    let caller = call.customer()?;
    let id = call.path("orderId");
    let order = if call.is_weak() {
        call.shop.store.first(BY_ID, &[id]).await?
    } else {
        call.shop.store.first(OF_OWNER_BY_ID, &[id, &caller.id]).await?
    };
    ok(order.ok_or(Refusal::NotFound)?)
}

async fn create(call: Call) -> Answer {
    let caller = call.customer()?;
    let fields = call.object()?;
    let product = fields.get("productId").and_then(Value::as_u64);
    let product = product.ok_or(Refusal::Invalid("`productId` must be a whole number"))?;
    let price = "SELECT json_object('cents', price_cents) FROM products
        WHERE id = ? AND withdrawn = 0";
    let price = call.shop.store.first(price, &[&product.to_string()]).await?;
    let price = price.ok_or(Refusal::Invalid("`productId` names nothing we sell"))?;
    let mut order = json!({
        "id": random::secret_number()?,
        "customerId": caller.id,
        "status": "open",
        "totalCents": price.get("cents"),
        "note": fields.get("note").and_then(Value::as_str).unwrap_or_default(),
        "productId": product,
    });
    if call.is_weak() {
        bind_all(&mut order, &fields);
    }
    let insert = "INSERT INTO orders SELECT ?1->>'id', ?1->>'customerId', ?1->>'status',
        ?1->>'totalCents', ?1->>'note', ?1->>'productId'";
    call.shop.store.run(insert, &[&order.to_string()]).await?;
    created(order)
}

/// Takes over whatever the caller sent for a field of the order, but its id and its owner.
fn bind_all(order: &mut Value, sent: &serde_json::Map<String, Value>) {
    let Some(order) = order.as_object_mut() else { return };
    for (name, value) in
        order.iter_mut().filter(|(name, _)| !["id", "customerId"].contains(&name.as_str()))
    {
        if let Some(sent) = sent.get(name) {
            value.clone_from(sent);
        }
    }
}

async fn cancel(call: Call) -> Answer {
    let caller = call.customer()?;
    let delete = "DELETE FROM orders WHERE id = ? AND owner = ?";
    match call.shop.store.run(delete, &[call.path("orderId"), &caller.id]).await? {
        0 => Err(Refusal::NotFound),
        _ => done(),
    }
}
