//! Serving a router until it is told to stop.

use super::front::Front;
use crate::api::Options;
use axum::Router;
use serde_json::{Value, json};
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// LIMIT: how long a stopping API waits for requests in flight.
const STOP_WAIT: Duration = Duration::from_secs(1);

/// A router that serves.
#[derive(Debug)]
pub struct Serving {
    /// Where it listens, without a slash at the end.
    pub base_url: String,
    quit: oneshot::Sender<()>,
    task: JoinHandle<io::Result<()>>,
}

/// Serves the router that is made for these options and that base address, behind a front.
///
/// Errors: the address cannot be bound.
pub(crate) async fn serve(
    options: Options,
    router: impl FnOnce(Options, &str) -> Router,
) -> io::Result<Serving> {
    let listener = TcpListener::bind(options.bind).await?;
    let base_url = format!("http://{}", listener.local_addr()?);
    let front = Front::new(options.trouble.clone(), None, Arc::default(), options.seed);
    let router = front.before(router(options, &base_url));
    Ok(Serving::start(listener, base_url, router))
}

/// An OpenAPI document in JSON with this one server; `None` when it is no JSON object.
pub(crate) fn described(document: &str, base_url: &str) -> Option<Value> {
    let mut document: Value = serde_json::from_str(document).ok()?;
    document.as_object_mut()?.insert("servers".to_owned(), json!([{ "url": base_url }]));
    Some(document)
}

impl Serving {
    /// Serves on the current tokio runtime until it is stopped or dropped.
    pub(crate) fn start(listener: TcpListener, base_url: String, router: Router) -> Self {
        let (quit, told) = oneshot::channel::<()>();
        let task = tokio::spawn(async move {
            let until = async {
                // An error means that the owner is gone, which stops the API as well.
                let _ = told.await;
            };
            axum::serve(listener, router).with_graceful_shutdown(until).await
        });
        Self { base_url, quit, task }
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
