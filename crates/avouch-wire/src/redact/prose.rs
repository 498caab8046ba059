//! Secrets that stand beside a telling name in text of no known structure.

use super::Redactor;
use avouch_model::data_class::DataClass;
use avouch_model::recognise;
use regex::{Captures, Regex};
use std::sync::LazyLock;

impl Redactor {
    /// Secrets in text that is neither JSON nor a form: lines of an environment file, elements of
    /// XML, assignments of random-looking values.
    pub(super) fn assignments(&self, text: &str) -> String {
        static LINE: LazyLock<Option<Regex>> = LazyLock::new(|| {
            Regex::new(r#"(?m)^(\s*(?:export\s+)?)([A-Za-z][A-Za-z0-9_.\-]{1,60})(=["']?)([^\s"'<>‹›();]{3,512})(["']?)\s*$"#).ok()
        });
        static ELEMENT: LazyLock<Option<Regex>> = LazyLock::new(|| {
            Regex::new(r"(<)([A-Za-z][A-Za-z0-9_.:\-]{1,60})([^<>]{0,200}>)([^<>‹›]{3,512})(</)")
                .ok()
        });
        static RANDOM: LazyLock<Option<Regex>> = LazyLock::new(|| {
            Regex::new(r#"()([A-Za-z][A-Za-z0-9_.\-]{1,60})(["']?\s{0,4}(?:=>|[=:])\s{0,4}["']?)([A-Za-z0-9+/=_\-.~]{16,512})()"#).ok()
        });
        let mut text = text.to_owned();
        for (regex, strong) in [(&LINE, false), (&ELEMENT, false), (&RANDOM, true)] {
            let Some(regex) = regex.as_ref() else { continue };
            let issued = self.issued_in(&text);
            let replaced = regex.replace_all(&text, |found: &Captures<'_>| {
                let group = |n| found.get(n).map_or("", |m| m.as_str());
                let inside = |n| {
                    let at = found.get(n).map_or(0, |m| m.start());
                    issued.iter().any(|(start, end)| (start..end).contains(&&at))
                };
                // A placeholder's own parts look like a name and a random value.
                if inside(2) || inside(4) {
                    return group(0).to_owned();
                }
                let new = self.assigned(group(2), group(4), strong);
                format!("{}{}{}{new}{}", group(1), group(2), group(3), group(5))
            });
            text = replaced.into_owned();
        }
        text
    }

    fn assigned(&self, name: &str, value: &str, strong: bool) -> String {
        let kept = recognise::promise(name)
            .filter(|class| {
                !strong || matches!(class, DataClass::SessionToken | DataClass::ApiSecret)
            })
            .filter(|_| !strong || recognise::is_strong(value))
            .and_then(|_| recognise::kept(name, value));
        match kept {
            Some((class, detail)) => self.placeholder(class, value, detail),
            None => value.to_owned(),
        }
    }
}
