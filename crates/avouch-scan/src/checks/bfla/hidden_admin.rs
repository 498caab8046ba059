//! BFLA-08: administrators' functions that nobody described and nobody guards.

use crate::check::{Check, Family, Oracle, Scope, Tier};
use crate::context::Context;
use crate::oracle::administrative::{is_administrative, is_harmless};
use crate::oracle::block;
use crate::oracle::leaves::{leaves_of, plain_key};
use crate::oracle::refusal::refuses;
use crate::oracle::soft_not_found::same_page;
use crate::step::{Request, Step};
use crate::tape::{Flow, Tape};
use avouch_model::data_class::DataClass;
use avouch_model::exchange::Answer;
use avouch_model::identity::Who;
use avouch_model::operation::Method;
use avouch_model::placeholder::Placeholder;
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};
use std::collections::BTreeSet;

/// LIMIT: paths that are tried.
const PATHS_MAX: usize = 64;
/// LIMIT: resources of the description that are tried behind an administrator's segment.
const RESOURCES_MAX: usize = 6;
/// LIMIT: paths met in answers that are tried.
const MET_MAX: usize = 10;
/// Hits in a row after which the host is taken to say yes to everything.
const STRAIGHT_MAX: usize = 10;

/// Where administrators' functions usually are, below the base path and below the root.
const PLACES: [&str; 26] = [
    "admin",
    "admin/users",
    "admin/settings",
    "admin/config",
    "admin/stats",
    "admin/dashboard",
    "admin/logs",
    "admin/audit",
    "admin/accounts",
    "admin/roles",
    "admin/export",
    "administrator",
    "internal",
    "internal/users",
    "internal/config",
    "internal/stats",
    "management/users",
    "manage/users",
    "backoffice",
    "backoffice/users",
    "staff/users",
    "superadmin",
    "system/users",
    "system/config",
    "moderation/reports",
    "debug/users",
];
/// The same, where an API is usually mounted, for targets without a base path.
const MOUNTED: [&str; 6] = [
    "api/admin",
    "api/admin/users",
    "api/v1/admin",
    "api/v1/admin/users",
    "api/internal/users",
    "v1/admin/users",
];
/// Segments of the places above that mean administration there and other things elsewhere.
const BESIDES: [&str; 2] = ["system", "debug"];
/// Keys that administrators' answers have and others do not.
const VOCABULARY: [&str; 20] = [
    "isadmin",
    "permissions",
    "privileges",
    "lastlogin",
    "loginattempts",
    "failedlogins",
    "banned",
    "suspended",
    "auditlog",
    "tenants",
    "databaseurl",
    "secretkey",
    "environment",
    "impersonate",
    "passwordhash",
    "featureflags",
    "totalusers",
    "activeusers",
    "totalrevenue",
    "usercount",
];

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
    for path in paths(ctx) {
        match probe(ctx, tape, &path, who)? {
            Probe::Hit(hit) => hits.push(hit),
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

/// Whether an answer is JSON that only administrators should see, and then whether it holds secrets
/// or several people's addresses.
fn administrators(answer: &Answer) -> Option<bool> {
    let json = answer.json().filter(|_| !refuses(answer))?;
    let found = leaves_of(&json);
    let classes = found.iter().filter_map(|leaf| Placeholder::parse(&leaf.value));
    let classes: BTreeSet<(DataClass, String)> = classes.map(|p| (p.class, p.digest)).collect();
    let secret = classes.iter().any(|(c, _)| c.is_secret() && *c != DataClass::OwnCredential);
    let people = classes.iter().filter(|(class, _)| *class == DataClass::Email).count() >= 2;
    let spoken = found.iter().any(|leaf| {
        leaf.path.split('/').map(plain_key).any(|part| VOCABULARY.contains(&part.as_str()))
    });
    (secret || people || spoken).then_some(secret || people)
}

/// The paths to try, likeliest first, without those that are described or harmless.
fn paths(ctx: &Context<'_>) -> Vec<String> {
    let base = &ctx.target.base_path;
    let met = ctx.target.met_paths.iter().filter(|path| is_administrative(path)).take(MET_MAX);
    let resources = ctx.catalog.operations.iter().filter(|operation| {
        operation.method == Method::Get
            && !operation.path.contains('{')
            && !is_administrative(&operation.path)
    });
    let behind = resources.take(RESOURCES_MAX).flat_map(|operation| {
        ["admin", "internal"].map(|segment| format!("{base}/{segment}{}", operation.path))
    });
    let usual = PLACES.iter().map(|place| format!("{base}/{place}"));
    let root: Vec<String> = if base.is_empty() {
        MOUNTED.iter().map(|place| format!("/{place}")).collect()
    } else {
        PLACES.iter().take(11).map(|place| format!("/{place}")).collect()
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
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oracle::markers::tests::answer;

    #[test]
    fn health_and_the_callers_own_address_are_no_administration() {
        let judged = |body: &str| administrators(&answer(200, body));
        assert_eq!(judged(r#"{"status": "up", "version": "2.1"}"#), None);
        assert_eq!(judged(r#"{"email": "‹email:00000000000000aa›"}"#), None);
        assert_eq!(judged(r#"{"error": "is_admin needed", "is_admin": false}"#), None);
        assert_eq!(judged(r#"{"users": [{"last_login": "monday"}]}"#), Some(false));
        assert_eq!(judged(r#"{"dsn": "‹connection-string:00000000000000aa›"}"#), Some(true));
    }
}
