//! The descriptor: switches, scenes, and the way in.

use super::resources::{self, Service};
use super::sign_in;
use super::verifier::Verifier;
use crate::api::{ALL, Api, HARDENED, LOGIN, On, Options, Scene, Starting};
use crate::kit::serving;
use axum::Router;
use axum::routing::{get, post};
use serde_json::Value;
use std::io;
use std::sync::Arc;

const DESCRIPTION: &str = include_str!("openapi.json");

/// What only a user knows: a client that is registered.
const CLIENT: &str = "[told.oauth]\nclient_id = \"meter-app\"\n\
                      redirect_uri = \"https://meter-app.test/callback\"\n";

/// The tokens.
pub(crate) const API: Api = Api {
    name: "tokens",
    title: "a service of meters with an issuer: each part verifies tokens its own way",
    switches: &[
        ("embedded-key-believed", "A token is verified with the key in its own header (CWE-347)"),
        ("key-address-fetched", "Keys are fetched from where the token says (CWE-918)"),
        ("key-name-is-path", "The name of a key is a path in the folder of keys (CWE-22)"),
        ("key-name-in-query", "The name of a key is part of a query (CWE-89)"),
        ("zero-signature-accepted", "A signature of zeros satisfies the verifier (CWE-347)"),
        ("expiry-unchecked", "The end of a token is not looked at (CWE-613)"),
        ("audience-unchecked", "For whom a token was issued is not looked at (CWE-345)"),
        ("scope-unchecked", "What a token was issued for is not looked at (CWE-863)"),
        ("metadata-weak", "Unsigned identity tokens and no S256 are offered (CWE-757)"),
        ("redirect-prefix-only", "Only the beginning of a redirect address is compared (CWE-601)"),
    ],
    apart: &["key-name-in-query"],
    truth: include_str!("truth.toml"),
    login: LOGIN,
    scenes: &[
        Scene { configuration: CLIENT, ..ALL },
        Scene {
            name: "query",
            switches: "key-name-in-query",
            configuration: CLIENT,
            only_named: true,
            ..ALL
        },
        Scene { configuration: CLIENT, ..HARDENED },
    ],
    openapi,
    start,
};

fn openapi(base_url: &str, _: &On) -> Option<Value> {
    serving::described(DESCRIPTION, base_url)
}

fn start(options: Options) -> Starting {
    Box::pin(async move {
        let verifier = Verifier::open().await?;
        let on = options.on.clone();
        let service = |base_url: &str| Service { on, verifier, issuer: base_url.to_owned() };
        serving::serve(options, |_, base_url| router(Arc::new(service(base_url)))).await
    }) as std::pin::Pin<Box<dyn Future<Output = io::Result<serving::Serving>> + Send>>
}

fn router(service: Arc<Service>) -> Router {
    let mut router = Router::new()
        .route("/auth/login", post(sign_in::log_in))
        .route("/.well-known/openid-configuration", get(sign_in::metadata))
        .route("/.well-known/jwks.json", get(sign_in::keys))
        .route("/oauth/authorize", get(sign_in::authorize))
        .route("/whoami", get(resources::who_am_i))
        .route("/prices", get(resources::prices))
        .fallback(resources::nothing);
    for part in resources::PARTS {
        router = router.route(part.path, get(part.handler()));
    }
    router.with_state(service)
}
