//! The step `archive`: a ledger's copy in the storage of a real server, installed as a package.

use super::{End, Options, left_out};
use crate::processes::{answers, command};

/// The server: S3 with Object Lock, on loopback.
const SERVER: &str = "moto[server]==5.2.1";

/// Installs the server below `target` and runs the tests that need it.
pub(super) fn run(_: Options) -> End {
    let folder = crate::tree::root().join("target/archive");
    let server = folder.join("bin/moto_server");
    if !answers(&server, &["--version"]) && !answers(&server, &["--help"]) {
        let made = command("python3").args(["-m", "venv", "--clear"]).arg(&folder).status();
        if !made.is_ok_and(|status| status.success()) {
            return End::Skipped("no Python environment: is `python3-venv` there?".to_owned());
        }
        let mut pip = command(folder.join("bin/pip"));
        pip.args(["install", "--quiet", "--disable-pip-version-check", SERVER]);
        if !pip.status().is_ok_and(|status| status.success()) {
            return End::Skipped(format!("`pip` could not install `{SERVER}`: no network?"));
        }
    }
    let passed = left_out::pass(&["--test", "cli"], "archives::");
    End::of(passed, "an archive in a bucket did not hold")
}
