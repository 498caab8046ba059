//! PostgreSQL with a chain of hashes: Debian's server, started in a folder of its own.
//!
//! It is given what makes it fast and leaves it safe: more memory and longer intervals between
//! checkpoints than by default, prepared statements, a chain with nothing beside it, and for rows in
//! thousands a body that never crosses the network.

use super::super::cpu::spent_s;
use super::samples::Sample;
use crate::processes::command;
use crate::stopwatch::Stopwatch;
use anyhow::{Context, Result, bail, ensure};
use std::fmt::Write as _;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// Where Debian keeps the programs of each version.
const VERSIONS: &str = "/usr/lib/postgresql";
/// The user that Debian's package makes; the server refuses to run as root.
const USER: &str = "postgres";
/// Rows of a large transaction.
pub(super) const BATCH: u64 = 1_000;

const SETTINGS: &str = "
listen_addresses = ''
fsync = on
synchronous_commit = on
full_page_writes = on
shared_buffers = 256MB
wal_buffers = 16MB
max_wal_size = 8GB
checkpoint_timeout = 30min
max_connections = 100
";

/// The chain in the database: the head is one row, whose lock puts the appends in order.
const SCHEMA: &str = "
CREATE TABLE log (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, hash bytea NOT NULL,
    body text NOT NULL);
CREATE TABLE head (one boolean PRIMARY KEY DEFAULT true, hash bytea NOT NULL) WITH (fillfactor = 10);
INSERT INTO head (hash) VALUES (sha256(''));
CREATE FUNCTION append(body text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE last bytea;
BEGIN
    SELECT head.hash INTO last FROM head FOR UPDATE;
    last := sha256(last || convert_to(body, 'UTF8'));
    INSERT INTO log (hash, body) VALUES (last, body);
    UPDATE head SET hash = last;
END $$;
CREATE FUNCTION append_many(body text, rows int) RETURNS void LANGUAGE plpgsql AS $$
DECLARE last bytea;
BEGIN
    SELECT head.hash INTO last FROM head FOR UPDATE;
    FOR n IN 1..rows LOOP
        last := sha256(last || convert_to(body, 'UTF8'));
        INSERT INTO log (hash, body) VALUES (last, body);
    END LOOP;
    UPDATE head SET hash = last;
END $$;
";

/// A server that runs. It ends with this value.
#[derive(Debug)]
pub(super) struct Postgres {
    programs: PathBuf,
    folder: PathBuf,
    server: Child,
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let data = self.folder.join("data");
        let mut stop = as_user(&self.programs.join("pg_ctl"));
        stop.args(["stop", "-m", "immediate", "-s", "-D"]).arg(data);
        // Where it has ended by itself there is nothing to stop.
        if !stop.status().is_ok_and(|status| status.success()) {
            drop(self.server.kill());
        }
        drop(self.server.wait());
    }
}

/// A program of the server's, as a user that the server accepts.
fn as_user(program: &Path) -> Command {
    if !is_root() {
        return command(program);
    }
    let mut setpriv = command("setpriv");
    setpriv.args(["--reuid", USER, "--regid", USER, "--clear-groups"]).arg(program);
    setpriv
}

fn is_root() -> bool {
    let asked = command("id").arg("-u").output();
    asked.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

/// The programs of the newest version.
fn programs() -> Result<PathBuf> {
    let versions = std::fs::read_dir(VERSIONS)
        .context("there is no PostgreSQL server (Debian's package `postgresql`)")?;
    let number = |path: &Path| path.file_name()?.to_str()?.parse::<u32>().ok();
    let all = versions.filter_map(|version| Some(version.ok()?.path()));
    let newest = all.filter(|path| path.join("bin/initdb").exists()).max_by_key(|it| number(it));
    Ok(newest.context("there is no PostgreSQL server in its folder")?.join("bin"))
}

fn run(command: &mut Command) -> Result<String> {
    let name = command.get_program().display().to_string();
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("`{name}`"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        bail!("`{name}` ended with {}: {}", output.status, said.trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

impl Postgres {
    /// Starts a fresh server in a folder.
    pub(super) fn start(folder: &Path) -> Result<Self> {
        let programs = programs()?;
        ensure!(programs.join("pgbench").exists(), "there is no `pgbench` beside the server");
        std::fs::create_dir_all(folder)?;
        if is_root() {
            run(command("chown").arg(USER).arg(folder))?;
        }
        let data = folder.join("data");
        let mut initdb = as_user(&programs.join("initdb"));
        initdb.args(["-A", "trust", "-U", "bench", "-E", "UTF8", "--locale=C", "-D"]);
        run(initdb.arg(&data))?;
        let settings = format!("{SETTINGS}unix_socket_directories = '{}'\n", folder.display());
        let path = data.join("postgresql.auto.conf");
        std::fs::write(&path, settings).context("the server's settings")?;
        let mut server = as_user(&programs.join("postgres"))
            .arg("-D")
            .arg(&data)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .context("the server could not be started")?;
        until_ready(&mut server)?;
        let this = Self { programs, folder: folder.to_owned(), server };
        this.script("schema.sql", SCHEMA)?;
        run(this
            .client("psql")
            .args(["-q", "-v", "ON_ERROR_STOP=1", "-f"])
            .arg(this.file("schema.sql")))?;
        Ok(this)
    }

    /// A client of the server's.
    fn client(&self, program: &str) -> Command {
        let mut client = as_user(&self.programs.join(program));
        client.arg("-h").arg(&self.folder).args(["-U", "bench"]).env("PGDATABASE", "postgres");
        client
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn script(&self, name: &str, text: &str) -> Result<()> {
        std::fs::write(self.file(name), text).context("a script of a client's")
    }

    /// Empties the log, so that no round finds a larger one than the round before.
    pub(super) fn empty(&self) -> Result<()> {
        let fresh = "TRUNCATE log; VACUUM head; CHECKPOINT;";
        self.script("empty.sql", fresh)?;
        run(self
            .client("psql")
            .args(["-q", "-v", "ON_ERROR_STOP=1", "-f"])
            .arg(self.file("empty.sql")))?;
        Ok(())
    }

    /// Appends one row a transaction, with so many clients for so long.
    pub(super) fn rows(&self, body: &str, clients: u32, seconds: u32) -> Result<Sample> {
        self.script("row.sql", &format!("SELECT append('{body}');\n"))?;
        self.bench("row.sql", clients, seconds, 1)
    }

    /// The same with 1,000 rows a transaction.
    pub(super) fn batches(&self, body: &str, clients: u32, seconds: u32) -> Result<Sample> {
        self.script("batch.sql", &format!("SELECT append_many('{body}', {BATCH});\n"))?;
        self.bench("batch.sql", clients, seconds, BATCH)
    }

    fn bench(&self, script: &str, clients: u32, seconds: u32, rows: u64) -> Result<Sample> {
        let before = self.cpu_s()?;
        let mut pgbench = self.client("pgbench");
        pgbench.args(["-n", "-M", "prepared", "-f"]).arg(self.file(script));
        pgbench.args(["-c", &clients.to_string(), "-j", &clients.min(2).to_string()]);
        let said = run(pgbench.args(["-T", &seconds.to_string()]))?;
        let (transactions, per_second) = read(&said).context("what `pgbench` said")?;
        #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52 rows")]
        let records = transactions * rows as f64;
        let cpu_s = (self.cpu_s()? - before).max(0.0);
        let wall_s = transactions / per_second;
        Ok(Sample { records, wall_s, cpu_s: Some(cpu_s), ..Sample::default() })
    }

    /// Copies rows whose chain was made before, 1,000 a transaction, so many transactions.
    pub(super) fn copies(&self, body: &str, transactions: u64) -> Result<Sample> {
        let mut text = String::new();
        for number in 0..transactions {
            text.push_str("BEGIN;\nCOPY log (hash, body) FROM STDIN;\n");
            for row in 0..BATCH {
                // What the chain comes to does not matter to who keeps it.
                writeln!(text, "\\\\x{:064x}\t{body}", number * BATCH + row)?;
            }
            text.push_str("\\.\nCOMMIT;\n");
        }
        self.script("copy.sql", &text)?;
        let before = self.cpu_s()?;
        let stopwatch = Stopwatch::start();
        run(self
            .client("psql")
            .args(["-q", "-v", "ON_ERROR_STOP=1", "-f"])
            .arg(self.file("copy.sql")))?;
        let wall_s = stopwatch.elapsed().as_secs_f64();
        let cpu_s = Some((self.cpu_s()? - before).max(0.0));
        #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52 rows")]
        let records = (transactions * BATCH) as f64;
        Ok(Sample { records, wall_s, cpu_s, ..Sample::default() })
    }

    /// Seconds of processors that the server has spent, its ended processes included.
    fn cpu_s(&self) -> Result<f64> {
        spent_s(self.server.id())
    }
}

/// Waits until the server says that it takes connections; then lets it talk on.
fn until_ready(server: &mut Child) -> Result<()> {
    let mut lines =
        BufReader::new(server.stderr.take().context("the server says nothing")?).lines();
    let mut said = Vec::new();
    while let Some(line) = lines.next() {
        let line = line?;
        if line.contains("ready to accept connections") {
            std::thread::spawn(move || lines.for_each(drop));
            return Ok(());
        }
        said.push(line);
    }
    bail!("the server ended before it was ready: {}", said.join("; "))
}

/// Transactions and transactions a second, as `pgbench` tells them.
fn read(said: &str) -> Option<(f64, f64)> {
    let after = |beginning: &str| said.lines().find_map(|line| line.strip_prefix(beginning));
    let count = after("number of transactions actually processed: ")?;
    let count = count.split('/').next()?.trim().parse().ok()?;
    let rate: f64 = after("tps = ")?.split(' ').next()?.parse().ok()?;
    (rate > 0.0).then_some((count, rate))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_pgbench_says_is_read() {
        let said = "number of clients: 4\nnumber of transactions actually processed: 7421\n\
            number of failed transactions: 0 (0.000%)\nlatency average = 2.1 ms\n\
            tps = 1855.3 (without initial connection time)\n";
        assert_eq!(read(said), Some((7421.0, 1855.3)));
        assert_eq!(read("tps = 0.0 (x)\n"), None);
    }
}
