//! What the description does not name, and how much may be asked for.

use super::Probe;
use super::scene::{Found, NOWHERE, Scene, judged};
use avouch_catalog::Catalog;
use avouch_guard::route::matching;
use avouch_guard::settings::Mode;
use avouch_guard::settings::limit::{By, Limit};
use avouch_guard::settings::route::Unknown;
use avouch_guard::settings::validate;
use avouch_model::operation::{Method, Operation, Security};
use std::sync::Arc;

pub(super) const PROBES: &[Probe] = &[
    Probe { control: "paths that nobody described", key: "guard.route.unknown", run: unknown },
    Probe { control: "methods that nobody described", key: "guard.route", run: method },
    Probe {
        control: "parameters that nobody described",
        key: "guard.validate.unknown_query",
        run: parameter,
    },
    Probe { control: "bodies where none is described", key: "guard.validate", run: body },
    Probe { control: "headers that tell of software", key: "guard.filter", run: headers },
];

pub(super) const LAST: &[Probe] = &[Probe { control: "limits", key: "guard.limit", run: limits }];

/// Why nothing is known of operations, or why the router lets all pass.
fn no_routes(scene: &Scene) -> Option<Found> {
    if scene.catalog.is_none() {
        return Some(Found::off("`guard.openapi` names no description"));
    }
    let learns = scene.guard.route.mode == Mode::Learn;
    learns.then(|| Found::off("it only watches: `guard.route.mode = \"learn\"`"))
}

fn unknown(scene: &Scene) -> Found {
    if let Some(off) = no_routes(scene) {
        return off;
    }
    if scene.guard.route.unknown == Unknown::Shadow {
        return Found::off("`guard.route.unknown = \"shadow\"` lets them pass");
    }
    judged(scene.ask("GET", NOWHERE, &[]), "route", &[404])
}

/// The path of an operation, with 1 in the place of each value.
fn filled(catalog: &Catalog, scene: &Scene, operation: &Operation) -> String {
    let base = match &scene.guard.route.base_path {
        Some(path) => path.clone(),
        None => catalog.base_paths().into_iter().next().unwrap_or_default(),
    };
    let segments = operation.path.split('/');
    let segments = segments.map(|segment| if segment.contains('{') { "1" } else { segment });
    format!("{}{}", base.trim_end_matches('/'), segments.collect::<Vec<_>>().join("/"))
}

/// The first operation that reads and of which that holds.
fn reading(scene: &Scene, is: impl Fn(&Operation, usize) -> bool) -> Result<String, Found> {
    let Some(catalog) = &scene.catalog else {
        return Err(Found::off("`guard.openapi` names no description"));
    };
    let each = catalog.operations.iter().enumerate();
    let mut fit = each.filter(|(index, operation)| {
        operation.method == Method::Get && operation.graph.is_none() && is(operation, *index)
    });
    let found = fit.next().map(|(_, operation)| filled(catalog, scene, operation));
    found.ok_or_else(|| Found::untested("the description has no operation that is fit for it"))
}

/// Which operations entries of the settings speak of, where they could change who may ask.
fn spoken_of(scene: &Scene) -> Vec<bool> {
    let ids = scene.catalog.iter().flat_map(|catalog| &catalog.operations);
    let ids: Vec<Arc<str>> = ids.map(|operation| operation.id.0.as_str().into()).collect();
    let entries = scene.guard.operation.iter().filter(|entry| {
        entry.public.is_some()
            || entry.roles.is_some()
            || entry.scopes.is_some()
            || entry.learn.is_some()
    });
    let patterns = entries.flat_map(|entry| &entry.matches).chain(&scene.guard.route.public);
    let patterns: Vec<String> = patterns.cloned().collect();
    // A pattern that names nothing is refused by the gateway itself.
    matching(&patterns, &ids).unwrap_or_else(|_| vec![true; ids.len()])
}

/// The target of an operation that somebody has to be known for.
pub(super) fn guarded(scene: &Scene) -> Result<String, Found> {
    let spoken_of = spoken_of(scene);
    let is = |operation: &Operation, index: usize| {
        let as_described = !spoken_of.get(index).copied().unwrap_or(true);
        as_described && matches!(operation.security, Security::Required(_) | Security::Undeclared)
    };
    match &scene.catalog {
        Some(_) => reading(scene, is),
        // Without a description everything needs somebody.
        None => Ok(NOWHERE.to_owned()),
    }
}

/// The target of an operation that anybody may ask for.
fn open(scene: &Scene) -> Result<String, Found> {
    let spoken_of = spoken_of(scene);
    reading(scene, |operation, index| {
        let as_described = !spoken_of.get(index).copied().unwrap_or(true);
        let needs = operation.parameters.iter().any(|parameter| parameter.required);
        let open = scene.guard.identify.anybody || operation.security == Security::Open;
        as_described && open && (!needs || operation.path.contains('{'))
    })
}

fn method(scene: &Scene) -> Found {
    if let Some(off) = no_routes(scene) {
        return off;
    }
    match reading(scene, |_, _| true) {
        // A method that nobody has.
        Ok(target) => judged(scene.ask("AVOUCHDOCTOR", &target, &[]), "route", &[405]),
        Err(found) => found,
    }
}

/// Why validate refuses nothing, where it does not.
fn not_validated(scene: &Scene) -> Option<Found> {
    if scene.catalog.is_none() {
        return Some(Found::off("`guard.openapi` names no description"));
    }
    let learns = scene.guard.validate.mode == Mode::Learn;
    learns.then(|| Found::off("it only watches: `guard.validate.mode = \"learn\"`"))
}

fn parameter(scene: &Scene) -> Found {
    if let Some(off) = not_validated(scene) {
        return off;
    }
    if scene.guard.validate.unknown_query == validate::Unknown::Allow {
        return Found::off("`guard.validate.unknown_query = \"allow\"`");
    }
    match open(scene) {
        Ok(target) => {
            let target = format!("{target}?avouch-doctor=1");
            judged(scene.ask("GET", &target, &[]), "validate", &[400])
        }
        Err(found) => found,
    }
}

/// A body of an operation that reads: were it let through, it would change nothing.
fn body(scene: &Scene) -> Found {
    if let Some(off) = not_validated(scene) {
        return off;
    }
    match open(scene) {
        Ok(target) => {
            let request = format!(
                "GET {target} HTTP/1.1\r\n{}Connection: close\r\nContent-Type: application/json\r\n\
                 Content-Length: 2\r\n\r\n{{}}",
                scene.host_line()
            );
            judged(scene.say(request.as_bytes()), "validate", &[400, 415])
        }
        Err(found) => found,
    }
}

fn headers(scene: &Scene) -> Found {
    if scene.catalog.is_none() {
        return Found::off("`guard.openapi` names no description");
    }
    let heard = match open(scene).and_then(|target| scene.ask("GET", &target, &[])) {
        Ok(heard) => heard,
        Err(found) => return found,
    };
    match heard.status() {
        Some(200..300) => (),
        Some(status) => {
            return Found::untested(format!(
                "the API's own answer is needed, and there was {status}"
            ));
        }
        None => return Found::untested("the connection ended without an answer"),
    }
    let own = scene.guard.filter.remove_headers.iter().map(String::as_str);
    let told = ["server", "x-powered-by"].into_iter().chain(own);
    if let Some(name) = told.into_iter().find(|name| heard.header(name).is_some()) {
        return Found::DoesNotBite(format!("`{name}` leaves"));
    }
    if scene.guard.filter.security_headers && heard.header("x-content-type-options").is_none() {
        return Found::DoesNotBite("`X-Content-Type-Options` is not set".to_owned());
    }
    Found::Bites("none of them leaves".to_owned())
}

/// LIMIT: requests that a limit is tried with.
const BURST_MAX: u64 = 1_000;

/// Whether a limit is asked for a request of nobody for nothing.
fn is_early(limit: &Limit) -> bool {
    limit.matches.is_empty()
        && limit.by.iter().all(|by| *by == By::Address)
        && limit.mode == Mode::Enforce
}

/// Uses up the smallest limit that holds for every request.
fn limits(scene: &Scene) -> Found {
    if scene.guard.limit.is_empty() {
        return Found::off("no limit is configured");
    }
    let early = scene.guard.limit.iter().filter(|limit| is_early(limit) && limit.cost > 0);
    let least = early.min_by_key(|limit| limit.rate().burst / limit.cost);
    let Some(limit) = least else {
        return Found::untested("no limit holds for every request of an address");
    };
    let burst = limit.rate().burst / limit.cost;
    if burst > BURST_MAX {
        return Found::untested(format!(
            "`{}` lets {burst} pass at once: more than are tried",
            limit.name
        ));
    }
    // While it is used up it fills again: twice the burst is not reached by one client in a row.
    let most = burst.saturating_mul(2).saturating_add(20);
    for number in 1..=most {
        match scene.ask("GET", NOWHERE, &[]) {
            Ok(heard) if heard.refused_by("limit") => {
                return Found::Bites(format!("429 at request {number} (`{}`)", limit.name));
            }
            Ok(_) => (),
            Err(found) => return found,
        }
    }
    let second = limit.rate().token_ns.saturating_mul(limit.cost) < 20_000_000;
    if second {
        return Found::untested(format!("`{}` fills faster than it is used up here", limit.name));
    }
    Found::DoesNotBite(format!("{most} requests passed `{}`, which lets {burst} pass", limit.name))
}
