//! Everything once a round, one after the other, so that what disturbs the machine disturbs all.

use super::super::running::folder as bench_folder;
use super::large;
use super::plan::Plan;
use super::postgres::Postgres;
use super::program::Program;
use super::samples::{Sample, Samples};
use super::tally::{self, Large, Tally};
use anyhow::{Context, Result};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// Bytes of a body, as in ours (`avouch-bench`).
const BODY_BYTES: usize = 461;
/// Clients of PostgreSQL that append 1,000 rows at a time: the head's lock lets one do so.
const BATCH_CLIENTS: [u32; 2] = [1, 2];

/// Measures as planned.
pub(crate) fn measure(plan: &Plan) -> Result<Tally> {
    anyhow::ensure!(plan.rounds > 0, "at least one round is needed");
    let program = Program::build(plan.large > 0)?;
    let folder = match &plan.folder {
        Some(folder) => folder.join(format!("avouch-bench-{}", std::process::id())),
        None => bench_folder()?,
    };
    std::fs::create_dir_all(&folder)?;
    let mut missing = Vec::new();
    let mut postgres = Postgres::start(&folder.join("postgres"))
        .map_err(|error| missing.push(format!("PostgreSQL: {error:#}")))
        .ok();
    let mut samples = Samples::default();
    for number in 0..plan.rounds {
        eprintln!("round {} of {}", number + 1, plan.rounds);
        Round { plan, program: &program, folder: &folder, samples: &mut samples }.run()?;
        let Some(server) = &postgres else { continue };
        if let Err(error) = peer(plan, server, &mut samples) {
            missing.push(format!("PostgreSQL, from round {}: {error:#}", number + 1));
            postgres = None;
        }
    }
    drop(postgres);
    let large = match plan.large {
        0 => None,
        entries => large_one(&program, entries, &folder, &mut missing),
    };
    std::fs::remove_dir_all(&folder).context("the measurement's files could not be removed")?;
    let levels: Vec<usize> = plan.levels().map(|(in_flight, _)| in_flight).collect();
    let tally = Tally::new(samples.rows(), &levels, large);
    Ok(Tally { rounds: plan.rounds, quick: plan.quick, missing, ..tally })
}

/// What fails of the large ledger is told as missing: the rest was measured all the same.
fn large_one(
    program: &Program,
    entries: u64,
    folder: &Path,
    missing: &mut Vec<String>,
) -> Option<Large> {
    large::measure(program, entries, &folder.join("large"))
        .map_err(|error| missing.push(format!("the ledger of {entries} entries: {error:#}")))
        .ok()
}

/// One round of what runs in processes of ours.
struct Round<'r> {
    plan: &'r Plan,
    program: &'r Program,
    folder: &'r Path,
    samples: &'r mut Samples,
}

impl Round<'_> {
    fn run(&mut self) -> Result<()> {
        let plan = self.plan;
        self.one(tally::LIMIT, &["limit", "--records", &plan.limit_records().to_string()])?;
        let flushes = plan.flushes().to_string();
        self.one(tally::FLUSH, &["flush", "--bytes", "12288", "--count", &flushes])?;
        for (in_flight, records) in plan.levels() {
            let (records, level) = (records.to_string(), in_flight.to_string());
            let words = ["append", "--records", &records, "--in-flight", &level];
            self.one(&tally::ours(in_flight), &words)?;
        }
        let records = plan.limit_records().to_string();
        let words = ["append", "--records", &records, "--in-flight", "16384", "--plain"];
        self.one(tally::PLAIN, &words)?;
        self.sqlite(tally::SQLITE_ROW, 1, false)?;
        self.sqlite(tally::SQLITE_BATCH, 1_000, false)?;
        self.sqlite(tally::SQLITE_INDEXES, 1_000, true)?;
        self.verify()
    }

    fn place(&self) -> PathBuf {
        self.folder.join("one")
    }

    fn one(&mut self, name: &str, words: &[&str]) -> Result<()> {
        let sample = self.program.sample(words, &self.place()).context(name.to_owned())?;
        self.samples.add(name, sample);
        Ok(())
    }

    fn sqlite(&mut self, name: &str, batch: u64, indexes: bool) -> Result<()> {
        let (rows, batch) = (self.plan.sqlite_rows(batch).to_string(), batch.to_string());
        let mut words = vec!["sqlite", "--records", &rows, "--batch", &batch];
        if indexes {
            words.push("--indexes");
        }
        self.one(name, &words)
    }

    fn verify(&mut self) -> Result<()> {
        let records = self.plan.verify_records().to_string();
        let told = self.program.told(&["verify", "--records", &records], &self.place())?;
        let names =
            [("bare", tally::BARE), ("structure", tally::STRUCTURE), ("opened", tally::OPENED)];
        for (member, name) in names {
            let value: Value = told.get(member).cloned().unwrap_or_default();
            let sample: Sample = serde_json::from_value(value).context(name)?;
            self.samples.add(name, sample);
        }
        Ok(())
    }
}

/// One round of PostgreSQL.
fn peer(plan: &Plan, server: &Postgres, samples: &mut Samples) -> Result<()> {
    let body = body();
    let seconds = plan.postgres_seconds();
    for clients in plan.row_clients() {
        server.empty()?;
        samples.add(&tally::postgres_row(*clients), server.rows(&body, *clients, seconds)?);
    }
    for clients in BATCH_CLIENTS {
        server.empty()?;
        samples.add(&tally::postgres_batch(clients), server.batches(&body, clients, seconds)?);
    }
    server.empty()?;
    samples.add(tally::POSTGRES_COPY, server.copies(&body, plan.copies())?);
    Ok(())
}

/// A body as long as ours, in JSON.
fn body() -> String {
    let start = r#"{"principal":"user-00001","operation":"GET /api/v2/orders/{id}","agent":""#;
    let rest = BODY_BYTES.saturating_sub(start.len() + 2);
    format!("{start}{}\"}}", "x".repeat(rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_rounds_are_no_measurement() {
        assert!(measure(&Plan { rounds: 0, ..Plan::default() }).is_err());
        assert_eq!(body().len(), BODY_BYTES);
        assert!(serde_json::from_str::<Value>(&body()).is_ok());
    }
}
