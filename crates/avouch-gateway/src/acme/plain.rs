//! The listeners of `http-01`: they answer an authority's question for a token, and nothing else. They
//! know no API, so that nothing asked of them can reach one.

use super::challenge::Challenges;
use crate::aside::{self, Answer};
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use tokio::sync::watch;

/// LIMIT: clients at once, on each listener.
const CLIENTS_MAX: usize = 32;
/// Where an authority asks (RFC 8555, section 8.3).
const PLACE: &[u8] = b"/.well-known/acme-challenge/";

/// Sockets that listen for authorities.
#[derive(Debug)]
pub(crate) struct PlainListeners(Vec<TcpListener>);

impl PlainListeners {
    /// Listens at each address once. What failed is told with its address.
    pub(crate) fn bind(
        addresses: impl IntoIterator<Item = SocketAddr>,
    ) -> Result<Self, (SocketAddr, io::Error)> {
        let mut bound: Vec<(SocketAddr, TcpListener)> = Vec::new();
        for address in addresses {
            if bound.iter().any(|(known, _)| *known == address) {
                continue;
            }
            let socket = TcpListener::bind(address);
            let socket = socket.and_then(|socket| socket.set_nonblocking(true).map(|()| socket));
            bound.push((address, socket.map_err(|error| (address, error))?));
        }
        Ok(Self(bound.into_iter().map(|(_, socket)| socket).collect()))
    }

    /// Answers until the gateway ends.
    pub(super) fn serve(self, challenges: &Arc<Challenges>, stopping: &watch::Receiver<bool>) {
        for socket in self.0 {
            let challenges = challenges.clone();
            let answer = move |request: &[u8]| answer(request, &challenges);
            tokio::spawn(aside::serve(socket, CLIENTS_MAX, stopping.clone(), answer));
        }
    }
}

fn answer(request: &[u8], challenges: &Challenges) -> Answer {
    let said = token(request).and_then(|token| challenges.authorization(token));
    let (status, body) = match said {
        Some(said) => ("200 OK", said),
        None => ("404 Not Found", String::new()),
    };
    Answer { status, content_type: "application/octet-stream", body }
}

/// The token that is asked for.
fn token(request: &[u8]) -> Option<&str> {
    let line = request.split(|byte| *byte == b'\r').next()?;
    let rest = line.strip_prefix(b"GET ")?.strip_prefix(PLACE)?;
    let token = rest.split(|byte| *byte == b' ').next()?;
    std::str::from_utf8(token).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_token_at_its_place_is_asked_for() {
        let asked = b"GET /.well-known/acme-challenge/abc HTTP/1.1\r\nHost: a\r\n\r\n";
        assert_eq!(token(asked), Some("abc"));
        for other in ["POST /.well-known/acme-challenge/abc HTTP/1.1\r\n", "GET / HTTP/1.1\r\n", ""]
        {
            assert_eq!(token(other.as_bytes()), None, "{other}");
        }
    }
}
