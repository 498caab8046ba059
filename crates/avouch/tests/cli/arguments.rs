//! What is typed and configured wrongly, and the commands that ask no target.

use crate::program::Avouch;
use crate::servers::nobody;
use std::process::Stdio;
use tokio::io::AsyncWriteExt;

#[tokio::test(flavor = "multi_thread")]
async fn what_is_unknown_is_named_and_the_way_out_told() {
    let avouch = Avouch::new();
    let url = "http://127.0.0.1:1";
    let ran = avouch.scan(url, &["--only", "NOPE-99"]).await;
    ran.ended(2).complained(&["there is no check `NOPE-99`", "`avouch checks` lists them"]);
    let ran = avouch.scan(url, &["--skip", "NOPE-99"]).await;
    ran.ended(2).complained(&["there is no check `NOPE-99`"]);
    let ran = avouch.scan(url, &["--format", "pdf"]).await;
    ran.ended(2).complained(&["'pdf'", "terminal, markdown, json, sarif, junit, html"]);
    avouch.scan(url, &["--frmat", "json"]).await.ended(2).complained(&["--frmat", "--format"]);
    avouch.run(&["scn"]).await.ended(2).complained(&["'scn'", "scan"]);
    avouch.run(&[]).await.ended(2).complained(&["Usage:"]);
    avouch.scan(url, &["--send", "Authorization", "--identity", "a=file:t"]).await.ended(2);
    avouch.scan(url, &["--min-coverage", "101"]).await.ended(2).complained(&["101"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_or_senseless_target_is_a_mistake() {
    let avouch = Avouch::new();
    let ran = avouch.run(&["scan"]).await;
    ran.ended(2).complained(&["there is no target", "avouch demo"]);
    for target in ["ftp://127.0.0.1/", "http://", "http://user:pw@127.0.0.1/", "::", ""] {
        let ran = avouch.run(&["scan", target]).await;
        ran.ended(2).complained(&["avouch: "]);
        assert!(!ran.err.contains("pw@"), "{ran:#?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_configuration_is_named_with_its_line() {
    let avouch = Avouch::new();
    avouch.write("avouch.toml", "[scan]\nactive = true\ntargte = \"http://127.0.0.1\"\n");
    let ran = avouch.run(&["scan"]).await;
    ran.ended(2).complained(&["`avouch.toml`", "line 3", "targte"]);
    avouch.write("avouch.toml", "[scan\n");
    avouch.run(&["scan"]).await.ended(2).complained(&["`avouch.toml`", "line 1"]);
    avouch.write("avouch.toml", "[identity.a]\nlabel = \"ann\"\n");
    let ran = avouch.run(&["scan", "http://127.0.0.1:1"]).await;
    ran.ended(2).complained(&["identity `a` needs one of `token`"]);
    let ran = avouch.run(&["scan", "--config", "other.toml"]).await;
    ran.ended(2).complained(&["cannot read `other.toml`", "No such file"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_target_may_stand_in_the_configuration() {
    let avouch = Avouch::new();
    avouch.write("avouch.toml", format!("[scan]\ntarget = \"{}\"\n", nobody()));
    avouch.run(&["scan"]).await.ended(3).answered(&["the connection was refused"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_is_explained_by_id_and_by_name() {
    let avouch = Avouch::new();
    let by_id = avouch.run(&["explain", "BOLA-01"]).await;
    by_id.ended(0).answered(&["BOLA-01", "CWE-"]);
    let by_case = avouch.run(&["explain", "bola-01"]).await;
    assert_eq!(by_case.out, by_id.out);
    let ran = avouch.run(&["explain", "nothing"]).await;
    ran.ended(2).complained(&["there is no check `nothing`", "`avouch checks` lists them"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_of_checks_is_json_when_asked_for() {
    let avouch = Avouch::new();
    let ran = avouch.run(&["checks", "--json"]).await;
    ran.ended(0);
    let checks: Vec<avouch_model::report::CheckFacts> = serde_json::from_str(&ran.out).unwrap();
    let listed = avouch.run(&["checks"]).await;
    assert_eq!(listed.out.lines().count(), checks.len());
    for check in &checks {
        assert!(listed.out.contains(&check.id), "{}", check.id);
        assert!(!check.page.trim().is_empty(), "{}", check.id);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_completions_are_a_script_that_bash_reads() {
    let ran = Avouch::new().run(&["completions", "bash"]).await;
    ran.ended(0).answered(&["--openapi"]);
    let mut bash = tokio::process::Command::new("bash")
        .arg("-n")
        .stdin(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut input = bash.stdin.take().unwrap();
    input.write_all(ran.out.as_bytes()).await.unwrap();
    drop(input);
    assert!(bash.wait().await.unwrap().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn help_and_version_are_answers() {
    let avouch = Avouch::new();
    avouch.run(&["--version"]).await.ended(0).answered(&["avouch 0."]);
    let help = avouch.run(&["--help"]).await;
    help.ended(0).answered(&["Exit codes:", "0 clean", "3 not tested"]);
}
