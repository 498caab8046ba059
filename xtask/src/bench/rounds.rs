//! Builds the scanner and the range, and lets one scan the other.

use super::compare::{RoundTally, SceneTally, Tally, compare};
use super::running::{Programs, Running, answer, description, folder};
use super::truth::{Api, Range, Scene};
use super::{Plan, Trouble, beside};
use anyhow::{Context, Result, bail, ensure};
use avouch_model::report::Report;

/// Why there is nothing to measure in this tree, if so.
pub(super) fn runnable() -> Result<(), String> {
    let main = crate::tree::root().join("crates/avouch-range/src/main.rs");
    if main.exists() { Ok(()) } else { Err("there is no `avouch-range` binary".to_owned()) }
}

/// Scans fresh APIs as planned; gives the worst round with the slowest time and most requests.
pub(super) fn scan(plan: &Plan) -> Result<Tally> {
    ensure!(plan.rounds > 0, "at least one run is needed");
    let programs = Programs::build(plan)?;
    let range = programs.range()?;
    let known = |name: &String| range.apis.iter().any(|api| api.name == *name);
    if let Some(name) = plan.apis.iter().find(|name| !known(name)) {
        let names: Vec<&str> = range.apis.iter().map(|api| api.name.as_str()).collect();
        bail!("no API `{name}`: there are {}", names.join(", "));
    }
    let mut worst: Option<Tally> = None;
    let mut rounds = Vec::new();
    for _ in 0..plan.rounds {
        for trouble in &plan.troubles {
            let tally = one_round(&programs, &range, plan, *trouble)?;
            rounds.push(RoundTally {
                under: trouble.name(),
                found: tally.found,
                missed: tally.missed,
                r#false: tally.r#false,
                not_evaluable: tally.not_evaluable,
                trapped: tally.trapped,
                requests: tally.requests,
                seconds: tally.seconds,
            });
            worst = Some(match worst {
                Some(before) => worse(before, tally),
                None => tally,
            });
        }
    }
    // What was measured is in the tally; after an error the files stay, to be looked at.
    std::fs::remove_dir_all(folder()?).context("the measurement's files could not be removed")?;
    let worst = worst.context("no round was run")?;
    Ok(Tally { rounds, ..worst })
}

/// One scan of each scene of each API, added up.
fn one_round(programs: &Programs, range: &Range, plan: &Plan, trouble: Trouble) -> Result<Tally> {
    let mut sum: Option<Tally> = None;
    for api in range.apis.iter().filter(|api| plan.apis.is_empty() || plan.apis.contains(&api.name))
    {
        for scene in &api.scenes {
            let name = format!("{}, {}{}", api.name, scene.name, trouble.note());
            let report = one_scan(programs, api, scene, trouble)
                .with_context(|| format!("scanning {name}"))?;
            let mut tally =
                compare(&scene.truth(api, trouble), &report, |weakness| scene.allows(weakness));
            for detail in &mut tally.details {
                *detail = format!("{name}: {detail}");
            }
            eprintln!("{name}: {} requests, {:.1} s", tally.requests, tally.seconds);
            if plan.beside && beside::is_shown(scene, trouble) {
                tally.others = beside::rows(programs, api, scene, &tally)?;
            }
            tally.scenes =
                vec![SceneTally { scene: name, requests: tally.requests, seconds: tally.seconds }];
            sum = Some(match sum {
                Some(before) => before.plus(tally),
                None => tally,
            });
        }
    }
    sum.context("there is no scene")
}

/// The round with more that is wrong, with the higher of both costs.
fn worse(a: Tally, b: Tally) -> Tally {
    let requests = a.requests.max(b.requests);
    let seconds = a.seconds.max(b.seconds);
    let badness = |t: &Tally| (!t.is_good(), t.r#false + t.missed + t.trapped, t.not_evaluable);
    let (worst, better) = if badness(&b) > badness(&a) { (b, a) } else { (a, b) };
    // Other scanners are measured in calm alone.
    let others = if worst.others.is_empty() { better.others } else { worst.others };
    Tally { requests, seconds, others, ..worst }
}

fn one_scan(programs: &Programs, api: &Api, scene: &Scene, trouble: Trouble) -> Result<Report> {
    let range = Running::start(programs, api, scene, trouble)?;
    let serving = &range.serving;
    let folder = folder()?;
    let config = folder.join("avouch.toml");
    let (text, passwords) = serving.configuration(scene);
    std::fs::write(&config, text)?;
    let mut avouch = programs.command("avouch");
    avouch.arg("scan");
    if let Some(description) = description(programs, api, scene, &serving.base_url)? {
        avouch.arg("--openapi").arg(description);
    }
    avouch.args([&serving.base_url, "--quiet", "--format", "json"]);
    if let Some(resolve) = &serving.resolve {
        avouch.args(["--resolve", resolve]);
    }
    if let Some(ca) = &serving.ca {
        let path = folder.join("ca.pem");
        std::fs::write(&path, ca)?;
        avouch.arg("--ca").arg(path);
    }
    if scene.active {
        avouch.arg("--active");
    }
    if !scene.disruptive.is_empty() {
        avouch.args(["--disruptive", &scene.disruptive.join(",")]);
    }
    avouch.arg("--config").arg(&config).arg("--state").arg(folder.join("state")).envs(passwords);
    let json = answer(&mut avouch, &[0, 1])?;
    serde_json::from_slice(&json).context("the report could not be read")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(found: u32, missed: u32, requests: u64) -> Tally {
        Tally {
            found,
            missed,
            requests,
            seconds: 1.0,
            ending: "complete".to_owned(),
            ..Tally::default()
        }
    }

    #[test]
    fn of_several_rounds_the_worst_counts() {
        let worst = worse(worse(tally(3, 0, 10), tally(2, 1, 5)), tally(3, 0, 30));
        assert_eq!((worst.missed, worst.requests), (1, 30));
    }

    #[test]
    fn no_rounds_are_no_measurement() {
        let plan = Plan { rounds: 0, ..Plan::default() };
        assert!(scan(&plan).is_err());
    }
}
