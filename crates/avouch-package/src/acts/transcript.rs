//! A transcript of tests that the auditor did again: any bytes, under the auditor's signature.

use crate::envelope;
use avouch_ledger::note::Signer;

/// The type of what is in the envelope.
pub const PAYLOAD_TYPE: &str = "application/vnd.avouch.reperformance+json";

/// The envelope with a transcript and the auditor's signature.
pub fn seal(payload: &[u8], signer: &Signer) -> String {
    envelope::sign_bytes(PAYLOAD_TYPE, payload, signer)
}

/// The transcript in an envelope, if the auditor's key signed it.
pub fn open(envelope: &[u8], public: &[u8; 32]) -> Option<Vec<u8>> {
    envelope::open_bytes(PAYLOAD_TYPE, envelope, public)
}
