//! Visitors over HTTP: one request, one short answer, goodbye. Those who speak LDAP on the same port
//! are handed on.

use super::directory;
use super::listener::House;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::timeout;

/// Visitors served at the same time; others are turned away. // LIMIT: connections
const VISITORS_MAX: usize = 64;
/// Bytes of a request that are read. // LIMIT: bytes
const REQUEST_BYTES_MAX: usize = 16 * 1024;
/// Digits of a text that an address spells. // LIMIT: digits
const SAID_DIGITS_MAX: usize = 128;
/// How long a visitor may take. // LIMIT: ms
const VISIT_MS: u64 = 5_000;
/// How long to pause when a connection cannot be accepted, as when files run out. // LIMIT: ms
const PAUSE_MS: u64 = 50;

/// Serves visitors until the task is aborted.
pub(super) async fn listen(listener: TcpListener, house: Arc<House>) {
    let places = Arc::new(Semaphore::new(VISITORS_MAX));
    loop {
        let Ok((stream, from)) = listener.accept().await else {
            tokio::time::sleep(Duration::from_millis(PAUSE_MS)).await;
            continue;
        };
        let Ok(place) = Arc::clone(&places).try_acquire_owned() else { continue };
        let house = Arc::clone(&house);
        tokio::spawn(async move {
            let _ = timeout(Duration::from_millis(VISIT_MS), visit(stream, from, &house)).await;
            drop(place);
        });
    }
}

async fn visit(mut stream: TcpStream, from: SocketAddr, house: &House) {
    let mut bytes = Vec::new();
    let mut chunk = [0; 2048];
    if let Ok(count) = stream.read(&mut chunk).await {
        bytes.extend(chunk.iter().take(count));
    }
    if directory::is_question(&bytes) {
        return directory::visit(stream, &bytes, from, house).await;
    }
    while bytes.len() < REQUEST_BYTES_MAX && !bytes.windows(4).any(|w| w == b"\r\n\r\n") {
        match stream.read(&mut chunk).await {
            Ok(0) | Err(_) => break,
            Ok(count) => bytes.extend(chunk.iter().take(count)),
        }
    }
    let text = String::from_utf8_lossy(&bytes);
    let answer = match Visit::read(&text, house) {
        Some(visit) => {
            house.record(visit.token.clone(), "http", from, shown(&text, house));
            visit.answer(house)
        }
        None => "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".into(),
    };
    let _ = stream.write_all(answer.as_bytes()).await;
    let _ = stream.shutdown().await;
}

/// A request that carries an expected token.
struct Visit {
    token: String,
    /// The token to be redirected to.
    then: Option<String>,
    /// The text to be answered, as the address spells it.
    say: Option<String>,
}

impl Visit {
    fn read(text: &str, house: &House) -> Option<Self> {
        let target = text.split("\r\n").next()?.split(' ').nth(1)?;
        let path = target.split(['?', '#']).next()?;
        let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
        let host = text.split("\r\n").skip(1).find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("host").then(|| value.trim().split(':').next())?
        });
        let labels = host.and_then(|host| house.labels_under_domain(host)).unwrap_or_default();
        let token = house.visits.expected(segments.iter().chain(&labels).copied())?;
        let then = match segments.as_slice() {
            [.., "then", then] => house.visits.expected(std::iter::once(*then)),
            _ => None,
        };
        let say = match segments.as_slice() {
            [.., "say", spelt] => said(spelt),
            _ => None,
        };
        Some(Self { token, then, say })
    }

    fn answer(&self, house: &House) -> String {
        if let Some(then) = &self.then {
            let location = format!("{}/{then}", house.base_url);
            return format!(
                "HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            );
        }
        let page = self.say.clone().unwrap_or_else(|| house.page(&self.token));
        format!(
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{page}",
            page.len()
        )
    }
}

/// The text that hexadecimal digits spell: letters, digits and `-` only, so that nobody can make the
/// listener say anything that means something elsewhere.
fn said(spelt: &str) -> Option<String> {
    if spelt.len() > SAID_DIGITS_MAX || !spelt.len().is_multiple_of(2) || !spelt.is_ascii() {
        return None;
    }
    let digits: Vec<u8> =
        spelt.chars().filter_map(|c| u8::try_from(c.to_digit(16)?).ok()).collect();
    let pairs = digits.chunks_exact(2).map(|pair| pair.iter().fold(0, |all, half| all * 16 + half));
    let text: String = pairs.map(char::from).collect();
    let plain = text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    (plain && digits.len() == spelt.len() && !text.is_empty()).then_some(text)
}

/// The request line and headers as they may be seen.
fn shown(text: &str, house: &House) -> String {
    let head = text.split("\r\n\r\n").next().unwrap_or_default();
    let mut lines = head.split("\r\n");
    let request_line = lines.next().unwrap_or_default();
    let mut parts = request_line.splitn(3, ' ');
    let mut word = || parts.next().unwrap_or_default();
    let (method, target, version) = (word(), word(), word());
    let redactor = &house.redactor;
    let request_line =
        [redactor.text(method), redactor.url(target), redactor.text(version)].join(" ");
    let header = |line: &str| {
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        format!("{}: {}", redactor.text(name), redactor.header(name, value.trim()))
    };
    std::iter::once(request_line).chain(lines.map(header)).collect::<Vec<_>>().join("\n")
}
