//! Listeners beside the API's own: one short request on each connection, answered from what is at hand.
//!
//! In scope: how many clients there are at once, how long each may take, how much it may send. Out of
//! scope: what is asked, and what the answer is.

use std::io;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{Semaphore, watch};

/// How long a client may take.
const WITHIN: Duration = Duration::from_secs(5);
/// LIMIT: bytes of a request.
const REQUEST_BYTES_MAX: usize = 8 * 1024;
/// After an error of the machine, such as too many open files.
const REST_AFTER_ERROR: Duration = Duration::from_millis(20);

/// What is answered.
pub(crate) struct Answer {
    /// Number and words, such as `200 OK`.
    pub(crate) status: &'static str,
    pub(crate) content_type: &'static str,
    pub(crate) body: String,
}

/// Answers until the gateway ends; whoever comes when there are `clients_max` already is sent away.
pub(crate) async fn serve(
    socket: TcpListener,
    clients_max: usize,
    mut stopping: watch::Receiver<bool>,
    answer: impl Fn(&[u8]) -> Answer + Clone + Send + 'static,
) {
    let Ok(socket) = tokio::net::TcpListener::from_std(socket) else { return };
    let room = Arc::new(Semaphore::new(clients_max));
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
        let answer = answer.clone();
        tokio::spawn(async move {
            let _ = tokio::time::timeout(WITHIN, one(stream, answer)).await;
            drop(place);
        });
    }
}

async fn one(mut stream: TcpStream, answer: impl Fn(&[u8]) -> Answer) -> io::Result<()> {
    let mut request = Vec::new();
    let mut piece = [0; 1024];
    while !request.windows(4).any(|end| end == b"\r\n\r\n") {
        let count = stream.read(&mut piece).await?;
        request.extend_from_slice(piece.get(..count).unwrap_or_default());
        if count == 0 || request.len() > REQUEST_BYTES_MAX {
            return Ok(());
        }
    }
    let Answer { status, content_type, body } = answer(&request);
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: {content_type}\r\ncontent-length: {length}\r\n\
         cache-control: no-store\r\nconnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body.as_bytes()).await?;
    stream.shutdown().await
}
