//! `avouch audit canary`

use super::args::CanaryArgs;
use super::{Failed, answer, tell};
use crate::exit::Exit;
use anyhow::{Context, anyhow};
use avouch_ledger::format::canonical::to_hex;
use avouch_ledger::keys::Secret32;
use avouch_ledger::merkle::Hash;
use avouch_ledger::storage::SystemRng;

/// LIMIT: marked requests of one engagement.
const COUNT_MAX: u32 = 100_000;

/// Makes the auditor's list of marked requests.
pub(super) fn run(args: &CanaryArgs) -> Result<Exit, Failed> {
    if args.count == 0 || args.count > COUNT_MAX {
        return Err(Failed::usage(anyhow!("between 1 and {COUNT_MAX} requests can be marked"))
            .advice("300 without a loss bound it at one percent"));
    }
    let mut list = String::new();
    for _ in 0..args.count {
        let secret = Secret32::random(&SystemRng).map_err(Failed::broken)?;
        let marker = secret.danger_bytes().first_chunk::<16>().copied().unwrap_or_default();
        list.push_str(&to_hex(&marker));
        list.push('\n');
    }
    let written = std::fs::File::create_new(&args.out)
        .and_then(|mut file| std::io::Write::write_all(&mut file, list.as_bytes()));
    written.with_context(|| format!("`{}` cannot be written", args.out.display())).map_err(
        |error| {
            Failed::usage(error)
                .advice("a list is never written over: name another file with `--out`")
        },
    )?;
    answer(&format!("{}\n", Hash::of(list.as_bytes()).to_hex()))?;
    tell(&format!(
        "give the digest above to whoever runs `avouch audit open`, as `--canaries-commitment`, and keep `{0}` to yourself until the period is over; send one request for each line, spread over the period and like those of others, with its line as the id of a trace:\n  curl -H \"traceparent: 00-$(sed -n 1p {0})-$(openssl rand -hex 8)-01\" https://api.example.com/…",
        args.out.display()
    ));
    Ok(Exit::Clean)
}
