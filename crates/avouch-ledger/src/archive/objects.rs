//! A place for objects: what is asked of it.

use std::fmt;
use std::io;

/// What a place says of an object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stored {
    /// Which version of the object it is; empty where there are no versions.
    pub version: String,
    /// Changes whenever the content does.
    pub tag: String,
    /// Until when nobody can remove it, in milliseconds since 1970; 0 if anybody can.
    pub retain_until_ms: u64,
}

/// A place for objects, by names with `/` between their parts.
pub trait Objects: fmt::Debug + Send + Sync {
    /// Where an object is, for people.
    fn locator(&self, key: &str) -> String;

    /// An object, if it is there.
    fn get(&self, key: &str) -> io::Result<Option<(Vec<u8>, Stored)>>;

    /// Puts an object where none is, to be kept until a time (0: as long as nobody removes it). `false`
    /// when there is one. After an error nobody knows whether it is there.
    fn create(&self, key: &str, bytes: &[u8], retain_until_ms: u64) -> io::Result<bool>;

    /// Puts an object in the place of the one with this tag, or where none is; whether it did.
    fn swap(&self, key: &str, tag: Option<&str>, bytes: &[u8]) -> io::Result<bool>;

    /// Lets an object be kept until a later time. To shorten the time is an error, also where the place
    /// would allow it.
    fn retain(&self, key: &str, retain_until_ms: u64) -> io::Result<()>;
}
