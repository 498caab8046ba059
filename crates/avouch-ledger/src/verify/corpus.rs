//! Every way to tamper with a ledger that the other verifier knows, judged by this one.
//!
//! The cases are written by the tests of the Python verifier, which knows the format's document only.

use super::*;
use crate::storage::Disk;
use serde_json::Value;
use std::path::Path;
use std::process::Command;

/// What an auditor holds, from less to more.
const LEVELS: [&str; 4] = ["P", "C", "Q", "F"];

fn note(path: &Path) -> Option<Note> {
    Note::parse(&std::fs::read(path).ok()?).ok()
}

/// What an auditor of a level holds in a case.
fn knowledge(auditor: &Path, level: usize) -> Knowledge {
    let text = |name: &str| std::fs::read_to_string(auditor.join(name)).unwrap();
    let mut knowledge = Knowledge::of(VerifierKey::parse(text("public-key").trim()).unwrap());
    if level >= 1 {
        knowledge.earlier.extend(note(&auditor.join("early")));
    }
    if level >= 2 {
        knowledge.earlier.extend(note(&auditor.join("latest")));
        knowledge.witnesses = Some(WitnessPolicy::parse(&text("policy")).unwrap());
    }
    if level >= 3 {
        knowledge.take_file(text("keys.json").as_bytes()).unwrap();
    }
    knowledge
}

/// Judges a case at each level; how many levels were judged.
fn judge(case: &Path) -> usize {
    let Ok(expected) = std::fs::read(case.join("expected.json")) else { return 0 };
    let expected: Value = serde_json::from_slice(&expected).unwrap();
    for (level, name) in LEVELS.iter().enumerate() {
        let knowledge = knowledge(&case.join("auditor"), level);
        let report = verify(&Disk::read_only(case.join("log")), &knowledge);
        let found: Vec<&str> = report.findings.iter().map(|finding| finding.code.name()).collect();
        let wanted: Vec<&str> =
            expected[name].as_array().unwrap().iter().map(|code| code.as_str().unwrap()).collect();
        let agrees = wanted.iter().all(|code| found.contains(code));
        let silent = !wanted.is_empty() || found.is_empty();
        assert!(agrees && silent, "{} {name}: {wanted:?}, {found:?}", case.display());
    }
    LEVELS.len()
}

/// Lets the tests of the other verifier write the cases, and judges each of them with both; how many
/// levels were judged.
fn judge_all(out: &Path, of: &[&std::ffi::OsStr]) -> usize {
    let said = Command::new("python3")
        .args(["-B", "-m", "tests.corpus", "--judge"])
        .arg(out)
        .args(of)
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../verify"))
        .output()
        .unwrap();
    let (told, complained) =
        (String::from_utf8_lossy(&said.stdout), String::from_utf8_lossy(&said.stderr));
    assert!(said.status.success() && told.is_empty(), "{told}{complained}");
    let cases = std::fs::read_dir(out).unwrap();
    cases.map(|case| judge(&case.unwrap().path())).sum()
}

#[test]
#[ignore = "needs Python 3; run with `cargo xtask test --only verifier`"]
fn both_verifiers_agree_on_every_way_to_tamper_with_a_log_of_ours() {
    let folder = tempfile::tempdir().unwrap();
    super::written::standard(folder.path());
    let judged = judge_all(&folder.path().join("cases"), &[folder.path().as_os_str()]);
    assert!(judged > 300, "{judged}");
}

#[test]
#[ignore = "needs Python 3; run with `cargo xtask test --only verifier`"]
fn both_verifiers_agree_on_every_way_to_tamper() {
    let folder = tempfile::tempdir().unwrap();
    let judged = judge_all(&folder.path().join("cases"), &[]);
    assert!(judged > 300, "{judged}");
}
