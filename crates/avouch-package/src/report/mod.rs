//! The report that people read: one page that loads nothing, for a desk and for a phone.
//!
//! It says on its cover that management prepared it, and whose opinion it is not. It draws no conclusion
//! that `avouch-prove` did not draw; every number stands with the count it comes from.

mod flow;
mod parts;
mod requests;
mod style;
mod trend;
mod world;

use crate::assess::Judged;
use crate::engagement::Engagement;
use crate::seen::Seen;
use crate::time;
use crate::writing::Talk;
use avouch_ledger::note::Checkpoint;
use parts::{
    capture, checking, controls, criteria, exceptions, limits, populations, samples, score,
};
use serde_json::Value;
use std::fmt::Write as _;

/// What the report is made of.
#[derive(Debug)]
pub(crate) struct Told<'a> {
    pub(crate) engagement: &'a Engagement,
    pub(crate) judged: &'a Judged,
    /// What the facts show of the API itself.
    pub(crate) seen: &'a Seen,
    /// The time of the ledger's first entry.
    pub(crate) begun_ms: Option<u64>,
    pub(crate) signed: &'a Checkpoint,
    pub(crate) covered_until_ms: u64,
    /// Name, title, items, items withheld.
    pub(crate) populations: Vec<(String, String, u64, u64)>,
    /// The samples as their files say them.
    pub(crate) samples: Vec<Value>,
    /// What came of the marked requests.
    pub(crate) canaries: Option<Value>,
    /// What auditor and management said to each other.
    pub(crate) talk: &'a Talk,
    /// The layers of completeness.
    pub(crate) layers: Value,
    pub(crate) purged_parts: u64,
}

/// Text that cannot be taken for markup.
pub(crate) fn text(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            c if c.is_control() && c != '\n' => safe.push('\u{fffd}'),
            c => safe.push(c),
        }
    }
    safe
}

/// A sentence in which commands and names stand between backticks.
fn prose(said: &str) -> String {
    let mut whole = String::new();
    let mut rest = said;
    while let Some((before, behind)) = rest.split_once('`')
        && let Some((name, after)) = behind.split_once('`')
    {
        // Writing to a string does not fail.
        let _ = write!(whole, "{}<code>{}</code>", text(before), text(name));
        rest = after;
    }
    whole + &text(rest)
}

/// The report.
pub(crate) fn html(told: &Told<'_>) -> String {
    let mut page = String::new();
    // Writing to a string does not fail.
    let _ = write!(
        page,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{} · evidence {}</title>\n<style>{}</style>\n</head>\n<body>\n<main>\n",
        text(&told.engagement.system),
        text(&told.engagement.id),
        style::STYLE
    );
    // The order of the report: what a reader needs first comes first.
    for part in [
        cover(told),
        criteria(told),
        exceptions(told),
        score(told),
        controls(told),
        populations(told),
        capture(told),
        world::gaps(told),
        samples(told),
        requests::requests(told),
        world::inventory(told),
        world::data_flow(told),
        world::incidents(told),
        world::changes(told),
        world::missing(told),
        limits(told),
        checking(told),
    ] {
        page.push_str(&part);
    }
    page.push_str("</main>\n</body>\n</html>\n");
    page
}

fn cover(told: &Told<'_>) -> String {
    let engagement = told.engagement;
    let (from, to) = (engagement.period.from_ms, engagement.period.to_ms);
    let days = format!("{} to {}", time::day(from), time::day(to.saturating_sub(1)));
    let open = if told.covered_until_ms < to {
        format!(
            "<p class=\"gap\">The period is not over: the ledger is covered until {}.</p>",
            time::minute(told.covered_until_ms)
        )
    } else {
        String::new()
    };
    format!(
        "<header class=\"cover\">\n<p class=\"kind\">Evidence for an examination</p>\n<h1>{}</h1>\n<p class=\"days\">{days}</p>\n<p class=\"not\">Prepared by management. This is not a SOC 2 report, and no opinion of an auditor is in it.</p>\n{open}<dl><dt>Auditor</dt><dd>{}</dd><dt>Categories</dt><dd>{}</dd><dt>Ledger</dt><dd>{}, {} entries</dd><dt>Root</dt><dd><code>{}</code></dd></dl>\n</header>\n",
        text(&engagement.system),
        text(&engagement.auditor),
        text(&engagement.categories.join(", ")),
        text(&told.signed.origin),
        told.signed.size,
        told.signed.root.to_hex()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_between_backticks_are_set_apart_and_nothing_becomes_markup() {
        assert_eq!(prose("key `a<b` of `c`"), "key <code>a&lt;b</code> of <code>c</code>");
        assert_eq!(prose("one ` alone <b>"), "one ` alone &lt;b&gt;");
    }
}
