//! Who asks: `wrk` with 64 connections.

use super::servers::{LOAD_CORE, pinned};
use crate::processes::command;
use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

/// Connections at once.
const CONNECTIONS: u32 = 64;

/// What is asked for.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    pub(super) method: &'static str,
    pub(super) path: String,
    /// Header lines: name and value.
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: String,
}

/// How fast.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pace {
    /// Each connection asks again as soon as it was answered.
    Full,
    /// Each connection rests 10 to 30 ms between an answer and the next request: what an answer takes
    /// then says more about the proxy than about the queue before it.
    Rests,
}

/// What `wrk` saw.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
pub(super) struct Seen {
    pub(super) requests: f64,
    pub(super) seconds: f64,
    pub(super) p50_ms: f64,
    pub(super) p99_ms: f64,
    /// Answers that were none of success, and requests that had none.
    pub(super) errors: f64,
}

/// Whether `wrk` is there, or what to do.
pub(super) fn ensure_there() -> Result<()> {
    // It knows no word that ends well: that it starts is enough.
    let started = command("wrk").arg("-v").stdout(Stdio::null()).stderr(Stdio::null()).status();
    ensure!(started.is_ok(), "`wrk` is not there: install Debian's package `wrk`");
    Ok(())
}

/// A script of `wrk` that asks for all that is wanted, one after the other.
pub(super) fn script(folder: &Path, name: &str, wanted: &[Wanted], pace: Pace) -> Result<PathBuf> {
    let mut text = String::from("local all = {}\ninit = function(args)\n");
    for one in wanted {
        let headers: Vec<String> =
            one.headers.iter().map(|(name, value)| format!("[{name:?}] = {value:?}")).collect();
        let body = if one.body.is_empty() { "nil".to_owned() } else { format!("{:?}", one.body) };
        writeln!(
            text,
            "  all[#all + 1] = wrk.format({:?}, {:?}, {{ {} }}, {body})",
            one.method,
            one.path,
            headers.join(", ")
        )?;
    }
    text.push_str(
        "end\nlocal at = 0\nrequest = function()\n  at = at % #all + 1\n  return all[at]\nend\n",
    );
    text.push_str(match pace {
        Pace::Full => "",
        Pace::Rests => "delay = function() return math.random(10, 30) end\n",
    });
    text.push_str(DONE);
    let path = folder.join(format!("{name}.lua"));
    std::fs::write(&path, text).context("a script of `wrk`")?;
    Ok(path)
}

/// Prints what is read back here.
const DONE: &str = "\
done = function(summary, latency, requests)
  local wrong = summary.errors
  io.write(string.format(
    '\\n{\"requests\":%d,\"seconds\":%f,\"p50_ms\":%f,\"p99_ms\":%f,\"errors\":%d}\\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3,
    latency:percentile(99) / 1e3,
    wrong.connect + wrong.read + wrong.write + wrong.status + wrong.timeout))
end
";

/// Asks for so many seconds.
pub(super) fn run(script: &Path, url: &str, seconds: u32) -> Result<Seen> {
    let mut wrk = pinned("wrk", LOAD_CORE);
    wrk.args(["-t1", &format!("-c{CONNECTIONS}"), &format!("-d{seconds}s"), "-s"]).arg(script);
    let output = wrk.arg(url).stdin(Stdio::null()).output().context("`wrk` does not start")?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let told = String::from_utf8_lossy(&output.stderr);
    let seen = read(&said).with_context(|| format!("`wrk` said `{}{told}`", said.trim()))?;
    ensure!(seen.requests > 0.0, "`wrk` got no answer from {url}");
    let errors = seen.errors;
    ensure!(errors == 0.0, "{errors} of {} requests to {url} failed", seen.requests);
    Ok(seen)
}

fn read(said: &str) -> Option<Seen> {
    said.lines().find_map(|line| serde_json::from_str(line).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_script_prints_is_read() {
        let said = "Running 1s test\n  2 threads\n\n{\"requests\":9,\"seconds\":1.5,\"p50_ms\":0.5,\
                    \"p99_ms\":2,\"errors\":1}\n";
        let seen = Seen { requests: 9.0, seconds: 1.5, p50_ms: 0.5, p99_ms: 2.0, errors: 1.0 };
        assert_eq!(read(said), Some(seen));
        assert_eq!(read("nothing"), None);
    }
}
