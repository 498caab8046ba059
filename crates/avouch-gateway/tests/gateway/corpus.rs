//! Ways to frame a request that parsers read in different ways. What becomes of each here is said; what
//! others make of them is found out by asking them.

/// One way.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) bytes: String,
    /// The statuses of the answers, in order.
    pub(crate) answers: &'static [u16],
    /// How many requests reach the API.
    pub(crate) forwarded: usize,
}

fn case(name: &'static str, bytes: impl Into<String>, answers: &'static [u16]) -> Case {
    let forwarded = answers.iter().filter(|status| **status == 200).count();
    Case { name, bytes: bytes.into(), answers, forwarded }
}

fn get(headers: &str) -> String {
    format!("GET / HTTP/1.1\r\nHost: a\r\n{headers}\r\n")
}

fn post(headers: &str, body: &str) -> String {
    format!("POST / HTTP/1.1\r\nHost: a\r\n{headers}\r\n{body}")
}

fn target(target: &str) -> String {
    format!("GET {target} HTTP/1.1\r\nHost: a\r\n\r\n")
}

fn chunked(chunks: &str) -> String {
    post("Transfer-Encoding: chunked\r\n", chunks)
}

/// A request that a smuggler would have appear behind another.
const HIDDEN: &str = "GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n";

/// All of them.
pub(crate) fn cases() -> Vec<Case> {
    [plain(), lengths(), codings(), lines(), hosts(), targets(), first_lines(), sizes(), chunks()]
        .into_iter()
        .flatten()
        .collect()
}

fn plain() -> Vec<Case> {
    vec![
        case("plain", get(""), &[200]),
        case("two in a row", format!("{}{}", get(""), get("")), &[200, 200]),
        case("a body", post("Content-Length: 3\r\n", "abc"), &[200]),
        case(
            "a body and another request",
            format!("{}{}", post("Content-Length: 3\r\n", "abc"), get("")),
            &[200, 200],
        ),
        case("chunks", chunked("3\r\nabc\r\n0\r\n\r\n"), &[200]),
        case(
            "chunks and another request",
            format!("{}{}", chunked("3\r\nabc\r\n0\r\n\r\n"), get("")),
            &[200, 200],
        ),
        case("absolute target, same host", "GET http://a/x HTTP/1.1\r\nHost: a\r\n\r\n", &[200]),
    ]
}

fn lengths() -> Vec<Case> {
    vec![
        case(
            "length and coding",
            post(
                "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
                &format!("0\r\n\r\n{HIDDEN}"),
            ),
            &[400],
        ),
        case(
            "coding and length",
            post(
                "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n",
                &format!("0\r\n\r\n{HIDDEN}"),
            ),
            &[400],
        ),
        case("length list", post("Content-Length: 3, 3\r\n", "abc"), &[400]),
        case(
            "length twice, alike",
            post("Content-Length: 3\r\nContent-Length: 3\r\n", "abc"),
            &[400],
        ),
        case(
            "length twice, unlike",
            post("Content-Length: 0\r\nContent-Length: 36\r\n", HIDDEN),
            &[400],
        ),
        case("length with a sign", post("Content-Length: +3\r\n", "abc"), &[400]),
        case("length negative", post("Content-Length: -3\r\n", "abc"), &[400]),
        case("length hexadecimal", post("Content-Length: 0x3\r\n", "abc"), &[400]),
        case("length with a space inside", post("Content-Length: 3 3\r\n", "abc"), &[400]),
        case("length too great", post("Content-Length: 99999999999999999999\r\n", "abc"), &[400]),
        case("length empty", post("Content-Length:\r\n", "abc"), &[400]),
    ]
}

fn codings() -> Vec<Case> {
    vec![
        case("coding of two", post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"), &[501]),
        case(
            "coding twice",
            post("Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
            &[501],
        ),
        case(
            "coding chunked twice",
            post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
            &[501],
        ),
        case("coding folded", post("Transfer-Encoding:\r\n chunked\r\n", "0\r\n\r\n"), &[501]),
        case("coding unknown", post("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"), &[501]),
        case("coding identity", post("Transfer-Encoding: identity\r\n", ""), &[501]),
        case(
            "coding with a control byte",
            post("Transfer-Encoding: \u{b}chunked\r\n", "0\r\n\r\n"),
            &[400],
        ),
        case(
            "coding with a space before the colon",
            post("Transfer-Encoding : chunked\r\n", "0\r\n\r\n"),
            &[400],
        ),
        case(
            "coding in HTTP/1.0",
            "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            &[400],
        ),
    ]
}

fn lines() -> Vec<Case> {
    vec![
        case("bare line feed in a header", get("X: a\nY: b\r\n"), &[400]),
        case("bare line feeds", "GET / HTTP/1.1\nHost: a\n\n", &[400]),
        case("bare line feed at the end", "GET / HTTP/1.1\r\nHost: a\r\n\n", &[400]),
        case("bare carriage return", get("X: a\rY: b\r\n"), &[400]),
        case("folded header", get("X: a\r\n b\r\n"), &[400]),
        case("space before the first header", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", &[400]),
        case("zero byte in a header", get("X: a\0b\r\n"), &[400]),
        case("zero byte in a name", get("X\0: a\r\n"), &[400]),
        case("header without a colon", get("X\r\n"), &[400]),
        case("header without a name", get(": a\r\n"), &[400]),
    ]
}

fn hosts() -> Vec<Case> {
    vec![
        case("no host", "GET / HTTP/1.1\r\n\r\n", &[400]),
        case("no host in HTTP/1.0", "GET / HTTP/1.0\r\n\r\n", &[400]),
        case("two hosts", get("Host: b\r\n"), &[400]),
        case("host with a path", "GET / HTTP/1.1\r\nHost: a/evil x\r\n\r\n", &[400]),
        case("host with a user", "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n", &[400]),
        case("absolute target, other host", "GET http://b/x HTTP/1.1\r\nHost: a\r\n\r\n", &[400]),
    ]
}

fn targets() -> Vec<Case> {
    vec![
        case("target with a zero byte", target("/a%00b"), &[400]),
        case("target with a fragment", target("/a#/admin"), &[400]),
        case("target with a dot segment", target("/a/../admin"), &[400]),
        case("target with an escaped dot segment", target("/a/%2e%2e/admin"), &[400]),
        case("target with a parameter", target("/a/..;/admin"), &[400]),
        case("target with two slashes", target("//admin"), &[400]),
        case("target with an escaped slash", target("/a%2fadmin"), &[400]),
        case("target with an escaped backslash", target("/a%5cadmin"), &[400]),
        case("target with a backslash", target("/a\\admin"), &[400]),
        case("target escaped twice", target("/a%252e%252e/admin"), &[400]),
        case("target with a byte above 127", target("/\u{e4}"), &[400]),
        case("target without a slash", target("admin"), &[400]),
    ]
}

fn first_lines() -> Vec<Case> {
    vec![
        case("first line with two spaces", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", &[400]),
        case("first line with a tab", "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n", &[400]),
        case("first line without a version", "GET /\r\nHost: a\r\n\r\n", &[400]),
        case("empty line before", format!("\r\n{}", get("")), &[400]),
        case("version 1.2", "GET / HTTP/1.2\r\nHost: a\r\n\r\n", &[505]),
        case("version 9.9", "GET / HTTP/9.9\r\nHost: a\r\n\r\n", &[505]),
        case("method in small letters", "get / HTTP/1.1\r\nHost: a\r\n\r\n", &[400]),
        case("TRACE", "TRACE / HTTP/1.1\r\nHost: a\r\n\r\n", &[405]),
        case("CONNECT", "CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n", &[400]),
    ]
}

fn sizes() -> Vec<Case> {
    vec![
        case("expectation unknown", post("Expect: 200-maybe\r\nContent-Length: 0\r\n", ""), &[417]),
        case("long header", get(&format!("X: {}\r\n", "x".repeat(100_000))), &[431]),
        case("many headers", get(&"X: 1\r\n".repeat(200)), &[431]),
        case("long target", target(&format!("/{}", "x".repeat(9_000))), &[414]),
    ]
}

fn chunks() -> Vec<Case> {
    vec![
        case("chunk size with a prefix", chunked("0x1\r\na\r\n0\r\n\r\n"), &[400]),
        case("chunk size with a sign", chunked("+1\r\na\r\n0\r\n\r\n"), &[400]),
        case("chunk size with an underscore", chunked("0_1\r\na\r\n0\r\n\r\n"), &[400]),
        case("chunk size too great", chunked("fffffffffffffffff\r\na\r\n"), &[400]),
        case("chunk longer than said", chunked("1\r\nab\r\n0\r\n\r\n"), &[400]),
        case("chunk with a bare line feed", chunked("1\na\r\n0\r\n\r\n"), &[400]),
        case("chunk extension with a bare line feed", chunked("1;a\n\r\na\r\n0\r\n\r\n"), &[400]),
        case(
            "trailer with a length",
            chunked(&format!("0\r\nContent-Length: 5\r\n\r\n{HIDDEN}")),
            &[400],
        ),
        case(
            "connection lists authorization",
            get("Connection: close, Authorization\r\nAuthorization: x\r\n"),
            &[400],
        ),
        case("something that is no HTTP", "\u{16}\u{3}\u{1}\u{2}\0", &[400]),
        case(
            "a request behind one that is refused",
            format!("GET / HTTP/1.1\r\n\r\n{HIDDEN}"),
            &[400],
        ),
    ]
}
