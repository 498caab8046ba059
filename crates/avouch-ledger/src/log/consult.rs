//! Asking one witness about one checkpoint.

use super::core::Core;
use super::cosigning::Offer;
use crate::format::canonical::Value;
use crate::format::control::members::Members;
use crate::merkle::{Frontier, Hash, Range, consistency_proof, leaf_hash};
use crate::note::{Checkpoint, Note, Request, Signature, VerifierKey, cosigned_at};
use crate::search::StoredTree;
use crate::storage::{read_whole, replace};
use crate::view::{Item, View};
use std::fmt;
use std::io;
use std::ops::ControlFlow;
use std::sync::Arc;

/// Where a witness can be asked. Whoever implements it bounds the time and the size of answers.
pub trait Ask: fmt::Debug + Send + Sync {
    /// Sends a request to a path behind the witness's address; the status and the body of the
    /// answer.
    fn ask(&self, method: &str, path: &str, body: &[u8]) -> io::Result<(u16, Vec<u8>)>;
}

/// A witness of a log.
#[derive(Clone, Debug)]
pub struct Seat {
    key: VerifierKey,
    pub(super) at: Arc<dyn Ask>,
}

impl Seat {
    /// A witness by its key, and where it can be asked.
    pub fn new(key: VerifierKey, at: Arc<dyn Ask>) -> Self {
        Self { key, at }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        self.key.name()
    }
}

/// Times that one witness is asked in one round: once more for each thing it may lack.
const TIMES_MAX: usize = 4;

/// The file in the private folder from where proofs go on after a start.
const FRONTIER: &str = "frontier";

/// LIMIT: bytes of that file.
const FRONTIER_BYTES_MAX: u64 = 16 * 1024;

/// What came of asking.
#[derive(Debug)]
pub(crate) enum Consulted {
    /// It cosigned.
    Cosigned(Signature),
    /// It did not, or was not reached.
    Failed(String),
    /// It shows a checkpoint that this log signed and that is not of this history.
    Contradicted(String),
}

impl Consulted {
    pub(crate) fn signature(&self) -> Option<&Signature> {
        if let Self::Cosigned(signature) = self { Some(signature) } else { None }
    }

    pub(crate) fn contradiction(&self) -> Option<&str> {
        if let Self::Contradicted(why) = self { Some(why) } else { None }
    }
}

/// Asks a witness to cosign.
pub(crate) fn consult(
    core: &Core,
    seat: &Seat,
    from: Option<(u64, Vec<Hash>)>,
    offer: &Offer,
) -> Consulted {
    asked(core, seat, from, offer).unwrap_or_else(Consulted::Failed)
}

fn asked(
    core: &Core,
    seat: &Seat,
    from: Option<(u64, Vec<Hash>)>,
    offer: &Offer,
) -> Result<Consulted, String> {
    let size = offer.frontier.size();
    let mut was_known = from.is_some();
    let (mut old, mut proof) = from.or_else(|| core.after_remembered(size)).unwrap_or_default();
    let mut taught = false;
    for _ in 0..TIMES_MAX {
        let request = Request { old, proof, checkpoint: own(offer) };
        let (status, body) = post(seat, "/add-checkpoint", request.to_string().as_bytes())?;
        match status {
            200 => return accepted(seat, offer, &body).map(Consulted::Cosigned),
            // It may be one of ours, which can be shown with which key the log signs now.
            403 if !taught => {
                taught = true;
                let lesson = crate::proofs::make(core.parts.log.clone(), 0, |_| None);
                let lesson = lesson.map_err(|error| error.to_string())?;
                let (status, _) = post(seat, "/add-epoch", lesson.as_bytes())?;
                if status != 200 {
                    return Err("it does not know the key with which the log signs now".to_owned());
                }
                proof = request.proof;
            }
            409 => {
                let said =
                    std::str::from_utf8(&body).ok().and_then(|text| text.trim().parse().ok());
                let has: u64 = said.ok_or("it refused, and did not say which size it has")?;
                if has > size || (has == old && was_known) || (has == old && has == size) {
                    return Ok(contradiction(core, seat, offer, has));
                }
                (old, was_known) = (has, true);
                proof = core.consistency(has, size).ok_or("its size cannot be proven from here")?;
            }
            422 if old > 0 => {
                proof = core.consistency_anew(old, size).ok_or("no proof could be made")?;
                if proof == request.proof {
                    return Err("it does not accept that the log only grew".to_owned());
                }
            }
            404 => return Err("it does not know this log".to_owned()),
            status => return Err(format!("it answered with status {status}")),
        }
    }
    Err("it wants to know ever more".to_owned())
}

/// The checkpoint with nothing but the log's own signature.
fn own(offer: &Offer) -> Note {
    let mut note = offer.note.clone();
    note.signatures.truncate(1);
    note
}

fn post(seat: &Seat, path: &str, body: &[u8]) -> Result<(u16, Vec<u8>), String> {
    seat.at.ask("POST", path, body).map_err(|error| format!("it was not reached: {error}"))
}

/// The cosignature in an answer, if it is one of this witness over this checkpoint.
fn accepted(seat: &Seat, offer: &Offer, body: &[u8]) -> Result<Signature, String> {
    let text = String::from_utf8_lossy(body);
    let lines = text.lines().filter_map(Signature::parse);
    let signature = lines.into_iter().find(|line| line.is_of(&seat.key));
    let signature = signature.ok_or("its answer holds no signature of its key")?;
    let note = Note { text: offer.note.text.clone(), signatures: vec![signature.clone()] };
    cosigned_at(&note, &seat.key).map_err(|error| error.to_string())?;
    Ok(signature)
}

/// A witness has more than there is, or another history. What it says is believed only if the log
/// itself signed it.
fn contradiction(core: &Core, seat: &Seat, offer: &Offer, has: u64) -> Consulted {
    let path = format!("/{}/checkpoint", core.origin_hash.to_hex());
    let shown = seat.at.ask("GET", &path, &[]).ok().and_then(|(status, body)| {
        let note = Note::parse(&body).ok().filter(|_| status == 200)?;
        let checkpoint = Checkpoint::parse(&note.text).ok()?;
        let log = core.output().signer.verifier().clone();
        let signed = note.verify(&log).is_ok() && checkpoint.origin == core.origin.as_str();
        let same = checkpoint.size <= offer.frontier.size() && note.text == offer.note.text;
        (signed && !same && checkpoint.size >= offer.frontier.size()).then_some(checkpoint.size)
    });
    let name = seat.name();
    match shown {
        Some(size) => Consulted::Contradicted(format!(
            "the witness `{name}` shows a checkpoint of {size} entries that this log signed and that is not of this history: the log was rolled back, or another writer has its key"
        )),
        None => Consulted::Failed(format!(
            "it says to have cosigned {has} entries in another history, and shows no proof of it"
        )),
    }
}

impl Core {
    /// Writes down the tree of a checkpoint, so that proofs after the next start need not begin at
    /// the beginning. It is derived: an error does no harm.
    pub(crate) fn remember(&self, frontier: &Frontier) {
        let peaks = frontier.peaks().iter().map(|peak| Value::hex(&peak.0)).collect();
        let size = Value::Number(frontier.size());
        let value = Value::object([("peaks", Value::List(peaks)), ("size", size)]);
        let _ = replace(self.parts.private.as_ref(), FRONTIER, value.encode().as_bytes());
    }

    fn remembered(&self) -> Option<Frontier> {
        let bytes = read_whole(self.parts.private.as_ref(), FRONTIER, FRONTIER_BYTES_MAX).ok()?;
        let mut members = Members::of(Value::parse(&bytes).ok()?)?;
        let peak = |value| match value {
            Value::Text(text) => {
                Some(Hash(crate::format::canonical::from_hex(&text)?.try_into().ok()?))
            }
            _ => None,
        };
        let peaks = members.list("peaks", peak)?;
        Frontier::from_peaks(members.number("size")?, peaks)
    }

    /// What was cosigned before the start, most likely, and the proof from there.
    fn after_remembered(&self, new: u64) -> Option<(u64, Vec<Hash>)> {
        let frontier = self.remembered().filter(|frontier| frontier.size() <= new)?;
        let old = frontier.size();
        Some((old, self.consistency_from(frontier, old, new)?))
    }

    /// Proves that the log only grew from one size to another.
    fn consistency(&self, old: u64, new: u64) -> Option<Vec<Hash>> {
        let known = self.remembered().filter(|frontier| frontier.size() <= old);
        self.consistency_from(known.unwrap_or_default(), old, new)
    }

    /// The same, from the entries alone.
    fn consistency_anew(&self, old: u64, new: u64) -> Option<Vec<Hash>> {
        self.consistency_from(Frontier::new(), old, new)
    }

    fn consistency_from(&self, start: Frontier, old: u64, new: u64) -> Option<Vec<Hash>> {
        let (begin, mut before, mut range) = (start.size(), start, Range::at(old));
        let view = View::open(self.parts.log.clone()).ok()?;
        let walked = view.walk_items(begin, |index, item| {
            let leaf = match item {
                Item::Entry(entry) => leaf_hash(entry),
                Item::Hole { level: 0, hash, .. } => hash,
                Item::Hole { .. } => return ControlFlow::Break(()),
            };
            if index >= new {
                return ControlFlow::Break(());
            }
            if index < old {
                before.push(leaf);
            } else {
                range.push(leaf);
            }
            ControlFlow::Continue(())
        });
        if walked.is_ok() && before.size() == old && range.end() == new {
            return range.consistency(&before);
        }
        // Where whole subtrees are left of what was purged.
        let tree = StoredTree::open(self.parts.log.clone(), self.origin_hash);
        consistency_proof(&mut tree.ok()?, old, new).ok()?
    }
}
