//! `avouch ledger prove`

use super::args::ProveArgs;
use super::show::Opener;
use super::{Failed, answer, facts, place, tell};
use crate::exit::Exit;
use anyhow::{Context, anyhow};
use avouch_ledger::format::{EntryHeader, Record, fields};
use avouch_ledger::home::Home;
use avouch_ledger::keys::{KeyRing, record_key};
use avouch_ledger::note::VerifierKey;
use avouch_ledger::proofs::{self, Proven};
use avouch_ledger::storage::Disk;
use serde_json::{Value, json};
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::sync::Arc;

/// LIMIT: bytes of the proof of one entry.
const PROOF_BYTES_MAX: u64 = 256 * 1024;

/// Makes a proof, or checks one.
pub(super) fn run(args: &ProveArgs) -> Result<Exit, Failed> {
    match (&args.check, args.entry) {
        (Some(file), _) => check(args, file),
        (None, Some(entry)) => make(args, entry),
        (None, None) => Err(Failed::usage(anyhow!("no entry was named"))),
    }
}

fn make(args: &ProveArgs, index: u64) -> Result<Exit, Failed> {
    let home = place::existing(&args.place)?;
    let storage = Arc::new(Disk::read_only(home.log()));
    let mut opener = if args.disclose {
        let ring = KeyRing::load(storage.as_ref()).map_err(Failed::usage)?;
        let kek = place::kek(&home, &ring)?;
        Some(Opener::new(ring, kek))
    } else {
        None
    };
    let key = |header: &EntryHeader| {
        let keys = opener.as_mut()?.keys(header.period)?;
        record_key(keys, header).ok()
    };
    let proof = proofs::make(storage, index, key).map_err(Failed::usage)?;
    answer(&proof)?;
    Ok(Exit::Clean)
}

fn check(args: &ProveArgs, file: &Path) -> Result<Exit, Failed> {
    let key = place::key(args.key.as_deref(), &Home::new(&args.place.ledger))?;
    let unreadable = || format!("the proof `{}`", file.display());
    let mut from =
        BufReader::new(File::open(file).with_context(unreadable).map_err(Failed::usage)?);
    if proofs::is_export(from.fill_buf().with_context(unreadable).map_err(Failed::usage)?) {
        return check_export(from, &key);
    }
    let mut text = String::new();
    from.take(PROOF_BYTES_MAX)
        .read_to_string(&mut text)
        .with_context(unreadable)
        .map_err(Failed::usage)?;
    match proofs::check(&text, &key) {
        Ok(proven) => {
            answer(&describe(&proven))?;
            Ok(Exit::Clean)
        }
        Err(error) => Err(refused(error.into())),
    }
}

/// Checks an export, and prints the records that it gives the keys of.
fn check_export(from: impl BufRead, key: &VerifierKey) -> Result<Exit, Failed> {
    let mut said = Ok(());
    let proven = proofs::check_export(from, key, |exhibit| {
        let Some(record) = exhibit.record else { return };
        if said.is_ok() {
            said = answer(&format!("{}\n", shown(exhibit.index, record)));
        }
    });
    said?;
    let proven = proven.map_err(|error| refused(error.into()))?;
    let about = match &proven.question {
        None => "all".to_owned(),
        Some(question) => {
            let name = fields::NAMES.iter().find(|(field, _)| *field == question.field);
            let name =
                name.map_or_else(|| question.field.to_string(), |(_, name)| (*name).to_owned());
            format!("all with {name}={}", String::from_utf8_lossy(&question.value))
        }
    };
    let (first, end) = (proven.range.start, proven.range.end);
    if let Some(missing) = proven.missing.first() {
        let more = proven.missing.len();
        return Err(refused(anyhow!("it leaves things out ({more}), such as {missing}")));
    }
    if let Some(period) = proven.unproven_terms.first() {
        let error =
            anyhow!("nothing shows that it is about the value asked for, in period {period}");
        return Err(Failed { exit: Exit::Untested, error, advice: None }
            .advice("ask for the proof again, with the keys of the index"));
    }
    tell(&format!(
        "PROVEN  of the entries {first} to {end} of the first {} of `{}`, these are {about}; {} are shown, {} were purged or redacted",
        proven.size, proven.origin, proven.entries, proven.holes
    ));
    Ok(Exit::Clean)
}

fn describe(proven: &Proven) -> String {
    let mut text = format!(
        "PROVEN  the entry {} is among the first {} of `{}`\n",
        proven.index, proven.size, proven.origin
    );
    if let Some(record) = &proven.record {
        text.push_str(&shown(proven.index, record).to_string());
        text.push('\n');
    }
    text
}

/// A record that was given away, as `show --json` and `query` show one.
fn shown(index: u64, record: &Record) -> Value {
    let mut value = json!({ "index": index });
    facts::describe(record, &mut value);
    value
}

fn refused(error: anyhow::Error) -> Failed {
    Failed { exit: Exit::Tampered, error, advice: None }
        .advice("with this public key it proves nothing: see that the key is the right one")
}
