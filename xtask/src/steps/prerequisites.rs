//! What the steps need, and how to get it.
//!
//! Something is installed only when it is missing. On Debian and its kin that is done by `apt-get`,
//! as root or by a `sudo` that asks nothing; elsewhere the reader is told what to do.

use crate::processes::{answers, command};
use std::path::Path;

/// A program that steps cannot do without.
struct Prerequisite {
    /// How steps name it.
    name: &'static str,
    /// A command that succeeds when it is there.
    probe: (&'static str, &'static [&'static str]),
    /// How to get it.
    source: Source,
}

/// Where a program comes from.
enum Source {
    /// A component of the Rust toolchain.
    Rustup(&'static str),
    /// A package of Debian, and what it is called elsewhere.
    Debian(&'static str, &'static str),
}

const PREREQUISITES: [Prerequisite; 10] = [
    Prerequisite {
        name: "rustfmt",
        probe: ("cargo", &["fmt", "--version"]),
        source: Source::Rustup("rustfmt"),
    },
    Prerequisite {
        name: "clippy",
        probe: ("cargo", &["clippy", "--version"]),
        source: Source::Rustup("clippy"),
    },
    Prerequisite {
        name: "cc",
        probe: ("cc", &["--version"]),
        source: Source::Debian("build-essential", "a C compiler, found as `cc`"),
    },
    Prerequisite {
        name: "python3",
        probe: ("python3", &["-c", "import sys; sys.exit(sys.version_info < (3, 9))"]),
        source: Source::Debian("python3", "Python 3.9 or later, found as `python3`"),
    },
    Prerequisite {
        name: "node",
        probe: ("node", &["--version"]),
        source: Source::Debian("nodejs", "Node.js 18 or later, found as `node`"),
    },
    Prerequisite {
        name: "nginx",
        probe: ("nginx", &["-v"]),
        source: Source::Debian("nginx-light", "nginx, found as `nginx`"),
    },
    Prerequisite {
        name: "npm",
        probe: ("npm", &["--version"]),
        source: Source::Debian("npm", "the package manager of Node.js, found as `npm`"),
    },
    Prerequisite {
        name: "pebble",
        probe: ("pebble", &["-h"]),
        source: Source::Debian(
            "pebble",
            "Pebble, the test server of Let's Encrypt, found as `pebble` and `pebble-challtestsrv`",
        ),
    },
    Prerequisite {
        name: "chromium",
        probe: ("chromium", &["--version"]),
        source: Source::Debian("chromium", "the browser Chromium, found as `chromium`"),
    },
    Prerequisite {
        name: "certutil",
        probe: ("sh", &["-c", "command -v certutil"]),
        source: Source::Debian(
            "libnss3-tools",
            "the tools of NSS, by which Chromium learns whom to trust, found as `certutil`",
        ),
    },
];

/// Finds or installs each; says what is missing, and how to get it, when one cannot be had.
pub(super) fn missing(names: &[&str]) -> Option<String> {
    PREREQUISITES.iter().filter(|wanted| names.contains(&wanted.name)).find_map(lack)
}

fn lack(wanted: &Prerequisite) -> Option<String> {
    let (program, words) = wanted.probe;
    if answers(program, words) {
        return None;
    }
    match wanted.source {
        Source::Rustup(component) => {
            succeeds("rustup", &["component", "add", component]);
        }
        Source::Debian(package, _) => install_from_debian(package),
    }
    (!answers(program, words)).then(|| advice(wanted))
}

fn advice(wanted: &Prerequisite) -> String {
    let name = wanted.name;
    match wanted.source {
        Source::Rustup(component) => {
            format!("`{name}` is missing: get it with `rustup component add {component}`")
        }
        Source::Debian(package, elsewhere) => format!(
            "`{name}` is missing: get it with `apt-get install {package}`, or install {elsewhere}"
        ),
    }
}

fn install_from_debian(package: &str) {
    if !Path::new("/etc/debian_version").exists() {
        return;
    }
    println!("installing `{package}`");
    let install = ["apt-get", "install", "--yes", "--no-install-recommends", package];
    for with_rights in [&[][..], &["sudo", "--non-interactive"][..]] {
        let update = [with_rights, &["apt-get", "update"][..]].concat();
        let install = [with_rights, &install[..]].concat();
        if run(&update) && run(&install) {
            return;
        }
    }
}

fn run(words: &[&str]) -> bool {
    words.split_first().is_some_and(|(program, words)| succeeds(program, words))
}

fn succeeds(program: &str, words: &[&str]) -> bool {
    command(program)
        .args(words)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .status()
        .is_ok_and(|status| status.success())
}

#[cfg(test)]
mod tests {
    use super::super::STEPS;
    use super::*;

    #[test]
    fn every_need_of_a_step_is_known() {
        for step in STEPS {
            for need in step.needs {
                assert!(PREREQUISITES.iter().any(|known| known.name == *need), "`{need}`");
            }
        }
    }

    #[test]
    fn what_cannot_be_had_is_named_with_a_way_to_get_it() {
        let wanted = Prerequisite {
            name: "none",
            probe: ("avouch-no-such-program", &[]),
            source: Source::Rustup("avouch-no-such-component"),
        };
        assert!(!answers(wanted.probe.0, wanted.probe.1));
        assert_eq!(
            advice(&wanted),
            "`none` is missing: get it with `rustup component add avouch-no-such-component`"
        );
    }
}
