//! `avouch checks`

use super::{Failed, answer, checks_page};
use crate::exit::Exit;
use avouch_scan::checks;

/// Lists the checks.
pub(super) fn run(json: bool, markdown: bool) -> Result<Exit, Failed> {
    if markdown {
        answer(&checks_page::page())?;
    } else if json {
        let facts: Vec<_> = checks::all().map(avouch_scan::check::Check::facts).collect();
        let text = serde_json::to_string_pretty(&facts).map_err(Failed::broken)?;
        answer(&format!("{text}\n"))?;
    } else {
        let lines = checks::all().map(|check| {
            let (id, tier, severity) = (check.id, check.tier.letter(), check.severity.name());
            format!("{id:8} {tier} {severity:8} {}\n", check.title)
        });
        answer(&lines.collect::<String>())?;
        super::tell("\nP passive, R reads only: the default. A active: with `--active`.");
    }
    Ok(Exit::Clean)
}
