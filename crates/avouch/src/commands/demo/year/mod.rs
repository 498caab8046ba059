//! `avouch demo --year`: a whole year of a small company that sells by an API, and the package of it.
//!
//! The year is told and not lived: people, dates and events are made up, the clock is set by the story. All
//! else is real: the commands are those that a team types, the guard judges each request, a shop of the range
//! answers and is scanned, the controls judge what the ledger holds. What the year has against it was put
//! there on purpose, and has to be found.

mod diary;
mod edge;
mod play;
mod visits;

use super::stage::Stage;
use super::{Failed, answer};
use crate::cli::DemoArgs;
use crate::exit::Exit;
use play::Play;

/// The year, quarter by quarter.
const QUARTERS: [&str; 4] = [
    include_str!("quarter1.txt"),
    include_str!("quarter2.txt"),
    include_str!("quarter3.txt"),
    include_str!("quarter4.txt"),
];

/// Tells the year, makes its package, and judges that as an auditor would.
pub(super) fn run(args: &DemoArgs) -> Result<Exit, Failed> {
    let mut stage = Stage::build(!args.no_pause)?;
    stage.act(
        "A simulated year",
        "Nothing of this happened: a company, its people and all events of 2025 are made up, and the clock is\nset by the story. The commands, the guard, the scans, the ledger and the controls are the real ones.",
    )?;
    std::env::set_current_dir(stage.path("")).map_err(Failed::usage)?;
    let mut play = Play::begin(args.verbose)?;
    for quarter in QUARTERS {
        for act in diary::read(quarter).map_err(Failed::broken)? {
            play.act(&act)?;
        }
    }
    let told = play.end()?;
    answer(&format!("\n{told}\n"))?;
    packed(&mut stage)?;
    Ok(Exit::Clean)
}

/// Judges the package as an auditor would, by another process and the machine's clock.
fn packed(stage: &mut Stage) -> Result<(), Failed> {
    stage.act(
        "What an auditor does with the package",
        "It is judged by another process, with nothing but the public key of the ledger.",
    )?;
    stage.run(&["audit", "verify", "package", "--key", "ledger/identity.vkey"], 0)?;
    answer(&format!(
        "\n  the report:    {}\n  or in a browser, with no network: {}\n  where the answers to an auditor's questions are: docs/pbc.md of the project\n",
        stage.path("package/report/report.html").display(),
        stage.path("package/verify.html").display(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_year_can_be_read_and_goes_forward() {
        let acts: Vec<_> = QUARTERS.iter().flat_map(|text| diary::read(text).unwrap()).collect();
        assert!(acts.windows(2).all(|pair| pair[0].at_ms <= pair[1].at_ms));
        // Nobody may take the report for one about something that happened.
        let opens = |act: &&diary::Act| act.line.starts_with("audit open");
        let opened = acts.iter().find(opens).unwrap();
        assert!(opened.line.contains("SIMULATED YEAR") && opened.line.contains("made up"));
        let typed = acts.iter().filter(|act| matches!(act.what, diary::What::Typed { .. }));
        assert!(typed.count() > 100);
    }
}
