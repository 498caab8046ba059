//! Who and what is shut out, whatever else would let them in.
//!
//! Looked at for each request, before anything that costs and before every memory of an earlier
//! decision: a block holds from the next request on.

use crate::network::Network;
use crate::principal::Principal;
use crate::refusal::Refusal;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::net::IpAddr;

/// The policy's name.
const POLICY: &str = "contain";

/// What is shut out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Target {
    /// An address or a network.
    Address,
    /// Who asks, by id.
    Principal,
    /// An API key, by its id.
    Key,
    /// A token, by its id.
    Token,
    /// An operation, by its id: nobody gets it.
    Operation,
}

impl Target {
    /// What settings and records call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::Principal => "principal",
            Self::Key => "key",
            Self::Token => "token",
            Self::Operation => "operation",
        }
    }
}

/// One thing that is shut out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Block {
    /// What it is.
    pub target: Target,
    /// Which one.
    pub value: String,
    /// Until when, in milliseconds since 1970; for good where it says nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until_ms: Option<u64>,
    /// Why, for who reads the record. Clients are not told.
    #[serde(default)]
    pub because: String,
    /// Who decided it.
    #[serde(default)]
    pub by: String,
}

/// Until when something is shut out.
type Until = Option<u64>;

/// All that is shut out, ready to be asked.
#[derive(Clone, Debug, Default)]
pub struct Containment {
    networks: Vec<(Network, Until)>,
    named: HashMap<Target, HashMap<String, Until>>,
}

impl Containment {
    /// Fails on an address that is none: a block that would not hold must not look as if it did.
    pub fn new(blocks: &[Block]) -> Result<Self, crate::network::NotANetwork> {
        let mut containment = Self::default();
        for block in blocks {
            if block.target == Target::Address {
                containment.networks.push((block.value.parse()?, block.until_ms));
                continue;
            }
            let named = containment.named.entry(block.target).or_default();
            let until = named.entry(block.value.clone()).or_insert(block.until_ms);
            // The longer of two.
            *until = until.zip(block.until_ms).map(|(one, other)| one.max(other));
        }
        Ok(containment)
    }

    /// Whether an address may ask.
    pub fn address(&self, address: IpAddr, now_ms: u64) -> Result<(), Refusal> {
        let mut networks = self.networks.iter();
        let is_out =
            networks.any(|(network, until)| network.contains(address) && holds(*until, now_ms));
        if is_out { Err(refused()) } else { Ok(()) }
    }

    /// Whether one that was identified may ask.
    pub fn principal(&self, principal: &Principal, now_ms: u64) -> Result<(), Refusal> {
        let is_out = |target, value: Option<&str>| {
            value.is_some_and(|value| self.is_out(target, value, now_ms))
        };
        let id = Some(&*principal.id).filter(|id| !id.is_empty());
        if is_out(Target::Principal, id)
            || is_out(Target::Key, principal.key.as_deref())
            || is_out(Target::Token, principal.token.as_deref())
        {
            return Err(refused());
        }
        Ok(())
    }

    /// Whether an operation may be asked for by anybody.
    pub fn operation(&self, operation: &str, now_ms: u64) -> Result<(), Refusal> {
        if self.is_out(Target::Operation, operation, now_ms) {
            let detail = "This operation is closed for now.";
            return Err(Refusal::new(POLICY, "operation-closed", 403, detail));
        }
        Ok(())
    }

    fn is_out(&self, target: Target, value: &str, now_ms: u64) -> bool {
        let until = self.named.get(&target).and_then(|named| named.get(value));
        until.is_some_and(|until| holds(*until, now_ms))
    }
}

fn holds(until: Until, now_ms: u64) -> bool {
    until.is_none_or(|until| now_ms < until)
}

fn refused() -> Refusal {
    Refusal::new(POLICY, "shut-out", 403, "Access is suspended.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(target: Target, value: &str, until_ms: Until) -> Block {
        Block { target, value: value.into(), until_ms, because: String::new(), by: String::new() }
    }

    #[test]
    fn a_block_holds_for_its_time() {
        let contain = Containment::new(&[
            block(Target::Address, "192.0.2.0/24", Some(2_000)),
            block(Target::Principal, "anna", None),
            block(Target::Key, "k1", Some(2_000)),
            block(Target::Token, "t1", None),
            block(Target::Token, "t1", Some(1)),
            block(Target::Operation, "GET /export", None),
        ])
        .unwrap();
        let address = |text: &str, now| contain.address(text.parse().unwrap(), now).is_ok();
        assert!(!address("192.0.2.7", 1_999) && address("192.0.2.7", 2_000));
        assert!(address("198.51.100.1", 1) && !address("::ffff:192.0.2.7", 1));
        let anybody = Principal::anybody();
        assert!(contain.principal(&anybody, 1).is_ok());
        let is_out = |principal: Principal, now| contain.principal(&principal, now).is_err();
        assert!(is_out(Principal { id: "anna".into(), ..anybody.clone() }, 9_999));
        assert!(is_out(Principal { key: Some("k1".into()), ..anybody.clone() }, 1));
        assert!(!is_out(Principal { key: Some("k1".into()), ..anybody.clone() }, 2_000));
        assert!(is_out(Principal { token: Some("t1".into()), ..anybody }, 9_999));
        assert!(contain.operation("GET /export", 1).is_err());
        assert!(contain.operation("GET /orders", 1).is_ok());
    }

    #[test]
    fn a_block_that_would_not_hold_is_an_error() {
        assert!(Containment::new(&[block(Target::Address, "192.0.2.7/24", None)]).is_err());
    }
}
