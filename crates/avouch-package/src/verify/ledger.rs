//! The checkpoint that everything is proven under, and the one from before the period.

use super::Knowledge;
use super::files::Files;
use super::kinds::Proven;
use super::report::Report;
use crate::engagement::Engagement;
use crate::populations::hash;
use crate::writing::checkpoint;
use avouch_ledger::merkle::{Hash, verify_consistency};
use avouch_ledger::note::{Checkpoint, Note};
use serde_json::Value;

/// Judges both.
pub(crate) fn judge(
    files: &Files,
    knowledge: &Knowledge,
    proven: &Proven,
    engagement: &Engagement,
    report: &mut Report,
) {
    let Some(root) = proven.root else { return };
    let name = "ledger/checkpoint";
    if let Some(bytes) = files.whole(name) {
        match signed(&bytes, proven) {
            Some((note, signed)) if (signed.size, signed.root) == (proven.size, root) => {
                judge_witnesses(&note, knowledge, report);
                if files.manifest().and_then(|said| said.get("checkpoint"))
                    != Some(&checkpoint(&signed))
                {
                    let what = "it speaks of another checkpoint than the proofs";
                    report.add("checkpoint-other", "manifest.json", None, what);
                }
            }
            Some(_) => {
                report.add("checkpoint-other", name, None, "the proofs are under another one");
            }
            None => {
                report.add("checkpoint-invalid", name, None, "the ledger's key did not sign it");
            }
        }
    }
    let earlier = "ledger/consistency.json";
    if files.has(earlier) && !is_consistent(files, proven, &root) {
        let what = "the ledger of the checkpoint is not the one from before the period, grown";
        report.add("consistency-invalid", earlier, None, what);
    }
    if proven.last_ms.is_none_or(|last| last < engagement.period.to_ms) {
        let what = "the last entry under the checkpoint is from before the end of the period";
        report.add("period-not-covered", name, None, what);
    }
}

fn judge_witnesses(note: &Note, knowledge: &Knowledge, report: &mut Report) {
    let Some(policy) = &knowledge.witnesses else { return };
    match policy.witnessed_at(note) {
        Ok(Some(_)) => (),
        Ok(None) => {
            let what = "too few of the witnesses cosigned the checkpoint";
            report.add("quorum-missing", "ledger/checkpoint", None, what);
        }
        Err(error) => {
            report.add("cosignature-invalid", "ledger/checkpoint", None, &error.to_string());
        }
    }
}

pub(crate) fn signed(bytes: &[u8], proven: &Proven) -> Option<(Note, Checkpoint)> {
    let note = Note::parse(bytes).ok()?;
    let signed = Checkpoint::parse(&note.text).ok()?;
    let key = proven.key_at(signed.size)?;
    let ours = signed.origin == proven.origin && note.verify(&key).is_ok();
    ours.then_some((note, signed))
}

fn is_consistent(files: &Files, proven: &Proven, root: &Hash) -> bool {
    let read = || {
        let value = files.json("ledger/consistency.json")?;
        let (_, earlier) = signed(value.get("earlier")?.as_str()?.as_bytes(), proven)?;
        let path = value.get("proof")?.as_array()?.iter();
        let path: Option<Vec<Hash>> = path.map(|one| one.as_str().and_then(hash)).collect();
        Some((earlier, path?))
    };
    let Some((earlier, path)): Option<(Checkpoint, Vec<Hash>)> = read() else { return false };
    verify_consistency(earlier.size, &earlier.root, proven.size, root, &path).is_ok()
}

/// A member of a value, if it is there.
pub(crate) fn member<'a>(value: &'a Value, name: &str) -> &'a Value {
    value.get(name).unwrap_or(&Value::Null)
}
