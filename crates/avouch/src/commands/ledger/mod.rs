//! `avouch ledger …`: one file a command.

mod append;
mod archive;
pub(super) mod args;
mod beyond_args;
mod checkpoint;
pub(super) mod copies;
mod csv;
mod erase;
mod export;
pub(super) mod facts;
mod filter;
mod found;
mod hold;
mod init;
mod kinds;
mod kinds_page;
mod objects;
mod ocsf;
mod outgoing;
mod parquet;
mod personal;
pub(super) mod place;
mod prove;
mod purge;
mod query;
mod reading;
mod recover;
mod redact;
mod registry;
mod rotate;
mod show;
mod stats;
mod verify;
mod witness;
mod witnesses;

pub(crate) use args::LedgerCommand;
pub(super) use found::{recorded_digests, recorded_finding, recorded_requests, recorded_scan};

pub(super) use facts::lines;
pub(super) use reading::{Read, Reading};
pub(super) use verify::{judged, verdict_of};

use super::{Failed, answer, tell};
use crate::exit::Exit;

pub(super) fn run(command: &LedgerCommand) -> Result<Exit, Failed> {
    match command {
        LedgerCommand::Init(args) => init::run(args),
        LedgerCommand::Append(args) => append::run(args),
        LedgerCommand::Verify(args) => verify::run(args),
        LedgerCommand::Checkpoint(args) => checkpoint::run(args),
        LedgerCommand::Show(args) => show::run(args),
        LedgerCommand::Stats(args) => stats::run(args),
        LedgerCommand::Prove(args) => prove::run(args),
        LedgerCommand::Query(args) => query::query(args),
        LedgerCommand::Export(args) => export::run(args),
        LedgerCommand::Kinds(args) => kinds::run(args),
        LedgerCommand::Hold(args) => hold::hold(args),
        LedgerCommand::Release(args) => hold::release(args),
        LedgerCommand::Purge(args) => purge::run(args),
        LedgerCommand::Redact(args) => redact::run(args),
        LedgerCommand::Erase(args) => erase::run(args),
        LedgerCommand::Rotate(args) => rotate::run(args),
        LedgerCommand::Recover(args) => recover::run(args),
        LedgerCommand::Registry(command) => registry::run(command),
        LedgerCommand::Archive(command) => archive::run(command),
        LedgerCommand::Witness(command) => witness::run(command),
    }
}

/// Gives an object one member more.
fn put(object: &mut serde_json::Value, name: &str, value: serde_json::Value) {
    if let serde_json::Value::Object(members) = object {
        members.insert(name.to_owned(), value);
    }
}

/// So many of something, in words.
fn many(count: impl TryInto<u64>, one: &str, more: &str) -> String {
    let count = count.try_into().unwrap_or(u64::MAX);
    format!("{count} {}", if count == 1 { one } else { more })
}
