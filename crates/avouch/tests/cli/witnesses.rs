//! A ledger and the witnesses that cosign it, each a process of its own.

use crate::ledgers::{append, begun, lines};
use crate::program::Avouch;
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Child;

/// A witness that serves, and its address. It ends with the value.
pub(crate) struct Serving {
    child: Child,
    pub(crate) address: String,
}

impl Serving {
    pub(crate) async fn start(avouch: &Avouch) -> Self {
        let serve = ["ledger", "witness", "serve", "w", "--listen", "127.0.0.1:0"];
        let mut child =
            avouch.command(&serve).stdout(Stdio::piped()).kill_on_drop(true).spawn().unwrap();
        let mut said = BufReader::new(child.stdout.take().unwrap()).lines();
        loop {
            let line = said.next_line().await.unwrap().expect("it says where it listens");
            if let Some(address) = line.strip_prefix("listens on ") {
                return Self { child, address: address.to_owned() };
            }
        }
    }

    async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }
}

/// The ledger `l` and the witness `w`, which knows it.
async fn witnessed() -> Avouch {
    let avouch = begun().await;
    let init = ["ledger", "witness", "init", "w", "--name", "w.example/one"];
    avouch.run(&init).await.ended(0).answered(&["w.example/one+"]);
    avouch.run(&init).await.ended(2).complained(&["already"]);
    let add = ["ledger", "witness", "add", "w", "--key", "l/identity.vkey"];
    avouch.run(&add).await.ended(0).answered(&["example.com/audit"]);
    avouch
}

/// Asks the local witness and the one at an address, which must both cosign.
fn ask_both(avouch: &Avouch, address: &str) {
    let read = |name: &str| std::fs::read_to_string(avouch.folder().join(name)).unwrap();
    let key = read("w/witness.vkey");
    let policy = read("l/witnesses")
        .lines()
        .filter(|line| line.starts_with("witness local"))
        .fold(String::new(), |text, line| text + line + "\n");
    let both = "group both all local far\nquorum both\n";
    avouch.write("l/witnesses", format!("{policy}witness far {} {address}\n{both}", key.trim()));
}

#[tokio::test]
async fn what_is_published_is_cosigned_here_and_elsewhere() {
    let avouch = witnessed().await;
    let serving = Serving::start(&avouch).await;
    ask_both(&avouch, &serving.address);
    append(&avouch, &lines(300)).await.ended(0);
    avouch.run(&["ledger", "rotate", "l"]).await.ended(0);
    append(&avouch, &lines(3)).await.ended(0);
    let verify = avouch.run(&["ledger", "verify", "l", "--ask-witnesses"]).await;
    verify.ended(0).answered(&["INTACT", "of them cosigned by enough witnesses"]);
    let newest = avouch.run(&["ledger", "checkpoint", "l"]).await;
    newest.ended(0).answered(&["— w.example/one "]).complained(&["cosigned all"]);
    let known = avouch.run(&["ledger", "witness", "show", "w", "--json"]).await;
    known.ended(0).answered(&["\"epochs\":2"]);
    serving.kill().await;
    append(&avouch, &lines(3)).await.ended(0);
    let stats = avouch.run(&["ledger", "stats", "l"]).await;
    stats.ended(0).answered(&["are not yet vouched for"]);
    let again = Serving::start(&avouch).await;
    ask_both(&avouch, &again.address);
    append(&avouch, &lines(1)).await.ended(0);
    avouch.run(&["ledger", "stats", "l"]).await.ended(0).answered(&["cosigned all"]);
}

pub(crate) fn copy(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let (entry, name) = entry.map(|entry| (entry.path(), entry.file_name())).unwrap();
        if entry.is_dir() {
            copy(&entry, &to.join(name));
        } else {
            std::fs::copy(&entry, to.join(name)).map(|_| ()).unwrap();
        }
    }
}

/// All that is on the ledger's machine is set back, with its own witness: another machine knows.
#[tokio::test]
async fn a_machine_that_was_set_back_is_found_out_by_a_witness_elsewhere() {
    let avouch = witnessed().await;
    let serving = Serving::start(&avouch).await;
    ask_both(&avouch, &serving.address);
    append(&avouch, &lines(3)).await.ended(0);
    let (here, old) = (avouch.folder().join("l"), avouch.folder().join("old"));
    copy(&here, &old);
    append(&avouch, &lines(3)).await.ended(0);
    std::fs::remove_dir_all(&here).unwrap();
    std::fs::rename(&old, &here).unwrap();
    avouch.run(&["ledger", "verify", "l"]).await.ended(0);
    let asked = avouch.run(&["ledger", "verify", "l", "--ask-witnesses"]).await;
    asked.ended(4).answered(&["rolled-back"]);
    append(&avouch, &lines(1)).await.ended(4).complained(&["w.example/one", "rolled back"]);
}

#[tokio::test]
async fn a_policy_that_is_none_is_refused_before_anything_is_written() {
    let avouch = begun().await;
    avouch.write("l/witnesses", "quorum nobody\n");
    append(&avouch, &lines(1)).await.ended(2).complained(&["line 1", "witnesses"]);
    avouch.write("l/witnesses", "quorum none\n");
    append(&avouch, &lines(1)).await.ended(0);
    let asked = avouch.run(&["ledger", "verify", "l", "--ask-witnesses"]).await;
    asked.ended(2).complained(&["no witness shows"]);
}
