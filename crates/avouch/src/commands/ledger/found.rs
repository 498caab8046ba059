//! Finds in a ledger what a scan recorded there.

use super::args::PlaceArgs;
use super::filter::Filter;
use super::reading::Reading;
use super::{Failed, tell};
use anyhow::anyhow;
use avouch_model::coding::{Digest, Fact};
use avouch_model::fact::finding::Finding;
use avouch_model::fact::request::{Request, SeenBy};
use avouch_model::fact::scan::{Scan, ScanEvent};
use serde_json::Value;
use std::collections::BTreeSet;

/// Calls for each fact of a kind that fits, in their order.
fn each<F: Fact>(
    place: &PlaceArgs,
    condition: impl IntoIterator<Item = String>,
    mut each: impl FnMut(F),
) -> Result<(), Failed> {
    let words: Vec<String> =
        std::iter::once(format!("kind={}", F::NAME)).chain(condition).collect();
    let filter = Filter::parse(&words).map_err(Failed::broken)?;
    let searched = Reading::open(place)?.each(&filter, 0..u64::MAX, false, |value| {
        // Lines of other programs may call themselves anything: only the record's own kind counts.
        let is_fact = value.get("kind").and_then(Value::as_str) == Some(F::NAME);
        if let Some(Ok(fact)) = value.get("body").filter(|_| is_fact).map(F::of_json) {
            each(fact);
        }
        true
    })?;
    if searched.without_key > 0 {
        let parts = searched.without_key;
        tell(&format!("{parts} parts of the index were passed over: there is no key for them"));
    }
    Ok(())
}

/// The scan of that id, of which the beginning is enough, or the last one.
pub(in crate::commands) fn recorded_scan(place: &PlaceArgs, id: &str) -> Result<Scan, Failed> {
    let mut scans: Vec<Scan> = Vec::new();
    each(place, None, |scan: Scan| {
        if id == "last" {
            scans.clear();
        } else {
            scans.retain(|known| known.id != scan.id);
        }
        if id == "last" || scan.id.starts_with(id) {
            scans.push(scan);
        }
    })?;
    let folder = place.ledger.display();
    let advice = format!("`avouch ledger query {folder} kind=scan` lists them");
    match scans.as_slice() {
        [scan] => Ok(scan.clone()),
        [] => {
            Err(Failed::usage(anyhow!("the ledger `{folder}` knows no scan `{id}`")).advice(advice))
        }
        _ => Err(Failed::usage(anyhow!("more than one scan begins with `{id}`")).advice(advice)),
    }
}

/// The finding of a scan, of whose fingerprint the beginning is enough.
pub(in crate::commands) fn recorded_finding(
    place: &PlaceArgs,
    scan: &Scan,
    fingerprint: &str,
) -> Result<Finding, Failed> {
    let mut found: Vec<Finding> = Vec::new();
    each(place, Some(of_scan(scan)), |finding: Finding| {
        let is_of_scan = finding.scan.as_deref() == Some(scan.id.as_str());
        if is_of_scan && finding.fingerprint.starts_with(fingerprint) {
            found.retain(|known| known.fingerprint != finding.fingerprint);
            found.push(finding);
        }
    })?;
    match found.as_slice() {
        [finding] => Ok(finding.clone()),
        [] if scan.event == ScanEvent::Begun => {
            Err(Failed::usage(anyhow!("the scan `{}` was broken off: it has no end", scan.id))
                .advice("name one that has, with `--scan ID`"))
        }
        [] => Err(Failed::usage(anyhow!(
            "the scan `{}` recorded no finding `{fingerprint}`",
            scan.id
        ))),
        _ => Err(Failed::usage(anyhow!("more than one finding begins with `{fingerprint}`"))),
    }
}

/// Calls for each request that a gateway recorded and that conditions let through.
pub(in crate::commands) fn recorded_requests(
    place: &PlaceArgs,
    conditions: &[String],
    mut show: impl FnMut(Request),
) -> Result<(), Failed> {
    each(place, conditions.iter().cloned(), |request: Request| {
        if request.seen_by == SeenBy::Gateway {
            show(request);
        }
    })
}

/// The digests of all exchanges of a scan.
pub(in crate::commands) fn recorded_digests(
    place: &PlaceArgs,
    scan: &Scan,
) -> Result<BTreeSet<Digest>, Failed> {
    let mut digests = BTreeSet::new();
    each(place, Some(of_scan(scan)), |request: Request| {
        if request.within.as_deref() == Some(scan.id.as_str()) {
            digests.extend(request.digest);
        }
    })?;
    Ok(digests)
}

fn of_scan(scan: &Scan) -> String {
    format!("trace={}", scan.id)
}
