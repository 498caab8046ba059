//! What a witness answers.

use super::REQUEST_BYTES_MAX;
use super::memory::{Known, LOGS, WitnessError, all};
use crate::format::canonical::NUMBER_MAX;
use crate::merkle::Hash;
use crate::note::{Checkpoint, Cosigner, Refusal, Request, VerifierKey, add_checkpoint};
use crate::proofs;
use crate::storage::{Lock, Storage};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// LIMIT: bytes of the text of a checkpoint.
const TEXT_BYTES_MAX: usize = 16 * 1024;

/// What is answered to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status of HTTP.
    pub status: u16,
    /// The type of the body.
    pub media_type: &'static str,
    /// The body.
    pub body: String,
}

impl Answer {
    fn new(status: u16, body: impl Into<String>) -> Self {
        Self { status, media_type: "text/plain; charset=utf-8", body: body.into() }
    }
}

/// A witness that serves.
#[derive(Debug)]
pub struct Witness {
    storage: Arc<dyn Storage>,
    cosigner: Cosigner,
    /// What is remembered, as far as it was asked for. One request at a time.
    logs: Mutex<BTreeMap<String, Known>>,
    _lock: Box<dyn Lock>,
}

impl Witness {
    /// Takes up a witness that remembers in a folder. Nobody else serves with it at the same time.
    pub fn open(storage: Arc<dyn Storage>, cosigner: Cosigner) -> Result<Self, WitnessError> {
        storage.create_folder(LOGS)?;
        storage.sync_folder("")?;
        let lock = storage.lock("lock")?.ok_or(WitnessError::InUse)?;
        Ok(Self { storage, cosigner, logs: Mutex::default(), _lock: lock })
    }

    /// The public half of its key.
    pub fn verifier(&self) -> &VerifierKey {
        self.cosigner.verifier()
    }

    /// What it remembers of all logs.
    pub fn logs(&self) -> Result<Vec<Known>, WitnessError> {
        all(self.storage.as_ref())
    }

    /// Makes a log known by its key; no error when it was known by the same one.
    pub fn add_log(&self, key: &VerifierKey) -> Result<(), WitnessError> {
        let mut logs = self.held();
        match self.known(&mut logs, key.name())? {
            Some(known) if known.key == *key => Ok(()),
            Some(_) => Err(WitnessError::OtherKey(key.name().to_owned())),
            None => Ok(Known::new(key.clone()).store(self.storage.as_ref())?),
        }
    }

    fn held(&self) -> MutexGuard<'_, BTreeMap<String, Known>> {
        self.logs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn known(
        &self,
        logs: &mut BTreeMap<String, Known>,
        origin: &str,
    ) -> Result<Option<Known>, WitnessError> {
        if let Some(known) = logs.get(origin) {
            return Ok(Some(known.clone()));
        }
        let known = Known::load(self.storage.as_ref(), origin)?;
        if let Some(known) = &known {
            logs.insert(origin.to_owned(), known.clone());
        }
        Ok(known)
    }

    /// Remembers, and only then goes on. After an error nobody knows what is on the disk, so it is
    /// read again before the next answer.
    fn remember(
        &self,
        logs: &mut BTreeMap<String, Known>,
        known: Known,
    ) -> Result<(), WitnessError> {
        let origin = known.key.name().to_owned();
        logs.remove(&origin);
        known.store(self.storage.as_ref())?;
        logs.insert(origin, known);
        Ok(())
    }

    /// Answers a request at a time, in seconds since 1970. `path` is the part behind the address of
    /// the witness.
    pub fn handle(&self, method: &str, path: &str, body: &[u8], time_s: u64) -> Answer {
        if body.len() > REQUEST_BYTES_MAX {
            return Answer::new(413, "the request is too large\n");
        }
        let done = match (method, path) {
            ("POST", "/add-checkpoint") => self.cosign(body, time_s),
            ("POST", "/add-epoch") => self.learn(body),
            ("GET", path) => match path.strip_suffix("/checkpoint") {
                Some(name) => self.newest(name.trim_start_matches('/')),
                None => Ok(Answer::new(404, "nothing is here\n")),
            },
            _ => Ok(Answer::new(404, "nothing is here\n")),
        };
        done.unwrap_or_else(|error| Answer::new(500, format!("{error}\n")))
    }

    fn cosign(&self, body: &[u8], time_s: u64) -> Result<Answer, WitnessError> {
        let request = match Request::parse(body) {
            Ok(request) => request,
            Err(error) => return Ok(Answer::new(400, format!("{error}\n"))),
        };
        let mut logs = self.held();
        let Some(mut known) = self.known(&mut logs, request.origin())? else {
            return Ok(Answer::new(404, "this log is not known here\n"));
        };
        if request.checkpoint.text.len() > TEXT_BYTES_MAX {
            return Ok(Answer::new(400, "the checkpoint is larger than what is served here\n"));
        }
        let size = match Checkpoint::parse(&request.checkpoint.text) {
            Ok(checkpoint) if checkpoint.size <= NUMBER_MAX => checkpoint.size,
            Ok(_) => return Ok(Answer::new(400, "the size is not within what is served here\n")),
            Err(error) => return Ok(Answer::new(400, format!("{error}\n"))),
        };
        let Some(signer) = known.signer(size) else {
            return Ok(refused(Refusal::NotSigned));
        };
        let done = add_checkpoint(&request, &signer, known.seen, &self.cosigner, time_s);
        let (signature, seen) = match done {
            Ok(done) => done,
            Err(refusal) => return Ok(refused(refusal)),
        };
        let mut note = request.checkpoint;
        // What others signed is not for us to pass on, but for the log's own line.
        note.signatures.retain(|line| line.is_of(&signer));
        note.signatures.truncate(1);
        note.signatures.push(signature.clone());
        (known.seen, known.note) = (seen, Some(note.to_string()));
        self.remember(&mut logs, known)?;
        Ok(Answer::new(200, signature.to_string()))
    }

    /// Learns with which keys a log signs, from a proof that leads to its identity.
    fn learn(&self, body: &[u8]) -> Result<Answer, WitnessError> {
        let Ok(text) = std::str::from_utf8(body) else {
            return Ok(Answer::new(400, "the proof is not text\n"));
        };
        let Some(origin) = proofs::origin(text) else {
            return Ok(Answer::new(400, "this is not a proof\n"));
        };
        let mut logs = self.held();
        let Some(mut known) = self.known(&mut logs, &origin)? else {
            return Ok(Answer::new(404, "this log is not known here\n"));
        };
        let proven = match proofs::check(text, &known.key) {
            Ok(proven) => proven,
            Err(error) => return Ok(Answer::new(403, format!("{error}\n"))),
        };
        if !known.learn(proven.epochs) {
            return Ok(Answer::new(422, "the keys do not continue those that are known\n"));
        }
        self.remember(&mut logs, known)?;
        Ok(Answer::new(200, ""))
    }

    /// The newest note that was cosigned, of the log whose name has this hash.
    fn newest(&self, name: &str) -> Result<Answer, WitnessError> {
        let is = |known: &Known| Hash::of(known.key.name().as_bytes()).to_hex() == name;
        let note = all(self.storage.as_ref())?.into_iter().find(is).and_then(|known| known.note);
        Ok(note.map_or_else(|| Answer::new(404, "nothing was cosigned\n"), |n| Answer::new(200, n)))
    }
}

fn refused(refusal: Refusal) -> Answer {
    match refusal {
        Refusal::Conflict(size) => Answer {
            status: refusal.status(),
            media_type: "text/x.tlog.size",
            body: format!("{size}\n"),
        },
        other => Answer::new(other.status(), format!("{other}\n")),
    }
}

#[cfg(test)]
mod tests;
