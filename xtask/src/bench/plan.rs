//! What is to be measured.

/// What is to be measured.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// How often.
    pub(crate) rounds: u32,
    /// Which APIs of the range; empty means all.
    pub(crate) apis: Vec<String>,
    /// Under which troubles, one after the other.
    pub(crate) troubles: Vec<Trouble>,
    /// Whether development builds are taken: quick to make, and their seconds mean nothing.
    pub(crate) dev: bool,
    /// Whether other scanners are measured beside ours.
    pub(crate) beside: bool,
}

impl Default for Plan {
    /// Once, everything, in calm.
    fn default() -> Self {
        Self {
            rounds: 1,
            apis: Vec::new(),
            troubles: vec![Trouble::Calm],
            dev: false,
            beside: false,
        }
    }
}

/// What makes a target hard to scan, without being a weakness.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// Nothing.
    Calm,
    /// Each answer comes 0 to 300 ms late, at random.
    Delays,
    /// Every JSON object has fields that differ each time.
    Volatile,
    /// Beyond 20 requests a second it answers 429.
    Throttled,
}

impl Trouble {
    /// All of them.
    pub(crate) const ALL: [Self; 4] = [Self::Calm, Self::Delays, Self::Volatile, Self::Throttled];

    /// What it is called on the command line.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Calm => "calm",
            Self::Delays => "delays",
            Self::Volatile => "volatile",
            Self::Throttled => "throttled",
        }
    }

    /// What the range is started with.
    pub(super) fn arguments(self) -> &'static [&'static str] {
        match self {
            Self::Calm => &[],
            Self::Delays => &["--delay-ms", "0-300"],
            Self::Volatile => &["--volatile"],
            Self::Throttled => &["--throttle-per-second", "20"],
        }
    }

    /// What is added to the name of a scan.
    pub(super) fn note(self) -> String {
        if self == Self::Calm { String::new() } else { format!(", {}", self.name()) }
    }
}
