//! `avouch ledger rotate`

use super::args::PlaceArgs;
use super::{Failed, answer, place};
use crate::exit::Exit;

/// Changes the signing key.
pub(super) fn run(args: &PlaceArgs) -> Result<Exit, Failed> {
    let ledger = place::open(args)?;
    let epoch = ledger.rotate().map_err(Failed::usage)?;
    place::close(ledger)?;
    answer(&format!("epoch {epoch} began; the key before it is destroyed\n"))?;
    Ok(Exit::Clean)
}
