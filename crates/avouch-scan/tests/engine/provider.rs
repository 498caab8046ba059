//! Identities of a real `OpenID` provider: they log in, are renewed in time, and refresh.
//!
//! `cargo xtask test --only provider` installs the provider and runs these; by themselves they are
//! ignored, since they need Node.js and a package.

use avouch_model::identity::Who;
use avouch_model::report::{Ending, Report};
use avouch_model::secret::Secret;
use avouch_model::severity::Severity;
use avouch_scan::engine::options::ScanOptions;
use avouch_scan::engine::progress::Watcher;
use avouch_scan::engine::run::run;
use avouch_scan::engine::sender::Stop;
use avouch_scan::identity::spec::{CredentialSource, IdentitySpec, OAuth2Spec};
use serde::Deserialize;
use serde_json::Value;
use std::path::PathBuf;
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

/// The secret of every client there, with characters that need care.
const SECRET: &str = "s3cret/+ &=%";

/// What the provider says when it listens.
#[derive(Deserialize)]
struct Said {
    issuer: String,
    refresh: String,
}

/// A running provider; it ends with its standard input.
struct Provider {
    said: Said,
    _child: Child,
}

async fn start() -> Provider {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../target/provider");
    let mut child = Command::new("node")
        .arg("server.mjs")
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("`cargo xtask test --only provider` installs what is needed");
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let line = lines.next_line().await.unwrap().expect("the provider says where it listens");
    Provider { said: serde_json::from_str(&line).unwrap(), _child: child }
}

impl Provider {
    fn options(&self, source: OAuth2Spec) -> ScanOptions {
        let mut options = ScanOptions::new(self.said.issuer.parse().unwrap(), [7; 32], [9; 32]);
        options.identities = vec![IdentitySpec::new(Who::A, "a", CredentialSource::OAuth2(source))];
        // Slow enough for the scan to outlive several tokens.
        options.per_second_max = Some(5);
        options.only_checks =
            ["AUTH-01", "AUTH-02", "AUTH-04", "JWT-01", "JWT-02"].map(str::to_owned).into();
        options
    }

    fn client(&self, id: &str, grant: &str) -> OAuth2Spec {
        OAuth2Spec {
            token_url: format!("{}/token", self.said.issuer),
            grant: grant.to_owned(),
            client_id: id.to_owned(),
            client_secret: Some(Secret::new(SECRET)),
            parameters: [("scope".to_owned(), Secret::new("things:read"))].into(),
        }
    }

    /// How often the API saw an expired token, and the provider issued one.
    async fn counts(&self) -> Value {
        let address = self.said.issuer.trim_start_matches("http://");
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = format!("GET /counts HTTP/1.0\r\nhost: {address}\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
    }
}

async fn scan(options: ScanOptions) -> Report {
    let (_kept, never) = Stop::new();
    run(options, never, Watcher::silent()).await.unwrap().report
}

async fn check(provider: &Provider, source: OAuth2Spec) {
    let report = scan(provider.options(source)).await;
    assert_eq!(report.ending, Ending::Complete);
    let identity = &report.identities[0];
    assert!(identity.accepted, "{identity:?}");
    assert!(identity.renewals >= 1, "{identity:?}");
    let counts = provider.counts().await;
    assert_eq!(counts["expired"], 0, "{counts}");
    let bad = report.findings.iter().filter(|finding| finding.severity > Severity::Info);
    assert_eq!(bad.count(), 0, "{:#?}", report.findings);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Node.js and a package; run with `cargo xtask test --only provider`"]
async fn a_client_is_renewed_before_its_token_ends() {
    let provider = start().await;
    check(&provider, provider.client("machine", "client_credentials")).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Node.js and a package; run with `cargo xtask test --only provider`"]
async fn a_client_says_who_it_is_in_the_body_where_basic_is_refused() {
    let provider = start().await;
    let mut options = provider.options(provider.client("poster", "client_credentials"));
    options.only_checks = ["JWT-12".to_owned()].into();
    let report = scan(options).await;
    assert!(report.identities[0].accepted, "{:?}", report.identities);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Node.js and a package; run with `cargo xtask test --only provider`"]
async fn each_refresh_token_is_used_once() {
    let provider = start().await;
    let mut source = provider.client("person", "refresh_token");
    source.parameters.insert("refresh_token".to_owned(), Secret::new(&*provider.said.refresh));
    check(&provider, source).await;
    assert!(provider.counts().await["issued"].as_u64().unwrap() >= 2);
}
