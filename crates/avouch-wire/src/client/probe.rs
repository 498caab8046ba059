//! What a target's TLS does, asked outside of HTTP.

use super::Client;
use super::outgoing::{Origin, Scheme};
use crate::tls::hello;
use avouch_model::exchange::Failure;
use avouch_model::tls::{HelloAnswer, TlsFacts, TlsVersion};
use aws_lc_rs::rand;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;
use url::Url;

impl Client {
    /// The TLS facts of a fresh connection to the target, which is closed again at once.
    pub async fn tls_facts(&self, target: &Url) -> Result<TlsFacts, Failure> {
        let origin = self.tls_origin(target)?;
        let opened = self.connector.open(&origin, &[b"h2", b"http/1.1"]).await?;
        opened.tls.ok_or_else(|| Failure::Tls("the connection is not protected".into()))
    }

    /// What the target answers to a hello that offers `version` at most and `suites` only. Nothing
    /// is sent after the hello. No connection, or no answer in time, is [`HelloAnswer::Unclear`].
    pub async fn hello(&self, target: &Url, version: TlsVersion, suites: &[u16]) -> HelloAnswer {
        let unclear = |because: String| HelloAnswer::Unclear { because };
        let origin = match self.tls_origin(target) {
            Ok(origin) => origin,
            Err(failure) => return unclear(failure.to_string()),
        };
        let limit = self.options().limits.answer();
        match timeout(limit, self.ask(&origin, version, suites)).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(failure)) => unclear(failure.to_string()),
            Err(_) => unclear(format!("no whole answer within {} ms", limit.as_millis())),
        }
    }

    async fn ask(
        &self,
        origin: &Origin,
        version: TlsVersion,
        suites: &[u16],
    ) -> Result<HelloAnswer, Failure> {
        let mut random = [0; 32];
        rand::fill(&mut random).map_err(|_| Failure::Unsendable("no random bytes".into()))?;
        let mut stream = self.connector.tcp(origin).await?;
        let hello = hello::client_hello(version, suites, &origin.host, &random);
        // A server that closes on sight has refused just as one that closes after reading.
        if stream.write_all(&hello).await.is_err() {
            return Ok(HelloAnswer::Refused { alert: None });
        }
        let mut answer = Vec::new();
        loop {
            match stream.read_buf(&mut answer).await {
                Ok(0) | Err(_) if answer.is_empty() => {
                    return Ok(HelloAnswer::Refused { alert: None });
                }
                Ok(0) | Err(_) => {
                    return Ok(HelloAnswer::Unclear {
                        because: "the connection ended within the hello".into(),
                    });
                }
                Ok(_) => (),
            }
            if let Some(read) = hello::read_answer(&answer) {
                return Ok(read);
            }
            if answer.len() > hello::ANSWER_BYTES_MAX {
                return Ok(HelloAnswer::Unclear { because: "the answer is too long".into() });
            }
        }
    }

    pub(super) fn tls_origin(&self, target: &Url) -> Result<Origin, Failure> {
        let origin = Origin::of(target)
            .filter(|origin| origin.scheme == Scheme::Https)
            .ok_or_else(|| Failure::Unsendable("the address is not `https`".into()))?;
        self.in_scope(&origin)?;
        Ok(origin)
    }
}
