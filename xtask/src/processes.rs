//! Other programs: started the same way everywhere.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Stdio};

/// A command that runs in the repository's root.
///
/// What `cargo run` tells this program about its own package is taken away: build scripts that watch
/// such variables would otherwise run again, and with them all that depends on them.
pub(crate) fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(crate::tree::root());
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&name);
        }
    }
    command
}

/// Whether a program can be started and ends well when given these words.
pub(crate) fn answers(program: impl AsRef<OsStr>, words: &[&str]) -> bool {
    let silent = command(program)
        .args(words)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    silent.is_ok_and(|status| status.success())
}

/// The name of a program's file on this system.
pub(crate) fn executable(folder: &Path, name: &str) -> std::path::PathBuf {
    folder.join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
}

/// Builds the program as its tests use it, and says where it is. All of the workspace's features are on,
/// as in the tests, so that nothing is compiled a second time for it.
pub(crate) fn built_avouch() -> anyhow::Result<std::path::PathBuf> {
    let built =
        command("cargo").args(["build", "--quiet", "--workspace", "--bin", "avouch"]).status()?;
    anyhow::ensure!(built.success(), "`avouch` could not be built");
    Ok(executable(&crate::tree::target()?.join("debug"), "avouch"))
}
