//! What the service holds: for each person a reading, an alarm, a bill …, under a path each.

use super::issuer::Claims;
use super::people::named;
use super::verifier::{Leniency, Verifier, claimed};
use crate::api::On;
use crate::kit::clock::unix_seconds;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode, header};
use serde_json::{Value, json};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

/// What a running service holds.
#[derive(Debug)]
pub(super) struct Service {
    pub(super) on: On,
    pub(super) verifier: Verifier,
    /// Its own address.
    pub(super) issuer: String,
}

/// A part of the service.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    /// Where it is.
    pub(super) path: &'static str,
    /// What it is about; a part and its twin hold things of one kind.
    kind: &'static str,
    /// The switches, each with the mistake it makes.
    mistakes: &'static [(&'static str, Leniency)],
    /// The scope that a token needs, and the switch that forgets to look.
    scope: Option<(&'static str, Option<&'static str>)>,
}

const fn part(
    path: &'static str,
    kind: &'static str,
    mistakes: &'static [(&'static str, Leniency)],
) -> Part {
    Part { path, kind, mistakes, scope: None }
}

/// Every part, the careless ones first.
pub(super) const PARTS: [Part; 14] = [
    part("/alarms", "alarm", &[("key-address-fetched", Leniency::KeyAddress)]),
    part("/meters", "meter", &[("key-name-is-path", Leniency::KeyPath)]),
    part(
        "/readings",
        "reading",
        &[
            ("key-name-in-query", Leniency::KeyQuery),
            ("embedded-key-believed", Leniency::EmbeddedKey),
        ],
    ),
    part("/tariffs", "tariff", &[("zero-signature-accepted", Leniency::ZeroSignature)]),
    part("/contracts", "contract", &[("expiry-unchecked", Leniency::ExpiryUnchecked)]),
    part("/bills", "bill", &[("audience-unchecked", Leniency::AudienceUnchecked)]),
    part("/secure-alarms", "alarm", &[]),
    part("/secure-meters", "meter", &[]),
    part("/secure-readings", "reading", &[]),
    part("/secure-tariffs", "tariff", &[]),
    part("/secure-contracts", "contract", &[]),
    part("/secure-bills", "bill", &[]),
    Part {
        scope: Some(("reports:read", Some("scope-unchecked"))),
        ..part("/reports", "report", &[])
    },
    Part { scope: Some(("reports:read", None)), ..part("/secure-reports", "report", &[]) },
];

type Answering = Pin<Box<dyn Future<Output = Response> + Send>>;

impl Part {
    /// Answers a read of this part.
    pub(super) fn handler(
        self,
    ) -> impl Fn(State<Arc<Service>>, HeaderMap) -> Answering + Clone + Send + Sync + 'static {
        move |State(service), headers| {
            Box::pin(async move { self.answer(&service, &headers).await })
        }
    }

    async fn answer(self, service: &Service, headers: &HeaderMap) -> Response {
        let Some(token) = bearer(headers) else { return refused("missing_token") };
        let made = self.mistakes.iter().find(|(switch, _)| service.on.has(switch));
        let leniency = made.map_or(Leniency::Strict, |(_, leniency)| *leniency);
        let Some(claims) = service.verifier.verify(token, leniency, unix_seconds()).await else {
            return refused("invalid_token");
        };
        if let Some((scope, forgotten)) = self.scope {
            let looked_at = !forgotten.is_some_and(|switch| service.on.has(switch));
            if looked_at && !claims.scope.split(' ').any(|has| has == scope) {
                let error = json!({"error": "insufficient_scope", "scope": scope});
                return (StatusCode::FORBIDDEN, Json(error)).into_response();
            }
        }
        match held(self.kind, &claims) {
            Some(thing) => Json(thing).into_response(),
            None => refused("invalid_token"),
        }
    }
}

/// What a person holds of that kind; the same for all where it is about nobody.
fn held(kind: &str, claims: &Claims) -> Option<Value> {
    let account = named(&claims.sub)?;
    let number = account.email.bytes().map(u32::from).sum::<u32>();
    Some(match kind {
        "alarm" => json!({"alarm": format!("AL-{}", number * 31), "threshold": number % 97 + 4}),
        "meter" => {
            json!({"serial": format!("MT-{}", number * 57), "cellar": format!("C{}", number % 41)})
        }
        "reading" => {
            json!({"reading": format!("RD-{}", number * 73), "kilowattHours": number * 3 + 211})
        }
        "tariff" => json!({"tariff": format!("TF-{}", number * 19), "oreADay": number % 301 + 77}),
        "contract" => {
            json!({"contract": format!("CT-{}", number * 83), "noticeWeeks": number % 11 + 2})
        }
        "bill" => json!({"bill": format!("BL-{}", number * 29), "dueOre": number * 7 + 4_120}),
        "report" => json!({"quarter": "2026-Q3", "lossesKilowattHours": 41_207, "districts": 12}),
        _ => return None,
    })
}

/// Says whose token it claims to be, and that it does not believe it: no mistake.
pub(super) async fn who_am_i(State(service): State<Arc<Service>>, headers: HeaderMap) -> Response {
    let token = bearer(&headers).unwrap_or_default();
    let known = service.verifier.verify(token, Leniency::Strict, unix_seconds()).await;
    let name = claimed(token).map(|claims| claims.sub);
    Json(json!({"authenticated": known.is_some(), "claimed": name})).into_response()
}

/// Public by design.
pub(super) async fn prices() -> Response {
    Json(json!([{"area": "north", "oreAKilowattHour": 41}, {"area": "south", "oreAKilowattHour": 87}]))
        .into_response()
}

pub(super) async fn nothing() -> Response {
    (StatusCode::NOT_FOUND, Json(json!({"error": "not_found"}))).into_response()
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
}

fn refused(error: &str) -> Response {
    let challenge = [(header::WWW_AUTHENTICATE, format!("Bearer error=\"{error}\""))];
    (StatusCode::UNAUTHORIZED, challenge, Json(json!({"error": error}))).into_response()
}
