//! The file of wrapped period keys.

use super::kek::{Kek, KekError};
use super::secret::Secret32;
use crate::format::Origin;
use crate::format::canonical::{Value, from_hex};
use crate::format::control::{KekVersion, members::Members};
use crate::merkle::Hash;
use crate::storage::{Rng, Storage, read_whole, replace};
use std::collections::BTreeMap;
use std::io;

/// What wrapping a period's secret is for.
const PURPOSE: &str = "avouch/wrap/v1";

/// LIMIT: bytes of the file.
const FILE_BYTES_MAX: u64 = 64 << 20;

/// LIMIT: bytes of one wrapped key, whatever wrapped it.
const WRAPPED_BYTES_MAX: usize = 4096;

/// The name of the file.
pub(crate) const KEYS: &str = "keys";

/// One wrapped key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wrapped {
    pub(crate) commitment: Hash,
    pub(crate) bytes: Vec<u8>,
}

/// The wrapped keys of all periods that were not purged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRing {
    origin: Origin,
    generation: u64,
    kek: KekVersion,
    pub(crate) periods: BTreeMap<u32, Wrapped>,
}

/// Why the file of keys cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RingError {
    /// It cannot be read or written.
    #[error("the file `keys` cannot be read or written")]
    Io(#[from] io::Error),
    /// It has not the form of one.
    #[error("the file `keys` is malformed")]
    Malformed,
    /// It was wrapped by another key than the one at hand.
    #[error("the keys are wrapped by `{}` version {}, not by the key that was given", .0.id, .0.version)]
    OtherKek(KekVersion),
    /// A key was not wrapped by this key, or not for this log.
    #[error("the key of period {0} cannot be unwrapped: the key that was given is not the one")]
    Unwrap(u32),
    /// There is no key for a period.
    #[error("there is no key for period {0}")]
    NoKey(u32),
    /// The uppermost key could not be used.
    #[error("the key that wraps the others could not be used")]
    Kek(#[from] KekError),
}

impl KeyRing {
    /// An empty one.
    pub fn new(origin: Origin, kek: &Kek) -> Self {
        Self { origin, generation: 0, kek: kek.version().clone(), periods: BTreeMap::new() }
    }

    /// Reads the text of the file.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let mut members = Members::of(Value::parse(bytes.strip_suffix(b"\n")?).ok()?)?;
        let mut kek = Members::of(members.take("kek")?)?;
        let version = KekVersion { id: kek.text("id")?, version: kek.small("version")? };
        kek.end()?;
        let one = |value| {
            let mut members = Members::of(value)?;
            let commitment = members.hash("commitment")?;
            let bytes = from_hex(&members.text_up_to("wrapped", 2 * WRAPPED_BYTES_MAX)?)?;
            let period = members.small("period")?;
            members.end()?;
            Some((period, Wrapped { commitment, bytes }))
        };
        let periods = members.list("periods", one)?;
        let ascending = periods.is_sorted_by(|(a, _), (b, _)| a < b);
        let ring = Self {
            origin: Origin::parse(&members.text("origin")?).ok()?,
            generation: members.number("generation")?,
            kek: version,
            periods: ascending.then(|| periods.into_iter().collect())?,
        };
        members.end()?;
        Some(ring)
    }

    /// The text of the file.
    pub fn encode(&self) -> String {
        let one = |(period, wrapped): (&u32, &Wrapped)| {
            Value::object([
                ("commitment", Value::hex(&wrapped.commitment.0)),
                ("period", Value::Number(u64::from(*period))),
                ("wrapped", Value::hex(&wrapped.bytes)),
            ])
        };
        let kek = [
            ("id", Value::text(&self.kek.id)),
            ("version", Value::Number(self.kek.version.into())),
        ];
        let value = Value::object([
            ("generation", Value::Number(self.generation)),
            ("kek", Value::object(kek)),
            ("origin", Value::text(self.origin.as_str())),
            ("periods", Value::List(self.periods.iter().map(one).collect())),
        ]);
        format!("{}\n", value.encode())
    }

    /// Reads the file of a log.
    pub fn load(storage: &dyn Storage) -> Result<Self, RingError> {
        let bytes = read_whole(storage, KEYS, FILE_BYTES_MAX)?;
        Self::parse(&bytes).ok_or(RingError::Malformed)
    }

    /// Puts the file in the place of the one before.
    pub fn store(&mut self, storage: &dyn Storage) -> Result<(), RingError> {
        self.generation += 1;
        Ok(replace(storage, KEYS, self.encode().as_bytes())?)
    }

    /// The log it is for.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Which key wrapped these.
    pub fn kek(&self) -> &KekVersion {
        &self.kek
    }

    /// The periods whose keys it holds, ascending.
    pub fn numbers(&self) -> impl Iterator<Item = u32> {
        self.periods.keys().copied()
    }

    /// Adds the secret of a period.
    pub fn add(
        &mut self,
        period: u32,
        (secret, commitment): (&Secret32, Hash),
        kek: &Kek,
        rng: &dyn Rng,
    ) -> Result<(), RingError> {
        if *kek.version() != self.kek {
            return Err(RingError::OtherKek(self.kek.clone()));
        }
        let bytes = kek.wrap((PURPOSE, &self.origin.hash(), period), secret, rng)?;
        self.periods.insert(period, Wrapped { commitment, bytes });
        Ok(())
    }

    /// Unwraps the secret of a period.
    pub fn secret(&self, period: u32, kek: &Kek) -> Result<Secret32, RingError> {
        if *kek.version() != self.kek {
            return Err(RingError::OtherKek(self.kek.clone()));
        }
        let wrapped = self.periods.get(&period).ok_or(RingError::NoKey(period))?;
        let place = (PURPOSE, &self.origin.hash(), period);
        kek.unwrap(place, &wrapped.bytes).ok_or(RingError::Unwrap(period))
    }

    /// Forgets periods and wraps all others with another key. The file is written by
    /// [`KeyRing::store`].
    pub fn rewrap(
        &self,
        without: &[u32],
        old: &Kek,
        new: &Kek,
        rng: &dyn Rng,
    ) -> Result<Self, RingError> {
        let mut next =
            Self { kek: new.version().clone(), periods: BTreeMap::new(), ..self.clone() };
        for (period, wrapped) in self.periods.iter().filter(|(period, _)| !without.contains(period))
        {
            let secret = self.secret(*period, old)?;
            next.add(*period, (&secret, wrapped.commitment), new, rng)?;
        }
        Ok(next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::SystemRng;

    #[test]
    fn keys_outlive_the_file_and_a_new_kek_but_not_a_purge() {
        let origin = Origin::parse("log.example/a").unwrap();
        let old = Kek::random("file", 1, &SystemRng).unwrap();
        let mut ring = KeyRing::new(origin, &old);
        for period in 1..4 {
            let secret = Secret32::new([u8::try_from(period).unwrap(); 32]);
            ring.add(period, (&secret, Hash::default()), &old, &SystemRng).unwrap();
        }
        let read = KeyRing::parse(ring.encode().as_bytes()).unwrap();
        assert_eq!(read, ring);
        assert_eq!(read.secret(2, &old).unwrap().danger_bytes(), &[2; 32]);
        let new = Kek::random("file", 2, &SystemRng).unwrap();
        let next = read.rewrap(&[2], &old, &new, &SystemRng).unwrap();
        assert_eq!(next.secret(3, &new).unwrap().danger_bytes(), &[3; 32]);
        assert!(matches!(next.secret(2, &new), Err(RingError::NoKey(2))));
        assert!(matches!(next.secret(3, &old), Err(RingError::OtherKek(_))));
        let other = Kek::random("file", 2, &SystemRng).unwrap();
        assert!(matches!(next.secret(3, &other), Err(RingError::Unwrap(3))));
    }

    #[test]
    fn what_is_no_ring_is_refused() {
        let kek = Kek::random("file", 1, &SystemRng).unwrap();
        let text = KeyRing::new(Origin::parse("a").unwrap(), &kek).encode();
        assert!(KeyRing::parse(text.as_bytes()).is_some());
        for (from, to) in [("\n", ""), ("\"file\"", "5"), ("[]", "[1]"), ("{\"g", "{\"a\":1,\"g")] {
            assert!(KeyRing::parse(text.replacen(from, to, 1).as_bytes()).is_none(), "{to}");
        }
    }
}
