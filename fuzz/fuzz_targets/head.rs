//! The framing says the same however bytes arrive, another parser reads the same head, and an admitted
//! head that is written anew is admitted as the same.
#![no_main]

use avouch_guard::admit::framing::{Framing, Limits, Seen};
use avouch_guard::admit::head;
use avouch_guard::admit::path::Allowed;
use libfuzzer_sys::fuzz_target;

const LIMITS: Limits = Limits { head_bytes: 4096, headers: 40, target_bytes: 1024 };

/// How far a reader came, and how it ended.
#[derive(Debug, PartialEq, Eq)]
enum End {
    Waits,
    RefusedHead(&'static str),
    RefusedBody(&'static str),
}

fuzz_target!(|input: (u8, &[u8])| {
    let (step, bytes) = input;
    let whole = read(bytes, usize::MAX);
    let pieces = read(bytes, usize::from(step % 32) + 1);
    assert_eq!(whole, pieces, "it matters how the bytes arrive");
    let mut framing = Framing::new(LIMITS);
    let Seen::Pass(end) = framing.look(bytes) else { return };
    assert!(end > 0 && end <= bytes.len() && end <= LIMITS.head_bytes);
    admitted(&bytes[..end]);
});

/// Reads as a connection does, with so many bytes at a time. Gives how many were passed on.
fn read(bytes: &[u8], step: usize) -> (usize, End) {
    let mut framing = Framing::new(LIMITS);
    let (mut passed, mut arrived) = (0, 0);
    loop {
        match framing.look(&bytes[passed..arrived]) {
            Seen::Pass(count) => {
                assert!(count > 0 && passed + count <= arrived);
                passed += count;
                // As if the wish for another protocol was not granted.
                if framing.is_switching() {
                    framing.switched(false);
                }
            }
            Seen::More if arrived == bytes.len() => return (passed, End::Waits),
            Seen::More => arrived = arrived.saturating_add(step).min(bytes.len()),
            Seen::RefusedHead(refusal) => return (passed, End::RefusedHead(refusal.code)),
            Seen::RefusedBody(refusal) => return (passed, End::RefusedBody(refusal.code)),
        }
    }
}

fn parsed(head: &[u8]) -> Option<http::request::Parts> {
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut request = httparse::Request::new(&mut headers);
    // What passed the framing is a head to a parser that is more lenient.
    let httparse::Status::Complete(length) = request.parse(head).expect("httparse refuses it")
    else {
        panic!("httparse waits for more");
    };
    assert_eq!(length, head.len(), "httparse sees another end");
    let mut built = http::Request::builder().method(request.method?).uri(request.path?);
    for header in request.headers.iter() {
        built = built.header(header.name, header.value);
    }
    Some(built.body(()).ok()?.into_parts().0)
}

fn admitted(head: &[u8]) {
    let Some(parts) = parsed(head) else { return };
    let Ok(first) = head::admit(&parts, &[], Allowed::default()) else { return };
    let mut headers = parts.headers.clone();
    if head::strip(&mut headers).is_err() {
        return;
    }
    for name in headers.keys() {
        let name = name.as_str().replace('_', "-");
        assert!(!name.starts_with(head::OWN_PREFIX), "{name} is ours");
        assert!(!["connection", "te", "upgrade", "transfer-encoding"].contains(&&*name), "{name}");
    }
    let target = match first.query {
        Some(query) => format!("{}?{query}", first.path),
        None => first.path.clone().into_owned(),
    };
    let mut written =
        format!("{} {target} HTTP/1.1\r\nhost: {}\r\n", parts.method, first.host).into_bytes();
    headers.remove("host");
    headers.remove("content-length");
    for (name, value) in &headers {
        written.extend(name.as_str().bytes().chain(*b": ").chain(value.as_bytes().iter().copied()));
        written.extend(b"\r\n");
    }
    written.extend(b"\r\n");
    if written.len() > LIMITS.head_bytes {
        return;
    }
    let seen = Framing::new(LIMITS).look(&written);
    assert_eq!(seen, Seen::Pass(written.len()), "{}", String::from_utf8_lossy(&written));
    let again = parsed(&written).expect("it is no request any more");
    let second = head::admit(&again, &[], Allowed::default()).expect("it is not admitted any more");
    assert_eq!((first.host, first.path, first.query), (second.host, second.path, second.query));
}
