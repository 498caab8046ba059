//! Reads everything as the gateway would, and serves nothing.

use super::versions::Version;
use super::{planned, settings};
use crate::commands::{Failed, answer};
use crate::config::Config;
use crate::exit::Exit;
use avouch_guard::guard::Ground;
use avouch_guard::limit::Buckets;
use serde_json::json;
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
    let recorded = config.ledger.folder.is_some();
    let digest = Version::of(planned::files(path, config)).digest();
    if as_json {
        let unchecked: Vec<_> =
            unchecked.iter().map(|(place, what)| json!({ "place": place, "what": what })).collect();
        let found = json!({
            "ok": true,
            "listeners": checked.listeners,
            "operations": operations,
            "digest": digest.to_string(),
            "recorded": recorded,
            "warnings": warnings,
            "unchecked": unchecked,
        });
        answer(&format!("{found}\n"))?;
        return Ok(Exit::Clean);
    }
    let mut text = format!("the configuration can be used: {} listeners, ", checked.listeners);
    // Writing to a text cannot fail.
    let _ = match operations {
        Some(count) => writeln!(text, "{count} operations"),
        None => writeln!(text, "no description, so that anything may be asked for"),
    };
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
