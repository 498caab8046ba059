//! The descriptor: switches, scenes, and the way in.

use super::state::Estate;
use super::{cache, deliveries, flats, hooks, live, pages};
use crate::api::{ALL, Api, HARDENED, Login, On, Options, Scene, Starting};
use crate::kit::serving;
use axum::routing::{delete, get, post};
use axum::{Router, middleware};
use serde_json::Value;
use std::sync::Arc;

/// The description, as a person would have written it.
const DESCRIPTION: &str = include_str!("openapi.json");

/// The receiver of events, as a user tells of it. Events are signed with Mara's password: it is the
/// one secret every scan of the range has.
const HOOK: &str = r#"
[told.webhook]
operation = "POST /hooks/rent"
secret = "env:RANGE_PASSWORD_A"
body = '{"event":"{marker}","flat":"4B","cents":100}'
header = "X-Estate-Signature"
signature = "sha256={hex}"
read = "GET /api/v2/payments"
"#;

/// As [`HOOK`], and what a scan before saw.
const EARLIER: &str = r#"
[told.earlier]
target = "http://127.0.0.1/"
at = "2026-01-04T08:00:00Z"
operations = [
  { operation = "GET /api/v2/bookings", baseline = [["nobody", 401], ["a", 200]] },
  { operation = "GET /api/v2/notices", baseline = [["nobody", 200]] },
]
"#;

/// The estate.
pub(crate) const API: Api = Api {
    name: "estate",
    title: "configuration: caches, hosts, old versions, headers, sockets, webhooks",
    switches: &[
        ("old-version-open", "Version 1 gives tenancies to anybody (CWE-1059)"),
        ("profile-cacheable", "The profile may be kept by every cache (CWE-525)"),
        ("cache-ignores-cookie", "The cache in front looks at the address only (CWE-524)"),
        ("forwarded-host-trusted", "Links are made of `X-Forwarded-Host` (CWE-644)"),
        ("motd-as-page", "The message of the day is JSON labelled as a page (CWE-430)"),
        ("backend-named", "A header names the server behind (CWE-497)"),
        ("version-shown", "`Server` names product and version (CWE-200)"),
        ("cookie-readable", "The session's cookie is set without `HttpOnly` (CWE-1004)"),
        ("uploads-listed", "The folder of uploads is listed (CWE-548)"),
        ("bookings-open", "The list of all bookings needs no session (CWE-200)"),
        ("contacts-by-address", "Contacts are named by their e-mail address (CWE-598)"),
        ("upstream-key-in-error", "An error shows the key to the weather service (CWE-200)"),
        ("permission-cached", "Sharing depends on the origin, caches are not told (CWE-942)"),
        ("agents-shared", "Addresses of agents are shared with pages of any site (CWE-942)"),
        ("rents-drifted", "Rents are texts, described are numbers (CWE-1059)"),
        ("debug-parameter", "`?debug=1` shows the statement behind meters (CWE-489)"),
        ("socket-any-origin", "The socket does not look at the origin (CWE-1385)"),
        ("event-unsigned", "Events are believed without a signature (CWE-347)"),
        ("event-replayed", "The same event counts again (CWE-294)"),
        ("delivered-anywhere", "Events are delivered to inner addresses too (CWE-918)"),
        ("delivery-redirected", "A delivery follows redirects (CWE-918)"),
        ("delivery-unsigned", "Deliveries carry no signature (CWE-345)"),
        ("proxy-follows-host", "The proxy goes where `Host` says (CWE-918)"),
        ("grpc-reflection", "Services of gRPC are listed (CWE-200)"),
    ],
    apart: &[],
    truth: include_str!("truth.toml"),
    login: Login {
        path: "/api/v2/login",
        body: r#"{"email":"{user}","password":"{password}"}"#,
        send: Some("cookie:estate_session"),
    },
    scenes: &[
        Scene { configuration: HOOK, ..ALL },
        Scene { configuration: HOOK, ..HARDENED },
        Scene { name: "signed", switches: "delivered-anywhere", configuration: HOOK, ..ALL },
        Scene { name: "later", only_named: true, active: false, configuration: EARLIER, ..ALL },
    ],
    openapi,
    start,
};

fn openapi(base_url: &str, _: &On) -> Option<Value> {
    serving::described(DESCRIPTION, base_url)
}

fn start(options: Options) -> Starting {
    Box::pin(serving::serve(options, |options, base_url| {
        router(&Arc::new(Estate::open(options.on, base_url)))
    }))
}

fn router(estate: &Arc<Estate>) -> Router {
    Router::new()
        .route("/api/v2/login", post(flats::sign_in))
        .route("/api/v2/session", get(flats::session))
        .route("/api/v2/tenancies", get(flats::tenancies))
        .route("/api/v1/tenancies", get(flats::old_tenancies))
        .route("/api/v2/leases", get(flats::leases))
        .route("/api/v1/leases", get(flats::leases))
        .route("/api/v2/profile", get(flats::profile))
        .route("/api/v2/profile/{*rest}", get(flats::profile_and_more))
        .route("/api/v2/settings", get(flats::settings))
        .route("/api/v2/bookings", get(flats::bookings))
        .route("/api/v2/contacts", get(flats::contacts))
        .route("/api/v2/contacts/{contact}", get(flats::contact))
        .route("/api/v2/meters", get(flats::meters))
        .route("/api/v2/rents", get(flats::rents))
        .route("/api/v2/payments", get(hooks::payments))
        .route("/hooks/rent", post(hooks::rent))
        .route("/api/v2/webhooks", get(deliveries::mine).post(deliveries::register))
        .route("/api/v2/webhooks/{id}", delete(deliveries::forget))
        .route("/api/v2/public-webhooks", post(deliveries::register_public))
        .route("/api/v2/notices", get(pages::notices))
        .route("/api/v2/motd", get(pages::motd))
        .route("/api/v2/news", get(pages::news))
        .route("/api/v2/agents", get(pages::agents))
        .route("/api/v2/weather", get(pages::weather))
        .route("/uploads/", get(pages::uploads))
        .route("/media/", get(pages::gallery))
        .route("/live", get(live::live))
        .route("/ticker", get(live::ticker))
        .route("/grpc.reflection.v1.ServerReflection/ServerReflectionInfo", post(pages::reflection))
        .fallback(pages::nothing)
        .layer(middleware::from_fn_with_state(Arc::clone(estate), cache::proxy))
        .with_state(Arc::clone(estate))
}
