//! `avouch audit key`

use super::args::AuditorKeyArgs;
use super::{Failed, answer, tell};
use crate::exit::Exit;
use anyhow::anyhow;
use avouch_ledger::format::canonical::to_hex;
use avouch_ledger::home::Home;
use avouch_ledger::keys::Secret32;
use avouch_ledger::note::Signer;
use avouch_ledger::storage::SystemRng;
use avouch_package::engagement::Engagement;
use std::path::Path;

/// Makes the auditor's key.
pub(super) fn run(args: &AuditorKeyArgs) -> Result<Exit, Failed> {
    if args.file.exists() {
        return Err(Failed::usage(anyhow!("`{}` is there already", args.file.display()))
            .advice("a key is never written over: name another file"));
    }
    let seed = Secret32::random(&SystemRng).map_err(Failed::broken)?;
    Home::write_seed_to(&args.file, &seed).map_err(Failed::usage)?;
    answer(&format!("{}\n", to_hex(signer(&args.file)?.verifier().public())))?;
    tell(&format!(
        "keep `{}` to yourself; give the public key above to whoever runs `avouch audit open`, as `--auditor-key`",
        args.file.display()
    ));
    Ok(Exit::Clean)
}

/// The auditor's key in a file.
pub(super) fn signer(file: &Path) -> Result<Signer, Failed> {
    let seed = Home::read_seed(file).map_err(|error| {
        Failed::usage(error).advice("`avouch audit key FILE` makes a key of the auditor")
    })?;
    Signer::of_note("auditor", seed.danger_bytes()).map_err(Failed::usage)
}

/// The auditor's key in a file, which must be the one that was agreed on.
pub(super) fn agreed(file: &Path, engagement: &Engagement) -> Result<Signer, Failed> {
    let signer = signer(file)?;
    if Some(to_hex(signer.verifier().public())) == engagement.auditor_key {
        return Ok(signer);
    }
    Err(Failed::usage(anyhow!("this is not the auditor's key of the engagement")).advice(
        "the engagement names it as `auditor_key`; `avouch audit open --auditor-key` agrees on one",
    ))
}
