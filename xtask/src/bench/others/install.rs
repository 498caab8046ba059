//! Installs other scanners into a folder of their own, once.

use super::Other;
use crate::processes::command;
use anyhow::{Context, Result, ensure};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// LIMIT: seconds one scanner may take on one API.
const SECONDS_MAX: &str = "600";

/// A Python environment that holds one scanner.
#[derive(Debug)]
pub(in crate::bench) struct Installed {
    folder: PathBuf,
}

impl Installed {
    /// Installs it below `folder`, unless it is there already.
    pub(in crate::bench) fn of(other: &Other, folder: &Path) -> Result<Self> {
        let folder = folder.join(other.name);
        let ready = folder.join("ready");
        if !ready.exists() {
            let made = command("python3").args(["-m", "venv"]).arg(&folder).status();
            let made = made.context("python3 is needed to install other scanners")?;
            ensure!(
                made.success(),
                "no Python environment could be made: is `python3-venv` there?"
            );
            let mut pip = command(folder.join("bin/pip"));
            pip.args(["install", "--quiet", "--disable-pip-version-check"]).args(other.packages);
            ensure!(pip.status()?.success(), "pip could not install {}", other.packages.join(", "));
            std::fs::write(ready, "")?;
        }
        Ok(Self { folder })
    }

    /// One of its programs, bounded in time.
    pub(super) fn program(&self, name: &str) -> Command {
        let mut bounded = command("timeout");
        bounded.arg(SECONDS_MAX).arg(self.folder.join("bin").join(name));
        // What it leaves behind stays with it.
        bounded.current_dir(&self.folder);
        bounded.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        bounded
    }

    /// The credential that a login gives, asked for with Python: this program speaks no HTTP.
    pub(in crate::bench) fn token(&self, url: &str, body: &str) -> Result<String> {
        let output = command(self.folder.join("bin/python"))
            .args(["-c", LOGIN, url, body])
            .output()
            .context("the login could not be asked for")?;
        let token = String::from_utf8(output.stdout)?.trim().to_owned();
        ensure!(!token.is_empty(), "the login gave no token");
        Ok(token)
    }
}

/// Logs in and prints the first text under a key that ends in `token`.
const LOGIN: &str = r#"
import json, sys, urllib.request
def find(value):
    for key, inner in value.items() if isinstance(value, dict) else []:
        if key.lower().endswith("token") and isinstance(inner, str):
            return inner
        found = find(inner)
        if found:
            return found
request = urllib.request.Request(sys.argv[1], data=sys.argv[2].encode(),
                                 headers={"content-type": "application/json"})
print(find(json.load(urllib.request.urlopen(request, timeout=10))) or "")
"#;
