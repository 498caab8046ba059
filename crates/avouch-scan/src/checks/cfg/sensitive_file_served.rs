//! CFG-03: a file that was never meant to be served can be fetched.

use super::exposed::Exposed;
use super::{exposed, files};
use crate::check::{Check, Family, Oracle, Scope, Tier};
use crate::context::Context;
use crate::tape::{Flow, Tape};
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};

/// CFG-03
pub(super) const CHECK: Check = Check {
    id: "CFG-03",
    name: "sensitive-file-served",
    title: "A file that was never meant to be served can be fetched",
    family: Family::Cfg,
    severity: Severity::High,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::Grammar, Oracle::SoftNotFound, Oracle::RandomControl],
    tier: Tier::Read,
    needs: &[],
    scope: Scope::Target,
    cwe: Cwe(538),
    owasp: &[Owasp::Api(8)],
    criteria: &["CC6.1"],
    page: include_str!("sensitive_file_served.md"),
    applies: |_| true,
    run,
};

/// LIMIT: scripts that were met whose source maps are asked for.
const MAPS_MAX: usize = 2;

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let scripts = ctx.target.met_paths.iter().map(|path| path.split('?').next().unwrap_or(path));
    let maps = scripts
        .filter(|path| {
            path.starts_with('/') && path.rsplit_once('.').is_some_and(|(_, ending)| ending == "js")
        })
        .take(MAPS_MAX)
        .map(|path| {
            let map = Exposed {
                path: "",
                what: "the source of a script",
                judge: files::source_map,
                below_base: false,
            };
            (format!("{path}.map"), map)
        });
    let mut targets = exposed::targets(ctx, files::LIST);
    targets.extend(maps);
    exposed::ask_all(ctx, tape, targets)
}
