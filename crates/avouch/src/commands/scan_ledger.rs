//! The ledger that a scan is recorded in, when the user named one.

use super::ledger::args::PlaceArgs;
use super::ledger::place;
use super::{Failed, tell};
use crate::cli::ScanArgs;
use crate::config::Config;
use crate::recorder::{Recorded, Recorder, fresh_key};
use crate::state::State;
use avouch_model::fact::finding::Finding;
use avouch_scan::engine::options::ScanOptions;
use avouch_scan::engine::progress::Watcher;
use avouch_scan::engine::run::{ScanError, Scanned};
use std::sync::Arc;
use tokio::sync::watch;

/// The retention class of scans when none is named.
const CLASS: &str = "default";

/// Where a scan is recorded.
#[derive(Debug)]
pub(super) struct Into {
    recorder: Arc<Recorder>,
    /// What is kept beside the recording.
    kept: Recorded,
}

/// The ledger that was named, on the command line or in the configuration.
pub(super) fn named(args: &ScanArgs, config: &Config) -> Option<PlaceArgs> {
    let ledger = args.ledger.clone().or_else(|| config.ledger.folder.clone())?;
    Some(PlaceArgs { ledger, head: config.ledger.head.clone() })
}

impl Into {
    /// Opens the ledger and records that the scan begins; `None` when no ledger was named. A scan
    /// whose beginning cannot be recorded does not begin.
    pub(super) fn open(
        args: &ScanArgs,
        config: &Config,
        options: &ScanOptions,
    ) -> Result<Option<Self>, Failed> {
        let Some(at) = named(args, config) else { return Ok(None) };
        let class = config.ledger.class.as_deref().unwrap_or(CLASS);
        Self::at(at, class, options).map(Some)
    }

    /// The same, in a ledger that is named.
    pub(super) fn at(at: PlaceArgs, class: &str, options: &ScanOptions) -> Result<Self, Failed> {
        let ledger = place::open(&at)?;
        let key = fresh_key().map_err(Failed::broken)?;
        let exchange_key = key.danger_text();
        let recorder = Recorder::begin(ledger, class, options, key).map_err(|error| {
            Failed::usage(error).advice("nothing was scanned: its beginning could not be recorded")
        })?;
        let scan = recorder.scan_id().to_owned();
        let kept = Recorded { ledger: at.ledger, scan, exchange_key };
        Ok(Self { recorder: Arc::new(recorder), kept })
    }
}

/// Records every exchange that the watcher sees. What cannot be recorded stops the scan.
pub(super) fn seeing(
    into: Option<&Into>,
    watcher: Watcher,
    switch: &watch::Sender<bool>,
) -> Watcher {
    let Some(into) = into else { return watcher };
    let (recorder, switch) = (Arc::clone(&into.recorder), switch.clone());
    watcher.seeing(move |exchange| recorder.see(exchange, &switch))
}

/// Records that the scan could not begin; what to say when that does not work either.
pub(super) fn refused(into: Option<&Into>, error: &ScanError) -> Option<Failed> {
    let because = format!("{error}");
    let failed = into?.recorder.refuse(&because).err()?;
    let failed = anyhow::Error::from(failed).context(because);
    Some(Failed::usage(failed).advice("that the scan did not begin could not be recorded either"))
}

/// Records what a scan has to say, and keeps beside the recording what ties the two together. What cannot be recorded is not claimed: it ends as not tested.
pub(super) fn end(
    into: Option<&Into>,
    scanned: &Scanned,
    also: &[Finding],
    state: Option<&State>,
    quiet: bool,
) -> Result<(), Failed> {
    let keep = |recorded| match state {
        Some(state) => state.keep_recorded(recorded).map_err(Failed::usage),
        None => Ok(()),
    };
    let Some(Into { recorder, kept }) = into else { return keep(None) };
    let tally = recorder.end(scanned, also).map_err(|error| {
        let error = anyhow::Error::from(error).context("the scan could not be recorded in full");
        Failed::untested(error).advice(
            "what is not in the ledger is not claimed: see that its disk is writable and not full, then scan again",
        )
    })?;
    keep(Some(kept))?;
    if !quiet {
        let (folder, scan) = (kept.ledger.display(), &kept.scan);
        tell(&format!(
            "recorded in the ledger `{folder}`: {} exchanges, {} findings, {} checks\n          avouch ledger query {folder} trace={scan}",
            tally.exchanges, tally.findings, tally.runs
        ));
    }
    Ok(())
}
