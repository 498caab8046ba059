//! Opens what a scan needs: the way out, the listener, the owner's consent.

use super::cleanup::CleanUp;
use super::options::{IN_FLIGHT_START, ScanOptions};
use super::pace::Pace;
use super::progress::Watcher;
use super::run::{CHALLENGE_PATH, ScanError};
use super::sender::{Sender, SenderParts, Stop};
use crate::check::Tier;
use crate::context::TargetFacts;
use crate::identity::vault::Vault;
use crate::step::Request;
use avouch_wire::client::{Client, ClientOptions, Origin, Scheme};
use avouch_wire::clock::Clock;
use avouch_wire::oast::{Listener, OastOptions};
use avouch_wire::redact::Redactor;
use std::sync::Arc;

/// Opens the way out.
pub(super) fn open_sender(
    options: &ScanOptions,
    clock: Clock,
    scan_id: &str,
    stop: Stop,
    watcher: Watcher,
) -> Result<Sender, ScanError> {
    let origin =
        Origin::of(&options.target).ok_or_else(|| ScanError::Target(options.target.to_string()))?;
    let redactor = Arc::new(Redactor::new(options.redaction_key));
    let mut allowed_origins = vec![origin.clone()];
    let mut plain = origin.clone();
    plain.scheme = Scheme::Http;
    if plain.port == 443 {
        plain.port = 80;
    }
    allowed_origins.push(plain);
    let told =
        options.told.hosts.iter().filter_map(|host| Origin::of(&url::Url::parse(host).ok()?));
    allowed_origins.extend(told);
    for identity in &options.identities {
        allowed_origins.extend(crate::identity::login::origin_of(&identity.source));
    }
    let client = Client::new(ClientOptions {
        policy: options.addresses,
        limits: options.limits,
        user_agent: format!("avouch/{} (+scan)", env!("CARGO_PKG_VERSION")),
        scan_id: scan_id.to_owned(),
        extra_roots: options.extra_roots.clone(),
        danger_accept_untrusted: true,
        clock,
        redactor: Arc::clone(&redactor),
        resolved: options.resolved.clone(),
        allowed_origins,
    })
    .map_err(ScanError::Roots)?;
    let vault = Vault::new(redactor);
    if let (Some(webhook), Some(secret)) = (&options.told.webhook, &options.webhook_secret) {
        vault.keep_webhook(webhook.clone(), secret.clone());
    }
    let cleanup = CleanUp::open(options.state_folder.as_deref(), scan_id, &origin.to_string())?;
    Ok(Sender::new(SenderParts {
        client,
        vault: Arc::new(vault),
        pace: Pace::new(IN_FLIGHT_START, options.in_flight_max, options.per_second_max),
        address: options.target.clone(),
        origin,
        clock,
        seed: options.seed,
        requests_max: options.requests_max,
        until_us: options.seconds_max.saturating_mul(1_000_000),
        stop,
        watcher,
        cleanup,
    }))
}

/// Opens the out-of-band listener, when active checks may run.
pub(super) async fn open_listener(
    options: &ScanOptions,
    sender: &Sender,
) -> Result<Option<Arc<Listener>>, ScanError> {
    let Some(http) = options.listen.filter(|_| options.tier >= Tier::Active) else {
        return Ok(None);
    };
    let wanted = OastOptions {
        http,
        dns: options.listen_dns,
        domain: options.listen_domain.clone(),
        base_url: options.listen_url.clone(),
        answer_with: std::net::Ipv4Addr::LOCALHOST,
        clock: sender.clock(),
        redactor: Arc::clone(&sender.client().options().redactor),
    };
    Listener::bind(wanted)
        .await
        .map(|listener| Some(Arc::new(listener)))
        .map_err(ScanError::Listener)
}

/// A and D against anything but loopback need the owner's consent.
pub(super) async fn consent(
    options: &ScanOptions,
    target: &TargetFacts,
    sender: &Sender,
) -> Result<(), ScanError> {
    let only_reads = options.tier < Tier::Active && options.disruptive.is_empty();
    if only_reads || target.loopback {
        return Ok(());
    }
    let exchange = sender.send(&Request::read(CHALLENGE_PATH)).await;
    let shown =
        exchange.answer().filter(|answer| answer.is_success()).map(|answer| answer.body.trim());
    if shown == Some(options.challenge.as_str()) && !options.challenge.is_empty() {
        return Ok(());
    }
    Err(ScanError::NotOwned { challenge: options.challenge.clone() })
}
