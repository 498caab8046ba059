//! Witnesses over HTTP (C2SP `tlog-witness`): asking one, and being one.

use crate::ending::Ending;
use crate::http::{Call, Client};
use avouch_ledger::log::Ask;
use avouch_ledger::storage::Clock;
use avouch_ledger::witness::{REQUEST_BYTES_MAX, Witness};
use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::timeout;

/// How long asking a witness may take.
const ASK: Duration = Duration::from_secs(5);

/// LIMIT: bytes of a witness's answer.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// LIMIT: connections at once.
const CONNECTIONS_MAX: usize = 256;

/// How long the head of a request may take, and a whole connection.
const HEAD: Duration = Duration::from_secs(10);
const CONNECTION: Duration = Duration::from_mins(1);

/// A witness at an address.
#[derive(Debug)]
pub struct RemoteWitness(Client);

impl RemoteWitness {
    /// The witness at an address that begins with `http://` or `https://`.
    pub fn new(address: &str) -> io::Result<Self> {
        Client::new(address, ASK, ANSWER_BYTES_MAX).map(Self)
    }
}

impl Ask for RemoteWitness {
    fn ask(&self, method: &str, path: &str, body: &[u8]) -> io::Result<(u16, Vec<u8>)> {
        let answer = self.0.call(Call {
            method: Method::from_bytes(method.as_bytes()).map_err(io::Error::other)?,
            target: format!("{}{path}", self.0.path()),
            headers: vec![("content-type".to_owned(), "text/plain; charset=utf-8".to_owned())],
            body: Bytes::copy_from_slice(body),
        })?;
        Ok((answer.status, answer.body.to_vec()))
    }
}

/// Serves a witness until the process is asked to end. `bound` is told the address once it listens.
pub fn serve(
    witness: Arc<Witness>,
    clock: Arc<dyn Clock>,
    listen: SocketAddr,
    bound: impl FnOnce(SocketAddr),
) -> io::Result<()> {
    let listener = TcpListener::bind(listen)?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async move {
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let mut ended = std::pin::pin!(Ending::listen()?.told());
        bound(address);
        let room = Arc::new(Semaphore::new(CONNECTIONS_MAX));
        loop {
            let Ok(place) = room.clone().acquire_owned().await else { return Ok(()) };
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = &mut ended => return Ok(()),
            };
            let Ok((stream, _)) = accepted else {
                // Out of file handles, most likely: those who are served will give some back.
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            };
            let (witness, clock) = (witness.clone(), clock.clone());
            tokio::spawn(async move {
                let answer =
                    service_fn(move |request| answer(witness.clone(), clock.clone(), request));
                let connection = hyper::server::conn::http1::Builder::new()
                    .timer(TokioTimer::new())
                    .header_read_timeout(HEAD)
                    .serve_connection(TokioIo::new(stream), answer);
                // Whoever goes away, or is slow, is not worth a word.
                let _ = timeout(CONNECTION, connection).await;
                drop(place);
            });
        }
    })
}

async fn answer(
    witness: Arc<Witness>,
    clock: Arc<dyn Clock>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let Ok(body) = Limited::new(body, REQUEST_BYTES_MAX).collect().await else {
        return Ok(response(413, "text/plain", "the request is too large, or broke off\n".into()));
    };
    let body = body.to_bytes();
    let asked = tokio::task::spawn_blocking(move || {
        witness.handle(head.method.as_str(), head.uri.path(), &body, clock.now_ms() / 1000)
    });
    Ok(match asked.await {
        Ok(answer) => response(answer.status, answer.media_type, answer.body),
        Err(_) => response(500, "text/plain", "a mistake of ours\n".into()),
    })
}

fn response(status: u16, media_type: &'static str, body: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let value = http::HeaderValue::from_static(media_type);
    response.headers_mut().insert(http::header::CONTENT_TYPE, value);
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use avouch_ledger::note::Cosigner;
    use avouch_ledger::storage::{Disk, SystemClock};
    use std::io::{Read, Write};

    #[test]
    fn a_witness_is_asked_over_a_socket() {
        let folder = tempfile::tempdir().unwrap();
        let cosigner = Cosigner::new("witness.example/w", &[8; 32]).unwrap();
        let witness = Witness::open(Arc::new(Disk::new(folder.path())), cosigner).unwrap();
        let (told, address) = std::sync::mpsc::channel();
        let _serving = std::thread::spawn(move || {
            let clock = Arc::new(SystemClock::start());
            let listen = "127.0.0.1:0".parse().unwrap();
            serve(Arc::new(witness), clock, listen, |address| told.send(address).unwrap())
        });
        let address = address.recv().unwrap();
        let remote = RemoteWitness::new(&format!("http://{address}")).unwrap();
        assert_eq!(remote.ask("POST", "/add-checkpoint", b"old 0\n").unwrap().0, 400);
        let request = "old 0\n\nlog.example/a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n— log.example/a AAAAAAAA\n";
        assert_eq!(remote.ask("POST", "/add-checkpoint", request.as_bytes()).unwrap().0, 404);
        let large = vec![b'a'; REQUEST_BYTES_MAX + 1];
        let said = remote.ask("POST", "/add-checkpoint", &large);
        // It answers before it has read everything, so that sending may fail as well.
        assert!(said.is_err() || said.is_ok_and(|(status, _)| status == 413));
        let mut stream = std::net::TcpStream::connect(address).unwrap();
        stream.write_all(b"nonsense\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    }
}
