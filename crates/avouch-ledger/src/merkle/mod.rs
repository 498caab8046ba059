//! Hash trees after RFC 6962, section 2.1, and their tiles after C2SP `tlog-tiles`.
//!
//! In scope: hashes of leaves and nodes, the frontier of a growing tree, proofs of inclusion and of
//! consistency, where a hash stands in the tiles. Out of scope: reading and writing files.

mod bundle;
mod frontier;
mod hash;
mod proof;
mod range;
mod tiles;

pub use bundle::{Bundle, BundleError, ENTRY_BYTES_MAX, push_entry};
pub use frontier::Frontier;
pub use hash::{EMPTY_ROOT, HASH_BYTES, Hash, leaf_hash, node_hash};
pub use proof::{
    Nodes, PROOF_HASHES_MAX, ProofError, consistency_proof, inclusion_proof, subtree_hash,
    verify_consistency, verify_inclusion,
};
pub use range::Range;
pub use tiles::{TILE_WIDTH, TilePath, tile_of_node, tiles_of_size};
