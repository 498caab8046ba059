//! Who the scan speaks as, and the only place that holds their credentials.
//!
//! `spec` is what the user gives, `login` how a credential is obtained, `vault` where it is kept,
//! `carried` how it is put into a request, `token` what a JSON Web Token says and how it is forged, `weak` the
//! list of signing secrets everybody knows. `doors` finds the operations that let people in,
//! `signer` signs webhooks, `blanks` makes their bodies, `credential_place` finds the credential in their answers.

pub mod auth_file;
pub mod blanks;
pub mod carried;
pub mod credential_place;
pub mod doors;
pub mod login;
mod oauth2;
pub mod own_keys;
pub mod signer;
pub mod spec;
pub mod token;
pub mod vault;
mod weak;
