//! How much may be asked for: buckets of tokens, by address, principal, key and operation.

mod buckets;
mod limiter;

pub use buckets::{Buckets, Rate, Taken};
pub use limiter::{Asked, Limiter, Told, When};
