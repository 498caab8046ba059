//! The right edge of a growing tree: all that is needed to append and to know the root.

use super::hash::{EMPTY_ROOT, Hash, node_hash};

/// The roots of the complete subtrees that a tree falls into, largest first.
///
/// A tree of `size` leaves has as many of them as `size` has bits set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    peaks: Vec<Hash>,
}

impl Frontier {
    /// The frontier of the empty tree.
    pub fn new() -> Self {
        Self { size: 0, peaks: Vec::with_capacity(64) }
    }

    /// Takes a frontier up again. `None` when the number of peaks does not fit the size.
    pub fn from_peaks(size: u64, peaks: Vec<Hash>) -> Option<Self> {
        (peaks.len() == size.count_ones() as usize).then_some(Self { size, peaks })
    }

    /// Leaves so far.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The roots of the complete subtrees, largest first.
    pub fn peaks(&self) -> &[Hash] {
        &self.peaks
    }

    /// Appends a leaf hash.
    pub fn push(&mut self, leaf: Hash) {
        self.push_with(leaf, |_, _, _| ());
    }

    /// Appends a leaf hash and tells of each complete subtree that it ends, smallest first: its
    /// level (0 is the leaf), its index within the level, its hash.
    pub fn push_with(&mut self, leaf: Hash, complete: impl FnMut(u32, u64, &Hash)) {
        // A leaf fits everywhere.
        self.push_subtree_with(0, leaf, complete);
    }

    /// Appends a complete subtree of `2^level` leaves by its root. Whether it could: a subtree begins
    /// at a multiple of its size.
    pub fn push_subtree(&mut self, level: u32, root: Hash) -> bool {
        self.push_subtree_with(level, root, |_, _, _| ())
    }

    /// As [`Frontier::push_subtree`], and tells of each complete subtree that it ends, as
    /// [`Frontier::push_with`] does.
    pub fn push_subtree_with(
        &mut self,
        level: u32,
        root: Hash,
        mut complete: impl FnMut(u32, u64, &Hash),
    ) -> bool {
        if level >= u64::BITS || !self.size.is_multiple_of(1 << level) {
            return false;
        }
        let mut hash = root;
        let index = self.size >> level;
        complete(level, index, &hash);
        for above in 1..=index.trailing_ones() {
            if let Some(left) = self.peaks.pop() {
                hash = node_hash(&left, &hash);
                complete(level + above, index >> above, &hash);
            }
        }
        self.peaks.push(hash);
        self.size += 1 << level;
        true
    }

    /// The root of the tree as it is now.
    pub fn root(&self) -> Hash {
        let mut peaks = self.peaks.iter().rev();
        let Some(smallest) = peaks.next() else { return EMPTY_ROOT };
        peaks.fold(*smallest, |right, left| node_hash(left, &right))
    }
}

#[cfg(test)]
mod tests {
    use super::super::hash::leaf_hash;
    use super::*;

    /// The eight leaves with which the tests of Certificate Transparency logs are made.
    const LEAVES: [&[u8]; 8] = [
        b"",
        b"\x00",
        b"\x10",
        b"\x20\x21",
        b"\x30\x31",
        b"\x40\x41\x42\x43",
        b"\x50\x51\x52\x53\x54\x55\x56\x57",
        b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
    ];
    const ROOTS: [&str; 8] = [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];

    #[test]
    fn roots_are_those_of_the_known_tree() {
        let mut frontier = Frontier::new();
        assert_eq!(frontier.root(), EMPTY_ROOT);
        for (leaf, root) in LEAVES.iter().zip(ROOTS) {
            frontier.push(leaf_hash(leaf));
            assert_eq!(frontier.root().to_hex(), root);
        }
    }

    #[test]
    fn a_subtree_stands_for_its_leaves() {
        let leaf = |number: u8| leaf_hash(&[number]);
        let (mut leaves, mut parts) = (Frontier::new(), Frontier::new());
        (0..8).for_each(|number| leaves.push(leaf(number)));
        (0..4).for_each(|number| parts.push(leaf(number)));
        assert!(!parts.clone().push_subtree(3, leaf(0)));
        let pair = |a, b| node_hash(&leaf(a), &leaf(b));
        assert!(parts.push_subtree(2, node_hash(&pair(4, 5), &pair(6, 7))));
        assert_eq!(parts, leaves);
    }

    #[test]
    fn a_frontier_goes_on_where_it_was_left() {
        let mut frontier = Frontier::new();
        for number in 0..100_u8 {
            frontier.push(leaf_hash(&[number]));
            let again = Frontier::from_peaks(frontier.size(), frontier.peaks().to_vec());
            assert_eq!(again.as_ref(), Some(&frontier));
        }
        assert_eq!(Frontier::from_peaks(3, frontier.peaks().to_vec()), None);
    }
}
