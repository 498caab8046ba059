//! Proofs of inclusion and of consistency (RFC 6962, sections 2.1.1 and 2.1.2).

use super::hash::{EMPTY_ROOT, Hash, node_hash};

/// LIMIT: the most hashes a proof may have; more are not needed for any size.
pub const PROOF_HASHES_MAX: usize = 64;

/// Where the hashes of complete subtrees come from.
pub trait Nodes {
    /// Why a hash could not be given.
    type Error;

    /// The root of the complete subtree of `2^level` leaves that is the `index`-th of its level.
    fn node(&mut self, level: u32, index: u64) -> Result<Hash, Self::Error>;
}

/// Why a proof proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// The index is not in the tree, or the older tree is larger than the newer.
    #[error("the proof speaks of what cannot be in a tree of this size")]
    OutOfRange,
    /// The proof has too many hashes, or too few.
    #[error("the proof has a wrong number of hashes")]
    WrongLength,
    /// The hashes do not lead to the root.
    #[error("the proof does not lead to the root")]
    WrongRoot,
}

/// The largest power of two that is smaller than `count`; `count` is at least 2.
fn split(count: u64) -> u64 {
    1 << (count - 1).ilog2()
}

/// The root of the leaves `[begin, end)`, which must be a subtree as RFC 6962 splits them.
pub fn subtree_hash<N: Nodes>(nodes: &mut N, begin: u64, end: u64) -> Result<Hash, N::Error> {
    let count = end.saturating_sub(begin);
    if count == 0 {
        return Ok(EMPTY_ROOT);
    }
    if count.is_power_of_two() {
        return nodes.node(count.ilog2(), begin / count);
    }
    let middle = begin + split(count);
    // The left part is complete, the right part has fewer bits set: at most 64 levels deep.
    let left = subtree_hash(nodes, begin, middle)?;
    let right = subtree_hash(nodes, middle, end)?;
    Ok(node_hash(&left, &right))
}

/// Makes the proof that the leaf `index` is in the tree of `size` leaves; from the leaf up.
///
/// `None` when there is no such leaf.
pub fn inclusion_proof<N: Nodes>(
    nodes: &mut N,
    index: u64,
    size: u64,
) -> Result<Option<Vec<Hash>>, N::Error> {
    if index >= size {
        return Ok(None);
    }
    let (mut begin, mut end) = (0, size);
    let mut path = Vec::new();
    while end - begin > 1 {
        let middle = begin + split(end - begin);
        if index < middle {
            path.push(subtree_hash(nodes, middle, end)?);
            end = middle;
        } else {
            path.push(subtree_hash(nodes, begin, middle)?);
            begin = middle;
        }
    }
    path.reverse();
    Ok(Some(path))
}

/// Makes the proof that the tree of `old` leaves is the beginning of the tree of `new` leaves.
///
/// Empty when `old` is nothing or all of it; `None` when `old` is more than `new`.
pub fn consistency_proof<N: Nodes>(
    nodes: &mut N,
    old: u64,
    new: u64,
) -> Result<Option<Vec<Hash>>, N::Error> {
    if old > new {
        return Ok(None);
    }
    if old == 0 || old == new {
        return Ok(Some(Vec::new()));
    }
    let (mut begin, mut end) = (0, new);
    let mut path = Vec::new();
    while end != old {
        let middle = begin + split(end - begin);
        if old <= middle {
            path.push(subtree_hash(nodes, middle, end)?);
            end = middle;
        } else {
            path.push(subtree_hash(nodes, begin, middle)?);
            begin = middle;
        }
    }
    // The older tree itself is known to whoever checks; a part of it is not.
    if begin != 0 {
        path.push(subtree_hash(nodes, begin, end)?);
    }
    path.reverse();
    Ok(Some(path))
}

/// Checks that a leaf is in a tree (RFC 9162, section 2.1.3.2).
///
/// The size must come from a signed checkpoint: the proof does not authenticate it.
pub fn verify_inclusion(
    leaf: &Hash,
    index: u64,
    size: u64,
    path: &[Hash],
    root: &Hash,
) -> Result<(), ProofError> {
    if index >= size {
        return Err(ProofError::OutOfRange);
    }
    let (mut node, mut last) = (index, size - 1);
    let mut hash = *leaf;
    for sibling in path {
        if last == 0 {
            return Err(ProofError::WrongLength);
        }
        if node & 1 == 1 || node == last {
            hash = node_hash(sibling, &hash);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            hash = node_hash(&hash, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    match (last == 0, hash == *root) {
        (false, _) => Err(ProofError::WrongLength),
        (true, false) => Err(ProofError::WrongRoot),
        (true, true) => Ok(()),
    }
}

/// Checks that one tree is the beginning of another (RFC 9162, section 2.1.4.2).
pub fn verify_consistency(
    old: u64,
    old_root: &Hash,
    new: u64,
    new_root: &Hash,
    path: &[Hash],
) -> Result<(), ProofError> {
    if old > new {
        return Err(ProofError::OutOfRange);
    }
    if old == 0 || old == new {
        return match (path.is_empty(), old == 0) {
            (false, _) => Err(ProofError::WrongLength),
            (true, true) if *old_root != EMPTY_ROOT => Err(ProofError::WrongRoot),
            (true, false) if old_root != new_root => Err(ProofError::WrongRoot),
            _ => Ok(()),
        };
    }
    let mut rest = path.iter();
    let (mut node, mut last) = (old - 1, new - 1);
    let shift = node.trailing_ones();
    node >>= shift;
    last >>= shift;
    // An older tree that is one complete subtree is where the path begins.
    let first = if old.is_power_of_two() { Some(old_root) } else { rest.next() };
    let Some(first) = first else { return Err(ProofError::WrongLength) };
    let (mut before, mut after) = (*first, *first);
    for sibling in rest {
        if last == 0 {
            return Err(ProofError::WrongLength);
        }
        if node & 1 == 1 || node == last {
            before = node_hash(sibling, &before);
            after = node_hash(sibling, &after);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            after = node_hash(&after, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    match (last == 0, before == *old_root && after == *new_root) {
        (false, _) => Err(ProofError::WrongLength),
        (true, false) => Err(ProofError::WrongRoot),
        (true, true) => Ok(()),
    }
}

#[cfg(test)]
mod tests;
