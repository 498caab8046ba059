//! The file of keys, as far as the gateway writes it: what was done to keys while it had the ledger, and
//! when they were used.

use super::log::{Level, Log};
use crate::config::Config;
use avouch_gateway::Gateway;
use avouch_gateway::key_file::KeyFile;
use avouch_model::fact::key::Key;
use serde_json::json;

fn file(config: &Config) -> Option<KeyFile> {
    config.guard.identify.keys.as_ref().map(|keys| KeyFile::new(&keys.file))
}

/// Records what was done to keys and is in no ledger yet: who does it cannot while the gateway has the
/// ledger. What cannot be recorded now waits in the file.
pub(super) fn settle(config: &Config, gateway: &Gateway, now_ms: u64, log: Log) {
    let Some(file) = file(config) else { return };
    if !gateway.records() {
        return;
    }
    // Somebody changes a key now: what that leaves is seen when the file is another one.
    let Ok(locked) = file.lock() else { return };
    let Ok(Some(mut book)) = locked.book() else { return };
    let record =
        |facts: &[Key]| facts.iter().take_while(|fact| gateway.record(*fact).is_ok()).count();
    match locked.settle(&mut book, now_ms, record) {
        Ok(0) => (),
        Ok(count) => {
            let sentence = format!("recorded what was done to keys: {count}");
            log.say(Level::Info, "keys-recorded", &sentence, json!({ "count": count }));
        }
        Err(error) => {
            let sentence = format!("what was done to keys is not recorded yet: {error}");
            log.say(Level::Warning, "keys-not-recorded", &sentence, json!({}));
        }
    }
}

/// Writes down when keys were used last, for `avouch key list`.
pub(super) fn keep_uses(config: &Config, gateway: &Gateway, log: Log) {
    let Some(file) = file(config) else { return };
    let uses = gateway.plan().guard.identifier().keys().map(|keys| keys.uses()).unwrap_or_default();
    if uses.is_empty() {
        return;
    }
    if let Err(error) = file.keep_uses(&uses) {
        let sentence = format!("when keys were used cannot be written down: {error}");
        log.say(Level::Warning, "key-uses-not-kept", &sentence, json!({}));
    }
}
