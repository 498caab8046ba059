//! Answers that several checks may use, so that one question is put to the target once.
//!
//! Only requests that say so are shared ([`Request::shared`]): a check that must know how things are
//! *now*, such as whether a token still lives, asks for itself. Each round of proofs starts fresh.

use super::sender::Sender;
use crate::oracle::block::blocked;
use crate::step::Request;
use avouch_model::exchange::Exchange;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Mutex as Gate;

/// One question's answer, once there is one. Who asks the same meanwhile waits at the gate.
type Place = Arc<Gate<Option<Exchange>>>;

/// The answers, by round and question.
#[derive(Clone, Debug, Default)]
pub struct Shared {
    places: Arc<Mutex<HashMap<(u8, Request), Place>>>,
}

impl Shared {
    /// Sends the request, or gives the answer that it got before.
    pub async fn send(&self, sender: &Sender, request: &Request, round: u8) -> Exchange {
        if !request.shared || !request.method.is_safe() {
            return sender.send(request).await;
        }
        let place = {
            let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(places.entry((round, request.clone())).or_default())
        };
        let mut kept = place.lock().await;
        if let Some(exchange) = kept.as_ref() {
            return exchange.clone();
        }
        let exchange = sender.send(request).await;
        // What stopped a question is nobody's answer: the next one asks again.
        let good = exchange.answer().is_some_and(|answer| blocked(answer).is_none());
        *kept = good.then(|| exchange.clone());
        exchange
    }

    /// Forgets every answer: a session died, and nobody knows since when.
    pub fn forget(&self) {
        self.places.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}
