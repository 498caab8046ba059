//! What a scan says while it runs.

use avouch_model::exchange::Exchange;
use avouch_model::severity::Severity;
use std::sync::Arc;

/// Something happened that a person may want to see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// A phase began.
    Phase(Phase),
    /// A line worth reading: what was found out.
    Note(String),
    /// Tasks planned in all, by family.
    Planned(Vec<(&'static str, usize)>),
    /// A task of that family ended.
    Ended {
        /// The family's short name.
        family: &'static str,
        /// Requests sent so far, by everything.
        requests: u64,
    },
    /// A weakness was proven.
    Found {
        /// How bad.
        severity: Severity,
        /// The check's id.
        check: &'static str,
        /// Where.
        place: String,
        /// One sentence.
        summary: String,
    },
    /// The target asked to slow down; so many requests are in flight now.
    Slower(usize),
}

/// The parts of a scan, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Connect, calibrate, find the description.
    Recon,
    /// Log in and test the identities.
    Identities,
    /// Read everything once per identity.
    Corpus,
    /// Ask the checks.
    Checks,
    /// Prove again what is bad.
    Confirm,
    /// Remove what was created.
    CleanUp,
}

impl Phase {
    /// What it is called.
    pub fn title(self) -> &'static str {
        match self {
            Self::Recon => "reconnaissance",
            Self::Identities => "identities",
            Self::Corpus => "reading",
            Self::Checks => "checks",
            Self::Confirm => "confirming",
            Self::CleanUp => "cleaning up",
        }
    }
}

/// Takes an exchange that was had.
type See = Arc<dyn Fn(&Exchange) + Send + Sync>;

/// Whoever watches a scan.
#[derive(Clone)]
pub struct Watcher {
    tell: Arc<dyn Fn(Progress) + Send + Sync>,
    see: Option<See>,
}

impl Watcher {
    /// Calls this for everything that happens. It must not block.
    pub fn new(tell: impl Fn(Progress) + Send + Sync + 'static) -> Self {
        Self { tell: Arc::new(tell), see: None }
    }

    /// Also calls this for every exchange that was had, logins included, as it was captured:
    /// redacted. Handshakes that carry no request are none.
    pub fn seeing(self, see: impl Fn(&Exchange) + Send + Sync + 'static) -> Self {
        Self { see: Some(Arc::new(see)), ..self }
    }

    /// Watches nothing.
    pub fn silent() -> Self {
        Self::new(|_| ())
    }

    /// Tells of something.
    pub fn tell(&self, progress: Progress) {
        (self.tell)(progress);
    }

    /// Shows an exchange that was had.
    pub fn see(&self, exchange: &Exchange) {
        if let Some(see) = &self.see {
            see(exchange);
        }
    }
}

impl std::fmt::Debug for Watcher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Watcher")
    }
}
