//! Exploits of what is shown: fields, headers, paths, pages.

use crate::desk::Desk;
use avouch_range::accounts;

pub(crate) async fn members_have_addresses(desk: &Desk) -> bool {
    let members = desk.get("/members", None).await.items();
    assert!(members.len() > 20);
    members.iter().all(|member| member["email"].is_string() && member["phone"].is_string())
}

pub(crate) async fn key_passes_in_the_query(desk: &Desk) -> bool {
    assert_eq!(desk.get("/exports/products?export_key=zzzz", None).await.status, 401);
    let path = format!("/exports/products?export_key={}", accounts().export_key);
    desk.get(&path, None).await.items().len() == 100
}

pub(crate) async fn delivery_tells_the_margin(desk: &Desk) -> bool {
    desk.get("/deliveries", Some(&desk.a)).await.items()[0]["marginPercent"].is_u64()
}

pub(crate) async fn profile_tells_staff_notes(desk: &Desk) -> bool {
    let me = desk.get("/me", Some(&desk.a)).await.json();
    assert_eq!(me["email"], accounts().a.email);
    me["internalNotes"].is_string() && me["isAdmin"] == false
}

pub(crate) async fn no_limit_is_announced(desk: &Desk) -> bool {
    let reply = desk.get("/health", None).await;
    assert_eq!(reply.status, 200);
    !reply.headers.contains_key("ratelimit-limit")
}

pub(crate) async fn reviews_have_addresses(desk: &Desk) -> bool {
    desk.get("/reviews", Some(&desk.a)).await.items()[0]["authorEmail"].is_string()
}

pub(crate) async fn provider_key_is_whole(desk: &Desk) -> bool {
    let items = desk.get("/integrations", Some(&desk.a)).await.items();
    let key = items[0]["token"].as_str().unwrap().to_owned();
    assert!(key.starts_with("ghp_"));
    key.len() == 40 && key.chars().skip(4).all(|letter| letter.is_ascii_alphanumeric())
}

pub(crate) async fn bad_day_shows_frames(desk: &Desk) -> bool {
    assert_eq!(desk.get("/delivery-slots?day=2027-03-09", None).await.items().len(), 2);
    let trace = desk.get("/delivery-slots?day=%27", None).await.text;
    trace.contains("stack backtrace:") && trace.contains("   1: ")
}

pub(crate) async fn security_page_has_the_hash(desk: &Desk) -> bool {
    desk.get("/account/security", Some(&desk.a)).await.text.contains("$pbkdf2-sha256$")
}

pub(crate) async fn trusts(desk: &Desk, origin: &str) -> bool {
    let reply = desk.ask("GET", "/health", &[("origin", origin)], None).await;
    reply.header("access-control-allow-origin") == origin
        && reply.header("access-control-allow-credentials") == "true"
}

pub(crate) async fn trace_echoes(desk: &Desk) -> bool {
    let reply = desk.ask("TRACE", "/health", &[("x-marker", "m-51c")], None).await;
    reply.text.contains("x-marker: m-51c")
}

pub(crate) async fn debug_paths_answer(desk: &Desk) -> bool {
    let environment = desk.get("/actuator/env", None).await.text.contains("propertySources");
    let profiles = desk.get("/debug/pprof/", None).await.text.contains("goroutine");
    let metrics = desk.get("/metrics", None).await.text.contains("# TYPE");
    assert!(environment == profiles && profiles == metrics);
    metrics
}

pub(crate) async fn dot_files_answer(desk: &Desk) -> bool {
    let head = desk.get("/.git/HEAD", None).await.text.starts_with("ref: refs/heads/");
    let settings = desk.get("/.env", None).await.text.contains("DB_PASSWORD=");
    assert_eq!(head, settings);
    head
}

pub(crate) async fn description_is_open(desk: &Desk) -> bool {
    let known = desk.get("/openapi.json", Some(&desk.a)).await;
    assert_eq!(known.json(), desk.shop.openapi());
    let page = desk.get("/docs", None).await.text.contains("/orders/{orderId}");
    let document = desk.get("/openapi.json", None).await.text == known.text;
    assert_eq!(page, document);
    document
}

pub(crate) async fn shadow_is_linked_and_live(desk: &Desk) -> bool {
    let path = "/legacy/price-list.csv";
    assert!(desk.shop.openapi()["paths"].get(path).is_none());
    let linked = desk.get("/guide", None).await.text.contains(path);
    let more = desk.get("/contact", None).await.json()["more"] == path;
    let live = desk.get(path, None).await.text.starts_with("id,name,price_cents");
    assert!(linked == live && more == live);
    live
}

pub(crate) async fn ended_operation_answers(desk: &Desk) -> bool {
    let reply = desk.get("/v1/categories", None).await;
    assert!(matches!(reply.status, 200 | 410));
    reply.status == 200 && reply.header("sunset").contains("2024")
}

pub(crate) async fn guide_loads_script_in_clear(desk: &Desk) -> bool {
    desk.get("/guide", None).await.text.contains("<script src=\"http://")
}
