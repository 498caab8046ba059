//! Asks each instance from time to time whether it is well, and remembers who is not.
//!
//! One asks for the whole process, on a thread of its own, and all threads that serve see what it found.

use super::connect::{Instance, Sender, connect};
use crate::body::RequestBody;
use crate::settings::HealthSettings;
use crate::worker::ms;
use http::header::{HOST, HeaderValue, USER_AGENT};
use hyper::Request;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::LocalSet;

/// Whether an instance is well, as far as anybody asked.
#[derive(Debug)]
pub(crate) struct Health {
    /// Where it is, as it was written.
    pub(crate) address: String,
    is_well: AtomicBool,
}

impl Health {
    /// Of an instance that nobody has asked yet: it is taken for well.
    pub(crate) fn of(address: &str) -> Arc<Self> {
        Arc::new(Self { address: address.to_owned(), is_well: AtomicBool::new(true) })
    }

    pub(crate) fn is_well(&self) -> bool {
        self.is_well.load(Ordering::Relaxed)
    }
}

/// Answers in a row that say the other thing than what is believed.
#[derive(Debug, Default)]
struct Doubt(u32);

impl Doubt {
    /// What is believed after an answer.
    fn after(&mut self, believed: bool, answer: bool, settings: &HealthSettings) -> bool {
        if answer == believed {
            self.0 = 0;
            return believed;
        }
        self.0 += 1;
        let enough = if believed { settings.unhealthy_after } else { settings.healthy_after };
        if self.0 < enough {
            return believed;
        }
        self.0 = 0;
        answer
    }
}

/// Asks until the gateway ends.
pub(crate) fn keep_asking(
    instances: &[Instance],
    host: Option<&str>,
    settings: &HealthSettings,
    mut stopping: watch::Receiver<bool>,
) {
    // Without a runtime nobody asks, and every instance is taken for well.
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else {
        return;
    };
    let asking = LocalSet::new();
    for instance in instances {
        let (instance, settings) = (instance.clone(), settings.clone());
        let host = host.map_or_else(|| instance.authority.clone(), str::to_owned);
        asking.spawn_local(async move {
            let mut doubt = Doubt::default();
            loop {
                let within = ms(settings.timeout_ms);
                let asked = asked(&instance, &host, &settings.path, within);
                let answer = tokio::time::timeout(within, asked).await.ok().flatten();
                let believed = instance.health.is_well();
                let is_well = doubt.after(believed, answer.is_some(), &settings);
                instance.health.is_well.store(is_well, Ordering::Relaxed);
                tokio::time::sleep(ms(settings.interval_ms)).await;
            }
        });
    }
    asking.block_on(&runtime, async move {
        let _ = stopping.wait_for(|stop| *stop).await;
    });
}

/// Asks over a connection of its own: one that waited says nothing about whether others are taken.
async fn asked(instance: &Instance, host: &str, path: &str, within: Duration) -> Option<()> {
    let mut request = Request::new(RequestBody::empty());
    *request.uri_mut() = path.parse().ok()?;
    request.headers_mut().insert(HOST, HeaderValue::from_str(host).ok()?);
    let agent = HeaderValue::from_static("avouch-health");
    request.headers_mut().insert(USER_AGENT, agent);
    let answer = match connect(instance, within).await? {
        Sender::One(mut sender) => sender.send_request(request).await,
        Sender::Many(mut sender) => sender.send_request(request).await,
    };
    answer.ok().filter(|answer| answer.status().is_success()).map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_answer_alone_changes_nothing() {
        let settings: HealthSettings = serde_json::from_value(
            serde_json::json!({ "path": "/", "unhealthy_after": 3, "healthy_after": 2 }),
        )
        .unwrap();
        let mut doubt = Doubt::default();
        let mut believed = true;
        let mut told = |answers: &[bool]| {
            for answer in answers {
                believed = doubt.after(believed, *answer, &settings);
            }
            believed
        };
        assert!(told(&[false, false, true, false, false]));
        assert!(!told(&[false]));
        assert!(!told(&[true, false, true]));
        assert!(told(&[true]));
    }
}
