//! What we publish, read by an implementation of the same specifications that is not ours, and the
//! other way round. The other one is `verify/interop`.

use crate::ledgers::{append, begun, lines};
use crate::program::Avouch;
use crate::witnesses::Serving;
use avouch_beyond::witness::RemoteWitness;
use avouch_ledger::format::Genesis;
use avouch_ledger::log::Ask;
use avouch_ledger::merkle::leaf_hash;
use avouch_ledger::note::{Note, ProofFile, Signature, VerifierKey, cosigned_at};
use std::process::Stdio;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

/// Runs the other implementation; what it printed, if it ended well.
async fn other(words: &[&str], input: &str) -> Option<String> {
    let program = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/interop/debug/interop");
    let mut child = Command::new(program)
        .args(words)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("built by `cargo xtask test --only interop`");
    let mut pipe = child.stdin.take().unwrap();
    // A program that refuses does not read to the end.
    let _ = pipe.write_all(input.as_bytes()).await;
    drop(pipe);
    let output = child.wait_with_output().await.unwrap();
    output.status.success().then(|| String::from_utf8(output.stdout).unwrap())
}

#[tokio::test]
#[ignore = "needs packages; run with `cargo xtask test --only interop`"]
async fn another_implementation_accepts_our_checkpoints_and_proofs() {
    let avouch = begun().await;
    append(&avouch, &lines(300)).await.ended(0);
    let genesis = std::fs::read(avouch.folder().join("l/log/genesis")).unwrap();
    let genesis = Genesis::parse(&Note::parse(&genesis).unwrap().text).unwrap();
    let key = VerifierKey::of_note(genesis.origin.as_str(), genesis.epoch_key).unwrap().to_string();
    for index in ["0", "1", "255", "256", "299"] {
        let made = avouch.run(&["ledger", "prove", "l", "--entry", index]).await;
        let proof = made.ended(0).out.clone();
        let said = other(&["check", &key], &proof).await.expect(index);
        assert!(said.starts_with("example.com/audit ") && said.ends_with(&format!(" {index}\n")));
        let wrong = proof.replacen(&format!("index {index}"), "index 7", 1);
        assert_eq!(other(&["check", &key], &wrong).await, None);
        let stranger = VerifierKey::of_note("example.com/audit", [1; 32]).unwrap().to_string();
        assert_eq!(other(&["check", &stranger], &proof).await, None);
    }
}

#[tokio::test]
#[ignore = "needs packages; run with `cargo xtask test --only interop`"]
async fn our_witness_cosigns_a_log_of_another_implementation() {
    let log = other(&["log"], "").await.unwrap();
    let parts: Vec<String> = log.split('\u{1e}').map(str::to_owned).collect();
    let ([key], [requests @ .., proof]) = parts.split_at(1) else { panic!("{log}") };
    let avouch = Avouch::new();
    let init = ["ledger", "witness", "init", "w", "--name", "w.example/one"];
    avouch.run(&init).await.ended(0);
    avouch.run(&["ledger", "witness", "add", "w", "--key", key]).await.ended(0);
    let serving = Serving::start(&avouch).await;
    let remote = RemoteWitness::new(&serving.address).unwrap();
    let requests = requests.to_vec();
    let (answers, repeated) = tokio::task::spawn_blocking(move || {
        let ask = |body: &String| remote.ask("POST", "/add-checkpoint", body.as_bytes()).unwrap();
        (requests.iter().map(ask).collect::<Vec<_>>(), ask(&requests[1]))
    })
    .await
    .unwrap();
    assert!(answers.iter().all(|(status, _)| *status == 200), "{answers:?}");
    assert_eq!(repeated, (409, b"300\n".to_vec()));
    let witness = std::fs::read_to_string(avouch.folder().join("w/witness.vkey")).unwrap();
    let witness = VerifierKey::parse(witness.trim()).unwrap();
    let file = ProofFile::parse(proof).unwrap();
    let log = VerifierKey::parse(key).unwrap();
    assert_eq!(file.verify(&leaf_hash(b"entry 5"), &log).unwrap().size, 300);
    assert!(file.verify(&leaf_hash(b"entry 6"), &log).is_err());
    let mut note = file.checkpoint;
    let line = String::from_utf8(answers.last().unwrap().1.clone()).unwrap();
    note.signatures.push(Signature::parse(line.trim_end()).unwrap());
    assert!(cosigned_at(&note, &witness).is_ok());
}
