//! Which entries a period has: their indices as runs, hashed.

use crate::format::canonical::{Value, from_hex, to_hex};
use crate::format::control::members::Members as Fields;
use crate::merkle::Hash;
use sha2::compress256;
use sha2::digest::generic_array::GenericArray;
use std::ops::Range;

/// Bytes that SHA-256 takes in at once.
const BLOCK_BYTES: usize = 64;

/// Bytes of a run: its first index and its length.
const RUN_BYTES: u64 = 16;

/// The state of SHA-256 at its beginning (FIPS 180-4, section 5.3.3).
const BEGIN: [u32; 8] = [
    0x6a09_e667,
    0xbb67_ae85,
    0x3c6e_f372,
    0xa54f_f53a,
    0x510e_527f,
    0x9b05_688c,
    0x1f83_d9ab,
    0x5be0_cd19,
];

/// Which entries a period has. The hash over them can be written down at any time and gone on with.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Members {
    /// The state of SHA-256 behind whole blocks.
    state: [u32; 8],
    /// Runs that ended.
    runs: u64,
    /// Those of them that do not fill a block yet.
    rest: Vec<u8>,
    first: u64,
    length: u64,
    count: u64,
    /// The first of all.
    begin: u64,
}

impl std::fmt::Debug for Members {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Members({})", self.count)
    }
}

impl Default for Members {
    fn default() -> Self {
        let rest = Vec::new();
        Self { state: BEGIN, runs: 0, rest, first: 0, length: 0, count: 0, begin: 0 }
    }
}

impl Members {
    pub(crate) fn push(&mut self, index: u64) {
        if self.count == 0 {
            self.begin = index;
        }
        self.count += 1;
        if self.length > 0 && index == self.first + self.length {
            self.length += 1;
        } else {
            self.end_run();
            (self.first, self.length) = (index, 1);
        }
    }

    fn end_run(&mut self) {
        if self.length > 0 {
            self.runs += 1;
            self.rest.extend_from_slice(&self.first.to_be_bytes());
            self.rest.extend_from_slice(&self.length.to_be_bytes());
            self.compress();
        }
    }

    fn compress(&mut self) {
        let (blocks, _) = self.rest.as_chunks::<BLOCK_BYTES>();
        let whole = blocks.len() * BLOCK_BYTES;
        for block in blocks {
            compress256(&mut self.state, &[GenericArray::from(*block)]);
        }
        self.rest.drain(..whole);
    }

    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    /// From the first of them to behind the last.
    pub(crate) fn range(&self) -> Range<u64> {
        self.begin..self.first + self.length
    }

    /// Whether all of them are below an index.
    pub(crate) fn is_below(&self, index: u64) -> bool {
        self.length == 0 || self.first + self.length <= index
    }

    pub(crate) fn hash(&self) -> Hash {
        let mut copy = self.clone();
        copy.end_run();
        let bits = 8 * RUN_BYTES * copy.runs;
        copy.rest.push(0x80);
        while copy.rest.len() % BLOCK_BYTES != BLOCK_BYTES - 8 {
            copy.rest.push(0);
        }
        copy.rest.extend_from_slice(&bits.to_be_bytes());
        copy.compress();
        Hash::from_slice(&copy.state.map(u32::to_be_bytes).concat()).unwrap_or_default()
    }

    /// All of it, to go on with later.
    pub(crate) fn value(&self) -> Value {
        Value::object([
            ("begin", Value::Number(self.begin)),
            ("count", Value::Number(self.count)),
            ("first", Value::Number(self.first)),
            ("length", Value::Number(self.length)),
            ("rest", Value::hex(&self.rest)),
            ("runs", Value::Number(self.runs)),
            ("state", Value::Text(to_hex(&self.state.map(u32::to_be_bytes).concat()))),
        ])
    }

    /// Goes on with what was written down.
    pub(crate) fn read(value: Value) -> Option<Self> {
        let mut fields = Fields::of(value)?;
        let state: [u8; 32] = fields.hex("state")?;
        let mut words = state.as_chunks::<4>().0.iter().map(|word| u32::from_be_bytes(*word));
        let rest = from_hex(&fields.text("rest")?)?;
        let members = Self {
            state: std::array::from_fn(|_| words.next().unwrap_or_default()),
            runs: fields.number("runs")?,
            first: fields.number("first")?,
            length: fields.number("length")?,
            count: fields.number("count")?,
            begin: fields.number("begin")?,
            rest,
        };
        fields.end()?;
        let fits = members.runs * RUN_BYTES % BLOCK_BYTES as u64 == members.rest.len() as u64;
        fits.then_some(members)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn members_are_hashed_as_runs() {
        let mut members = Members::default();
        assert_eq!(members.hash(), crate::merkle::EMPTY_ROOT);
        for index in [3, 4, 5, 9] {
            members.push(index);
        }
        let runs: Vec<u8> = [3_u64, 3, 9, 1].iter().flat_map(|n| n.to_be_bytes()).collect();
        assert_eq!(members.hash(), Hash::of(&runs));
        assert_eq!(members.count(), 4);
        members.push(10);
        let runs: Vec<u8> = [3_u64, 3, 9, 2].iter().flat_map(|n| n.to_be_bytes()).collect();
        assert_eq!(members.hash(), Hash::of(&runs));
    }

    proptest! {
        #[test]
        fn any_runs_are_hashed_as_they_are_and_can_be_gone_on_with(
            runs in prop::collection::vec((2_u64..9, 1_u64..5), 0..40),
            break_at in 0_usize..40,
        ) {
            let (mut members, mut bytes, mut at) = (Members::default(), Vec::new(), 0);
            for (place, (gap, length)) in runs.into_iter().enumerate() {
                at += gap;
                bytes.extend_from_slice(&u64::to_be_bytes(at));
                bytes.extend_from_slice(&length.to_be_bytes());
                for _ in 0..length {
                    members.push(at);
                    at += 1;
                }
                if place == break_at {
                    members = Members::read(members.value()).unwrap();
                }
                prop_assert_eq!(members.hash(), Hash::of(&bytes));
            }
        }
    }
}
