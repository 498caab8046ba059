//! The program on the command line.

use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_avouch-range"))
}

#[test]
fn it_says_where_it_serves_and_ends_with_its_input() {
    let mut child = program()
        .args(["serve", "--switches", "trace-enabled"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let hello: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(hello["switches"], serde_json::json!(["trace-enabled"]));
    assert_eq!(hello["accounts"]["admin"]["role"], "admin");
    let address = hello["base_url"].as_str().unwrap().trim_start_matches("http://");
    std::net::TcpStream::connect(address).unwrap();
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
}

#[test]
fn it_refuses_a_switch_that_is_none() {
    let output = program().args(["serve", "--switches", "zzzz"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("`zzzz` is no weakness"));
}

#[test]
fn it_prints_the_truth_and_the_description() {
    let json = |arguments: &[&str]| -> Value {
        let output = program().args(arguments).output().unwrap();
        serde_json::from_slice(&output.stdout).unwrap()
    };
    assert_eq!(json(&["truth", "--json"])["apis"][0]["truth"]["trap"].as_array().unwrap().len(), 1);
    assert_eq!(json(&["openapi", "--switches", "none"])["openapi"], "3.1.0");
}
