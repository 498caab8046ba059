//! Building a package from beginning to end.

use super::kinds::Kinds;
use super::redactions::{Redaction, Redactions};
use super::{Engaged, Folder, canaries, lists, papers, requests, samples, seal};
use crate::books::{Books, BooksError, Keys, Wanted};
use crate::canonical;
use crate::engagement::Engagement;
use crate::populations::{DEFINITIONS, Definition};
use avouch_ledger::merkle::Hash;
use avouch_ledger::note::{Signer, VerifierKey};
use avouch_ledger::proofs::ExportFault;
use avouch_ledger::search::ExportError;
use avouch_ledger::storage::Storage;
use avouch_ledger::verify::WitnessPolicy;
use avouch_ledger::view::ViewError;
use avouch_prove::settings::Settings;
use serde_json::json;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The verifier in Python, which knows the formats' documents only.
pub const VERIFY_PY: &str = include_str!("../../../../verify/verify.py");

/// The verifier that a browser opens from disk, with the digests of the tables that it knows.
pub fn verify_html() -> Result<String, serde_json::Error> {
    let definitions = canonical::encode(&serde_json::from_str(DEFINITIONS)?);
    let known = json!({
        "schemas/facts.json": [Hash::of(crate::schema::facts().as_bytes()).to_hex()],
        "schemas/populations.json": [Hash::of(definitions.as_bytes()).to_hex()],
    });
    Ok(include_str!("../pages/verify.html").replace("/*TABLES*/", &canonical::encode(&known)))
}

/// Why no package was built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// A file of the package cannot be written or read again.
    #[error("`{0}` of the package cannot be written")]
    Io(PathBuf, #[source] io::Error),
    /// The ledger does not show what is needed.
    #[error(transparent)]
    Books(#[from] BooksError),
    /// The ledger cannot be read.
    #[error("the ledger cannot be read")]
    View(#[from] ViewError),
    /// No proof can be made.
    #[error("what the ledger holds of the kind `{0}` cannot be proven")]
    Export(&'static str, #[source] ExportError),
    /// Our own proof does not hold.
    #[error("the proof of the kind `{0}` does not hold")]
    Fault(&'static str, #[source] ExportFault),
    /// Our own proof leaves something out.
    #[error("the proof of the kind `{0}` leaves out {1}")]
    Incomplete(&'static str, String),
    /// An entry is not a fact of its kind.
    #[error("entry {0} is of the kind `{1}` and cannot be read as such")]
    NotAFact(u64, &'static str),
    /// A record cannot be opened.
    #[error("entry {0} cannot be opened: its key is gone")]
    Sealed(u64),
    /// The engagement is not in the ledger.
    #[error("the ledger does not hold the digest of the engagement `{0}`")]
    Unopened(String),
    /// The nonce is another one.
    #[error("the nonce is not the one that the auditor committed to")]
    Nonce,
    /// The list of marked requests is another one.
    #[error("the list of marked requests is not the one that the auditor committed to")]
    Canaries,
    /// The key is another one.
    #[error("the key is not the one that the engagement names for sealing the package")]
    Key,
    /// Something cannot be withheld.
    #[error("entry {0} cannot be withheld: {1}")]
    Redaction(u64, &'static str),
    /// Our own documents refer to what is not there.
    #[error("a document of ours is not sound: {0}")]
    Document(String),
    /// Something else that is needed cannot be had.
    #[error("{0}")]
    Other(String),
    /// Data of ours is malformed.
    #[error("data that comes with the program is malformed")]
    Data(#[from] serde_json::Error),
}

impl BuildError {
    pub(crate) fn io(path: &Path, error: io::Error) -> Self {
        Self::Io(path.to_owned(), error)
    }
}

/// What a package is built of.
#[derive(Debug)]
pub struct Order<'a> {
    /// The folder of the log.
    pub storage: Arc<dyn Storage>,
    /// Its keys.
    pub keys: &'a mut Keys,
    /// Its identity.
    pub identity: &'a VerifierKey,
    /// What was agreed.
    pub engagement: &'a Engagement,
    /// The auditor's nonce, once it was revealed.
    pub nonce: Option<[u8; 16]>,
    /// The auditor's list of marked requests, once it was revealed: one a line.
    pub canaries: Option<&'a str>,
    /// What is withheld.
    pub redactions: &'a [Redaction],
    /// Which witnesses must have cosigned, if any, and the text of their policy.
    pub witnesses: Option<(&'a WitnessPolicy, &'a str)>,
    /// What the team decided about its controls.
    pub settings: &'a Settings,
    /// The key that seals the package.
    pub signer: &'a Signer,
    /// The folder of the package, which must not be there.
    pub out: &'a Path,
}

/// What was built.
#[derive(Clone, Debug)]
pub struct Built {
    /// Entries that the checkpoint covers.
    pub size: u64,
    /// The root of the ledger's tree.
    pub root: Hash,
    /// The digest of the list of files.
    pub manifest: Hash,
    /// Each population with the number of its items.
    pub populations: Vec<(String, u64)>,
    /// The time of the last entry under the checkpoint, in milliseconds since 1970.
    pub covered_until_ms: u64,
    /// Marked requests, and those that are not in the ledger.
    pub canaries: Option<(u64, u64)>,
    /// Parts of the index that were purged.
    pub purged_parts: u64,
}

/// Builds a package.
pub fn build(order: &mut Order<'_>) -> Result<Built, BuildError> {
    let engagement = order.engagement;
    if order.nonce.is_some_and(|nonce| !engagement.is_nonce(&nonce)) {
        return Err(BuildError::Nonce);
    }
    if avouch_ledger::format::canonical::to_hex(order.signer.verifier().public())
        != engagement.package_key
    {
        return Err(BuildError::Key);
    }
    let agreed = engagement.encode()?;
    let engaged = Engaged::find(order, &Hash::of(agreed.as_bytes()))?;
    let books = Books::open(
        order.storage.clone(),
        order.identity,
        &Wanted {
            period: engagement.period.from_ms..engagement.period.to_ms,
            entry: Some(engaged.opened),
            witnesses: order.witnesses.map(|(policy, _)| policy),
        },
    )?;
    let later = requests::later(&books, order, &engaged)?;
    let redactions = Redactions::of(order.redactions, &books)?;
    // From here on nothing of the ledger is missing: what is begun can be ended.
    let folder = Folder::create(order.out)?;
    folder.write("engagement.json", "engagement", &agreed)?;
    let definitions = Definition::all()?;
    let mut kinds = Kinds::begin(&folder, &books, engagement.period, definitions, redactions)?;
    kinds.refer_to(engaged.evidence());
    kinds.write_all(order.keys, engaged.nonce, order.identity)?;
    let done = kinds.end()?;
    let canaries = canaries::write(&folder, &books, order)?;
    lists::write(&folder, &books, &done, order, canaries)?;
    let samples = samples::write(&folder, &books, &done, engagement, order.nonce)?;
    let talk = requests::write(
        &folder,
        (&books, later.as_ref().unwrap_or(&books)),
        &done,
        order,
        engaged,
    )?;
    papers::write(&folder, &books, &done, order, (samples, canaries, talk))?;
    let definitions = canonical::encode(&serde_json::from_str(DEFINITIONS)?);
    folder.write("schemas/populations.json", "schema", &definitions)?;
    folder.write("schemas/facts.json", "schema", &crate::schema::facts())?;
    folder.write("verify/verify.py", "verifier", VERIFY_PY)?;
    folder.write("verify.html", "verifier", &verify_html()?)?;
    let manifest = seal::write(&folder, &books, engagement, order.signer)?;
    Ok(Built {
        size: books.signed.size,
        root: books.signed.root,
        manifest,
        populations: done.counts(),
        covered_until_ms: done.covered_until_ms,
        canaries,
        purged_parts: done.purged_parts(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_verifiers_that_go_along_know_the_tables() {
        let definitions = canonical::encode(&serde_json::from_str(DEFINITIONS).unwrap());
        let page = verify_html().unwrap();
        for table in [crate::schema::facts(), definitions] {
            let digest = Hash::of(table.as_bytes()).to_hex();
            assert!(VERIFY_PY.contains(&digest), "write {digest} into verify/verify.py");
            assert!(page.contains(&digest));
        }
        assert!(!page.contains("http://") && !page.contains("<script src"));
    }
}
