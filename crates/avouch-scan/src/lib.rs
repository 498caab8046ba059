//! Asks questions of an API from outside and proves what it finds.
//!
//! In scope: the catalogue of checks (`checks/`), the oracles they rest on (`oracle/`), the engine
//! that runs them (`engine/`), identities and their credentials (`identity/`), the score.
//!
//! Out of scope: sockets (`avouch-wire`), descriptions (`avouch-catalog`), output
//! (`avouch-report`).

pub mod accounts;
pub mod bodies;
pub mod check;
pub mod checks;
pub mod context;
#[cfg(test)]
mod conversation;
pub mod corpus;
pub mod danger;
mod der;
pub mod engine;
pub mod evaluate;
pub mod findings;
pub mod forms;
#[cfg(test)]
mod given;
pub mod graphs;
pub mod identity;
pub mod inputs;
pub mod known_accounts;
pub mod links;
pub mod nonce;
pub mod objects;
pub mod oracle;
pub mod plan;
pub mod score;
pub mod step;
pub mod tape;
pub mod told;
