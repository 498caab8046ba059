//! Keys: how records are sealed, and how whole days of them become unreadable.
//!
//! In scope: the tree of keys, sealing and opening, the file of wrapped period keys, the uppermost
//! key and its change. The names and the derivations are those of `docs/ledger-format.md`, section 6.

mod custody;
mod kek;
mod period;
mod record;
mod ring;
mod secret;
mod xaes;

pub use custody::{Custody, CustodyError, GivenKek, KekFile, Keks};
pub use kek::{Kek, KekError};
pub use period::{IndexKey, PeriodKeys};
pub use record::{OpenError, SealError, open_record, open_record_with, record_key, seal_record};
pub use ring::{KeyRing, RingError};
pub use secret::{KeyFailure, Secret32};
pub use xaes::Xaes;
