//! The descriptor: switches, scenes, and the way in.

use super::state::Lab;
use super::{books, decoys, documents, fetch, login, pages, settings, shell, template, xml};
use crate::api::{ALL, Api, HARDENED, LOGIN, On, Options, Starting};
use crate::kit::serving;
use axum::Router;
use axum::routing::{get, patch, post};
use serde_json::Value;
use std::sync::Arc;

/// The description, as a person would have written it.
const DESCRIPTION: &str = include_str!("openapi.json");

/// The lab.
pub(crate) const API: Api = Api {
    name: "lab",
    title: "what callers send, handed to every interpreter there is",
    switches: &[
        ("sql-in-search", "The search pastes into a statement and hides its errors (CWE-89)"),
        ("sql-in-path", "The lookup pastes into a statement and shows its errors (CWE-89)"),
        ("sql-waits", "A report pastes into a statement of a database that can sleep (CWE-89)"),
        ("operators-evaluated", "The coupon's code may be an operator (CWE-943)"),
        ("operators-in-login", "Name and password of the old login may be operators (CWE-943)"),
        ("shell-started", "The host to ping is pasted into a command line (CWE-78)"),
        ("shell-started-blind", "So is the host to trace, and nothing is shown (CWE-78)"),
        ("template-from-input", "The greeting is a template of the caller's (CWE-1336)"),
        ("entities-expanded", "The XML reader expands the caller's entities (CWE-611)"),
        ("redirect-anywhere", "Visitors are sent wherever they say (CWE-601)"),
        ("header-split", "A file name may end the header it stands in (CWE-113)"),
        ("markup-reflected", "A page repeats a name as it is (CWE-79)"),
        ("markup-stored", "The board shows notes as they are (CWE-79)"),
        ("prototype-merged", "Settings are merged into the prototype of all objects (CWE-1321)"),
        ("address-fetched", "A preview fetches any address and shows it (CWE-918)"),
        (
            "address-fetched-blind",
            "A picture is fetched from any address but plain loopback (CWE-918)",
        ),
        ("headers-fetched", "The referring page is fetched (CWE-918)"),
        ("lookups-evaluated", "What is logged is searched for lookups (CWE-917)"),
        ("serialized-cookie", "Preferences travel as a serialized object (CWE-502)"),
        ("type-unhandled", "A number of the wrong type ends in a trace (CWE-755)"),
    ],
    apart: &[],
    truth: include_str!("truth.toml"),
    login: LOGIN,
    scenes: &[ALL, HARDENED],
    openapi,
    start,
};

fn openapi(base_url: &str, _: &On) -> Option<Value> {
    serving::described(DESCRIPTION, base_url)
}

fn start(options: Options) -> Starting {
    Box::pin(serving::serve(options, |options, _| router(Arc::new(Lab::new(options.on)))))
}

fn router(lab: Arc<Lab>) -> Router {
    Router::new()
        .route("/auth/login", post(login::sign_in))
        .route("/api/me", get(login::me))
        .route("/api/legacy/login", post(login::legacy))
        .route("/api/books", get(books::search))
        .route("/api/safe/books", get(books::safe_search))
        .route("/api/books/{title}", get(books::one))
        .route("/api/safe/books/{title}", get(books::safe_one))
        .route("/api/reports/{id}", get(books::report))
        .route("/api/safe/reports/{id}", get(books::safe_report))
        .route("/api/coupons/validate", post(documents::validate))
        .route("/api/safe/coupons/validate", post(documents::safe_validate))
        .route("/api/tools/ping", post(shell::ping))
        .route("/api/safe/tools/ping", post(shell::safe_ping))
        .route("/api/tools/trace", get(shell::trace))
        .route("/api/safe/tools/trace", get(shell::safe_trace))
        .route("/api/greeting", get(template::greeting))
        .route("/api/safe/greeting", get(template::safe_greeting))
        .route("/api/imports", post(xml::import))
        .route("/api/safe/imports", post(xml::safe_import))
        .route("/api/settings", patch(settings::merge).post(settings::merge))
        .route("/api/safe/settings", patch(settings::safe_merge).post(settings::safe_merge))
        .route("/api/preview", get(fetch::preview))
        .route("/api/safe/preview", get(fetch::safe_preview))
        .route("/api/pictures", post(fetch::picture))
        .route("/api/safe/pictures", post(fetch::safe_picture))
        .route("/api/visits", get(fetch::visits))
        .route("/api/measures", post(decoys::measure))
        .route("/api/safe/measures", post(decoys::safe_measure))
        .route("/api/preferences", get(pages::preferences))
        .route("/api/notes", get(documents::notes).post(documents::note))
        .route("/api/safe/notes", get(documents::notes).post(documents::safe_note))
        .route("/board", get(pages::board))
        .route("/safe/board", get(pages::safe_board))
        .route("/go", get(pages::go))
        .route("/safe/go", get(pages::safe_go))
        .route("/hello", get(pages::hello))
        .route("/safe/hello", get(pages::safe_hello))
        .route("/files/{name}", get(pages::file))
        .route("/safe/files/{name}", get(pages::safe_file))
        .route("/api/echo", get(decoys::echo))
        .route("/api/catalogue", get(decoys::everything))
        .route("/api/moody", get(decoys::moody))
        .route("/api/slow", get(decoys::slow))
        .route("/api/sums", get(decoys::sum))
        .fallback(decoys::nothing)
        .with_state(lab)
}
