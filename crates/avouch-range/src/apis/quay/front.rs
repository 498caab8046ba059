//! What rustls refuses to serve, served by OpenSSL in front of the same API.

use super::api::HOST;
use super::authority::{Authority, identity_of_rsa};
use crate::api::Options;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// The server, as Python: its `ssl` is OpenSSL, and every machine that builds this project has it.
const SERVER: &str = include_str!("front.py");

/// A server of yesterday. It ends with this value.
#[derive(Debug)]
pub(super) struct Legacy {
    port: u16,
    _child: Child,
    _folder: TempDir,
}

impl Legacy {
    /// Starts it in front of the API at that address.
    ///
    /// Errors: there is no Python with OpenSSL, or no `openssl` where a weak certificate is wanted.
    pub(super) async fn start(
        options: &Options,
        behind: SocketAddr,
        authority: &Authority,
    ) -> io::Result<Self> {
        let folder = tempfile::tempdir()?;
        let (chain, key) = (folder.path().join("chain.pem"), folder.path().join("key.pem"));
        if options.on.has("certificate-weak") {
            weak_certificate(folder.path(), authority).await?;
        } else {
            let (certificate, secret) = identity_of_rsa(authority).map_err(io::Error::other)?;
            std::fs::write(&chain, certificate)?;
            std::fs::write(&key, secret)?;
        }
        let yes = |switch: &str| if options.on.has(switch) { "yes" } else { "no" };
        let mut child = Command::new("python3")
            .args(["-W", "ignore", "-c", SERVER])
            .args([&chain, &key])
            .args([options.bind.to_string(), behind.to_string()])
            .args([yes("versions-withdrawn"), yes("suites-weak")])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| missing("python3", &error))?;
        let out = child.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?;
        let said = BufReader::new(out).lines().next_line().await?.unwrap_or_default();
        let port = said.parse().map_err(|_| {
            io::Error::other("`python3` could not serve TLS: it needs its `ssl` module")
        })?;
        Ok(Self { port, _child: child, _folder: folder })
    }

    /// Where it listens.
    pub(super) fn port(&self) -> u16 {
        self.port
    }
}

fn missing(program: &str, error: &io::Error) -> io::Error {
    io::Error::other(format!("`{program}` is needed for this weakness and did not start: {error}"))
}

/// Has a certificate made that no library of this project would make: a short key, a weak signature.
async fn weak_certificate(folder: &Path, authority: &Authority) -> io::Result<()> {
    std::fs::write(folder.join("authority.pem"), authority.pem())?;
    std::fs::write(folder.join("authority-key.pem"), authority.key_pem())?;
    let subject = format!("/CN={HOST}");
    let names = format!("subjectAltName=DNS:{HOST}");
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "rsa:1024", "-sha1", "-nodes", "-days", "89"])
        .args(["-CA", "authority.pem", "-CAkey", "authority-key.pem", "-subj", &subject])
        .args(["-addext", &names, "-addext", "basicConstraints=critical,CA:FALSE"])
        .args(["-keyout", "key.pem", "-out", "chain.pem"])
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .await
        .map_err(|error| missing("openssl", &error))?;
    if made.status.success() {
        return Ok(());
    }
    let why = String::from_utf8_lossy(&made.stderr).into_owned();
    Err(io::Error::other(format!("`openssl` made no certificate: {why}")))
}
