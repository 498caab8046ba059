//! How the shop behaves whatever its switches: decoys, traps, limits, delays.

use crate::desk::Desk;
use avouch_range::{ShopOptions, Switches, Trouble, accounts};
use serde_json::json;

#[tokio::test]
async fn the_same_seed_gives_the_same_shop() {
    let one = Desk::open(Switches::none()).await;
    let two = Desk::open(Switches::none()).await;
    let other = Desk::with(ShopOptions { seed: 2, ..ShopOptions::default() }).await;
    let orders = async |desk: &Desk| desk.get("/orders", Some(&desk.a)).await.text;
    assert_eq!(orders(&one).await, orders(&two).await);
    assert_ne!(orders(&one).await, orders(&other).await);
}

#[tokio::test]
async fn a_dangerous_call_destroys_and_is_counted() {
    let desk = Desk::open(Switches::none()).await;
    assert_eq!(desk.shop.dangerous_calls(), 0);
    assert_eq!(desk.get("/maintenance/reset", Some(&desk.a)).await.status, 200);
    assert_eq!(desk.get("/orders", Some(&desk.a)).await.items().len(), 0);
    assert_eq!(desk.get("/auth/logout", Some(&desk.a)).await.status, 200);
    assert_eq!(desk.get("/orders", Some(&desk.a)).await.status, 401);
    assert_eq!(desk.get("/orders", Some(&desk.b)).await.status, 200);
    assert_eq!(desk.shop.dangerous_calls(), 1);
}

#[tokio::test]
async fn requests_are_counted_by_operation() {
    let desk = Desk::open(Switches::none()).await;
    let before = desk.shop.requests();
    for id in [1, 2, 3] {
        desk.get(&format!("/products/{id}"), None).await;
    }
    desk.get("/nowhere", None).await;
    assert_eq!(desk.shop.requests(), before + 4);
    assert_eq!(desk.shop.requests_by_operation()["GET /products/{productId}"], 3);
}

#[tokio::test]
async fn refusals_have_their_status_and_form() {
    let desk = Desk::open(Switches::none()).await;
    let refused = desk.get("/me", Some("zzzz")).await;
    assert_eq!((refused.status, refused.json()["error"].as_str()), (401, Some("unauthenticated")));
    assert!(refused.header("www-authenticate").starts_with("Bearer"));
    assert_eq!(desk.get("/admin/users", Some(&desk.a)).await.status, 403);
    assert_eq!(desk.get("/nowhere", Some(&desk.a)).await.status, 404);
    let wrong = json!({"email": accounts().a.email, "password": "zzzz"});
    assert_eq!(desk.post("/auth/login", None, &wrong).await.status, 401);
    assert_eq!(desk.post("/notes", Some(&desk.a), &json!({"title": "x"})).await.status, 400);
    let form = [("authorization", format!("Bearer {}", desk.a))];
    let form = form.each_ref().map(|(name, value)| (*name, value.as_str()));
    assert_eq!(desk.ask("POST", "/notes", &form, None).await.status, 415);
}

#[tokio::test]
async fn a_well_made_shop_sends_the_headers_it_should() {
    let desk = Desk::open(Switches::none()).await;
    let origin = [("origin", "https://elsewhere.test")];
    let reply = desk.ask("GET", "/products", &origin, None).await;
    assert_eq!(reply.header("x-content-type-options"), "nosniff");
    assert_eq!(reply.header("cache-control"), "no-store");
    assert_eq!(reply.header("ratelimit-limit"), "5000");
    assert_eq!(reply.header("access-control-allow-origin"), "");
}

#[tokio::test]
async fn decoys_look_wrong_and_are_right() {
    let desk = Desk::open(Switches::none()).await;
    let envelope = desk.get("/portal/summary", None).await;
    assert_eq!((envelope.status, envelope.json()["success"].as_bool()), (200, Some(false)));
    let away = desk.get("/dashboard", None).await;
    assert_eq!((away.status, away.header("location")), (302, "/login"));
    assert_eq!(desk.get("/app/anything/at/all", None).await.status, 200);
    let shared = async |token: &str| desk.get("/board/spring-fair", Some(token)).await.text;
    assert_eq!(shared(&desk.a).await, shared(&desk.b).await);
    assert_eq!(desk.get("/products?limit=5000", None).await.items().len(), 50);
    let echoed = desk.get("/suggestions?q=%27%20OR%201=1", None).await;
    assert_eq!(echoed.json()["q"], "' OR 1=1");
    assert!(desk.get("/help/errors", None).await.text.contains("error in your SQL syntax"));
}

#[tokio::test]
async fn a_mirrored_role_is_not_kept() {
    let desk = Desk::open(Switches::all()).await;
    let asked = json!({"topic": "lamps", "role": "owner"});
    let made = desk.post("/subscriptions", Some(&desk.a), &asked).await.json();
    assert_eq!(made["role"], "owner");
    let path = format!("/subscriptions/{}", made["id"].as_str().unwrap());
    assert_eq!(desk.get(&path, Some(&desk.a)).await.json()["role"], "reader");
    assert_eq!(desk.get(&path, Some(&desk.b)).await.status, 404);
}

#[tokio::test]
async fn a_throttled_shop_says_when_to_come_back() {
    let options = ShopOptions {
        trouble: Trouble { throttle_per_second: Some(1), ..Default::default() },
        ..ShopOptions::default()
    };
    let desk = Desk::with(options).await;
    let mut refused = None;
    // Two requests fall into the same second, however slow the machine.
    for _ in 0..50 {
        let reply = desk.get("/health", None).await;
        if reply.status == 429 {
            refused = Some(reply);
            break;
        }
    }
    assert_eq!(refused.unwrap().header("retry-after"), "1");
}

#[tokio::test]
async fn tokens_die_and_can_be_had_again() {
    let options = ShopOptions { kill_tokens_after: Some(10), ..ShopOptions::default() };
    let desk = Desk::with(options).await;
    let mut statuses = Vec::new();
    for _ in 0..8 {
        statuses.push(desk.get("/me", Some(&desk.a)).await.status);
    }
    assert_eq!((statuses[0], statuses[7]), (200, 401));
    let again = desk.sign_in(&accounts().a).await;
    assert_eq!(desk.get("/me", Some(&again)).await.status, 200);
}

#[tokio::test]
async fn a_blocking_shop_answers_a_page() {
    let options = ShopOptions {
        trouble: Trouble { block_after: Some(4), ..Default::default() },
        ..ShopOptions::default()
    };
    let desk = Desk::with(options).await;
    assert_eq!(desk.get("/health", None).await.status, 200);
    let blocked = desk.get("/health", None).await;
    assert_eq!(blocked.status, 403);
    assert!(blocked.text.contains("Request blocked"));
}

#[tokio::test]
async fn a_volatile_shop_never_answers_the_same_twice() {
    let options = ShopOptions {
        trouble: Trouble { volatile: true, delay_ms: Some((1, 4)), ..Default::default() },
        ..ShopOptions::default()
    };
    let desk = Desk::with(options).await;
    let one = desk.get("/orders", Some(&desk.a)).await;
    let two = desk.get("/orders", Some(&desk.a)).await;
    assert_ne!(one.text, two.text);
    assert_eq!(one.items(), two.items());
    assert!(one.json()["requestId"].is_string());
}

#[tokio::test]
async fn a_stopped_shop_no_longer_listens() {
    let desk = Desk::open(Switches::none()).await;
    let address = desk.shop.base_url.trim_start_matches("http://").to_owned();
    desk.shop.stop().await;
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
}
