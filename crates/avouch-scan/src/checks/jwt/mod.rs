//! JSON Web Tokens: is the signature verified, with the right key, and what does a token tell?

use crate::check::Check;

mod blank_key;
mod claims;
mod expired;
mod forging;
mod key_address;
mod key_confusion;
mod key_name;
mod misfit;
mod other_audience;
mod own_key;
mod psychic;
mod public_key;
mod signature_ignored;
mod unsigned;
mod weak_secret;

/// The family's checks.
pub const CHECKS: &[Check] = &[
    signature_ignored::CHECK,
    unsigned::CHECK,
    blank_key::CHECK,
    weak_secret::CHECK,
    key_confusion::CHECK,
    own_key::CHECK,
    key_address::CHECK,
    key_name::CHECK,
    expired::CHECK,
    other_audience::CHECK,
    psychic::CHECK,
    claims::CHECK,
];
