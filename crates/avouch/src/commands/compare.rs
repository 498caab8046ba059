//! `avouch compare OLD NEW`

use super::{Failed, answer, options};
use crate::cli::CompareArgs;
use crate::exit::Exit;
use crate::reports;
use avouch_report::comparison::{self, Comparison};

/// Says what changed between two reports. What is not known any more comes before what is new.
pub(super) fn run(args: &CompareArgs) -> Result<Exit, Failed> {
    let old = reports::read(&args.old).map_err(Failed::usage)?;
    let new = reports::read(&args.new).map_err(Failed::usage)?;
    let comparison = Comparison::of(&old, &new);
    let text = if args.json {
        serde_json::to_string_pretty(&comparison).map_err(Failed::broken)? + "\n"
    } else if args.markdown {
        comparison::markdown(&comparison)
    } else {
        comparison::terminal(&comparison, &options(args.verbose))
    };
    answer(&text)?;
    Ok(match (comparison.is_whole(), comparison.worse().next()) {
        (false, _) => Exit::Untested,
        (true, Some(_)) => Exit::Findings,
        (true, None) => Exit::Clean,
    })
}
