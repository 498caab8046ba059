//! Genuine tokens that must not open anything: an old one, and one for another service.

use avouch_model::identity::Who;
use avouch_model::report::Report;
use avouch_model::secret::Secret;
use avouch_range::{Options, accounts, misfits, named};
use avouch_scan::engine::options::ScanOptions;
use avouch_scan::engine::progress::Watcher;
use avouch_scan::engine::run::run;
use avouch_scan::engine::sender::Stop;
use avouch_scan::identity::spec::{CredentialSource, IdentitySpec, LoginSpec, Take};
use avouch_scan::step::Misfit;

/// Scans the range's tokens with these switches on, and misfits given.
async fn scan(switches: &str) -> Report {
    let api = named("tokens").unwrap();
    let on = api.switches(switches).unwrap();
    let running = (api.start)(Options { on, ..Options::default() }).await.unwrap();
    let ann = accounts().a;
    let given = misfits(&ann).unwrap();
    let values = [("user", ann.email), ("password", ann.password)];
    let login = CredentialSource::Login(LoginSpec {
        method: "POST".to_owned(),
        target: api.login.path.to_owned(),
        headers: Vec::new(),
        content_type: "application/json".to_owned(),
        body: api.login.body.to_owned(),
        values: values.map(|(name, value)| (name.to_owned(), Secret::new(value))).into(),
        payload: None,
        take: Take::Usual,
    });
    let mut options = ScanOptions::new(running.base_url.parse().unwrap(), [7; 32], [9; 32]);
    let document = (api.openapi)(&running.base_url, &Options::default().on).unwrap();
    let main = avouch_catalog::Document {
        name: "openapi.json".to_owned(),
        bytes: document.to_string().into_bytes(),
    };
    options.descriptions = vec![avouch_catalog::Description { main, others: Vec::new() }];
    options.identities = vec![IdentitySpec {
        misfits: vec![
            (Misfit::Expired, Secret::new(given.expired)),
            (Misfit::OtherAudience, Secret::new(given.other_audience)),
        ],
        ..IdentitySpec::new(Who::A, "ann", login)
    }];
    options.only_checks = ["JWT-09", "JWT-10"].map(str::to_owned).into();
    let (_kept, never) = Stop::new();
    run(options, never, Watcher::silent()).await.unwrap().report
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_token_and_a_foreign_one_are_found_where_they_open() {
    let report = scan("expiry-unchecked,audience-unchecked").await;
    let mut found: Vec<String> = report
        .findings
        .iter()
        .map(|finding| format!("{} {:?} {:?}", finding.check, finding.severity, finding.confidence))
        .collect();
    found.sort();
    assert_eq!(found, ["JWT-09 High Confirmed", "JWT-10 High Confirmed"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_both_are_refused_nothing_is_found_and_both_were_asked() {
    let report = scan("none").await;
    assert!(report.findings.is_empty(), "{:#?}", report.findings);
    let coverage = serde_json::to_string(&report.coverage).unwrap();
    assert!(!coverage.contains("needs a token"), "{coverage}");
}
