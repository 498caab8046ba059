//! The postings of one period in one round of the index: made, written, asked.
//!
//! In scope: section 12 of `docs/ledger-format.md`, for one file. The file is derived: whatever it
//! says is compared with what the log committed to. Out of scope: which rounds there are.

use super::hashes::root_of;
use crate::format::control::IndexPart;
use crate::merkle::{Hash, Nodes, inclusion_proof, leaf_hash, verify_inclusion};
use crate::storage::{Storage, StoredFile, read_exact_at};
use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::io;

/// The folder of postings.
pub(crate) const INDEX: &str = "index";

/// The number under which control entries are found, by their type: no period has it.
pub(crate) const CONTROL: u32 = 0;

/// LIMIT: positions of one term, one for each entry of a round.
const POSITIONS_MAX: u32 = 65_536;

/// What stands for a field's value.
pub(crate) type Term = [u8; 8];

const MAGIC: &[u8; 8] = b"AVLIDX1\n";

/// Bytes before the terms: magic, origin, period, terms, first, end, root.
const HEAD_BYTES: u64 = 8 + 32 + 4 + 4 + 8 + 8 + 32;

/// Bytes that say of one term where its positions are.
const TERM_BYTES: u64 = 8 + 4 + 8;

/// Terms whose leaves have a hash of their own in the file.
const GROUP: u64 = GROUP_TERMS as u64;
const GROUP_TERMS: usize = 256;

/// What control entries of a type are found by.
pub(crate) fn control_term(kind: u8) -> Term {
    [0, 0, 0, 0, 0, 0, 0, kind]
}

/// The path of a file of postings.
pub(crate) fn postings_path(period: u32, first: u64) -> String {
    format!("{INDEX}/{period:08x}-{first:016x}")
}

/// Reads the name of a file of postings: period and first entry.
pub(crate) fn parse_postings_name(name: &str) -> Option<(u32, u64)> {
    let (period, first) = name.split_once('-')?;
    let known = (u32::from_str_radix(period, 16).ok()?, u64::from_str_radix(first, 16).ok()?);
    (format!("{:08x}-{:016x}", known.0, known.1) == name).then_some(known)
}

/// The leaf of one term in the tree of a part.
pub(crate) fn posting_leaf(scratch: &mut Vec<u8>, term: Term, positions: &[u32]) -> Hash {
    scratch.clear();
    scratch.extend_from_slice(&term);
    scratch.extend_from_slice(&u32::try_from(positions.len()).unwrap_or(0).to_be_bytes());
    scratch.extend(positions.iter().flat_map(|position| position.to_be_bytes()));
    leaf_hash(scratch)
}

fn leaf_hashes(terms: &[(Term, Vec<u32>)]) -> Vec<Hash> {
    let mut scratch = Vec::new();
    terms.iter().map(|(term, positions)| posting_leaf(&mut scratch, *term, positions)).collect()
}

/// The postings of one period in one round, as its file holds them.
pub(crate) struct Postings {
    pub(crate) part: IndexPart,
    /// Terms, ascending, each with its positions from the beginning of the round.
    pub(crate) terms: Vec<(Term, Vec<u32>)>,
    /// The root over the leaves of each group of terms.
    groups: Vec<Hash>,
}

impl Postings {
    /// Puts postings in order and computes the root over them.
    pub(crate) fn of(period: u32, records: u64, mut postings: Vec<(Term, u32)>) -> Self {
        postings.sort_unstable();
        postings.dedup();
        let mut terms: Vec<(Term, Vec<u32>)> = Vec::new();
        for (term, position) in postings {
            match terms.last_mut().filter(|(last, _)| *last == term) {
                Some((_, positions)) => positions.push(position),
                None => terms.push((term, vec![position])),
            }
        }
        let leaves = leaf_hashes(&terms);
        let groups: Vec<Hash> = leaves.chunks(GROUP_TERMS).map(root_of).collect();
        let part = IndexPart { period, records, root: root_of(&groups), terms: terms.len() as u64 };
        Self { part, terms, groups }
    }

    /// The file.
    pub(crate) fn encode(&self, origin_hash: &Hash, round: (u64, u64)) -> Vec<u8> {
        let mut bytes = head(origin_hash, &self.part, round);
        let mut offset = HEAD_BYTES + self.terms.len() as u64 * TERM_BYTES;
        for (term, positions) in &self.terms {
            bytes.extend_from_slice(term);
            bytes.extend_from_slice(&u32::try_from(positions.len()).unwrap_or(0).to_be_bytes());
            bytes.extend_from_slice(&offset.to_be_bytes());
            offset += 4 * positions.len() as u64;
        }
        for position in self.terms.iter().flat_map(|(_, positions)| positions) {
            bytes.extend_from_slice(&position.to_be_bytes());
        }
        bytes.extend(self.groups.iter().flat_map(|group| group.0));
        bytes
    }
}

fn head(origin_hash: &Hash, part: &IndexPart, (first, end): (u64, u64)) -> Vec<u8> {
    let count = u32::try_from(part.terms).unwrap_or(u32::MAX);
    let mut bytes = MAGIC.to_vec();
    bytes.extend_from_slice(&origin_hash.0);
    bytes.extend_from_slice(&part.period.to_be_bytes());
    bytes.extend_from_slice(&count.to_be_bytes());
    bytes.extend_from_slice(&first.to_be_bytes());
    bytes.extend_from_slice(&end.to_be_bytes());
    bytes.extend_from_slice(&part.root.0);
    bytes
}

/// A leaf of the index with the proof that it is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ProvenLeaf {
    /// Its place among the terms.
    pub(crate) place: u64,
    pub(crate) term: Term,
    pub(crate) positions: Vec<u32>,
    pub(crate) path: Vec<Hash>,
}

impl ProvenLeaf {
    /// The leaf's data.
    pub(crate) fn data(&self) -> Vec<u8> {
        let count = u32::try_from(self.positions.len()).unwrap_or(0);
        let mut data = [&self.term[..], &count.to_be_bytes()].concat();
        data.extend(self.positions.iter().flat_map(|position| position.to_be_bytes()));
        data
    }

    fn is_in(&self, part: &IndexPart) -> bool {
        let leaf = leaf_hash(&self.data());
        verify_inclusion(&leaf, self.place, part.terms, &self.path, &part.root).is_ok()
    }
}

/// What a round says of a term, proven.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// It is there.
    Present(ProvenLeaf),
    /// It is not: these are its neighbours, or all there is.
    Absent(Vec<ProvenLeaf>),
}

/// A file of postings that is open.
#[derive(Debug)]
pub(crate) struct PostingsFile {
    file: Box<dyn StoredFile>,
    part: IndexPart,
    groups: Vec<Hash>,
    /// Where the positions of the first term begin, and where those of the last end.
    begin: u64,
    end: u64,
}

/// Why a file of postings is of no use.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PostingsError {
    #[error("it cannot be read")]
    Io(#[from] io::Error),
    #[error("it is not what the log committed to")]
    Wrong,
}

impl PostingsFile {
    /// Opens the postings of a part that the log committed to.
    pub(crate) fn open(
        storage: &dyn Storage,
        origin_hash: &Hash,
        part: &IndexPart,
        (first, end): (u64, u64),
    ) -> Result<Self, PostingsError> {
        let file = storage.open(&postings_path(part.period, first))?;
        let expected = head(origin_hash, part, (first, end));
        let mut found = vec![0; expected.len()];
        read_exact_at(file.as_ref(), 0, &mut found)?;
        if found != expected || part.terms > u64::from(POSITIONS_MAX) * 32 {
            return Err(PostingsError::Wrong);
        }
        let groups = part.terms.div_ceil(GROUP);
        let end = file.size()?.checked_sub(32 * groups).ok_or(PostingsError::Wrong)?;
        let groups = hashes(file.as_ref(), end, groups)?;
        if root_of(&groups) != part.root {
            return Err(PostingsError::Wrong);
        }
        let begin = HEAD_BYTES + part.terms * TERM_BYTES;
        Ok(Self { file, part: *part, groups, begin, end })
    }

    /// Opens the list of control entries of a round, to which nothing commits.
    pub(crate) fn open_control(
        storage: &dyn Storage,
        origin_hash: &Hash,
        first: u64,
    ) -> Result<(Self, u64), PostingsError> {
        let file = storage.open(&postings_path(CONTROL, first))?;
        let mut found = vec![0; usize::try_from(HEAD_BYTES).unwrap_or(0)];
        read_exact_at(file.as_ref(), 0, &mut found)?;
        let number = |at: usize| {
            let bytes = found.get(at..).and_then(<[u8]>::first_chunk::<8>);
            bytes.map(|bytes| u64::from_be_bytes(*bytes)).unwrap_or_default()
        };
        // Period and terms are four bytes each.
        let (terms, end) = (number(40) & u64::from(u32::MAX), number(56));
        let root = found.last_chunk::<32>().map_or_else(Hash::default, |root| Hash(*root));
        let part = IndexPart { period: CONTROL, records: 0, root, terms };
        let opened = Self::open(storage, origin_hash, &part, (first, end))?;
        Ok((opened, end))
    }

    /// Checks all of it, as a verifier does.
    pub(crate) fn check(&self) -> Result<(), PostingsError> {
        let (mut last, mut at) = (None, self.begin);
        for (number, root) in (0..).zip(&self.groups) {
            let leaves = self.group(number)?;
            let ascending = leaves.iter().all(|(term, _)| last.replace(*term) < Some(*term));
            if !ascending || root_of(&leaf_hashes(&leaves)) != *root {
                return Err(PostingsError::Wrong);
            }
            for (place, (_, positions)) in (number * GROUP..).zip(&leaves) {
                if self.entry(place)?.2 != at {
                    return Err(PostingsError::Wrong);
                }
                at += 4 * positions.len() as u64;
            }
        }
        if at == self.end { Ok(()) } else { Err(PostingsError::Wrong) }
    }

    /// What it says of a term, proven under the root that the log committed to.
    pub(crate) fn ask(&self, term: Term) -> Result<Answer, PostingsError> {
        let (mut low, mut high) = (0, self.part.terms);
        while low < high {
            let middle = low + (high - low) / 2;
            match self.entry(middle)?.0.cmp(&term) {
                Ordering::Less => low = middle + 1,
                Ordering::Equal => return Ok(Answer::Present(self.proven(middle)?)),
                Ordering::Greater => high = middle,
            }
        }
        let near = [low.checked_sub(1), (low < self.part.terms).then_some(low)];
        let neighbours: Vec<ProvenLeaf> =
            near.into_iter().flatten().map(|place| self.proven(place)).collect::<Result<_, _>>()?;
        let below = |leaf: &ProvenLeaf| (leaf.place < low) == (leaf.term < term);
        let sound = neighbours.iter().all(|leaf| below(leaf) && leaf.term != term);
        if sound { Ok(Answer::Absent(neighbours)) } else { Err(PostingsError::Wrong) }
    }

    /// The positions of any of several terms, as far as the log committed to them. Where as many are
    /// asked for as there are groups, it is cheaper to go through all of them once.
    pub(crate) fn any(&self, terms: &BTreeSet<Term>) -> Result<Vec<u32>, PostingsError> {
        let mut all = Vec::new();
        if terms.len() < self.groups.len() {
            for term in terms {
                if let Answer::Present(leaf) = self.ask(*term)? {
                    all.extend(leaf.positions);
                }
            }
            return Ok(all);
        }
        for (number, root) in (0..).zip(&self.groups) {
            let leaves = self.group(number)?;
            if root_of(&leaf_hashes(&leaves)) != *root {
                return Err(PostingsError::Wrong);
            }
            let asked = leaves.into_iter().filter(|(term, _)| terms.contains(term));
            all.extend(asked.flat_map(|(_, positions)| positions));
        }
        Ok(all)
    }

    /// Where the positions of a term are.
    fn entry(&self, place: u64) -> Result<(Term, u32, u64), PostingsError> {
        let mut bytes = [0; 20];
        read_exact_at(self.file.as_ref(), HEAD_BYTES + place * TERM_BYTES, &mut bytes)?;
        directory(&bytes).ok_or(PostingsError::Wrong)
    }

    fn proven(&self, place: u64) -> Result<ProvenLeaf, PostingsError> {
        let group = place / GROUP;
        let leaves = self.group(group)?;
        let within = usize::try_from(place % GROUP).unwrap_or(usize::MAX);
        let (term, positions) = leaves.get(within).ok_or(PostingsError::Wrong)?;
        let mut path = path(&leaf_hashes(&leaves), place % GROUP)?;
        path.extend(self::path(&self.groups, group)?);
        let leaf = ProvenLeaf { place, term: *term, positions: positions.clone(), path };
        if leaf.is_in(&self.part) { Ok(leaf) } else { Err(PostingsError::Wrong) }
    }

    /// The terms of a group with their positions.
    fn group(&self, group: u64) -> Result<Vec<(Term, Vec<u32>)>, PostingsError> {
        let first = group * GROUP;
        let count = GROUP.min(self.part.terms.saturating_sub(first));
        let bytes = self.read(HEAD_BYTES + first * TERM_BYTES, count * TERM_BYTES)?;
        let (entries, _) = bytes.as_chunks::<20>();
        let entries: Option<Vec<_>> = entries.iter().map(directory).collect();
        let entries = entries.ok_or(PostingsError::Wrong)?;
        // Positions follow each other as their terms do, so that one read has those of a group.
        let begin = entries.first().map_or(self.begin, |(_, _, offset)| *offset);
        let mut end = begin;
        for (_, count, offset) in &entries {
            if *count > POSITIONS_MAX || *offset != end {
                return Err(PostingsError::Wrong);
            }
            end += 4 * u64::from(*count);
        }
        if begin < self.begin || end > self.end {
            return Err(PostingsError::Wrong);
        }
        let bytes = self.read(begin, end - begin)?;
        let (mut rest, _) = bytes.as_chunks::<4>();
        let mut group = Vec::new();
        for (term, count, _) in entries {
            let (positions, behind) = rest.split_at(rest.len().min(count as usize));
            group.push((term, positions.iter().map(|at| u32::from_be_bytes(*at)).collect()));
            rest = behind;
        }
        Ok(group)
    }

    fn read(&self, offset: u64, bytes: u64) -> Result<Vec<u8>, PostingsError> {
        let mut found = vec![0; usize::try_from(bytes).map_err(|_| PostingsError::Wrong)?];
        read_exact_at(self.file.as_ref(), offset, &mut found)?;
        Ok(found)
    }
}

fn directory(bytes: &[u8; 20]) -> Option<(Term, u32, u64)> {
    let (term, rest) = bytes.split_first_chunk::<8>()?;
    let (count, rest) = rest.split_first_chunk::<4>()?;
    let offset = rest.first_chunk::<8>()?;
    Some((*term, u32::from_be_bytes(*count), u64::from_be_bytes(*offset)))
}

fn hashes(file: &dyn StoredFile, offset: u64, count: u64) -> Result<Vec<Hash>, PostingsError> {
    let mut bytes = vec![0; usize::try_from(32 * count).map_err(|_| PostingsError::Wrong)?];
    read_exact_at(file, offset, &mut bytes)?;
    let (hashes, _) = bytes.as_chunks::<32>();
    Ok(hashes.iter().map(|hash| Hash(*hash)).collect())
}

/// Hashes at hand, as the lowest level of a tree.
struct Row<'a>(&'a [Hash]);

impl Nodes for Row<'_> {
    type Error = PostingsError;

    fn node(&mut self, level: u32, index: u64) -> Result<Hash, PostingsError> {
        let begin = usize::try_from(index << level).map_err(|_| PostingsError::Wrong)?;
        let hashes = self.0.get(begin..begin + (1 << level)).ok_or(PostingsError::Wrong)?;
        Ok(root_of(hashes))
    }
}

fn path(hashes: &[Hash], place: u64) -> Result<Vec<Hash>, PostingsError> {
    let path = inclusion_proof(&mut Row(hashes), place, hashes.len() as u64)?;
    path.ok_or(PostingsError::Wrong)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::replace;
    use crate::storage::simulated::SimulatedDisk;

    fn written(terms: u64) -> (SimulatedDisk, IndexPart) {
        let postings = (0..terms)
            .flat_map(|term| {
                let positions = 1 + u32::try_from(term % 3).unwrap();
                (0..positions).map(move |at| ((term * 2 + 1).to_be_bytes(), at))
            })
            .collect();
        let postings = Postings::of(7, 3, postings);
        let disk = SimulatedDisk::new(1);
        disk.create_folder(INDEX).unwrap();
        let bytes = postings.encode(&Hash([5; 32]), (100, 200));
        replace(&disk, &postings_path(7, 100), &bytes).unwrap();
        (disk, postings.part)
    }

    #[test]
    fn what_is_there_and_what_is_not_is_proven() {
        for terms in [0, 1, 3, 40, 255, 256, 257, 600] {
            let (disk, part) = written(terms);
            let file = PostingsFile::open(&disk, &Hash([5; 32]), &part, (100, 200)).unwrap();
            for asked in 0..=2 * terms {
                match file.ask(asked.to_be_bytes()).unwrap() {
                    Answer::Present(leaf) => {
                        assert_eq!((asked % 2, leaf.term), (1, asked.to_be_bytes()));
                        assert_eq!(leaf.positions.len() as u64, 1 + (asked / 2) % 3);
                    }
                    Answer::Absent(near) => {
                        assert_eq!(asked % 2, 0);
                        let edges = u64::from(asked > 0) + u64::from(asked < 2 * terms);
                        assert_eq!(near.len() as u64, edges.min(terms), "{asked} of {terms}");
                    }
                }
            }
        }
    }

    #[test]
    fn several_terms_have_the_positions_of_each() {
        for terms in [0, 1, 255, 257, 600] {
            let (disk, part) = written(terms);
            let file = PostingsFile::open(&disk, &Hash([5; 32]), &part, (100, 200)).unwrap();
            // One, fewer than there are groups, and as many as that or more.
            for asked in [vec![9], vec![3, 4], vec![0, 1, 2, 9, 511, 513, 1199, 5000]] {
                let one = |term: &u64| match file.ask(term.to_be_bytes()).unwrap() {
                    Answer::Present(leaf) => leaf.positions,
                    Answer::Absent(_) => Vec::new(),
                };
                let expected: Vec<u32> = asked.iter().flat_map(one).collect();
                let asked: BTreeSet<Term> = asked.iter().map(|term| term.to_be_bytes()).collect();
                assert_eq!(file.any(&asked).unwrap(), expected, "{asked:?} of {terms}");
            }
        }
    }

    #[test]
    fn several_terms_are_not_found_in_a_file_that_was_touched() {
        let (disk, part) = written(300);
        let path = postings_path(7, 100);
        let bytes = crate::storage::read_whole(&disk, &path, 1 << 20).unwrap();
        for asked in [vec![9], vec![0, 9, 520, 601]] {
            let asked: BTreeSet<Term> = asked.iter().map(|term: &u64| term.to_be_bytes()).collect();
            let ask = |disk: &SimulatedDisk| {
                PostingsFile::open(disk, &Hash([5; 32]), &part, (100, 200))?.any(&asked)
            };
            let honest = ask(&disk).unwrap();
            for at in (0..bytes.len()).step_by(7) {
                let mut changed = bytes.clone();
                changed[at] ^= 1;
                replace(&disk, &path, &changed).unwrap();
                let said = ask(&disk);
                assert!(said.is_err() || said.is_ok_and(|said| said == honest), "byte {at}");
            }
            replace(&disk, &path, &bytes).unwrap();
        }
    }

    #[test]
    fn a_file_that_was_touched_says_nothing_else() {
        let (disk, part) = written(300);
        let path = postings_path(7, 100);
        let bytes = crate::storage::read_whole(&disk, &path, 1 << 20).unwrap();
        let ask = |disk: &SimulatedDisk, term: u64| {
            PostingsFile::open(disk, &Hash([5; 32]), &part, (100, 200))?.ask(term.to_be_bytes())
        };
        for term in [0, 9, 520, 601] {
            let honest = ask(&disk, term).unwrap();
            for at in (0..bytes.len()).step_by(11) {
                let mut changed = bytes.clone();
                changed[at] ^= 1;
                replace(&disk, &path, &changed).unwrap();
                let said = ask(&disk, term);
                assert!(said.is_err() || said.is_ok_and(|said| said == honest), "byte {at}");
            }
            replace(&disk, &path, &bytes).unwrap();
        }
    }
}
