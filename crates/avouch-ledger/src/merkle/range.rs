//! What lies between two sizes of a growing tree: enough to prove that one continues the other.

use super::frontier::Frontier;
use super::hash::{Hash, node_hash};
use super::proof::{Nodes, consistency_proof};

/// A complete subtree: its level (0 is the leaf), its index within the level, its hash.
type Node = (u32, u64, Hash);

/// The leaves from one index to another, as the fewest complete subtrees that cover them.
///
/// There are at most two for each level, whatever the number of leaves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Range {
    begin: u64,
    end: u64,
    nodes: Vec<Node>,
}

impl Range {
    /// No leaves, at an index.
    pub fn at(begin: u64) -> Self {
        Self { begin, end: begin, nodes: Vec::new() }
    }

    /// The index of the first leaf.
    pub fn begin(&self) -> u64 {
        self.begin
    }

    /// The index behind the last leaf.
    pub fn end(&self) -> u64 {
        self.end
    }

    /// Takes the leaves away and goes on without them.
    pub fn take(&mut self) -> Self {
        let end = self.end;
        std::mem::replace(self, Self::at(end))
    }

    /// Takes in the next leaf.
    pub fn push(&mut self, leaf: Hash) {
        self.end += 1;
        self.join((0, self.end - 1, leaf));
    }

    /// Takes in a subtree that a frontier says is complete, in the order in which it says so. Each
    /// leaf must be among them.
    pub fn complete(&mut self, level: u32, index: u64, hash: &Hash) {
        if level == 0 {
            self.end = index + 1;
        } else if index.checked_shl(level).is_none_or(|first| first < self.begin) {
            return;
        } else {
            // Both halves are the last ones here.
            self.nodes.truncate(self.nodes.len().saturating_sub(2));
        }
        self.nodes.push((level, index, *hash));
    }

    /// Takes in the leaves that follow; whether they do follow.
    pub fn append(&mut self, next: &Self) -> bool {
        if next.begin != self.end {
            return false;
        }
        self.end = next.end;
        next.nodes.iter().for_each(|node| self.join(*node));
        true
    }

    fn join(&mut self, node: Node) {
        let mut node = node;
        while let Some((level, index, left)) = self.nodes.last().copied()
            && level == node.0
            && index.is_multiple_of(2)
            && index + 1 == node.1
        {
            self.nodes.pop();
            node = (level + 1, index / 2, node_hash(&left, &node.2));
        }
        self.nodes.push(node);
    }

    /// Proves that the tree of the frontier, which ends where this begins, is the beginning of the
    /// tree that ends with this. `None` when it does not end there.
    pub fn consistency(&self, old: &Frontier) -> Option<Vec<Hash>> {
        if old.size() != self.begin {
            return None;
        }
        let mut known = Known { nodes: peaks(old) };
        known.nodes.extend_from_slice(&self.nodes);
        consistency_proof(&mut known, self.begin, self.end).ok().flatten()
    }
}

/// The subtrees of a frontier with their places.
fn peaks(frontier: &Frontier) -> Vec<Node> {
    let (mut begin, size) = (0_u64, frontier.size());
    let levels = (0..u64::BITS).rev().filter(|level| size >> level & 1 == 1);
    let place = |(level, hash): (u32, &Hash)| {
        let index = begin >> level;
        begin += 1 << level;
        (level, index, *hash)
    };
    levels.zip(frontier.peaks()).map(place).collect()
}

struct Known {
    nodes: Vec<Node>,
}

impl Nodes for Known {
    type Error = ();

    fn node(&mut self, level: u32, index: u64) -> Result<Hash, ()> {
        let found = self.nodes.iter().find(|node| (node.0, node.1) == (level, index));
        found.map(|node| node.2).ok_or(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::{leaf_hash, verify_consistency};
    use super::*;

    fn leaf(number: u64) -> Hash {
        leaf_hash(&number.to_be_bytes())
    }

    fn tree(size: u64) -> Frontier {
        let mut frontier = Frontier::new();
        (0..size).for_each(|number| frontier.push(leaf(number)));
        frontier
    }

    #[test]
    fn each_size_is_proven_to_continue_each_smaller_one() {
        for old in 0..70 {
            let before = tree(old);
            let (mut after, mut range) = (before.clone(), Range::at(old));
            for new in old..70 {
                let proof = range.consistency(&before).unwrap();
                let roots = (before.root(), after.root());
                let said = verify_consistency(old, &roots.0, new, &roots.1, &proof);
                assert_eq!(said, Ok(()), "{old} {new}");
                after.push(leaf(new));
                range.push(leaf(new));
            }
        }
    }

    #[test]
    fn ranges_are_joined_and_gathered_from_a_frontier_alike() {
        for begin in 0..40 {
            for middle in begin..40 {
                let (mut whole, mut left, mut right) =
                    (Range::at(begin), Range::at(begin), Range::at(middle));
                (begin..middle).for_each(|number| left.push(leaf(number)));
                (middle..40).for_each(|number| right.push(leaf(number)));
                (begin..40).for_each(|number| whole.push(leaf(number)));
                assert!(left.append(&right));
                assert_eq!(left, whole);
            }
            let (mut frontier, mut gathered) = (tree(begin), Range::at(begin));
            for number in begin..40 {
                frontier.push_with(leaf(number), |level, index, hash| {
                    gathered.complete(level, index, hash);
                });
            }
            let mut whole = Range::at(begin);
            (begin..40).for_each(|number| whole.push(leaf(number)));
            assert_eq!(gathered, whole);
        }
        assert!(!Range::at(3).append(&Range::at(4)));
        assert_eq!(Range::at(3).consistency(&tree(2)), None);
    }
}
