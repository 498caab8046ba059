//! Reads everything as the gateway would, and serves nothing.

use super::{planned, settings};
use crate::commands::{Failed, answer};
use crate::config::Config;
use crate::exit::Exit;
use avouch_guard::guard::Ground;
use avouch_guard::limit::Buckets;
use serde_json::json;
use std::collections::hash_map::RandomState;
use std::sync::Arc;

pub(super) fn run(config: &Config, as_json: bool) -> Result<Exit, Failed> {
    let settings = settings(config)?;
    let ground = Ground { buckets: Arc::new(Buckets::new(1)), hash: RandomState::new() };
    planned::plan(config, &ground, None)?;
    let checked = avouch_gateway::check(settings).map_err(Failed::usage)?;
    if as_json {
        answer(&format!("{}\n", json!({ "ok": true, "listeners": checked.listeners })))?;
    } else {
        answer(&format!("the configuration can be used: {} listeners\n", checked.listeners))?;
    }
    Ok(Exit::Clean)
}
