//! Control entries: what the ledger says of itself, in clear.

mod acts;
pub(crate) mod members;
mod read;
mod write;

pub use acts::{Act, Anchored, Index, IndexPart, KekVersion, LogEvent, kinds};

use super::canonical::{NotCanonical, Value};
use crate::merkle::Hash;
use members::Members;

/// The control entry before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Previous {
    /// Its index.
    pub index: u64,
    /// Its leaf hash.
    pub leaf: Hash,
}

/// What an approved act has besides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approval {
    /// Random, so that no approval serves twice.
    pub id: [u8; 16],
    /// Until when it may be used, in milliseconds since 1970.
    pub valid_until_ms: u64,
    /// Who signed: key and signature, ascending by key.
    pub signatures: Vec<([u8; 32], [u8; 64])>,
}

/// The payload of a control entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Control {
    /// The control entry before; none in entry 0.
    pub previous: Option<Previous>,
    /// What it says.
    pub act: Act,
    /// Who approved it, if that is needed.
    pub approval: Option<Approval>,
}

/// Why a payload is not that of a control entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ControlError {
    /// It is not JSON in its one spelling.
    #[error("the payload is not canonical JSON")]
    NotCanonical(#[from] NotCanonical),
    /// It has not the members of its type.
    #[error("the payload has not the members of its type")]
    Malformed,
    /// No control entry has this type.
    #[error("no control entry has this type")]
    Unknown,
}

impl Control {
    /// Reads the payload of a control entry of a type.
    pub fn parse(kind: u8, payload: &[u8]) -> Result<Self, ControlError> {
        if Act::name_of(kind).is_none() {
            return Err(ControlError::Unknown);
        }
        let value = Value::parse(payload)?;
        Self::read(kind, value).ok_or(ControlError::Malformed)
    }

    fn read(kind: u8, value: Value) -> Option<Self> {
        let mut members = Members::of(value)?;
        let previous = match members.take("prev")? {
            Value::Null => None,
            value => {
                let mut inner = Members::of(value)?;
                let previous =
                    Previous { index: inner.number("index")?, leaf: inner.hash("leaf")? };
                inner.end()?;
                Some(previous)
            }
        };
        let approval =
            if Act::needs_approval(kind) { Some(Approval::read(&mut members)?) } else { None };
        let act = read::act(kind, &mut members)?;
        members.end()?;
        Some(Self { previous, act, approval })
    }

    /// Writes the payload.
    pub fn encode(&self) -> String {
        let mut members = write::members(&self.act);
        let previous = self.previous.map_or(Value::Null, |previous| {
            Value::object([
                ("index", Value::Number(previous.index)),
                ("leaf", Value::hex(&previous.leaf.0)),
            ])
        });
        members.push(("prev", previous));
        if let Some(approval) = &self.approval {
            members.extend(approval.members());
            members.push(("approvals", approval.signatures()));
        }
        Value::object(members).encode()
    }

    /// What administrators sign to approve the act in a log.
    pub fn statement(&self, origin: &str) -> String {
        let mut members = write::members(&self.act);
        members.extend(self.approval.iter().flat_map(Approval::members));
        let payload = Value::object(members).encode();
        let digest = Hash::of(payload.as_bytes()).to_hex();
        format!("avouch/approve/v1\n{origin}\n{}\n{digest}\n", self.act.name())
    }
}

impl Approval {
    fn read(members: &mut Members) -> Option<Self> {
        let one = |value| {
            let mut members = Members::of(value)?;
            let pair = (members.hex("key")?, members.hex("signature")?);
            members.end()?;
            Some(pair)
        };
        let signatures: Vec<([u8; 32], [u8; 64])> = members.list("approvals", one)?;
        let ascending = signatures.is_sorted_by(|(a, _), (b, _)| a < b);
        let id = members.hex("id")?;
        let valid_until_ms = members.number("valid_until_ms")?;
        ascending.then_some(Self { id, valid_until_ms, signatures })
    }

    fn members(&self) -> [(&'static str, Value); 2] {
        [("id", Value::hex(&self.id)), ("valid_until_ms", Value::Number(self.valid_until_ms))]
    }

    fn signatures(&self) -> Value {
        let one = |(key, signature): &([u8; 32], [u8; 64])| {
            Value::object([("key", Value::hex(key)), ("signature", Value::hex(signature))])
        };
        Value::List(self.signatures.iter().map(one).collect())
    }
}

#[cfg(test)]
mod tests;
