//! `cargo xtask fuzz`: the targets below `fuzz/`, by the coverage-guided library of LLVM.

use super::form::number;
use crate::processes::command;
use crate::tree::root;
use anyhow::{Context, Result, bail, ensure};
use std::path::PathBuf;

/// The targets, each a file of that name below `fuzz/fuzz_targets`.
const TARGETS: [&str; 5] = ["head", "path", "token", "policies", "validate"];
/// The compiler that takes the options below; the one that ships does not.
const TOOLCHAIN: &str = "+nightly";
/// What tells the library which way an input went.
const FLAGS: [&str; 5] = [
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
];

/// What is run, and how long each.
#[derive(Debug)]
struct Plan {
    targets: Vec<&'static str>,
    seconds: u32,
}

/// Builds the targets and runs one after another; whether none found anything.
pub(super) fn run(words: &[&str]) -> Result<bool> {
    let plan = parse(words)?;
    let target = host()?;
    let mut build = command("cargo");
    build.args([TOOLCHAIN, "build", "--release", "--manifest-path", "fuzz/Cargo.toml"]);
    // For a named target, flags are not those of build scripts.
    build
        .args(["--target", &target])
        .env("RUSTFLAGS", [&FLAGS[..], &["--cfg fuzzing"]].concat().join(" "));
    ensure!(
        build.status().context("`cargo` cannot be run")?.success(),
        "the targets cannot be built: `rustup toolchain install nightly` gives the compiler"
    );
    let programs = root().join("fuzz/target").join(target).join("release");
    let mut found = Vec::new();
    for name in plan.targets {
        println!("== {name}, {} s", plan.seconds);
        if !fuzzed(&programs.join(name), name, plan.seconds)? {
            found.push(name);
        }
    }
    match found.as_slice() {
        [] => println!("no target found anything"),
        found => println!("found something: {}; see fuzz/found", found.join(", ")),
    }
    Ok(found.is_empty())
}

/// Runs a target. What it learns is kept below `fuzz/corpus`, what it finds below `fuzz/found`.
fn fuzzed(program: &std::path::Path, name: &str, seconds: u32) -> Result<bool> {
    let folder = |kind: &str| -> Result<PathBuf> {
        let folder = root().join("fuzz").join(kind).join(name);
        std::fs::create_dir_all(&folder)?;
        Ok(folder)
    };
    let mut fuzz = command(program);
    fuzz.arg(folder("corpus")?).arg(folder("seeds")?);
    fuzz.arg(format!("-max_total_time={seconds}")).args(["-timeout=25", "-rss_limit_mb=2048"]);
    fuzz.args(["-print_final_stats=1", "-verbosity=1"]);
    fuzz.arg(format!("-artifact_prefix={}/", folder("found")?.display()));
    Ok(fuzz.status()?.success())
}

fn host() -> Result<String> {
    let said = command("rustc").args([TOOLCHAIN, "-vV"]).output()?;
    let said = String::from_utf8_lossy(&said.stdout).into_owned();
    let host = said.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned)
        .context("there is no such compiler: `rustup toolchain install nightly` gives it")
}

fn parse(words: &[&str]) -> Result<Plan> {
    let mut plan = Plan { targets: Vec::new(), seconds: 720 };
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match *word {
            "--seconds" => {
                plan.seconds = number(words.next().context("`--seconds` needs a value")?)?;
            }
            word => match TARGETS.iter().find(|target| **target == word) {
                Some(target) => plan.targets.push(target),
                None => bail!("no target `{word}`: there are {}", TARGETS.join(", ")),
            },
        }
    }
    ensure!(plan.seconds > 0, "a run of no time shows nothing");
    if plan.targets.is_empty() {
        plan.targets = TARGETS.to_vec();
    }
    Ok(plan)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_that_make_no_sense_are_errors() {
        for words in [&["--seconds"][..], &["--seconds", "0"], &["nothing"]] {
            parse(words).unwrap_err();
        }
        assert_eq!(parse(&["head"]).unwrap().targets, ["head"]);
    }

    #[test]
    fn each_target_has_a_file_and_seeds() {
        for target in TARGETS {
            let there = |path: String| root().join("fuzz").join(path).exists();
            assert!(there(format!("fuzz_targets/{target}.rs")), "{target}");
            assert!(there(format!("seeds/{target}")), "{target}");
        }
        let files = std::fs::read_dir(root().join("fuzz/fuzz_targets")).unwrap();
        assert_eq!(files.count(), TARGETS.len());
    }
}
