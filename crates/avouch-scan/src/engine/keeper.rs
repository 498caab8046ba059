//! Renews credentials in time, beside everything else a scan does.
//!
//! A check that runs while its token ends would be answered half by one and half by none; the
//! heartbeat would notice, and void what was asked. Better that it does not happen.

use super::identities::Logins;
use super::sender::Sender;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinHandle;

/// How often it is looked whether a credential is due.
const LOOK: Duration = Duration::from_millis(250);

/// Renews until it is dropped, or the scan has ended.
#[derive(Debug)]
pub(super) struct Keeper(JoinHandle<()>);

impl Keeper {
    /// Begins.
    pub(super) fn begin(logins: &Arc<Logins>, sender: &Arc<Sender>) -> Self {
        let (logins, sender) = (Arc::clone(logins), Arc::clone(sender));
        Self(tokio::spawn(async move {
            while sender.ended().is_none() {
                tokio::time::sleep(LOOK).await;
                logins.renew_due(&sender).await;
            }
        }))
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.0.abort();
    }
}
