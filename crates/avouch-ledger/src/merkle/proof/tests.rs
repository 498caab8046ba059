use super::super::frontier::Frontier;
use super::super::hash::leaf_hash;
use super::*;
use proptest::prelude::*;
use std::convert::Infallible;

/// A tree kept whole.
struct Whole(Vec<Vec<Hash>>);

impl Whole {
    fn of(count: u64) -> Self {
        let mut levels: Vec<Vec<Hash>> = vec![Vec::new(); 65];
        let mut frontier = Frontier::new();
        for number in 0..count {
            frontier.push_with(leaf_hash(&number.to_be_bytes()), |level, index, hash| {
                assert_eq!(levels[level as usize].len() as u64, index);
                levels[level as usize].push(*hash);
            });
        }
        Self(levels)
    }

    fn root(&mut self, size: u64) -> Hash {
        subtree_hash(self, 0, size).unwrap()
    }
}

impl Nodes for Whole {
    type Error = Infallible;

    fn node(&mut self, level: u32, index: u64) -> Result<Hash, Infallible> {
        Ok(self.0[level as usize][usize::try_from(index).unwrap()])
    }
}

#[test]
fn every_proof_of_a_small_tree_holds_and_no_other_fits() {
    let mut tree = Whole::of(40);
    for size in 1..=40_u64 {
        let root = tree.root(size);
        for index in 0..size {
            let path = inclusion_proof(&mut tree, index, size).unwrap().unwrap();
            let leaf = tree.node(0, index).unwrap();
            assert_eq!(verify_inclusion(&leaf, index, size, &path, &root), Ok(()));
            for other in (0..size + 2).filter(|other| *other != index) {
                assert!(verify_inclusion(&leaf, other, size, &path, &root).is_err());
            }
        }
        for old in 0..=size {
            let path = consistency_proof(&mut tree, old, size).unwrap().unwrap();
            let old_root = tree.root(old);
            assert_eq!(verify_consistency(old, &old_root, size, &root, &path), Ok(()));
            for wrong in (1..=size).filter(|wrong| *wrong != old) {
                assert!(verify_consistency(wrong, &old_root, size, &root, &path).is_err());
            }
        }
    }
}

#[test]
fn what_is_not_in_the_tree_has_no_proof() {
    let mut tree = Whole::of(4);
    assert_eq!(inclusion_proof(&mut tree, 4, 4), Ok(None));
    assert_eq!(consistency_proof(&mut tree, 5, 4), Ok(None));
}

#[test]
fn the_empty_tree_is_the_beginning_of_each_and_only_itself() {
    let mut tree = Whole::of(5);
    let root = tree.root(5);
    assert_eq!(verify_consistency(0, &EMPTY_ROOT, 5, &root, &[]), Ok(()));
    assert_eq!(verify_consistency(0, &root, 5, &root, &[]), Err(ProofError::WrongRoot));
}

proptest! {
    #[test]
    fn a_proof_that_was_touched_proves_nothing(
        size in 2_u64..600, at in any::<prop::sample::Index>(), how in 0_u8..5,
    ) {
        let mut tree = Whole::of(size);
        let index = at.index(usize::try_from(size).unwrap()) as u64;
        let root = tree.root(size);
        let leaf = tree.node(0, index).unwrap();
        let mut path = inclusion_proof(&mut tree, index, size).unwrap().unwrap();
        prop_assert_eq!(verify_inclusion(&leaf, index, size, &path, &root), Ok(()));
        match how {
            0 => { path.pop(); }
            1 => path.push(leaf),
            2 if path.len() > 1 => path.reverse(),
            3 => { let place = at.index(path.len()); path[place].0[0] ^= 1; }
            _ => { path.remove(0); }
        }
        prop_assert!(verify_inclusion(&leaf, index, size, &path, &root).is_err());
    }

    #[test]
    fn a_consistency_proof_that_was_touched_proves_nothing(
        new in 3_u64..600, at in any::<prop::sample::Index>(), how in 0_u8..4,
    ) {
        let old = 1 + at.index(usize::try_from(new - 1).unwrap()) as u64;
        let mut tree = Whole::of(new);
        let (old_root, new_root) = (tree.root(old), tree.root(new));
        let mut path = consistency_proof(&mut tree, old, new).unwrap().unwrap();
        prop_assert_eq!(verify_consistency(old, &old_root, new, &new_root, &path), Ok(()));
        match how {
            0 => { path.pop(); }
            1 => path.push(old_root),
            2 => { let place = at.index(path.len()); path[place].0[31] ^= 0x80; }
            _ => { path.remove(0); }
        }
        prop_assert!(verify_consistency(old, &old_root, new, &new_root, &path).is_err());
    }

    #[test]
    fn hostile_proofs_end(
        old in any::<u64>(), new in any::<u64>(), hashes in prop::collection::vec(any::<[u8; 32]>(), 0..80),
    ) {
        let path: Vec<Hash> = hashes.into_iter().map(Hash).collect();
        let _ = verify_consistency(old, &EMPTY_ROOT, new, &EMPTY_ROOT, &path);
        let _ = verify_inclusion(&EMPTY_ROOT, old, new, &path, &EMPTY_ROOT);
    }
}
