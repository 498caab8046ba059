//! Pages for people: the guide, the documentation of the API, the sign-in page and the web
//! application that answers every path with the same page.

use super::answer::{Answer, ok, text};
use super::call::Call;
use super::openapi;
use super::route::{Route, Security};
use crate::apis::shop::weakness::Weakness;
use axum::routing::get;
use serde_json::json;

const HTML: &str = "text/html; charset=utf-8";

pub(crate) fn routes() -> Vec<Route> {
    let page = |route: Route| route.media("text/html").answers(json!({"type": "string"}));
    vec![
        Route::get("/openapi.json", get(description))
            .carries(Weakness::DescriptionExposed)
            .needs(Security::Bearer)
            .says("This description")
            .answers(json!({"type": "object", "additionalProperties": true})),
        page(Route::get("/docs", get(documentation)))
            .carries(Weakness::DescriptionExposed)
            .needs(Security::Bearer)
            .says("This description, for people"),
        page(Route::get("/guide", get(guide)))
            .carries(Weakness::InsecureThirdPartyScript)
            .says("How to use the shop"),
        page(Route::get("/login", get(sign_in))).says("The page to sign in at"),
        Route::get("/", get(home)).hidden(),
        Route::get("/app", get(application)).hidden(),
        Route::get("/app/{*rest}", get(application)).hidden(),
    ]
}

async fn description(call: Call) -> Answer {
    if !call.is_weak() {
        call.customer()?;
    }
    ok(openapi::describe(&call.shop.base_url, &call.shop.switches, call.shop.options.part))
}

async fn documentation(call: Call) -> Answer {
    if !call.is_weak() {
        call.customer()?;
    }
    let mut rows = String::new();
    let document =
        openapi::describe(&call.shop.base_url, &call.shop.switches, call.shop.options.part);
    for (path, item) in
        document.get("paths").and_then(|paths| paths.as_object()).into_iter().flatten()
    {
        for (method, operation) in item.as_object().into_iter().flatten() {
            let says = operation.get("summary").and_then(|says| says.as_str()).unwrap_or_default();
            let method = method.to_uppercase();
            rows.extend(["<li><code>", &method, " ", path, "</code> ", says, "</li>"]);
        }
    }
    let page = format!(
        "<!doctype html><html lang=en><title>API documentation</title>\
         <h1>API documentation</h1><p><a href=\"/openapi.json\">openapi.json</a></p>\
         <ul>{rows}</ul></html>"
    );
    text(HTML, page)
}

/// The guide shows a sample trace, a test card and SQL on purpose: it is a page about them.
async fn guide(call: Call) -> Answer {
    let script = if call.is_weak() {
        "<script src=\"http://widgets.partner-static.net/chat.js\"></script>"
    } else {
        ""
    };
    let shadow = if call.shop.switches.has(Weakness::ShadowOperation) {
        "<p><a href=\"/legacy/price-list.csv\">Price list</a></p>"
    } else {
        ""
    };
    let page = format!(
        "<!doctype html><html lang=en><head><title>Guide</title>{script}</head><body>\
         <h1>Guide</h1><p>Pay in the test shop with card 4111 1111 1111 1111.</p>\
         <p>If your own program fails with a trace such as this, look at its last line:</p>\
         <pre>Traceback (most recent call last):\n  File \"/srv/app/main.py\", line 12, in run\n    \
         client.pay()\n  File \"/srv/app/client.py\", line 40, in pay\n    raise Declined\n</pre>\
         <p>A message like <q>You have an error in your SQL syntax</q> comes from your own \
         database.</p>{shadow}<p>Write to help@shop.example.com.</p></body></html>"
    );
    text(HTML, page)
}

async fn sign_in(_: Call) -> Answer {
    let page = "<!doctype html><html lang=en><title>Sign in</title><h1>Sign in</h1>\
        <form method=post action=\"/auth/login\"><input name=email><input name=password \
        type=password><button>Sign in</button></form></html>";
    text(HTML, page)
}

/// The front page. A rewriting layer that should be gone is reached from here too.
async fn home(call: Call) -> Answer {
    let asks_elsewhere =
        ["x-original-url", "x-rewrite-url"].into_iter().any(|name| call.headers.contains_key(name));
    if asks_elsewhere && call.shop.switches.has(Weakness::PathSpellingBypass) {
        return super::restricted::rewritten(&call).await;
    }
    text(HTML, "<!doctype html><html lang=en><title>Shop</title><h1>Shop</h1></html>")
}

async fn application(_: Call) -> Answer {
    let page = "<!doctype html><html lang=en><title>Shop</title><div id=root></div>\
        <script src=\"/app/bundle.js\"></script></html>";
    text(HTML, page)
}
