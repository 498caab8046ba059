//! The data plane: takes requests from sockets, has the guard decide, and forwards what may pass.
//!
//! In scope: listeners and TLS, one single-threaded runtime for each core with its own pool of
//! connections to the API, HTTP/1.1 and HTTP/2 on both sides, the limits on time and size that a
//! socket needs, recording each request in the ledger before its answer is finished.
//!
//! Out of scope: what may pass (`avouch-guard`); how the ledger keeps it (`avouch-ledger`).

mod acme;
mod answering;
mod aside;
mod asking;
mod body;
pub mod door;
mod exchange;
mod facts;
mod failures;
mod http2;
mod ids;
mod kept_keys;
pub mod key_file;
mod listen;
mod listeners;
mod metrics;
mod own_file;
mod owning;
mod problem;
mod recording;
mod seats;
mod server;
pub mod settings;
mod shown;
mod standing;
mod strict;
mod tally;
mod tls;
mod traces;
mod tunnel;
mod unread;
mod upstream;
mod waiting;
mod worker;

pub use acme::{AcmeState, StoreError, stored_file};
pub use listeners::Certificates;
pub use metrics::{Trouble, Troubles};
pub use recording::{EndError, RecordError, Recorder, Reopen, record};
pub use server::{Checked, Gateway, StartError, check};
pub use shown::{Origin, ShownCertificate};
pub use tls::TlsError;
pub use worker::Plan;
