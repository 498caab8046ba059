//! `avouch doctor`: asks a gateway that runs what it must refuse, and says whether each control bites.
//!
//! It changes nothing: what it sends is to be refused, or only reads. What it could not find out is
//! said as that, and is never good.

mod around;
mod callers;
mod operations;
mod scene;
mod wire;

use super::{Failed, answer};
use crate::config::Config;
use crate::exit::Exit;
use clap::Args;
use scene::{Found, Scene};
use serde_json::json;
use std::fmt::Write;
use std::net::SocketAddr;
use std::path::PathBuf;

/// What to look at.
#[derive(Clone, Debug, Args)]
pub(crate) struct DoctorArgs {
    /// Configuration file of the gateway [default: avouch.toml]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where the gateway listens [default: the first listener of the configuration]
    #[arg(long, value_name = "ADDRESS")]
    address: Option<SocketAddr>,
    /// Where clients could find the API past the gateway; it must not be reachable there. Repeatable
    #[arg(long, value_name = "ADDRESS")]
    upstream: Vec<SocketAddr>,
    /// A token that is good now, as `env:NAME` or `file:PATH`: it must pass, and fail when it is changed
    #[arg(long, value_name = "PLACE")]
    token: Option<String>,
    /// A token whose time is over, as `env:NAME` or `file:PATH`
    #[arg(long, value_name = "PLACE")]
    expired: Option<String>,
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// One control, by the key that configures it, and what was found about it.
struct Line {
    control: &'static str,
    key: &'static str,
    found: Found,
}

/// A control and how it is tried.
struct Probe {
    control: &'static str,
    key: &'static str,
    run: fn(&Scene) -> Found,
}

/// All of them. Limits are tried last: they leave nothing for others.
const PROBES: &[&[Probe]] =
    &[wire::PROBES, callers::PROBES, operations::PROBES, around::PROBES, operations::LAST];

pub(super) fn run(args: &DoctorArgs) -> Result<Exit, Failed> {
    let config = Config::read(args.config.as_deref()).map_err(Failed::usage)?;
    let scene = Scene::new(args, &config)?;
    if !scene.is_there() {
        let address = scene.address;
        return Err(Failed::untested(anyhow::anyhow!("nobody listens at {address}"))
            .advice("start it with `avouch gateway`, or name where it is with --address"));
    }
    let before = around::recorded(&scene);
    let mut lines = Vec::new();
    for probe in PROBES.iter().copied().flatten() {
        lines.push(Line { control: probe.control, key: probe.key, found: (probe.run)(&scene) });
    }
    let found = around::grows(&scene, before);
    lines.push(Line { control: "requests are recorded", key: "ledger", found });
    answer(&if args.json { in_json(&scene, &lines) } else { in_words(&lines) })?;
    Ok(judged(&lines))
}

/// What does not bite counts more than what could not be tested.
fn judged(lines: &[Line]) -> Exit {
    let any = |is: fn(&Found) -> bool| lines.iter().any(|line| is(&line.found));
    if any(|found| matches!(found, Found::DoesNotBite(_))) {
        Exit::Findings
    } else if any(|found| matches!(found, Found::Untested(_))) {
        Exit::Untested
    } else {
        Exit::Clean
    }
}

fn in_json(scene: &Scene, lines: &[Line]) -> String {
    let controls: Vec<_> = lines
        .iter()
        .map(|line| {
            let (word, detail) = line.found.words();
            json!({ "control": line.control, "key": line.key, "result": word, "detail": detail })
        })
        .collect();
    format!("{}\n", json!({ "address": scene.address, "controls": controls }))
}

fn in_words(lines: &[Line]) -> String {
    let mut text = String::new();
    let wide = lines.iter().map(|line| line.control.len()).max().unwrap_or(0);
    for line in lines {
        let (word, detail) = line.found.words();
        // Writing to a text cannot fail.
        let _ = writeln!(text, "{word:<14}  {:<wide$}  {detail}", line.control);
    }
    let count = |is: fn(&Found) -> bool| lines.iter().filter(|line| is(&line.found)).count();
    let _ = writeln!(
        text,
        "\n{} bite, {} do not bite, {} could not be tested, {} are off",
        count(|found| matches!(found, Found::Bites(_))),
        count(|found| matches!(found, Found::DoesNotBite(_))),
        count(|found| matches!(found, Found::Untested(_))),
        count(|found| matches!(found, Found::Off(_))),
    );
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_is_never_good() {
        let line = |found| Line { control: "a", key: "b", found };
        let (bites, off) = (Found::Bites(String::new()), Found::Off(String::new()));
        let untested = Found::Untested(String::new());
        let does_not = Found::DoesNotBite(String::new());
        assert_eq!(judged(&[line(bites.clone()), line(off)]), Exit::Clean);
        assert_eq!(judged(&[line(bites), line(untested.clone())]), Exit::Untested);
        assert_eq!(judged(&[line(untested), line(does_not)]), Exit::Findings);
    }
}
