//! What leaves the ledger: counted and digested while it is printed.

use super::Failed;
use avouch_model::coding::Digest;
use aws_lc_rs::digest::{Context, SHA256};
use std::cell::{Cell, RefCell};
use std::io::{self, Write};

/// Prints to standard output, byte for byte, and keeps count.
pub(super) struct Outgoing {
    digest: RefCell<Context>,
    entries: Cell<u64>,
    unread: Cell<u64>,
    /// Whether the reader went away.
    is_cut_short: Cell<bool>,
}

impl Default for Outgoing {
    fn default() -> Self {
        let digest = RefCell::new(Context::new(&SHA256));
        let (entries, unread, is_cut_short) = (Cell::new(0), Cell::new(0), Cell::new(false));
        Self { digest, entries, unread, is_cut_short }
    }
}

impl Outgoing {
    /// Prints a text. A reader that has gone away ends the export: it is not whole.
    pub(super) fn say(&self, text: &str) -> Result<(), Failed> {
        self.bytes(text.as_bytes())
    }

    /// Prints bytes, as [`Outgoing::say`] does.
    pub(super) fn bytes(&self, bytes: &[u8]) -> Result<(), Failed> {
        let mut this = self;
        this.write_all(bytes).map_err(|error| {
            Failed::untested(error).advice("the export broke off: it is not whole")
        })
    }

    /// Counts entries that were printed.
    pub(super) fn count(&self, entries: u64) {
        self.entries.set(self.entries.get() + entries);
    }

    /// Counts an entry that could not be read.
    pub(super) fn count_unread(&self) {
        self.unread.set(self.unread.get() + 1);
    }

    /// Entries that were printed, and those that could not be read.
    pub(super) fn counted(&self) -> (u64, u64) {
        (self.entries.get(), self.unread.get())
    }

    /// Whether the reader went away before the end.
    pub(super) fn is_cut_short(&self) -> bool {
        self.is_cut_short.get()
    }

    /// SHA-256 of what was printed.
    pub(super) fn digest(&self) -> Digest {
        let digest = self.digest.borrow().clone().finish();
        Digest(digest.as_ref().try_into().unwrap_or_default())
    }
}

impl Write for &Outgoing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = io::stdout().write(bytes).inspect_err(|error| {
            let is_gone = error.kind() == io::ErrorKind::BrokenPipe;
            self.is_cut_short.set(self.is_cut_short.get() || is_gone);
        })?;
        self.digest.borrow_mut().update(bytes.get(..written).unwrap_or_default());
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stdout().flush()
    }
}
