//! An API that speaks HTTP/1.0: the gateway says its own version and not the API's (RFC 9110, section 2.5;
//! RFC 9112, section 2.3), and the client's connection stays usable.

use super::frames::{Client, DATA, END_HEADERS, END_STREAM, GET, HEADERS, frame};
use super::harness::{described, exchange, gateway, next_message, statuses};
use super::trouble::saying;
use std::io::Write;
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

const ASK: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
/// Its length was said, its connection stays, or its end is the end of the connection.
const ANSWERS: [&[u8]; 3] = [
    b"HTTP/1.0 200 OK\r\nContent-Type: application/json\r\nContent-Length: 8\r\n\r\n\"whole\"\n",
    b"HTTP/1.0 200 OK\r\nContent-Type: application/json\r\nConnection: keep-alive\r\nContent-Length: 8\r\n\r\n\"whole\"\n",
    b"HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n\"whole\"\n",
];
/// With it answers are looked at, and leave by another way.
const DESCRIPTION: &str = "openapi: 3.1.0\npaths:\n  /:\n    get: {security: [], responses: {'200': {description: a, content: {application/json: {schema: {type: string}}}}}}\n";

/// What comes back to the same two requests, one after the other on one connection.
#[track_caller]
fn asked_twice(address: SocketAddr) {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    let mut held = Vec::new();
    for time in 0..2 {
        stream.write_all(ASK).unwrap();
        let answer = next_message(&mut stream, &mut held).unwrap_or_else(|| panic!("none, {time}"));
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
        assert!(answer.contains("\"whole\"\n"), "{answer}");
        assert!(!answer.to_ascii_lowercase().contains("\r\nconnection:"), "{answer}");
    }
}

#[test]
fn an_answer_in_an_older_version_is_told_in_ours() {
    for answer in ANSWERS {
        asked_twice(gateway(saying(answer, false), "", "").addresses()[0]);
        asked_twice(described(saying(answer, false), "", DESCRIPTION).addresses()[0]);
    }
}

#[test]
fn a_client_of_http2_gets_an_older_answer_whole() {
    for answer in ANSWERS {
        let gateway = gateway(saying(answer, false), "", "");
        let mut client = Client::new(gateway.addresses()[0], &[]);
        for stream in [1, 3] {
            client.send(&frame(HEADERS, END_STREAM | END_HEADERS, stream, GET));
            let soon = Duration::from_secs(5);
            let head = client.find(soon, |frame| frame.kind == HEADERS && frame.stream == stream);
            // `:status: 200` as an indexed field (RFC 7541, appendix A).
            assert_eq!(head.unwrap().payload[0], 0x88);
            let mut body = Vec::new();
            loop {
                let data = client.find(soon, |frame| frame.kind == DATA && frame.stream == stream);
                let data = data.expect("the answer has an end");
                body.extend(data.payload);
                if data.flags & END_STREAM != 0 {
                    break;
                }
            }
            assert_eq!(body, b"\"whole\"\n");
        }
    }
}

#[test]
fn a_client_of_an_older_version_gets_no_coding_that_it_does_not_know() {
    for answer in ANSWERS {
        let gateway = gateway(saying(answer, false), "", "");
        let got = exchange(gateway.addresses()[0], b"GET / HTTP/1.0\r\nHost: a\r\n\r\n");
        assert!(got.contains(" 200 ") && got.ends_with("\r\n\r\n\"whole\"\n"), "{got}");
        assert!(!got.to_ascii_lowercase().contains("transfer-encoding"), "{got}");
    }
}

#[test]
fn an_older_answer_in_pieces_is_framed_wrongly() {
    // RFC 9112, section 6.1.
    let answer = b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
    let gateway = gateway(saying(answer, false), "", "");
    assert_eq!(statuses(&exchange(gateway.addresses()[0], ASK)), [502]);
}
