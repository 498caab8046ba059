//! The API behind the gateway: its instances, connections to them, and how they are.

mod connect;
mod pool;

pub(crate) use connect::{Instance, Local};
pub(crate) use pool::{Answered, GiveBack, Pool, UpstreamError};
