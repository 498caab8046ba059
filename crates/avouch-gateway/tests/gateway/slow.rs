//! Clients that are slow where others do not look: in the handshake, and in taking their answer.

use super::harness::{Upstream, exchange, listening, statuses};
use super::http2::counting;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

const PLAIN: &str = "{ address = \"127.0.0.1:0\" }";

/// How long a connection holds that says this first and then a byte from time to time.
fn holds(address: SocketAddr, first: &[u8], drip: &[u8]) -> Duration {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
    stream.write_all(first).unwrap();
    let began = Instant::now();
    for byte in drip.iter().cycle() {
        match stream.read(&mut [0; 64]) {
            Ok(1..) => (),
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => (),
            _ => break,
        }
        if began.elapsed() > Duration::from_secs(6) {
            return Duration::MAX;
        }
        let _ = stream.write_all(&[*byte]);
    }
    began.elapsed()
}

#[test]
fn a_handshake_that_does_not_end_is_not_waited_for() {
    let upstream = Upstream::start();
    let folder = tempfile::tempdir().unwrap();
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let (chain, key) = (folder.path().join("chain.pem"), folder.path().join("key.pem"));
    std::fs::write(&chain, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let tls = format!(
        "{PLAIN}, {{ address = \"127.0.0.1:0\", tls = {{ certificate = {chain:?}, key = {key:?} }} }}"
    );
    let gateway = listening(upstream.address, &tls, "[timeouts]\nhandshake_ms = 400");
    let (plain, secure) = (gateway.addresses()[0], gateway.addresses()[1]);
    // The beginning of a hello that says that it is long.
    let hello: &[u8] = &[0x16, 3, 1, 1, 0, 1, 0, 0, 0xfc, 3, 3];
    for (first, drip) in [(&[][..], &[][..]), (hello, &[]), (hello, &[7])] {
        let held = std::thread::scope(|scope| {
            let slow = scope.spawn(|| {
                let drip = if drip.is_empty() { return silent(secure, first) } else { drip };
                holds(secure, first, drip)
            });
            let ask = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
            assert_eq!(statuses(&exchange(plain, ask)), [200]);
            slow.join().unwrap()
        });
        assert!(held < Duration::from_secs(3), "{held:?}");
    }
    // Nor do many of them cost others their place.
    let many: Vec<_> = (0..300).map(|_| TcpStream::connect(secure).unwrap()).collect();
    let ask = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    assert_eq!(statuses(&exchange(plain, ask)), [200]);
    let began = Instant::now();
    while gateway.connections() > 0 && began.elapsed() < Duration::from_secs(5) {
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(gateway.connections(), 0);
    drop(many);
}

/// How long a connection holds that says this and then nothing.
fn silent(address: SocketAddr, first: &[u8]) -> Duration {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(6))).unwrap();
    stream.write_all(first).unwrap();
    let began = Instant::now();
    let _ = stream.read_to_end(&mut Vec::new());
    began.elapsed()
}

#[test]
fn an_answer_that_nobody_takes_is_given_up() {
    let large: &'static [u8] = Box::leak(
        [
            b"HTTP/1.1 200 OK\r\nContent-Length: 30000000\r\n\r\n".as_slice(),
            &vec![b'x'; 30_000_000],
        ]
        .concat()
        .into_boxed_slice(),
    );
    let (address, open) = counting(large);
    let gateway = listening(address, PLAIN, "[timeouts]\nanswer_idle_ms = 500");
    let mut stream = TcpStream::connect(gateway.addresses()[0]).unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    stream.read_exact(&mut [0; 100]).unwrap();
    let began = Instant::now();
    while open() + gateway.connections() > 0 && began.elapsed() < Duration::from_secs(6) {
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!((open(), gateway.connections()), (0, 0));
}

#[test]
fn a_request_that_arrives_slowly_has_its_own_time() {
    let upstream = Upstream::start();
    let gateway = listening(upstream.address, PLAIN, "[timeouts]\nanswer_ms = 400");
    let mut stream = TcpStream::connect(gateway.addresses()[0]).unwrap();
    stream.write_all(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 8\r\n\r\n").unwrap();
    for _ in 0..8 {
        std::thread::sleep(Duration::from_millis(150));
        stream.write_all(b"x").unwrap();
    }
    stream.set_read_timeout(Some(Duration::from_secs(3))).unwrap();
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(String::from_utf8_lossy(&answer), "HTTP/1.1 200");
}
