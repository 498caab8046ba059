//! INV-02: something answers that no description knows.

use crate::check::{Check, Family, Need, Oracle, Scope, Tier};
use crate::context::Context;
use crate::danger;
use crate::oracle::block::blocked;
use crate::oracle::refusal::refuses;
use crate::oracle::soft_not_found::{PathKind, same_page};
use crate::step::{Request, Step};
use crate::tape::{Flow, Tape};
use avouch_catalog::Document;
use avouch_model::exchange::Answer;
use avouch_model::identity::Who;
use avouch_model::operation::{Method, Origin};
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};
use std::collections::BTreeSet;

/// INV-02
pub(super) const CHECK: Check = Check {
    id: "INV-02",
    name: "undescribed-endpoint-live",
    title: "Operations answer that the description does not know",
    family: Family::Inv,
    severity: Severity::Medium,
    confidence: Confidence::Firm,
    oracles: &[Oracle::SoftNotFound, Oracle::RandomControl, Oracle::Declaration],
    tier: Tier::Read,
    needs: &[Need::Description],
    scope: Scope::Target,
    cwe: Cwe(1125),
    owasp: &[Owasp::Api(9)],
    criteria: &["CC7.1", "CC8.1"],
    page: include_str!("shadow_endpoint.md"),
    applies,
    run,
};

/// LIMIT: paths that are asked for.
const PATHS_MAX: usize = 12;
/// LIMIT: living ones that are shown; more would say nothing new.
const SHOWN_MAX: usize = 4;

/// Endings of files that are no part of an API.
const ASSETS: [&str; 20] = [
    "js",
    "mjs",
    "css",
    "map",
    "png",
    "jpg",
    "jpeg",
    "gif",
    "svg",
    "ico",
    "webp",
    "woff",
    "woff2",
    "ttf",
    "html",
    "htm",
    "txt",
    "xml",
    "pdf",
    "webmanifest",
];

/// What stands beside every API and is described by none.
const HOUSEKEEPING: [&str; 10] = [
    "health",
    "healthz",
    "readyz",
    "livez",
    "ready",
    "live",
    "ping",
    "status",
    "version",
    ".well-known",
];

/// Without a description nothing is undescribed.
fn applies(ctx: &Context<'_>) -> bool {
    ctx.catalog.operations.iter().any(|operation| operation.origin == Origin::Described)
}

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let unknown = unknown(ctx);
    if unknown.is_empty() {
        let looked = ctx.corpus.samples().iter().any(|sample| sample.success().is_some());
        let because = "no answer was seen in which paths could be met";
        return looked.then_some(Verdict::Pass).ok_or_else(|| Step::inconclusive(because));
    }
    let mut live: Vec<Live<'_>> = Vec::new();
    let mut answered = 0;
    for path in &unknown {
        for who in [Some(Who::Nobody), ctx.anyone()].into_iter().flatten() {
            let tried = tape.send_any(Request::read(*path).by(who))?;
            let answer = tried.exchange.answer().filter(|answer| blocked(answer).is_none());
            let Some(answer) = answer else { continue };
            answered += 1;
            if !could_be_live(ctx, path, answer) {
                // Behind a guard that refuses everything only a credential tells.
                if matches!(answer.status, 401 | 403) {
                    continue;
                }
                break;
            }
            let control = tape.send_any(Request::read(sibling(ctx, path)).by(who))?;
            let control = control.exchange.answer().filter(|answer| blocked(answer).is_none());
            if control.is_some_and(|control| !same_page(control, answer)) {
                let open = answer.is_success();
                live.push(Live { path, who, open, status: answer.status, index: tried.index });
            }
            break;
        }
        if live.len() >= SHOWN_MAX {
            break;
        }
    }
    match live.first() {
        Some(first) => Ok(Verdict::fail(proof(first, &live))),
        None if answered == 0 => Err(Step::inconclusive("none of the paths was answered")),
        None => Ok(Verdict::Pass),
    }
}

/// A path that answers as something of its own.
struct Live<'a> {
    path: &'a str,
    who: Who,
    open: bool,
    status: u16,
    index: usize,
}

fn proof(first: &Live<'_>, live: &[Live<'_>]) -> Proof {
    let severity = if live.iter().any(|one| one.open) { Severity::Medium } else { Severity::Low };
    let paths: Vec<String> =
        live.iter().map(|one| format!("`{}` ({} {})", one.path, one.who, one.status)).collect();
    let summary = format!(
        "{} path(s) answer that the description does not know: {}",
        live.len(),
        paths.join(", ")
    );
    Proof::new(severity, Confidence::Firm, summary)
        .about(first.path)
        .because("each was met in an answer, a page or a script of the target")
        .because("a path beside it that cannot exist was answered otherwise")
        .shown_by(live.iter().map(|one| one.index))
}

/// Paths that were met and that neither the description nor common sense explains.
fn unknown<'a>(ctx: &Context<'a>) -> BTreeSet<&'a str> {
    let target = ctx.target;
    let paths =
        target.met_paths.iter().map(|path| path.split(['?', '#']).next().unwrap_or_default());
    paths
        .filter(|path| path.starts_with('/') && !path.contains(['{', '}']))
        .filter(|path| !is_described(ctx, path) && !is_aside(path))
        .filter(|path| !is_address_of_document(ctx, path))
        .take(PATHS_MAX)
        .collect()
}

fn is_address_of_document(ctx: &Context<'_>, path: &str) -> bool {
    let mut addresses = ctx.target.documents.iter().map(|(address, _)| address);
    addresses.any(|address| address.split(['?', '#']).next().unwrap_or_default().ends_with(path))
}

/// Whether the description has it, by any method, or has something below it: then it is an index.
fn is_described(ctx: &Context<'_>, path: &str) -> bool {
    let plain = path.trim_end_matches('/');
    let below = plain.strip_prefix(ctx.target.base_path.as_str()).unwrap_or(plain);
    let begins = format!("{plain}/");
    let mut methods = ctx.catalog.operations.iter().map(|operation| &operation.method);
    let mut asked: BTreeSet<&Method> = BTreeSet::new();
    plain.is_empty()
        || methods.any(|method| {
            let find = |path: &str| ctx.catalog.find(method, path).is_some();
            asked.insert(method) && (find(plain) || find(below))
        })
        || ctx.catalog.operations.iter().any(|o| ctx.path(&o.path).starts_with(&begins))
}

/// Whether it is an asset, housekeeping, or a path that had better not be asked for.
fn is_aside(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    let extension = PathKind::of(&lower).extension;
    extension.is_some_and(|ending| ASSETS.contains(&ending.as_str()))
        || lower.split('/').any(|segment| HOUSEKEEPING.contains(&segment))
        || danger::dangerous_word(path).is_some()
}

/// Whether the answer could be an operation's: data, or a refusal that is not everybody's.
fn could_be_live(ctx: &Context<'_>, path: &str, answer: &Answer) -> bool {
    if ctx.target.not_found.is_not_found(answer) {
        return false;
    }
    let data = (answer.json().is_some() || is_table(answer)) && !refuses(answer);
    (data && !is_document(path, answer)) || matches!(answer.status, 401 | 403)
}

/// Whether the answer is data in another form than JSON: rows, or records in XML.
fn is_table(answer: &Answer) -> bool {
    let kind = answer.media_type();
    kind == "text/csv" || kind == "application/x-ndjson" || kind.ends_with("/xml")
}

fn is_document(path: &str, answer: &Answer) -> bool {
    let document = Document { name: path.to_owned(), bytes: answer.body.clone().into_bytes() };
    avouch_catalog::read(&document, &[]).is_ok()
}

/// A path of the same kind beside this one that cannot exist.
fn sibling(ctx: &Context<'_>, path: &str) -> String {
    let word = ctx.nonces.word(path, 12);
    match path.trim_end_matches('/').rsplit_once('/') {
        Some((before, _)) => format!("{before}/{word}"),
        None => format!("/{word}"),
    }
}
