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
    /// The ledger failed verification. Reserved: no command gives it yet.
    #[expect(dead_code, reason = "the ledger's verifier is the one to give it")]
    Tampered = 4,
    /// An internal error: a bug in Avouch.
    Broken = 70,
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
