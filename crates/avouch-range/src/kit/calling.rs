//! Going where callers say, over HTTP, and only on this machine.

use std::fmt::Write;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;

/// LIMIT: how long one call takes.
pub(crate) const CALL_WAIT: Duration = Duration::from_secs(2);
/// LIMIT: bytes of an answer.
const ANSWER_BYTES_MAX: u64 = 64 * 1024;

/// What is sent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Call<'c> {
    pub(crate) method: &'c str,
    pub(crate) headers: &'c [(&'c str, String)],
    pub(crate) body: &'c str,
    /// LIMIT: redirects that are followed, each with the same call.
    pub(crate) redirects_max: usize,
}

/// The body that an address of this machine answers; the range reaches no other.
pub(crate) async fn danger_call(address: &str, call: &Call<'_>) -> Option<String> {
    let mut address = address.to_owned();
    for _ in 0..=call.redirects_max {
        let answer = timeout(CALL_WAIT, ask(&address, call)).await.ok()??;
        let (head, body) = answer.split_once("\r\n\r\n")?;
        let leads_on = head.split(' ').nth(1).is_some_and(|status| status.starts_with('3'));
        let location = head.lines().find_map(|line| {
            let (name, value) = line.split_once(": ")?;
            name.eq_ignore_ascii_case("location").then(|| value.trim().to_owned())
        });
        match location.filter(|_| leads_on) {
            Some(location) => address = location,
            None => return Some(body.to_owned()),
        }
    }
    None
}

async fn ask(address: &str, call: &Call<'_>) -> Option<String> {
    let rest = address.strip_prefix("http://")?;
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let mut stream = connect(authority).await?;
    let mut request = format!("{} /{path} HTTP/1.1\r\nHost: {authority}\r\n", call.method);
    for (name, value) in call.headers {
        // Writing to a string cannot fail.
        let _ = write!(request, "{name}: {value}\r\n");
    }
    if !call.body.is_empty() {
        let _ = write!(request, "Content-Length: {}\r\n", call.body.len());
    }
    let _ = write!(request, "User-Agent: range/1\r\nConnection: close\r\n\r\n{}", call.body);
    stream.write_all(request.as_bytes()).await.ok()?;
    let mut bytes = Vec::new();
    stream.take(ANSWER_BYTES_MAX).read_to_end(&mut bytes).await.ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// A connection to this machine, however its address is written.
pub(crate) async fn connect(authority: &str) -> Option<TcpStream> {
    let with_port = if authority.rsplit(']').next()?.contains(':') {
        authority.to_owned()
    } else {
        format!("{authority}:80")
    };
    let here = |address: &SocketAddr| match address.ip() {
        IpAddr::V4(v4) => v4.is_loopback() || v4.is_unspecified(),
        IpAddr::V6(v6) => {
            v6.is_loopback() || v6.to_ipv4_mapped().is_some_and(|v4| v4.is_loopback())
        }
    };
    let found = lookup_host(with_port).await.ok()?.find(here)?;
    TcpStream::connect(found).await.ok()
}
