//! The descriptor: switches, scenes, and the way in.

use super::state::Club;
use super::{bar, desk, members, rooms};
use crate::api::{ALL, Api, HARDENED, LOGIN, On, Options, Scene, Starting};
use crate::kit::serving;
use axum::Router;
use axum::routing::{delete, get, post, put};
use serde_json::Value;
use std::sync::Arc;

/// The description, as a person would have written it.
const DESCRIPTION: &str = include_str!("openapi.json");

/// The accounts.
pub(crate) const API: Api = Api {
    name: "accounts",
    title: "a club: registration, login, logout, forgotten passwords, sessions, limits",
    switches: &[
        ("login-tells-unknown", "The login says whether a name is known (CWE-204)"),
        ("forgotten-tells-unknown", "A forgotten password is only sent to known names (CWE-204)"),
        ("login-unlimited", "Passwords may be guessed without end (CWE-307)"),
        ("limit-believes-header", "The login's limit is counted by a header (CWE-307)"),
        ("logout-forgets-nothing", "A token works on after its logout (CWE-613)"),
        ("tokens-for-a-month", "A token lives for thirty days (CWE-613)"),
        ("inner-address-believed", "Who says to be this machine needs no token (CWE-290)"),
        ("head-unguarded", "HEAD is answered without a token (CWE-650)"),
        ("list-unpaged", "A long list is answered whole (CWE-770)"),
        ("password-of-anyone", "The path says whose password is changed (CWE-639)"),
        ("profile-by-number", "The body says whose profile is changed (CWE-639)"),
        ("strike-anyone", "Any member strikes off any other (CWE-639)"),
        ("less-than-nothing", "The bar takes orders of less than nothing (CWE-1284)"),
        ("role-for-the-asking", "Any member gives roles (CWE-269)"),
    ],
    apart: &["limit-believes-header"],
    truth: include_str!("truth.toml"),
    login: LOGIN,
    scenes: &[ALL, STRANGER, LOUD, LIMITED, HARDENED],
    openapi,
    start,
};

/// Nobody is given: whoever scans registers.
const STRANGER: Scene = Scene { name: "stranger", people: &[], ..ALL };

/// Guesses are allowed.
const LOUD: Scene = Scene {
    name: "loud",
    people: &[],
    disruptive: &["AUTH-09", "AUTH-10"],
    only_named: true,
    ..ALL
};

/// The login has a limit that counts wrongly.
const LIMITED: Scene = Scene {
    name: "limited",
    switches: "limit-believes-header",
    people: &[],
    disruptive: &["AUTH-09", "AUTH-10"],
    only_named: true,
    ..ALL
};

fn openapi(base_url: &str, _: &On) -> Option<Value> {
    serving::described(DESCRIPTION, base_url)
}

fn start(options: Options) -> Starting {
    Box::pin(async move {
        let club = Arc::new(Club::open(options.on.clone())?);
        serving::serve(options, |_, _| router(club)).await
    })
}

fn router(club: Arc<Club>) -> Router {
    Router::new()
        .route("/auth/register", post(desk::register))
        .route("/auth/login", post(desk::login))
        .route("/v2/auth/login", post(desk::sound_login))
        .route("/auth/forgot-password", post(desk::forgotten))
        .route("/v2/auth/forgot-password", post(desk::sound_forgotten))
        .route("/auth/logout", post(desk::logout))
        .route("/me", get(rooms::me).put(members::profile).delete(rooms::leave))
        .route("/v2/me", put(members::sound_profile))
        .route("/members/{who}/password", put(members::password))
        .route("/v2/members/{who}/password", put(members::sound_password))
        .route("/members/{who}/role", put(members::role))
        .route("/v2/members/{who}/role", put(members::sound_role))
        .route("/members/{who}", delete(members::strike))
        .route("/v2/members/{who}", delete(members::sound_strike))
        .route("/bar/orders", post(bar::order))
        .route("/v2/bar/orders", post(bar::sound_order))
        .route("/bar/orders/{id}", get(bar::shown))
        .route("/v2/bar/orders/{id}", get(bar::shown))
        .route("/rota", get(rooms::rota))
        .route("/v2/rota", get(rooms::sound_rota))
        .route("/minutes", get(rooms::minutes))
        .route("/v2/minutes", get(rooms::sound_minutes))
        .route("/notices", get(rooms::notices))
        .route("/v2/notices", get(rooms::sound_notices))
        .fallback(rooms::nothing)
        .with_state(club)
}
