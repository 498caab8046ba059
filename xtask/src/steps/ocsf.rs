//! The step `ocsf`: exported events against the schema as it is published.

use super::{End, Options, left_out};
use crate::processes::command;
use std::path::Path;
use std::process::Command;

/// What generates the schemas, and what pins it.
const SOURCE: &str = "crates/avouch-report/schema";

/// The version of OCSF, as the code that exports says it too.
const VERSION: &str = "1.8.0";

/// The classes that are exported.
const CLASSES: [&str; 7] = ["2002", "2003", "2004", "2005", "3002", "6003", "6007"];

/// Installs the schema below `target` and runs the tests that need it.
pub(super) fn run(_: Options) -> End {
    let root = crate::tree::root();
    let (source, folder) = (root.join(SOURCE), root.join("target/ocsf"));
    if let Err(why) = schemas(&source, &folder) {
        return End::Skipped(why);
    }
    let passed = left_out::pass(&["--lib"], "ocsf::published::");
    End::of(passed, "an event is not as the published schema says")
}

/// Writes the schemas of all classes into the folder `schema`.
fn schemas(source: &Path, folder: &Path) -> Result<(), String> {
    let schema = folder.join("schema");
    std::fs::create_dir_all(&schema).map_err(|error| format!("no folder for schemas: {error}"))?;
    let environment = folder.join("python");
    let python = environment.join("bin/python");
    if !python.exists() {
        let mut made = command("python3");
        made.args(["-m", "venv"]).arg(&environment);
        done(made, "no environment of Python could be made: is `python3-venv` installed?")?;
    }
    let mut installed = Command::new(&python);
    installed.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
    installed.args(["--require-hashes", "--requirement"]);
    installed.arg(source.join("ocsf-requirements.txt"));
    done(installed, "`pip` could not install `ocsf-json-schema`: no network?")?;
    let mut written = Command::new(&python);
    written.arg(source.join("ocsf.py")).arg(VERSION).arg(&schema).args(CLASSES);
    done(written, "the schemas could not be written")
}

fn done(mut command: Command, otherwise: &str) -> Result<(), String> {
    let is_done = command.status().is_ok_and(|status| status.success());
    if is_done { Ok(()) } else { Err(otherwise.to_owned()) }
}
