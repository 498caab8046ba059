//! Shows a scan while it runs, on a terminal only.

use avouch_model::severity::Severity;
use avouch_scan::engine::progress::{Progress, Watcher};
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// The view: one line for the phase, one bar for each family, a line for each weakness as it is found.
struct View {
    all: MultiProgress,
    phase: ProgressBar,
    bars: BTreeMap<&'static str, ProgressBar>,
}

/// Something to be closed when the scan is over.
pub(crate) struct Live(Option<Arc<Mutex<View>>>);

impl Live {
    /// A view on standard error when that is a terminal and the user did not ask for quiet.
    pub(crate) fn open(quiet: bool) -> (Self, Watcher) {
        if quiet || !std::io::stderr().is_terminal() {
            return (Self(None), Watcher::silent());
        }
        let all = MultiProgress::new();
        let phase = all.add(ProgressBar::new_spinner());
        phase.enable_steady_tick(Duration::from_millis(100));
        let view = Arc::new(Mutex::new(View { all, phase, bars: BTreeMap::new() }));
        let seen = Arc::clone(&view);
        let watcher = Watcher::new(move |progress| {
            seen.lock().unwrap_or_else(PoisonError::into_inner).show(progress);
        });
        (Self(Some(view)), watcher)
    }

    /// Takes the view away, so that the answer stands alone.
    pub(crate) fn close(self) {
        if let Some(view) = self.0 {
            let view = view.lock().unwrap_or_else(PoisonError::into_inner);
            view.phase.finish_and_clear();
            for bar in view.bars.values() {
                bar.finish_and_clear();
            }
            // What cannot be cleared any more stays: nothing is lost.
            let _ = view.all.clear();
        }
    }
}

impl View {
    fn show(&mut self, progress: Progress) {
        match progress {
            Progress::Phase(phase) => self.phase.set_message(phase.title()),
            Progress::Note(note) => self.line(&plain(&note)),
            Progress::Planned(families) => {
                let style = ProgressStyle::with_template("  {prefix:5} {bar:30} {pos}/{len}")
                    .unwrap_or_else(|_| ProgressStyle::default_bar());
                for (family, tasks) in families {
                    let bar = self.all.add(ProgressBar::new(tasks as u64));
                    bar.set_style(style.clone());
                    bar.set_prefix(family);
                    self.bars.insert(family, bar);
                }
            }
            Progress::Ended { family, requests } => {
                if let Some(bar) = self.bars.get(family) {
                    bar.inc(1);
                }
                self.phase.set_message(format!("{requests} requests"));
            }
            Progress::Found { severity, check, place, summary } => {
                if severity > Severity::Info {
                    self.line(&plain(&format!("{severity:8} {check} {place}: {summary}")));
                }
            }
            Progress::Slower(in_flight) => {
                self.phase.set_message(format!("slower: {in_flight} requests in flight"));
            }
        }
    }

    fn line(&self, text: &str) {
        // A terminal that cannot be written to any more is no reason to stop a scan.
        let _ = self.all.println(text);
    }
}

/// Text from a target never steers the terminal.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(160).collect()
}
