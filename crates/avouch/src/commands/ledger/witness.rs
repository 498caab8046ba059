//! `avouch ledger witness`

// Writing to a string does not fail: the results are left out.
use super::beyond_args::{WitnessCommand, WitnessInitArgs, WitnessPlaceArgs};
use super::{Failed, answer, place, tell};
use crate::exit::Exit;
use anyhow::anyhow;
use avouch_ledger::home::Home;
use avouch_ledger::keys::Secret32;
use avouch_ledger::note::{Cosigner, VerifierKey};
use avouch_ledger::storage::{Disk, SystemClock, SystemRng};
use avouch_ledger::witness::{Known, Witness, WitnessError};
use serde_json::json;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

/// The file of the public key.
const PUBLIC: &str = "witness.vkey";

/// Does what was asked of a witness.
pub(super) fn run(command: &WitnessCommand) -> Result<Exit, Failed> {
    match command {
        WitnessCommand::Init(args) => init(args),
        WitnessCommand::Add { place, key } => {
            let witness = open(&place.witness)?;
            let key = place::key(Some(key), &Home::new(&place.witness))?;
            witness.add_log(&key).map_err(unfit)?;
            answer(&format!("cosigns `{}` from now on\n", key.name()))?;
            Ok(Exit::Clean)
        }
        WitnessCommand::Show { place, json } => show(place, *json),
        WitnessCommand::Serve { place, listen } => {
            let witness = Arc::new(open(&place.witness)?);
            let known = witness.logs().map_err(unfit)?.len();
            if known == 0 {
                tell(
                    "it knows no log yet: end it, and make one known with `avouch ledger witness add`",
                );
            }
            let key = witness.verifier().clone();
            let bound = |address: std::net::SocketAddr| {
                // Whoever started it may have no interest in the answer.
                let _ = answer(&format!(
                    "cosigns {known} logs as {key}\nlistens on http://{address}\n"
                ));
            };
            let clock = Arc::new(SystemClock::start());
            avouch_beyond::witness::serve(witness, clock, *listen, bound).map_err(|error| {
                let error = anyhow::Error::from(error).context(format!("cannot serve at {listen}"));
                Failed::usage(error).advice("name a free address with `--listen`")
            })?;
            Ok(Exit::Clean)
        }
    }
}

/// Makes a witness and gives its public key.
pub(super) fn make(folder: &Path, name: &str) -> Result<VerifierKey, Failed> {
    let seed = Secret32::random(&SystemRng).map_err(Failed::broken)?;
    let cosigner = Cosigner::new(name, seed.danger_bytes()).map_err(Failed::usage)?;
    Home::write_seed_to(&folder.join("key"), &seed).map_err(Failed::usage)?;
    let key = cosigner.verifier().clone();
    Home::write_text_to(&folder.join(PUBLIC), &format!("{key}\n")).map_err(Failed::usage)?;
    Ok(key)
}

fn init(args: &WitnessInitArgs) -> Result<Exit, Failed> {
    let folder = &args.place.witness;
    if folder.join("key").exists() {
        let error = anyhow!("there is a witness in `{}` already", folder.display());
        return Err(Failed::usage(error).advice("name another folder: a key is never overwritten"));
    }
    let key = make(folder, &args.name)?;
    let text = if args.json {
        format!("{}\n", json!({ "key": key.to_string() }))
    } else {
        format!(
            "made a witness in {}\n\nits public key, for policies:\n  {key}\n\nnext: make a log known with `avouch ledger witness add`, then `avouch ledger witness serve`\n",
            folder.display()
        )
    };
    answer(&text)?;
    Ok(Exit::Clean)
}

/// Takes up the witness of a folder.
pub(super) fn open(folder: &Path) -> Result<Witness, Failed> {
    let advice = "make one with `avouch ledger witness init`, or name its folder";
    let seed = Home::read_seed(&folder.join("key"))
        .map_err(|error| Failed::usage(error).advice(advice))?;
    let key = place::key(Some(&folder.join(PUBLIC).to_string_lossy()), &Home::new(folder))?;
    let cosigner = Cosigner::new(key.name(), seed.danger_bytes()).map_err(Failed::usage)?;
    if *cosigner.verifier() != key {
        let path = folder.join(PUBLIC);
        return Err(Failed::usage(anyhow!(
            "`{}` is not the public half of the key beside it",
            path.display()
        )));
    }
    Witness::open(Arc::new(Disk::new(folder)), cosigner).map_err(unfit)
}

fn unfit(error: WitnessError) -> Failed {
    let (exit, advice) = match &error {
        WitnessError::InUse => (Exit::Usage, "end the process that uses it first"),
        WitnessError::Damaged(_) => (
            Exit::Tampered,
            "restore its folder from a copy that is not older than what it cosigned last, or make a new witness",
        ),
        WitnessError::OtherKey(_) => (Exit::Usage, "a name stands for one log: name another log"),
        _ => (Exit::Usage, "see that the disk is there, writable and not full"),
    };
    Failed { exit, error: error.into(), advice: Some(advice.to_owned()) }
}

fn show(place: &WitnessPlaceArgs, as_json: bool) -> Result<Exit, Failed> {
    let disk = Disk::read_only(&place.witness);
    let logs = avouch_ledger::witness::known(&disk).map_err(unfit)?;
    let mut text = String::new();
    for log in &logs {
        let Known { key, seen, epochs, .. } = log;
        let _ = if as_json {
            let value = json!({
                "log": key.name(), "key": key.to_string(), "size": seen.size,
                "root": seen.root.to_hex(), "epochs": epochs.len(),
            });
            writeln!(text, "{value}")
        } else {
            writeln!(text, "{:>10}  {}", seen.size, key.name())
        };
    }
    if logs.is_empty() && !as_json {
        text += "it knows no log\n";
    }
    answer(&text)?;
    Ok(Exit::Clean)
}
