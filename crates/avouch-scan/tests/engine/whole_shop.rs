//! One scan of everything: what was recorded leads to the same verdicts, and nothing stays behind.

use avouch_model::identity::Who;
use avouch_model::report::Ending;
use avouch_model::secret::Secret;
use avouch_model::verdict::Verdict;
use avouch_range::{Account, Running, Shop, ShopOptions, Switches, accounts};
use avouch_scan::check::Tier;
use avouch_scan::engine::options::ScanOptions;
use avouch_scan::engine::progress::Watcher;
use avouch_scan::engine::recording::Recording;
use avouch_scan::engine::run::run;
use avouch_scan::engine::sender::Stop;
use avouch_scan::identity::spec::{CredentialSource, IdentitySpec, LoginSpec, Take};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Collections whose objects can be deleted.
const REMOVABLE: [&str; 6] =
    ["/orders", "/v2/orders", "/notes", "/v2/notes", "/reviews", "/v2/reviews"];

fn identity(who: Who, account: &Account) -> IdentitySpec {
    let values = [("user", account.email), ("password", account.password)];
    IdentitySpec {
        who,
        label: account.name.to_owned(),
        source: CredentialSource::Login(LoginSpec {
            method: "POST".to_owned(),
            headers: Vec::new(),
            payload: None,
            target: "/auth/login".to_owned(),
            content_type: "application/json".to_owned(),
            body: r#"{"email":"{user}","password":"{password}"}"#.to_owned(),
            values: values.map(|(name, value)| (name.to_owned(), Secret::new(value))).into(),
            take: Take::Usual,
        }),
        carrier: None,
        also: Vec::new(),
        misfits: Vec::new(),
    }
}

fn everything(shop: &Running) -> ScanOptions {
    let people = accounts();
    let mut options = ScanOptions::new(shop.base_url.parse().unwrap(), [7; 32], [9; 32]);
    options.identities = vec![
        identity(Who::A, &people.a),
        identity(Who::B, &people.b),
        identity(Who::High, &people.admin),
    ];
    options.tier = Tier::Active;
    options.listen = Some(SocketAddr::from(([127, 0, 0, 1], 0)));
    options
}

/// Asks the shop once, and gives the answer's JSON.
async fn ask(shop: &Running, request: &str, token: &str, body: &str) -> Value {
    let address = shop.base_url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).await.unwrap();
    let length = body.len();
    let text = format!(
        "{request} HTTP/1.0\r\nhost: {address}\r\nauthorization: Bearer {token}\r\n\
         content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    );
    stream.write_all(text.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    serde_json::from_str(body).unwrap_or_else(|error| panic!("{request}: {error}: {answer}"))
}

/// Ids of everything removable that this person sees.
async fn ids(shop: &Running, account: &Account) -> BTreeSet<String> {
    let login = json!({"email": account.email, "password": account.password}).to_string();
    let login = ask(shop, "POST /auth/login", "none", &login).await;
    let token = login["access_token"].as_str().unwrap();
    let mut ids = BTreeSet::new();
    for collection in REMOVABLE {
        let list = ask(shop, &format!("GET {collection}"), token, "").await;
        for item in list["items"].as_array().unwrap() {
            ids.insert(format!("{collection}/{}", item["id"]));
        }
    }
    ids
}

async fn everybodys_ids(shop: &Running) -> BTreeSet<String> {
    let people = accounts();
    let mut all = ids(shop, &people.a).await;
    all.extend(ids(shop, &people.b).await);
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_leads_to_every_verdict_again_and_nothing_stays_behind() {
    let switches = Switches::all();
    let shop = Shop::start(ShopOptions { switches, ..ShopOptions::default() }).await.unwrap();
    let before = everybodys_ids(&shop).await;
    let (_kept, never) = Stop::new();
    let scanned = run(everything(&shop), never, Watcher::silent()).await.unwrap();
    let report = scanned.report;
    assert_eq!(report.ending, Ending::Complete);
    assert_eq!(shop.dangerous_calls(), 0);

    let created = shop.requests_by_operation();
    assert!(created.get("POST /notes").is_some_and(|count| *count > 0), "{created:#?}");
    let after = everybodys_ids(&shop).await;
    let left: Vec<_> = after.difference(&before).collect();
    assert!(left.is_empty(), "left behind: {left:#?}");
    let gone: Vec<_> = before.difference(&after).collect();
    assert!(gone.is_empty(), "removed although the scan had not made it: {gone:#?}");
    let stays = report.cleanup.iter().filter(|o| !o.gone && !o.remove.is_empty());
    let stays: Vec<_> = stays.collect();
    assert!(stays.is_empty(), "{stays:#?}");

    let text = serde_json::to_string(&scanned.recording.unwrap()).unwrap();
    let recording: Recording = serde_json::from_str(&text).unwrap();
    let replayed = recording.replay(None).unwrap();
    assert_eq!(replayed.len(), recording.runs.len());
    assert!(replayed.iter().filter(|r| matches!(r.run.verdict, Verdict::Fail(_))).count() > 20);
    // The engine adds to a proof what the second one said, so confidence and reasons may differ.
    let own = |verdict: &Verdict| match verdict {
        Verdict::Fail(proof) => format!("fails, {}: {}", proof.severity, proof.summary),
        other => format!("{other:?}"),
    };
    let differ: Vec<_> = replayed
        .iter()
        .filter(|r| r.verdict.as_ref().map(own) != Some(own(&r.run.verdict)))
        .map(|r| (&r.run.check, r.run.subject.to_string(), r.run.round, &r.run.verdict, &r.verdict))
        .collect();
    assert!(differ.is_empty(), "{differ:#?}");
}
