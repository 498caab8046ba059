//! BFLA-08: administrators' functions that nobody described and nobody guards.

use super::administrators::administrators;
use crate::check::{Check, Family, Oracle, Scope, Tier};
use crate::context::Context;
use crate::oracle::administrative::{is_administrative, is_harmless};
use crate::oracle::block;
use crate::oracle::guarded::turns_away;
use crate::oracle::refusal::refuses;
use crate::oracle::soft_not_found::same_page;
use crate::step::{Request, Step};
use crate::tape::{Flow, Tape};
use avouch_model::identity::Who;
use avouch_model::operation::Method;
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};
use std::collections::BTreeSet;

/// LIMIT: paths that are tried.
const PATHS_MAX: usize = 40;
/// LIMIT: resources of the description that are tried behind an administrator's segment.
const RESOURCES_MAX: usize = 3;
/// LIMIT: paths met in answers that are tried.
const MET_MAX: usize = 10;
/// Hits in a row after which the host is taken to say yes to everything.
const STRAIGHT_MAX: usize = 10;

/// Where administrators' functions usually are, below the base path; the first few below the root
/// too. What guards one of a segment's paths usually guards all of it.
const PLACES: [&str; 16] = [
    "admin",
    "admin/users",
    "internal/users",
    "admin/config",
    "admin/settings",
    "admin/stats",
    "admin/dashboard",
    "admin/logs",
    "internal",
    "internal/config",
    "management/users",
    "manage/users",
    "backoffice/users",
    "staff/users",
    "system/config",
    "debug/users",
];
/// Places that are tried below the root as well, where the API has a base path.
const ROOTED: usize = 4;
/// The same, where an API is usually mounted, for targets without a base path.
const MOUNTED: [&str; 4] =
    ["api/admin", "api/admin/users", "api/v1/admin/users", "api/internal/users"];
/// Segments of the places above that mean administration there and other things elsewhere.
const BESIDES: [&str; 2] = ["system", "debug"];
/// BFLA-08
pub(super) const CHECK: Check = Check {
    id: "BFLA-08",
    name: "hidden-admin-function-open",
    title: "An administrators' function that is not described is open",
    family: Family::Bfla,
    severity: Severity::High,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::SoftNotFound, Oracle::RandomControl],
    tier: Tier::Read,
    needs: &[],
    scope: Scope::Target,
    cwe: Cwe(425),
    owasp: &[Owasp::Api(5)],
    criteria: &["CC6.1"],
    page: include_str!("hidden_admin.md"),
    applies: |_| true,
    run,
};

/// A path that is really there and really an administrator's.
struct Hit {
    path: String,
    /// Whether nobody is given it too.
    open: bool,
    /// Whether it holds secrets or other people's personal data.
    sensitive: bool,
    /// Whether any other word in place of the administrators' segment is answered the same.
    anywhere: bool,
    shown_by: Vec<usize>,
}

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    if ctx.target.not_found.is_empty() {
        return Ok(Verdict::inconclusive("it is not known what the host answers to any path"));
    }
    let who = ctx.anyone().unwrap_or(Who::Nobody);
    let mut hits: Vec<Hit> = Vec::new();
    let mut stopped = None;
    let mut straight = 0;
    let mut shut: BTreeSet<String> = BTreeSet::new();
    let mut asked: BTreeSet<String> = BTreeSet::new();
    for path in paths(ctx) {
        if shut.iter().any(|parent| path.starts_with(parent.as_str())) {
            continue;
        }
        match probe(ctx, tape, &path, who)? {
            Probe::Hit(hit) => hits.push(hit),
            Probe::TurnedAway(status) => {
                straight = 0;
                let parent = parent(&path);
                if asked.insert(parent.clone()) && all_shut(ctx, tape, &parent, who, status)? {
                    shut.insert(parent);
                }
                continue;
            }
            Probe::Nothing { answered } if !answered => {
                straight = 0;
                continue;
            }
            Probe::Nothing { .. } => (),
            Probe::Stopped(why) => {
                stopped = Some(why);
                break;
            }
        }
        straight += 1;
        if straight >= STRAIGHT_MAX {
            let because =
                format!("{STRAIGHT_MAX} paths in a row are there: the host says yes to all");
            return Ok(Verdict::inconclusive(because));
        }
    }
    if hits.is_empty() {
        return Ok(stopped.map_or(Verdict::Pass, Verdict::inconclusive));
    }
    Ok(Verdict::fail(proof(ctx, hits, who)))
}

fn proof(ctx: &Context<'_>, mut hits: Vec<Hit>, who: Who) -> Proof {
    hits.sort_by(|one, other| one.path.cmp(&other.path));
    let open = hits.iter().any(|hit| hit.open);
    let (severity, confidence) = match (open, hits.iter().any(|hit| hit.sensitive)) {
        (true, true) => (Severity::High, Confidence::Confirmed),
        (true, false) => (Severity::High, Confidence::Firm),
        // Whether the one identity there is may be an administrator is not known.
        _ if who != Who::High && ctx.has(Who::High) => (Severity::High, Confidence::Firm),
        _ => (Severity::Medium, Confidence::Tentative),
    };
    let paths: Vec<&str> = hits.iter().map(|hit| &*hit.path).collect();
    let reader = if open { Who::Nobody } else { who };
    let summary =
        format!("{reader} read what looks like an administrators' function: {}", paths.join(", "));
    let mut proof = Proof::new(severity, confidence, summary).about(paths.join(" "));
    for hit in &hits {
        let whom = if hit.open { "everybody" } else { "the identity and not to nobody" };
        proof = proof.because(format!("`{}` is answered to {whom}", hit.path));
        if hit.anywhere {
            proof = proof.because(format!(
                "any other word instead of the administrators' segment of `{}` is answered the \
                 same: the route takes every path of its form",
                hit.path
            ));
        }
    }
    proof
        .because("a path beside it that cannot exist is answered otherwise")
        .shown_by(hits.into_iter().flat_map(|hit| hit.shown_by))
}

/// What came of trying a path.
enum Probe {
    Hit(Hit),
    /// No administrators' function; whether anything was there.
    Nothing {
        answered: bool,
    },
    /// Refused to this caller, with that status.
    TurnedAway(u16),
    Stopped(String),
}

fn probe(ctx: &Context<'_>, tape: &mut Tape<'_>, path: &str, who: Who) -> Result<Probe, Step> {
    let tried = tape.send_any(Request::read(path).by(who))?;
    let Some(answer) = tried.exchange.answer() else {
        return Ok(Probe::Stopped("the target stopped answering".to_owned()));
    };
    if let Some(why) = block::blocked(answer) {
        return Ok(Probe::Stopped(why));
    }
    if turns_away(answer) {
        return Ok(Probe::TurnedAway(answer.status));
    }
    let there = answer.is_success() && !ctx.target.not_found.is_not_found(answer);
    let Some(sensitive) = Some(answer).filter(|_| there).and_then(administrators) else {
        return Ok(Probe::Nothing { answered: there });
    };
    let parent = path.rsplit_once('/').map_or("", |(parent, _)| parent);
    let beside = format!("{parent}/{}", ctx.nonces.word(&format!("beside {path}"), 12));
    let control = tape.send(Request::read(beside).by(who))?;
    if same_page(answer, control.answer()) {
        return Ok(Probe::Nothing { answered: true });
    }
    let mut shown_by = vec![tried.index, control.index];
    let mut anywhere = false;
    let word = ctx.nonces.word(&format!("elsewhere {path}"), 12);
    if let Some(elsewhere) = outside_administration(path, &word) {
        let elsewhere = tape.send(Request::read(elsewhere).by(who))?;
        anywhere = same_page(answer, elsewhere.answer());
        shown_by.push(elsewhere.index);
    }
    let mut open = who == Who::Nobody;
    if !open {
        let nobody = tape.send(Request::read(path))?;
        open = !refuses(nobody.answer()) && administrators(nobody.answer()).is_some();
        shown_by.push(nobody.index);
    }
    // The segment says nothing then: only what nobody may be told is still worth a finding.
    if anywhere && !(open && sensitive) {
        return Ok(Probe::Nothing { answered: true });
    }
    Ok(Probe::Hit(Hit { path: path.to_owned(), open, sensitive, anywhere, shown_by }))
}

/// What a path is below, with its slash.
fn parent(path: &str) -> String {
    path.rsplit_once('/').map_or_else(String::new, |(parent, _)| format!("{parent}/"))
}

/// Whether a path below there that cannot exist is refused in the same way: whatever is below is
/// refused before it is looked for.
fn all_shut(
    ctx: &Context<'_>,
    tape: &mut Tape<'_>,
    parent: &str,
    who: Who,
    status: u16,
) -> Result<bool, Step> {
    let segment = parent.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    if !is_administrative(segment) {
        return Ok(false);
    }
    let nothing = format!("{parent}{}", ctx.nonces.word(&format!("nothing in {parent}"), 12));
    let reply = tape.send(Request::read(nothing).by(who))?;
    Ok(reply.status == status)
}

/// The path with a word in place of each segment but the last that means administration; `None`
/// when there is no such segment.
fn outside_administration(path: &str, word: &str) -> Option<String> {
    let (parent, last) = path.rsplit_once('/')?;
    let means = |segment: &str| is_administrative(segment) || BESIDES.contains(&segment);
    if !parent.split('/').any(means) {
        return None;
    }
    let other: Vec<&str> =
        parent.split('/').map(|segment| if means(segment) { word } else { segment }).collect();
    Some(format!("{}/{last}", other.join("/")))
}

/// The paths to try, likeliest first, without those that are described or harmless.
fn paths(ctx: &Context<'_>) -> Vec<String> {
    let base = &ctx.target.base_path;
    let met = ctx.target.met_paths.iter().filter(|path| is_administrative(path)).take(MET_MAX);
    let mut resources: Vec<&str> = ctx
        .catalog
        .operations
        .iter()
        .filter(|o| o.method == Method::Get && !o.path.contains('{') && !is_administrative(&o.path))
        .map(|operation| operation.path.as_str())
        .collect();
    // Lists of people are what is behind it most often.
    resources.sort_by_key(|path| !path.contains("user") && !path.contains("account"));
    let people = resources.first().map(|path| format!("{base}/internal{path}"));
    let behind = resources.into_iter().take(RESOURCES_MAX);
    let behind = behind.map(|path| format!("{base}/admin{path}")).chain(people);
    let usual = PLACES.iter().map(|place| format!("{base}/{place}"));
    let root: Vec<String> = if base.is_empty() {
        MOUNTED.iter().map(|place| format!("/{place}")).collect()
    } else {
        PLACES.iter().take(ROOTED).map(|place| format!("/{place}")).collect()
    };
    let mut all: Vec<String> = Vec::new();
    for path in met.cloned().chain(behind).chain(usual).chain(root) {
        let below = path.strip_prefix(base.as_str()).unwrap_or(&path);
        let described = [below, path.as_str()]
            .into_iter()
            .any(|path| ctx.catalog.find(&Method::Get, path).is_some());
        let usable = path.starts_with('/')
            && !path.starts_with("//")
            && !path.contains(['?', '#', '{', ' ']);
        if usable && !described && !is_harmless(&path) && !all.contains(&path) {
            all.push(path);
        }
    }
    all.truncate(PATHS_MAX);
    // A second time, only what was found.
    if let Some(found) = ctx.found.and_then(|proof| proof.parameter.as_deref()) {
        all.retain(|path| found.split(' ').any(|known| known == path));
    }
    all
}
