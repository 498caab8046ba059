//! What the shell is told.

/// What the shell is told. The numbers are a promise: add to them, never change them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// The question was asked in full and the gate holds.
    Clean = 0,
    /// The gate failed: there are findings it does not allow.
    Findings = 1,
    /// Usage, configuration or login failed. Nothing is known about the target.
    Usage = 2,
    /// The target could not be reached, or less was covered than the minimum. Never a pass.
    Untested = 3,
    /// The ledger failed verification: tampering is proven, or it cannot be taken up.
    Tampered = 4,
    /// An internal error: a bug in Avouch.
    Broken = 70,
}

impl Exit {
    /// Every code, with the word that stands for it in help.
    const ALL: [(Self, &'static str); 6] = [
        (Self::Clean, "clean"),
        (Self::Findings, "findings"),
        (Self::Usage, "usage, configuration or login failed"),
        (Self::Untested, "not tested"),
        (Self::Tampered, "tampered"),
        (Self::Broken, "internal error"),
    ];

    /// What stands below the help.
    pub(crate) fn help() -> String {
        let codes: Vec<String> =
            Self::ALL.iter().map(|(exit, word)| format!("{} {word}", *exit as u8)).collect();
        format!(
            "Exit codes: {}.\n`avouch demo` shows everything on a sample API.",
            codes.join(", ")
        )
    }
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
