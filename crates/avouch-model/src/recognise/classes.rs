//! All that can be said of one value.

use super::{key, pattern};
use crate::data_class::{Classes, DataClass};

/// What a name promises of its values, worked out once for many of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Promise {
    class: DataClass,
    /// A pin that is not a few digits is on a board or in a package.
    pin: bool,
}

impl Promise {
    /// What a name promises.
    pub fn of(name: &str) -> Option<Self> {
        let class = key::promise(name)?;
        Some(Self { class, pin: key::words(name).ends_with("pin") })
    }

    /// Whether a value keeps it: its class and detail, else nothing.
    pub fn kept(self, value: &str) -> Option<(DataClass, &'static str)> {
        let digits = value.bytes().all(|b| b.is_ascii_digit());
        if self.pin && !(digits && (4..=12).contains(&value.len())) {
            return None;
        }
        key::keep_promise(self.class, value)
    }
}

/// The classes of what is in a text that stands under a name with that promise.
pub fn classes(text: &str, promise: Option<Promise>) -> Classes {
    let mut classes = Classes::default();
    if let Some((class, _)) = promise.and_then(|promise| promise.kept(text)) {
        classes = classes.and(class);
    }
    pattern::find_all(text).iter().fold(classes, |classes, found| classes.and(found.class))
}
