//! The switches of the checks' verdicts. Stands in copies of the crate only: `cargo xtask test
//! --only mutations` puts it there.

use avouch_model::verdict::Verdict;
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::sync::OnceLock;

/// What a reason says that is to become a pass.
const MARK: &str = "(this cannot be told, and is turned into a pass)";

thread_local! {
    static ON: Cell<usize> = const { Cell::new(usize::MAX) };
    static MET: RefCell<BTreeSet<usize>> = const { RefCell::new(BTreeSet::new()) };
}

/// The switch that is on in the whole process, for tests that have threads of their own.
fn on_everywhere() -> usize {
    static NUMBER: OnceLock<usize> = OnceLock::new();
    *NUMBER.get_or_init(|| {
        let told = std::env::var("AVOUCH_MUTANT").ok();
        told.and_then(|number| number.parse().ok()).unwrap_or(usize::MAX)
    })
}

fn is_on(number: usize) -> bool {
    MET.with_borrow_mut(|met| met.insert(number));
    ON.get() == number || on_everywhere() == number
}

/// Turns one switch on and all others off, in this thread.
#[cfg(test)]
pub(crate) fn turn_on(number: usize) {
    ON.set(number);
}

/// The switches that were met in this thread since this was asked last.
#[cfg(test)]
pub(crate) fn met() -> BTreeSet<usize> {
    MET.take()
}

pub(crate) fn inconclusive<const NUMBER: usize>(because: impl Into<String>) -> Verdict {
    let because = because.into();
    if is_on(NUMBER) || because.contains(MARK) {
        Verdict::Pass
    } else {
        Verdict::inconclusive(because)
    }
}

pub(crate) fn pass<const NUMBER: usize>() -> Verdict {
    if is_on(NUMBER) { Verdict::inconclusive("a pass that was turned") } else { Verdict::Pass }
}

pub(crate) fn reason<const NUMBER: usize, R: Reason>(reason: R) -> R {
    reason.marked_if(|| is_on(NUMBER))
}

pub(crate) trait Reason {
    fn marked_if(self, on: impl Fn() -> bool) -> Self;
}

impl Reason for &str {
    fn marked_if(self, on: impl Fn() -> bool) -> Self {
        if on() { MARK } else { self }
    }
}

impl Reason for String {
    fn marked_if(self, on: impl Fn() -> bool) -> Self {
        if on() { MARK.to_owned() } else { self }
    }
}

/// What makes a reason when it is wanted.
pub(crate) fn reasoned<const NUMBER: usize, R: Reason>(make: impl Fn() -> R) -> impl Fn() -> R {
    move || reason::<NUMBER, R>(make())
}
