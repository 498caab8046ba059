//! The step that measures the scanner against the range. Only with `--long`: it builds for release.

use super::{Detail, End, Options};
use crate::bench;

pub(super) fn run(_: Options) -> End {
    if let Err(why) = bench::runnable() {
        return End::Skipped(why);
    }
    match bench::scan(&bench::Plan::default()) {
        Ok(tally) => {
            bench::show(&tally);
            let note =
                format!("{} found, {} missed, {} false", tally.found, tally.missed, tally.r#false);
            let detail = Detail { note, counts: None };
            if tally.is_good() { End::Passed(detail) } else { End::Failed(detail) }
        }
        Err(error) => End::Failed(Detail { note: format!("{error:#}"), counts: None }),
    }
}
