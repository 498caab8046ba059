//! `avouch audit report`
//!
//! The PDF is no part of a package: two browsers print the same page as different bytes. It shows what
//! `report/report.html` says, which is.

use super::args::ReportArgs;
use super::package::read_up_to;
use super::{Failed, answer, tell};
use crate::exit::Exit;
use anyhow::{Context, anyhow};
use avouch_ledger::merkle::Hash;
use serde_json::Value;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

/// LIMIT: bytes of a report.
const REPORT_BYTES_MAX: u64 = 256 << 20;

/// LIMIT: how long the browser may print.
const PRINTING: Duration = Duration::from_mins(3);

/// Names under which the browser is looked for.
const BROWSERS: [&str; 6] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
];

const NEXT: &str = "install Chromium (`apt-get install chromium`), or name one with `--chromium`; `report/report.html` of the package says the same in any browser";

/// Prints the report of a package.
pub(super) fn run(args: &ReportArgs) -> Result<Exit, Failed> {
    let page = args.package.join("report/report.html");
    listed(args, &page)?;
    if args.pdf.exists() {
        return Err(Failed::usage(anyhow!("`{}` is there already", args.pdf.display()))
            .advice("name another file with `--pdf`"));
    }
    let page = absolute(&page)?;
    let out = std::path::absolute(&args.pdf)
        .with_context(|| format!("`{}`", args.pdf.display()))
        .map_err(Failed::usage)?;
    let room = Room::beside(&out)?;
    let runtime = tokio::runtime::Runtime::new().map_err(Failed::broken)?;
    let names: Vec<PathBuf> = match &args.chromium {
        Some(program) => vec![program.clone()],
        None => BROWSERS.iter().map(PathBuf::from).collect(),
    };
    for name in names {
        let mut command = tokio::process::Command::new(&name);
        command.args(words(args, &out, &room.0, &page));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        command.kill_on_drop(true);
        let printed =
            runtime.block_on(async { tokio::time::timeout(PRINTING, command.output()).await });
        let Ok(ended) = printed else {
            return Err(
                Failed::usage(anyhow!("`{}` did not end in time", name.display())).advice(NEXT)
            );
        };
        return match ended {
            Err(error)
                if error.kind() == std::io::ErrorKind::NotFound && args.chromium.is_none() =>
            {
                continue;
            }
            Err(error) => Err(Failed::usage(
                anyhow::Error::from(error).context(format!("`{}` cannot be run", name.display())),
            )
            .advice(NEXT)),
            Ok(ended) => judged(args, &name, &String::from_utf8_lossy(&ended.stderr)),
        };
    }
    Err(Failed::usage(anyhow!("no browser was found that could print the report")).advice(NEXT))
}

/// A folder for what the browser writes besides, which goes away with it.
struct Room(PathBuf);

impl Room {
    fn beside(out: &Path) -> Result<Self, Failed> {
        let room = out.with_extension("browser");
        std::fs::create_dir(&room)
            .with_context(|| format!("`{}`, where the browser works", room.display()))
            .map_err(Failed::usage)?;
        Ok(Self(room))
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        // What cannot be removed holds nothing but caches.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The report must be the one that is listed in the package.
fn listed(args: &ReportArgs, page: &Path) -> Result<(), Failed> {
    let bytes = read_up_to(page, "the report", REPORT_BYTES_MAX)?;
    let manifest = read_up_to(&args.package.join("manifest.json"), "the list", REPORT_BYTES_MAX)?;
    let manifest: Value =
        serde_json::from_slice(&manifest).context("`manifest.json`").map_err(Failed::usage)?;
    let mut files = manifest.get("files").and_then(Value::as_array).into_iter().flatten();
    let digest = Hash::of(&bytes).to_hex();
    let is_it = |file: &Value| {
        file.get("path").and_then(Value::as_str) == Some("report/report.html")
            && file.get("sha256").and_then(Value::as_str) == Some(&digest)
    };
    if files.any(is_it) {
        return Ok(());
    }
    let changed = anyhow!("`{}` is not the report that the package lists", page.display());
    Err(Failed { exit: Exit::Tampered, error: changed, advice: None }
        .advice("see what was changed with `avouch audit verify`"))
}

fn absolute(page: &Path) -> Result<PathBuf, Failed> {
    page.canonicalize().with_context(|| format!("`{}`", page.display())).map_err(Failed::usage)
}

/// The browser may reach nothing but the page.
fn words(args: &ReportArgs, out: &Path, profile: &Path, page: &Path) -> Vec<OsString> {
    let with = |name: &str, path: &Path| {
        let mut word = OsString::from(name);
        word.push(path);
        word
    };
    let mut words: Vec<OsString> = [
        "--headless=new",
        "--disable-gpu",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-extensions",
        "--host-resolver-rules=MAP * ~NOTFOUND",
        "--no-pdf-header-footer",
        "--generate-pdf-document-outline",
    ]
    .map(OsString::from)
    .to_vec();
    if args.no_sandbox {
        words.push("--no-sandbox".into());
    }
    words.push(with("--user-data-dir=", profile));
    words.push(with("--print-to-pdf=", out));
    words.push(address(page));
    words
}

/// The address of a file, in which nothing is left that means something else there.
fn address(page: &Path) -> OsString {
    let mut text = String::from("file://");
    for byte in page.as_os_str().as_encoded_bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(byte) {
            text.push(char::from(*byte));
        } else {
            // Writing to a string does not fail.
            let _ = std::fmt::Write::write_fmt(&mut text, format_args!("%{byte:02X}"));
        }
    }
    text.into()
}

/// What the browser made; it ends well even where it made nothing.
fn judged(args: &ReportArgs, name: &Path, said: &str) -> Result<Exit, Failed> {
    let begin = std::fs::File::open(&args.pdf).and_then(|mut file| {
        let mut begin = [0; 5];
        std::io::Read::read_exact(&mut file, &mut begin).map(|()| begin)
    });
    if begin.is_ok_and(|begin| begin == *b"%PDF-") {
        answer(&format!("{}\n", args.pdf.display()))?;
        tell(
            "it is no part of the package, and other browsers print other bytes: what verifies is `report/report.html`",
        );
        return Ok(Exit::Clean);
    }
    let last = said.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("it said nothing");
    let failed = Failed::usage(anyhow!("`{}` printed nothing: {last}", name.display()));
    Err(if said.contains("no-sandbox") {
        failed.advice("it refuses to run as root: do this as another user, or give `--no-sandbox`")
    } else {
        failed.advice(NEXT)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_an_address_of_a_file_and_nothing_more() {
        let page = Path::new("/tmp/a b#c?d/é.html");
        assert_eq!(address(page), "file:///tmp/a%20b%23c%3Fd/%C3%A9.html");
    }
}
