//! Starting and stopping a shop.

use super::front;
use super::openapi;
use super::state::{Shared, ShopState};
use super::table::{self, Part};
use crate::apis::shop::weakness::Switches;
use crate::kit::clock;
use crate::kit::front::Trouble;
use crate::kit::serving::Serving;
use serde_json::Value;
use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use tokio::net::TcpListener;

/// How a shop behaves.
#[derive(Clone, Debug)]
pub struct ShopOptions {
    /// Which operations it has.
    pub part: Part,
    /// The weaknesses that are on.
    pub switches: Switches,
    /// Where to listen. Port 0 takes a free one.
    pub bind: SocketAddr,
    /// Decides the goods, people and values. The same seed gives the same shop.
    pub seed: u64,
    /// What makes it hard to scan.
    pub trouble: Trouble,
    /// Ends all sessions after each so many requests.
    pub kill_tokens_after: Option<u64>,
    /// Signs tokens RS256 and publishes the key, without any mistake about it.
    pub rs256: bool,
}

impl Default for ShopOptions {
    fn default() -> Self {
        Self {
            part: Part::Whole,
            switches: Switches::none(),
            bind: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            seed: 1,
            trouble: Trouble::default(),
            kill_tokens_after: None,
            rs256: false,
        }
    }
}

/// The shop.
#[derive(Debug)]
pub struct Shop;

impl Shop {
    /// Fills a shop and serves it on the current tokio runtime until it is stopped or dropped.
    ///
    /// Errors: the address cannot be bound, the folder of documents cannot be written, or the
    /// system gives no randomness.
    pub async fn start(options: ShopOptions) -> io::Result<Running> {
        let listener = TcpListener::bind(options.bind).await?;
        let base_url = format!("http://{}", listener.local_addr()?);
        let shop: Shared = Arc::new(ShopState::open(options, base_url.clone()).await?);
        let router = front::guard(table::router(&shop), &shop);
        let serving = Serving::start(listener, base_url.clone(), router);
        Ok(Running { base_url, shop, serving, started_s: clock::unix_seconds() })
    }
}

/// A shop that serves.
#[derive(Debug)]
pub struct Running {
    /// Where it listens, without a slash at the end.
    pub base_url: String,
    /// When it started, in seconds since 1970 (UTC).
    pub started_s: u64,
    shop: Shared,
    pub(crate) serving: Serving,
}

impl Running {
    /// How many requests arrived.
    pub fn requests(&self) -> u64 {
        self.shop.counters.requests()
    }

    /// How many requests each operation got, keyed by `METHOD /template`.
    pub fn requests_by_operation(&self) -> BTreeMap<String, u64> {
        self.shop.counters.operations()
    }

    /// How often an operation was called that destroys state.
    pub fn dangerous_calls(&self) -> u64 {
        self.shop.counters.dangerous()
    }

    /// The OpenAPI document of this shop.
    pub fn openapi(&self) -> Value {
        openapi::describe(&self.base_url, &self.shop.switches, self.shop.options.part)
    }

    /// Stops listening, and waits a moment for requests in flight.
    pub async fn stop(self) {
        self.serving.stop().await;
    }
}
