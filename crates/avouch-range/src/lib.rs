//! Small APIs whose weaknesses are known, so that a scanner can be judged.
//!
//! In scope: the shop, a REST API over real SQL, real files and real tokens. Each weakness is a
//! switch ([`Weakness`]), each vulnerable operation has a hardened twin, and decoys fool careless
//! scanners. What is true of it is data: [`truth()`].
//! Out of scope: scanning, and everything a scanner is made of. Nothing here depends on the
//! scanner, so that neither can inherit the other's mistake.
//!
//! The shop is vulnerable on purpose. Never bind it to an address that others can reach.

mod shop;
mod truth;
mod weakness;

pub use shop::accounts::{Account, Accounts, accounts};
pub use shop::openapi::openapi;
pub use shop::running::{Running, Shop, ShopOptions};
pub use truth::{
    Confidence, Decoy, Entry, Expectation, Tier, Trap, Truth, TruthError, Twin, truth,
};
pub use weakness::{Switches, UnknownWeakness, Weakness};
