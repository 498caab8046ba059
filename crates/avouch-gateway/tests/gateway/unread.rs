//! Requests whose body nobody read: a client that was not told that the connection ends may ask again on
//! it.

use super::harness::{Upstream, described, gateway, statuses};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

const DESCRIPTION: &str = "openapi: 3.1.0\npaths:\n  /a:\n    get: {security: [], responses: {}}\n    put: {security: [], requestBody: {content: {application/json: {}}}, responses: {}}\n";
const NEXT: &[u8] = b"GET /a HTTP/1.1\r\nHost: a\r\n\r\n";

/// Reads one answer.
fn answer(stream: &mut TcpStream) -> String {
    let (mut bytes, mut piece) = (Vec::new(), [0; 4096]);
    loop {
        let text = String::from_utf8_lossy(&bytes).to_ascii_lowercase();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.split("content-length: ").nth(1);
            let length =
                length.map_or(0, |rest| rest.split("\r\n").next().unwrap().parse().unwrap());
            if body.len() >= length {
                return text;
            }
        }
        match stream.read(&mut piece) {
            Ok(count @ 1..) => bytes.extend_from_slice(&piece[..count]),
            _ => return text,
        }
    }
}

/// Sends a request in these pieces, reads its answer, and asks for more unless it said that the connection
/// ends. Gives the answer's status, and whether the connection went on.
fn asked(address: SocketAddr, pieces: &[&[u8]]) -> (u16, bool) {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(3))).unwrap();
    stream.set_nodelay(true).unwrap();
    for (number, piece) in pieces.iter().enumerate() {
        if number > 0 {
            std::thread::sleep(Duration::from_millis(30));
        }
        // It may have been refused by then.
        let _ = stream.write_all(piece);
    }
    let first = answer(&mut stream);
    let status = statuses(&first.to_ascii_uppercase())[0];
    if first.contains("\r\nconnection: close") {
        return (status, false);
    }
    // A refused body that is still to come is thrown away as one, or would be read as a request.
    stream.write_all(NEXT).unwrap();
    let second = answer(&mut stream);
    assert!(second.starts_with("http/1.1 200 "), "after {first} came `{second}`");
    (status, true)
}

#[test]
fn a_connection_that_ends_after_a_refusal_is_said_to() {
    let upstream = Upstream::start();
    let gateway = described(upstream.address, "[admit]\nbody_bytes_max = 100", DESCRIPTION);
    let address = gateway.addresses()[0];
    let head =
        |line: &str, framing: &str| format!("{line} HTTP/1.1\r\nHost: a\r\n{framing}\r\n\r\n");
    let chunked = |line| head(line, "Transfer-Encoding: chunked");
    let sized = |line, size| head(line, &format!("Content-Length: {size}"));
    let chunks = "8\r\n{\"count\"\r\n4\r\n: 3}\r\n0\r\n\r\n";
    for line in ["DELETE /a", "POST /nothing"] {
        let refused = if line.contains("nothing") { 404 } else { 405 };
        // All of it is there already: nothing has to end.
        let whole = format!("{}{chunks}", chunked(line));
        assert_eq!(asked(address, &[whole.as_bytes()]), (refused, true), "{line}");
        let whole = format!("{}{}", sized(line, 3), "abc");
        assert_eq!(asked(address, &[whole.as_bytes()]), (refused, true), "{line}");
        // Some of it comes later, or never.
        for rest in ["", "abc"] {
            let pieces = [sized(line, 3), rest.to_owned()];
            let pieces: Vec<&[u8]> = pieces.iter().map(String::as_bytes).collect();
            let (status, _) = asked(address, &pieces);
            assert_eq!(status, refused, "{line}");
        }
        let begun = format!("{}8\r\n{{\"count\"\r\n", chunked(line));
        assert_eq!(asked(address, &[begun.as_bytes()]), (refused, false), "{line}");
        // More than is read for nothing.
        let long = format!("{}{}", sized(line, 300_000), "x".repeat(300_000));
        let (status, _) = asked(address, &[long.as_bytes()]);
        assert_eq!(status, refused, "{line}");
    }
    // Read up to where it was too large.
    let body = format!("40\r\n{0}\r\n40\r\n{0}\r\n0\r\n\r\n", "x".repeat(64));
    let large = format!(
        "{}{body}",
        head("PUT /a", "Content-Type: application/json\r\nTransfer-Encoding: chunked")
    );
    assert_eq!(asked(address, &[large.as_bytes()]), (413, false));
}

#[test]
fn an_api_that_answers_before_it_has_the_body_ends_the_connection_and_that_is_said() {
    let upstream = super::trouble::saying(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", true);
    let gateway = gateway(upstream, "", "");
    let begun = b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc";
    assert_eq!(asked(gateway.addresses()[0], &[begun]), (200, false));
}
