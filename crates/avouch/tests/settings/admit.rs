//! `[guard.admit]` and `[guard.contain]`: what is not taken at all.

use crate::gate::{Gate, Setup, differ};

shown! {
    hosts: "guard.admit.hosts",
    semicolon: "guard.admit.path.semicolon",
    encoded_slash: "guard.admit.path.encoded_slash",
    double_slash: "guard.admit.path.double_slash",
    head_bytes_max: "guard.admit.head_bytes_max",
    headers_max: "guard.admit.headers_max",
    target_bytes_max: "guard.admit.target_bytes_max",
    body_bytes_max: "guard.admit.body_bytes_max",
    trusted_proxies: "guard.admit.trusted_proxies",
    blocks: "guard.contain.file",
}

fn hosts() {
    differ(
        &[],
        (&["guard.admit.hosts = [\"api.example\"]"], (200, 421)),
        (&["guard.admit.hosts = [\"other.example\"]"], (421, 200)),
        |gate| {
            let status = |host: &str| gate.get("/", &[host]).status;
            (status("Host: api.example"), status("Host: other.example"))
        },
    );
}

/// A path that some read otherwise passes only where the key lets it.
fn path(key: &str, target: &'static str) {
    let line = |allowed: bool| format!("guard.admit.path.{key} = {allowed}");
    let (yes, no) = (line(true), line(false));
    differ(&[], (&[&yes], (200, 1)), (&[&no], (400, 0)), |gate| {
        (gate.get(target, &[]).status, gate.upstream().seen().len())
    });
}

fn semicolon() {
    path("semicolon", "/a;b=1/c");
}

fn encoded_slash() {
    path("encoded_slash", "/a%2Fb");
}

fn double_slash() {
    path("double_slash", "/a//b");
}

/// Whether a request passes, and whether it reached the API.
fn passes(gate: &Gate, target: &str, headers: &[&str]) -> (bool, usize) {
    let passes = gate.get(target, headers).status == 200;
    (passes, gate.upstream().seen().len())
}

fn head_bytes_max() {
    let long = format!("X-Long: {}", "x".repeat(3_000));
    differ(
        &[],
        (&["guard.admit.head_bytes_max = 2000"], (false, 0)),
        (&["guard.admit.head_bytes_max = 4000"], (true, 1)),
        |gate| passes(gate, "/", &[&long]),
    );
}

fn headers_max() {
    let headers: Vec<String> = (0..30).map(|number| format!("X-{number}: 1")).collect();
    let headers: Vec<&str> = headers.iter().map(String::as_str).collect();
    differ(
        &[],
        (&["guard.admit.headers_max = 20"], (false, 0)),
        (&["guard.admit.headers_max = 40"], (true, 1)),
        |gate| passes(gate, "/", &headers),
    );
}

fn target_bytes_max() {
    let target = format!("/{}", "a".repeat(300));
    differ(
        &[],
        (&["guard.admit.target_bytes_max = 200"], (false, 0)),
        (&["guard.admit.target_bytes_max = 400"], (true, 1)),
        |gate| passes(gate, &target, &[]),
    );
}

fn body_bytes_max() {
    differ(
        &[],
        (&["guard.admit.body_bytes_max = 10"], 413),
        (&["guard.admit.body_bytes_max = 20"], 200),
        |gate| gate.ask("POST", "/", &[], "0123456789abcde").status,
    );
}

/// Only who is trusted says for whom a request is.
fn trusted_proxies() {
    differ(
        &[],
        (&["guard.admit.trusted_proxies = [\"127.0.0.0/8\"]"], true),
        (&["guard.admit.trusted_proxies = [\"10.0.0.0/8\"]"], false),
        |gate| {
            gate.get("/", &["X-Forwarded-For: 203.0.113.9"]);
            gate.upstream().last().contains("x-forwarded-for: 203.0.113.9\r\n")
        },
    );
}

fn blocks() {
    let block = "[[block]]\ntarget = \"address\"\nvalue = \"127.0.0.1\"\n";
    let status =
        |lines: &[&str]| Setup::of(lines).file("blocks.toml", block).start().get("/", &[]).status;
    assert_eq!(status(&["guard.contain.file = \"blocks.toml\""]), 403);
    assert_eq!(status(&[]), 200);
}
