//! Starting and stopping a shop.

use super::clock;
use super::front;
use super::openapi;
use super::state::{Shared, ShopState};
use super::table;
use crate::weakness::Switches;
use serde_json::Value;
use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// LIMIT: how long a stopping shop waits for requests in flight.
const STOP_WAIT: Duration = Duration::from_secs(1);

/// How a shop behaves.
#[derive(Clone, Debug)]
pub struct ShopOptions {
    /// The weaknesses that are on.
    pub switches: Switches,
    /// Where to listen. Port 0 takes a free one.
    pub bind: SocketAddr,
    /// Decides the goods, people and values. The same seed gives the same shop.
    pub seed: u64,
    /// Delays each answer by a random time between these bounds, in milliseconds.
    pub delay_ms: Option<(u64, u64)>,
    /// Adds a request id, a time and a random field to every JSON object answered.
    pub volatile: bool,
    /// Answers 429 with `Retry-After` beyond so many requests in one second.
    pub throttle_per_second: Option<u32>,
    /// Ends all sessions after each so many requests.
    pub kill_tokens_after: Option<u64>,
    /// Answers every request after so many with a 403 page, as a web firewall does.
    pub block_after: Option<u64>,
    /// Signs tokens RS256 and publishes the key, without any mistake about it.
    pub rs256: bool,
}

impl Default for ShopOptions {
    fn default() -> Self {
        Self {
            switches: Switches::none(),
            bind: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            seed: 1,
            delay_ms: None,
            volatile: false,
            throttle_per_second: None,
            kill_tokens_after: None,
            block_after: None,
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
        let (quit, told) = oneshot::channel::<()>();
        let task = tokio::spawn(async move {
            let until = async {
                // An error means that the owner is gone, which stops the shop as well.
                let _ = told.await;
            };
            axum::serve(listener, router).with_graceful_shutdown(until).await
        });
        Ok(Running { base_url, shop, quit, task, started_s: clock::unix_seconds() })
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
    quit: oneshot::Sender<()>,
    task: JoinHandle<io::Result<()>>,
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
        openapi::openapi(&self.base_url, &self.shop.switches)
    }

    /// Stops listening, and waits a moment for requests in flight.
    pub async fn stop(self) {
        // The task may have ended already: then there is nobody to tell.
        let _ = self.quit.send(());
        let abort = self.task.abort_handle();
        if tokio::time::timeout(STOP_WAIT, self.task).await.is_err() {
            abort.abort();
        }
    }
}
