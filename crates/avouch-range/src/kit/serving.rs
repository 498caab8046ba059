//! Serving a router until it is told to stop.

use super::front::Front;
use crate::api::Options;
use axum::Router;
use serde_json::{Value, json};
use std::fmt::Debug;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// LIMIT: how long a stopping API waits for requests in flight.
const STOP_WAIT: Duration = Duration::from_secs(1);

/// Ends when serving shall end.
pub(crate) type Until = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Something that runs as long as its API does.
pub(crate) trait Beside: Debug + Send {}
impl<T: Debug + Send> Beside for T {}

/// A router that serves.
#[derive(Debug)]
pub struct Serving {
    /// Where it listens, without a slash at the end.
    pub base_url: String,
    /// `NAME=ADDRESS`, where the name in [`Serving::base_url`] is not to be looked up.
    pub resolve: Option<String>,
    /// The certificate of the authority to trust besides the usual ones, in PEM form.
    pub ca: Option<String>,
    /// A server in front, which ends with this value.
    pub(crate) beside: Option<Box<dyn Beside>>,
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
        Self::of(base_url, |until| axum::serve(listener, router).with_graceful_shutdown(until))
    }

    /// As [`Serving::start`], for who serves in another way until it is told to stop.
    pub(crate) fn of<F>(base_url: String, serve: impl FnOnce(Until) -> F) -> Self
    where
        F: IntoFuture<Output = io::Result<()>, IntoFuture: Send + 'static>,
    {
        let (quit, told) = oneshot::channel::<()>();
        let until: Until = Box::pin(async {
            // An error means that the owner is gone, which stops the API as well.
            let _ = told.await;
        });
        let task = tokio::spawn(serve(until).into_future());
        Self { base_url, resolve: None, ca: None, beside: None, quit, task }
    }

    /// Stops listening, and waits a moment for requests in flight.
    pub async fn stop(self) {
        // The task may have ended already: then there is nobody to tell.
        let _ = self.quit.send(());
        let abort = self.task.abort_handle();
        if tokio::time::timeout(STOP_WAIT, self.task).await.is_err() {
            abort.abort();
        }
        drop(self.beside);
    }
}
