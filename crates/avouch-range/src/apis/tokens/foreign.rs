//! Keys that tokens bring along or send one to: nobody should use them.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// LIMIT: bytes of an answer that are read.
const ANSWER_BYTES_MAX: u64 = 64 * 1024;
/// LIMIT: how long fetching may take.
const FETCH_WAIT: Duration = Duration::from_secs(2);

/// Whether that key (RFC 7517), of P-256, signed that.
pub(super) fn verifies(key: &Value, input: &[u8], signature: &[u8]) -> bool {
    let number = |name: &str| URL_SAFE_NO_PAD.decode(key.get(name)?.as_str()?).ok();
    let (Some(x), Some(y)) = (number("x"), number("y")) else { return false };
    let point = [vec![4], x, y].concat();
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(input, signature).is_ok()
}

/// Where a token's header says its key is.
pub(super) fn address_in(header: &Value) -> Option<&str> {
    header.get("jku").or_else(|| header.get("x5u"))?.as_str()
}

/// The JSON at an address in clear.
pub(super) async fn fetched(address: &str) -> Option<Value> {
    let rest = address.strip_prefix("http://")?;
    let (host, path) = rest.split_once('/')?;
    let whole = async {
        let mut stream = TcpStream::connect(host).await.ok()?;
        let request = format!("GET /{path} HTTP/1.0\r\nhost: {host}\r\n\r\n");
        stream.write_all(request.as_bytes()).await.ok()?;
        let mut answer = Vec::new();
        stream.take(ANSWER_BYTES_MAX).read_to_end(&mut answer).await.ok()?;
        Some(answer)
    };
    let answer = tokio::time::timeout(FETCH_WAIT, whole).await.ok()??;
    let text = String::from_utf8(answer).ok()?;
    serde_json::from_str(text.split_once("\r\n\r\n")?.1).ok()
}
