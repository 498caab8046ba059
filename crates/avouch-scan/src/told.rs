//! What the user tells the scanner about the target that it cannot find out by asking.
//!
//! In scope: facts without secrets, such as which operations are a one-time flow. Out of scope:
//! credentials, which are the vault's.

use avouch_model::operation::OperationId;
use serde::{Deserialize, Serialize};

/// What was told. All of it is optional: a check that needs a part says so when it is missing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Told {
    /// Operations that may take effect once, such as redeeming a coupon, as `METHOD /template`.
    pub flows: Vec<OperationId>,
}
