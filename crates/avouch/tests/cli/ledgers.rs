//! A ledger as a person meets it.

use crate::program::{Avouch, Ran};
use std::process::Stdio;
use tokio::io::AsyncWriteExt;

/// Begins a ledger in the folder `l`.
pub(crate) async fn begun() -> Avouch {
    let avouch = Avouch::new();
    avouch.run(&["ledger", "init", "l", "--origin", "example.com/audit"]).await.ended(0);
    avouch
}

pub(crate) async fn append(avouch: &Avouch, lines: &str) -> Ran {
    append_with(avouch, &["ledger", "append", "l", "--json"], lines).await
}

pub(crate) async fn append_with(avouch: &Avouch, words: &[&str], lines: &str) -> Ran {
    let mut command = avouch.command(words);
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    // A program that refuses does not read to the end.
    let _ = input.write_all(lines.as_bytes()).await;
    drop(input);
    Ran::of(child).await
}

pub(crate) fn lines(count: usize) -> String {
    let line = |number| format!("{{\"principal\":\"anna\",\"n\":{number}}}\n");
    (0..count).map(line).collect::<Vec<_>>().concat()
}

#[tokio::test]
async fn what_is_appended_is_acknowledged_shown_and_intact() {
    let avouch = begun().await;
    let ran = append(&avouch, &lines(50)).await;
    assert_eq!(ran.ended(0).out.lines().count(), 50);
    let open = avouch.run(&["ledger", "verify", "l", "--open"]).await;
    open.ended(0).answered(&["INTACT", "50 records opened"]);
    let shown = avouch.run(&["ledger", "show", "l", "--count", "99", "--json"]).await;
    assert!(shown.ended(0).out.contains(r#""body":{"principal":"anna","n":49}"#));
    avouch.run(&["ledger", "stats", "l", "--json"]).await.ended(0).answered(&[r#""record":50"#]);
    let given = async |file: String| {
        avouch.write("keys.json", file);
        avouch.run(&["ledger", "verify", "l", "--keys", "keys.json"]).await
    };
    let keys =
        |origin| format!(r#"{{"origin":"{origin}","periods":{{"1":"{}"}}}}"#, "00".repeat(32));
    given(keys("example.com/audit")).await.ended(3).answered(&["period-key-wrong"]);
    given(keys("x")).await.ended(4).answered(&["origin-mismatch"]);
    let canary = r#"{"origin":"example.com/audit","canaries":[{"field":1,"value":"00"}]}"#;
    given(canary.to_owned()).await.ended(4).answered(&["canary-missing"]);
    let unknown = r#"{"origin":"example.com/audit","canary":[]}"#;
    given(unknown.to_owned()).await.ended(2).complained(&["keys.json"]);
    avouch.run(&["ledger", "rotate", "l"]).await.ended(0).answered(&["epoch 1"]);
    append(&avouch, &lines(1)).await.ended(0);
    avouch.run(&["ledger", "verify", "l"]).await.ended(0);
}

#[tokio::test]
async fn an_entry_is_found_exported_and_proven() {
    let avouch = begun().await;
    append(&avouch, &lines(30)).await.ended(0);
    let found = avouch.run(&["ledger", "query", "l", "principal=anna", ".n=7"]).await;
    assert_eq!(found.ended(0).out.lines().count(), 1);
    let entry: serde_json::Value = serde_json::from_str(found.out.trim()).unwrap();
    let table = avouch.run(&["ledger", "export", "l", "type=record", "--format", "csv"]).await;
    assert_eq!(table.ended(0).out.lines().count(), 31);
    avouch.run(&["ledger", "query", "l", "colour=red"]).await.ended(2).complained(&["colour"]);
    let index = entry["index"].to_string();
    let prove = ["ledger", "prove", "l", "--entry", &index, "--disclose"];
    let proof = avouch.run(&prove).await;
    avouch.write("p.tlog-proof", &proof.ended(0).out);
    let check = ["ledger", "prove", "l", "--check", "p.tlog-proof"];
    avouch.run(&check).await.ended(0).answered(&["PROVEN", r#""n":7"#]);
    avouch.write("p.tlog-proof", proof.out.replacen("index ", "index 1", 1));
    avouch.run(&check).await.ended(4);
}

/// What the verifier that knows nothing of this program says of a proof.
fn independently(avouch: &Avouch, file: &str) -> (Option<i32>, String) {
    let verifier = concat!(env!("CARGO_MANIFEST_DIR"), "/../../verify/verify.py");
    let (key, file) = (avouch.path("l/identity.vkey"), avouch.path(file));
    let mut command = std::process::Command::new("python3");
    command.arg(verifier).arg("--public-key").arg(key).arg("export").arg(file);
    let ran = command.output().unwrap();
    (ran.status.code(), String::from_utf8_lossy(&ran.stdout).into_owned())
}

#[tokio::test]
async fn an_answer_is_proven_to_leave_nothing_out() {
    let avouch = begun().await;
    append(&avouch, &lines(30)).await.ended(0);
    for (name, value, found) in [("all", "anna", 30), ("none", "emma", 0)] {
        let condition = format!("principal={value}");
        let query = ["ledger", "query", "l", &condition, "--prove", name, "--disclose"];
        let ran = avouch.run(&query).await;
        assert_eq!(ran.ended(0).out.lines().count(), found);
        let (code, said) = independently(&avouch, name);
        assert_eq!(code, Some(0), "{said}");
        let check = ["ledger", "prove", "l", "--check", name];
        let checked = avouch.run(&check).await;
        assert_eq!(checked.ended(0).complained(&["PROVEN"]).out.lines().count(), found);
        avouch.run(&query).await.ended(2).complained(&["not there yet"]);
    }
    let proof = std::fs::read_to_string(avouch.path("all")).unwrap();
    let hit = proof.lines().rfind(|line| line.contains("\"key\":")).unwrap();
    avouch.write("less", proof.replace(&format!("{hit}\n"), ""));
    assert_eq!(independently(&avouch, "less").0, Some(1));
    avouch.run(&["ledger", "prove", "l", "--check", "less"]).await.ended(4);
    let all = avouch.run(&["ledger", "export", "l", "--format", "proof"]).await;
    avouch.write("log", &all.ended(0).out);
    assert_eq!(independently(&avouch, "log").0, Some(0));
    let two = ["ledger", "query", "l", "principal=anna", ".n=7", "--prove", "two"];
    avouch.run(&two).await.ended(2).complained(&["one value of one field"]);
}

#[tokio::test]
async fn facts_are_checked_kept_found_and_shown() {
    let avouch = begun().await;
    let words = ["ledger", "append", "l", "--kind", "training"];
    let fact = r#"{"person":"anna","event":"completed","course":"c-1","score_percent":92}"#;
    append_with(&avouch, &words, fact).await.ended(0);
    for wrong in [r#"{"person":"anna"}"#, r#"{"person":1,"event":"completed","course":"c"}"#, "x"] {
        append_with(&avouch, &words, wrong).await.ended(2).complained(&["line 1"]);
    }
    let unknown = ["ledger", "append", "l", "--kind", "nothing"];
    append_with(&avouch, &unknown, fact).await.ended(2).complained(&["ledger kinds"]);
    let found = avouch.run(&["ledger", "query", "l", "kind = training", "principal=anna"]).await;
    assert_eq!(found.ended(0).out.lines().count(), 1);
    found.answered(&[fact]);
    // What another program calls a training is none.
    append(&avouch, r#"{"kind":"training","person":"emma","event":"completed"}"#).await.ended(0);
    let table = ["ledger", "export", "l", "--format", "csv", "kind=training"];
    let table = avouch.run(&table).await.ended(0).out.clone();
    assert!(table.starts_with("index,time_ms,leaf,person,event,course,"), "{table}");
    assert!(
        table.contains(",\"anna\",\"completed\",\"c-1\",") && !table.contains("emma"),
        "{table}"
    );
    let shown = avouch.run(&["ledger", "show", "l", "--count", "99"]).await;
    shown.ended(0).answered(&["training", "course c-1", "person anna", "score_percent 92"]);
    avouch.run(&["ledger", "kinds"]).await.ended(0).answered(&["control-run", "scan"]);
    avouch.run(&["ledger", "kinds", "risk"]).await.ended(0).answered(&["likelihood", "mitigate"]);
    avouch.run(&["ledger", "verify", "l", "--open"]).await.ended(0);
}

#[tokio::test]
async fn persons_in_facts_are_sealed_and_shown_as_long_as_they_are_known() {
    let avouch = begun().await;
    let words = ["ledger", "append", "l", "--kind", "request", "--seal-persons"];
    let fact = r#"{"id":"r-1","seen_by":"gateway","method":"GET","host":"a.example","principal":"anna","address":"192.0.2.7","objects":["7","8"],"path":"/people/anna"}"#;
    append_with(&avouch, &words, fact).await.ended(0);
    let show = ["ledger", "show", "l", "--json", "--count", "99"];
    let shown = avouch.run(&show).await;
    shown.ended(0).answered(&[r#""principal":"anna""#, r#""path":"/people/anna""#, r#"["7","8"]"#]);
    let hidden = std::fs::rename(avouch.path("l/private/vault"), avouch.path("gone"));
    assert!(hidden.is_ok(), "the vault is in its folder");
    let shown = avouch.run(&show).await;
    let erased = shown.ended(0).out.contains("erased:") && !shown.out.contains("anna");
    assert!(erased, "{}", shown.out);
}

#[tokio::test]
async fn what_is_taken_out_is_recorded_when_there_is_a_purpose() {
    let avouch = begun().await;
    append(&avouch, &lines(3)).await.ended(0);
    let purpose = ["--purpose", "sample", "--recipient", "auditor"];
    for form in ["ndjson", "csv", "ocsf", "proof"] {
        let words = ["ledger", "export", "l", "principal=anna", "--format", form];
        let ran = avouch.run(&[&words[..], &purpose].concat()).await;
        ran.ended(0).complained(&["recorded as entry"]);
        let condition = format!(".form={form}");
        let found = avouch.run(&["ledger", "query", "l", "kind=export", &condition]).await;
        let entry: serde_json::Value = serde_json::from_str(found.ended(0).out.trim()).unwrap();
        let digest = avouch_ledger::merkle::Hash::of(ran.out.as_bytes()).to_hex();
        assert_eq!(entry["body"]["digest"], digest, "{form}");
        assert_eq!(entry["body"]["purpose"], "sample");
        assert_eq!(entry["body"]["recipient"], "auditor");
    }
    let words = ["ledger", "export", "l", "--recipient", "auditor"];
    avouch.run(&words).await.ended(2).complained(&["--purpose"]);
    avouch.run(&["ledger", "verify", "l", "--open"]).await.ended(0);
}

#[tokio::test]
async fn a_hold_needs_an_administrator() {
    let avouch = begun().await;
    let hold = ["ledger", "hold", "l", "--from", "2026-11-01", "--to", "2026-11-30"];
    let by = |key: &'static str| [&hold[..], &["--reason", "case 7", "--approve", key]].concat();
    avouch
        .run(&by("l/private/identity"))
        .await
        .ended(2)
        .complained(&["not that of an administrator"]);
    let placed = avouch.run(&by("l/private/admin")).await;
    let id = placed.ended(0).out.trim().rsplit(' ').next().unwrap().to_owned();
    let release = ["ledger", "release", "l", "--hold", &id, "--reason", "over"];
    let release = [&release[..], &["--approve", "l/private/admin"]].concat();
    avouch.run(&release).await.ended(0);
    avouch.run(&release).await.ended(2).complained(&["contradicts"]);
    avouch.run(&["ledger", "verify", "l"]).await.ended(0).answered(&["hold on *: case 7"]);
}

#[tokio::test]
async fn a_changed_byte_ends_in_the_code_for_tampering() {
    let avouch = begun().await;
    append(&avouch, &lines(50)).await.ended(0);
    let path = avouch.folder().join("l/log/seg/0000000000000000");
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[20_600] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    let ran = avouch.run(&["ledger", "verify", "l", "--json"]).await;
    ran.ended(4).answered(&["block-damaged", "\"verdict\": \"tampered\""]);
    append(&avouch, &lines(1)).await.ended(4).complained(&["nothing was changed"]);
}

#[tokio::test]
async fn a_ledger_that_was_set_back_is_found_with_an_earlier_checkpoint() {
    let avouch = begun().await;
    append(&avouch, &lines(3)).await.ended(0);
    let segment = avouch.folder().join("l/log");
    let copy = avouch.folder().join("old");
    std::fs::create_dir_all(copy.join("seg")).unwrap();
    for name in ["genesis", "checkpoints", "checkpoint", "seg/0000000000000000"] {
        std::fs::copy(segment.join(name), copy.join(name)).unwrap();
    }
    append(&avouch, &lines(3)).await.ended(0);
    let kept = avouch.run(&["ledger", "checkpoint", "l"]).await;
    avouch.write("kept", &kept.ended(0).out);
    let judge = ["ledger", "verify", "old", "--key", "l/identity.vkey"];
    avouch.run(&judge).await.ended(0);
    let knowing = [&judge[..], &["--earlier", "kept"]].concat();
    avouch.run(&knowing).await.ended(4).answered(&["rolled-back"]);
}

#[tokio::test]
async fn what_cannot_be_done_is_said_with_the_next_step() {
    let avouch = begun().await;
    let again = ["ledger", "init", "l", "--origin", "example.com/audit"];
    avouch.run(&again).await.ended(2).complained(&["already", "another folder"]);
    avouch.run(&["ledger", "verify", "nowhere"]).await.ended(2).complained(&["no ledger"]);
    append(&avouch, "[1]\n").await.ended(2).complained(&["line 1", "not a JSON object"]);
    let long = format!("{{\"a\":\"{}\"}}\n", "x".repeat(70_000));
    append(&avouch, &long).await.ended(2);
    std::fs::remove_file(avouch.folder().join("l/private/kek")).unwrap();
    append(&avouch, &lines(1)).await.ended(2).complained(&["AVOUCH_LEDGER_KEK"]);
    let key = format!("avouch-kek-v1 file 1 {}", "00".repeat(32));
    let knowing = avouch.knowing("AVOUCH_LEDGER_KEK", &key);
    append(&knowing, &lines(1)).await.ended(2).complained(&["nothing was changed"]);
}

/// The program is killed again and again while it appends; whatever it had acknowledged is there.
#[tokio::test]
async fn what_was_acknowledged_survives_being_killed() {
    killed(6).await;
}

#[tokio::test]
#[ignore = "takes ten minutes; run with `cargo xtask test --long`"]
async fn what_was_acknowledged_survives_being_killed_a_thousand_times() {
    killed(1000).await;
}

async fn killed(times: u64) {
    use tokio::io::{AsyncBufReadExt, BufReader};
    let avouch = begun().await;
    let mut acknowledged = Vec::new();
    for turn in 0..times {
        let mut command = avouch.command(&["ledger", "append", "l", "--json"]);
        let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
        let mut input = child.stdin.take().unwrap();
        let mut said = BufReader::new(child.stdout.take().unwrap()).lines();
        let feed = tokio::spawn(async move {
            for number in 0..100_000 {
                let line = format!("{{\"turn\":{turn},\"n\":{number}}}\n");
                if input.write_all(line.as_bytes()).await.is_err() {
                    break;
                }
            }
        });
        let wanted = 1 + turn * 37 % 400;
        for number in 0..wanted {
            let Ok(Some(line)) = said.next_line().await else { break };
            let index = line.trim_start_matches("{\"index\":").trim_end_matches('}');
            acknowledged.push((index.parse::<u64>().unwrap(), turn, number));
        }
        child.kill().await.unwrap();
        feed.await.unwrap();
    }
    append(&avouch, &lines(1)).await.ended(0);
    avouch.run(&["ledger", "verify", "l"]).await.ended(0);
    let shown = avouch.run(&["ledger", "show", "l", "--count", "9999999", "--json"]).await;
    let entries: Vec<serde_json::Value> =
        shown.ended(0).out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for (index, turn, number) in acknowledged {
        let body = &entries[usize::try_from(index).unwrap()]["body"];
        assert_eq!((&body["turn"], &body["n"]), (&turn.into(), &number.into()), "entry {index}");
    }
}

#[tokio::test]
async fn a_person_is_shown_until_erased() {
    let avouch = begun().await;
    let line = "{\"principal\":\"NAME\",\"address\":\"192.0.2.7\",\"n\":1}\n";
    let lines = [line.replace("NAME", "anna"), line.replace("NAME", "bert")].concat();
    let append = ["ledger", "append", "l", "--personal", "principal", "--personal", "address"];
    let mut child = avouch.command(&append).stdin(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(lines.as_bytes()).await.unwrap();
    drop(input);
    Ran::of(child).await.ended(0);
    let found = avouch.run(&["ledger", "query", "l", "principal=anna"]).await;
    found.ended(0).answered(&[r#""principal":"anna""#, r#""address":"192.0.2.7""#]);
    assert_eq!(found.out.lines().count(), 1);
    let prove = ["ledger", "query", "l", "principal=anna", "--prove", "p.ndjson"];
    avouch.run(&prove).await.ended(2).complained(&["pseudonyms"]);
    let erase = ["ledger", "erase", "l", "--subject", "principal=anna"];
    let listed = avouch.run(&erase).await;
    listed.ended(0).answered(&["-Q", "known as"]).complained(&["nothing was changed"]);
    let by = [&erase[..], &["--approve", "l/private/admin"]].concat();
    avouch.run(&by).await.ended(0).answered(&["is erased", "best effort"]);
    avouch.run(&by).await.ended(2).complained(&["no key of this subject"]);
    let shown = avouch.run(&["ledger", "query", "l", "type=record"]).await;
    shown.ended(0).answered(&["erased:", r#""principal":"bert""#]);
    assert!(!shown.out.contains("anna") && shown.out.matches("192.0.2.7").count() == 2);
    let verified = avouch.run(&["ledger", "verify", "l", "--open"]).await;
    verified.ended(0).answered(&["INTACT", "a subject's key of"]);
    append_more(&avouch).await;
}

/// The ledger goes on.
async fn append_more(avouch: &Avouch) {
    append(avouch, &lines(3)).await.ended(0);
    avouch.run(&["ledger", "verify", "l", "--open"]).await.ended(0);
}
