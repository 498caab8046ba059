//! A client of one running shop, signed in as everybody.

use avouch_range::{Account, Running, Shop, ShopOptions, Switches, accounts};
use http::{HeaderMap, Request};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};

/// An answer of the shop.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or(Value::Null)
    }

    pub(crate) fn items(&self) -> Vec<Value> {
        self.json()["items"].as_array().cloned().unwrap_or_default()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

/// A running shop and the tokens of its people.
#[derive(Debug)]
pub(crate) struct Desk {
    pub(crate) shop: Running,
    pub(crate) a: String,
    pub(crate) b: String,
    pub(crate) admin: String,
    /// Put before each path asked for: the twins live under `/v2`.
    pub(crate) prefix: &'static str,
    client: Client<HttpConnector, Full<Bytes>>,
}

impl Desk {
    pub(crate) async fn open(switches: Switches) -> Self {
        Self::with(ShopOptions { switches, ..ShopOptions::default() }).await
    }

    pub(crate) async fn with(options: ShopOptions) -> Self {
        let shop = Shop::start(options).await.unwrap();
        let client = Client::builder(TokioExecutor::new()).build_http();
        let (a, b, admin) = Default::default();
        let mut desk = Self { shop, a, b, admin, prefix: "", client };
        let known = accounts();
        desk.a = desk.sign_in(&known.a).await;
        desk.b = desk.sign_in(&known.b).await;
        desk.admin = desk.sign_in(&known.admin).await;
        desk
    }

    pub(crate) async fn sign_in(&self, account: &Account) -> String {
        let body = json!({"email": account.email, "password": account.password});
        let reply = self.ask("POST", "/auth/login", &[], Some(&body)).await;
        reply.json()["access_token"].as_str().unwrap_or_default().to_owned()
    }

    /// Sends a request to exactly this path.
    pub(crate) async fn ask(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Reply {
        let uri = format!("{}{path}", self.shop.base_url);
        let mut request = Request::builder().method(method).uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if body.is_some() {
            request = request.header("content-type", "application/json");
        }
        let body = Full::from(body.map(Value::to_string).unwrap_or_default());
        let answer = self.client.request(request.body(body).unwrap()).await.unwrap();
        let (parts, body) = answer.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Reply { status: parts.status.as_u16(), headers: parts.headers, text }
    }

    /// Reads a path of this desk's version, with or without a token.
    pub(crate) async fn get(&self, path: &str, token: Option<&str>) -> Reply {
        let path = format!("{}{path}", self.prefix);
        let bearer = token.map(|token| format!("Bearer {token}"));
        let headers: Vec<_> =
            bearer.iter().map(|value| ("authorization", value.as_str())).collect();
        self.ask("GET", &path, &headers, None).await
    }

    /// Writes to a path of this desk's version, with or without a token.
    pub(crate) async fn post(&self, path: &str, token: Option<&str>, body: &Value) -> Reply {
        let path = format!("{}{path}", self.prefix);
        let bearer = token.map(|token| format!("Bearer {token}"));
        let headers: Vec<_> =
            bearer.iter().map(|value| ("authorization", value.as_str())).collect();
        self.ask("POST", &path, &headers, Some(body)).await
    }
}
