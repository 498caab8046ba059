//! What stands around the gateway: its metrics, the API behind it, the ledger.

use super::Probe;
use super::scene::{Found, Scene};
use avouch_gateway::door::Door;
use avouch_ledger::format::{EntryHeader, RECORD};
use avouch_ledger::home::Home;
use avouch_ledger::storage::Disk;
use avouch_ledger::view::View;
use std::ops::ControlFlow;
use std::sync::Arc;

pub(super) const PROBES: &[Probe] = &[
    Probe { control: "metrics are not on the API's port", key: "gateway.metrics", run: metrics },
    Probe { control: "the API past the gateway", key: "--upstream", run: past },
];

fn metrics(scene: &Scene) -> Found {
    if scene.gateway.metrics.is_none() {
        return Found::off("no metrics are served");
    }
    match scene.ask("GET", "/metrics", &[]) {
        Ok(heard) if heard.text.contains("avouch_requests_total") => {
            Found::DoesNotBite("the listener of the API shows them".to_owned())
        }
        Ok(heard) => match heard.status() {
            Some(status) => Found::Bites(format!("the listener of the API answers {status}")),
            None => Found::untested("the connection ended without an answer"),
        },
        Err(found) => found,
    }
}

fn past(scene: &Scene) -> Found {
    if scene.upstream.is_empty() {
        return Found::untested("say with --upstream where clients could find the API itself");
    }
    let open = scene.upstream.iter().find(|address| Door::is_open(**address));
    match open {
        Some(address) => Found::DoesNotBite(format!("{address} takes connections from here")),
        None => Found::Bites("it takes no connections from here".to_owned()),
    }
}

/// How many records the ledger has, as far as it can be read.
pub(super) fn recorded(scene: &Scene) -> Option<u64> {
    let home = Home::new(scene.ledger.as_ref()?);
    let view = View::open(Arc::new(Disk::read_only(home.log()))).ok()?;
    let mut count = 0;
    view.walk(0, |_, entry| {
        if EntryHeader::parse(entry).is_ok_and(|(header, _)| header.kind == RECORD) {
            count += 1;
        }
        ControlFlow::Continue(())
    })
    .ok()?;
    Some(count)
}

/// Whether each answer of the probes is one record more.
pub(super) fn grows(scene: &Scene, before: Option<u64>) -> Found {
    if scene.ledger.is_none() {
        return Found::off("`[ledger] folder` names no ledger");
    }
    let (Some(before), Some(after)) = (before, recorded(scene)) else {
        return Found::untested("the ledger cannot be read from here");
    };
    let (grown, answered) = (after.saturating_sub(before), scene.answered.get());
    match answered {
        0 => Found::untested("no answer had the id of a request"),
        _ if grown >= answered => Found::Bites(format!("{grown} records, {answered} answers")),
        _ => Found::DoesNotBite(format!("{grown} records, {answered} answers")),
    }
}
