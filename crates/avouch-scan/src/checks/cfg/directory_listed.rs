//! CFG-06: the files of a folder are listed for anybody.

use super::exposed::{self, Exposed};
use crate::check::{Check, Family, Oracle, Scope, Tier};
use crate::context::Context;
use crate::oracle::soft_not_found::PathKind;
use crate::tape::{Flow, Tape};
use avouch_model::exchange::Answer;
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use regex::Regex;
use std::sync::LazyLock;

/// CFG-06
pub(super) const CHECK: Check = Check {
    id: "CFG-06",
    name: "directory-listed",
    title: "The files of a folder are listed for anybody",
    family: Family::Cfg,
    severity: Severity::Low,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::Grammar, Oracle::SoftNotFound, Oracle::RandomControl],
    tier: Tier::Read,
    needs: &[],
    scope: Scope::Target,
    cwe: Cwe(548),
    owasp: &[Owasp::Api(8)],
    criteria: &["CC6.1"],
    page: include_str!("directory_listed.md"),
    applies: |_| true,
    run,
};

/// LIMIT: folders asked for that were met on the way.
const MET_MAX: usize = 4;
/// Folders that programs serve files from.
const USUAL: [&str; 8] =
    ["/uploads/", "/files/", "/static/", "/media/", "/backup/", "/logs/", "/public/", "/ftp/"];

/// What the pages of listings hold, by the program that makes them.
const FORMS: [&str; 6] = [
    // Apache, nginx, lighttpd, Caddy's plain page.
    r"(?i)<title>\s*index of\s+/",
    r"(?i)<h[12][^>]*>\s*index of\s+/",
    // Python, Tomcat, Jetty.
    r"(?i)<title>\s*directory(?: listing for|:)\s+/",
    r"(?i)<h1>\s*directory listing for\s+",
    // Express.
    r"(?i)<title>\s*listing directory\s+/",
    // IIS.
    r"(?i)<a[^>]*>\[to parent directory\]</a>",
];

static COMPILED: LazyLock<Vec<Regex>> =
    LazyLock::new(|| FORMS.iter().filter_map(|form| Regex::new(form).ok()).collect());

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let folder = Exposed { path: "/", what: "a list of its files", judge, below_base: false };
    let mut targets: Vec<String> = Vec::new();
    let met = ctx.target.met_paths.iter().filter_map(|path| folder_of(path)).take(MET_MAX * 8);
    for path in met {
        if targets.len() < MET_MAX && !targets.contains(&path) {
            targets.push(path);
        }
    }
    for path in USUAL {
        if !targets.iter().any(|known| known == path) {
            targets.push(path.to_owned());
        }
    }
    exposed::ask_all(ctx, tape, targets.into_iter().map(|target| (target, folder)).collect())
}

/// The folder of a file that was met; `None` of what has no ending or lies at the root.
fn folder_of(path: &str) -> Option<String> {
    PathKind::of(path).extension?;
    let (folder, _) = path.rsplit_once('/')?;
    (!folder.is_empty()).then(|| format!("{folder}/"))
}

/// A page in the form of a listing, with at least one link in it.
fn judge(answer: &Answer) -> Option<Severity> {
    let page: String = answer.body.chars().take(20_000).collect();
    let lower = page.to_ascii_lowercase();
    let listed = COMPILED.iter().any(|form| form.is_match(&page));
    (listed && lower.contains("<a href=")).then_some(Severity::Low)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_compiles() {
        assert_eq!(COMPILED.len(), FORMS.len());
    }
}
