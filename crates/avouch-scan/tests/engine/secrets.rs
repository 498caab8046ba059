//! What a check sees of a target that tells every caller all it was sent: no secret is in it.

use avouch_catalog::{Description, Document};
use avouch_model::identity::Who;
use avouch_model::secret::Secret;
use avouch_scan::check::Tier;
use avouch_scan::engine::options::ScanOptions;
use avouch_scan::engine::progress::Watcher;
use avouch_scan::engine::run::run;
use avouch_scan::engine::sender::Stop;
use avouch_scan::identity::spec::{CredentialSource, IdentitySpec, LoginSpec, Take};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const FIXED: &str = "kq7w-2Zp_fixed-token-0Xr9";
const PASSWORD: &str = "pl/um+T9 grove=7";
const LOGIN_PASSWORD: &str = "a\"quoted\\secret'4417";
const ISSUED: &str = "issued.7f3a9c51d2e84b06.zz";

const DESCRIPTION: &str = r#"{"openapi": "3.0.0", "info": {"title": "echo", "version": "1"},
"components": {"securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}}},
"security": [{"bearer": []}],
"paths": {"/me": {"get": {"responses": {"200": {"description": "x"}}}},
"/things": {"get": {"parameters": [{"name": "q", "in": "query", "schema": {"type": "string"}}],
"responses": {"200": {"description": "x"}}},
"post": {"requestBody": {"content": {"application/json": {"schema": {"type": "object",
"properties": {"text": {"type": "string"}}}}}}, "responses": {"201": {"description": "x"}}}},
"/things/{id}": {"parameters": [{"name": "id", "in": "path", "required": true,
"schema": {"type": "integer"}}], "get": {"responses": {"200": {"description": "x"}}}}}}"#;

/// Answers each request with all of it, in many spellings.
async fn echo(mut stream: TcpStream) -> std::io::Result<()> {
    let mut asked = Vec::new();
    let mut part = [0_u8; 4096];
    loop {
        let read = stream.read(&mut part).await?;
        asked.extend_from_slice(&part[..read]);
        let text = String::from_utf8_lossy(&asked);
        let length = |head: &str| {
            let lower = head.to_ascii_lowercase();
            let after = lower.split("content-length:").nth(1)?;
            after.lines().next()?.trim().parse::<usize>().ok()
        };
        let whole = text
            .split_once("\r\n\r\n")
            .is_some_and(|(head, body)| body.len() >= length(head).unwrap_or_default());
        if whole || read == 0 {
            break;
        }
    }
    let text = String::from_utf8_lossy(&asked).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let line = |name: &str| {
        head.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
        })
    };
    let credential = line("authorization").unwrap_or_default();
    let token = credential.rsplit(' ').next().unwrap_or_default();
    let spelled = utf8_percent_encode(token, NON_ALPHANUMERIC).to_string();
    let login = head.starts_with("POST /login");
    let answer = if login {
        json!({"access_token": ISSUED, "you_sent": body})
    } else {
        let told = STANDARD.decode(token).ok().and_then(|it| String::from_utf8(it).ok());
        json!({"id": 7, "caller": credential, "token": token, "basic": told, "head": head,
            "sent": body, "next": format!("/things?token={spelled}"), "text": format!("<{token}>")})
    };
    let status = if login || !credential.is_empty() { "200 OK" } else { "401 Unauthorized" };
    let answer = answer.to_string();
    let reply = format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\nx-you-are: {credential}\r\n\
         set-cookie: seen={spelled}\r\nlink: </things?key={spelled}>; rel=\"next\"\r\n\
         content-length: {}\r\nconnection: close\r\n\r\n{answer}",
        answer.len()
    );
    stream.write_all(reply.as_bytes()).await
}

fn identities() -> Vec<IdentitySpec> {
    let basic = CredentialSource::Basic { user: "bea".to_owned(), password: Secret::new(PASSWORD) };
    let login = CredentialSource::Login(LoginSpec {
        method: "POST".to_owned(),
        target: "/login".to_owned(),
        headers: Vec::new(),
        content_type: "application/json".to_owned(),
        body: r#"{"name":"{user}","password":"{password}"}"#.to_owned(),
        values: [("user", "root"), ("password", LOGIN_PASSWORD)]
            .map(|(name, value)| (name.to_owned(), Secret::new(value)))
            .into(),
        payload: None,
        take: Take::Usual,
    });
    vec![
        IdentitySpec::new(Who::A, "ann", CredentialSource::Fixed(Secret::new(FIXED))),
        IdentitySpec::new(Who::B, "bea", basic),
        IdentitySpec::new(Who::High, "root", login),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_in_anything_a_check_sees() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(echo(stream));
        }
    });
    let target = format!("http://{address}").parse().unwrap();
    let mut options = ScanOptions::new(target, [7; 32], [9; 32]);
    let main = Document { name: "openapi.json".to_owned(), bytes: DESCRIPTION.as_bytes().to_vec() };
    options.descriptions = vec![Description { main, others: Vec::new() }];
    options.identities = identities();
    options.tier = Tier::Active;
    let (_kept, never) = Stop::new();
    let scanned = run(options, never, Watcher::silent()).await.unwrap();
    let recording = scanned.recording.unwrap();
    assert_eq!(recording.identities.len(), 3, "{:#?}", scanned.report.warnings);
    let sent = |who: Who| recording.samples.iter().filter(|sample| sample.who == who).count();
    assert!([Who::A, Who::B, Who::High].into_iter().all(|who| sent(who) > 0));
    assert!(recording.runs.iter().filter(|run| !run.seen.is_empty()).count() > 30);

    // A recording is all that checks are given and answered: from it they reach their verdicts again.
    let seen = serde_json::to_string(&recording).unwrap();
    let report = serde_json::to_string(&scanned.report).unwrap();
    let basic = STANDARD.encode(format!("bea:{PASSWORD}"));
    for secret in [FIXED, PASSWORD, LOGIN_PASSWORD, ISSUED, &basic] {
        let percent = utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string();
        let escaped = json!(secret).to_string();
        let twice = json!(escaped.trim_matches('"')).to_string();
        for spelled in [
            secret,
            &percent,
            &STANDARD.encode(secret),
            escaped.trim_matches('"'),
            twice.trim_matches('"'),
        ] {
            for (what, text) in [("the recording", &seen), ("the report", &report)] {
                let before = text.split(spelled).next().unwrap_or_default();
                let near: Vec<char> = before.chars().rev().take(200).collect();
                let near: String = near.into_iter().rev().collect();
                assert!(before.len() == text.len(), "{what} holds `{spelled}` after: {near}");
            }
        }
    }
}
