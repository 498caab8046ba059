//! The descriptor: switches, scenes, and the way in.

use super::authority::{self, Authority};
use super::doors::{Doors, Peer};
use super::front::Legacy;
use super::shown;
use crate::api::{ALL, Api, HARDENED, LOGIN, On, Options, Scene, Starting};
use crate::kit::front::Front;
use crate::kit::serving::{Serving, described};
use crate::kit::sessions::Sessions;
use axum::extract::connect_info::IntoMakeServiceWithConnectInfo;
use axum::routing::{get, post};
use axum::{Router, middleware};
use serde_json::Value;
use std::io;
use std::sync::Arc;
use tokio::net::TcpListener;

/// The description, as a person would have written it.
const DESCRIPTION: &str = include_str!("openapi.json");

/// The name it is reached under. It exists nowhere (RFC 6761, section 6.2).
pub(super) const HOST: &str = "quay.range.test";

/// A scan that only reads: this name is no loopback address, so active checks would need proof of
/// ownership, and nothing here is for them.
const READING: Scene = Scene { people: &["a", "b"], active: false, ..ALL };

/// As [`READING`], with this alone on.
const fn only(name: &'static str, switches: &'static str) -> Scene {
    Scene { name, switches, ..READING }
}

/// The quay.
pub(crate) const API: Api = Api {
    name: "quay",
    title: "transport: certificates, versions, suites, cleartext, client certificates",
    switches: &[
        ("cleartext-answered", "The API answers http on the same port (CWE-319)"),
        ("hsts-missing", "Browsers are not told to stay with https (CWE-523)"),
        ("client-certificate-unasked", "A client certificate is declared, not asked for (CWE-295)"),
        ("certificate-expired", "The certificate ended a month ago (CWE-298)"),
        ("certificate-early", "The certificate begins next month (CWE-298)"),
        ("certificate-misnamed", "The certificate is another host's (CWE-297)"),
        ("certificate-self-signed", "The certificate is signed by nobody else (CWE-295)"),
        ("certificate-ending", "The certificate ends in five days of ninety (CWE-298)"),
        ("certificate-weak", "1,024 bits of RSA, signed with SHA-1 (CWE-326)"),
        ("versions-withdrawn", "TLS 1.0 and 1.1 are offered (CWE-327)"),
        ("suites-weak", "Suites without encryption or forward secrecy are offered (CWE-326)"),
    ],
    apart: &[
        "certificate-early",
        "certificate-misnamed",
        "certificate-self-signed",
        "certificate-ending",
        "certificate-weak",
        "versions-withdrawn",
        "suites-weak",
    ],
    truth: include_str!("truth.toml"),
    login: LOGIN,
    scenes: &[
        READING,
        Scene { people: READING.people, active: false, ..HARDENED },
        only("early", "certificate-early"),
        only("misnamed", "certificate-misnamed"),
        only("self-signed", "certificate-self-signed"),
        only("ending", "certificate-ending"),
        only("weak-certificate", "certificate-weak"),
        only("legacy", "versions-withdrawn,suites-weak"),
    ],
    openapi,
    start,
};

fn openapi(base_url: &str, _: &On) -> Option<Value> {
    described(DESCRIPTION, base_url)
}

fn start(options: Options) -> Starting {
    Box::pin(serve(options))
}

/// What the running quay holds.
#[derive(Debug)]
pub(super) struct Quay {
    on: On,
    pub(super) sessions: Sessions,
}

impl Quay {
    /// Whether this mistake is made.
    pub(super) fn has(&self, switch: &str) -> bool {
        self.on.has(switch)
    }
}

/// Whether rustls refuses to serve what is on.
fn needs_legacy(on: &On) -> bool {
    ["certificate-weak", "versions-withdrawn", "suites-weak"].iter().any(|switch| on.has(switch))
}

async fn serve(options: Options) -> io::Result<Serving> {
    let authority = Authority::new().map_err(io::Error::other)?;
    let front = Front::new(options.trouble.clone(), None, Arc::default(), options.seed);
    let quay = Arc::new(Quay { on: options.on.clone(), sessions: Sessions::default() });
    let router = front.before(router(quay)).into_make_service_with_connect_info::<Peer>();
    let url = |port: u16| format!("https://{HOST}:{port}");
    let mut serving = if needs_legacy(&options.on) {
        let inner = TcpListener::bind((options.bind.ip(), 0)).await?;
        let legacy = Legacy::start(&options, inner.local_addr()?, &authority).await?;
        let url = url(legacy.port());
        let mut serving = serving(Doors::behind_tls(inner), url, router);
        serving.beside = Some(Box::new(legacy));
        serving
    } else {
        let identity = authority::identity(&authority, &options.on).map_err(io::Error::other)?;
        let listener = TcpListener::bind(options.bind).await?;
        let url = url(listener.local_addr()?.port());
        let doors = Doors::open(listener, identity, &authority).map_err(io::Error::other)?;
        serving(doors, url, router)
    };
    serving.resolve = Some(format!("{HOST}={}", options.bind.ip()));
    serving.ca = Some(authority.pem());
    Ok(serving)
}

fn serving(
    doors: Doors,
    url: String,
    router: IntoMakeServiceWithConnectInfo<Router, Peer>,
) -> Serving {
    Serving::of(url, |until| axum::serve(doors, router).with_graceful_shutdown(until))
}

fn router(quay: Arc<Quay>) -> Router {
    Router::new()
        .route("/", get(shown::page))
        .route("/auth/login", post(shown::sign_in))
        .route("/api/tides", get(shown::tides))
        .route("/api/berths", get(shown::berths))
        .route("/api/customs", get(shown::customs))
        .route("/api/manifests", get(shown::manifests))
        .fallback(shown::nothing)
        .layer(middleware::from_fn_with_state(Arc::clone(&quay), shown::with_headers))
        .layer(middleware::from_fn_with_state(Arc::clone(&quay), shown::to_https))
        .with_state(quay)
}
