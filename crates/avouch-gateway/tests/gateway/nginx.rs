//! The same bytes to nginx and to us; and nginx as the API that our bytes go to.

use super::corpus::cases;
use super::harness::{Upstream, exchange, gateway, statuses};
use std::collections::HashSet;
use std::fmt::Write as _;
use std::net::{SocketAddr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// nginx in a folder of its own: one server before an API, one that answers by itself. It writes down
/// each request that it reads from us.
struct Nginx {
    child: Child,
    folder: tempfile::TempDir,
    before: SocketAddr,
    behind: SocketAddr,
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

impl Nginx {
    fn start(upstream: SocketAddr) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (before, behind) = (free(), free());
        let paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|one| format!("{one}_temp_path {one};\n"))
            .concat();
        let text = format!(
            "daemon off; master_process off; pid pid; error_log error;\n\
             events {{ worker_connections 1024; }}\n\
             http {{\n{paths}\
             log_format one '$status \"$http_x_request_id\" $request_method $uri';\n\
             access_log off; keepalive_requests 1000000;\n\
             server {{ listen {before}; location / {{ proxy_pass http://{upstream}; proxy_http_version 1.1; }} }}\n\
             server {{ listen {behind}; access_log log one; location / {{ return 200 nginx; }} }}\n\
             }}\n"
        );
        std::fs::write(folder.path().join("nginx.conf"), text).unwrap();
        let child = Command::new("nginx")
            .env("PATH", "/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin:/bin")
            .arg("-p")
            .arg(folder.path())
            .args(["-e", "error", "-c", "nginx.conf"])
            .stdin(Stdio::null())
            .spawn()
            .expect("this test needs nginx");
        let nginx = Self { child, folder, before, behind };
        for _ in 0..100 {
            if nginx.folder.path().join("pid").metadata().is_ok_and(|file| file.len() > 0) {
                return nginx;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("nginx does not start");
    }

    /// The requests that came from us, as it read them.
    fn log(&self) -> Vec<String> {
        let text = std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }
}

/// What is wrong with the requests that nginx read from us: one that we did not number was smuggled past
/// us, and one that nginx finds malformed should have been found so by us.
fn smuggled(log: &[String]) -> Vec<&String> {
    let mut numbers = HashSet::new();
    log.iter()
        .filter(|line| {
            let number = line.split('"').nth(1).unwrap_or_default();
            !line.starts_with("200 ") || number.len() != 26 || !numbers.insert(number.to_owned())
        })
        .collect()
}

#[test]
#[ignore = "needs nginx; `cargo xtask test --only nginx` runs it"]
fn what_nginx_refuses_is_not_forwarded() {
    let (theirs, ours) = (Upstream::start(), Upstream::start());
    let nginx = Nginx::start(theirs.address);
    let (before, behind) = (gateway(ours.address, "", ""), gateway(nginx.behind, "", ""));
    let (mut table, mut wrong) = (String::new(), Vec::new());
    for case in cases() {
        let seen = theirs.seen().len();
        let said = statuses(&exchange(nginx.before, case.bytes.as_bytes()));
        let forwarded = theirs.seen().len() - seen;
        let us = statuses(&exchange(before.addresses()[0], case.bytes.as_bytes()));
        exchange(behind.addresses()[0], case.bytes.as_bytes());
        let _ = writeln!(
            table,
            "{:<42} nginx {said:?} forwarded {forwarded}; we {us:?} forwarded {}",
            case.name, case.forwarded
        );
        let refuses = said.first().is_none_or(|status| *status >= 400);
        if refuses && us.contains(&200) {
            wrong.push(case.name);
        }
        if case.forwarded > forwarded {
            wrong.push(case.name);
        }
    }
    println!("{table}");
    assert!(wrong.is_empty(), "nginx refuses what we forward: {wrong:?}");
    let log = nginx.log();
    assert!(log.len() >= 10, "{log:?}");
    assert!(smuggled(&log).is_empty(), "{:#?}", smuggled(&log));
}

/// Requests that were made up.
const MUTATIONS: u64 = 4_000;
/// Threads that send them.
const SENDERS: u64 = 32;
/// What is put somewhere into a request.
const PIECES: [&str; 28] = [
    "\r\n",
    "\n",
    "\r",
    " ",
    "\t",
    ":",
    ",",
    ";",
    "\0",
    "\u{b}",
    "\r\n\r\n",
    "0\r\n\r\n",
    "3\r\nabc\r\n",
    "Content-Length: 5\r\n",
    "Content-Length: 0\r\n",
    "Transfer-Encoding: chunked\r\n",
    "Transfer-Encoding: identity\r\n",
    "Host: b\r\n",
    "Connection: close\r\n",
    "Expect: 100-continue\r\n",
    "Connection: Transfer-Encoding\r\n",
    "Connection: Content-Length, Host\r\n",
    "X: y\r\n z\r\n",
    "GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n",
    "Upgrade: websocket\r\nConnection: upgrade\r\n",
    "HTTP/1.0",
    "TE: trailers\r\n",
    "Trailer: Content-Length\r\n",
];

/// Draws numbers (Marsaglia's xorshift).
struct Draw(u64);

impl Draw {
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % most.max(1) as u64).unwrap()
    }
}

/// Changes a request in one of the ways in which parsers come to disagree.
fn mutate(bytes: &mut Vec<u8>, draw: &mut Draw) {
    let at = draw.below(bytes.len() + 1);
    match draw.below(7) {
        0 if at < bytes.len() => drop(bytes.remove(at)),
        1 if at < bytes.len() => bytes[at] = u8::try_from(draw.below(256)).unwrap(),
        2 if at < bytes.len() => bytes[at] ^= 0x20,
        3 => {
            // A line twice, elsewhere.
            let lines: Vec<Vec<u8>> =
                bytes.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
            if let Some(line) = lines.get(draw.below(lines.len())) {
                bytes.splice(at..at, line.iter().copied());
            }
        }
        4 => {
            // A piece at the beginning of a line.
            let ends: Vec<usize> =
                (0..bytes.len()).filter(|at| bytes[*at] == b'\n').map(|at| at + 1).collect();
            let at = ends.get(draw.below(ends.len())).copied().unwrap_or(0);
            bytes.splice(at..at, PIECES[draw.below(PIECES.len())].bytes());
        }
        _ => drop(bytes.splice(at..at, PIECES[draw.below(PIECES.len())].bytes())),
    }
}

#[test]
#[ignore = "needs nginx and a minute; `cargo xtask test --only nginx` runs it"]
fn nothing_that_we_forward_is_two_requests_to_nginx() {
    let nginx = Nginx::start(free());
    let gateway = gateway(nginx.behind, "[timeouts]\nhead_ms = 400\nbody_idle_ms = 200", "");
    let address = gateway.addresses()[0];
    let answers = std::thread::scope(|scope| {
        let senders = (0..SENDERS).map(|sender| {
            scope.spawn(move || {
                let cases = cases();
                let mut answers = 0;
                for number in (sender..MUTATIONS).step_by(usize::try_from(SENDERS).unwrap()) {
                    let mut draw = Draw((number + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
                    // Large ones show nothing that small ones do not.
                    let mut bytes = loop {
                        let case = &cases[draw.below(cases.len())];
                        if case.bytes.len() < 2_000 {
                            break case.bytes.clone().into_bytes();
                        }
                    };
                    for _ in 0..=draw.below(3) {
                        mutate(&mut bytes, &mut draw);
                    }
                    // What was smuggled stands before the next request.
                    bytes.extend(b"GET /next HTTP/1.1\r\nHost: a\r\n\r\n");
                    let said = statuses(&exchange(address, &bytes));
                    answers += said.iter().filter(|status| **status == 200).count();
                }
                answers
            })
        });
        let senders: Vec<_> = senders.collect();
        senders.into_iter().map(|sender| sender.join().unwrap()).sum::<usize>()
    });
    let log = nginx.log();
    println!("{MUTATIONS} requests, {answers} answers of nginx, {} read by it", log.len());
    assert!(log.len() > 100, "hardly anything was forwarded");
    assert!(smuggled(&log).is_empty(), "{:#?}", smuggled(&log));
    assert!(answers <= log.len());
}
