//! Controls and registers as a team keeps them.

use crate::program::Avouch;
use serde_json::{Value, json};

fn value(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error} in {text}"))
}

/// A ledger that the configuration names, so that no command has to.
async fn team() -> Avouch {
    let avouch = Avouch::new().knowing("USER", "anna");
    avouch.run(&["ledger", "init", "team", "--origin", "example.com/team"]).await.ended(0);
    let families = ["INV", "DAT", "IAM", "EDG", "LOG", "MON", "TST"];
    let more = ["CHG", "IR", "GOV", "AVL", "PRV", "PIN", "PHY"];
    let owners = families.iter().chain(&more).map(|family| format!("{family} = \"otto\""));
    let owners = owners.collect::<Vec<_>>().join("\n");
    avouch.write("avouch.toml", format!("[ledger]\nfolder = \"team\"\n[prove.owners]\n{owners}"));
    avouch
}

/// What the ledger says about a control.
async fn assessed(avouch: &Avouch, control: &str) -> Value {
    let ran = avouch.run(&["control", "show", control, "--json"]).await;
    value(&ran.ended(0).out)["assessment"].clone()
}

#[tokio::test]
async fn a_new_ledger_proves_nothing_and_says_what_to_do() {
    let avouch = team().await;
    let ran = avouch.run(&["control", "status", "--json"]).await;
    let status = value(&ran.ended(0).out);
    assert_eq!(status["score"]["value"], 0);
    assert_eq!(status["score"]["formula"], "controls-score/1");
    let controls = status["controls"].as_array().unwrap();
    assert_eq!((controls.len(), status["criteria"].as_array().unwrap().len()), (70, 61));
    assert!(controls.iter().all(|one| one["assessment"] == "not-tested"), "{status:#}");
    assert!(
        status["criteria"].as_array().unwrap().iter().all(|one| one["conclusion"] != "supported")
    );
    let ran = avouch.run(&["control", "status"]).await;
    ran.ended(0).answered(&["Prepared by management", "Score 0 of 100", "avouch policy init"]);
    for words in ["SOC 2 certified", "compliant"] {
        assert!(!ran.out.contains(words), "{words}");
    }
    let due = avouch.run(&["control", "due"]).await;
    due.ended(1).answered(&["ended today", "Who owes what", "otto"]);
}

#[tokio::test]
async fn a_policy_is_written_approved_by_another_published_and_acknowledged() {
    let avouch = team().await;
    avouch
        .run(&["policy", "init", "--owner", "anna"])
        .await
        .ended(0)
        .answered(&["access-control.md"]);
    let again = avouch.run(&["policy", "init"]).await;
    again.ended(0).complained(&["0 policies written, 12 were there"]);
    let dry = avouch.run(&["policy", "import", "policies", "--dry-run"]).await;
    dry.ended(0)
        .answered(&["policy `access-control` version 1 (new)"])
        .complained(&["nothing was recorded"]);
    let first = avouch.run(&["policy", "import", "policies", "--json"]).await;
    assert_eq!(value(&first.ended(0).out)["acts"].as_array().unwrap().len(), 12);
    let again = avouch.run(&["policy", "import", "policies"]).await;
    again.ended(0).complained(&["nothing to record"]);
    let own = avouch.run(&["policy", "approve", "access-control"]).await;
    own.ended(2).complained(&["`anna` wrote version 1", "somebody else has to"]);
    let early = avouch.run(&["policy", "publish", "access-control"]).await;
    early.ended(2).complained(&["approved by nobody"]);
    avouch.run(&["policy", "approve", "access-control", "--actor", "otto"]).await.ended(0);
    avouch
        .run(&["policy", "publish", "access-control"])
        .await
        .ended(0)
        .answered(&["in force from"]);
    avouch.write("people.csv", "person,name,joined\nemma,Emma,2026-01-01\n");
    avouch.run(&["training", "people", "people.csv"]).await.ended(0).answered(&["emma joined"]);
    avouch.write("read.csv", "person,policy,version,date\nemma,access-control,1,2026-02-01\n");
    let read = avouch.run(&["policy", "acknowledge", "--file", "read.csv"]).await;
    read.ended(0).answered(&["acknowledged by emma"]);
    avouch
        .run(&["policy", "acknowledge", "--file", "read.csv"])
        .await
        .ended(0)
        .complained(&["nothing to record"]);
    let list = value(&avouch.run(&["policy", "list", "--json"]).await.ended(0).out);
    let access =
        list.as_array().unwrap().iter().find(|one| one["id"] == "access-control").unwrap().clone();
    assert_eq!((&access["in_force"], &access["approved_by"]), (&json!("1"), &json!(["otto"])));
    assert_eq!(access["acknowledged"][0]["who"], "emma");
    // A text that changed under its version is refused, whatever it says.
    let path = avouch.path("policies/cryptography.md");
    let text = std::fs::read_to_string(&path).unwrap() + "More.\n";
    std::fs::write(&path, text).unwrap();
    let changed = avouch.run(&["policy", "import", "policies"]).await;
    changed.ended(2).complained(&["another than the recorded one", "new version"]);
    // Eleven others are not in force, which the control says.
    assert_eq!(assessed(&avouch, "GOV-1").await["assessment"], "exceptions");
}

#[tokio::test]
async fn registers_are_imported_once_and_say_what_changed() {
    let avouch = team().await;
    let risk = |likelihood: u8| {
        format!(
            "[[risk]]\nid = \"R-1\"\ntitle = \"A key is stolen\"\nlikelihood = {likelihood}\nimpact = 4\nowner = \"otto\"\ntreatment = \"mitigate\"\ncontrols = [\"IAM-3\"]\n"
        )
    };
    avouch.write("risks.toml", risk(3));
    avouch
        .run(&["risk", "import", "risks.toml"])
        .await
        .ended(0)
        .answered(&["risk `R-1` identified: new"]);
    avouch.run(&["risk", "import", "risks.toml"]).await.ended(0).complained(&["nothing to record"]);
    avouch.write("risks.toml", risk(5));
    avouch
        .run(&["risk", "import", "risks.toml"])
        .await
        .ended(0)
        .answered(&["assessed: changed rating"]);
    avouch.run(&["risk", "list"]).await.ended(0).answered(&["20", "otto", "A key is stolen"]);
    avouch.write("risks.toml", risk(6));
    avouch.run(&["risk", "import", "risks.toml"]).await.ended(2).complained(&["from 1 to 5"]);
    let vendor = "[[vendor]]\nid = \"mailer\"\nname = \"Mail\"\nrisk = \"medium\"\nowner = \"otto\"\ncontract = true\n";
    avouch.write("vendors.toml", vendor);
    avouch.run(&["vendor", "import", "vendors.toml"]).await.ended(0).answered(&["registered"]);
    avouch
        .run(&["vendor", "import", "vendors.toml"])
        .await
        .ended(0)
        .complained(&["nothing to record"]);
    assert_eq!(assessed(&avouch, "GOV-4").await["assessment"], "exceptions");
    avouch.run(&["vendor", "review", "mailer"]).await.ended(0).answered(&["looked at by anna"]);
    let says = ["control", "attest", "GOV-4", "--says", "The register is complete"];
    avouch.run(&says).await.ended(0).answered(&["`anna` says"]);
    assert_eq!(assessed(&avouch, "GOV-4").await["assessment"], "effective");
    avouch.write("people.csv", "person\nemma\notto\n");
    avouch
        .run(&["training", "people", "people.csv"])
        .await
        .ended(0)
        .answered(&["emma joined", "otto joined"]);
    avouch.write("people.csv", "person\notto\n");
    avouch.run(&["training", "people", "people.csv"]).await.ended(0).answered(&["emma left"]);
    avouch.write("done.csv", "person,course,date\notto,api-security,2026-02-01\n");
    avouch.run(&["training", "import", "done.csv"]).await.ended(0).answered(&["otto completed"]);
    avouch
        .run(&["training", "import", "done.csv"])
        .await
        .ended(0)
        .complained(&["nothing to record"]);
    // A certificate that turns up later is recorded; a second time it is not.
    let list = "person,course,date,evidence\notto,api-security,2026-02-01,otto.pdf\n";
    avouch.write("done.csv", list);
    let import = ["training", "import", "done.csv"];
    avouch.run(&import).await.ended(2).complained(&["the document `otto.pdf`"]);
    avouch.write("otto.pdf", "a certificate");
    avouch.run(&import).await.ended(0).answered(&["otto completed"]);
    avouch.run(&import).await.ended(0).complained(&["nothing to record"]);
    let digest = avouch_ledger::merkle::Hash::of(b"a certificate").to_hex();
    avouch.write("done.csv", list.replace("otto.pdf", &digest));
    avouch.run(&import).await.ended(0).complained(&["nothing to record"]);
    avouch.write("done.csv", "person,course,shoe\notto,api-security,42\n");
    avouch
        .run(&["training", "import", "done.csv"])
        .await
        .ended(2)
        .complained(&["the column `shoe` is not known"]);
}

#[tokio::test]
async fn access_is_approved_before_it_is_given_and_reviewed_as_a_whole() {
    let avouch = team().await;
    let own = ["review", "approve", "erp", "--requested-by", "anna"];
    avouch.run(&own).await.ended(2).complained(&["asks and cannot decide"]);
    let approve = ["review", "approve", "erp", "--requested-by", "anna", "--actor", "otto"];
    avouch.run(&approve).await.ended(0);
    let ran = avouch.run(&["key", "issue", "--owner", "erp", "--json"]).await;
    let key = value(&ran.ended(0).out)["id"].as_str().unwrap().to_owned();
    assert_eq!(assessed(&avouch, "IAM-4").await["assessment"], "effective");
    avouch.run(&["key", "issue", "--owner", "stranger"]).await.ended(0);
    let judged = assessed(&avouch, "IAM-4").await;
    assert_eq!(judged["assessment"], "exceptions");
    assert!(judged["exceptions"][0]["because"].as_str().unwrap().contains("without an approval"));
    avouch
        .run(&["review", "open", "AR-1"])
        .await
        .ended(0)
        .answered(&["2 credentials in use", &key]);
    avouch.run(&["review", "decide", "AR-1", &key, "keep"]).await.ended(0);
    avouch.run(&["review", "close", "AR-1"]).await.ended(2).complained(&["says nothing about"]);
    let listed = value(&avouch.run(&["review", "list", "--json"]).await.ended(0).out);
    let other = listed.as_array().unwrap().iter().find(|one| one["id"] != *key).unwrap()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    avouch
        .run(&["review", "decide", "AR-1", &other, "revoke"])
        .await
        .ended(0)
        .complained(&["avouch key revoke"]);
    avouch.run(&["key", "revoke", &other]).await.ended(0);
    avouch.run(&["review", "close", "AR-1"]).await.ended(0).answered(&["1 credential in use"]);
}

#[tokio::test]
async fn runs_are_recorded_and_what_did_not_run_lowers_the_score() {
    let avouch = team().await;
    let ran = avouch.run(&["control", "run", "--due", "--json"]).await;
    let run = value(&ran.ended(3).out);
    assert_eq!((run["controls"].as_array().unwrap().len(), &run["recorded"]), (70, &json!(true)));
    avouch.run(&["control", "run", "LOG-2"]).await.ended(3).answered(&["LOG-2"]);
    let point =
        |status: &Value| status["series"].as_array().unwrap().last().unwrap()["score"].clone();
    let status =
        || async { value(&avouch.run(&["control", "status", "--json"]).await.ended(0).out) };
    let before = point(&status().await);
    assert_eq!((&before["value"], &before["formula"]), (&json!(0), &json!("controls-score/1")));
    let record = ["control", "record", "LOG-5.clock-offset", "--result"];
    avouch.run(&[&record[..], &["fail"]].concat()).await.ended(2).complained(&["nobody says why"]);
    avouch.run(&[&record[..], &["fail", "--because", "two seconds"]].concat()).await.ended(0);
    let unknown = ["control", "record", "LOG-5.shoe", "--result", "pass"];
    avouch
        .run(&unknown)
        .await
        .ended(2)
        .complained(&["not a test of a control", "LOG-5.clock-offset"]);
    avouch
        .run(&["control", "run", "LOG-5"])
        .await
        .ended(1)
        .answered(&["exceptions", "two seconds"]);
    let after = point(&status().await);
    assert_eq!((&after["tested"], &after["effective"]), (&json!(1), &json!(0)));
    // What is not due is not run again.
    let due = value(
        &avouch
            .run(&["control", "run", "--due", "--dry-run", "--json", "--from", "2026-01-01"])
            .await
            .out,
    );
    assert!(
        due["controls"]
            .as_array()
            .is_none_or(|all| all.iter().all(|one| one["control"] != "GOV-2"))
    );
}

#[tokio::test]
async fn evidence_is_handed_in_and_taken_back_in_the_open() {
    let avouch = team().await;
    avouch.write("minutes.txt", "We looked at all of it.");
    let hand =
        ["control", "attest", "GOV-7", "--says", "Minutes", "--document", "minutes.txt", "--json"];
    let ran = avouch.run(&hand).await;
    let says = value(&ran.ended(0).out)["acts"][0]["says"].as_str().unwrap().to_owned();
    let id = says.split_whitespace().next().unwrap().to_owned();
    let judged = assessed(&avouch, "GOV-7").await;
    assert_eq!(judged["assessment"], "effective", "{judged:#}");
    let back = ["control", "attest", "GOV-7", "--says", "It was the wrong file", "--withdraw", &id];
    avouch.run(&back).await.ended(0).answered(&["is withdrawn"]);
    assert_eq!(assessed(&avouch, "GOV-7").await["gaps"][0]["kind"], "manual-missing");
    let none = avouch.run(&["control", "attest", "P1.2", "--says", "x"]).await;
    none.ended(2).complained(&["neither a control nor a criterion"]);
}

#[tokio::test]
async fn a_rule_may_be_left_until_a_day_and_a_reported_finding_is_followed() {
    let avouch = team().await;
    let grant = [
        "exception",
        "grant",
        "X-1",
        "--control",
        "dat-2",
        "--requested-by",
        "anna",
        "--actor",
        "otto",
    ];
    let until = |day: &'static str| {
        [&grant[..], &["--until", day, "--because", "an old terminal"]].concat()
    };
    avouch.run(&until("2020-01-01")).await.ended(2).complained(&["ended already"]);
    avouch.run(&until("2999-01-01")).await.ended(0).answered(&["DAT-2 until 2999-01-01"]);
    assert_eq!(assessed(&avouch, "GOV-6").await["assessment"], "effective");
    avouch.run(&["exception", "revoke", "X-1"]).await.ended(0);
    avouch.run(&["exception", "list"]).await.ended(0).answered(&["over"]);
    avouch.write("report.pdf", "%PDF");
    let report = [
        "test",
        "report",
        "report.pdf",
        "--tester",
        "Testers",
        "--from",
        "2026-11-02",
        "--to",
        "2026-11-06",
    ];
    avouch.run(&report).await.ended(0).answered(&["SHA-256"]);
    avouch.run(&report).await.ended(2).complained(&["is in the ledger"]);
    let finding = [
        "test",
        "finding",
        "T-1",
        "--title",
        "Orders can be read",
        "--severity",
        "critical",
        "--target",
        "https://api.example.com/",
    ];
    avouch.run(&finding).await.ended(0);
    avouch.run(&finding).await.ended(2).complained(&["open already"]);
    avouch
        .run(&["test", "close", "T-1"])
        .await
        .ended(2)
        .complained(&["what shows that it is gone"]);
    avouch.run(&["test", "close", "T-1", "--because", "retested"]).await.ended(0);
    avouch.run(&["test", "list"]).await.ended(0).answered(&["T-1", "gone since"]);
}
