//! What a request went through, as a trace of OpenTelemetry.
//!
//! In scope: the context of a trace on its way through us (W3C Trace Context), one span for a request and
//! one for each step of it, a bounded queue, and a thread that hands batches of it to a collector (OTLP
//! over HTTP, in Protobuf). Nobody who is answered waits for it, and what the collector does not take is
//! counted and gone: a trace is no evidence, the ledger is.
//!
//! Out of scope: a path, a query, a header, a body, an address or a name of who asks. A span has the
//! operation of the description and the id under which the request is in the ledger.

mod context;
mod encode;
mod export;
mod protobuf;
mod trace;

pub(crate) use context::trace_id;
pub(crate) use export::{Tracer, may_send};
pub(crate) use trace::{About, Ending, Trace};
