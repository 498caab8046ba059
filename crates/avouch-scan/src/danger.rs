//! Operations that are left alone although their method says they only read.
//!
//! A documented GET that wipes the database makes every later answer nonsense. Names tell.

use avouch_model::operation::{Method, Operation};

/// Words that name an act rather than a thing, lower case.
const ACTS: [&str; 46] = [
    "reset",
    "purge",
    "wipe",
    "truncate",
    "flush",
    "clear",
    "drop",
    "delete",
    "destroy",
    "erase",
    "remove",
    "revoke",
    "logout",
    "signout",
    "logoff",
    "shutdown",
    "restart",
    "reboot",
    "stop",
    "kill",
    "terminate",
    "deactivate",
    "disable",
    "cancel",
    "unsubscribe",
    "rebuild",
    "reindex",
    "reseed",
    "seed",
    "populate",
    "createdb",
    "initdb",
    "dropdb",
    "migrate",
    "rollback",
    "restore",
    "install",
    "uninstall",
    "rotate",
    "regenerate",
    "expire",
    "invalidate",
    "unlink",
    "lock",
    "ban",
    "panic",
];
/// Pairs of neighbouring words that name one.
const PAIRS: [(&str, &str); 6] = [
    ("sign", "out"),
    ("log", "out"),
    ("log", "off"),
    ("create", "db"),
    ("init", "db"),
    ("clean", "up"),
];

/// Pairs that name one where a read should be.
const READ_PAIRS: [(&str, &str); 5] = [
    ("change", "password"),
    ("update", "password"),
    ("set", "password"),
    ("change", "email"),
    ("set", "role"),
];

/// Why this operation is not called by a scan that only reads; `None` when it may be.
pub fn leave_alone(operation: &Operation) -> Option<String> {
    // A DELETE is not sent to what the scan did not create, whatever it is called.
    if operation.method == Method::Delete {
        return None;
    }
    // `deleteOrder` names a write by what it does; a read of that name would be a trap.
    let name = operation.name.as_deref().filter(|_| operation.method.is_safe());
    let names = [Some(operation.path.as_str()), name];
    let word = names.into_iter().flatten().find_map(|name| {
        let read = || pair(&words(&without_templates(name)), &READ_PAIRS);
        dangerous_word(name).or_else(|| operation.method.is_safe().then(read).flatten())
    })?;
    Some(format!(
        "its name says that it acts (`{word}`), and it could change or end what is scanned"
    ))
}

/// The dangerous word in a path or name, if any.
pub fn dangerous_word(name: &str) -> Option<String> {
    let plain = without_templates(name);
    let words = words(&plain);
    let single = words.iter().find(|word| ACTS.contains(&word.as_str())).cloned();
    single.or_else(|| pair(&words, &PAIRS))
}

/// The first two neighbouring words that are one of these.
fn pair(words: &[String], pairs: &[(&str, &str)]) -> Option<String> {
    words.windows(2).find_map(|pair| match pair {
        [one, two] => pairs.contains(&(one.as_str(), two.as_str())).then(|| format!("{one} {two}")),
        _ => None,
    })
}

fn without_templates(name: &str) -> String {
    let mut depth = 0_u32;
    name.chars()
        .filter(|c| {
            match c {
                '{' => depth += 1,
                '}' => depth = depth.saturating_sub(1),
                _ => (),
            }
            depth == 0 && *c != '}'
        })
        .collect()
}

/// The words of a name, such as `updateUser`.
pub fn words_of(name: &str) -> Vec<String> {
    words(name)
}

/// The words of a name: split at separators and where lower case turns to upper.
pub fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut last_lower = false;
    for c in name.chars() {
        let starts = c.is_ascii_uppercase() && last_lower;
        if !c.is_ascii_alphanumeric() || starts {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| c.is_ascii_alphanumeric()) {
            word.push(c.to_ascii_lowercase());
        }
        last_lower = c.is_ascii_lowercase();
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_read_that_changes_a_password_is_left_alone() {
        let at = |method| leave_alone(&Operation::discovered(method, "/user/change-password"));
        assert!(at(Method::Get).is_some());
        assert!(at(Method::Post).is_none());
    }

    #[test]
    fn acts_are_told_from_things() {
        for path in [
            "/maintenance/reset",
            "/createdb",
            "/auth/logout",
            "/users/v1/_purge-all",
            "/resetDatabase",
            "/sign-out",
        ] {
            assert!(dangerous_word(path).is_some(), "{path}");
        }
        for path in [
            "/orders",
            "/orders/cancelled",
            "/presets",
            "/drops-of-water/{reset}",
            "/clearance",
            "/blocks",
        ] {
            assert!(dangerous_word(path).is_none(), "{path}");
        }
    }
}
