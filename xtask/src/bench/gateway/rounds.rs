//! Everything once a round, one after the other, so that what disturbs the machine disturbs all.

use super::super::cpu::spent_s;
use super::super::running::folder;
use super::doors::{ALL_ON_GET, CASES, Doors, Load};
use super::load::{self, Pace};
use super::ours::Program;
use super::plan::Plan;
use super::servers::Server;
use super::tally::{NGINX, OURS, Sample, Samples, Tally};
use super::{memory, peers};
use anyhow::{Context, Result, ensure};

/// Measures as planned.
///
/// Errors: nginx or `wrk` is missing, the gateway cannot be built or started, a control does not bite,
/// or a request fails.
pub(crate) fn measure(plan: &Plan) -> Result<Tally> {
    ensure!(plan.rounds > 0, "at least one round is needed");
    peers::ensure_there()?;
    load::ensure_there()?;
    let program = Program::of(plan.program.as_deref())?;
    let folder = folder()?;
    let mut doors = Doors::open(&program, &folder)?;
    let mut tally = Tally { quick: plan.quick, rounds: plan.rounds, ..Tally::default() };
    tally.memory = memory::measure(doors.ours("plain")?, "", plan.idle_connections())?;
    let mut samples = Samples::default();
    for number in 0..plan.rounds {
        eprintln!("round {} of {}", number + 1, plan.rounds);
        let round = Round { plan, doors: &doors, samples: &mut samples };
        round.run().with_context(|| format!("round {}", number + 1))?;
    }
    tally.missing = std::mem::take(&mut doors.missing);
    drop(doors);
    // What was measured is in the tally; after an error the files stay, to be looked at.
    std::fs::remove_dir_all(&folder).context("the measurement's files could not be removed")?;
    tally.fill(&samples);
    Ok(tally)
}

/// One round.
struct Round<'r> {
    plan: &'r Plan,
    doors: &'r Doors,
    samples: &'r mut Samples,
}

impl Round<'_> {
    fn run(mut self) -> Result<()> {
        let mut before = None;
        for case in CASES {
            // nginx is measured beside what is compared with it.
            if before != Some(case.load) {
                self.one(NGINX, case.load.name(), self.doors.nginx(case.load), case.load)?;
                before = Some(case.load);
            }
            self.one(OURS, case.name, self.doors.ours(case.name)?, case.load)?;
        }
        for (name, server) in &self.doors.peers {
            for load in [Load::Read, Load::Write] {
                self.one(name, load.name(), server, load)?;
            }
        }
        for (name, load) in [
            ("plain", Load::Read),
            (ALL_ON_GET, Load::ReadWithToken),
            ("all_on_post", Load::WriteWithToken),
        ] {
            self.resting(NGINX, load.name(), self.doors.nginx(load), load)?;
            self.resting(OURS, name, self.doors.ours(name)?, load)?;
        }
        Ok(())
    }

    /// One proxy under full load.
    fn one(
        &mut self,
        who: &'static str,
        name: &'static str,
        at: &Server,
        load: Load,
    ) -> Result<()> {
        let script = self.doors.script(load, Pace::Full)?;
        let before = spent_s(at.process())?;
        let seen = load::run(script, &url(at, load), self.plan.seconds())
            .with_context(|| format!("{who}, {name}"))?;
        let cpu_s = spent_s(at.process())? - before;
        self.samples.add(
            who,
            name,
            Sample {
                cpu_us: cpu_s * 1e6 / seen.requests,
                per_second: seen.requests / seen.seconds,
                p50_ms: seen.p50_ms,
                p99_ms: seen.p99_ms,
            },
        );
        Ok(())
    }

    /// One proxy whose clients rest between requests.
    fn resting(&mut self, who: &'static str, name: &str, at: &Server, load: Load) -> Result<()> {
        let script = self.doors.script(load, Pace::Rests)?;
        let seen = load::run(script, &url(at, load), self.plan.seconds())
            .with_context(|| format!("{who}, {name}, resting"))?;
        self.samples.rested(who, name, seen.p99_ms);
        Ok(())
    }
}

fn url(server: &Server, load: Load) -> String {
    let scheme = if load == Load::ReadOverTls { "https" } else { "http" };
    format!("{scheme}://127.0.0.1:{}/", server.port)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_rounds_are_no_measurement() {
        assert!(measure(&Plan { rounds: 0, ..Plan::default() }).is_err());
    }
}
