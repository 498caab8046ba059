//! A real authority, Pebble, gives certificates to the real program: proven, used, renewed, and kept when
//! it is gone or says no.
//!
//! `cargo xtask test --only acme` runs this; by itself it is ignored, since it needs Pebble.

use crate::certificates::Authority;
use crate::gate::{Gate, Setup};
use crate::metrics::page;
use crate::wire::{PATIENCE, request, secure_exchange};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use serde_json::json;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// The name that certificates are for. Pebble's own server of names says that it is here.
const NAME: &str = "api.example.test";

fn free() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// Where everything is.
#[derive(Clone)]
struct Places {
    directory: SocketAddr,
    management: SocketAddr,
    names: SocketAddr,
    /// The listener of the gateway, where proofs by TLS are looked for.
    gateway: SocketAddr,
    /// Where proofs by HTTP are looked for.
    http: SocketAddr,
}

/// The authority, before and while it runs.
struct Pebble {
    folder: tempfile::TempDir,
    places: Places,
    own: Authority,
    children: Vec<Child>,
}

impl Drop for Pebble {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Pebble {
    /// One whose certificates last so long, with more of its own settings.
    fn new(lifetime_s: u64, more: &serde_json::Value) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let places = Places {
            directory: free(),
            management: free(),
            names: free(),
            gateway: free(),
            http: free(),
        };
        let own = Authority::new();
        let pair = own.certify("pebble");
        let path = |name: &str| folder.path().join(name).display().to_string();
        std::fs::write(path("own.pem"), &pair.certificate).unwrap();
        std::fs::write(path("own.key"), &pair.key).unwrap();
        let mut settings = json!({
            "listenAddress": places.directory.to_string(),
            "managementListenAddress": places.management.to_string(),
            "certificate": path("own.pem"),
            "privateKey": path("own.key"),
            "httpPort": places.http.port(),
            "tlsPort": places.gateway.port(),
            "ocspResponderURL": "",
            "externalAccountBindingRequired": false,
            "certificateValidityPeriod": lifetime_s,
        });
        settings.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let all = json!({ "pebble": settings });
        std::fs::write(path("pebble.json"), all.to_string()).unwrap();
        Self { folder, places, own, children: Vec::new() }
    }

    fn start(&mut self) {
        let names = self.places.names.to_string();
        let mut names_server = Command::new("pebble-challtestsrv");
        names_server.args(["-http01", "", "-https01", "", "-tlsalpn01", "", "-dns01", &names]);
        names_server.args(["-management", &free().to_string(), "-defaultIPv6", ""]);
        let mut pebble = Command::new("pebble");
        pebble.arg("-config").arg(self.folder.path().join("pebble.json"));
        // Each proof is looked for at once and anew; a nonce is refused now and then, as in the wild.
        pebble.args(["-dnsserver", &names]).env("PEBBLE_VA_NOSLEEP", "1");
        pebble.env("PEBBLE_AUTHZREUSE", "0").env("PEBBLE_WFE_NONCEREJECT", "2");
        for mut program in [names_server, pebble] {
            program.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            let child = program.spawn().expect("`cargo xtask test --only acme` installs Pebble");
            self.children.push(child);
        }
        let began = Instant::now();
        while TcpStream::connect(self.places.directory).is_err()
            || TcpStream::connect(self.places.management).is_err()
        {
            assert!(began.elapsed() < PATIENCE, "Pebble does not listen");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn stop(&mut self) {
        for mut child in self.children.drain(..) {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// A client that believes this authority and nobody else. It remembers no session, so that it sees
    /// the certificate each time.
    fn client(&self) -> Arc<ClientConfig> {
        let asked = request("GET", "/roots/0", &[], "");
        let answer = secure_exchange(self.places.management, self.own.usual_client(), &asked);
        assert_eq!(answer.status, 200, "{answer:?}");
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(answer.body.as_bytes()).unwrap()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let builder = ClientConfig::builder_with_provider(provider);
        let builder = builder.with_safe_default_protocol_versions().unwrap();
        let mut config = builder.with_root_certificates(roots).with_no_client_auth();
        config.resumption = rustls::client::Resumption::disabled();
        Arc::new(config)
    }

    /// A gateway whose listener asks it for a certificate.
    fn setup(&self, tls: &str, acme: &str, lines: &[&str]) -> Setup {
        let listen = format!(
            "gateway.listen = [{{ address = \"{}\", tls = {{ {tls} acme = {{ names = [\"{NAME}\"], directory = \"https://localhost:{}/dir\", storage = \"acme\", terms_agreed = true, contact = [\"mailto:ops@example.com\"], authorities = \"own.pem\" {acme} }} }} }}]",
            self.places.gateway,
            self.places.directory.port()
        );
        Setup::of(&[&[listen.as_str()], lines].concat()).file("own.pem", &self.own.certificate)
    }
}

type Stream = StreamOwned<ClientConnection, TcpStream>;

/// A connection to the gateway as a client of the API has it.
fn opened(address: SocketAddr, client: &Arc<ClientConfig>) -> std::io::Result<Stream> {
    let name = ServerName::try_from(NAME).unwrap();
    let tcp = TcpStream::connect(address)?;
    tcp.set_read_timeout(Some(PATIENCE))?;
    let mut stream = StreamOwned::new(ClientConnection::new(client.clone(), name).unwrap(), tcp);
    while stream.conn.is_handshaking() {
        stream.conn.complete_io(&mut stream.sock)?;
    }
    Ok(stream)
}

/// The certificate that a new client is shown, if it comes in.
fn shown(address: SocketAddr, client: &Arc<ClientConfig>) -> Option<Vec<u8>> {
    let stream = opened(address, client).ok()?;
    Some(stream.conn.peer_certificates()?[0].to_vec())
}

/// Asks on a connection that stays open; whether the answer was as it must be.
fn asks(stream: &mut Stream) -> std::io::Result<bool> {
    stream.write_all(format!("GET /users HTTP/1.1\r\nHost: {NAME}\r\n\r\n").as_bytes())?;
    let mut held = Vec::new();
    while !held.ends_with(b"{\"name\":\"Anna\"}") {
        let mut piece = [0; 4096];
        let count = stream.read(&mut piece)?;
        if count == 0 {
            return Ok(false);
        }
        held.extend_from_slice(&piece[..count]);
    }
    Ok(held.starts_with(b"HTTP/1.1 200 "))
}

/// How often the log has it.
fn times(gate: &Gate, what: &str) -> usize {
    gate.log().matches(what).count()
}

/// Waits longer than others do: a certificate has to come near its end.
#[track_caller]
fn until(what: &str, gate: &Gate, mut is: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is() {
        assert!(began.elapsed() < Duration::from_mins(2), "{what}: {}", gate.log());
        std::thread::sleep(Duration::from_millis(100));
    }
}

const NEW: &str = "shows a new certificate for api.example.test";
const NONE: &str = "no new certificate for api.example.test";

#[test]
#[ignore = "needs Pebble and a minute; `cargo xtask test --only acme` runs it"]
fn a_certificate_is_had_used_renewed_under_open_connections_and_outlives_its_authority() {
    let mut pebble = Pebble::new(36, &json!({}));
    let lines = ["ledger.folder = \"audit\"", "gateway.metrics = { listen = \"127.0.0.1:0\" }"];
    let setup = pebble.setup("", "", &lines);
    setup.run(&["ledger", "init", "audit", "--origin", "example.com/acme"]);
    let gate = setup.start();
    let at = pebble.places.gateway;

    // Nobody gives one yet: nobody comes in, and it is told why.
    gate.waits_for(|log| log.contains(NONE) && log.contains("it has none"), Gate::log);
    pebble.start();
    let client = pebble.client();
    assert_eq!(shown(at, &client), None);
    // Whoever touches the configuration has it tried again at once.
    let text = std::fs::read_to_string(gate.path("avouch.toml")).unwrap();
    gate.write("avouch.toml", &format!("{text}\n# the authority is there now\n"));
    until("it is issued", &gate, || times(&gate, NEW) == 1);
    let first = shown(at, &client).expect("who believes the authority comes in");
    let until_s = |page: &str| {
        let line = page.lines().find(|line| line.starts_with("avouch_certificate_not_after"));
        line.unwrap().rsplit(' ').next().unwrap().parse::<u64>().unwrap()
    };
    let ends = until_s(&page(&gate));

    // Eight clients ask on and on, each on one connection, while it is renewed.
    let (over, asked) = (AtomicBool::new(false), AtomicU64::new(0));
    let second = std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let mut stream = opened(at, &client).unwrap();
                while !over.load(Ordering::SeqCst) {
                    assert!(asks(&mut stream).unwrap(), "an open connection was dropped");
                    asked.fetch_add(1, Ordering::SeqCst);
                    std::thread::sleep(Duration::from_millis(20));
                }
            });
        }
        until("it is renewed", &gate, || times(&gate, NEW) == 2);
        let before = asked.load(Ordering::SeqCst);
        let second = shown(at, &client).unwrap();
        until("they go on", &gate, || asked.load(Ordering::SeqCst) > before + 40);
        over.store(true, Ordering::SeqCst);
        second
    });
    assert_ne!(first, second);
    let counted = page(&gate);
    assert!(until_s(&counted) > ends, "{counted}");
    assert!(counted.contains("result=\"issued\"} 2\n"), "{counted}");
    println!("{} requests on 8 connections, none dropped", asked.load(Ordering::SeqCst));

    // The authority is gone: the certificate stays, and that is told.
    pebble.stop();
    let failed = times(&gate, NONE);
    until("it cannot be renewed", &gate, || times(&gate, NONE) > failed);
    assert_eq!(shown(at, &client).as_ref(), Some(&second));
    assert!(gate.log().contains("the one it has stays"), "{}", gate.log());

    // Another start has it from the storage, while the authority is still gone.
    let ended = gate.ended();
    let kept = std::fs::read_dir(ended.path("acme")).unwrap().next().unwrap().unwrap().path();
    let file = kept.join(format!("{NAME}.pem"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let again = pebble.setup("", "", &[]);
    let folder = again.path("acme").join(kept.file_name().unwrap());
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::copy(&file, folder.join(format!("{NAME}.pem"))).unwrap();
    let again = again.start();
    assert_eq!(shown(at, &client).as_ref(), Some(&second), "{}", again.log());

    // The ledger has all of it.
    let facts = ended.run(&["ledger", "query", "audit", "kind=key"]);
    for event in ["seen", "rotated", "not renewed: "] {
        assert!(facts.contains(event), "no `{event}` in {facts}");
    }
    assert!(facts.contains(NAME) && !facts.contains("PRIVATE KEY"), "{facts}");
}

#[test]
#[ignore = "needs Pebble; `cargo xtask test --only acme` runs it"]
fn a_proof_by_http_and_an_account_bound_to_another_are_taken() {
    let key = "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W";
    let more = json!({
        "externalAccountBindingRequired": true,
        "externalAccountMACKeys": { "kid-1": key },
    });
    let mut pebble = Pebble::new(3_600, &more);
    pebble.start();
    let http = pebble.places.http;
    let acme = format!(
        ", http_01 = \"{http}\", external_account = {{ id = \"kid-1\", key = \"env:EXTERNAL_KEY\" }}"
    );
    let gate = pebble.setup("", &acme, &[]).knowing("EXTERNAL_KEY", key).start();
    until("it is issued", &gate, || times(&gate, NEW) == 1);
    let mut stream = opened(pebble.places.gateway, &pebble.client()).unwrap();
    assert!(asks(&mut stream).unwrap());
    assert_eq!(gate.upstream().seen().len(), 1, "the proof was asked of the API");
    assert!(!gate.log().contains(key));
}

/// The authority has no certificate of a client to show.
#[test]
#[ignore = "needs Pebble; `cargo xtask test --only acme` runs it"]
fn a_listener_that_asks_clients_for_certificates_proves_itself_without() {
    let mut pebble = Pebble::new(3_600, &json!({}));
    pebble.start();
    let tls = "client_certificate = \"required\", client_authorities = \"own.pem\", min_version = \"1.3\",";
    let gate = pebble.setup(tls, "", &[]).start();
    until("it is issued", &gate, || times(&gate, NEW) == 1);
    // Clients are asked as before.
    let answered = opened(pebble.places.gateway, &pebble.client()).and_then(|mut it| asks(&mut it));
    assert!(!answered.unwrap_or(false));
    assert_eq!(gate.upstream().seen().len(), 0);
}

#[test]
#[ignore = "needs Pebble; `cargo xtask test --only acme` runs it"]
fn an_authority_that_refuses_is_told_and_never_costs_what_there_is() {
    let mut pebble = Pebble::new(3_600, &json!({ "domainBlocklist": ["blocked.example.test"] }));
    pebble.start();
    let gate = pebble.setup("", "", &[]).start();
    until("it is issued", &gate, || times(&gate, NEW) == 1);
    let client = pebble.client();
    let first = shown(pebble.places.gateway, &client).unwrap();
    // A name more that it does not give.
    let text = std::fs::read_to_string(gate.path("avouch.toml")).unwrap();
    let more = format!("\"{NAME}\", \"blocked.example.test\"");
    gate.write("avouch.toml", &text.replace(&format!("\"{NAME}\""), &more));
    until("it is refused", &gate, || times(&gate, NONE) == 1);
    assert!(gate.log().contains("rejectedIdentifier"), "{}", gate.log());
    assert_eq!(shown(pebble.places.gateway, &client), Some(first.clone()));
    // And one that it gives.
    gate.write(
        "avouch.toml",
        &text.replace(&format!("\"{NAME}\""), &format!("\"{NAME}\", \"b.example.test\"")),
    );
    until("both are had", &gate, || times(&gate, NEW) == 2);
    let second = shown(pebble.places.gateway, &client).unwrap();
    assert_ne!(first, second);
}

/// It looks for the proof where we are not.
#[test]
#[ignore = "needs Pebble; `cargo xtask test --only acme` runs it"]
fn a_proof_that_is_not_found_is_told_with_what_the_authority_says() {
    let mut pebble = Pebble::new(3_600, &json!({ "tlsPort": free().port() }));
    pebble.start();
    let gate = pebble.setup("", "", &[]).start();
    until("it is refused", &gate, || times(&gate, NONE) == 1);
    let log = gate.log();
    assert!(log.contains("the authority refuses `api.example.test`"), "{log}");
    assert!(log.contains("Failed to connect to 127.0.0.1"), "{log}");
    assert_eq!(shown(pebble.places.gateway, &pebble.client()), None);
}
