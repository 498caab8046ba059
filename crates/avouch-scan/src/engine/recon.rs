//! Connects, calibrates, and finds out which operations there are.

mod finder;

use super::sender::Sender;
use crate::context::TargetFacts;
use crate::nonce::Nonces;
use crate::oracle::soft_not_found::{Calibration, PathKind};
use crate::step::Request;
use avouch_catalog::discovery::{links, pages};
use avouch_catalog::{Catalog, Description, ReadError};
use avouch_model::exchange::{Exchange, Outcome};
use avouch_model::operation::{Method, Operation};
use avouch_model::report::Warning;
use avouch_wire::client::{Origin, Scheme};
use finder::Finder;
use std::collections::BTreeSet;
use std::sync::Arc;
use tokio::task::JoinSet;
use url::Url;

/// LIMIT: operations found by asking.
const DISCOVERED_MAX: usize = 200;

/// What reconnaissance found out.
#[derive(Debug)]
pub struct Recon {
    /// The target.
    pub target: TargetFacts,
    /// Its operations.
    pub catalog: Catalog,
    /// Descriptions the catalogue was read from, for recordings.
    pub descriptions: Vec<Description>,
    /// What a person should know.
    pub warnings: Vec<Warning>,
}

/// Why there is nothing to scan.
#[derive(Debug, thiserror::Error)]
pub enum ReconError {
    /// No answer at all.
    #[error("{0}")]
    Unreachable(String),
    /// The description the user gave cannot be read.
    #[error("the description cannot be read")]
    Description(#[source] ReadError),
}

fn warn(message: impl Into<String>) -> Warning {
    Warning { place: None, message: message.into() }
}

/// Finds out what there is.
pub async fn recon(
    sender: &Arc<Sender>,
    target: &Url,
    given: &[Description],
    discover: bool,
    nonces: &Nonces,
) -> Result<Recon, ReconError> {
    let origin = sender.origin().clone();
    let stated_base = target.path().trim_end_matches('/').to_owned();
    let front = sender.send(&Request::read(target.path())).await;
    let front = match front.outcome {
        Outcome::Answered(answer) => answer,
        Outcome::Failed(failure) => return Err(ReconError::Unreachable(failure.to_string())),
    };
    let mut warnings = Vec::new();
    let tls = match origin.scheme {
        Scheme::Https => sender.client().tls_facts(target).await.ok(),
        Scheme::Http => None,
    };
    let mut facts = TargetFacts {
        origin: origin.to_string(),
        base_path: stated_base.clone(),
        host: origin.host.clone(),
        secure: origin.scheme == Scheme::Https,
        loopback: is_loopback(&origin),
        tls,
        not_found: Calibration::default(),
        front: Some(front.clone()),
        documents: Vec::new(),
        met_paths: Vec::new(),
        graphs: Vec::new(),
    };
    facts.not_found = calibrate(sender, &stated_base, nonces).await;
    let mut finder = Finder {
        sender,
        target,
        facts: &mut facts,
        warnings: &mut warnings,
        descriptions: Vec::new(),
    };
    let mut catalog = Catalog::empty();
    for one in given {
        let read = finder.read(&one.main, &one.others).await.map_err(ReconError::Description)?;
        catalog.merge(read);
    }
    if given.is_empty() && discover {
        catalog = finder.find_description(&front).await;
        if catalog.operations.is_empty() {
            catalog = finder.guess(&front).await;
        }
    }
    let descriptions = std::mem::take(&mut finder.descriptions);
    warnings.extend(catalog.warnings.clone());
    facts.base_path = base_path(&stated_base, &catalog);
    Ok(Recon { target: facts, catalog, descriptions, warnings })
}

fn is_loopback(origin: &Origin) -> bool {
    origin.host == "localhost"
        || origin.host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// The path all operations begin with: the description's own, below the one the user gave.
fn base_path(stated: &str, catalog: &Catalog) -> String {
    let described = catalog.base_path().trim_end_matches('/').to_owned();
    // A description without a base of its own may write the whole path with each operation.
    let whole = |operation: &Operation| {
        operation.path.strip_prefix(stated).is_some_and(|rest| rest.starts_with('/'))
    };
    let count = catalog.operations.len();
    let wholes = catalog.operations.iter().filter(|operation| whole(operation)).count();
    if !stated.is_empty() && described.is_empty() && count > 0 && wholes * 2 > count {
        return described;
    }
    if described.starts_with(stated) || stated.is_empty() { described } else { stated.to_owned() }
}

/// Asks for paths that cannot exist, of every kind that matters.
async fn calibrate(sender: &Arc<Sender>, base: &str, nonces: &Nonces) -> Calibration {
    let word = |label: &str| nonces.word(label, 14);
    let mut paths = vec![
        format!("/{}", word("one")),
        format!("/{}/{}", word("two"), word("three")),
        format!("/{}.json", word("four")),
        format!("/.{}", word("five")),
        format!("/.{}/{}", word("six"), word("seven")),
        format!("/{}/{}/{}", word("eight"), word("nine"), word("ten")),
    ];
    if !base.is_empty() {
        paths.push(format!("{base}/{}", word("eleven")));
    }
    let requests = paths.iter().map(Request::read).collect();
    let mut calibration = Calibration::default();
    for (path, exchange) in paths.iter().zip(send_all(sender, requests).await) {
        if let Some(answer) = exchange.answer() {
            calibration.learn(PathKind::of(path), answer.clone());
        }
    }
    calibration
}

pub(super) async fn send_all(sender: &Arc<Sender>, requests: Vec<Request>) -> Vec<Exchange> {
    let mut running = JoinSet::new();
    for (place, request) in requests.into_iter().enumerate() {
        let sender = Arc::clone(sender);
        running.spawn(async move { (place, sender.send(&request).await) });
    }
    let mut ended = Vec::new();
    while let Some(result) = running.join_next().await {
        ended.extend(result.ok());
    }
    ended.sort_by_key(|(place, _)| *place);
    ended.into_iter().map(|(_, exchange)| exchange).collect()
}

/// Paths of the same origin that answers in the corpus name and the description does not.
pub fn met_paths(
    samples: &[crate::corpus::Sample],
    facts: &TargetFacts,
    catalog: &Catalog,
) -> Vec<String> {
    let Ok(origin) = Url::parse(&facts.origin) else { return Vec::new() };
    let mut met = BTreeSet::new();
    let answers = samples
        .iter()
        .filter_map(|sample| sample.success().map(|a| (sample.request.path().to_owned(), a)))
        .chain(facts.documents.iter().map(|(path, answer)| (path.clone(), answer)))
        .chain(facts.front.iter().map(|answer| (format!("{}/", facts.base_path), answer)));
    for (path, answer) in answers {
        let Ok(here) = origin.join(&path) else { continue };
        let urls = match answer.json() {
            // A description's own paths are no links.
            Some(json) if json.get("paths").is_some() => Vec::new(),
            Some(json) => links::in_json(&json, &here),
            None => pages::links(&answer.body, &here),
        };
        met.extend(urls.iter().map(|url| url.path().to_owned()));
        if answer.json().is_none() {
            met.extend(pages::calls(&answer.body, &here).into_iter().map(|call| call.path));
        }
    }
    met.retain(|path| {
        let below = path.strip_prefix(&facts.base_path).unwrap_or(path);
        let known = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"]
            .iter()
            .any(|method| catalog.find(&Method::parse(method), below).is_some());
        !known && !path.contains('{') && path.len() > 1
    });
    met.into_iter().take(DISCOVERED_MAX).collect()
}
