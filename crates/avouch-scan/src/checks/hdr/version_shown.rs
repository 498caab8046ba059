//! HDR-03: headers name products with their versions.

use super::seen::seen;
use crate::check::{Check, Family, Oracle, Scope, Tier};
use crate::context::Context;
use crate::tape::{Flow, Tape};
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};
use regex::Regex;
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// HDR-03
pub(super) const CHECK: Check = Check {
    id: "HDR-03",
    name: "product-version-shown",
    title: "Headers name products with their versions",
    family: Family::Hdr,
    severity: Severity::Info,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::Grammar],
    tier: Tier::Passive,
    needs: &[],
    scope: Scope::Target,
    cwe: Cwe(200),
    owasp: &[Owasp::Api(8)],
    criteria: &["CC6.6"],
    page: include_str!("version_shown.md"),
    applies: |_| true,
    run,
};

/// Headers that name what answers.
const BANNERS: [&str; 9] = [
    "server",
    "x-powered-by",
    "x-aspnet-version",
    "x-aspnetmvc-version",
    "x-generator",
    "x-runtime-version",
    "x-drupal-cache-version",
    "x-jenkins",
    "liferay-portal",
];

/// A number with a dot: `nginx/1.18.0`, `PHP/8.1`, `4.0.30319`.
static VERSION: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?:^|[/ \-_v(])\d{1,5}\.\d").ok());

fn run(ctx: &Context<'_>, _tape: &mut Tape<'_>) -> Flow {
    let mut shown: BTreeSet<String> = BTreeSet::new();
    for seen in seen(ctx)? {
        for (name, value) in &seen.answer.headers.0 {
            let versioned = VERSION.as_ref().is_some_and(|version| version.is_match(value));
            if BANNERS.contains(&name.as_str()) && versioned {
                shown.insert(format!("`{name}: {}`", value.chars().take(80).collect::<String>()));
            }
        }
    }
    let Some(first) = shown.first() else { return Ok(Verdict::Pass) };
    let summary = format!("answers name a product and its version: {first}");
    let proof = Proof::new(Severity::Info, Confidence::Confirmed, summary)
        .caused_by("version banners in headers");
    Ok(Verdict::fail(shown.into_iter().fold(proof, Proof::because)))
}
