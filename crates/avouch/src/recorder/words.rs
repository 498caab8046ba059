//! Words of the scanner as words of facts.

use avouch_model::fact::scan::{ScanEnding, Tier};
use avouch_model::report::Ending;
use avouch_scan::check;

/// LIMIT: characters of a text in a fact. What is longer is cut, and ends in `…`.
const TEXT_MAX: usize = 2000;

/// A text that fits a fact.
pub(super) fn cut(text: &str) -> String {
    match text.char_indices().nth(TEXT_MAX) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
    }
}

/// The first texts of a list; a last one says how many more there are.
pub(super) fn first(texts: impl IntoIterator<Item = String>, most: usize) -> Vec<String> {
    let mut texts = texts.into_iter();
    let mut first: Vec<String> = texts.by_ref().take(most).map(|text| cut(&text)).collect();
    let more = texts.count();
    if more > 0 {
        first.push(format!("… and {more} more"));
    }
    first
}

pub(super) fn tier(tier: check::Tier) -> Tier {
    match tier {
        check::Tier::Passive => Tier::Passive,
        check::Tier::Read => Tier::Read,
        check::Tier::Active => Tier::Active,
        check::Tier::Disruptive => Tier::Disruptive,
    }
}

/// How it ended, and why.
pub(super) fn ending(ending: &Ending) -> (ScanEnding, Option<String>) {
    let because = |why: &String| Some(cut(why));
    match ending {
        Ending::Complete => (ScanEnding::Complete, None),
        Ending::Interrupted => (ScanEnding::Interrupted, None),
        Ending::BudgetSpent(why) => (ScanEnding::BudgetSpent, because(why)),
        Ending::TargetGone(why) => (ScanEnding::TargetGone, because(why)),
        Ending::Unreachable(why) => (ScanEnding::Unreachable, because(why)),
        Ending::IdentityLost(why) => (ScanEnding::IdentityLost, because(why)),
        Ending::Blocked(why) => (ScanEnding::Blocked, because(why)),
    }
}
