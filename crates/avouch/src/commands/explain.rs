//! `avouch explain ID`

use super::{Failed, answer, options};
use crate::exit::Exit;
use avouch_scan::checks;

/// Shows a check's page.
pub(super) fn run(name: &str) -> Result<Exit, Failed> {
    let Some(check) = checks::find(name) else {
        let error = anyhow::anyhow!("there is no check `{name}`");
        return Err(Failed::usage(error).advice("`avouch checks` lists them"));
    };
    answer(&avouch_report::explain::page(&check.facts(), &options(false)))?;
    Ok(Exit::Clean)
}
