//! Where the story is played: a folder of its own, and this program once more for each command, so that
//! whoever watches can type the same.

use super::{Failed, answer, tell};
use anyhow::{Context, anyhow};
use std::io::{BufRead, BufReader, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// The folder of everything that a demonstration makes.
pub(super) const FOLDER: &str = "avouch-demo";
/// Says that a folder was made by a demonstration, and may be made again.
const MARK: &str = ".made-by-avouch-demo";
/// Lines of an answer that are shown.
const LINES_SHOWN: usize = 12;

/// The stage.
pub(super) struct Stage {
    folder: PathBuf,
    program: PathBuf,
    /// Whether somebody is waited for between the acts.
    pausing: bool,
    acts: u32,
}

impl Stage {
    /// Makes the folder, in the place of an earlier one.
    pub(super) fn build(pausing: bool) -> Result<Self, Failed> {
        let folder = PathBuf::from(FOLDER);
        if folder.join(MARK).exists() {
            std::fs::remove_dir_all(&folder).map_err(Failed::usage)?;
        }
        std::fs::create_dir(&folder).map_err(|error| {
            Failed::usage(anyhow::Error::from(error).context(format!("`{FOLDER}` cannot be made")))
                .advice("move away what is there, or run this in another folder")
        })?;
        std::fs::write(folder.join(MARK), "").map_err(Failed::usage)?;
        let folder = std::path::absolute(&folder).map_err(Failed::usage)?;
        let program = std::env::current_exe().map_err(Failed::broken)?;
        let pausing = pausing && std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
        Ok(Self { folder, program, pausing, acts: 0 })
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Begins an act: what it shows, and why that matters.
    pub(super) fn act(&mut self, title: &str, why: &str) -> Result<(), Failed> {
        if self.pausing && self.acts > 0 {
            tell("\n(Enter goes on)");
            let mut line = String::new();
            std::io::stdin().lock().read_line(&mut line).map_err(Failed::usage)?;
        }
        self.acts += 1;
        answer(&format!("\n== {}. {title}\n{why}\n\n", self.acts))
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.args(words).current_dir(&self.folder).stdin(Stdio::null());
        command
    }

    /// Shows a command and the beginning of what it says, and gives all of it. It must end with a code.
    pub(super) fn run(&self, words: &[&str], code: i32) -> Result<String, Failed> {
        let said = self.quietly(words, code)?;
        shown(words)?;
        let lines: Vec<&str> = said.lines().collect();
        for line in lines.iter().take(LINES_SHOWN) {
            answer(&format!("  {line}\n"))?;
        }
        if lines.len() > LINES_SHOWN {
            answer(&format!("  … {} more lines\n", lines.len() - LINES_SHOWN))?;
        }
        Ok(said)
    }

    /// The same, and shows nothing.
    pub(super) fn quietly(&self, words: &[&str], code: i32) -> Result<String, Failed> {
        let ran = self.command(words).output().map_err(Failed::broken)?;
        let said = String::from_utf8_lossy(&ran.stdout).into_owned();
        if ran.status.code() == Some(code) {
            return Ok(said);
        }
        let complaint = String::from_utf8_lossy(&ran.stderr);
        Err(Failed::broken(anyhow!(
            "`avouch {}` ended otherwise: {said}{complaint}",
            words.join(" ")
        )))
    }

    /// Starts the gateway, and gives where it listens.
    pub(super) fn gateway(&self) -> Result<(Gateway, String), Failed> {
        let words = ["gateway"];
        shown(&words)?;
        let mut child =
            self.command(&words).stderr(Stdio::piped()).spawn().map_err(Failed::broken)?;
        let said = child.stderr.take().context("nothing to listen to").map_err(Failed::broken)?;
        let gateway = Gateway(child);
        let mut lines = BufReader::new(said).lines();
        for line in lines.by_ref() {
            let line = line.map_err(Failed::broken)?;
            answer(&format!("  {line}\n"))?;
            if let Some(rest) = line.strip_prefix("listening at ") {
                let address = rest.split(',').next().unwrap_or_default().to_owned();
                // What it says later must go somewhere.
                std::thread::spawn(move || lines.for_each(drop));
                return Ok((gateway, format!("http://{address}")));
            }
        }
        Err(Failed::broken(anyhow!("the gateway did not start")))
    }

    pub(super) fn write(&self, name: &str, text: &str) -> Result<(), Failed> {
        let mut file = std::fs::File::create(self.path(name)).map_err(Failed::usage)?;
        file.write_all(text.as_bytes()).map_err(Failed::usage)
    }
}

fn shown(words: &[&str]) -> Result<(), Failed> {
    let quoted = words.iter().map(|word| {
        if word.contains([' ', '{', '*']) { format!("'{word}'") } else { (*word).to_owned() }
    });
    answer(&format!("$ avouch {}\n", quoted.collect::<Vec<_>>().join(" ")))
}

/// A gateway that runs, and ends with the story.
pub(super) struct Gateway(Child);

impl Gateway {
    /// Ends it in good order: what it recorded is closed.
    pub(super) fn end(mut self) -> Result<(), Failed> {
        let id = self.0.id().to_string();
        // A part of each shell; the program of that name is not on every machine.
        let mut tell = Command::new("sh");
        let told = tell.args(["-c", "kill -TERM \"$0\"", &id]).status().map_err(Failed::broken)?;
        let ended = self.0.wait().map_err(Failed::broken)?;
        if told.success() && ended.success() {
            return Ok(());
        }
        Err(Failed::broken(anyhow!("the gateway ended with {ended}")))
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        // Where the story broke off; otherwise it is gone already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Copies a folder with all that is in it.
pub(super) fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let into = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &into)?;
        } else {
            std::fs::copy(entry.path(), into)?;
        }
    }
    Ok(())
}
