//! What is well made and looks like a mistake to a careless scanner.

use super::answer::{Answer, Refusal, created, list, ok};
use super::call::{Call, required};
use super::route::{Route, Security};
use super::schema::{array, boolean, email, integer, list_of, object, string, uuid};
use crate::apis::shop::weakness::Weakness;
use crate::kit::clock;
use crate::kit::random;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use http::{HeaderValue, StatusCode, header};
use serde_json::{Value, json};
use std::time::Duration;

/// How long the slow report takes.
const SLOW: Duration = Duration::from_millis(300);

pub(crate) fn routes() -> Vec<Route> {
    let mut routes = public();
    routes.extend(for_customers());
    routes
}

fn public() -> Vec<Route> {
    let key = || object(&[("publishableKey", string()), ("currency", string())]);
    let file = || object(&[("name", string()), ("sha256", string()), ("etag", string())]);
    let help = || list_of(object(&[("code", string()), ("text", string())]));
    let contact = || object(&[("email", email()), ("sales", email()), ("more", string())]);
    vec![
        Route::get("/health", get(health)).says("Alive").answers(object(&[("ok", boolean())])),
        Route::get("/suggestions", get(suggestions))
            .query("q", string(), "What was typed so far")
            .says("What you may have meant")
            .answers(object(&[("q", string()), ("suggestions", array(string()))])),
        Route::get("/help/errors", get(help_errors)).says("What errors mean").answers(help()),
        Route::get("/checkout/config", get(checkout)).says("For the browser").answers(key()),
        Route::get("/downloads", get(downloads)).says("Downloads").answers(list_of(file())),
        Route::get("/contact", get(contact_of)).says("How to reach us").answers(contact()),
        Route::get("/status/live", get(live)).says("How busy we are").answers(object(&[
            ("servedAt", string()),
            ("nonce", string()),
            ("queue", integer()),
        ])),
        Route::post("/echo", post(echo))
            .says("Your object, for testing a client")
            .takes(json!({"type": "object", "additionalProperties": true}))
            .answers(json!({"type": "object", "additionalProperties": true})),
    ]
}

fn for_customers() -> Vec<Route> {
    let card = || object(&[("id", string()), ("title", string()), ("text", string())]);
    let asked = || object(&[("topic", string()), ("role", string())]);
    let kept = || object(&[("id", uuid()), ("topic", string()), ("role", string())]);
    let portal = || {
        let fields = json!({"success": boolean(), "volume": integer(), "error": string()});
        json!({"type": "object", "properties": fields, "required": ["success"]})
    };
    let of = |route: Route| route.needs(Security::Bearer);
    vec![
        of(Route::get("/portal/summary", get(summary))).says("Your year").answers(portal()),
        of(Route::get("/dashboard", get(dashboard)))
            .says("Your dashboard")
            .also(302, "To the page to sign in at")
            .answers(object(&[("openOrders", integer())])),
        of(Route::get("/board", get(board))).says("The club's board").answers(list_of(card())),
        of(Route::get("/board/{cardId}", get(board_card))).says("A card").answers(card()),
        of(Route::get("/reports/slow", get(slow)))
            .says("A report that takes a while")
            .answers(object(&[("products", integer())])),
        of(Route::post("/subscriptions", post(subscribe)))
            .says("Follow a topic")
            .takes(asked())
            .answers(kept())
            .status(201),
        of(Route::get("/subscriptions/{subscriptionId}", get(subscription)))
            .says("A topic you follow")
            .answers(kept()),
        of(Route::delete("/subscriptions/{subscriptionId}", axum::routing::delete(leave)))
            .says("No longer follow a topic"),
    ]
}

async fn health(_: Call) -> Answer {
    ok(json!({"ok": true}))
}

/// Echoes what was typed, quotes and all: as JSON, which is safe.
async fn suggestions(call: Call) -> Answer {
    let typed = call.query("q").unwrap_or_default();
    ok(json!({"q": typed, "suggestions": [format!("{typed} kettle"), format!("{typed} lamp")]}))
}

async fn help_errors(_: Call) -> Answer {
    list(vec![
        json!({"code": "E-104", "text": "You have an error in your SQL syntax: your import file \
            is not a dump of MySQL. SQLITE_ERROR: near \"FROM\": syntax error means the same."}),
        json!({"code": "E-500", "text": "java.lang.NullPointerException at com.acme.Till.open: \
            update the till."}),
    ])
}

async fn checkout(_: Call) -> Answer {
    ok(json!({"publishableKey": "pk_live_51Mzr8KqvT3shopPublishable9", "currency": "SEK"}))
}

async fn downloads(_: Call) -> Answer {
    let sha256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
    let mut response = list(vec![json!({
        "name": "catalogue.pdf", "sha256": sha256, "etag": "d41d8cd98f00b204e9800998ecf8427e"
    })])?;
    let etag = HeaderValue::from_static("\"d41d8cd98f00b204e9800998ecf8427e\"");
    response.headers_mut().insert(header::ETAG, etag);
    Ok(response)
}

async fn contact_of(call: Call) -> Answer {
    let shadow = call.shop.switches.has(Weakness::ShadowOperation);
    let more = if shadow { "/legacy/price-list.csv" } else { "/guide" };
    ok(json!({"email": "help@example.com", "sales": "sales@shop.example.com", "more": more}))
}

async fn live(call: Call) -> Answer {
    let nonce = random::secret_number()?.to_string();
    let queue = call.shop.between(0, 40);
    ok(json!({"servedAt": clock::unix_nanos().to_string(), "nonce": nonce, "queue": queue}))
}

async fn echo(call: Call) -> Answer {
    ok(Value::Object(call.object()?))
}

/// Refuses with 200: the envelope says no.
async fn summary(call: Call) -> Answer {
    let Ok(caller) = call.customer() else {
        return ok(json!({"success": false, "error": "unauthorized"}));
    };
    let sql = "SELECT json_object('success', json('true'), 'volume', sum(total_cents))
        FROM orders WHERE owner = ?";
    ok(call.shop.store.first(sql, &[&caller.id]).await?.ok_or(Refusal::NotFound)?)
}

/// Sends strangers to the page to sign in at.
async fn dashboard(call: Call) -> Answer {
    let Ok(caller) = call.customer() else {
        return Ok((StatusCode::FOUND, [(header::LOCATION, "/login")]).into_response());
    };
    let sql = "SELECT json_object('openOrders', count(*)) FROM orders WHERE owner = ?";
    ok(call.shop.store.first(sql, &[&caller.id]).await?.ok_or(Refusal::NotFound)?)
}

const CARDS: [(&str, &str, &str); 3] = [
    ("spring-fair", "Spring fair", "We meet at the harbour on the second Sunday of May"),
    ("repair-evening", "Repair evening", "Bring what is broken; tea is on the house"),
    ("recipe-swap", "Recipe swap", "Leave a recipe for preserved quinces at the till"),
];

fn card_of((id, title, text): &(&str, &str, &str)) -> Value {
    json!({"id": id, "title": title, "text": text})
}

async fn board(call: Call) -> Answer {
    call.customer()?;
    list(CARDS.iter().map(card_of).collect())
}

async fn board_card(call: Call) -> Answer {
    call.customer()?;
    let id = call.path("cardId");
    let card = CARDS.iter().find(|(name, ..)| *name == id);
    ok(card_of(card.ok_or(Refusal::NotFound)?))
}

async fn slow(call: Call) -> Answer {
    call.customer()?;
    tokio::time::sleep(SLOW).await;
    let sql = "SELECT json_object('products', count(*)) FROM products";
    ok(call.shop.store.first(sql, &[]).await?.ok_or(Refusal::NotFound)?)
}

/// Mirrors the role that was asked for, and keeps `reader` whatever it was.
async fn subscribe(call: Call) -> Answer {
    let caller = call.customer()?;
    let fields = call.object()?;
    let topic = required(&fields, "topic", "`topic` is missing")?;
    let asked = fields.get("role").and_then(Value::as_str).unwrap_or("reader");
    let id = random::secret_uuid()?;
    let insert = "INSERT INTO subscriptions VALUES (?, ?, ?, 'reader')";
    call.shop.store.run(insert, &[&id, &caller.id, topic]).await?;
    created(json!({"id": id, "topic": topic, "role": asked}))
}

async fn subscription(call: Call) -> Answer {
    let caller = call.customer()?;
    let sql = "SELECT json_object('id', id, 'topic', topic, 'role', role)
        FROM subscriptions WHERE id = ? AND owner = ?";
    let found = call.shop.store.first(sql, &[call.path("subscriptionId"), &caller.id]).await?;
    ok(found.ok_or(Refusal::NotFound)?)
}

async fn leave(call: Call) -> Answer {
    let caller = call.customer()?;
    let delete = "DELETE FROM subscriptions WHERE id = ? AND owner = ?";
    match call.shop.store.run(delete, &[call.path("subscriptionId"), &caller.id]).await? {
        0 => Err(Refusal::NotFound),
        _ => super::answer::done(),
    }
}
