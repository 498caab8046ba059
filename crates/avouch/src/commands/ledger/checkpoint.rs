//! `avouch ledger checkpoint`

use super::args::PlaceArgs;
use super::{Failed, answer, place, tell, witnesses};
use crate::exit::Exit;
use anyhow::Context;

/// Prints the newest published checkpoint, and beside it how far witnesses vouch.
pub(super) fn run(args: &PlaceArgs) -> Result<Exit, Failed> {
    let home = place::existing(args)?;
    let path = home.log().join("checkpoint");
    let text = std::fs::read_to_string(&path)
        .with_context(|| format!("`{}` cannot be read", path.display()))
        .map_err(Failed::usage)?;
    if let Some(found) = witnesses::witnessed(&home)? {
        tell(witnesses::in_words(&found).trim_end());
    }
    answer(&text)?;
    Ok(Exit::Clean)
}
