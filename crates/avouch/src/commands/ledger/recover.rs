//! `avouch ledger recover`

use super::args::PlaceArgs;
use super::{Failed, answer, hold, place};
use crate::exit::Exit;
use avouch_ledger::home::Home;
use avouch_ledger::log::OpenError;
use clap::Args;
use std::path::PathBuf;

/// Who stands for a new signing key.
#[derive(Clone, Debug, Args)]
pub(crate) struct RecoverArgs {
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
    /// The key file of the log's identity, from where it is kept off this machine
    #[arg(long, value_name = "FILE")]
    pub(crate) identity: PathBuf,
    /// The key file of an administrator who approves. Repeatable
    #[arg(long, value_name = "FILE", required = true)]
    pub(crate) approve: Vec<PathBuf>,
}

/// Lets a new key sign where the one before is lost.
pub(super) fn run(args: &RecoverArgs) -> Result<Exit, Failed> {
    let identity = Home::read_seed(&args.identity).map_err(Failed::usage)?;
    let approvals = hold::keys(&args.approve)?;
    let ledger = place::open_anew(&args.place, &identity, &approvals)?.map_err(refused)?;
    place::close(ledger)?;
    answer(
        "a new key signs from here on; every report of the ledger will say that the one before was lost\n",
    )?;
    Ok(Exit::Clean)
}

fn refused(error: OpenError) -> Failed {
    let advice = match &error {
        OpenError::Stranger => {
            "name the file that `avouch ledger init` wrote as `private/identity`"
        }
        OpenError::Anew(_) => {
            "nothing was changed: name the key files of as many administrators as must approve"
        }
        _ => return place::refused(error),
    };
    Failed::usage(error).advice(advice)
}
