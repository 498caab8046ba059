//! The processes of a run and their files: the gateway, the API, the issuer.

use super::files;
use super::plan::Plan;
use super::provider::Provider;
use super::tokens::{BadTokens, HOLD_S, SigningKey, Tokens};
use super::world::ApiKey;
use crate::processes::{command, executable};
use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, RwLock, RwLockReadGuard};

/// Tokens of the key of now and of the one before, and bad ones.
#[derive(Debug)]
pub(super) struct Purse {
    tokens: RwLock<(Tokens, Tokens)>,
    pub(super) bad: BadTokens,
    pub(super) gateway: SocketAddr,
}

impl Purse {
    /// Those of the key of now, and of the one before.
    pub(super) fn both(&self) -> RwLockReadGuard<'_, (Tokens, Tokens)> {
        self.tokens.read().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    pub(super) fn add(&self, newest: Tokens) {
        let mut both = self.tokens.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        let before = std::mem::replace(&mut both.0, newest);
        both.1 = before;
    }
}

/// Everything that runs.
#[derive(Debug)]
pub(super) struct Stage {
    pub(super) folder: PathBuf,
    program: PathBuf,
    gateway: Child,
    api: std::sync::Mutex<Child>,
    pub(super) upstream: SocketAddr,
    pub(super) provider: Provider,
    purse: Arc<Purse>,
}

impl Drop for Stage {
    fn drop(&mut self) {
        // They may have ended by themselves: then there is nothing to end.
        drop(self.gateway.kill());
        drop(self.gateway.wait());
        drop(self.stop_api());
    }
}

impl Stage {
    /// Makes all files in a folder, which must be empty, and starts all processes.
    pub(super) fn set(plan: &Plan) -> Result<Self> {
        let folder = plan.folder.clone();
        fs::create_dir_all(folder.join("nginx"))?;
        ensure!(!folder.join("ledger").exists(), "`{}` is used already", folder.display());
        let folder = folder.canonicalize()?;
        let program = match &plan.program {
            Some(program) => program.canonicalize().context("the gateway's program")?,
            None => built()?,
        };
        let now_s = now_s();
        let key = SigningKey::make(&folder, "key-0")?;
        let other = SigningKey::make(&folder, "other")?;
        let bad = BadTokens::make(&key, &other, now_s)?;
        let tokens = Tokens::make(&key, now_s, HOLD_S)?;
        let provider = Provider::start(key)?;
        let upstream = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        fs::write(folder.join("nginx.conf"), files::nginx(upstream))?;
        fs::write(folder.join("nginx/file"), vec![b'x'; files::FILE_BYTES])?;
        fs::write(folder.join("openapi.yaml"), files::DESCRIPTION)?;
        fs::write(folder.join("policies.cedar"), files::policies(false))?;
        fs::write(folder.join("blocks.toml"), files::blocks(false))?;
        let settings = files::settings(upstream, provider.address, false);
        fs::write(folder.join("avouch.toml"), settings)?;
        let api = std::sync::Mutex::new(api(&folder)?);
        let begun = avouch(&program, &folder)
            .args(["ledger", "init", "ledger", "--origin", "soak.example/gateway"])
            .stdout(Stdio::null())
            .status()?;
        ensure!(begun.success(), "the ledger could not be begun");
        let first = issue(&program, &folder, &["key", "issue", "--owner", "soak"])?;
        fs::write(folder.join("first"), format!("{} {}", first.0, first.1))?;
        let (gateway, address) = gateway(&program, &folder)?;
        let purse = Purse { tokens: RwLock::new((tokens.clone(), tokens)), bad, gateway: address };
        Ok(Self { folder, program, gateway, api, upstream, provider, purse: Arc::new(purse) })
    }

    pub(super) fn gateway_id(&self) -> u32 {
        self.gateway.id()
    }

    pub(super) fn tokens(&self) -> &Arc<Purse> {
        &self.purse
    }

    /// The API key that was there before the gateway was.
    pub(super) fn first_key(&self) -> Result<ApiKey> {
        let text = fs::read_to_string(self.folder.join("first"))?;
        let (id, key) = text.split_once(' ').context("no first key")?;
        Ok(ApiKey::first(id.to_owned(), key.to_owned()))
    }

    /// Changes a file as a careful person does: at once.
    pub(super) fn replace(&self, name: &str, text: &str) -> Result<()> {
        let new = self.folder.join(format!("{name}.new"));
        fs::write(&new, text)?;
        Ok(fs::rename(new, self.folder.join(name))?)
    }

    pub(super) fn avouch(&self) -> Command {
        avouch(&self.program, &self.folder)
    }

    /// Does something to keys; gives the id and the key that came of it.
    pub(super) fn key(&self, words: &[&str]) -> Result<(String, String)> {
        issue(&self.program, &self.folder, words)
    }

    fn api_process(&self) -> std::sync::MutexGuard<'_, Child> {
        self.api.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Ends the API as an orderly restart does.
    pub(super) fn stop_api(&self) -> Result<()> {
        let mut api = self.api_process();
        signal(&api, "QUIT")?;
        api.wait()?;
        Ok(())
    }

    pub(super) fn start_api(&self) -> Result<()> {
        *self.api_process() = api(&self.folder)?;
        Ok(())
    }

    /// Ends the gateway as an operator does.
    pub(super) fn end_gateway(&mut self) -> Result<ExitStatus> {
        signal(&self.gateway, "TERM")?;
        Ok(self.gateway.wait()?)
    }
}

fn signal(child: &Child, name: &str) -> Result<()> {
    let id = child.id().to_string();
    ensure!(command("kill").args([&format!("-{name}"), &id]).status()?.success(), "no signal");
    Ok(())
}

fn built() -> Result<PathBuf> {
    let made =
        command("cargo").args(["build", "--locked", "--release", "-p", "avouch"]).status()?;
    ensure!(made.success(), "the gateway could not be built");
    Ok(executable(&crate::tree::target()?.join("release"), "avouch"))
}

fn avouch(program: &Path, folder: &Path) -> Command {
    let mut avouch = command(program);
    avouch.current_dir(folder).stdin(Stdio::null());
    avouch
}

/// Runs nginx and waits until it listens.
fn api(folder: &Path) -> Result<Child> {
    let _ = fs::remove_file(folder.join("nginx/pid"));
    let mut nginx = command("nginx");
    nginx.arg("-p").arg(folder).args(["-e", "nginx/error", "-c", "nginx.conf"]);
    let child = nginx.current_dir(folder).spawn().context("`nginx` could not be started")?;
    for _ in 0..100 {
        // It writes the file once it listens.
        if fs::read_to_string(folder.join("nginx/pid")).is_ok_and(|text| text.ends_with('\n')) {
            return Ok(child);
        }
        super::clock::rest();
    }
    anyhow::bail!("`nginx` does not listen: see `{}/nginx/error`", folder.display())
}

/// Runs the gateway and waits until it says where it listens; what it says goes on in a file.
fn gateway(program: &Path, folder: &Path) -> Result<(Child, SocketAddr)> {
    let mut child = avouch(program, folder).arg("gateway").stderr(Stdio::piped()).spawn()?;
    let mut said = BufReader::new(child.stderr.take().context("the gateway says nothing")?);
    let mut line = String::new();
    said.read_line(&mut line)?;
    let address = line.strip_prefix("listening at ").and_then(|rest| rest.split(',').next());
    let address = address.with_context(|| format!("the gateway said `{}`", line.trim_end()))?;
    let mut log = fs::File::create(folder.join("gateway.log"))?;
    std::thread::spawn(move || std::io::copy(&mut said, &mut log));
    Ok((child, address.parse()?))
}

fn issue(program: &Path, folder: &Path, words: &[&str]) -> Result<(String, String)> {
    let done = avouch(program, folder)
        .args(words)
        .args(["--json", "--actor", "soak"])
        .stderr(Stdio::null())
        .output()?;
    ensure!(done.status.success(), "`avouch {}` ended with {}", words.join(" "), done.status);
    let said: Value = serde_json::from_slice(&done.stdout)?;
    let text = |name: &str| said.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    Ok((text("id"), text("key")))
}

/// Seconds since 1970, for tokens.
#[expect(clippy::disallowed_methods, reason = "tokens say when they were made")]
pub(super) fn now_s() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.ok().and_then(|since| i64::try_from(since.as_secs()).ok()).unwrap_or_default()
}
