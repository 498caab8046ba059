//! Servers on loopback, well made and hostile.

use avouch_range::{Running, Shop, ShopOptions, Switches, Weakness};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// An address nobody listens at.
pub(crate) fn nobody() -> String {
    let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

/// The shop with these weaknesses.
pub(crate) async fn shop(weaknesses: &[Weakness]) -> Running {
    shop_with(ShopOptions { switches: Switches::only(weaknesses.iter().copied()), ..usual() }).await
}

/// The shop as wanted.
pub(crate) async fn shop_with(options: ShopOptions) -> Running {
    Shop::start(options).await.unwrap()
}

/// A shop without weaknesses.
pub(crate) fn usual() -> ShopOptions {
    ShopOptions::default()
}

/// Where a shop listens.
pub(crate) fn address(shop: &Running) -> SocketAddr {
    shop.base_url.trim_start_matches("http://").parse().unwrap()
}

/// A server that answers each request with what is made of its path, and closes.
pub(crate) async fn answering(answer: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static) -> String {
    let answer = Arc::new(answer);
    serving(move |mut stream| {
        let answer = Arc::clone(&answer);
        async move {
            let Some(path) = request(&mut stream).await else { return };
            // A client that has gone away misses nothing.
            let _ = stream.write_all(&answer(&path)).await;
            let _ = stream.shutdown().await;
        }
    })
    .await
}

/// A server that does this with each connection.
pub(crate) async fn serving<F>(serve: impl Fn(TcpStream) -> F + Send + 'static) -> String
where
    F: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream));
        }
    });
    url
}

/// Reads a request, its body included, and gives its path.
pub(crate) async fn request(stream: &mut TcpStream) -> Option<String> {
    let mut read = Vec::new();
    let mut chunk = [0; 4096];
    let head = loop {
        let count = stream.read(&mut chunk).await.ok().filter(|count| *count > 0)?;
        read.extend_from_slice(&chunk[..count]);
        if let Some(at) = read.windows(4).position(|four| four == b"\r\n\r\n") {
            break at + 4;
        }
    };
    let text = String::from_utf8_lossy(&read[..head]).to_ascii_lowercase();
    let length = text.lines().find_map(|line| line.strip_prefix("content-length:"));
    let mut left = length.map_or(0, |length| length.trim().parse::<usize>().unwrap_or(0));
    left = left.saturating_sub(read.len() - head);
    while left > 0 {
        let count = stream.read(&mut chunk).await.ok().filter(|count| *count > 0)?;
        left = left.saturating_sub(count);
    }
    let line = String::from_utf8_lossy(&read).lines().next()?.to_owned();
    line.split(' ').nth(1).map(str::to_owned)
}

/// An answer with that status, type and body.
pub(crate) fn answer(status: u16, kind: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let mut answer = format!(
        "HTTP/1.1 {status} Said\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\n\
         x-content-type-options: nosniff\r\ncache-control: no-store\r\nconnection: close\r\n\r\n"
    )
    .into_bytes();
    answer.extend_from_slice(body);
    answer
}

/// A description with a few operations for servers that keep to none.
pub(crate) const DESCRIPTION: &str = r#"{
  "openapi": "3.0.3", "info": {"title": "t", "version": "1"},
  "components": {"securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}}},
  "security": [{"bearer": []}],
  "paths": {
    "/me": {"get": {"responses": {"200": {"description": "ok"}}}},
    "/things": {"get": {"responses": {"200": {"description": "ok"}}}},
    "/things/{id}": {"get": {
      "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "integer"}}],
      "responses": {"200": {"description": "ok"}}}}
  }
}"#;

/// Asks a server once, and gives status and body.
pub(crate) async fn ask(
    url: &str,
    method: &str,
    path: &str,
    token: Option<&str>,
    body: &str,
) -> (u16, String) {
    let address = url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).await.unwrap();
    let authorization = token.map(|t| format!("authorization: Bearer {t}\r\n")).unwrap_or_default();
    let length = body.len();
    let text = format!(
        "{method} {path} HTTP/1.1\r\nhost: {address}\r\n{authorization}connection: close\r\n\
         content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    );
    stream.write_all(text.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
}

/// Logs in at the shop, and gives the token.
pub(crate) async fn token(shop: &Running, account: &avouch_range::Account) -> String {
    let login = serde_json::json!({"email": account.email, "password": account.password});
    let (status, body) = ask(&shop.base_url, "POST", "/auth/login", None, &login.to_string()).await;
    assert_eq!(status, 200, "{body}");
    let json = body.split_once('{').and_then(|(_, rest)| rest.rsplit_once('}')).unwrap().0;
    let value: serde_json::Value = serde_json::from_str(&format!("{{{json}}}")).unwrap();
    value["access_token"].as_str().unwrap().to_owned()
}
