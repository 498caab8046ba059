//! A ledger's copy elsewhere: in a folder, and in the storage of a real server with Object Lock.

use crate::ledgers::{append, append_with, lines};
use crate::program::{Avouch, Ran};
use avouch_beyond::s3::{Credentials, Lock, S3, S3Address, S3Options};
use avouch_ledger::archive::Objects;
use avouch_ledger::storage::SystemClock;
use std::process::Stdio;
use std::sync::Arc;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, Command};

/// The ledger `l`, with small packs.
async fn begun(avouch: &Avouch) {
    let init = ["ledger", "init", "l", "--origin", "example.com/audit", "--pack-entries", "256"];
    avouch.run(&init).await.ended(0);
}

/// Appends to it, with these options.
async fn followed(avouch: &Avouch, options: &[&str], count: usize) -> Ran {
    append_with(avouch, &[&["ledger", "append", "l"], options].concat(), &lines(count)).await
}

fn restored<'a>(to: &'a str, from: &'a str) -> [&'a str; 8] {
    ["ledger", "archive", "restore", to, "--from", from, "--key", "l/identity.vkey"]
}

fn pushed(to: &str) -> [&str; 6] {
    ["ledger", "archive", "push", "l", "--to", to]
}

#[tokio::test]
async fn a_ledger_begins_again_from_a_folder() {
    let avouch = Avouch::new();
    begun(&avouch).await;
    append(&avouch, &lines(700)).await.ended(0);
    avouch.run(&pushed("a")).await.ended(0).answered(&["pack 0", "pack 1", "can be restored"]);
    let again = [&pushed("a")[..], &["--json"]].concat();
    avouch.run(&again).await.ended(0).answered(&[r#""packs":[]"#]);
    // Another place has nothing yet, whatever was put elsewhere.
    avouch.run(&pushed("b")).await.ended(0).answered(&["pack 0", "pack 1"]);
    let check = ["ledger", "archive", "check", "l", "--from", "a"];
    avouch.run(&check).await.ended(0).answered(&["2 packs were archived, 0 of them"]);
    let restore = restored("new", "b");
    avouch.run(&restore).await.ended(0).answered(&["2 full packs", "intact"]);
    avouch.run(&restore).await.ended(2).complained(&["already"]);
    let folder = avouch.folder();
    std::fs::remove_dir_all(folder.join("new/private")).ok();
    std::fs::rename(folder.join("l/private"), folder.join("new/private")).unwrap();
    std::fs::rename(folder.join("l"), folder.join("old")).unwrap();
    std::fs::rename(folder.join("new"), folder.join("l")).unwrap();
    append(&avouch, &lines(10)).await.ended(0);
    avouch
        .run(&["ledger", "verify", "l", "--open"])
        .await
        .ended(0)
        .answered(&["710 records opened"]);
    avouch.run(&pushed("b")).await.ended(0);
    let locked = [&pushed("a")[..], &["--lock", "compliance"]].concat();
    avouch.run(&locked).await.ended(2).complained(&["Object Lock"]);
    // The copy that was set aside knows less than the archive does by now.
    std::fs::rename(folder.join("l/private"), folder.join("old/private")).unwrap();
    let late = ["ledger", "archive", "push", "old", "--to", "b"];
    avouch.run(&late).await.ended(4).complained(&["set back"]);
}

#[tokio::test]
async fn a_record_is_told_to_be_safe_when_its_copies_have_it() {
    let avouch = Avouch::new();
    begun(&avouch).await;
    let copies = ["--replica", "a", "--archive", "b", "--acknowledge", "archived", "--json"];
    let ran = followed(&avouch, &copies, 600).await;
    assert_eq!(ran.ended(0).out.lines().count(), 600);
    for (copy, new) in [("a", "new-a"), ("b", "new-b")] {
        avouch.run(&restored(new, copy)).await.ended(0).answered(&["2 full packs", "intact"]);
    }
    // Of the machine nothing is left but what was taken away from it.
    let folder = avouch.folder();
    std::fs::create_dir_all(folder.join("new-a/private")).unwrap();
    std::fs::copy(folder.join("l/private/kek"), folder.join("new-a/private/kek")).unwrap();
    let append = ["ledger", "append", "new-a"];
    append_with(&avouch, &append, &lines(1)).await.ended(2).complained(&["the signing key"]);
    let recover = ["ledger", "recover", "new-a", "--identity", "l/private/identity", "--approve"];
    let stranger = [&recover[..4], &["l/private/admin"], &recover[5..], &["l/private/admin"]];
    avouch.run(&stranger.concat()).await.ended(2).complained(&["not that of the log's identity"]);
    let recover = [&recover[..], &["l/private/admin"]].concat();
    avouch.run(&recover).await.ended(0).answered(&["a new key signs"]);
    append_with(&avouch, &append, &lines(10)).await.ended(0);
    let verify = ["ledger", "verify", "new-a", "--open"];
    avouch.run(&verify).await.ended(0).answered(&["610 records opened", "was recovered"]);
    // To wait for a place that there is not is to wait for ever.
    let nowhere = followed(&avouch, &["--acknowledge", "replicated"], 1).await;
    nowhere.ended(2).complained(&["there must be such a place", "--replica"]);
    // A copy of which the ledger knows nothing is not written over.
    std::fs::rename(folder.join("l"), folder.join("first")).unwrap();
    begun(&avouch).await;
    followed(&avouch, &["--replica", "c"], 1).await.ended(0);
    std::fs::remove_dir_all(folder.join("l")).unwrap();
    std::fs::rename(folder.join("first"), folder.join("l")).unwrap();
    followed(&avouch, &["--replica", "c"], 1).await.ended(4);
}

/// A server of the package `moto`, installed by `cargo xtask test --only archive`.
struct Server {
    _child: Child,
    address: String,
}

impl Server {
    async fn start() -> Self {
        let program = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/archive/bin/moto_server");
        let mut child = Command::new(program)
            .args(["-H", "127.0.0.1", "-p", "0"])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("installed by `cargo xtask test --only archive`");
        let mut said = BufReader::new(child.stderr.take().unwrap()).lines();
        let address = loop {
            let line = said.next_line().await.unwrap().expect("it says where it listens");
            if let Some((_, rest)) = line.split_once("Running on http://") {
                break rest.split_whitespace().next().unwrap().to_owned();
            }
        };
        // It must not stop over a full pipe.
        tokio::spawn(async move { while let Ok(Some(_)) = said.next_line().await {} });
        Self { _child: child, address }
    }

    /// Sends a request as it is; the server takes it without a signature.
    async fn ask(&self, head: &str, body: &str) -> String {
        let mut stream = tokio::net::TcpStream::connect(&self.address).await.unwrap();
        let (host, length) = (&self.address, body.len());
        let who = "authorization: AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0";
        let text = format!(
            "{head}\r\nhost: {host}\r\n{who}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
        );
        stream.write_all(text.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }

    async fn bucket(&self, name: &str) {
        let head = format!("PUT /{name} HTTP/1.1\r\nx-amz-bucket-object-lock-enabled: true");
        let answer = self.ask(&head, "").await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }

    fn knowing(&self, avouch: Avouch) -> Avouch {
        avouch
            .knowing("AWS_ACCESS_KEY_ID", "a")
            .knowing("AWS_SECRET_ACCESS_KEY", "b")
            .knowing("AWS_ENDPOINT_URL", &format!("http://{}", self.address))
    }

    fn objects(&self, bucket: &str) -> S3 {
        let credentials = Credentials { key: "a".to_owned(), secret: "b".to_owned(), token: None };
        let options = S3Options {
            endpoint: Some(format!("http://{}", self.address)),
            region: "us-east-1".to_owned(),
            credentials,
            lock: Some(Lock::Compliance),
        };
        let address = S3Address::parse(&format!("s3://{bucket}/p")).unwrap();
        S3::new(address, options, Arc::new(SystemClock::start())).unwrap()
    }
}

/// What happens in a thread of its own, because asking blocks.
async fn apart<T: Send + 'static>(what: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(what).await.unwrap()
}

/// Years from now, in milliseconds since 1970, on a whole second.
const LATER_MS: u64 = 4_000_000_000_000;

#[tokio::test]
#[ignore = "needs Python and a package; run with `cargo xtask test --only archive`"]
async fn conditions_and_locks_hold_in_a_real_store() {
    let server = Server::start().await;
    server.bucket("locked").await;
    let objects = Arc::new(server.objects("locked"));
    let asked = objects.clone();
    apart(move || {
        let objects = asked;
        assert_eq!(objects.get("a").unwrap(), None);
        assert!(objects.create("a", b"one", LATER_MS).unwrap());
        assert!(!objects.create("a", b"two", LATER_MS).unwrap());
        let (bytes, stored) = objects.get("a").unwrap().unwrap();
        assert_eq!((bytes, stored.retain_until_ms), (b"one".to_vec(), LATER_MS));
        assert!(!stored.version.is_empty());
        // What this server allows, we do not.
        let shorter = objects.retain("a", LATER_MS - 1000).unwrap_err();
        assert_eq!(shorter.kind(), std::io::ErrorKind::PermissionDenied);
        objects.retain("a", LATER_MS).unwrap();
        objects.retain("a", LATER_MS + 5000).unwrap();
        assert_eq!(objects.get("a").unwrap().unwrap().1.retain_until_ms, LATER_MS + 5000);
        assert!(objects.swap("h", None, b"1").unwrap());
        assert!(!objects.swap("h", None, b"2").unwrap());
        let tag = objects.get("h").unwrap().unwrap().1.tag;
        assert!(objects.swap("h", Some(&tag), b"2").unwrap());
        assert!(!objects.swap("h", Some(&tag), b"3").unwrap());
        assert!(!objects.swap("i", Some(&tag), b"3").unwrap());
        assert_eq!(objects.get("h").unwrap().unwrap().0, b"2");
    })
    .await;
    let version = apart(move || objects.get("a").unwrap().unwrap().1.version).await;
    let gone = server.ask(&format!("DELETE /locked/p/a?versionId={version} HTTP/1.1"), "").await;
    assert!(gone.starts_with("HTTP/1.1 403"), "{gone}");
}

#[tokio::test]
#[ignore = "needs Python and a package; run with `cargo xtask test --only archive`"]
async fn a_ledger_begins_again_from_a_locked_bucket() {
    let server = Server::start().await;
    server.bucket("locked").await;
    let avouch = server.knowing(Avouch::new());
    begun(&avouch).await;
    append(&avouch, &lines(300)).await.ended(0);
    let push = [&pushed("s3://locked/p")[..], &["--lock", "compliance", "--json"]].concat();
    let first = avouch.run(&push).await;
    let said: serde_json::Value = serde_json::from_str(&first.ended(0).out).unwrap();
    let pack = &said["packs"][0];
    assert!(pack["retain_until_ms"].as_u64() > Some(1_800_000_000_000), "{said}");
    assert!(!pack["version"].as_str().unwrap().is_empty());
    let restore = restored("new", "s3://locked/p");
    avouch.run(&restore).await.ended(0).answered(&["1 full packs", "intact"]);
    avouch.run(&["ledger", "verify", "new"]).await.ended(0);
    let check = ["ledger", "archive", "check", "l", "--from", "s3://locked/p"];
    avouch.run(&check).await.ended(0);
    let place = ["--archive", "s3://locked/p", "--lock", "compliance"];
    let follows = [&place[..], &["--acknowledge", "archived", "--json"]].concat();
    let ran = followed(&avouch, &follows, 300).await;
    assert_eq!(ran.ended(0).out.lines().count(), 300);
    let again = restored("again", "s3://locked/p");
    avouch.run(&again).await.ended(0).answered(&["2 full packs", "intact"]);
    // Somebody lets the lock end earlier, which this server does not refuse.
    let key = pack["locator"].as_str().unwrap().trim_start_matches("s3://").to_owned();
    let earlier = "<Retention><Mode>COMPLIANCE</Mode><RetainUntilDate>2027-01-01T00:00:00Z</RetainUntilDate></Retention>";
    let answer = server.ask(&format!("PUT /{key}?retention HTTP/1.1"), earlier).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    avouch.run(&check).await.ended(4).answered(&["removed earlier"]);
    // Somebody puts another version in its place.
    let (objects, name) =
        (server.objects("locked"), key.trim_start_matches("locked/p/").to_owned());
    apart(move || {
        let (mut bytes, stored) = objects.get(&name).unwrap().unwrap();
        bytes[200] ^= 1;
        assert!(objects.swap(&name, Some(&stored.tag), &bytes).unwrap());
    })
    .await;
    avouch.run(&check).await.ended(4).answered(&["not the one last archived"]);
    std::fs::remove_dir_all(avouch.folder().join("new")).unwrap();
    avouch.run(&restore).await.ended(4).complained(&["damaged"]);
}

#[tokio::test]
#[ignore = "needs Python and a package; run with `cargo xtask test --only archive`"]
async fn a_disk_that_was_set_back_is_refused_by_a_bucket() {
    let server = Server::start().await;
    server.bucket("heads").await;
    let avouch = server.knowing(Avouch::new());
    let head = ["--head", "s3://heads/p"];
    let init = ["ledger", "init", "l", "--origin", "example.com/audit", "--no-witness"];
    avouch.run(&[&init[..], &head].concat()).await.ended(0);
    let rotate = [&["ledger", "rotate", "l"][..], &head].concat();
    avouch.run(&rotate).await.ended(0);
    let folder = avouch.folder().join("l");
    crate::witnesses::copy(&folder, &avouch.folder().join("old"));
    avouch.run(&rotate).await.ended(0);
    std::fs::remove_dir_all(&folder).unwrap();
    std::fs::rename(avouch.folder().join("old"), &folder).unwrap();
    avouch.run(&rotate).await.ended(4).complained(&["rolled back"]);
}
