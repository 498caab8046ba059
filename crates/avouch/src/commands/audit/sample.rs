//! `avouch audit sample`

use super::args::SampleArgs;
use super::package::{nonce, read};
use super::{Failed, answer, tell};
use crate::exit::Exit;
use anyhow::anyhow;
use avouch_ledger::format::canonical::to_hex;
use avouch_ledger::keys::Secret32;
use avouch_ledger::merkle::Hash;
use avouch_ledger::storage::SystemRng;
use avouch_package::engagement::Engagement;
use avouch_package::sampling::{Rule, Table};
use avouch_package::verify::draw;

/// Makes a nonce, or draws samples again.
pub(super) fn run(args: &SampleArgs) -> Result<Exit, Failed> {
    if args.new {
        let secret = Secret32::random(&SystemRng).map_err(Failed::broken)?;
        let nonce = secret.danger_bytes().first_chunk::<16>().copied().unwrap_or_default();
        answer(&format!("{}  keep this to yourself until the period is over\n", to_hex(&nonce)))?;
        answer(&format!("{}  give this away now\n", Hash::of(&nonce).to_hex()))?;
        return Ok(Exit::Clean);
    }
    let (Some(folder), Some(text)) = (&args.package, &args.nonce) else {
        return Err(Failed::usage(anyhow!("a package and a nonce are needed")));
    };
    let nonce = nonce(text)?;
    let bytes = read(&folder.join("engagement.json"), "the engagement")?;
    let engagement = Engagement::parse(&bytes).map_err(Failed::usage)?;
    if !engagement.is_nonce(&nonce) {
        tell("this is not the nonce that the engagement commits to: what is drawn proves nothing");
    }
    let table = match args.size {
        Some(size) => Table {
            rules: vec![Rule { percent: None, take: Some(size), up_to: None }],
            ..engagement.sampling.clone()
        },
        None => engagement.sampling.clone(),
    };
    let samples = draw(folder, nonce, &table).map_err(|error| {
        Failed::usage(error).advice("see what is wrong with `avouch audit verify`")
    })?;
    for (name, sample) in samples {
        if args.population.is_empty() || args.population.contains(&name) {
            answer(&format!("{sample}\n"))?;
        }
    }
    Ok(Exit::Clean)
}
