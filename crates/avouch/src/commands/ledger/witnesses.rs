//! The witnesses of a ledger: which are asked, and how far they vouch.

use super::{Failed, tell};
use anyhow::{Context, anyhow};
use avouch_beyond::witness::RemoteWitness;
use avouch_ledger::home::Home;
use avouch_ledger::log::{Ask, Seat, WITNESSES_MAX};
use avouch_ledger::merkle::Hash;
use avouch_ledger::note::{Note, VerifierKey, cosigned_at};
use avouch_ledger::storage::Disk;
use avouch_ledger::verify::WitnessPolicy;
use avouch_ledger::witness::LocalWitness;
use avouch_ledger::witnessed::{Cosigned, Witnessed};
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

/// The folder of the witness that a ledger begins with.
pub(super) const LOCAL: &str = "witness";

/// The policy of a ledger, if it has one.
pub(super) fn policy(home: &Home) -> Result<Option<WitnessPolicy>, Failed> {
    let Some(text) = home.witnesses().map_err(Failed::usage)? else { return Ok(None) };
    let path = home.root().join("witnesses");
    let policy = WitnessPolicy::parse(&text)
        .with_context(|| format!("the witness policy `{}`", path.display()));
    policy.map(Some).map_err(|error| {
        Failed::usage(error).advice("its lines are `witness NAME KEY [ADDRESS]`, `group NAME any|all|N NAME…` and `quorum NAME`")
    })
}

/// Those of a ledger's witnesses that can be asked.
pub(super) fn seats(home: &Home) -> Result<Vec<Seat>, Failed> {
    let Some(policy) = policy(home)? else { return Ok(Vec::new()) };
    let asked = policy.witnesses().iter().filter_map(|(key, at)| Some((key, at.as_ref()?)));
    let seats = asked.map(|(key, at)| seat(home, key, at)).collect::<Result<Vec<_>, _>>()?;
    if seats.len() > WITNESSES_MAX {
        let error = anyhow!("{} witnesses are to be asked", seats.len());
        return Err(Failed::usage(error).advice(format!("at most {WITNESSES_MAX} can be")));
    }
    Ok(seats)
}

fn seat(home: &Home, key: &VerifierKey, address: &str) -> Result<Seat, Failed> {
    let at: Arc<dyn Ask> = if let Some(folder) = address.strip_prefix("file:") {
        Arc::new(local(&home.root().join(folder), key)?)
    } else {
        Arc::new(RemoteWitness::new(address).map_err(|error| {
            Failed::usage(error).advice("an address begins with `http://`, `https://` or `file:`")
        })?)
    };
    Ok(Seat::new(key.clone(), at))
}

fn local(folder: &Path, key: &VerifierKey) -> Result<LocalWitness, Failed> {
    let seed = Home::read_seed(&folder.join("key")).map_err(|error| {
        Failed::usage(error).advice(
            "if the witness is another user's, let it serve with `avouch ledger witness serve` and put its address into the policy",
        )
    })?;
    let (disk, clock) = (Arc::new(Disk::new(folder)), crate::clock::clock());
    Ok(LocalWitness::new(disk, clock, key.name(), seed))
}

/// The newest checkpoints that the witnesses of a policy show of a log. One that shows none is said,
/// and an error if no witness shows any: nothing was learnt then.
pub(super) fn newest(
    home: &Home,
    policy: Option<&WitnessPolicy>,
    origin: &str,
) -> Result<Vec<Note>, Failed> {
    let path = format!("/{}/checkpoint", Hash::of(origin.as_bytes()).to_hex());
    let mut shown = Vec::new();
    for (key, address) in policy.into_iter().flat_map(WitnessPolicy::witnesses) {
        let Some(address) = address else { continue };
        match shown_by(home, key, address, &path, origin) {
            Ok(note) => shown.push(note),
            Err(error) => tell(&format!("the witness `{}` shows nothing: {error:#}", key.name())),
        }
    }
    if shown.is_empty() {
        return Err(Failed::usage(anyhow!("no witness shows a checkpoint of this log")).advice(
            "name a policy with the addresses of witnesses with `--witness-policy`, or leave `--ask-witnesses` out",
        ));
    }
    Ok(shown)
}

fn shown_by(
    home: &Home,
    key: &VerifierKey,
    address: &str,
    path: &str,
    origin: &str,
) -> anyhow::Result<Note> {
    let text = if let Some(folder) = address.strip_prefix("file:") {
        let known = avouch_ledger::witness::known(&Disk::read_only(home.root().join(folder)))?;
        let log = known.into_iter().find(|log| log.key.name() == origin);
        log.and_then(|log| log.note).ok_or_else(|| anyhow!("it cosigned nothing"))?
    } else {
        let (status, body) = RemoteWitness::new(address)?.ask("GET", path, &[])?;
        anyhow::ensure!(status == 200, "it answered with status {status}");
        String::from_utf8(body)?
    };
    let note = Note::parse(text.as_bytes())?;
    cosigned_at(&note, key)?;
    Ok(note)
}

/// How far the witnesses vouch for a ledger; `None` when it has no policy.
pub(super) fn witnessed(home: &Home) -> Result<Option<Witnessed>, Failed> {
    let Some(policy) = policy(home)? else { return Ok(None) };
    let found = Witnessed::of(&Disk::read_only(home.log()), &policy);
    found.map(Some).context("the published checkpoints").map_err(Failed::usage)
}

/// The same in words.
pub(super) fn in_words(found: &Witnessed) -> String {
    let mut text = match found.quorum {
        Some((size, _)) if size >= found.size => {
            format!("enough witnesses cosigned all {size} published entries\n")
        }
        Some((size, _)) => format!(
            "enough witnesses cosigned {size} entries; {} published after that are not yet vouched for\n",
            found.tail()
        ),
        None if found.more => {
            "not enough witnesses cosigned any of the newest checkpoints\n".to_owned()
        }
        None => "not enough witnesses cosigned any checkpoint\n".to_owned(),
    };
    for (name, newest) in &found.witnesses {
        let _ = match newest {
            Some((size, _)) => writeln!(text, "  {size:>10}  {name}"),
            None => writeln!(text, "  {:>10}  {name}", "none"),
        };
    }
    text
}

/// The same for programs.
pub(super) fn in_json(found: &Witnessed) -> serde_json::Value {
    let cosigned = |newest: &Option<Cosigned>| {
        newest.map(|(size, time_s)| serde_json::json!({ "size": size, "time_s": time_s }))
    };
    let witness = |(name, newest): &(String, Option<Cosigned>)| serde_json::json!({ "name": name, "cosigned": cosigned(newest) });
    serde_json::json!({
        "published": found.size,
        "quorum": cosigned(&found.quorum),
        "tail": found.tail(),
        "witnesses": found.witnesses.iter().map(witness).collect::<Vec<_>>(),
    })
}
