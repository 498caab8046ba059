//! Where the uppermost key is kept, and how it is changed so that the old one is gone.
//!
//! A change has two steps, and a crash may come at any place: the next key is put beside the old
//! one; when everything is wrapped by the next one, it takes the place of the old, which is
//! destroyed. Whoever finds both takes the change up again.

use super::kek::{Kek, KekError};
use super::secret::Secret32;
use crate::format::control::KekVersion;
use crate::merkle::Hash;
use crate::storage::{Rng, Storage, read_whole, replace, write_all_at};
use std::fmt;
use std::io::{self, ErrorKind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use zeroize::Zeroizing;

/// The file of the key.
const KEK: &str = "kek";

/// The file of the key that will be.
const NEXT: &str = "kek.next";

/// LIMIT: bytes of a file with a key.
const FILE_BYTES_MAX: u64 = 4096;

/// The keys at hand: the one in use and, while it is changed, the next one.
#[derive(Clone, Debug, Default)]
pub struct Keks {
    /// The one in use; `None` when a change was interrupted after it was destroyed.
    pub current: Option<Arc<Kek>>,
    /// The one that will be.
    pub next: Option<Arc<Kek>>,
    /// Whether the next one was made for a change that is under way, rather than given in case.
    pub begun: bool,
}

/// Why the uppermost key is not to be had, or was not changed.
#[derive(Debug, thiserror::Error)]
pub enum CustodyError {
    /// Its file cannot be read or written.
    #[error("the file of the key that wraps the others cannot be read or written")]
    Io(#[from] io::Error),
    /// It is not one.
    #[error("what is kept as the key that wraps the others is not one")]
    Kek(#[from] KekError),
    /// The two keys are not a key and its next version.
    #[error("the next key is not the next version of the one in use")]
    NotNext,
    /// Whoever keeps it has made no next version.
    #[error("there is no next version of the key that wraps the others")]
    NoNext,
}

impl Keks {
    fn checked(self) -> Result<Self, CustodyError> {
        if let (Some(current), Some(next)) = (&self.current, &self.next) {
            let (current, next) = (current.version(), next.version());
            if current.id != next.id || current.version.checked_add(1) != Some(next.version) {
                return Err(CustodyError::NotNext);
            }
        }
        Ok(self)
    }

    /// Whether a change is to be taken up again, when others are wrapped by a version already.
    pub(crate) fn under_way(&self, wrapping: &KekVersion) -> bool {
        self.next.as_ref().is_some_and(|next| self.begun || next.version() == wrapping)
    }

    /// The key of a version.
    pub fn of(&self, version: &KekVersion) -> Option<&Arc<Kek>> {
        self.both().find(|kek| kek.version() == version)
    }

    fn both(&self) -> impl Iterator<Item = &Arc<Kek>> {
        self.current.iter().chain(&self.next)
    }

    /// Unwraps a secret with whichever key wrapped it.
    pub(crate) fn unwrap(&self, purpose: (&str, &Hash, u32), wrapped: &[u8]) -> Option<Secret32> {
        self.both().find_map(|kek| kek.unwrap(purpose, wrapped))
    }
}

/// A place where the uppermost key is kept.
pub trait Custody: fmt::Debug + Send + Sync {
    /// What is there.
    fn load(&self) -> Result<Keks, CustodyError>;

    /// Puts the next version beside the one in use, and gives it.
    fn prepare(&self, rng: &dyn Rng) -> Result<Arc<Kek>, CustodyError>;

    /// Whether there is, or can be made, a next version.
    fn can_change(&self) -> Result<(), CustodyError>;

    /// Everything is wrapped by the next version: it takes the place of the old one, which is
    /// destroyed.
    fn destroy_old(&self) -> Result<(), CustodyError>;

    /// What is known of the destruction of an old version, in a sentence for the log.
    fn receipt(&self) -> String;
}

/// The key in a file. Its destruction is best effort: a disk may keep what was overwritten, and
/// nobody knows of copies.
#[derive(Clone, Debug)]
pub struct KekFile(Arc<dyn Storage>);

impl KekFile {
    /// Keeps it in a folder.
    pub fn new(storage: Arc<dyn Storage>) -> Self {
        Self(storage)
    }

    /// Writes the first key down.
    pub fn begin(&self, kek: &Kek) -> Result<(), CustodyError> {
        self.0.create_folder("")?;
        Ok(replace(self.0.as_ref(), KEK, kek.danger_text().as_bytes())?)
    }

    fn read(&self, name: &str) -> Result<Option<Kek>, CustodyError> {
        let bytes = match read_whole(self.0.as_ref(), name, FILE_BYTES_MAX) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            other => Zeroizing::new(other?),
        };
        let text = std::str::from_utf8(&bytes).map_err(|_| KekError::Form)?;
        Ok(Some(Kek::parse(text)?))
    }

    /// Writes zeros over the old key, in its own place.
    fn overwrite(&self) -> io::Result<()> {
        let file = match self.0.open(KEK) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            other => other?,
        };
        let bytes = usize::try_from(file.size()?.min(FILE_BYTES_MAX)).unwrap_or(0);
        write_all_at(file.as_ref(), 0, &vec![0; bytes])?;
        file.sync()
    }
}

impl Custody for KekFile {
    fn load(&self) -> Result<Keks, CustodyError> {
        let next = self.read(NEXT)?.map(Arc::new);
        let current = match self.read(KEK) {
            // It was being destroyed.
            Err(CustodyError::Kek(_)) if next.is_some() => None,
            Ok(None) if next.is_none() => return Err(io::Error::from(ErrorKind::NotFound).into()),
            other => other?.map(Arc::new),
        };
        let begun = next.is_some();
        Keks { current, next, begun }.checked()
    }

    fn prepare(&self, rng: &dyn Rng) -> Result<Arc<Kek>, CustodyError> {
        let Keks { current, next, .. } = self.load()?;
        if let Some(next) = next {
            // Something may be wrapped by it already.
            return Ok(next);
        }
        let current = current.ok_or(CustodyError::NotNext)?;
        let KekVersion { id, version } = current.version();
        let version = version.checked_add(1).ok_or(CustodyError::NotNext)?;
        let next = Kek::random(id, version, rng)?;
        replace(self.0.as_ref(), NEXT, next.danger_text().as_bytes())?;
        Ok(Arc::new(next))
    }

    fn can_change(&self) -> Result<(), CustodyError> {
        self.load().map(|_| ())
    }

    fn destroy_old(&self) -> Result<(), CustodyError> {
        if self.read(NEXT)?.is_some() {
            self.overwrite()?;
            self.0.rename(NEXT, KEK)?;
        }
        Ok(self.0.sync_folder("")?)
    }

    fn receipt(&self) -> String {
        "best effort: the key file was overwritten and replaced; copies of it, and what the disk keeps, are not known".to_owned()
    }
}

/// A key that is given from outside for as long as the process runs, with its next version if it is
/// to be changed. Whoever keeps it destroys it.
#[derive(Debug)]
pub struct GivenKek(Mutex<Keks>);

impl GivenKek {
    /// Takes the key, and its next version.
    pub fn new(current: Kek, next: Option<Kek>) -> Result<Self, CustodyError> {
        let (current, next) = (Some(Arc::new(current)), next.map(Arc::new));
        Ok(Self(Mutex::new(Keks { current, next, begun: false }.checked()?)))
    }

    fn keks(&self) -> MutexGuard<'_, Keks> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Custody for GivenKek {
    fn load(&self) -> Result<Keks, CustodyError> {
        Ok(self.keks().clone())
    }

    fn prepare(&self, _rng: &dyn Rng) -> Result<Arc<Kek>, CustodyError> {
        self.keks().next.clone().ok_or(CustodyError::NoNext)
    }

    fn can_change(&self) -> Result<(), CustodyError> {
        if self.keks().next.is_some() { Ok(()) } else { Err(CustodyError::NoNext) }
    }

    fn destroy_old(&self) -> Result<(), CustodyError> {
        let mut keks = self.keks();
        if let Some(next) = keks.next.take() {
            keks.current = Some(next);
        }
        Ok(())
    }

    fn receipt(&self) -> String {
        "not confirmed: the old version is kept elsewhere, and whoever keeps it must destroy it"
            .to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::SystemRng;
    use crate::storage::simulated::{Fault, SimulatedDisk};

    #[test]
    fn a_change_of_the_key_is_taken_up_wherever_the_power_went() {
        for seed in 0..300 {
            let disk = SimulatedDisk::new(seed);
            let custody = KekFile::new(Arc::new(disk.clone()));
            custody.begin(&Kek::random("file", 1, &SystemRng).unwrap()).unwrap();
            disk.fail_after(1 + seed % 12, Fault::Crash);
            let change = || {
                let next = match custody.load()?.next {
                    Some(next) => next,
                    None => custody.prepare(&SystemRng)?,
                };
                // Nothing is destroyed before the next one is safe.
                custody.destroy_old().map(|()| next)
            };
            let done: Result<_, CustodyError> = change();
            disk.restart();
            let found = custody.load().unwrap();
            assert!(done.is_err() || found.next.is_none(), "seed {seed}");
            if found.current.is_none_or(|kek| kek.version().version == 1) {
                let next = change().unwrap();
                let keks = custody.load().unwrap();
                assert!(keks.next.is_none());
                assert_eq!(keks.current.unwrap().danger_text(), next.danger_text());
            }
        }
    }

    #[test]
    fn a_given_key_is_changed_only_to_its_next_version() {
        let kek = |version| Kek::random("kms", version, &SystemRng).unwrap();
        assert!(matches!(GivenKek::new(kek(1), Some(kek(3))), Err(CustodyError::NotNext)));
        let given = GivenKek::new(kek(1), None).unwrap();
        assert!(matches!(given.prepare(&SystemRng), Err(CustodyError::NoNext)));
        let given = GivenKek::new(kek(1), Some(kek(2))).unwrap();
        assert_eq!(given.prepare(&SystemRng).unwrap().version().version, 2);
        given.destroy_old().unwrap();
        assert!(given.can_change().is_err());
    }
}
