//! The steps of `cargo xtask test`.
//!
//! A step that cannot run says why: it never counts as passed.

mod acme;
mod archive;
mod checks;
mod clients;
pub(crate) mod count;
mod deny;
mod interop;
mod left_out;
mod measure;
mod mutations;
mod nginx;
mod ocsf;
mod packages;
mod prerequisites;
mod provider;
mod settings;
mod test_run;
mod verifier;

use count::Counts;

/// What the user asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Options {
    /// Whether tests that take minutes run as well.
    pub(crate) long: bool,
}

/// One step.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step {
    /// The word after `--only`.
    pub(crate) name: &'static str,
    /// The heading.
    pub(crate) title: &'static str,
    /// Programs it cannot do without, by their names in [`prerequisites`].
    pub(crate) needs: &'static [&'static str],
    /// Whether it runs only with `--long`.
    pub(crate) long: bool,
    /// Does it.
    pub(crate) run: fn(Options) -> End,
}

/// All steps, in the order in which they run: what fails fast comes first.
pub(crate) const STEPS: [Step; 20] = [
    Step {
        name: "format",
        title: "source is formatted",
        needs: &["rustfmt"],
        long: false,
        run: checks::format,
    },
    Step {
        name: "lints",
        title: "no lint warns",
        needs: &["clippy", "cc"],
        long: false,
        run: checks::lints,
    },
    Step { name: "tests", title: "tests pass", needs: &["cc"], long: false, run: test_run::run },
    Step {
        name: "settings",
        title: "each key that protects is shown to bite",
        needs: &["cc"],
        long: false,
        run: settings::run,
    },
    Step {
        name: "tidy",
        title: "the tree keeps its invariants",
        needs: &[],
        long: false,
        run: checks::tidy,
    },
    Step {
        name: "documentation",
        title: "documentation builds and its links resolve",
        needs: &["cc"],
        long: false,
        run: checks::documentation,
    },
    Step {
        name: "reference",
        title: "docs/checks.md and docs/facts.md say what the code says",
        needs: &["cc"],
        long: false,
        run: checks::reference,
    },
    Step {
        name: "deny",
        title: "dependencies are allowed",
        needs: &["cc"],
        long: false,
        run: deny::run,
    },
    Step {
        name: "advisories",
        title: "no advisory speaks of a dependency",
        needs: &["cc"],
        long: false,
        run: deny::advisories,
    },
    Step {
        name: "verifier",
        title: "the verifier in Python names what was tampered with",
        needs: &["python3", "cc"],
        long: false,
        run: verifier::run,
    },
    Step {
        name: "packages",
        title: "three verifiers name what was altered in a package, and others read it",
        needs: &["cc", "python3", "chromium"],
        long: false,
        run: packages::run,
    },
    Step {
        name: "provider",
        title: "identities and tokens of a real OpenID provider work",
        needs: &["cc", "node", "npm"],
        long: false,
        run: provider::run,
    },
    Step {
        name: "clients",
        title: "clients of WebSocket and gRPC, a collector of traces and a browser, that others wrote",
        needs: &["cc", "python3", "chromium", "certutil"],
        long: false,
        run: clients::run,
    },
    Step {
        name: "nginx",
        title: "nginx reads what we forward as we do",
        needs: &["cc", "nginx"],
        long: false,
        run: nginx::run,
    },
    Step {
        name: "acme",
        title: "a real authority gives certificates, renews them, and may go away",
        needs: &["cc", "pebble"],
        long: false,
        run: acme::run,
    },
    Step {
        name: "ocsf",
        title: "exported events are as OCSF publishes them",
        needs: &["cc", "python3"],
        long: false,
        run: ocsf::run,
    },
    Step {
        name: "archive",
        title: "a ledger begins again from a real store with locks",
        needs: &["cc", "python3"],
        long: false,
        run: archive::run,
    },
    Step {
        name: "interop",
        title: "an implementation that is not ours reads our logs, and we read its",
        needs: &["cc"],
        long: false,
        run: interop::run,
    },
    Step {
        name: "mutations",
        title: "a verdict turned round breaks a test",
        needs: &["cc"],
        long: true,
        run: mutations::run,
    },
    Step {
        name: "bench",
        title: "the scanner finds what the range holds, and nothing else",
        needs: &["cc"],
        long: true,
        run: measure::run,
    },
];

/// How a step ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// It ran and all is well.
    Passed(Detail),
    /// It ran and something is wrong.
    Failed(Detail),
    /// It could not run, or could not run in full; the text says why.
    Skipped(String),
}

/// What is said of a step that ran.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Detail {
    /// A line for the table.
    pub(crate) note: String,
    /// Tests it ran, as the runner counted them.
    pub(crate) counts: Option<Counts>,
}

impl End {
    /// Passed or failed, with a line for the table when it failed.
    fn of(passed: bool, note_on_failure: &str) -> Self {
        if passed {
            Self::Passed(Detail::default())
        } else {
            Self::Failed(Detail { note: note_on_failure.to_owned(), counts: None })
        }
    }

    /// The word in the table.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::Passed(_) => "passed",
            Self::Failed(_) => "FAILED",
            Self::Skipped(_) => "SKIPPED",
        }
    }

    /// The line in the table.
    pub(crate) fn note(&self) -> &str {
        match self {
            Self::Passed(detail) | Self::Failed(detail) => &detail.note,
            Self::Skipped(why) => why,
        }
    }

    /// Tests it ran.
    pub(crate) fn counts(&self) -> Option<Counts> {
        match self {
            Self::Passed(detail) | Self::Failed(detail) => detail.counts,
            Self::Skipped(_) => None,
        }
    }
}

/// Runs a step, or says what it lacks.
pub(crate) fn run(step: &Step, options: Options) -> End {
    match prerequisites::missing(step.needs) {
        Some(lack) => End::Skipped(lack),
        None => (step.run)(options),
    }
}
