//! Probes a TLS endpoint for known flaws, one connection each, over records written by hand.

use super::Client;
use super::outgoing::Origin;
use crate::tls::{fault, hello};
use avouch_model::exchange::Failure;
use avouch_model::tls::{FaultAnswer, TlsFault};
use aws_lc_rs::rand;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use url::Url;

/// LIMIT: how long silence is listened to.
const SILENCE: Duration = Duration::from_millis(1_500);
/// TLS 1.2 on the wire.
const TLS_12: u16 = 0x0303;
/// The alerts of a server that could not decrypt: bad record, decryption failed, decrypt error.
const COULD_NOT_DECRYPT: [u8; 3] = [20, 21, 51];

impl Client {
    /// What the target does when it is probed for that flaw. Ends before any key is agreed on.
    pub async fn tls_fault(&self, target: &Url, wanted: TlsFault) -> FaultAnswer {
        let unclear = |because: String| FaultAnswer::Unclear { because };
        let origin = match self.tls_origin(target) {
            Ok(origin) => origin,
            Err(failure) => return unclear(failure.to_string()),
        };
        let limit = self.options().limits.answer();
        match timeout(limit, self.probe(&origin, wanted)).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(failure)) => unclear(failure.to_string()),
            Err(_) => unclear(format!("no whole answer within {} ms", limit.as_millis())),
        }
    }

    async fn probe(&self, origin: &Origin, wanted: TlsFault) -> Result<FaultAnswer, Failure> {
        let mut random = [0; 32];
        rand::fill(&mut random).map_err(|_| Failure::Unsendable("no random bytes".into()))?;
        let mut stream = self.connector.tcp(origin).await?;
        let absent = |how: &str| Ok(FaultAnswer::Absent { how: how.to_owned() });
        let opening = fault::hello(&origin.host, &random);
        if stream.write_all(&opening).await.is_err() {
            return Ok(FaultAnswer::Unclear { because: "it closed before the hello".into() });
        }
        let mut bytes = Vec::new();
        let server = loop {
            let ended = matches!(stream.read_buf(&mut bytes).await, Ok(0) | Err(_));
            if let Some(server) = fault::server_hello(&bytes)
                && (server.is_done || !needs_end(wanted))
            {
                break server;
            }
            if fault::alert(&bytes).is_some() {
                return absent("it does not agree on TLS 1.2");
            }
            if ended || bytes.len() > hello::ANSWER_BYTES_MAX {
                return Ok(FaultAnswer::Unclear { because: "its hello did not come whole".into() });
            }
        };
        if server.version != TLS_12 {
            return absent("it does not agree on TLS 1.2");
        }
        let announces = |extension: u16| server.extensions.contains(&extension);
        match wanted {
            TlsFault::Compression if server.compression != 0 => {
                Ok(shown(format!("it chose compression method {}", server.compression)))
            }
            TlsFault::Compression => absent("it chose no compression"),
            TlsFault::Renegotiation if announces(fault::RENEGOTIATION_INFO) => absent("announced"),
            TlsFault::Renegotiation => Ok(shown("its hello does not announce it".into())),
            TlsFault::Heartbeat if !announces(fault::HEARTBEAT_INFO) => {
                absent("it offers no heartbeats")
            }
            TlsFault::Heartbeat => heartbeat(&mut stream).await,
            TlsFault::EarlyChangeCipher => early_change(&mut stream).await,
        }
    }
}

/// Whether the probe goes on after the server's hello, and must wait for its end.
fn needs_end(wanted: TlsFault) -> bool {
    matches!(wanted, TlsFault::Heartbeat | TlsFault::EarlyChangeCipher)
}

fn shown(how: String) -> FaultAnswer {
    FaultAnswer::Shown { how }
}

async fn heartbeat(stream: &mut TcpStream) -> Result<FaultAnswer, Failure> {
    let (bytes, _) = exchange(stream, &fault::HEARTBEAT).await?;
    // Only counted: what was in the memory is nobody's business.
    let count = fault::heartbeat_bytes(&bytes);
    Ok(if count > fault::HONEST_BYTES_MAX {
        shown(format!("one byte was sent, and {count} came back"))
    } else {
        FaultAnswer::Absent { how: "no more came back than was sent".into() }
    })
}

async fn early_change(stream: &mut TcpStream) -> Result<FaultAnswer, Failure> {
    let absent = |how: &str| Ok(FaultAnswer::Absent { how: how.to_owned() });
    let (bytes, ended) = exchange(stream, &fault::CHANGE_CIPHER).await?;
    if let Some(alert) = fault::alert(&bytes) {
        return absent(&format!("it answered with alert {alert}"));
    }
    if ended {
        return absent("it closed");
    }
    let (bytes, _) = exchange(stream, &fault::garbage()).await?;
    Ok(match fault::alert(&bytes) {
        Some(alert) if COULD_NOT_DECRYPT.contains(&alert) => {
            shown(format!("it was taken, and what followed could not be decrypted (alert {alert})"))
        }
        Some(alert) => FaultAnswer::Absent { how: format!("it answered with alert {alert}") },
        None => FaultAnswer::Unclear { because: "it said nothing to either message".into() },
    })
}

/// Sends a record and listens until something whole came, the end, or silence; and whether it ended.
async fn exchange(stream: &mut TcpStream, record: &[u8]) -> Result<(Vec<u8>, bool), Failure> {
    if stream.write_all(record).await.is_err() {
        return Ok((Vec::new(), true));
    }
    let mut bytes = Vec::new();
    loop {
        match timeout(SILENCE, stream.read_buf(&mut bytes)).await {
            Err(_) => return Ok((bytes, false)),
            Ok(Ok(0) | Err(_)) => return Ok((bytes, true)),
            Ok(Ok(_)) => (),
        }
        if fault::alert(&bytes).is_some() || fault::heartbeat_bytes(&bytes) > 0 {
            return Ok((bytes, false));
        }
        if bytes.len() > hello::ANSWER_BYTES_MAX {
            return Err(Failure::Broken("the answer is too long".into()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Scheme;
    use super::super::tests::{client, serve};
    use super::*;

    /// A hello with heartbeats and its end; after each further record one of these answers, `None`
    /// being silence.
    async fn answers(
        compression: u8,
        extensions: &'static [u8],
        then: &'static [&'static [u8]],
    ) -> Origin {
        let origin = serve(move |mut stream| async move {
            let mut body = vec![3, 3];
            body.extend([7; 32]);
            body.extend([0, 0xc0, 0x2f, compression, 0, u8::try_from(extensions.len()).unwrap()]);
            body.extend(extensions);
            let length = u8::try_from(body.len()).unwrap();
            let message = [&[2, 0, 0, length], body.as_slice(), &[14, 0, 0, 0]].concat();
            let record = [&[22, 3, 3, 0, u8::try_from(message.len()).unwrap()], message.as_slice()];
            let mut asked = vec![0; 4096];
            let _ = stream.read(&mut asked).await;
            let _ = stream.write_all(&record.concat()).await;
            for answer in then {
                let _ = stream.read(&mut asked).await;
                let _ = stream.write_all(answer).await;
            }
            let _ = stream.read(&mut asked).await;
        })
        .await;
        Origin { scheme: Scheme::Https, ..origin }
    }

    async fn probe(origin: &Origin, fault: TlsFault) -> FaultAnswer {
        let client = client(origin, |options| options.limits.answer_ms = 8_000);
        client.tls_fault(&Url::parse(&origin.to_string()).unwrap(), fault).await
    }

    const BOTH: &[u8] = &[0xff, 1, 0, 1, 0, 0, 15, 0, 1, 1];

    fn is_shown(answer: &FaultAnswer) -> bool {
        matches!(answer, FaultAnswer::Shown { .. })
    }

    fn is_absent(answer: &FaultAnswer) -> bool {
        matches!(answer, FaultAnswer::Absent { .. })
    }

    #[tokio::test]
    async fn what_the_hello_says_is_enough_for_two() {
        let weak = answers(1, &[0, 23, 0, 0], &[]).await;
        assert!(is_shown(&probe(&weak, TlsFault::Compression).await));
        assert!(is_shown(&probe(&weak, TlsFault::Renegotiation).await));
        let sound = answers(0, BOTH, &[]).await;
        assert!(is_absent(&probe(&sound, TlsFault::Compression).await));
        assert!(is_absent(&probe(&sound, TlsFault::Renegotiation).await));
    }

    #[tokio::test]
    async fn a_change_of_ciphers_that_is_taken_is_told_from_one_that_is_not() {
        let taken = answers(0, BOTH, &[&[], &[21, 3, 3, 0, 2, 2, 20]]).await;
        assert!(is_shown(&probe(&taken, TlsFault::EarlyChangeCipher).await));
        let refused = answers(0, BOTH, &[&[21, 3, 3, 0, 2, 2, 10]]).await;
        assert!(is_absent(&probe(&refused, TlsFault::EarlyChangeCipher).await));
        let later = answers(0, BOTH, &[&[], &[21, 3, 3, 0, 2, 2, 10]]).await;
        assert!(is_absent(&probe(&later, TlsFault::EarlyChangeCipher).await));
    }

    #[tokio::test]
    async fn memory_that_comes_back_is_counted() {
        const BEAT: &[u8] = &[
            24, 3, 3, 0, 35, 2, 0, 32, 65, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9,
            9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9,
        ];
        let bleeds = answers(0, BOTH, &[BEAT]).await;
        assert!(is_shown(&probe(&bleeds, TlsFault::Heartbeat).await));
        let sound = answers(0, BOTH, &[&[]]).await;
        assert!(is_absent(&probe(&sound, TlsFault::Heartbeat).await));
        let without = answers(0, &[], &[]).await;
        assert!(is_absent(&probe(&without, TlsFault::Heartbeat).await));
    }
}
