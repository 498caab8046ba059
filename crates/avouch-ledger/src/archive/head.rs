//! The newest checkpoint among objects: a place in another domain that only goes forward.

use super::objects::Objects;
use crate::log::HeadStore;
use crate::merkle::Hash;
use std::io;
use std::sync::Arc;

/// The newest checkpoint of a log, as an object.
#[derive(Clone, Debug)]
pub struct ObjectHead {
    objects: Arc<dyn Objects>,
    key: String,
}

impl ObjectHead {
    /// The newest checkpoint of the log whose name has this hash.
    pub fn new(objects: Arc<dyn Objects>, origin_hash: &Hash) -> Self {
        Self { objects, key: format!("{}/head", origin_hash.to_hex()) }
    }
}

impl HeadStore for ObjectHead {
    fn load(&self) -> io::Result<Option<Vec<u8>>> {
        Ok(self.objects.get(&self.key)?.map(|(bytes, _)| bytes))
    }

    fn swap(&self, expected: Option<&[u8]>, new: &[u8]) -> io::Result<bool> {
        let found = self.objects.get(&self.key)?;
        let (bytes, tag) = match &found {
            Some((bytes, stored)) => (Some(bytes.as_slice()), Some(stored.tag.as_str())),
            None => (None, None),
        };
        if bytes != expected {
            return Ok(false);
        }
        self.objects.swap(&self.key, tag, new)
    }
}
