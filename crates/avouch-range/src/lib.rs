//! Small APIs whose weaknesses are known, so that a scanner can be judged.
//!
//! In scope: APIs over real SQL, real files and real tokens, one folder each in `apis/`, of which the
//! shop is the greatest. Each weakness is a switch, each vulnerable operation has a hardened twin,
//! and decoys fool careless scanners. What is true of an API is data: [`Api::truth`]; so are the
//! scans that show it: [`Scene`].
//! Out of scope: scanning, and everything a scanner is made of. Nothing here depends on the
//! scanner, so that neither can inherit the other's mistake.
//!
//! These APIs are vulnerable on purpose. Never bind one to an address that others can reach.

mod api;
mod apis;
mod kit;
mod truth;
mod wide;

pub use api::{Api, LOGIN, Login, On, Options, Scene, Starting, UnknownSwitch};
pub use apis::shop::openapi::openapi;
pub use apis::shop::running::{Running, Shop, ShopOptions};
pub use apis::shop::table::Part;
pub use apis::shop::weakness::{Switches, UnknownWeakness, Weakness};
pub use apis::tokens::{Misfits, misfits};
pub use apis::{APIS, named};
pub use kit::front::Trouble;
pub use kit::people::{Account, Accounts, accounts};
pub use kit::serving::Serving;
pub use truth::{Confidence, Decoy, Entry, Expectation, Tier, Trap, Truth, TruthError, Twin};
pub use wide::{start_wide, wide_openapi};
