//! What a scan costs as the API grows: requests, seconds and memory of APIs of 125 to 1,000
//! operations that have no weakness.

use super::Plan;
use super::cpu::most_held_bytes;
use super::running::{Programs, Running, folder};
use anyhow::{Context, Result, ensure};
use avouch_model::report::Report;
use serde::Serialize;
use std::process::Stdio;
use std::time::Duration;

/// How many operations the measured APIs have.
const SIZES: [u32; 4] = [125, 250, 500, 1_000];
/// How much dearer an operation of the largest API may be than one of the smallest. Connecting,
/// logging in and what is asked of the target as a whole make the smallest dearer, not the largest.
const DEARER_MAX: f64 = 1.25;
/// What a scan may hold, in MiB.
const MEMORY_MAX_MIB: f64 = 200.0;
/// How often the scanner's memory is looked at.
const LOOK: Duration = Duration::from_millis(20);

/// What was measured.
#[derive(Debug, Serialize)]
pub(crate) struct Growth {
    /// One scan of each size.
    pub(crate) scans: Vec<Cost>,
    /// Requests of one operation of the largest by those of the smallest; 1 is linear.
    pub(crate) requests_ratio: f64,
    /// The same of seconds.
    pub(crate) seconds_ratio: f64,
    /// The same of the memory that grows: what is held by the largest less what is held by the
    /// smallest, for each operation more, by that of the two sizes before.
    pub(crate) memory_ratio: f64,
}

/// What one scan of the default tier with three identities cost.
#[derive(Debug, Serialize)]
pub(crate) struct Cost {
    /// Operations of the API.
    pub(crate) operations: u32,
    /// Requests sent.
    pub(crate) requests: u64,
    /// How long it took.
    pub(crate) seconds: f64,
    /// The most memory the scanner held, in MiB (Linux: `VmHWM`); 0 where the system does not tell.
    pub(crate) memory_mib: f64,
    /// Findings above Info: the API has no weakness.
    pub(crate) findings: usize,
}

impl Growth {
    /// Whether an operation costs what it costs, however many there are, and nothing was invented.
    pub(crate) fn is_linear(&self) -> bool {
        let cheap = [self.requests_ratio, self.seconds_ratio, self.memory_ratio];
        let held = self.scans.iter().all(|scan| scan.memory_mib < MEMORY_MAX_MIB);
        let silent = self.scans.iter().all(|scan| scan.findings == 0);
        cheap.into_iter().all(|ratio| ratio <= DEARER_MAX) && held && silent
    }

    fn of(scans: Vec<Cost>) -> Self {
        let ratio = |cost: fn(&Cost) -> f64| {
            let each = |scan: &Cost| cost(scan) / f64::from(scan.operations);
            let ends = scans.first().zip(scans.last());
            ends.map_or(f64::NAN, |(small, large)| each(large) / each(small))
        };
        let slope = |a: &Cost, b: &Cost| {
            (b.memory_mib - a.memory_mib) / (f64::from(b.operations) - f64::from(a.operations))
        };
        let memory_ratio = match scans.as_slice() {
            [a, .., b, c] => slope(b, c) / slope(a, b),
            _ => f64::NAN,
        };
        #[expect(clippy::cast_precision_loss, reason = "far fewer requests than 2^52")]
        let requests_ratio = ratio(|scan| scan.requests as f64);
        Self { requests_ratio, seconds_ratio: ratio(|scan| scan.seconds), memory_ratio, scans }
    }
}

/// Scans APIs of each size.
///
/// Errors: a program cannot be built or started, or a scan does not come to its end.
pub(crate) fn measure(dev: bool) -> Result<Growth> {
    let programs = Programs::build(&Plan { dev, ..Plan::default() })?;
    let scans = SIZES.into_iter().map(|size| one(&programs, size)).collect::<Result<_>>()?;
    std::fs::remove_dir_all(folder()?).context("the measurement's files could not be removed")?;
    Ok(Growth::of(scans))
}

fn one(programs: &Programs, operations: u32) -> Result<Cost> {
    let folder = folder()?;
    let description = folder.join("openapi.json");
    let mut range = programs.command("avouch-range");
    range.args(["wide", "--operations", &operations.to_string(), "--describe"]).arg(&description);
    let range = Running::of(range)?;
    let (text, passwords) = range.serving.identities(|_| true);
    let config = folder.join("avouch.toml");
    std::fs::write(&config, text)?;
    let report = folder.join("report.json");
    let mut avouch = programs.command("avouch");
    avouch.args(["scan", &range.serving.base_url, "--quiet", "--format", "json"]);
    // Beyond the usual budget, which the largest API would spend.
    avouch.args(["--max-requests", "100000", "--openapi"]).arg(description);
    avouch.arg("--config").arg(config).arg("--state").arg(folder.join("state"));
    avouch.envs(passwords).stdin(Stdio::null()).stdout(std::fs::File::create(&report)?);
    let mut scanner = avouch.spawn().context("the scanner could not be started")?;
    let mut memory_mib = 0.0;
    let ended = loop {
        if let Some(status) = scanner.try_wait()? {
            break status;
        }
        memory_mib = most_held(scanner.id()).unwrap_or(memory_mib);
        look_later();
    };
    ensure!(ended.success(), "the scan of {operations} operations ended with {ended}");
    let report: Report =
        serde_json::from_slice(&std::fs::read(&report)?).context("the report could not be read")?;
    let loud =
        report.findings.iter().filter(|it| it.severity > avouch_model::severity::Severity::Info);
    Ok(Cost {
        operations,
        requests: report.traffic.requests,
        seconds: Duration::from_millis(report.took_ms).as_secs_f64(),
        memory_mib,
        findings: loud.count(),
    })
}

#[expect(
    clippy::disallowed_methods,
    reason = "nothing tells that a process holds more than before"
)]
fn look_later() {
    std::thread::sleep(LOOK);
}

/// The most memory a process has held so far, in MiB.
#[expect(clippy::cast_precision_loss, reason = "far fewer bytes than 2^52")]
fn most_held(process: u32) -> Option<f64> {
    most_held_bytes(process).map(|bytes| bytes as f64 / f64::from(1 << 20))
}

/// Prints it for a person.
pub(crate) fn show(growth: &Growth) {
    println!(
        "{:>10} {:>9} {:>9} {:>8} {:>9}",
        "operations", "requests", "seconds", "MiB", "findings"
    );
    for scan in &growth.scans {
        println!(
            "{:>10} {:>9} {:>9.1} {:>8.1} {:>9}",
            scan.operations, scan.requests, scan.seconds, scan.memory_mib, scan.findings
        );
    }
    println!(
        "\nof one operation, the largest by the smallest: requests {:.2}, seconds {:.2}, memory {:.2}",
        growth.requests_ratio, growth.seconds_ratio, growth.memory_ratio
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    fn growth(power: i32) -> Growth {
        let cost = |operations: u32| Cost {
            operations,
            requests: u64::from(operations.pow(power.unsigned_abs())),
            seconds: f64::from(operations).powi(power),
            memory_mib: 10.0 + f64::from(operations).powi(power) / 10_000.0,
            findings: 0,
        };
        Growth::of(SIZES.into_iter().map(cost).collect())
    }

    #[test]
    fn what_grows_with_the_square_is_not_linear() {
        assert!(growth(1).is_linear());
        assert!(!growth(2).is_linear());
    }

    #[test]
    fn a_finding_on_an_api_without_weakness_is_no_good() {
        let mut growth = growth(1);
        growth.scans[0].findings = 1;
        assert!(!growth.is_linear());
    }
}
