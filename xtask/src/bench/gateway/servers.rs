//! Processes that listen: started on a core, asked once, and ended with their value.

use crate::processes::{answers, command};
use anyhow::{Context, Result, bail, ensure};
use std::ffi::OsStr;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// The core of proxies, and the core of the API and of who asks.
pub(super) const PROXY_CORE: usize = 0;
pub(super) const LOAD_CORE: usize = 1;

/// How often it is looked whether a server listens by now, and with what pause.
const LOOKS: u32 = 200;
const LOOK: Duration = Duration::from_millis(50);
/// How long one answer may take.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

/// A server that runs. It ends with this value.
#[derive(Debug)]
pub(super) struct Server {
    child: Child,
    pub(super) port: u16,
}

impl Drop for Server {
    fn drop(&mut self) {
        // A server that has children ends them when it is told to end; one that does not listen to
        // that is ended.
        let told = command("kill").arg(self.child.id().to_string()).status();
        for _ in 0..LOOKS {
            if told.is_err() || !matches!(self.child.try_wait(), Ok(None)) {
                break;
            }
            pause(LOOK);
        }
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// A program on one core, where there are several.
pub(super) fn pinned(program: impl AsRef<OsStr>, core: usize) -> Command {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    if cores < 2 || !answers("taskset", &["-c", &core.to_string(), "true"]) {
        return command(program);
    }
    let mut pinned = command("taskset");
    pinned.args(["-c", &core.to_string()]).arg(program);
    pinned
}

/// A port of the loopback address at which nobody listens.
pub(super) fn free_port() -> Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no port is free")?;
    Ok(listener.local_addr()?.port())
}

impl Server {
    /// Starts it and waits until it takes connections; what it says goes to a file.
    pub(super) fn start(mut starting: Command, port: u16, log: &Path) -> Result<Self> {
        let said = std::fs::File::create(log).context("a server's log")?;
        let name = starting.get_program().display().to_string();
        starting.stdin(Stdio::null()).stdout(said.try_clone()?).stderr(said);
        let child = starting.spawn().with_context(|| format!("`{name}` could not be started"))?;
        let mut server = Self { child, port };
        for _ in 0..LOOKS {
            if TcpStream::connect(server.address()).is_ok() {
                return Ok(server);
            }
            if let Some(status) = server.child.try_wait()? {
                let said = std::fs::read_to_string(log).unwrap_or_default();
                bail!("a server ended with {status}: {}", said.trim());
            }
            pause(LOOK);
        }
        let said = std::fs::read_to_string(log).unwrap_or_default();
        bail!("a server does not listen at port {port}: {}", said.trim())
    }

    /// Its process.
    pub(super) fn process(&self) -> u32 {
        self.child.id()
    }

    fn address(&self) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.port))
    }

    /// What it answers to a request in plain HTTP/1.1, head and body.
    pub(super) fn asked(&self, method: &str, path: &str, rest: &str, body: &str) -> Result<String> {
        let mut stream = TcpStream::connect(self.address())?;
        stream.set_read_timeout(Some(ANSWER_WITHIN))?;
        let length = body.len();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: api.example.com\r\nconnection: close\r\n\
             content-length: {length}\r\n{rest}\r\n{body}"
        );
        // In one piece: some proxies answer before they read a body that comes apart.
        stream.write_all(request.as_bytes())?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).context("no answer came")?;
        ensure!(answer.starts_with("HTTP/1.1 "), "no answer of HTTP came");
        Ok(answer)
    }
}

#[expect(clippy::disallowed_methods, reason = "nothing tells that a process listens or has ended")]
pub(in crate::bench) fn pause(time: Duration) {
    std::thread::sleep(time);
}
