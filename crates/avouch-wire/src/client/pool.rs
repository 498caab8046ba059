//! Connections that can be used again.

use super::connect::{Connection, Sender};
use super::outgoing::{Origin, Protocol};
use crate::limits::Limits;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Semaphore;

/// What one origin has open.
struct Shelf {
    idle: Vec<(Protocol, Connection)>,
    shared: Option<Connection>,
    places: Arc<Semaphore>,
}

/// Open connections by origin, bounded by [`Limits::idle_connections_max`] each.
pub(super) struct Pool {
    limits: Limits,
    shelves: Mutex<HashMap<Origin, Shelf>>,
}

impl Pool {
    pub(super) fn new(limits: Limits) -> Self {
        Self { limits, shelves: Mutex::default() }
    }

    fn with<T>(&self, origin: &Origin, act: impl FnOnce(&mut Shelf) -> T) -> T {
        let mut by_origin = self.shelves.lock().unwrap_or_else(PoisonError::into_inner);
        let its = by_origin.entry(origin.clone()).or_insert_with(|| Shelf {
            idle: Vec::new(),
            shared: None,
            places: Arc::new(Semaphore::new(self.limits.connections_max)),
        });
        act(its)
    }

    /// The places exchanges with an origin take while they last.
    pub(super) fn places(&self, origin: &Origin) -> Arc<Semaphore> {
        self.with(origin, |shelf| Arc::clone(&shelf.places))
    }

    /// A connection that was used before and still stands as far as is known.
    pub(super) fn take(&self, origin: &Origin, protocol: Protocol) -> Option<Connection> {
        self.with(origin, |shelf| {
            if protocol != Protocol::Http1
                && let Some(shared) = shelf.shared.as_ref().and_then(Connection::shared)
            {
                return Some(shared);
            }
            while let Some(place) = shelf.idle.iter().rposition(|(kept, _)| {
                *kept == protocol || protocol == Protocol::Any && *kept == Protocol::Http1
            }) {
                let (_, connection) = shelf.idle.swap_remove(place);
                if !connection.is_closed() {
                    return Some(connection);
                }
            }
            None
        })
    }

    /// Keeps a connection for the next exchange, unless enough are kept.
    pub(super) fn put(&self, origin: &Origin, protocol: Protocol, connection: Connection) {
        if connection.is_closed() {
            return;
        }
        self.with(origin, |shelf| match &connection.sender {
            Sender::Http2(_) => shelf.shared = Some(connection),
            Sender::Http1(_) if shelf.idle.len() < self.limits.idle_connections_max => {
                shelf.idle.push((protocol, connection));
            }
            Sender::Http1(_) => (),
        });
    }
}
