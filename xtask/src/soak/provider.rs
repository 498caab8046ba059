//! The issuer: its keys over HTTP, with outages.

use super::tokens::SigningKey;
use anyhow::Result;
use serde_json::json;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How the issuer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Health {
    /// It gives its keys.
    Well,
    /// It closes each connection.
    Down,
    /// It says 500.
    Failing,
    /// It answers nothing.
    Hanging,
}

#[derive(Debug)]
struct State {
    health: Health,
    keys: Vec<SigningKey>,
    fetches: u64,
}

/// The issuer.
#[derive(Clone, Debug)]
pub(super) struct Provider {
    pub(super) address: SocketAddr,
    state: Arc<Mutex<State>>,
}

impl Provider {
    pub(super) fn start(key: SigningKey) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let state = State { health: Health::Well, keys: vec![key], fetches: 0 };
        let provider = Self { address: listener.local_addr()?, state: Arc::new(Mutex::new(state)) };
        let serving = provider.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let serving = serving.clone();
                std::thread::spawn(move || serving.answer(stream));
            }
        });
        Ok(provider)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn is(&self, health: Health) {
        self.state().health = health;
    }

    /// Publishes one more key, and the one before it; older ones are gone.
    pub(super) fn publish(&self, key: SigningKey) {
        let mut state = self.state();
        let before = state.keys.pop();
        state.keys = before.into_iter().chain([key]).collect();
    }

    /// How often it was asked.
    pub(super) fn fetches(&self) -> u64 {
        self.state().fetches
    }

    /// What goes wrong here is an outage like any other.
    fn answer(&self, mut stream: TcpStream) {
        let _ = stream.set_read_timeout(Some(Duration::from_secs(5)));
        let _ = stream.read(&mut [0; 4096]);
        let (health, keys) = {
            let mut state = self.state();
            state.fetches += 1;
            let keys: Vec<_> = state.keys.iter().map(SigningKey::public).collect();
            (state.health, json!({ "keys": keys }).to_string())
        };
        let _ = match health {
            Health::Down => return,
            // Until whoever asks has enough of it.
            Health::Hanging => return drop(stream.read(&mut [0; 1])),
            Health::Failing => {
                write!(stream, "HTTP/1.1 500 No\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
            }
            Health::Well => write!(
                stream,
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncache-control: max-age={MAX_AGE_S}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{keys}",
                keys.len()
            ),
        };
    }
}

/// How long its keys may be believed: the least that the gateway takes.
pub(super) const MAX_AGE_S: u64 = 30;
