//! The catalogue: one folder a family, one `.rs` and one `.md` a check, one line each here below.

use crate::check::Check;

pub mod auth;
pub mod bfla;
pub mod bola;
pub mod cfg;
pub mod cors;
pub mod data;
pub mod flow;
pub mod gql;
pub mod hdr;
pub mod inj;
pub mod inv;
pub mod jwt;
pub mod llm;
pub mod prop;
pub mod rate;
pub mod ssrf;
pub mod tls;
pub mod uc;

/// Every check, in the order of the catalogue.
pub fn all() -> impl Iterator<Item = &'static Check> {
    FAMILIES.iter().copied().flatten()
}

/// The check of that id (in any case) or name.
pub fn find(id_or_name: &str) -> Option<&'static Check> {
    all().find(|check| check.id.eq_ignore_ascii_case(id_or_name) || check.name == id_or_name)
}

/// Each family's list.
const FAMILIES: &[&[Check]] = &[
    auth::CHECKS,
    jwt::CHECKS,
    bola::CHECKS,
    bfla::CHECKS,
    flow::CHECKS,
    prop::CHECKS,
    inj::CHECKS,
    rate::CHECKS,
    data::CHECKS,
    tls::CHECKS,
    hdr::CHECKS,
    cors::CHECKS,
    cfg::CHECKS,
    ssrf::CHECKS,
    inv::CHECKS,
    uc::CHECKS,
    llm::CHECKS,
    gql::CHECKS,
];
