//! A witness on the same machine, with a key and a memory of its own.

use super::service::Witness;
use crate::keys::Secret32;
use crate::log::Ask;
use crate::note::Cosigner;
use crate::storage::{Clock, Storage};
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

/// A witness in a folder, which is asked without a network. It is taken up when it is asked first,
/// and held as long as the value lives.
#[derive(Debug)]
pub struct LocalWitness {
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
    name: String,
    seed: Secret32,
    witness: Mutex<Option<Witness>>,
}

impl LocalWitness {
    /// The witness of a folder.
    pub fn new(
        storage: Arc<dyn Storage>,
        clock: Arc<dyn Clock>,
        name: &str,
        seed: Secret32,
    ) -> Self {
        Self { storage, clock, name: name.to_owned(), seed, witness: Mutex::new(None) }
    }
}

impl Ask for LocalWitness {
    fn ask(&self, method: &str, path: &str, body: &[u8]) -> io::Result<(u16, Vec<u8>)> {
        let mut witness = self.witness.lock().unwrap_or_else(PoisonError::into_inner);
        if witness.is_none() {
            let cosigner = Cosigner::new(&self.name, self.seed.danger_bytes());
            let cosigner = cosigner.map_err(io::Error::other)?;
            let opened = Witness::open(self.storage.clone(), cosigner);
            *witness = Some(opened.map_err(io::Error::other)?);
        }
        let Some(witness) = witness.as_ref() else { return Err(io::ErrorKind::NotFound.into()) };
        let answer = witness.handle(method, path, body, self.clock.now_ms() / 1000);
        Ok((answer.status, answer.body.into_bytes()))
    }
}
