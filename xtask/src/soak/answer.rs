//! Answers as a client reads them.

use std::io::Read;
use std::net::TcpStream;

/// An answer.
#[derive(Clone, Debug, Default)]
pub(super) struct Answer {
    pub(super) status: u16,
    /// The id that the gateway gave the request.
    pub(super) id: String,
    pub(super) body: Vec<u8>,
    /// Whether the gateway ends the connection.
    pub(super) closes: bool,
}

impl Answer {
    /// Its body, as far as it is shown to a person.
    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(self.body.get(..self.body.len().min(400)).unwrap_or_default())
            .into_owned()
    }
}

/// Reads one answer; of its body only so much as asked for.
pub(super) fn read(stream: &mut TcpStream, whole: bool) -> Result<Answer, String> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(at) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break at + 4;
        }
        more(stream, &mut bytes)?;
    };
    let head = String::from_utf8_lossy(bytes.get(..end).unwrap_or_default()).to_ascii_lowercase();
    let header = |name: &str| {
        let found = head.split("\r\n").filter_map(|line| line.split_once(": "));
        found.filter(|(found, _)| *found == name).map(|(_, value)| value.to_owned()).next()
    };
    let status = head.strip_prefix("http/1.1 ").and_then(|rest| rest.get(..3)?.parse().ok());
    let length: usize = header("content-length")
        .and_then(|length| length.parse().ok())
        .ok_or_else(|| format!("an answer without a length: {head}"))?;
    while whole && bytes.len() < end + length {
        more(stream, &mut bytes)?;
    }
    if bytes.len() > end + length {
        return Err("more than one answer".to_owned());
    }
    Ok(Answer {
        status: status.ok_or_else(|| format!("no status: {head}"))?,
        id: header("x-request-id").unwrap_or_default().to_ascii_uppercase(),
        body: bytes.split_off(end),
        closes: header("connection").is_some_and(|value| value == "close"),
    })
}

fn more(stream: &mut TcpStream, bytes: &mut Vec<u8>) -> Result<(), String> {
    let mut piece = [0; 16 * 1024];
    match stream.read(&mut piece) {
        Ok(0) => Err("the connection ended before the answer did".to_owned()),
        Ok(count) => {
            bytes.extend_from_slice(piece.get(..count).unwrap_or_default());
            Ok(())
        }
        Err(error) => Err(format!("no answer: {error}")),
    }
}
