//! The API behind the gateway: its instances, connections to them, and how they are.

mod connect;
mod health;
mod instances;
mod pool;

pub(crate) use connect::{Instance, Local};
pub(crate) use health::{Health, keep_asking};
pub(crate) use instances::instances;
pub(crate) use pool::{Answered, GiveBack, Pool, UpstreamError};
