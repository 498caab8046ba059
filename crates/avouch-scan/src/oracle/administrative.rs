//! What marks a function as meant for administrators.

use crate::oracle::leaves::plain_key;
use avouch_model::operation::{Operation, Security};

/// Segments, tags, roles and scopes that mean administration and nothing else.
const STRONG: [&str; 11] = [
    "admin",
    "admins",
    "administrator",
    "administrators",
    "administration",
    "superadmin",
    "superuser",
    "sysadmin",
    "backoffice",
    "adminapi",
    "root",
];
/// Segments and tags that often do.
const WEAK: [&str; 10] = [
    "internal",
    "management",
    "manage",
    "manager",
    "staff",
    "moderator",
    "moderation",
    "operator",
    "supervisor",
    "console",
];
/// Roles everybody with an account has.
const ORDINARY: [&str; 10] = [
    "user",
    "users",
    "member",
    "customer",
    "client",
    "guest",
    "authenticated",
    "any",
    "everyone",
    "public",
];
/// Last segments that are harmless wherever they are.
const HARMLESS: [&str; 14] = [
    "health",
    "healthz",
    "healthcheck",
    "ping",
    "status",
    "ready",
    "readyz",
    "live",
    "livez",
    "version",
    "info",
    "openapi",
    "docs",
    "swagger",
];

/// Why an operation counts as an administrator's, weakest first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mark {
    /// A word that often means administration.
    Hinted(String),
    /// A word that means nothing else.
    Named(String),
    /// The description asks for the role or scope.
    Declared(String),
}

impl Mark {
    /// One sentence for the proof.
    pub fn sentence(&self) -> String {
        match self {
            Self::Hinted(word) | Self::Named(word) => format!("its path or group says `{word}`"),
            Self::Declared(word) => format!("the description asks for `{word}`"),
        }
    }
}

/// The strongest sign that an operation is an administrator's; `None` when there is none, when the
/// description lets everybody with an account in, or when it is harmless by name.
pub fn mark(operation: &Operation) -> Option<Mark> {
    if is_harmless(&operation.path) || operation.security == Security::Open {
        return None;
    }
    let roles: Vec<&String> = operation.roles.iter().collect();
    if roles.iter().any(|role| ORDINARY.contains(&plain_key(role).as_str())) {
        return None;
    }
    let declared = roles.into_iter().chain(scopes(operation)).find(|word| is_strong_within(word));
    if let Some(word) = declared {
        return Some(Mark::Declared(word.clone()));
    }
    let tags = operation.tags.iter().map(String::as_str);
    let words: Vec<&str> = operation.path.split('/').chain(tags).collect();
    let named = |list: &[&str]| {
        words.iter().find(|word| list.contains(&plain_key(word).as_str())).map(|w| (*w).to_owned())
    };
    named(&STRONG).map(Mark::Named).or_else(|| named(&WEAK).map(Mark::Hinted))
}

/// Whether a path has a segment that means administration, surely or often.
pub fn is_administrative(path: &str) -> bool {
    let plain = path.split(['?', '#']).next().unwrap_or_default();
    plain
        .split('/')
        .map(plain_key)
        .any(|word| STRONG.contains(&word.as_str()) || WEAK.contains(&word.as_str()))
}

/// Whether a path ends in something anybody may know.
pub fn is_harmless(path: &str) -> bool {
    let plain = path.split(['?', '#']).next().unwrap_or_default();
    let last = plain.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    HARMLESS.contains(&plain_key(last.split('.').next().unwrap_or_default()).as_str())
}

fn scopes(operation: &Operation) -> Vec<&String> {
    match &operation.security {
        Security::Required(ways) => {
            ways.iter().flat_map(|way| &way.schemes).flat_map(|(_, scopes)| scopes).collect()
        }
        _ => Vec::new(),
    }
}

/// `admin`, `users:admin`, `admin.read`.
fn is_strong_within(word: &str) -> bool {
    word.split([':', '.', '/', '_', '-', ' '])
        .any(|part| STRONG.contains(&plain_key(part).as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use avouch_model::operation::{Method, Requirement};

    #[test]
    fn marks_are_told_by_their_strength() {
        let at = |path: &str| Operation::discovered(Method::Get, path);
        assert_eq!(mark(&at("/v1/admin/users")), Some(Mark::Named("admin".into())));
        assert_eq!(mark(&at("/internal/users")), Some(Mark::Hinted("internal".into())));
        assert_eq!(mark(&at("/administrative-areas")), None);
        assert_eq!(mark(&at("/admin/health")), None);
        let mut scoped = at("/reports");
        let schemes = vec![("oauth".to_owned(), vec!["reports:admin".to_owned()])];
        scoped.security = Security::Required(vec![Requirement { schemes }]);
        assert_eq!(mark(&scoped), Some(Mark::Declared("reports:admin".into())));
        let mut both = at("/admin/motd");
        both.roles = vec!["admin".into(), "user".into()];
        assert_eq!(mark(&both), None);
    }
}
