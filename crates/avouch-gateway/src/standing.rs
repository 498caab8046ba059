//! How a gateway stands, for whoever watches it.

use crate::server::Gateway;

impl Gateway {
    /// Connections that are open.
    pub fn connections(&self) -> usize {
        self.seats.count()
    }

    /// Why the ledger takes no records; nothing while it does, and where there is none.
    pub fn ledger_trouble(&self) -> Option<String> {
        self.recorder.as_ref()?.trouble()
    }

    /// The instances of the API as they are written, and whether each is well as far as it was asked.
    pub fn instances(&self) -> impl Iterator<Item = (&str, bool)> {
        self.health.iter().map(|health| (health.address.as_str(), health.is_well()))
    }

    /// Whether what it does is recorded.
    pub fn records(&self) -> bool {
        self.recorder.is_some()
    }

    /// Issuers that give no keys, so that those hold that were kept before the start.
    pub fn restored(&self) -> Vec<String> {
        let plan = self.plan.load();
        let identifier = plan.guard.identifier();
        let issuers = identifier.settings().issuer.iter().enumerate();
        let is_restored = |place| identifier.key_set(place).is_some_and(|state| state.is_restored);
        let restored = issuers.filter(|(place, _)| is_restored(*place));
        restored.map(|(_, issuer)| issuer.name.clone()).collect()
    }
}
