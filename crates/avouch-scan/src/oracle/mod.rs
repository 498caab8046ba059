//! The oracle toolkit: how a check tells proof from appearance.
//!
//! Pure functions over answers. Each file is one primitive; the catalogue's O-numbers are in their
//! docs. Primitives that need the engine (O12 heartbeat, O14 replicate, O15 clean-up) live there.

pub mod administrative;
pub mod block;
pub mod caller;
pub mod computed;
pub mod file_signature;
pub mod graph_answer;
pub mod guarded;
pub mod leaves;
pub mod limiter;
pub mod markers;
pub mod out_of_band;
mod owner_words;
pub mod ownership;
pub mod paging;
pub mod random_like;
pub mod ranks;
pub mod refusal;
pub mod rights;
pub mod similarity;
pub mod soft_not_found;
pub mod sql_errors;
pub mod stack_frames;
pub mod timing;
pub mod triad;
pub mod wording;
