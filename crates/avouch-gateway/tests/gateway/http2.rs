//! Clients that abuse HTTP/2: each costs bounded memory and time, and others are served meanwhile.

use super::frames::{
    ACK, CONTINUATION, Client, DATA, END_HEADERS, END_STREAM, GET, GOAWAY, HEADERS, PING, POST,
    PRIORITY, RST_STREAM, SETTINGS, WINDOW_UPDATE, frame,
};
use super::harness::{Upstream, exchange_within, gateway, statuses};
use super::trouble::saying;
use avouch_gateway::Gateway;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

const SOON: Duration = Duration::from_secs(5);
/// `ENHANCE_YOUR_CALM` (RFC 9113, section 7).
const CALM: u32 = 11;
/// `REFUSED_STREAM`.
const REFUSED: u32 = 7;
/// Memory that an attack may cost, in a process where other tests run too.
const MEMORY_BYTES_MAX: u64 = 96 * 1024 * 1024;

/// A gateway that is quick to lose patience.
fn patient(upstream: SocketAddr) -> Gateway {
    let times = "[timeouts]\nhead_ms = 700\nbody_idle_ms = 500\nanswer_idle_ms = 700";
    gateway(upstream, times, "")
}

/// Others are served, within a moment.
fn serves(gateway: &Gateway) {
    let began = Instant::now();
    let asked = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    // The connection ends behind the answer: a machine that is busy otherwise may be silent before it.
    let answer = exchange_within(gateway.addresses()[0], asked, SOON);
    assert_eq!(statuses(&answer), [200], "{answer}");
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
}

fn memory_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kb = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kb.unwrap_or_default() * 1024
}

/// Runs an attack, and sees that it costs bounded memory and that others are served in it and after it.
fn under(gateway: &Gateway, mut attack: impl FnMut(&mut Client) -> bool, times: usize) -> Client {
    let before = memory_bytes();
    let mut client = Client::new(gateway.addresses()[0], &[]);
    let step = (times / 4).max(1);
    for time in 0..times {
        if !attack(&mut client) {
            break;
        }
        if time % step == step / 2 {
            serves(gateway);
        }
    }
    serves(gateway);
    let grown = memory_bytes().saturating_sub(before);
    assert!(grown < MEMORY_BYTES_MAX, "{grown} bytes more");
    client
}

/// An API that gives every connection an answer, and says how many connections it has.
pub(crate) fn counting(answer: &'static [u8]) -> (SocketAddr, impl Fn() -> usize) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let open = Arc::<AtomicUsize>::default();
    let counted = open.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (mut stream, counted) = (stream.unwrap(), counted.clone());
            counted.fetch_add(1, Ordering::SeqCst);
            std::thread::spawn(move || {
                let _ = stream.read(&mut [0; 1024]);
                let _ = stream.write_all(answer);
                let _ = stream.read(&mut [0; 1024]);
                counted.fetch_sub(1, Ordering::SeqCst);
            });
        }
    });
    (address, move || open.load(Ordering::SeqCst))
}

/// Numbers of streams of a client.
fn streams() -> impl FnMut() -> u32 {
    let mut next = 1;
    move || {
        next += 2;
        next - 2
    }
}

/// A client that asks 200 times at once, and says of each stream the same right behind.
fn under_storm(gateway: &Gateway, kind: u8, value: u32) -> Client {
    let mut next = streams();
    let storm = |client: &mut Client| {
        let mut bytes = Vec::new();
        for _ in 0..200 {
            let stream = next();
            bytes.extend(frame(HEADERS, END_STREAM | END_HEADERS, stream, GET));
            bytes.extend(frame(kind, 0, stream, &value.to_be_bytes()));
        }
        client.send(&bytes)
    };
    under(gateway, storm, 100)
}

fn is_calmed(client: &mut Client) -> bool {
    let frames = client.until_closed(SOON).unwrap_or_default();
    frames.iter().any(|frame| frame.kind == GOAWAY && frame.error() == CALM)
}

#[test]
fn streams_that_are_reset_at_once_end_the_connection() {
    let upstream = Upstream::start();
    let gateway = patient(upstream.address);
    let mut client = under_storm(&gateway, RST_STREAM, 8);
    assert!(is_calmed(&mut client));
    // Of 20,000 the API saw hardly any; the rest are the others that were served.
    assert!(upstream.seen().len() < 400, "{}", upstream.seen().len());
}

#[test]
fn streams_that_we_are_made_to_reset_end_the_connection() {
    let upstream = Upstream::start();
    let gateway = patient(upstream.address);
    // A window that is opened by nothing is an error of the stream, which we must reset.
    let mut client = under_storm(&gateway, WINDOW_UPDATE, 0);
    assert!(client.until_closed(SOON).is_some(), "the connection goes on");
    assert!(upstream.seen().len() < 400, "{}", upstream.seen().len());
}

#[test]
fn a_head_that_is_continued_for_ever_ends_the_connection() {
    let upstream = Upstream::start();
    let gateway = patient(upstream.address);
    for piece in [0, 1, 16_000] {
        let mut begun = false;
        let mut client = under(
            &gateway,
            |client| {
                let mut bytes = Vec::new();
                if !std::mem::replace(&mut begun, true) {
                    bytes.extend(frame(HEADERS, END_STREAM, 1, GET));
                }
                // A field that is not remembered, over and over; or nothing at all.
                let fields = [0x00, 1, b'x', 1, b'y'].repeat(piece / 5 + usize::from(piece > 0));
                for _ in 0..20 {
                    bytes.extend(frame(CONTINUATION, 0, 1, &fields));
                }
                client.send(&bytes)
            },
            400,
        );
        assert!(client.until_closed(SOON).is_some(), "pieces of {piece}: the connection goes on");
    }
    assert!(upstream.seen().iter().all(|seen| !seen.contains("x: y")), "a head was forwarded");
}

#[test]
fn a_head_that_unpacks_to_very_much_is_refused() {
    let upstream = Upstream::start();
    let gateway = patient(upstream.address);
    // One field of 4,000 bytes that is remembered, and then named again and again by one byte.
    let mut block = GET.to_vec();
    block.extend([0x40, 1, b'x', 0x7f, 0xa1, 0x1e]);
    block.extend([b'y'; 4000]);
    block.extend([0xbe; 10_000]);
    let mut next = streams();
    let mut client = under(
        &gateway,
        |client| client.send(&frame(HEADERS, END_STREAM | END_HEADERS, next(), &block)),
        40,
    );
    let refused = client.find(SOON, |frame| {
        // 431, or a reset.
        frame.kind == RST_STREAM || frame.kind == GOAWAY || frame.kind == HEADERS
    });
    assert!(refused.is_some());
    assert!(upstream.seen().iter().all(|seen| !seen.contains("yyy")), "it was forwarded");
}

#[test]
fn more_streams_than_allowed_are_refused() {
    let gateway = patient(saying(b"", true));
    let mut client = Client::new(gateway.addresses()[0], &[]);
    let mut next = streams();
    let opened: Vec<u8> =
        (0..150).flat_map(|_| frame(HEADERS, END_STREAM | END_HEADERS, next(), GET)).collect();
    assert!(client.send(&opened));
    let refused = client.find(SOON, |frame| frame.kind == RST_STREAM && frame.error() == REFUSED);
    assert!(refused.is_some());
}

#[test]
fn floods_of_small_frames_stop_nobody() {
    let upstream = Upstream::start();
    let gateway = patient(upstream.address);
    let floods: [(&str, Vec<u8>); 5] = [
        ("ping", frame(PING, 0, 0, &[0; 8])),
        ("settings", frame(SETTINGS, 0, 0, &[0, 4, 0, 0, 255, 255])),
        ("priority", frame(PRIORITY, 0, 101, &[0, 0, 0, 3, 1])),
        ("window", frame(WINDOW_UPDATE, 0, 0, &1_u32.to_be_bytes())),
        ("unknown", frame(0xfa, 0, 0, &[0; 64])),
    ];
    for (name, flood) in floods {
        let bytes = flood.repeat(500);
        // Nothing of what comes back is read.
        let client = under(&gateway, |client| client.send(&bytes), 400);
        drop(client);
        let closed = (0..60).any(|_| {
            std::thread::sleep(Duration::from_millis(50));
            gateway.connections() == 0
        });
        assert!(closed, "{name}: the connection is still there");
    }
}

#[test]
fn empty_pieces_of_a_body_are_no_progress() {
    let upstream = Upstream::start();
    let gateway = patient(upstream.address);
    let mut begun = false;
    let mut client = under(
        &gateway,
        |client| {
            if !std::mem::replace(&mut begun, true) {
                client.send(&frame(HEADERS, END_HEADERS, 1, POST));
            }
            client.send(&frame(DATA, 0, 1, &[]).repeat(500))
        },
        200,
    );
    let ended = client.find(SOON, |frame| matches!(frame.kind, RST_STREAM | GOAWAY | HEADERS));
    assert!(ended.is_some(), "it goes on for ever");
}

#[test]
fn who_lets_nothing_through_is_not_waited_for() {
    let large: &'static [u8] = Box::leak(
        [b"HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n".as_slice(), &vec![b'x'; 300_000]]
            .concat()
            .into_boxed_slice(),
    );
    let (address, open) = counting(large);
    let gateway = patient(address);
    // SETTINGS_INITIAL_WINDOW_SIZE is 0, and stays so; pings are answered.
    let mut client = Client::new(gateway.addresses()[0], &[(4, 0)]);
    let mut next = streams();
    for _ in 0..20 {
        assert!(client.send(&frame(HEADERS, END_STREAM | END_HEADERS, next(), GET)));
    }
    let heads = (0..20).filter(|_| client.find(SOON, |frame| frame.kind == HEADERS).is_some());
    assert_eq!(heads.count(), 20);
    let began = Instant::now();
    while open() > 0 && began.elapsed() < SOON {
        let at_once = Duration::from_millis(50);
        if let Some(ping) = client.find(at_once, |frame| frame.kind == PING && frame.flags == 0) {
            client.send(&frame(PING, ACK, 0, &ping.payload));
        }
    }
    assert_eq!(open(), 0, "connections to the API are held by a client that reads nothing");
    serves(&patient(Upstream::start().address));
}

#[test]
fn a_connection_without_a_request_is_not_kept() {
    let upstream = Upstream::start();
    let gateway = patient(upstream.address);
    let beginnings: [(&str, Vec<u8>); 3] = [
        ("nothing", Vec::new()),
        ("a head without an end", frame(HEADERS, END_STREAM, 1, GET)),
        ("half a frame", frame(HEADERS, END_STREAM | END_HEADERS, 1, GET)[..11].to_vec()),
    ];
    for (name, bytes) in beginnings {
        let mut client = Client::new(gateway.addresses()[0], &[]);
        assert!(client.send(&bytes));
        let began = Instant::now();
        let mut open = true;
        while open && began.elapsed() < SOON {
            match client.next(Duration::from_millis(300)) {
                Some(ping) if ping.kind == PING && ping.flags == 0 => {
                    client.send(&frame(PING, ACK, 0, &ping.payload));
                }
                Some(_) => (),
                None => open = gateway.connections() > 0,
            }
        }
        assert!(!open, "{name}: the connection is kept");
    }
}

#[test]
fn a_body_that_does_not_come_is_not_waited_for() {
    let upstream = Upstream::start();
    let gateway = patient(upstream.address);
    let mut client = Client::new(gateway.addresses()[0], &[]);
    assert!(client.send(&frame(HEADERS, END_HEADERS, 1, POST)));
    let began = Instant::now();
    let ended = client.find(SOON, |frame| matches!(frame.kind, RST_STREAM | HEADERS));
    assert!(ended.is_some() && began.elapsed() < Duration::from_secs(3), "{ended:?}");
}

#[test]
fn windows_that_are_too_large_or_shrink_are_errors_and_no_more() {
    let upstream = Upstream::start();
    let gateway = patient(upstream.address);
    for bytes in [
        frame(WINDOW_UPDATE, 0, 0, &0x7fff_ffff_u32.to_be_bytes()),
        frame(SETTINGS, 0, 0, &[0, 4, 0xff, 0xff, 0xff, 0xff]),
        frame(SETTINGS, 0, 0, &[0, 5, 0, 0, 0, 1]),
        frame(WINDOW_UPDATE, 0, 0, &[0; 3]),
        frame(DATA, END_STREAM, 0, &[0; 3]),
        frame(HEADERS, END_STREAM | END_HEADERS, 2, GET),
    ] {
        let mut client = Client::new(gateway.addresses()[0], &[]);
        assert!(client.send(&bytes));
        let farewell = client.find(SOON, |frame| frame.kind == GOAWAY);
        assert!(farewell.is_some_and(|frame| frame.error() != 0), "{bytes:?}");
    }
    // Up and down again, while an answer is on its way.
    let mut client = Client::new(gateway.addresses()[0], &[]);
    let changes: Vec<u8> = [0_u32, 0xffff, 1, 0x7fff_ffff, 0, 0xffff]
        .iter()
        .flat_map(|size| frame(SETTINGS, 0, 0, &[&[0, 4][..], &size.to_be_bytes()].concat()))
        .collect();
    client.send(&frame(HEADERS, END_STREAM | END_HEADERS, 1, GET));
    client.send(&changes);
    let data = client.find(SOON, |frame| frame.kind == DATA && frame.stream == 1);
    assert!(data.is_some_and(|data| data.payload.starts_with(b"answer")));
    serves(&gateway);
}
