//! Removes what was created.

use super::cleanup::Pending;
use super::progress::{Phase, Progress, Watcher};
use super::sender::Sender;

/// Removes what this scan created, and what an earlier one left.
pub(super) async fn remove_everything(sender: &Sender, watcher: &Watcher) {
    let pending = sender.cleanup().pending();
    if pending.is_empty() {
        return;
    }
    watcher.tell(Progress::Phase(Phase::CleanUp));
    // The last first: what was made through an account goes before the account.
    for (entry, pending) in pending.into_iter().rev() {
        let removal = match pending {
            Pending::Remove(request) => Some(request),
            Pending::LookFor { list, .. } => {
                let exchange = sender.send_vital(&list).await;
                exchange.answer().and_then(|answer| sender.cleanup().found_in(&entry, answer))
            }
        };
        let Some(removal) = removal else {
            sender.cleanup().removed(&entry, false, "its address could not be found out");
            continue;
        };
        let exchange = sender.send_vital(&removal).await;
        let (gone, note) = match exchange.answer() {
            Some(answer) if answer.is_success() || matches!(answer.status, 404 | 410) => {
                (true, format!("{} {}: {}", removal.method, removal.target, answer.status))
            }
            Some(answer) => (
                false,
                format!("{} {} was answered {}", removal.method, removal.target, answer.status),
            ),
            None => (false, format!("{} {} was not answered", removal.method, removal.target)),
        };
        sender.cleanup().removed(&entry, gone, &note);
    }
}
