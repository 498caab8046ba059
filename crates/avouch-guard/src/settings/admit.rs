//! `[guard.admit]`: what a request may look like at all.

use crate::admit::framing::Limits;
use crate::admit::path::Allowed;
use crate::network::Network;
use serde::Deserialize;

/// What a request may look like at all. This policy cannot only watch: what can be read in two ways
/// is never forwarded.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Admit {
    /// The hosts that are answered for; any, when none is named.
    pub hosts: Vec<String>,
    /// What in a path may pass although others may read it otherwise.
    pub path: Allowed,
    /// Bytes of a head.
    pub head_bytes_max: usize,
    /// Header lines.
    pub headers_max: usize,
    /// Bytes of a target.
    pub target_bytes_max: usize,
    /// Bytes of a body, unless an operation says otherwise.
    pub body_bytes_max: u64,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<Network>,
}

impl Default for Admit {
    fn default() -> Self {
        Self {
            hosts: Vec::new(),
            path: Allowed::default(),
            head_bytes_max: 32 * 1024,
            headers_max: 100,
            target_bytes_max: 8 * 1024,
            body_bytes_max: 1024 * 1024,
            trusted_proxies: Vec::new(),
        }
    }
}

impl Admit {
    /// The limits of a head.
    pub fn limits(&self) -> Limits {
        Limits {
            head_bytes: self.head_bytes_max,
            headers: self.headers_max,
            target_bytes: self.target_bytes_max,
        }
    }
}
