//! Steps that are one or two commands: format, lints, tidy, documentation.

use super::{Detail, End, Options};
use crate::commands::{reference_is_current, tidy_keeps};
use crate::processes::command;
use crate::tidy::{LINKS, RULES};
use crate::tree::Tree;
use std::process::Command;

pub(super) fn format(_: Options) -> End {
    let mut cargo = command("cargo");
    cargo.args(["fmt", "--all", "--check"]);
    End::of(succeeds(&mut cargo), "run `cargo fmt`")
}

/// Warnings are made errors behind `--`, so that dependencies are not built again for it.
pub(super) fn lints(_: Options) -> End {
    let mut cargo = command("cargo");
    cargo.args(["clippy", "--workspace", "--all-targets", "--locked", "--keep-going"]);
    cargo.args(["--", "-D", "warnings"]);
    End::of(succeeds(&mut cargo), "see the warnings above")
}

pub(super) fn tidy(_: Options) -> End {
    match Tree::of_workspace() {
        Ok(tree) => {
            let broken = RULES.iter().filter(|rule| !tidy_keeps(&tree, rule)).count();
            End::of(broken == 0, &format!("{broken} of {} rules broken", RULES.len()))
        }
        Err(error) => End::Failed(Detail { note: format!("{error:#}"), counts: None }),
    }
}

pub(super) fn reference(_: Options) -> End {
    match reference_is_current() {
        Ok(current) => End::of(current, "run `cargo xtask reference`"),
        Err(error) => End::Failed(Detail { note: format!("{error:#}"), counts: None }),
    }
}

/// Examples are named although there may be none: it makes cargo choose the features of the
/// dependencies as the lints do, so that what was checked for them is not checked again. Private
/// items are included, and links to them are fine: nothing is published, and who reads these pages
/// wants to change the code.
pub(super) fn documentation(_: Options) -> End {
    let mut cargo = command("cargo");
    cargo.args(["doc", "--workspace", "--no-deps", "--lib", "--bins", "--examples", "--locked"]);
    cargo.args(["--document-private-items", "--keep-going"]);
    cargo.env("RUSTDOCFLAGS", "-D warnings -A rustdoc::private_intra_doc_links");
    let builds = succeeds(&mut cargo);
    let resolves = Tree::of_workspace().is_ok_and(|tree| tidy_keeps(&tree, LINKS));
    End::of(builds && resolves, if builds { "a link is broken" } else { "`cargo doc` failed" })
}

/// Whether a command could be started and ended well. It prints what it has to say itself.
fn succeeds(command: &mut Command) -> bool {
    match command.status() {
        Ok(status) => status.success(),
        Err(error) => {
            println!("cannot start `{}`: {error}", command.get_program().display());
            false
        }
    }
}
