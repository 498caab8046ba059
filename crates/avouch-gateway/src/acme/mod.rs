//! Certificates of listeners by ACME (RFC 8555): asked for, proven, kept, renewed in time.
//!
//! In scope: the account with an authority, orders for the names of the configuration and no others,
//! the challenges `tls-alpn-01` (RFC 8737) on the listener itself and `http-01` (RFC 8555, section 8.3)
//! on one of its own, the storage, the time of the renewal. Whatever goes wrong, the certificate that
//! is shown stays, and where there is none a handshake fails: nothing is made up in its place.
//!
//! Out of scope: wildcards and addresses, which other challenges prove; revocation; who reads what is
//! told of it.

mod account;
mod challenge;
mod https;
mod issue;
mod keeper;
mod plain;
mod schedule;
mod settings;
mod store;

pub(crate) use challenge::{Challenges, handshake};
pub use keeper::AcmeState;
pub(crate) use keeper::{Keeper, Want};
pub(crate) use plain::PlainListeners;
pub(crate) use settings::check;
pub use settings::{AcmeSettings, AcmeSettingsError, ExternalAccountSettings};
pub(crate) use store::Store;
pub use store::{StoreError, stored_file};
