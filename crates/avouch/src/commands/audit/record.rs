//! Facts of an audit, appended to the ledger.

use super::Failed;
use anyhow::anyhow;
use avouch_gateway::record;
use avouch_ledger::log::Ledger;
use avouch_model::coding::Fact;

/// Appends a fact and waits until it is safe; gives its entry.
pub(super) fn append(ledger: &Ledger, class: &str, fact: &impl Fact) -> Result<u64, Failed> {
    let encoded = fact.encode().map_err(|error| Failed::usage(anyhow!(error)))?;
    let index = ledger.append(class, &record(encoded)).map_err(|error| {
        Failed::usage(error).advice("name a retention class of the ledger with `--class`")
    })?;
    ledger.wait(index).map_err(Failed::usage)?;
    Ok(index)
}
