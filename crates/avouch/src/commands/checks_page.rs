//! The reference of all checks, as a page: `docs/checks.md`.
//!
//! Everything on it comes from the descriptors and their pages, so that it cannot say anything else.

use avouch_scan::check::{Check, Family, Need, Oracle};
use avouch_scan::checks;
use std::fmt::Write as _;

/// Opens the page.
const HEAD: &str = "# The checks

This page is written by `cargo xtask reference`; change the descriptor or the page of a check instead.

A finding is never worse than the severity and never surer than the confidence given here. Tiers: P
passive, R reads only (both by default), A active (`--active`), D disruptive (`--disruptive ID`).
\"Evidence about\" names Trust Services Criteria by their ids. `avouch explain ID` shows a check's whole
page, with why it matters and how to mend it.
";

/// The whole page.
pub(super) fn page() -> String {
    let mut page = HEAD.to_owned();
    let all: Vec<&Check> = checks::all().collect();
    _ = write!(page, "\n{} checks in {} families.\n", all.len(), families(&all).len());
    for family in families(&all) {
        let here: Vec<&Check> =
            all.iter().filter(|check| check.family == family).copied().collect();
        _ = write!(page, "\n## {}: {}\n\n", family.name(), family.title());
        page.push_str("| check | finds | severity | confidence | tier | needs |\n");
        page.push_str("|---|---|---|---|---|---|\n");
        for check in &here {
            _ = writeln!(
                page,
                "| {} | {} | {} | {} | {} | {} |",
                check.id,
                cell(check.title),
                check.severity,
                check.confidence,
                check.tier.letter(),
                listed(check.needs.iter().map(|need| needed(*need).to_owned())),
            );
        }
        for check in here {
            page.push_str(&details(check));
        }
    }
    page
}

fn families(all: &[&Check]) -> Vec<Family> {
    Family::ALL.into_iter().filter(|f| all.iter().any(|check| check.family == *f)).collect()
}

fn details(check: &Check) -> String {
    let mut text = format!("\n### {} {}\n\n`{}`\n\n", check.id, check.title, check.name);
    let criteria = check.criteria.iter().map(|id| (*id).to_owned());
    _ = write!(
        text,
        "{}; {}; evidence about {}. Rests on {}.\n\n",
        check.cwe,
        listed(check.owasp.iter().map(ToString::to_string)),
        listed(criteria),
        listed(check.oracles.iter().map(|oracle| rests_on(*oracle).to_owned())),
    );
    text.push_str(proof(check.page));
    text.push('\n');
    text
}

/// How it is proven, controls included: that section of the check's page.
fn proof(page: &str) -> &str {
    let (_, after) = page.split_once("## How it is proven").unwrap_or(("", ""));
    after.split("\n## ").next().unwrap_or_default().trim()
}

fn listed(items: impl Iterator<Item = String>) -> String {
    let items: Vec<String> = items.collect();
    if items.is_empty() { "–".to_owned() } else { items.join(", ") }
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

fn needed(need: Need) -> &'static str {
    match need {
        Need::OneIdentity => "one identity",
        Need::TwoIdentities => "two identities",
        Need::TwoRoles => "two roles",
        Need::Description => "a description",
        Need::OutOfBand => "the listener",
    }
}

fn rests_on(oracle: Oracle) -> &'static str {
    match oracle {
        Oracle::Triad => "valid, no and garbage credential",
        Oracle::Similarity => "similarity",
        Oracle::PrivateSet => "values only one identity sees",
        Oracle::Canary => "a marked object of its own",
        Oracle::RandomControl => "a control with an id that was never issued",
        Oracle::ReadBack => "reading back what was written",
        Oracle::Contrast => "contrast of verbs or identities",
        Oracle::Timing => "delay that follows the delay asked for",
        Oracle::Computed => "a value the target had to compute",
        Oracle::OutOfBand => "the target coming to our listener",
        Oracle::SoftNotFound => "how this host says that nothing is there",
        Oracle::Heartbeat => "a session that lived before and after",
        Oracle::BlockDetector => "telling a block from an answer",
        Oracle::Replicate => "proving it again from a fresh start",
        Oracle::CleanUp => "removing what was created",
        Oracle::Grammar => "a published format or checksum",
        Oracle::Declaration => "what the description declares",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_check_says_how_it_is_proven() {
        for check in checks::all() {
            assert!(!proof(check.page).is_empty(), "{}", check.id);
        }
    }
}
