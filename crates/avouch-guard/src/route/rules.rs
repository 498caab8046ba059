//! What holds for one operation: by its description, then by settings.

use super::patterns;
use crate::settings::route::{Operation as Settings, Route};
use avouch_model::operation::{Operation, Security};

/// What holds for one operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Whether nobody has to prove who they are. Where the description says nothing about security,
    /// everybody has to.
    pub public: bool,
    /// Scopes of which each is needed, where the settings say so.
    pub scopes: Option<Vec<String>>,
    /// Roles of which one is needed, where the settings say so.
    pub roles: Option<Vec<String>>,
    /// Bytes that a body may have, where the settings say so.
    pub body_bytes_max: Option<u64>,
    /// Whether the credential is forwarded.
    pub credentials_upstream: bool,
    /// Policies that only say what they would have refused.
    pub learn: Vec<&'static str>,
    /// What answers say of it being deprecated (RFC 9745, RFC 8594).
    pub announced: Vec<(&'static str, String)>,
}

/// A setting that cannot be followed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingError {
    /// A pattern names no operation: what it should have protected is not protected.
    #[error("`{pattern}` names no operation of the description")]
    NamesNothing {
        /// The pattern as it was written.
        pattern: String,
    },
    /// A list of policies names one that is not there.
    #[error("`{policy}` is no policy that can learn; there are {known}")]
    UnknownPolicy {
        /// What was written.
        policy: String,
        /// The names of those that are there.
        known: String,
    },
    /// An entry asks for something of callers who need not be known.
    #[error(
        "`{pattern}` is made public and given scopes or roles, which nobody would be asked for"
    )]
    PublicNeeds {
        /// The entry's first pattern.
        pattern: String,
    },
    /// A rule of ownership cannot be followed.
    #[error("`[[guard.own]]` that asks `{ask}`: {because}")]
    Own {
        /// What it asks.
        ask: String,
        /// What is wrong.
        because: &'static str,
    },
    /// A base path is none.
    #[error("`{path}` is no base path: it begins with a slash and does not end with one")]
    BasePath {
        /// What was written.
        path: String,
    },
}

/// Policies that decide about single operations.
const LEARNING: [&str; 8] =
    ["contain", "identify", "limit", "authorize", "own", "validate", "filter", "route"];

/// The rules of each operation, by its index.
pub(super) fn of_all(
    operations: &[Operation],
    route: &Route,
    settings: &[Settings],
) -> Result<Vec<Rules>, Vec<SettingError>> {
    let mut rules: Vec<_> = operations.iter().map(|one| described(one, route)).collect();
    let mut wrong = Vec::new();
    let named = |pattern: &str, wrong: &mut Vec<SettingError>| -> Vec<usize> {
        let each = operations.iter().enumerate();
        let named: Vec<_> = each
            .filter(|(_, one)| patterns::names(pattern, &one.id.0))
            .map(|(index, _)| index)
            .collect();
        if named.is_empty() {
            wrong.push(SettingError::NamesNothing { pattern: pattern.to_owned() });
        }
        named
    };
    for pattern in &route.public {
        for index in named(pattern, &mut wrong) {
            if let Some(rules) = rules.get_mut(index) {
                rules.public = true;
            }
        }
    }
    for entry in settings {
        let learn = learning(entry, &mut wrong);
        if entry.public == Some(true) && asks(entry) {
            let pattern = entry.matches.first().cloned().unwrap_or_default();
            wrong.push(SettingError::PublicNeeds { pattern });
        }
        for pattern in &entry.matches {
            for index in named(pattern, &mut wrong) {
                if let Some(rules) = rules.get_mut(index) {
                    rules.apply(entry, learn.as_ref());
                }
            }
        }
    }
    if wrong.is_empty() { Ok(rules) } else { Err(wrong) }
}

fn described(operation: &Operation, route: &Route) -> Rules {
    let public = matches!(operation.security, Security::Open | Security::Optional(_));
    let mut announced = Vec::new();
    if route.announce_deprecation {
        if operation.deprecated {
            announced.push(("deprecation", "@0".to_owned()));
        }
        announced.extend(operation.sunset.as_deref().and_then(http_date).map(|at| ("sunset", at)));
    }
    Rules {
        public,
        scopes: None,
        roles: None,
        body_bytes_max: None,
        credentials_upstream: false,
        learn: Vec::new(),
        announced,
    }
}

fn learning(entry: &Settings, wrong: &mut Vec<SettingError>) -> Option<Vec<&'static str>> {
    let mut learn = Vec::new();
    for name in entry.learn.as_ref()? {
        match LEARNING.into_iter().find(|known| known == name) {
            Some(known) => learn.push(known),
            None => wrong.push(SettingError::UnknownPolicy {
                policy: name.clone(),
                known: LEARNING.join(", "),
            }),
        }
    }
    Some(learn)
}

/// Whether an entry names scopes or roles that callers must have.
fn asks(entry: &Settings) -> bool {
    [&entry.scopes, &entry.roles].into_iter().flatten().any(|names| !names.is_empty())
}

impl Rules {
    fn apply(&mut self, entry: &Settings, learn: Option<&Vec<&'static str>>) {
        // Who has to have something has to be known, although the description asks nobody.
        self.public = entry.public.unwrap_or(self.public && !asks(entry));
        self.credentials_upstream = entry.credentials_upstream.unwrap_or(self.credentials_upstream);
        self.body_bytes_max = entry.body_bytes_max.or(self.body_bytes_max);
        self.scopes = entry.scopes.clone().or(self.scopes.take());
        self.roles = entry.roles.clone().or(self.roles.take());
        if let Some(learn) = learn {
            self.learn.clone_from(learn);
        }
    }
}

/// A day such as `2027-01-31` as HTTP writes the first second of it (RFC 9110, section 5.6.7).
fn http_date(day: &str) -> Option<String> {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    let mut parts = day.get(..10)?.split('-').map(|part| part.parse::<i64>().ok());
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    // Days since 1970, which was a Thursday: years begin in March, so that leap days come last.
    let (y, m) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days =
        365 * y + y.div_euclid(4) - y.div_euclid(100) + y.div_euclid(400) + (153 * m + 2) / 5 + day
            - 719_469;
    let weekday = DAYS.get(usize::try_from(days.rem_euclid(7)).ok()?)?;
    let month = MONTHS.get(usize::try_from(month.checked_sub(1)?).ok()?)?;
    Some(format!("{weekday}, {day:02} {month} {year:04} 00:00:00 GMT"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_written_as_http_writes_them() {
        assert_eq!(http_date("1970-01-01").unwrap(), "Thu, 01 Jan 1970 00:00:00 GMT");
        assert_eq!(http_date("1994-11-06").unwrap(), "Sun, 06 Nov 1994 00:00:00 GMT");
        assert_eq!(http_date("2000-02-29").unwrap(), "Tue, 29 Feb 2000 00:00:00 GMT");
        assert_eq!(http_date("2026-11-26").unwrap(), "Thu, 26 Nov 2026 00:00:00 GMT");
        assert_eq!(http_date("soon"), None);
    }
}
