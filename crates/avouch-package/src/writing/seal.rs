//! The list of all files, and the signature over it.
//!
//! The signature is a DSSE envelope with an in-toto statement, as `trestle verify` reads it, so that a
//! package can be checked with a program that is not ours.

use super::lists::checkpoint;
use super::{BuildError, Folder};
use crate::books::Books;
use crate::canonical;
use crate::engagement::Engagement;
use crate::envelope;
use avouch_ledger::merkle::Hash;
use avouch_ledger::note::Signer;
use serde_json::json;

/// Writes the list and its seal; gives the digest of the list.
pub(crate) fn write(
    folder: &Folder,
    books: &Books,
    engagement: &Engagement,
    signer: &Signer,
) -> Result<Hash, BuildError> {
    let manifest = json!({
        "checkpoint": checkpoint(&books.signed),
        "files": folder.list(),
        "format": 1,
        "period": { "from_ms": engagement.period.from_ms, "to_ms": engagement.period.to_ms },
        "system": engagement.system,
    });
    let text = canonical::encode(&manifest);
    let digest = Hash::of(text.as_bytes());
    folder.write_unlisted("manifest.json", &text)?;
    let statement = envelope::statement("manifest.json", &digest, &checkpoint(&books.signed));
    folder.write_unlisted("manifest.dsse.json", &envelope::sign(&statement, signer))?;
    // For programs that read keys in the usual form.
    folder.write_unlisted("package-key.pem", &envelope::pem(signer.verifier().public()))?;
    Ok(digest)
}
