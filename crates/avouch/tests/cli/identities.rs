//! Credentials: wrong, dying, in clear, and where they must never appear.

use crate::program::Avouch;
use crate::servers::{answer, answering, shop, shop_with, token, usual};
use avouch_model::report::Ending;
use avouch_range::{ShopOptions, Weakness, accounts};

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_is_a_mistake_and_names_the_identity() {
    let shop = shop(&[]).await;
    let avouch = Avouch::new().with_login("a", &accounts().a).knowing("PASSWORD_A", "wrong-one-77");
    let ran = avouch.scan_described(&shop, &[]).await;
    ran.ended(2).complained(&["no identity was accepted: A", "401", "check the credentials"]);
    assert!(!ran.err.contains("wrong-one-77"), "{ran:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_nobody_gave_out_is_a_mistake_and_names_the_identity() {
    let shop = shop(&[]).await;
    let avouch = Avouch::new().knowing("TOKEN", "no-token-of-this-shop");
    let ran = avouch.scan_described(&shop, &["--identity", "b=env:TOKEN"]).await;
    ran.ended(2).complained(&["no identity was accepted: B", "refused by all"]);
    assert!(!ran.err.contains("no-token-of"), "{ran:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_that_answers_without_a_token_is_a_mistake() {
    let url = answering(|_| answer(200, "application/json", br#"{"status":"ok"}"#)).await;
    let avouch = Avouch::new().with_login("a", &accounts().a);
    avouch.scan(&url, &[]).await.ended(2).complained(&["no identity was accepted: A"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_in_clear_are_refused_and_not_repeated() {
    let avouch = Avouch::new();
    let ran = avouch.scan("http://127.0.0.1:1", &["--identity", "a=hunter2-hunter2"]).await;
    ran.ended(2).complained(&["identity `a`", "secret in clear", "env:NAME"]);
    assert!(!ran.err.contains("hunter2"), "{ran:#?}");
    avouch.write("avouch.toml", "[identity.high]\ntoken = \"hunter2-hunter2\"\n");
    let ran = avouch.scan("http://127.0.0.1:1", &[]).await;
    ran.ended(2).complained(&["identity `high`", "secret in clear"]);
    assert!(!ran.err.contains("hunter2"), "{ran:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_that_are_not_there_are_named() {
    let avouch = Avouch::new();
    let url = "http://127.0.0.1:1";
    let ran = avouch.scan(url, &["--identity", "a=env:NOT_SET_ANYWHERE"]).await;
    ran.ended(2).complained(&["identity `a`", "`NOT_SET_ANYWHERE` is not set"]);
    let ran = avouch.scan(url, &["--identity", "a=file:nowhere.txt"]).await;
    ran.ended(2).complained(&["identity `a`", "cannot read `nowhere.txt`", "No such file"]);
    let ran = avouch.scan(url, &["--identity", "carol=env:X"]).await;
    ran.ended(2).complained(&["`carol` is no identity"]);
    avouch.write("empty", "\n");
    let ran = avouch.scan(url, &["--identity", "a=file:empty"]).await;
    ran.ended(2).complained(&["identity `a`", "`file:empty` is empty"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_dies_half_way_ends_the_scan_and_proves_nothing_after() {
    let people = accounts();
    let steady = shop(&[]).await;
    let avouch = Avouch::new()
        .knowing("TOKEN_A", &token(&steady, &people.a).await)
        .knowing("TOKEN_B", &token(&steady, &people.b).await);
    let given = ["--identity", "a=env:TOKEN_A", "--identity", "b=env:TOKEN_B"];
    avouch.scan_described(&steady, &given).await;
    let half_way = Some(steady.requests() * 2 / 3);
    let shop = shop_with(ShopOptions { kill_tokens_after: half_way, ..usual() }).await;
    let avouch = Avouch::new()
        .knowing("TOKEN_A", &token(&shop, &people.a).await)
        .knowing("TOKEN_B", &token(&shop, &people.b).await);
    let ran = avouch.scan_described(&shop, &given).await;
    let report = avouch.report();
    assert!(matches!(report.ending, Ending::IdentityLost(_)), "{:?}", report.ending);
    ran.ended(3).answered(&["was refused where it was accepted before"]);
    // The shop has no weakness: whatever is proven about access was read from refusals.
    let of_access = ["AUTH", "BOLA", "BFLA", "PROP", "JWT"];
    let wrong: Vec<_> = report
        .findings
        .iter()
        .filter(|f| of_access.iter().any(|family| f.check.starts_with(family)))
        .filter(|f| f.severity > avouch_model::severity::Severity::Info)
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(!report.coverage.not_evaluable.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_that_dies_half_way_is_renewed_and_the_scan_completes() {
    let weak = [Weakness::OrderOwnerUnchecked];
    let steady = shop(&weak).await;
    let avouch = Avouch::new().with_logins();
    let only = ["--only", "BOLA-01,BOLA-02,AUTH-02"];
    avouch.scan_described(&steady, &only).await.ended(1);
    let half_way = steady.requests() * 4 / 5;
    let wanted: Vec<_> = avouch.report().findings.iter().map(|f| f.fingerprint.clone()).collect();

    let switches = avouch_range::Switches::only(weak);
    let options = ShopOptions { kill_tokens_after: Some(half_way), switches, ..usual() };
    let dying = shop_with(options).await;
    let ran = avouch.scan_described(&dying, &only).await;
    let report = avouch.report();
    assert_eq!(report.ending, Ending::Complete, "{ran:#?}");
    assert!(report.identities.iter().any(|identity| identity.renewals > 0), "{report:#?}");
    let found: Vec<_> = report.findings.iter().map(|f| f.fingerprint.clone()).collect();
    assert_eq!(found, wanted);
    ran.ended(1);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_ever_written_or_printed() {
    let weak = [
        Weakness::ProviderKeyShown,
        Weakness::PasswordHashShown,
        Weakness::TraceEnabled,
        Weakness::JwtSensitiveClaims,
        Weakness::JwtWeakSecret,
    ];
    let shop = shop(&weak).await;
    let people = accounts();
    let given = token(&shop, &people.a).await;
    let avouch = Avouch::new().with_logins().knowing("TOKEN_A", &given);
    let outputs = ["--output", "r.json", "--output", "r.html", "--output", "r.txt"];
    let more = ["--output", "r.sarif", "--identity", "a=env:TOKEN_A"];
    let arguments: Vec<&str> = outputs.iter().chain(&more).copied().collect();
    let ran = avouch.scan_described(&shop, &arguments).await;
    ran.ended(1);
    let mut texts = vec![("stdout".to_owned(), ran.out), ("stderr".to_owned(), ran.err)];
    for folder in [avouch.folder().to_owned(), avouch.path(".avouch")] {
        for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let name = entry.path().display().to_string();
            if entry.path().is_file() && !name.ends_with("avouch.toml") {
                texts.push((name, std::fs::read_to_string(entry.path()).unwrap()));
            }
        }
    }
    assert!(texts.len() >= 9, "{:?}", texts.iter().map(|(name, _)| name).collect::<Vec<_>>());
    let signature = given.rsplit('.').next().unwrap();
    let secrets = [
        people.a.password,
        people.b.password,
        people.admin.password,
        people.export_key,
        given.as_str(),
        signature,
        // Every token of the shop has a header and a payload that begin like this.
        ".eyJ",
        "$pbkdf2-sha256$",
    ];
    for (name, text) in &texts {
        for secret in secrets {
            assert!(!text.contains(secret), "`{secret}` stands in {name}");
        }
    }
}
