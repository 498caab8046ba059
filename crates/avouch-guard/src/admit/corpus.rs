//! Ways to frame a request, and what becomes of each. The same cases run over sockets in the tests of
//! the gateway.

use super::framing::{Framing, Limits, Seen};

const LIMITS: Limits = Limits { head_bytes: 4096, headers: 20, target_bytes: 1024 };

/// What passes of the bytes, fed in pieces of a size, and the code of the refusal.
fn fed(bytes: &[u8], piece: usize) -> (Vec<u8>, &'static str) {
    let mut framing = Framing::new(LIMITS);
    let (mut passed, mut held) = (Vec::new(), Vec::new());
    for arrived in bytes.chunks(piece) {
        held.extend_from_slice(arrived);
        loop {
            match framing.look(&held) {
                Seen::Pass(count) => passed.extend(held.drain(..count)),
                Seen::More => break,
                Seen::RefusedHead(no) | Seen::RefusedBody(no) => return (passed, no.code),
            }
        }
    }
    (passed, if held.is_empty() { "" } else { "unfinished" })
}

#[track_caller]
fn refused(bytes: &str, code: &str) {
    for piece in [1, 7, 4096] {
        let (passed, said) = fed(bytes.as_bytes(), piece);
        assert_eq!(said, code, "{bytes:?} in pieces of {piece}, passed {passed:?}");
    }
}

#[track_caller]
fn passes(bytes: &str) {
    for piece in [1, 7, 4096] {
        assert_eq!(fed(bytes.as_bytes(), piece), (bytes.as_bytes().to_vec(), ""), "{bytes:?}");
    }
}

#[test]
fn what_can_be_read_in_one_way_passes() {
    passes("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    passes("GET /?a=b HTTP/1.0\r\nHost: a\r\n\r\n");
    passes("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n");
    passes("GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n");
    passes(
        "GET / HTTP/1.1\r\nHost:a\r\nX-A:\t b \r\nX-Empty:\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
    );
    passes(
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabcGET / HTTP/1.1\r\nHost: a\r\n\r\n",
    );
    passes(
        "POST / HTTP/1.1\r\nHost: a\r\ntransfer-encoding: Chunked\r\n\r\n3\r\nabc\r\n0a\r\n0123456789\r\n0\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
    );
    passes("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX-Sum: 1\r\n\r\n");
    passes("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 0\r\n\r\n");
    passes("GET / HTTP/1.1\r\nHost: a\r\nX: caf\u{e9}\r\n\r\n");
}

#[test]
fn what_two_parsers_may_read_in_two_ways_is_refused() {
    let post = |headers: &str| format!("POST / HTTP/1.1\r\nHost: a\r\n{headers}\r\n");
    refused(&post("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n"), "framing-ambiguous");
    refused(&post("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n"), "framing-ambiguous");
    refused(&post("Content-Length: 3\r\nContent-Length: 3\r\n"), "length-twice");
    for length in ["3, 3", "+3", "-1", "0x3", "3 3", "", "3;", "1234567890123456789", "٣"] {
        refused(&post(&format!("Content-Length: {length}\r\n")), "length-malformed");
    }
    for coding in [
        "gzip, chunked",
        "identity",
        "chunked, chunked",
        "xchunked",
        "\"chunked\"",
        "",
        "chunked;a=b",
    ] {
        refused(&post(&format!("Transfer-Encoding: {coding}\r\n")), "transfer-coding-unknown");
    }
    refused(
        &post("Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n"),
        "transfer-coding-unknown",
    );
    refused(
        &post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"),
        "transfer-coding-unknown",
    );
    refused(&post("Transfer-Encoding:\r\n chunked\r\n"), "transfer-coding-unknown");
    refused(
        "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
        "framing-ambiguous",
    );
}

#[test]
fn a_header_is_one_line_that_is_plain() {
    for (headers, code) in [
        ("X: a\r\n b\r\n", "header-malformed"),
        ("X: a\r\n\tb\r\n", "header-malformed"),
        ("X : a\r\n", "header-malformed"),
        ("X\t: a\r\n", "header-malformed"),
        (" X: a\r\n", "header-malformed"),
        ("X\r\n", "header-malformed"),
        (": a\r\n", "header-malformed"),
        ("X(: a\r\n", "header-malformed"),
        ("X: a\0b\r\n", "control-byte"),
        ("X: a\rb\r\n", "control-byte"),
        ("X: a\u{7f}\r\n", "control-byte"),
        ("X\0: a\r\n", "control-byte"),
        ("X: a\nY: b\r\n", "control-byte"),
        ("Expect: 200-maybe\r\n", "expectation-unknown"),
        ("Host: b\r\n", "host-count"),
    ] {
        let code =
            if headers.contains('\n') && headers.contains("a\nY") { "line-end-bare" } else { code };
        refused(&format!("GET / HTTP/1.1\r\nHost: a\r\n{headers}\r\n"), code);
    }
    refused("GET / HTTP/1.1\r\n\r\n", "host-count");
    refused("GET / HTTP/1.1\nHost: a\n\n", "line-end-bare");
    refused("GET / HTTP/1.1\r\nHost: a\n\r\n", "line-end-bare");
    refused("GET / HTTP/1.1\r\nHost: a\r\n\n", "line-end-bare");
}

#[test]
fn a_first_line_is_method_target_version() {
    for line in [
        "GET  / HTTP/1.1",
        "GET /  HTTP/1.1",
        "GET / HTTP/1.1 ",
        "GET /",
        "GET",
        "G\u{e9}T / HTTP/1.1",
        "GET\t/ HTTP/1.1",
        "GET / HTTTP/1.1",
        "GET / http/1.1",
        "GET / x HTTP/1.1",
        "GE(T / HTTP/1.1",
    ] {
        refused(&format!("{line}\r\nHost: a\r\n\r\n"), "request-line-malformed");
    }
    for line in ["\r\nGET / HTTP/1.1", " GET / HTTP/1.1", "\0", "\u{16}\u{3}\u{1}"] {
        refused(&format!("{line}\r\nHost: a\r\n\r\n"), "request-line-malformed");
    }
    for version in ["HTTP/1.2", "HTTP/2.0", "HTTP/0.9", "HTTP/1.1.1", "HTTP/11"] {
        refused(&format!("GET / {version}\r\nHost: a\r\n\r\n"), "version-unknown");
    }
    for target in ["a", "/a#b", "ftp://a/", "/\u{e9}", "?a", "a:80", "/\u{7f}"] {
        let code = if target.contains('\u{7f}') { "control-byte" } else { "target-malformed" };
        refused(&format!("GET {target} HTTP/1.1\r\nHost: a\r\n\r\n"), code);
    }
}

#[test]
fn a_chunk_is_a_plain_number_and_its_bytes() {
    for chunks in [
        "0x1\r\na\r\n",
        "+1\r\na\r\n",
        "0_1\r\na\r\n",
        "1 \r\na\r\n",
        " 1\r\na\r\n",
        "\r\n",
        "g\r\n",
        "1;a=b\r\na\r\n",
        "fffffffff\r\n",
        "1\na\r\n",
        "-1\r\n",
        "1\r\nab\r\n",
        "1\r\na\n",
        "1\r\na\rX",
        "1;\n",
        "3\r\nab\r\n0\r\n\r\n",
    ] {
        refused(
            &format!("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}"),
            "chunk-malformed",
        );
    }
    for trailer in [
        "Content-Length: 1\r\n\r\n",
        "Host: b\r\n\r\n",
        " a\r\n\r\n",
        "a\r\n\r\n",
        "X: 1\n\r\n",
        "X: a\u{5}b\r\n\r\n",
        "X: 1\r\r\n\r\n",
    ] {
        refused(
            &format!(
                "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n{trailer}"
            ),
            "trailer-malformed",
        );
    }
}

#[test]
fn what_is_too_large_is_refused() {
    let long = "x".repeat(5000);
    refused(&format!("GET /{long} HTTP/1.1\r\n"), "head-too-large");
    refused(&format!("GET /{} HTTP/1.1\r\nHost: a\r\n\r\n", "x".repeat(1025)), "target-too-long");
    refused(&format!("GET / HTTP/1.1\r\nHost: a\r\nX: {long}\r\n\r\n"), "head-too-large");
    let many = "X: 1\r\n".repeat(21);
    refused(&format!("GET / HTTP/1.1\r\nHost: a\r\n{many}\r\n"), "too-many-headers");
}

#[test]
fn nothing_passes_after_an_upgrade_before_somebody_says_how_it_goes_on() {
    let head =
        b"GET /live HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
    let mut framing = Framing::new(LIMITS);
    assert_eq!(framing.look(head), Seen::Pass(head.len()));
    assert!(framing.is_switching());
    assert_eq!(framing.look(b"\x81\x85abc"), Seen::More);
    let mut refused = framing.clone();
    framing.switched(true);
    assert_eq!(framing.look(b"\x81\x85abc"), Seen::Pass(5));
    refused.switched(false);
    assert!(matches!(refused.look(b"\x81\x85abc"), Seen::RefusedHead(_)));
}

proptest::proptest! {
    #[test]
    fn how_bytes_arrive_changes_nothing(
        bytes in proptest::collection::vec(proptest::sample::select(b"GET /PTHost:1.\r\n 03abContent-LengthTransfer-Encoding: chunked\0".to_vec()), 0..200),
        piece in 1_usize..50,
    ) {
        let whole = fed(&bytes, 4096);
        let pieces = fed(&bytes, piece);
        if whole.1 != "unfinished" && pieces.1 != "unfinished" {
            proptest::prop_assert_eq!(whole, pieces);
        }
    }
}
