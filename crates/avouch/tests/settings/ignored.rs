//! The proof that the tests of keys are tests: each fails when its key is not there.
//!
//! A program that ignores a key does what it does where nobody wrote it. So the key is taken out of every
//! configuration that a test writes, and the test runs. One that passes shows nothing.

use crate::types::shown;
use std::process::{Command, Stdio};
use std::sync::Mutex;

/// Names the key that is taken out of every configuration.
const VARIABLE: &str = "AVOUCH_TEST_IGNORES_KEY";

/// The configuration without the key that the variable names, where it names one.
pub(crate) fn without(text: &str) -> String {
    let Ok(key) = std::env::var(VARIABLE) else { return text.to_owned() };
    let mut whole = toml::Value::Table(toml::from_str(text).unwrap());
    let path: Vec<&str> = key.split('.').collect();
    take_out(&mut whole, &path);
    toml::to_string(&whole).unwrap()
}

fn take_out(value: &mut toml::Value, path: &[&str]) {
    match (value, path) {
        (toml::Value::Array(items), _) => items.iter_mut().for_each(|item| take_out(item, path)),
        (toml::Value::Table(members), [name]) => {
            members.remove(*name);
        }
        (toml::Value::Table(members), [name, rest @ ..]) => {
            if let Some(inner) = members.get_mut(*name) {
                take_out(inner, rest);
            }
        }
        _ => (),
    }
}

#[test]
fn a_key_is_taken_out_wherever_it_stands() {
    let mut value = toml::Value::Table(toml::from_str("a.b = [{ c = 1, d = 2 }]\ne = 3").unwrap());
    take_out(&mut value, &["a", "b", "c"]);
    assert_eq!(value, toml::Value::Table(toml::from_str("a.b = [{ d = 2 }]\ne = 3").unwrap()));
}

/// Whether a test passes in a program of its own that takes a key away. One that does not run at all
/// is no failure either.
fn passes(key: &str, test: &str) -> bool {
    // Names of tests begin below the crate.
    let (_, name) = test.split_once("::").unwrap();
    let mut program = Command::new(std::env::current_exe().unwrap());
    program.args(["--exact", name, "--nocapture"]).env(VARIABLE, key).stdin(Stdio::null());
    let output = program.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("running 1 test"), "`{test}` is no test: {said}");
    output.status.success()
}

#[test]
#[ignore = "some minutes: the step `settings` of `cargo xtask test --long` runs it"]
fn a_test_fails_when_its_key_is_ignored() {
    let left = Mutex::new(shown().into_iter());
    let idle = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                loop {
                    let next = left.lock().unwrap().next();
                    let Some((key, test)) = next else { return };
                    if passes(key, test) {
                        idle.lock().unwrap().push(format!("{key}: {test}"));
                    }
                }
            });
        }
    });
    let idle = idle.into_inner().unwrap();
    assert!(idle.is_empty(), "tests that pass although their key is ignored: {idle:#?}");
}
