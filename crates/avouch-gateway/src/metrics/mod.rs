//! What the gateway counts, and the listener that tells it to Prometheus.
//!
//! In scope: counters without a secret, a principal or a path in them, bounded in number by the
//! description and the settings; the text of them; a listener of its own. Out of scope: who reads them.

mod counts;
mod histogram;
mod listen;
mod text;

pub(crate) use counts::{Counted, Metrics, Pending};
pub use counts::{Trouble, Troubles};
pub(crate) use listen::{Told, address, bound, may_listen, serve};
