//! Runs the gateway until it is told to end.

use super::certificates::Certificates;
use super::decisions::Decisions;
use super::fixed::Fixed;
use super::log::{Level, Log, Watched};
use super::versions::{Version, Versions};
use super::{keys, log, planned, settings};
use crate::commands::Failed;
use crate::commands::key::now_ms;
use crate::commands::ledger::args::PlaceArgs;
use crate::commands::ledger::copies::Copies;
use crate::commands::ledger::place;
use crate::config::Config;
use crate::exit::Exit;
use avouch_beyond::ending::Ending;
use avouch_gateway::settings::OnFailure;
use avouch_gateway::{Gateway, Plan, Recorder, Reopen};
use avouch_guard::contain::Block;
use avouch_guard::guard::Ground;
use avouch_guard::limit::Buckets;
use serde_json::json;
use std::collections::hash_map::RandomState;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// The retention class of requests when none is named.
const CLASS: &str = "default";

pub(super) fn run(path: Option<&Path>, named: &Config) -> Result<Exit, Failed> {
    let ground = Ground {
        buckets: Arc::new(Buckets::new(named.guard.limits.buckets)),
        hash: RandomState::new(),
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Failed::broken)?;
    // Listened for before anybody learns that we serve: whoever stops us then finds us ready.
    let ending = runtime.block_on(async { Ending::listen() }).map_err(Failed::broken)?;
    let Read { mut config, plan, stamps, version, blocks } = Read::now(path, &ground, None)?;
    let settings = settings(&config)?;
    let into = recorder(&config)?;
    let is_recorded = into.is_some();
    let copies = match &into {
        Some((recorder, place)) => match recorder.ledger() {
            Some(ledger) => Copies::start(place, &ledger, &config.ledger.copies())?,
            None => Copies::default(),
        },
        None => Copies::default(),
    };
    let into = into.map(|(recorder, _)| recorder);
    let log = Log::of(settings);
    let gateway = Gateway::start(settings, plan, into).map_err(Failed::usage)?;
    started(&gateway, &config, log);
    if !is_recorded {
        let sentence = "nothing is recorded: `[ledger] folder` names no ledger";
        log.say(Level::Warning, "not-recorded", sentence, json!({}));
    }
    runtime.block_on(async {
        tokio::select! {
            () = ending.told() => (),
            () = kept_true(path, &mut config, (stamps, version, blocks), &gateway, &ground, log) => (),
        }
    });
    keys::keep_uses(&config, &gateway, log);
    log.say(Level::Info, "ending", "ending: what is under way is answered first", json!({}));
    let recorder = gateway.stop();
    let copies = copies.end();
    if let Some(recorder) = recorder {
        recorder.close().map_err(Failed::broken)?;
    }
    copies.finish();
    Ok(Exit::Clean)
}

/// Tells where it listens.
fn started(gateway: &Gateway, config: &Config, log: Log) {
    if let Some(address) = gateway.metrics_address() {
        let sentence = format!("metrics at http://{address}/metrics");
        log.say(Level::Info, "metrics", &sentence, json!({ "address": address }));
    }
    for issuer in gateway.restored() {
        let sentence =
            format!("the issuer `{issuer}` gives no keys: those hold that were kept before");
        log.say(Level::Warning, "key-set-restored", &sentence, json!({ "issuer": issuer }));
    }
    let upstream = config.gateway.iter().flat_map(|settings| &settings.upstream.addresses);
    let upstream: Vec<&str> = upstream.map(String::as_str).collect();
    for address in gateway.addresses() {
        let sentence = format!("listening at {address}, in front of {}", upstream.join(", "));
        let more = json!({ "address": address, "upstream": upstream });
        log.say(Level::Info, "listening", &sentence, more);
    }
}

/// How often it is seen whether a file that decisions rest on is another one.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// What the files say, and how they were just before they were read: what changes meanwhile is to be
/// seen at the next look.
struct Read {
    config: Config,
    plan: Plan,
    stamps: planned::Stamps,
    version: Version,
    blocks: Vec<Block>,
}

impl Read {
    fn now(path: Option<&Path>, ground: &Ground, before: Option<&Plan>) -> Result<Self, Failed> {
        // Read once to learn which files there are.
        let named = Config::read(path).map_err(Failed::usage)?;
        let stamps = planned::stamps(path, &named);
        let version = Version::of(planned::files(path, &named));
        let config = Config::read(path).map_err(Failed::usage)?;
        let (plan, blocks) = planned::plan(&config, ground, before)?;
        Ok(Self { config, plan, stamps, version, blocks })
    }
}

/// Decides by what the files say now, from the next request on. What cannot be read changes nothing.
async fn kept_true(
    path: Option<&Path>,
    config: &mut Config,
    (mut seen, used, blocks): (planned::Stamps, Version, Vec<Block>),
    gateway: &Gateway,
    ground: &Ground,
    log: Log,
) {
    keys::settle(config, gateway, now_ms(), log);
    let mut watched = Watched::default();
    let (mut fixed, at_start) = (Fixed::used(config), Fixed::used(config));
    let mut versions = Versions::begin(gateway, log, used);
    let mut decisions = Decisions::begin(gateway, log, blocks, now_ms());
    let mut certificates = Certificates::begin(gateway, log, now_ms());
    let (mut failing, mut looks) = (false, 0_u32);
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        looks = looks.wrapping_add(1);
        if looks.is_multiple_of(LOOKS_PER_USE) {
            keys::keep_uses(config, gateway, log);
        }
        if looks.is_multiple_of(LOOKS_PER_COUNT) {
            // A ledger that takes nothing is told already; the next count says all of it.
            let _ = gateway.record_counts();
        }
        watched.look(gateway, log);
        certificates.look(now_ms());
        let now = planned::stamps(path, config);
        if now == seen && !failing {
            continue;
        }
        let is_another = now != seen;
        seen = now;
        // A file may be changed in steps: what fails is tried again, and told once.
        let read = Read::now(path, ground, Some(&gateway.plan())).and_then(|next| {
            let read = gateway.certificates(settings(&next.config)?);
            Ok((read.map_err(Failed::usage)?, next))
        });
        match read {
            Ok((read, next)) => {
                // The plan first: it has the secrets with which certificates are asked for.
                gateway.replace(next.plan);
                gateway.show(read);
                versions.changed(next.version);
                decisions.changed(next.blocks, now_ms());
                let _ = gateway.record_counts();
                let sentence = "the configuration changed: it holds from the next request on";
                log.say(Level::Info, "config-used", sentence, json!({}));
                let now = Fixed::used(&next.config);
                if fixed != now {
                    waits_for_a_start(at_start.as_ref(), now.as_ref(), log);
                    fixed = now;
                }
                keys::settle(&next.config, gateway, now_ms(), log);
                (seen, *config, failing) = (next.stamps, next.config, false);
            }
            Err(failed) if is_another => {
                gateway.reload_failed();
                versions.refused(&Version::of(planned::files(path, config)));
                let why = log::why(&failed.error);
                let sentence = format!("the configuration changed and is not used: {why}");
                log.say(Level::Warning, "config-refused", &sentence, json!({}));
                failing = true;
            }
            Err(_) => (),
        }
    }
}

/// Tells what of the changed configuration does not hold yet.
fn waits_for_a_start(at_start: Option<&Fixed>, now: Option<&Fixed>, log: Log) {
    let (Some(at_start), Some(now)) = (at_start, now) else { return };
    let keys = at_start.otherwise(now);
    if keys.is_empty() {
        return;
    }
    let sentence =
        format!("what was changed of these holds from the next start on: {}", keys.join(", "));
    log.say(Level::Warning, "config-needs-start", &sentence, json!({ "keys": keys }));
}

/// After so many looks it is written down when keys were used.
const LOOKS_PER_USE: u32 = 120;
/// After so many the counters of requests are: each minute, as the ledger's own heartbeats usually are.
const LOOKS_PER_COUNT: u32 = 240;

fn recorder(config: &Config) -> Result<Option<(Recorder, PlaceArgs)>, Failed> {
    let Some(folder) = config.ledger.folder.clone() else { return Ok(None) };
    let level = config.ledger.copies().level()?;
    let at = PlaceArgs { ledger: folder, head: config.ledger.head.clone() };
    let ledger = place::open(&at)?;
    let class = config.ledger.class.as_deref().unwrap_or(CLASS);
    if !ledger.has_class(class) {
        // Found out now, and not by the first request, which would get no answer.
        let missing = anyhow::anyhow!("the ledger has no retention class `{class}`");
        return Err(Failed::usage(missing).advice(
            "name one that it was begun with (`avouch ledger init --class`) in `[ledger] class`",
        ));
    }
    let reopen = reopen(config, &at)?;
    let recorder = Recorder::new(ledger, class, level, reopen).map_err(Failed::broken)?;
    Ok(Some((recorder, at)))
}

/// How the ledger is opened again after it failed. Not where copies follow it, which hold it.
fn reopen(config: &Config, at: &PlaceArgs) -> Result<Option<Reopen>, Failed> {
    if config.ledger.copies().are_none() {
        let at = at.clone();
        return Ok(Some(Box::new(move || {
            place::open(&at).map_err(|failed| format!("{:#}", failed.error))
        })));
    }
    let on_failure = config.gateway.as_ref().map(|settings| settings.record.on_failure);
    if on_failure == Some(OnFailure::PassReads) {
        return Err(Failed::usage(anyhow::anyhow!(
            "`gateway.record.on_failure = \"pass-reads\"` needs a ledger that can be opened again while the gateway runs, which one with `replica` or `archive` cannot"
        )));
    }
    Ok(None)
}
