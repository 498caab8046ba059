//! Only the crates whose work it is open sockets.
//!
//! In scope: names of socket types and of the modules they live in, in source that is shipped. Out
//! of scope: addresses such as `std::net::IpAddr`, which are plain values, and tests in `tests/`.

use super::{Outcome, Rule};
use crate::tree::Tree;

pub(crate) const RULE: Rule = Rule {
    name: "sockets",
    says: "only wire, beyond, gateway, console, range and tests open sockets",
    look,
};

/// Crates that may.
const ALLOWED: [&str; 5] =
    ["avouch-wire", "avouch-beyond", "avouch-gateway", "avouch-console", "avouch-range"];

/// What gives a socket away.
const SOCKETS: [&str; 9] = [
    "tokio::net",
    "TcpStream",
    "TcpListener",
    "TcpSocket",
    "UdpSocket",
    "UnixStream",
    "UnixListener",
    "ToSocketAddrs",
    "hyper_util::client",
];

fn look(tree: &Tree) -> Outcome {
    let mut outcome = Outcome::default();
    for (path, text) in tree.texts(".rs") {
        let Some((krate, rest)) = path.strip_prefix("crates/").and_then(|p| p.split_once('/'))
        else {
            continue;
        };
        if ALLOWED.contains(&krate) || rest.starts_with("tests/") {
            continue;
        }
        for (index, line) in text.lines().enumerate() {
            let code = line.split_once("//").map_or(line, |(code, _)| code);
            if let Some(word) = SOCKETS.iter().find(|word| code.contains(**word)) {
                outcome.problem(
                    format!("{path}:{}", index + 1),
                    format!("`{word}` in `{krate}`, which opens no sockets"),
                );
            }
        }
    }
    outcome
}

#[cfg(test)]
mod tests {
    use super::super::said;
    use super::*;

    #[test]
    fn a_check_that_opens_a_socket_is_a_problem() {
        let tree = Tree::default()
            .with("crates/avouch-scan/src/lib.rs", "\nuse std::net::{IpAddr, TcpStream};\n");
        let expected = "crates/avouch-scan/src/lib.rs:2: `TcpStream` in `avouch-scan`, which opens \
                        no sockets";
        assert_eq!(said(&RULE, &tree), [expected]);
    }

    #[test]
    fn wire_and_tests_may_and_addresses_and_comments_are_no_sockets() {
        let tree = Tree::default()
            .with("crates/avouch-wire/src/lib.rs", "use tokio::net::TcpStream;")
            .with("crates/avouch-scan/tests/all.rs", "use tokio::net::TcpStream;")
            .with("crates/avouch-scan/src/a.rs", "use std::net::IpAddr; // no TcpStream here");
        assert!(said(&RULE, &tree).is_empty());
    }
}
