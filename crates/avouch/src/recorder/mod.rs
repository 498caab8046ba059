//! Records a scan in a ledger: that it began, what it exchanged, what it found, how it ended.
//!
//! The beginning is safe on the disk before the first request, each exchange is recorded when it was
//! had, and the end before the report is shown. When the ledger cannot be written any more, the scan
//! is stopped and ends as not tested: what is not recorded is not claimed.

mod facts;
mod recorded;
#[cfg(test)]
mod tests;
mod words;

pub(crate) use recorded::{ExchangeKey, Recorded, fresh_key, sha256};

use avouch_gateway::record;
use avouch_ledger::log::Ledger;
use avouch_model::coding::{Digest, EncodeError, Fact};
use avouch_model::exchange::Exchange;
use avouch_model::fact::finding::Finding;
use avouch_model::fact::scan::{Scan, ScanEnding, ScanEvent};
use avouch_scan::engine::options::ScanOptions;
use avouch_scan::engine::run::Scanned;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// Why a scan cannot be recorded.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RecordError {
    #[error("a fact cannot be written")]
    Encode(#[from] EncodeError),
    #[error("the ledger does not take a fact")]
    Append(#[from] avouch_ledger::log::AppendError),
    #[error("what was recorded is not safe on the disk")]
    Stopped(#[from] avouch_ledger::log::Stop),
    #[error("the ledger could not be closed")]
    Close(#[from] avouch_ledger::log::CloseError),
    #[error("the report cannot be digested")]
    Digest(#[from] serde_json::Error),
    #[error("{0}")]
    Earlier(String),
}

/// What was recorded so far, and where more goes.
#[derive(Debug)]
struct Progress {
    /// `None` when the end was recorded.
    ledger: Option<Ledger>,
    exchanges: u64,
    /// The digests of exchanges, for the findings that rest on them.
    digests: Digests,
    /// Why an exchange could not be recorded; nothing is recorded after it.
    failed: Option<String>,
}

/// Digests of exchanges by when and what was asked.
type Digests = BTreeMap<(u64, String), Digest>;

/// What tells an exchange from others, however much of its bodies is kept.
fn key_of(exchange: &Exchange) -> (u64, String) {
    let sent = &exchange.request;
    (exchange.sent_at_us, format!("{} {}", sent.method, sent.url))
}

/// Records one scan.
#[derive(Debug)]
pub(crate) struct Recorder {
    class: String,
    key: ExchangeKey,
    begun: Scan,
    progress: Mutex<Progress>,
}

/// What of a scan is in the ledger now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) exchanges: u64,
    pub(crate) findings: usize,
    pub(crate) runs: usize,
}

impl Recorder {
    /// Records that a scan is about to begin, and waits until that is safe.
    pub(crate) fn begin(
        ledger: Ledger,
        class: &str,
        options: &ScanOptions,
        key: ExchangeKey,
    ) -> Result<Self, RecordError> {
        let begun = facts::begun(options, &key)?;
        let index = append(&ledger, class, &begun)?;
        ledger.wait(index)?;
        let progress = Mutex::new(Progress {
            ledger: Some(ledger),
            exchanges: 0,
            digests: Digests::new(),
            failed: None,
        });
        Ok(Self { class: class.to_owned(), key, begun, progress })
    }

    /// The scan's id.
    pub(crate) fn scan_id(&self) -> &str {
        &self.begun.id
    }

    /// Records an exchange. When that does not work it throws the switch that stops the scan.
    pub(crate) fn see(&self, exchange: &Exchange, stop: &watch::Sender<bool>) {
        let mut progress = self.progress();
        let number = progress.exchanges + 1;
        let (Some(ledger), None) = (&progress.ledger, &progress.failed) else { return };
        let fact = facts::request(&self.begun.id, number, exchange, &self.key);
        let appended = fact.map_err(RecordError::from).and_then(|fact| {
            let index = append(ledger, &self.class, &fact)?;
            Ok((index, fact.digest.unwrap_or_default()))
        });
        match appended {
            Ok((_, digest)) => {
                progress.exchanges = number;
                progress.digests.insert(key_of(exchange), digest);
            }
            Err(error) => {
                progress.failed = Some(format!("{:#}", anyhow::Error::from(error)));
                // Nobody to stop is no reason to go on: the end says that recording failed.
                let _ = stop.send(true);
            }
        }
    }

    /// Records all that a scan has to say, and closes the ledger. Nothing of it is claimed before.
    pub(crate) fn end(&self, scanned: &Scanned, also: &[Finding]) -> Result<Tally, RecordError> {
        let (ledger, exchanges, failed) = self.taken()?;
        let digests = std::mem::take(&mut self.progress().digests);
        let report = &scanned.report;
        let ended = facts::ended(&self.begun, scanned, exchanges, failed.as_deref())?;
        if let Some(because) = failed {
            // A last try: a begun scan without an end says the same, less clearly.
            let _ = append(&ledger, &self.class, &ended).map(|index| ledger.wait(index));
            return Err(RecordError::Earlier(because));
        }
        for found in &report.findings {
            append(&ledger, &self.class, &facts::finding(found, report, &digests))?;
        }
        for finding in also {
            append(&ledger, &self.class, finding)?;
        }
        let runs = facts::runs(scanned);
        for run in &runs {
            append(&ledger, &self.class, run)?;
        }
        self.close(ledger, &ended)?;
        Ok(Tally { exchanges, findings: report.findings.len(), runs: runs.len() })
    }

    /// Records that a scan could not begin, and why.
    pub(crate) fn refuse(&self, because: &str) -> Result<(), RecordError> {
        let (ledger, exchanges, _) = self.taken()?;
        let refused = Scan {
            event: ScanEvent::Ended,
            ending: Some(ScanEnding::Refused),
            because: Some(words::cut(because)),
            recorded: Some(exchanges),
            ..self.begun.clone()
        };
        self.close(ledger, &refused)
    }

    fn close(&self, ledger: Ledger, last: &Scan) -> Result<(), RecordError> {
        let index = append(&ledger, &self.class, last)?;
        ledger.wait(index)?;
        ledger.close()?;
        Ok(())
    }

    fn taken(&self) -> Result<(Ledger, u64, Option<String>), RecordError> {
        let mut progress = self.progress();
        let ledger = progress.ledger.take();
        let ended = || RecordError::Earlier("the end of the scan was recorded before".to_owned());
        Ok((ledger.ok_or_else(ended)?, progress.exchanges, progress.failed.clone()))
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn append(ledger: &Ledger, class: &str, fact: &impl Fact) -> Result<u64, RecordError> {
    Ok(ledger.append(class, &record(fact.encode()?))?)
}
