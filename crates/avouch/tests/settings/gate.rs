//! A gateway as a user runs it, from lines of its configuration.

use crate::ignored;
use crate::wire::{Answer, Says, Upstream, exchange, json, request, secure_exchange};
use std::io::{BufRead, BufReader, Write as _};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// What every gateway here has unless a test says otherwise.
const USUAL: [&str; 4] = [
    "gateway.listen = [{ address = \"127.0.0.1:0\" }]",
    "gateway.threads = 1",
    "gateway.upstream.addresses = [\"http://{upstream}\"]",
    "guard.identify.anybody = true",
];

/// The line that names the description.
pub(crate) const DESCRIBED: &str = "guard.openapi = \"openapi.json\"";

/// An API with a little of everything.
const DESCRIPTION: &str = include_str!("openapi.json");

/// A gateway that is not started yet, in a folder of its own.
pub(crate) struct Setup {
    folder: tempfile::TempDir,
    lines: Vec<String>,
    variables: Vec<(String, String)>,
    file_bytes_max: Option<u64>,
    pub(crate) upstream: Upstream,
}

/// The key of a line.
fn key(line: &str) -> &str {
    line.split_once(" = ").map_or(line, |(key, _)| key)
}

impl Setup {
    /// With these lines, before an API that answers everything alike.
    pub(crate) fn of(lines: &[&str]) -> Self {
        Self::before(Upstream::saying(|_| json(200, "{\"name\":\"Anna\"}")), lines)
    }

    /// Before that API.
    pub(crate) fn before(upstream: Upstream, lines: &[&str]) -> Self {
        let own = |usual: &&str| !lines.iter().any(|line| key(line) == key(usual));
        let all = USUAL.iter().filter(|usual| own(usual)).chain(lines);
        let address = upstream.address.to_string();
        let lines = all.map(|line| line.replace("{upstream}", &address)).collect();
        let folder = tempfile::tempdir().unwrap();
        let setup = Self { folder, lines, variables: Vec::new(), file_bytes_max: None, upstream };
        setup.file("openapi.json", DESCRIPTION)
    }

    /// With an API that answers so.
    pub(crate) fn saying(says: Says, lines: &[&str]) -> Self {
        Self::before(Upstream::saying(says), lines)
    }

    /// With a file beside the configuration.
    pub(crate) fn file(self, name: &str, text: impl AsRef<[u8]>) -> Self {
        std::fs::write(self.path(name), text).unwrap();
        self
    }

    /// Lets no file that it writes grow beyond so many bytes, as on a full disk.
    pub(crate) fn with_files_of_at_most(mut self, bytes: u64) -> Self {
        self.file_bytes_max = Some(bytes);
        self
    }

    /// With an environment variable.
    pub(crate) fn knowing(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// A place in its folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_avouch"));
        command.args(words).current_dir(self.folder.path()).stdin(Stdio::null());
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).env("NO_COLOR", "1");
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }

    fn gateway(&self) -> Command {
        let Some(bytes) = self.file_bytes_max else { return self.command(&["gateway"]) };
        // A program that does not know what a limit is would be ended by it; a full disk only says no.
        let limited = format!("trap '' XFSZ; ulimit -S -f {}; exec \"$0\" gateway", bytes / 512);
        let mut command = Command::new("sh");
        command.args(["-c", &limited, env!("CARGO_BIN_EXE_avouch")]);
        command.current_dir(self.folder.path()).stdin(Stdio::null());
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).env("NO_COLOR", "1");
        command
    }

    /// Runs another command of the program to its good end, and gives what it printed.
    pub(crate) fn run(&self, words: &[&str]) -> String {
        let output = self.command(words).output().unwrap();
        assert!(output.status.success(), "{words:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn configure(&self) {
        let text = ignored::without(&self.lines.join("\n"));
        std::fs::write(self.path("avouch.toml"), text).unwrap();
    }

    /// Starts it.
    pub(crate) fn start(self) -> Gate {
        self.configure();
        let mut child = self.gateway().spawn().unwrap();
        let mut told = BufReader::new(child.stderr.take().unwrap());
        let mut said = String::new();
        let address = loop {
            let mut line = String::new();
            let count = told.read_line(&mut line).unwrap();
            said.push_str(&line);
            assert!(count > 0, "it ended before it served: {said}");
            if let Some((_, rest)) = line.split_once("listening at ") {
                break rest.split(',').next().unwrap().parse().unwrap();
            }
        };
        let log = Arc::new(Mutex::new(said.clone()));
        let telling = log.clone();
        // What it tells later is read, so that it never waits for a reader.
        std::thread::spawn(move || {
            for line in told.lines().map_while(Result::ok) {
                let mut log = telling.lock().unwrap();
                log.push_str(&line);
                log.push('\n');
            }
        });
        Gate { setup: self, child, address, said, log }
    }

    /// Why the configuration is refused, by a check that serves nothing.
    pub(crate) fn refused(self) -> String {
        self.fails(&["gateway", "check"], 2)
    }

    /// Why it does not start, where a check does not look.
    pub(crate) fn refused_at_start(self, code: i32) -> String {
        self.fails(&["gateway"], code)
    }

    fn fails(&self, words: &[&str], code: i32) -> String {
        self.configure();
        let mut child = self.command(words).stderr(Stdio::piped()).spawn().unwrap();
        let began = Instant::now();
        while child.try_wait().unwrap().is_none() && began.elapsed() < Duration::from_secs(20) {
            std::thread::sleep(Duration::from_millis(20));
        }
        // One that serves, where it must not, would be waited for without end.
        let _ = child.kill();
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{output:?}");
        String::from_utf8(output.stderr).unwrap()
    }
}

/// A gateway that runs.
pub(crate) struct Gate {
    setup: Setup,
    child: Child,
    pub(crate) address: SocketAddr,
    /// What it told until it served.
    pub(crate) said: String,
    log: Arc<Mutex<String>>,
}

impl Drop for Gate {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Gate {
    /// One with these lines.
    pub(crate) fn of(lines: &[&str]) -> Self {
        Setup::of(lines).start()
    }

    /// The API behind it.
    pub(crate) fn upstream(&self) -> &Upstream {
        &self.setup.upstream
    }

    /// All that it told until now.
    pub(crate) fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// Waits until what is looked at is as wanted.
    #[track_caller]
    pub(crate) fn waits_for(&self, is: impl Fn(&str) -> bool, look: impl Fn(&Self) -> String) {
        let began = Instant::now();
        while !is(&look(self)) {
            assert!(began.elapsed() < Duration::from_secs(20), "{}", look(self));
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// A file or folder where it runs.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.setup.path(name)
    }

    /// Puts a line in the place of that of the same key, in the file that the gateway reads.
    pub(crate) fn change(&self, line: &str) {
        std::fs::write(self.setup.path("avouch.toml"), self.otherwise(line)).unwrap();
    }

    /// Writes a file that the gateway reads.
    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.setup.path(name), text).unwrap();
    }

    /// The configuration with a line in the place of that of the same key.
    fn otherwise(&self, line: &str) -> String {
        let mut lines: Vec<&str> = self.setup.lines.iter().map(String::as_str).collect();
        lines.retain(|own| key(own) != key(line));
        lines.push(line);
        lines.join("\n")
    }

    /// Writes the configuration without a line beside it.
    pub(crate) fn write_without(&self, name: &str, line: &str) {
        let mut lines = self.setup.lines.clone();
        lines.retain(|own| own != line);
        std::fs::write(self.setup.path(name), lines.join("\n")).unwrap();
    }

    /// Runs another command of the program where it runs: its exit code, and what it printed.
    pub(crate) fn run(&self, words: &[&str]) -> (i32, String) {
        let output = self.setup.command(words).output().unwrap();
        (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
    }

    /// Sends a request.
    pub(crate) fn ask(&self, method: &str, target: &str, headers: &[&str], body: &str) -> Answer {
        exchange(self.address, &request(method, target, headers, body))
    }

    /// Asks for a path.
    pub(crate) fn get(&self, target: &str, headers: &[&str]) -> Answer {
        self.ask("GET", target, headers, "")
    }

    /// Sends JSON.
    pub(crate) fn post(&self, target: &str, body: &str) -> Answer {
        self.ask("POST", target, &["Content-Type: application/json"], body)
    }

    /// Asks for a path by TLS.
    pub(crate) fn get_secure(&self, tls: Arc<rustls::ClientConfig>, target: &str) -> Answer {
        secure_exchange(self.address, tls, &request("GET", target, &[], ""))
    }

    /// The id of its process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Tells it to end.
    pub(crate) fn terminate(&self) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    }

    /// Whether it has ended.
    pub(crate) fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// Ends it, and gives its folder back.
    pub(crate) fn ended(mut self) -> Ended {
        self.terminate();
        assert!(self.child.wait().unwrap().success());
        Ended(self)
    }
}

/// A gateway that ended in good order.
pub(crate) struct Ended(Gate);

impl Ended {
    /// Runs a command where it ran.
    pub(crate) fn run(&self, words: &[&str]) -> String {
        self.0.setup.run(words)
    }

    /// Runs a command where it ran: its exit code, and what it printed.
    pub(crate) fn run_to(&self, words: &[&str]) -> (i32, String) {
        self.0.run(words)
    }

    /// Runs a command where it ran, to its good end, with these lines to read.
    pub(crate) fn feed(&self, words: &[&str], lines: &str) {
        let mut command = self.0.setup.command(words);
        let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{words:?}: {output:?}");
    }

    /// A file or folder where it ran.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.setup.path(name)
    }
}

/// Asks two gateways the same. They differ in the lines of one key alone, and so must what comes of it.
#[track_caller]
pub(crate) fn differ<T: PartialEq + std::fmt::Debug>(
    shared: &[&str],
    (with, becomes): (&[&str], T),
    (without, else_becomes): (&[&str], T),
    ask: impl Fn(&Gate) -> T,
) {
    assert_ne!(becomes, else_becomes, "two outcomes that are alike show nothing");
    let outcome = |lines: &[&str]| ask(&Gate::of(&[shared, lines].concat()));
    assert_eq!(outcome(with), becomes, "with {with:?}");
    assert_eq!(outcome(without), else_becomes, "with {without:?}");
}
