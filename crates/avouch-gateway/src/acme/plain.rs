//! The listeners of `http-01`: they answer an authority's question for a token, and nothing else. They
//! know no API, so that nothing asked of them can reach one.

use super::challenge::Challenges;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{Semaphore, watch};

/// How long a client may take.
const WITHIN: Duration = Duration::from_secs(5);
/// LIMIT: bytes of a request.
const REQUEST_BYTES_MAX: usize = 8 * 1024;
/// LIMIT: clients at once, on each listener.
const CLIENTS_MAX: usize = 32;
/// After an error of the machine, such as too many open files.
const REST_AFTER_ERROR: Duration = Duration::from_millis(20);
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
            tokio::spawn(accept(socket, challenges.clone(), stopping.clone()));
        }
    }
}

async fn accept(
    socket: TcpListener,
    challenges: Arc<Challenges>,
    mut stopping: watch::Receiver<bool>,
) {
    let Ok(socket) = tokio::net::TcpListener::from_std(socket) else { return };
    let room = Arc::new(Semaphore::new(CLIENTS_MAX));
    loop {
        let accepted = tokio::select! {
            accepted = socket.accept() => accepted,
            _ = stopping.wait_for(|stop| *stop) => return,
        };
        let Ok((stream, _)) = accepted else {
            tokio::time::sleep(REST_AFTER_ERROR).await;
            continue;
        };
        let Ok(place) = room.clone().try_acquire_owned() else { continue };
        let challenges = challenges.clone();
        tokio::spawn(async move {
            let _ = tokio::time::timeout(WITHIN, answer(stream, &challenges)).await;
            drop(place);
        });
    }
}

async fn answer(mut stream: TcpStream, challenges: &Challenges) -> io::Result<()> {
    let mut request = Vec::new();
    let mut piece = [0; 1024];
    while !request.windows(4).any(|end| end == b"\r\n\r\n") {
        let count = stream.read(&mut piece).await?;
        request.extend_from_slice(piece.get(..count).unwrap_or_default());
        if count == 0 || request.len() > REQUEST_BYTES_MAX {
            return Ok(());
        }
    }
    let said = token(&request).and_then(|token| challenges.authorization(token));
    let (status, body) = match said {
        Some(said) => ("200 OK", said),
        None => ("404 Not Found", String::new()),
    };
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/octet-stream\r\ncontent-length: {length}\r\n\
         cache-control: no-store\r\nconnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body.as_bytes()).await?;
    stream.shutdown().await
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
