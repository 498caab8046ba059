//! An API that dies, hangs, lies or talks nonsense; clients that are slow.

use super::harness::{Upstream, exchange, gateway, statuses};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

/// An API that answers every connection's first bytes with these, and then closes or hangs.
pub(crate) fn saying(answer: &'static [u8], hangs: bool) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            std::thread::spawn(move || {
                let _ = stream.read(&mut [0; 1024]);
                let _ = stream.write_all(answer);
                if hangs {
                    std::thread::sleep(Duration::from_secs(20));
                }
            });
        }
    });
    address
}

const ASK: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";

fn asked(upstream: SocketAddr) -> String {
    let quick = "[timeouts]\nanswer_ms = 200\nanswer_idle_ms = 200\nconnect_ms = 200";
    exchange(gateway(upstream, quick, "").addresses()[0], ASK)
}

#[test]
fn an_api_that_gives_no_answer_is_said_to() {
    let nowhere = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    assert_eq!(statuses(&asked(nowhere)), [502]);
    assert_eq!(statuses(&asked(saying(b"", false))), [502]);
    assert_eq!(statuses(&asked(saying(b"220 smtp.example ESMTP\r\n", false))), [502]);
    assert_eq!(
        statuses(&asked(saying(
            b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\na",
            false
        ))),
        [502]
    );
    assert_eq!(statuses(&asked(saying(b"HTTP/1.1 200 OK\r\nContent-Le", true))), [504]);
    let head = b"HTTP/1.1 200 OK\r\nX: ";
    let endless: &'static [u8] =
        Box::leak([&head[..], "x".repeat(200_000).as_bytes()].concat().into_boxed_slice());
    assert_eq!(statuses(&asked(saying(endless, true))), [502]);
}

#[test]
fn an_answer_that_is_cut_off_is_not_completed() {
    // The client must see that something is missing: the bytes end before the length that was said.
    for hangs in [false, true] {
        let answer = asked(saying(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", hangs));
        assert!(answer.contains("content-length: 10") && !answer.contains("abcd"), "{answer}");
        let answer = asked(saying(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
            hangs,
        ));
        assert!(!answer.contains("0\r\n\r\n"), "{answer}");
    }
}

#[test]
fn a_slow_client_is_not_waited_for() {
    let upstream = Upstream::start();
    let quick = "[timeouts]\nhead_ms = 300\nbody_idle_ms = 300\nbody_ms = 600";
    let gateway = gateway(upstream.address, quick, "");
    let closed_after = |first: &[u8], drip: &[u8]| {
        let mut stream = TcpStream::connect(gateway.addresses()[0]).unwrap();
        stream.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
        stream.write_all(first).unwrap();
        let began = Instant::now();
        let mut piece = [0; 4096];
        while began.elapsed() < Duration::from_secs(5) {
            match stream.read(&mut piece) {
                Ok(0) => return began.elapsed(),
                Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => {
                    return began.elapsed();
                }
                _ => (),
            }
            let _ = stream.write_all(drip);
        }
        Duration::MAX
    };
    for (first, drip) in [
        (&b""[..], &b""[..]),
        (b"GET / HT", b""),
        (b"GET / HTTP/1.1\r\nHost: a\r\n", b"X: 1\r\n"),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n", b""),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 90\r\n\r\n", b"x"),
        (ASK, b""),
    ] {
        let after = closed_after(first, drip);
        assert!(after < Duration::from_secs(3), "{:?} {after:?}", String::from_utf8_lossy(first));
    }
}

#[test]
fn a_connection_that_was_closed_while_it_waited_is_no_error() {
    // Closes each connection after one answer, without saying so.
    let upstream = saying(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", false);
    let gateway = gateway(upstream, "", "");
    for _ in 0..20 {
        assert_eq!(statuses(&exchange(gateway.addresses()[0], ASK)), [200]);
    }
}
