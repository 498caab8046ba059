//! A check reaches no socket, file, clock, process, engine or secret.
//!
//! In scope: the checks, the oracles and all else in the scanner that a check is made of; that is
//! everything but the engine, which asks for them, and identities, which hold the credentials. The
//! catalogue of operations may read files, and knows no secret either. Out of scope: tests, and what the types hold already: a check is given a `Context` and a `Tape` and
//! nothing else.

use super::{Outcome, Rule};
use crate::code::code_of;
use crate::tree::Tree;

pub(crate) const RULE: Rule = Rule {
    name: "reach",
    says: "checks and what they are made of reach no socket, file, clock, process, engine or secret",
    look,
};

/// The scanner.
const SCANNER: &str = "crates/avouch-scan/src/";

/// Parts of it that may: they run checks, hold credentials, or play conversations in tests.
const OTHERS: [&str; 5] = ["engine/", "identity/", "conversation/", "given.rs", "lib.rs"];

/// What checks read operations from: it knows no credential.
const CATALOGUE: &str = "crates/avouch-catalog/src/";

const SECRET: &str = "a secret";

/// What gives it away.
const FORBIDDEN: [(&str, &str); 31] = [
    ("std::fs", "a file"),
    ("std::io", "a file"),
    ("include_bytes!", "a file"),
    ("std::env", "the environment"),
    ("env!", "the environment"),
    ("std::process", "a process"),
    ("std::thread", "a thread"),
    ("thread_local!", "a state of its own"),
    ("static mut", "a state of its own"),
    ("Mutex", "a state of its own"),
    ("Atomic", "a state of its own"),
    ("Instant", "the clock"),
    ("SystemTime", "the clock"),
    ("Timestamp::now", "the clock"),
    ("Zoned::now", "the clock"),
    ("TcpStream", "a socket"),
    ("TcpListener", "a socket"),
    ("UdpSocket", "a socket"),
    ("UnixStream", "a socket"),
    ("ToSocketAddrs", "a socket"),
    ("tokio", "a socket"),
    ("hyper", "a socket"),
    ("rustls", "a socket"),
    ("avouch_wire", "a socket"),
    ("crate::engine", "the engine"),
    ("crate::identity", SECRET),
    ("secret::Secret", SECRET),
    ("Vault", SECRET),
    ("danger_reveal", SECRET),
    ("std::{", "what the rule cannot see"),
    ("crate::{", "what the rule cannot see"),
];

/// Paths below forbidden ones that are plain functions over plain values.
const ALLOWED: [&str; 5] = [
    "avouch_wire::redact::serialized_form",
    "crate::identity::blanks",
    "crate::identity::credential_place",
    "crate::identity::doors",
    "crate::identity::spec::Take",
];

fn look(tree: &Tree) -> Outcome {
    let mut outcome = Outcome::default();
    let mut seen = 0_usize;
    for (path, text) in tree.texts(".rs") {
        let part = path.strip_prefix(SCANNER);
        let made_of = part.is_some_and(|file| !OTHERS.iter().any(|it| file.starts_with(it)));
        if !made_of && !path.starts_with(CATALOGUE) {
            continue;
        }
        seen += 1;
        let code = code_of(text);
        let shipped = code.split("#[cfg(test)]").next().unwrap_or_default();
        for (index, line) in shipped.lines().enumerate() {
            for (word, what) in reached(line).into_iter().filter(|it| made_of || it.1 == SECRET) {
                let place = format!("{path}:{}", index + 1);
                outcome.problem(place, format!("`{word}` reaches {what}, and a check may not"));
            }
        }
    }
    if seen == 0 {
        outcome.problem(SCANNER, "there is nothing to look at");
    }
    outcome
}

/// What a line of code reaches.
fn reached(line: &str) -> Vec<(&'static str, &'static str)> {
    let allowed = |at: usize| {
        let rest = line.get(at..).unwrap_or_default();
        ALLOWED.iter().any(|path| rest.starts_with(path))
    };
    let starts = |at: usize| {
        let before = line.get(..at).unwrap_or_default().chars().next_back();
        before.is_none_or(|letter| !letter.is_alphanumeric() && letter != '_')
    };
    FORBIDDEN
        .into_iter()
        .filter(|(word, _)| line.match_indices(word).any(|(at, _)| starts(at) && !allowed(at)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::said;
    use super::*;

    fn house(line: &str) -> Tree {
        Tree::default().with("crates/avouch-scan/src/checks/a/b.rs", line)
    }

    #[test]
    fn each_way_out_is_a_problem() {
        for (word, what) in FORBIDDEN {
            let expected = format!(
                "crates/avouch-scan/src/checks/a/b.rs:2: `{word}` reaches {what}, and a check may not"
            );
            let told = said(&RULE, &house(&format!("\nuse ::{word}::more;")));
            assert!(told.contains(&expected), "{told:?}");
        }
    }

    #[test]
    fn plain_functions_addresses_texts_and_tests_are_no_way_out() {
        let tree = house(
            "use std::net::IpAddr;\nuse std::time::Duration;\nuse crate::identity::doors;\n\
             // no TcpStream\nconst NOTE: &str = \"std::fs\";\nlet instantly = 1;\n\
             #[cfg(test)]\nmod tests { use std::process::Command; }",
        );
        assert!(said(&RULE, &tree).is_empty(), "{:?}", said(&RULE, &tree));
    }

    #[test]
    fn the_engine_may_and_an_empty_house_is_not_taken_for_a_tidy_one() {
        let tree = house("").with("crates/avouch-scan/src/engine/run.rs", "use tokio::net;");
        assert!(said(&RULE, &tree).is_empty());
        assert_eq!(said(&RULE, &Tree::default()).len(), 1);
        let catalogue = |line| house("").with("crates/avouch-catalog/src/lib.rs", line);
        assert!(said(&RULE, &catalogue("use std::fs;")).is_empty());
        assert_eq!(said(&RULE, &catalogue("use avouch_model::secret::Secret;")).len(), 1);
    }
}
