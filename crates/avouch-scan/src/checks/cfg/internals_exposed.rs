//! CFG-02: debug pages, management endpoints and metrics are open to anybody.

use super::{debug_pages, exposed};
use crate::check::{Check, Family, Oracle, Scope, Tier};
use crate::context::Context;
use crate::tape::{Flow, Tape};
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};

/// CFG-02
pub(super) const CHECK: Check = Check {
    id: "CFG-02",
    name: "internals-exposed",
    title: "Debug pages, management endpoints or metrics are open to anybody",
    family: Family::Cfg,
    severity: Severity::High,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::Grammar, Oracle::SoftNotFound, Oracle::RandomControl],
    tier: Tier::Read,
    needs: &[],
    scope: Scope::Target,
    cwe: Cwe(489),
    owasp: &[Owasp::Api(8), Owasp::Api(9)],
    criteria: &["CC6.6", "CC7.1"],
    page: include_str!("internals_exposed.md"),
    applies: |_| true,
    run,
};

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    exposed::ask_all(ctx, tape, exposed::targets(ctx, debug_pages::LIST))
}
