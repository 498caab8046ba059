//! What is recorded of connections that switch to another protocol: that they begin, and how they end.

use crate::gate::{Gate, Setup};
use crate::wire::PATIENCE;
use serde_json::Value;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

/// An API that switches, says everything back, and ends when it is told `bye`.
fn echo() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            std::thread::spawn(move || {
                read_head(&mut stream);
                let switch =
                    "HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n";
                stream.write_all(switch.as_bytes()).unwrap();
                let mut piece = [0; 1024];
                while let Ok(count @ 1..) = stream.read(&mut piece) {
                    if &piece[..count] == b"bye" || stream.write_all(&piece[..count]).is_err() {
                        return;
                    }
                }
            });
        }
    });
    address
}

fn read_head(stream: &mut TcpStream) -> String {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap() == 1 {
        head.push(byte[0]);
    }
    String::from_utf8(head).unwrap()
}

/// A gateway with a ledger before it.
fn gate(more: &[&str]) -> Gate {
    let upstream = format!("gateway.upstream.addresses = [\"http://{}\"]", echo());
    let usual = ["gateway.upgrades = [\"websocket\"]", "ledger.folder = \"audit\"", &upstream];
    let setup = Setup::of(&[&usual, more].concat()).file("blocks.toml", "");
    setup.run(&["ledger", "init", "audit", "--origin", "example.com/tunnels"]);
    setup.start()
}

/// A client that has switched, and the id of its request.
fn switched(gate: &Gate) -> (TcpStream, String) {
    let mut stream = TcpStream::connect(gate.address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
        .write_all(
            b"GET /live HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
        )
        .unwrap();
    let head = read_head(&mut stream);
    assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
    let id = head.split("x-request-id: ").nth(1).unwrap().split("\r\n").next().unwrap();
    (stream, id.to_owned())
}

fn say(stream: &mut TcpStream, text: &str) {
    stream.write_all(text.as_bytes()).unwrap();
    let mut back = vec![0; text.len()];
    stream.read_exact(&mut back).unwrap();
    assert_eq!(back, text.as_bytes());
}

/// Whether the other side ends the connection.
fn is_ended(stream: &mut TcpStream) -> bool {
    matches!(stream.read(&mut [0; 1]), Ok(0))
        || TcpStream::peek(stream, &mut [0; 1]).is_ok_and(|count| count == 0)
}

/// The facts of a kind in the ledger of a gateway that has ended.
fn facts(gate: Gate, kind: &str) -> Vec<Value> {
    let said = gate.ended().run(&["ledger", "query", "audit", &format!("kind={kind}"), "--scan"]);
    let lines = said.lines().map(|line| serde_json::from_str::<Value>(line).expect(line));
    lines.map(|entry| entry["body"].clone()).collect()
}

#[track_caller]
fn one(gate: Gate, id: &str) -> Value {
    let tunnels = facts(gate, "tunnel");
    assert_eq!(tunnels.len(), 1, "{tunnels:?}");
    assert_eq!(tunnels[0]["request"], id);
    assert_eq!(tunnels[0]["protocol"], "websocket");
    tunnels[0].clone()
}

#[test]
fn who_ends_a_tunnel_is_recorded_with_what_was_carried() {
    // The client.
    let open = gate(&[]);
    let (mut client, id) = switched(&open);
    say(&mut client, "hello");
    drop(client);
    // The gateway is not to be the first to end it.
    std::thread::sleep(Duration::from_secs(1));
    let ended = one(open, &id);
    assert_eq!(
        (&ended["ended_by"], &ended["because"]),
        (&"client".into(), &Value::Null),
        "{ended}"
    );
    assert_eq!((&ended["client_bytes"], &ended["api_bytes"]), (&5.into(), &5.into()), "{ended}");
    // The API.
    let open = gate(&[]);
    let (mut client, id) = switched(&open);
    say(&mut client, "hello");
    client.write_all(b"bye").unwrap();
    assert!(is_ended(&mut client));
    drop(client);
    // The gateway is not to be the first to end it.
    std::thread::sleep(Duration::from_secs(1));
    let ended = one(open, &id);
    assert_eq!((&ended["ended_by"], &ended["client_bytes"]), (&"api".into(), &8.into()), "{ended}");
    // Nobody.
    let open = gate(&["gateway.timeouts.answer_idle_ms = 300"]);
    let (mut client, id) = switched(&open);
    let began = Instant::now();
    while began.elapsed() < Duration::from_millis(800) {
        // Who says something now and then is not silent.
        say(&mut client, "a");
        std::thread::sleep(Duration::from_millis(100));
    }
    assert!(is_ended(&mut client));
    assert_eq!(one(open, &id)["ended_by"], "silence");
    // The gateway itself.
    let open = gate(&[]);
    let (mut client, id) = switched(&open);
    say(&mut client, "hello");
    let ended = one(open, &id);
    assert_eq!(
        (&ended["ended_by"], &ended["api_bytes"]),
        (&"gateway".into(), &5.into()),
        "{ended}"
    );
}

#[test]
fn who_is_shut_out_is_cut_off_while_they_talk() {
    let open = gate(&["guard.contain.file = \"blocks.toml\""]);
    let (mut client, id) = switched(&open);
    say(&mut client, "hello");
    let block = "[[block]]\ntarget = \"address\"\nvalue = \"127.0.0.1\"\nbecause = \"test\"\nby = \"test\"\n";
    open.write("blocks.toml", block);
    assert!(is_ended(&mut client));
    assert_eq!(one(open, &id)["ended_by"], "containment");
}

#[test]
fn a_tunnel_takes_the_place_of_its_connection_as_long_as_it_lasts() {
    let open = gate(&["gateway.connections_max = 1"]);
    let (mut client, _) = switched(&open);
    say(&mut client, "hello");
    assert_eq!(open.get("/", &[]).status, 0);
    drop(client);
    let began = Instant::now();
    while TcpStream::connect(open.address).is_ok_and(|mut stream| {
        stream.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
        matches!(stream.read(&mut [0; 1]), Ok(0))
    }) {
        assert!(began.elapsed() < PATIENCE);
    }
}

#[test]
fn an_answer_that_is_its_head_alone_is_recorded_as_whole() {
    let says = |request: &str| -> Vec<u8> {
        let head = match request.split_once(" HTTP").unwrap().0 {
            "HEAD /long" => "200 OK\r\ncontent-length: 17",
            "GET /same" => "304 Not Modified\r\netag: \"a\"",
            "GET /none" => "204 No Content",
            _ => "200 OK\r\ncontent-length: 0",
        };
        format!("HTTP/1.1 {head}\r\n\r\n").into_bytes()
    };
    let setup = Setup::saying(says, &["ledger.folder = \"audit\""]);
    setup.run(&["ledger", "init", "audit", "--origin", "example.com/heads"]);
    let open = setup.start();
    let long = open.ask("HEAD", "/long", &[], "");
    assert!(long.head.contains("content-length: 17"), "{long:?}");
    let statuses = ["/same", "/none", "/empty"].map(|path| open.get(path, &[]).status);
    assert_eq!((long.status, statuses), (200, [304, 204, 200]));
    for fact in facts(open, "request") {
        assert_eq!((&fact["because"], &fact["answer"]), (&Value::Null, &"allow".into()), "{fact}");
        assert_eq!(fact["answer_bytes"], 0, "{fact}");
    }
}

#[test]
fn what_was_sent_is_in_the_record_of_a_request() {
    let setup = Setup::of(&["ledger.folder = \"audit\""]);
    setup.run(&["ledger", "init", "audit", "--origin", "example.com/sent"]);
    let open = setup.start();
    open.get("/", &[]);
    open.ask("POST", "/", &["Content-Type: text/plain"], "seven b");
    let sent: Vec<_> =
        facts(open, "request").iter().map(|fact| fact["request_bytes"].clone()).collect();
    assert_eq!(sent, [Value::from(0), Value::from(7)]);
}
