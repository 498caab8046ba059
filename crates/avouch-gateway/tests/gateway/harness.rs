//! A gateway and an API behind it that remembers what reached it.

use avouch_catalog::Document;
use avouch_gateway::settings::GatewaySettings;
use avouch_gateway::{Gateway, Plan};
use avouch_guard::Guard;
use avouch_guard::contain::Containment;
use avouch_guard::guard::Ground;
use avouch_guard::identify::Identifier;
use avouch_guard::limit::Buckets;
use avouch_guard::settings::GuardSettings;
use std::collections::BTreeMap;
use std::collections::hash_map::RandomState;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// An API that remembers each request it gets, head and body, and answers with its number.
pub(crate) struct Upstream {
    pub(crate) address: SocketAddr,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Upstream {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::<Mutex<Vec<String>>>::default();
        let seeing = seen.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (stream, seen) = (stream.unwrap(), seeing.clone());
                std::thread::spawn(move || serve(stream, &seen));
            }
        });
        Self { address, seen }
    }

    pub(crate) fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }
}

fn serve(mut stream: TcpStream, seen: &Mutex<Vec<String>>) {
    let mut held = Vec::new();
    while let Some(request) = next_message(&mut stream, &mut held) {
        let upgrades = request.to_ascii_lowercase().contains("\r\nupgrade: websocket");
        let number = {
            let mut seen = seen.lock().unwrap();
            seen.push(request);
            seen.len()
        };
        let answer = if upgrades {
            "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n"
                .to_owned()
        } else {
            let body = format!("answer {number}");
            format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len())
        };
        if stream.write_all(answer.as_bytes()).is_err() {
            return;
        }
        if upgrades {
            // What comes is said back.
            let mut piece = [0; 1024];
            while let Ok(count @ 1..) = stream.read(&mut piece) {
                stream.write_all(&piece[..count]).unwrap();
            }
            return;
        }
    }
}

/// The next message with its body, by the plain reading of RFC 9112.
pub(crate) fn next_message(stream: &mut TcpStream, held: &mut Vec<u8>) -> Option<String> {
    let more = |stream: &mut TcpStream, held: &mut Vec<u8>| {
        let mut piece = [0; 4096];
        let count = stream.read(&mut piece).unwrap_or(0);
        held.extend_from_slice(&piece[..count]);
        count > 0
    };
    let end = loop {
        if let Some(at) = held.windows(4).position(|window| window == b"\r\n\r\n") {
            break at + 4;
        }
        if !more(stream, held) {
            return None;
        }
    };
    let first = String::from_utf8_lossy(&held[..end]).to_ascii_lowercase();
    let length = first
        .split("\r\ncontent-length: ")
        .nth(1)
        .map_or(0, |rest| rest.split("\r\n").next().unwrap().parse::<usize>().unwrap());
    let is_whole = |held: &[u8]| {
        if first.contains("\r\ntransfer-encoding: chunked") {
            held[end..].windows(5).position(|window| window == b"0\r\n\r\n").map(|at| end + at + 5)
        } else {
            (held.len() >= end + length).then_some(end + length)
        }
    };
    let end = loop {
        if let Some(end) = is_whole(held) {
            break end;
        }
        if !more(stream, held) {
            return None;
        }
    };
    Some(String::from_utf8_lossy(&held.drain(..end).collect::<Vec<u8>>()).into_owned())
}

/// What a gateway decides by, from text as in `avouch.toml`.
pub(crate) fn plan(guard: &str, gateway: &GatewaySettings, description: Option<&str>) -> Plan {
    let settings: GuardSettings = toml::from_str(guard).unwrap();
    let catalog = description.map(|text| {
        let document = Document { name: "api".into(), bytes: text.as_bytes().to_vec() };
        avouch_catalog::read(&document, &[]).unwrap().catalog
    });
    let ground = Ground { buckets: Arc::new(Buckets::new(64)), hash: RandomState::new() };
    let identifier = Identifier::new(settings.identify.clone(), None, 7).unwrap();
    Plan {
        guard: Guard::new(settings, identifier, catalog.as_ref(), &[], ground).unwrap(),
        timeouts: gateway.timeouts,
        upstream_host: gateway.upstream.host.clone(),
        on_ledger_failure: gateway.record.on_failure,
        upgrades: gateway.upgrades.clone(),
        introspection_secrets: BTreeMap::new(),
        external_account_keys: BTreeMap::new(),
        traces_authorization: None,
        containment: Arc::new(Containment::default()),
    }
}

/// A gateway with nothing recorded, before an API, with more settings of `[gateway]` and `[guard]`.
pub(crate) fn gateway(upstream: SocketAddr, gateway: &str, guard: &str) -> Gateway {
    started(upstream, ONE, gateway, guard, None)
}

/// The usual listener.
const ONE: &str = "{ address = \"127.0.0.1:0\" }";

/// A gateway with these listeners.
pub(crate) fn listening(upstream: SocketAddr, listen: &str, gateway: &str) -> Gateway {
    started(upstream, listen, gateway, "", None)
}

/// A gateway before an API that is described.
pub(crate) fn described(upstream: SocketAddr, guard: &str, description: &str) -> Gateway {
    started(upstream, ONE, "", guard, Some(description))
}

fn started(
    upstream: SocketAddr,
    listen: &str,
    gateway: &str,
    guard: &str,
    description: Option<&str>,
) -> Gateway {
    let text = format!(
        "listen = [{listen}]\nthreads = 1\nupstream.addresses = [\"http://{upstream}\"]\n{gateway}\n"
    );
    let settings: GatewaySettings = toml::from_str(&text).unwrap();
    let guard = format!("identify.anybody = true\n{guard}");
    Gateway::start(&settings, plan(&guard, &settings, description), None).unwrap()
}

/// Sends bytes and gives all that comes back until the connection ends or is silent for a while.
pub(crate) fn exchange(gateway: SocketAddr, bytes: &[u8]) -> String {
    exchange_within(gateway, bytes, SILENCE)
}

/// The same, where it may be silent for so long.
pub(crate) fn exchange_within(gateway: SocketAddr, bytes: &[u8], silence: Duration) -> String {
    let mut stream = TcpStream::connect(gateway).unwrap();
    stream.set_read_timeout(Some(silence)).unwrap();
    // A gateway may well close before everything was sent.
    let _ = stream.write_all(bytes);
    let mut answer = Vec::new();
    let mut piece = [0; 4096];
    while let Ok(count @ 1..) = stream.read(&mut piece) {
        answer.extend_from_slice(&piece[..count]);
    }
    String::from_utf8_lossy(&answer).into_owned()
}

/// How long nothing must come for an answer to be over.
const SILENCE: Duration = Duration::from_millis(300);

/// The statuses of the answers in what came back.
pub(crate) fn statuses(answer: &str) -> Vec<u16> {
    answer.split("HTTP/1.1 ").skip(1).filter_map(|rest| rest.get(..3)?.parse().ok()).collect()
}
