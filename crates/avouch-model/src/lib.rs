//! The nouns of Avouch: what every other crate speaks of.
//!
//! In scope: pure values, their names and their serialized forms. These docs are the glossary: one
//! word per thing, the auditor's word where there is one.
//!
//! Out of scope: input, output, time, randomness. Nothing here can fail for a reason outside its
//! arguments.

pub mod coding;
pub mod data_class;
pub mod exchange;
pub mod fact;
pub mod finding;
pub mod identity;
pub mod operation;
pub mod placeholder;
pub mod recognise;
pub mod reference;
pub mod report;
pub mod schema;
pub mod score;
pub mod secret;
pub mod severity;
pub mod tls;
pub mod verdict;
