//! API keys as a person keeps them.

use crate::ledgers::begun;
use crate::program::Avouch;
use serde_json::Value;

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error} in {text}"))
}

fn text(avouch: &Avouch, name: &str) -> String {
    std::fs::read_to_string(avouch.path(name)).unwrap()
}

/// Issues a key of the owner; its id and its text.
async fn issued(avouch: &Avouch, owner: &str, more: &[&str]) -> (String, String) {
    let words = [&["key", "issue", "--owner", owner, "--json"], more].concat();
    let ran = avouch.run(&words).await;
    let key = json(&ran.ended(0).out);
    let word = |name: &str| key[name].as_str().unwrap().to_owned();
    (word("id"), word("key"))
}

#[tokio::test]
async fn a_key_is_shown_once_and_kept_as_a_digest() {
    let avouch = Avouch::new();
    let ran = avouch.run(&["key", "issue", "--owner", "erp", "--scope", "orders:read,me"]).await;
    let key = ran.ended(0).out.trim_end();
    assert!(key.starts_with("avk_") && key.len() == 81, "{ran:#?}");
    ran.complained(&["shown this once", "recorded nowhere"]);
    assert!(!ran.err.contains(key), "the key is for standard output alone");
    let secret = key.get(21..73).unwrap();
    assert!(!text(&avouch, "keys.json").contains(secret));
    let listed = avouch.run(&["key", "list"]).await;
    listed.ended(0).answered(&["erp", "active", "not seen", "orders:read me"]);
    assert!(!listed.out.contains(secret));
    let listed = avouch.run(&["key", "list", "--json"]).await;
    let listed = json(&listed.ended(0).out);
    assert_eq!(listed["keys"][0]["scopes"], serde_json::json!(["orders:read", "me"]));
    assert_eq!(listed["keys"][0].get("digest"), None);
    #[cfg(unix)]
    for name in ["keys.json", "keys.json.pepper"] {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(avouch.path(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[tokio::test]
async fn a_key_is_rotated_and_revoked() {
    let avouch = Avouch::new();
    let (old, _) = issued(&avouch, "erp", &["--role", "clerk"]).await;
    let start = old.get(..6).unwrap();
    let before = text(&avouch, "keys.json");
    let plan = avouch.run(&["key", "rotate", start, "--dry-run"]).await;
    plan.ended(0).answered(&["a new one would take its place; nothing was done"]);
    avouch.run(&["key", "revoke", start, "--dry-run"]).await.ended(0).answered(&["would be"]);
    assert_eq!(text(&avouch, "keys.json"), before, "a dry run changes nothing");
    let ran = avouch.run(&["key", "rotate", start, "--json", "--overlap-days", "2"]).await;
    let new = json(&ran.ended(0).out);
    assert_eq!(new["replaces"], *old);
    assert_eq!(new["roles"], serde_json::json!(["clerk"]));
    assert_ne!(new["key"].as_str(), None);
    let again = avouch.run(&["key", "rotate", &old]).await;
    again.ended(2).complained(&["rotated already", "rotate the one in its place"]);
    let listed = avouch.run(&["key", "list"]).await;
    listed.ended(0).answered(&["replaced", "active"]);
    let expiring = avouch.run(&["key", "list", "--expiring", "3"]).await;
    assert!(expiring.ended(0).out.contains(&old));
    assert!(!expiring.out.contains(new["id"].as_str().unwrap()));
    avouch.run(&["key", "revoke", &old, "--because", "leaked"]).await.ended(0);
    let again = avouch.run(&["key", "revoke", &old]).await;
    again.ended(2).complained(&["is revoked already"]);
    assert!(!avouch.run(&["key", "list"]).await.ended(0).out.contains(&old));
    let all = avouch.run(&["key", "list", "--all", "--json"]).await;
    let all = json(&all.ended(0).out);
    assert_eq!(all["keys"][0]["state"], "revoked");
    assert_eq!(all["keys"][0]["because"], "leaked");
}

#[tokio::test]
async fn what_is_done_to_keys_is_in_the_ledger() {
    let avouch = begun().await;
    avouch.write("avouch.toml", "[ledger]\nfolder = \"l\"\n");
    let (old, key) = issued(&avouch, "erp", &["--scope", "me", "--actor", "otto"]).await;
    let because = ["--actor", "otto", "--because", "OPS-12"];
    avouch.run(&[&["key", "rotate", &old][..], &because].concat()).await.ended(0);
    let ran = avouch.run(&[&["key", "revoke", &old][..], &because].concat()).await;
    ran.ended(0).complained(&["1 record in the ledger `l`"]);
    let found = avouch.run(&["ledger", "query", "l", "kind=key"]).await;
    let facts: Vec<Value> = found.ended(0).out.lines().map(json).collect();
    let words: Vec<&str> =
        facts.iter().map(|fact| fact["body"]["event"].as_str().unwrap()).collect();
    assert_eq!(words, ["issued", "rotated", "revoked"]);
    assert_eq!(facts[0]["body"]["owner"], "erp");
    assert_eq!(facts[0]["body"]["scopes"], serde_json::json!(["me"]));
    assert_eq!(facts[1]["body"]["replaces"], *old);
    assert_eq!(facts[2]["body"]["id"], *old);
    assert_eq!(facts[2]["body"]["because"], "OPS-12");
    assert!(facts.iter().all(|fact| fact["body"]["actor"] == "otto"));
    assert!(!found.out.contains(key.get(21..73).unwrap()));
    avouch.run(&["ledger", "verify", "l"]).await.ended(0);
    let listed = avouch.run(&["ledger", "query", "l", &format!("object={old}")]).await;
    assert_eq!(listed.ended(0).out.lines().count(), 2);
}

#[tokio::test]
async fn a_key_is_revoked_while_another_process_writes_the_ledger() {
    let avouch = begun().await;
    let (id, _) = issued(&avouch, "erp", &["--ledger", "l"]).await;
    let lock = std::fs::File::options().write(true).open(avouch.path("l/log/lock")).unwrap();
    lock.lock().unwrap();
    avouch.run(&["ledger", "rotate", "l"]).await.ended(2).complained(&["one process writes"]);
    let revoked = avouch.run(&["key", "revoke", &id, "--ledger", "l"]).await;
    revoked.ended(0).answered(&["is revoked"]).complained(&["not in the ledger `l` yet"]);
    drop(lock);
    let count =
        async || avouch.run(&["ledger", "query", "l", "kind=key"]).await.out.lines().count();
    assert_eq!(count().await, 1);
    let next = avouch.run(&["key", "issue", "--owner", "erp", "--ledger", "l"]).await;
    next.ended(0).complained(&["2 records in the ledger"]);
    assert_eq!(count().await, 3);
    let (_, nothing) = (issued(&avouch, "erp", &["--ledger", "l"]).await, 4);
    assert_eq!(count().await, nothing, "what was recorded is not recorded again");
}

#[tokio::test]
async fn a_ledger_that_cannot_be_written_stops_issuing_and_not_revoking() {
    let avouch = Avouch::new();
    let (id, _) = issued(&avouch, "erp", &[]).await;
    let before = text(&avouch, "keys.json");
    let ran = avouch.run(&["key", "issue", "--owner", "x", "--ledger", "none"]).await;
    ran.ended(2).complained(&["there is no ledger in `none`"]);
    assert_eq!(ran.out, "");
    assert_eq!(text(&avouch, "keys.json"), before);
    let ran = avouch.run(&["key", "revoke", &id, "--ledger", "none"]).await;
    ran.ended(0).complained(&["cannot be written", "not in the ledger `none` yet"]);
}

#[tokio::test]
async fn mistakes_are_named() {
    let avouch = Avouch::new();
    avouch.run(&["key", "list"]).await.ended(2).complained(&["no file of keys `keys.json`"]);
    avouch.run(&["key", "revoke", "x"]).await.ended(2).complained(&["no file of keys"]);
    avouch.run(&["key", "rotate", "x"]).await.ended(2).complained(&["no file of keys"]);
    let ran = avouch.run(&["key", "issue", "--owner", ""]).await;
    ran.ended(2).complained(&["owner"]);
    let ran = avouch.run(&["key", "issue", "--owner", "a", "--scope", "a b"]).await;
    ran.ended(2).complained(&["`a b` is no scope"]);
    let ran = avouch.run(&["key", "issue", "--owner", "a", "--from", "soon"]).await;
    ran.ended(2).complained(&["`soon` is not a day"]);
    assert!(!avouch.path("keys.json").exists() && !avouch.path("keys.json.pepper").exists());
    let (one, _) = issued(&avouch, "a", &[]).await;
    issued(&avouch, "b", &[]).await;
    avouch.run(&["key", "revoke", ""]).await.ended(2).complained(&["there is no key ``"]);
    avouch.run(&["key", "revoke", "uuuu"]).await.ended(2).complained(&["no key `uuuu`"]);
    std::fs::rename(avouch.path("keys.json.pepper"), avouch.path("elsewhere")).unwrap();
    let ran = avouch.run(&["key", "rotate", &one]).await;
    ran.ended(2).complained(&["no pepper", "nothing was changed"]);
    // Named in the configuration, it is found again, in the environment too.
    let pepper = text(&avouch, "elsewhere");
    let place = |place: &str| {
        format!("[guard.identify.keys]\nfile = \"keys.json\"\npepper = \"{place}\"\n")
    };
    avouch.write("avouch.toml", place("file:elsewhere"));
    avouch.run(&["key", "rotate", &one]).await.ended(0);
    let avouch = avouch.knowing("PEPPER", &pepper);
    avouch.write("avouch.toml", place("env:PEPPER"));
    avouch.run(&["key", "issue", "--owner", "c"]).await.ended(0);
    let avouch = avouch.knowing("PEPPER", &"00".repeat(32));
    let ran = avouch.run(&["key", "issue", "--owner", "c"]).await;
    ran.ended(2).complained(&["were made with the pepper", "nothing was changed"]);
    avouch.write("keys.json", "{}");
    avouch.run(&["key", "list"]).await.ended(2).complained(&["cannot be taken"]);
}

#[tokio::test]
async fn many_at_once_lose_no_key() {
    let avouch = Avouch::new();
    issued(&avouch, "first", &[]).await;
    // Who meets another waits for it.
    let one = async || {
        avouch.run(&["key", "issue", "--owner", "many"]).await.ended(0);
    };
    tokio::join!(one(), one(), one(), one());
    let listed = avouch.run(&["key", "list", "--owner", "many", "--json"]).await;
    assert_eq!(json(&listed.out)["keys"].as_array().unwrap().len(), 4);
}

#[tokio::test]
async fn who_finds_the_file_locked_for_long_is_told_so_and_changes_nothing() {
    let avouch = Avouch::new();
    issued(&avouch, "first", &[]).await;
    let path = avouch.path("keys.json.lock");
    let lock = std::fs::File::options().read(true).write(true).open(path).unwrap();
    lock.lock().unwrap();
    let ran = avouch.run(&["key", "issue", "--owner", "other"]).await;
    ran.ended(2).complained(&["is being changed by somebody else", "nothing was changed"]);
}

#[tokio::test]
async fn a_key_for_a_request_names_who_approved_it_and_none_is_issued_that_nobody_approved() {
    let avouch = begun().await;
    let asks = ["key", "issue", "--owner", "erp", "--request", "ACC-1", "--ledger", "l"];
    avouch.run(&asks).await.ended(2).complained(&["nobody approved the request `ACC-1`"]);
    assert!(!avouch.path("keys.json").exists(), "nothing was changed");
    let approve = ["review", "approve", "erp", "--requested-by", "emma", "--request", "ACC-1"];
    let more = ["--actor", "otto", "--ledger", "l"];
    avouch.run(&[&approve[..], &more, &["--refuse"]].concat()).await.ended(0);
    avouch.run(&asks).await.ended(2).complained(&["nobody approved"]);
    avouch.run(&[&approve[..], &more].concat()).await.ended(0);
    avouch.run(&asks).await.ended(0);
    let shown = avouch.run(&["review", "show", "ACC-1", "--ledger", "l"]).await;
    shown.ended(0).answered(&["decision deny", "decision allow"]);
    let facts = avouch.run(&["ledger", "query", "l", "kind=key"]).await;
    facts.ended(0).answered(&[r#""approved_by":["otto"]"#, r#""request":"ACC-1""#]);
    // What no other command records is recorded field by field, and not half.
    let record = ["record", "incident", "id=INC-1", "event=suspected", "severity=low"];
    let by = ["--actor", "otto", "--ledger", "l"];
    avouch.run(&[&record[..], &by].concat()).await.ended(2).complained(&["title"]);
    avouch.run(&[&record[..], &["title=odd"], &by].concat()).await.ended(0);
    let facts = avouch.run(&["ledger", "query", "l", "kind=incident"]).await;
    facts.ended(0).answered(&[r#""actor":"otto""#, r#""title":"odd""#]);
}
