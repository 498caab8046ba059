//! Reads everything as the gateway would, and serves nothing.

use super::certificates::day;
use super::versions::Version;
use super::{planned, settings};
use crate::commands::{Failed, answer};
use crate::config::Config;
use crate::exit::Exit;
use avouch_gateway::Checked;
use avouch_gateway::settings::GatewaySettings;
use avouch_guard::guard::Ground;
use avouch_guard::limit::Buckets;
use serde_json::{Value, json};
use std::collections::hash_map::RandomState;
use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;

pub(super) fn run(path: Option<&Path>, config: &Config, as_json: bool) -> Result<Exit, Failed> {
    let settings = settings(config)?;
    let ground = Ground { buckets: Arc::new(Buckets::new(1)), hash: RandomState::new() };
    let (plan, _) = planned::plan(config, &ground, None)?;
    let checked = avouch_gateway::check(settings).map_err(Failed::usage)?;
    let operations = plan.guard.operations();
    let unchecked = plan.guard.unchecked().map(|one| {
        let place = format!("{} {}", one.operation, one.place);
        (place.trim().to_owned(), one.what.clone())
    });
    let unchecked: Vec<(String, String)> = unchecked.collect();
    let warnings: Vec<String> = plan.guard.warnings().iter().map(ToString::to_string).collect();
    let certificates: Vec<_> = certificates(settings, &checked).collect();
    let recorded = config.ledger.folder.is_some();
    let digest = Version::of(planned::files(path, config)).digest();
    if as_json {
        let unchecked: Vec<_> =
            unchecked.iter().map(|(place, what)| json!({ "place": place, "what": what })).collect();
        let found = json!({
            "ok": true,
            "listeners": checked.listeners.len(),
            "certificates": certificates,
            "operations": operations,
            "digest": digest.to_string(),
            "recorded": recorded,
            "warnings": warnings,
            "unchecked": unchecked,
        });
        answer(&format!("{found}\n"))?;
        return Ok(Exit::Clean);
    }
    let mut text =
        format!("the configuration can be used: {} listeners, ", checked.listeners.len());
    // Writing to a text cannot fail.
    let _ = match operations {
        Some(count) => writeln!(text, "{count} operations"),
        None => writeln!(text, "no description, so that anything may be asked for"),
    };
    for certificate in &certificates {
        let _ = writeln!(text, "certificate: {}", in_words(certificate));
    }
    if !recorded {
        text.push_str("nothing is recorded: `[ledger] folder` names no ledger\n");
    }
    for warning in warnings {
        let _ = writeln!(text, "doubtful: {warning}");
    }
    for (place, what) in unchecked {
        let _ = writeln!(text, "not checked: {place}: {what}");
    }
    let _ = writeln!(
        text,
        "its digest, for `avouch review change` before it comes into force:\n  {digest}"
    );
    answer(&text)?;
    Ok(Exit::Clean)
}

/// What is known of the certificate of each listener that speaks TLS.
fn certificates<'a>(
    settings: &'a GatewaySettings,
    checked: &'a Checked,
) -> impl Iterator<Item = Value> + 'a {
    let listeners = settings.listen.iter().zip(&checked.listeners);
    listeners.filter_map(|(listener, shown)| {
        let acme = listener.tls.as_ref()?.acme.as_ref();
        let names = shown.as_ref().map(|shown| shown.names.iter().cloned().collect::<Vec<_>>());
        Some(json!({
            "listener": listener.address,
            "names": names.or_else(|| Some(acme?.names.clone())),
            "authority": acme.map(|acme| &acme.directory),
            "until": shown.as_ref().map(|shown| day(shown.not_after_ms)),
        }))
    })
}

fn in_words(certificate: &Value) -> String {
    let text = |key: &str| certificate[key].as_str();
    let names = certificate["names"].as_array().into_iter().flatten();
    let names: Vec<&str> = names.filter_map(Value::as_str).collect();
    let (listener, names) = (text("listener").unwrap_or_default(), names.join(", "));
    match (text("until"), text("authority")) {
        (Some(until), None) => format!("{listener} shows {names} until {until}"),
        (Some(until), Some(authority)) => {
            format!("{listener} shows {names} until {until}, and has it renewed by {authority}")
        }
        (None, authority) => format!(
            "{listener} has none yet for {names}: it is asked for at the start, of {}",
            authority.unwrap_or("nobody")
        ),
    }
}
