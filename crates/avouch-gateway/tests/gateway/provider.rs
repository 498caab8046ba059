//! A real `OpenID` provider that changes its keys under load and goes away.
//!
//! `cargo xtask test --only provider` installs it and runs this; by itself it is ignored, since it needs
//! Node.js and a package.

use super::harness::{Upstream, exchange, gateway, statuses};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// A running provider.
struct Provider {
    child: Child,
    address: SocketAddr,
}

impl Drop for Provider {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Provider {
    fn start() -> Self {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../target/provider");
        let mut child = Command::new("node")
            .arg("rotating.mjs")
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("`cargo xtask test --only provider` installs what is needed");
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let said: serde_json::Value = serde_json::from_str(&line).unwrap();
        let address = said["issuer"].as_str().unwrap().trim_start_matches("http://");
        Self { child, address: address.parse().unwrap() }
    }

    fn control(&self, what: &str) {
        let ask = format!("GET /control/{what} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        assert!(exchange(self.address, ask.as_bytes()).contains("done"));
    }

    /// A token of its newest key.
    fn token(&self) -> String {
        let body = "grant_type=client_credentials";
        // `machine:secret`
        let ask = format!(
            "POST /token HTTP/1.1\r\nHost: {}\r\nAuthorization: Basic bWFjaGluZTpzZWNyZXQ=\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            self.address,
            body.len()
        );
        let answer = exchange(self.address, ask.as_bytes());
        let token =
            answer.split("\"access_token\":\"").nth(1).and_then(|rest| rest.split('"').next());
        token.unwrap_or_else(|| panic!("no token: {answer}")).to_owned()
    }
}

/// What a request with a token is answered.
fn asked(gateway: SocketAddr, token: &str) -> u16 {
    let ask = format!(
        "GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n"
    );
    statuses(&exchange(gateway, ask.as_bytes()))[0]
}

#[test]
#[ignore = "needs a real OpenID provider; `cargo xtask test --only provider` runs it"]
fn keys_that_change_under_load_cost_nobody_a_401_and_known_ones_outlive_their_issuer() {
    let (upstream, provider) = (Upstream::start(), Provider::start());
    let guard = format!(
        "[[identify.issuer]]\nname = \"op\"\nissuer = \"http://{0}\"\naudience = [\"urn:test:api\"]\n\
         algorithms = [\"ES256\"]\njwks_url = \"http://{0}/jwks\"\n",
        provider.address
    );
    let gateway = gateway(upstream.address, "", &guard);
    let address = gateway.addresses()[0];
    let token = Mutex::new(provider.token());
    let (over, counts) = (AtomicBool::new(false), Mutex::<BTreeMap<u16, u64>>::default());
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                while !over.load(Ordering::SeqCst) {
                    let token = token.lock().unwrap().clone();
                    let status = asked(address, &token);
                    *counts.lock().unwrap().entry(status).or_default() += 1;
                }
            });
        }
        // The second change comes while it is not fetched again: what nobody can tell is 503.
        for _ in 0..2 {
            std::thread::sleep(Duration::from_millis(800));
            provider.control("rotate");
            *token.lock().unwrap() = provider.token();
        }
        std::thread::sleep(Duration::from_millis(800));
        over.store(true, Ordering::SeqCst);
    });
    let counts = counts.into_inner().unwrap();
    assert!(counts.keys().all(|status| [200, 503].contains(status)), "{counts:?}");
    assert!(counts[&200] > 20, "{counts:?}");
    // A key that was fetched holds on without its issuer.
    let other = Provider::start();
    let guard = guard.replace(&provider.address.to_string(), &other.address.to_string());
    let later = super::harness::gateway(upstream.address, "", &guard);
    let known = other.token();
    assert_eq!(asked(later.addresses()[0], &known), 200);
    let fresh = other.token();
    other.control("down");
    for _ in 0..20 {
        assert_eq!(asked(later.addresses()[0], &fresh), 200);
    }
}
