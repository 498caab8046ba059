//! Members of an object, taken one by one until none is left.

use crate::format::canonical::{Value, from_hex};
use crate::merkle::Hash;
use std::collections::BTreeMap;

/// LIMIT: the most bytes of a text in a control entry.
const TEXT_BYTES_MAX: usize = 4096;

/// Members that were not taken yet.
pub(crate) struct Members(BTreeMap<String, Value>);

impl Members {
    pub(crate) fn of(value: Value) -> Option<Self> {
        if let Value::Object(members) = value { Some(Self(members)) } else { None }
    }

    pub(crate) fn take(&mut self, name: &str) -> Option<Value> {
        self.0.remove(name)
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    pub(crate) fn number(&mut self, name: &str) -> Option<u64> {
        if let Value::Number(number) = self.take(name)? { Some(number) } else { None }
    }

    pub(crate) fn small(&mut self, name: &str) -> Option<u32> {
        self.number(name)?.try_into().ok()
    }

    pub(crate) fn flag(&mut self, name: &str) -> Option<bool> {
        if let Value::Bool(flag) = self.take(name)? { Some(flag) } else { None }
    }

    pub(crate) fn text(&mut self, name: &str) -> Option<String> {
        self.text_up_to(name, TEXT_BYTES_MAX)
    }

    pub(crate) fn text_up_to(&mut self, name: &str, bytes_max: usize) -> Option<String> {
        match self.take(name)? {
            Value::Text(text) if text.len() <= bytes_max => Some(text),
            _ => None,
        }
    }

    pub(crate) fn hex<const N: usize>(&mut self, name: &str) -> Option<[u8; N]> {
        from_hex(&self.text(name)?)?.try_into().ok()
    }

    pub(crate) fn hash(&mut self, name: &str) -> Option<Hash> {
        self.hex(name).map(Hash)
    }

    /// Reads each of a list.
    pub(crate) fn list<T>(
        &mut self,
        name: &str,
        read: impl Fn(Value) -> Option<T>,
    ) -> Option<Vec<T>> {
        if let Value::List(values) = self.take(name)? {
            values.into_iter().map(read).collect()
        } else {
            None
        }
    }

    /// That nothing is left.
    pub(crate) fn end(self) -> Option<()> {
        self.0.is_empty().then_some(())
    }
}
