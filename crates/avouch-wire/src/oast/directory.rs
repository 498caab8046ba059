//! Visitors who take the listener for a directory (LDAP, RFC 4511): they are let in, and the name they
//! then ask for is looked at. Nothing is ever answered but that they are welcome.

use super::listener::House;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Bytes of a question that are read. // LIMIT: bytes
const QUESTION_BYTES_MAX: usize = 1024;
/// Questions of one visitor: letting in, asking, and one to spare. // LIMIT: questions
const QUESTIONS_MAX: usize = 3;
/// The tag of an envelope (`LDAPMessage`, a sequence).
const SEQUENCE: u8 = 0x30;

/// Whether these are the first bytes of a question to a directory.
pub(super) fn is_question(bytes: &[u8]) -> bool {
    matches!(bytes, [SEQUENCE, _, 0x02, 0x01, ..])
}

/// Lets the visitor in and looks for expected tokens in what it asks for.
pub(super) async fn visit(mut stream: TcpStream, first: &[u8], from: SocketAddr, house: &House) {
    let mut question = first.to_vec();
    for _ in 0..QUESTIONS_MAX {
        let text = String::from_utf8_lossy(&question).into_owned();
        let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
        if let Some(token) = house.visits.expected(words.filter(|word| !word.is_empty())) {
            let shown = format!("a search for {}", house.redactor.text(&token));
            house.record(token, "ldap", from, shown);
            return;
        }
        let id = question.get(4).copied().unwrap_or(1);
        // A bind response: success, no name, no text.
        let welcome = [SEQUENCE, 12, 2, 1, id, 0x61, 7, 10, 1, 0, 4, 0, 4, 0];
        if stream.write_all(&welcome).await.is_err() {
            return;
        }
        let mut next = vec![0; QUESTION_BYTES_MAX];
        match stream.read(&mut next).await {
            Ok(0) | Err(_) => return,
            Ok(count) => next.truncate(count),
        }
        question = next;
    }
}
