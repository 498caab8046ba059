//! Judging a package that somebody else made, with nothing but the public key of the ledger.
//!
//! What is checked is said in `docs/package-format.md`; two verifiers that share no code with this one
//! judge by the same document.

mod canaries;
mod documents;
mod drawing;
mod files;
mod kinds;
mod ledger;
mod populations;
mod report;
mod requests;
mod rows;

pub use drawing::draw;
pub use report::{Finding, Report, Verdict};

use crate::engagement::Engagement;
use avouch_ledger::format::canonical::from_hex;
use avouch_ledger::note::VerifierKey;
use avouch_ledger::verify::WitnessPolicy;
use files::Files;
use std::collections::BTreeMap;
use std::io;
use std::path::Path;

/// What whoever judges knows from elsewhere.
#[derive(Debug)]
pub struct Knowledge {
    /// The public key of the ledger's identity.
    pub identity: VerifierKey,
    /// Which witnesses must have cosigned.
    pub witnesses: Option<WitnessPolicy>,
    /// The list of marked requests, as the auditor keeps it.
    pub canaries: Option<String>,
    /// Keys of withheld records.
    pub records: BTreeMap<u64, [u8; 32]>,
}

impl Knowledge {
    /// With the public key alone.
    pub fn of(identity: VerifierKey) -> Self {
        Self { identity, witnesses: None, canaries: None, records: BTreeMap::new() }
    }

    /// The keys of records in a file for auditors, after section 16 of the ledger's format.
    pub fn records(bytes: &[u8]) -> Option<BTreeMap<u64, [u8; 32]>> {
        let value: serde_json::Value = serde_json::from_slice(bytes).ok()?;
        let records = value.get("records")?.as_object()?;
        let one = |(index, key): (&String, &serde_json::Value)| {
            Some((index.parse().ok()?, from_hex(key.as_str()?)?.try_into().ok()?))
        };
        records.iter().map(one).collect()
    }
}

/// Judges the package in a folder.
pub fn verify(folder: &Path, knowledge: &Knowledge) -> io::Result<Report> {
    let mut report = Report::default();
    let mut files = Files::open(folder)?;
    files.judge_seal(&mut report);
    let engagement =
        files.whole("engagement.json").and_then(|bytes| Engagement::parse(&bytes).ok());
    let Some(engagement) = engagement else {
        report.add("engagement-malformed", "engagement.json", None, "it is no engagement");
        return Ok(report);
    };
    files.judge_tables(&mut report);
    let talk = requests::read(&files, knowledge, &engagement, &mut report);
    let mut kinds = kinds::Kinds::begin(&files, knowledge, &engagement, &mut report);
    kinds.refer_to(talk.pieces());
    kinds.judge();
    let proven = kinds.end();
    ledger::judge(&files, knowledge, &proven, &engagement, &mut report);
    populations::judge(&files, &proven, &engagement, &mut report);
    requests::judge(&talk, &files, &proven, &engagement, &mut report);
    canaries::judge(&files, knowledge, &proven, &engagement, &mut report);
    documents::judge(&files, &mut report);
    report.about(&engagement, &proven);
    Ok(report)
}
