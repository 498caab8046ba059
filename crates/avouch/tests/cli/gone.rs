//! Clients that leave: what reached the API is in the ledger, whoever waits for the answer.

use crate::gateways::Serving;
use crate::program::Avouch;
use crate::servers::{request, serving};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

/// A gateway with a ledger before an API that takes each request and never answers; and how many it took.
async fn before_a_silent_api() -> (Avouch, Arc<AtomicUsize>) {
    let taken = Arc::<AtomicUsize>::default();
    let counted = taken.clone();
    let upstream = serving(move |mut stream| {
        let counted = counted.clone();
        async move {
            while request(&mut stream).await.is_some() {
                counted.fetch_add(1, Ordering::SeqCst);
                // Nothing is said until the gateway has enough of it.
                if request(&mut stream).await.is_none() {
                    return;
                }
            }
        }
    })
    .await;
    let avouch = Avouch::new();
    avouch.write(
        "avouch.toml",
        format!(
            "[gateway]\nlisten = [{{ address = \"127.0.0.1:0\" }}]\n[gateway.upstream]\naddresses = [\"{upstream}\"]\n\
             [ledger]\nfolder = \"ledger\"\n[guard.identify]\nanybody = true\n"
        ),
    );
    avouch.run(&["ledger", "init", "ledger", "--origin", "example.com/gone"]).await.ended(0);
    (avouch, taken)
}

async fn becomes(count: &AtomicUsize, wanted: usize) {
    for _ in 0..100 {
        if count.load(Ordering::SeqCst) >= wanted {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the API got {} requests instead of {wanted}", count.load(Ordering::SeqCst));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_wait_for_the_answer_is_in_the_ledger_too() {
    let (avouch, taken) = before_a_silent_api().await;
    let gateway = Serving::start(&avouch).await;
    let address = gateway.base_url.trim_start_matches("http://").to_owned();
    for number in 1..=3 {
        let mut stream = TcpStream::connect(&address).await.unwrap();
        let ask = format!("DELETE /things/{number} HTTP/1.1\r\nHost: a\r\n\r\n");
        stream.write_all(ask.as_bytes()).await.unwrap();
        becomes(&taken, number).await;
        drop(stream);
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    gateway.end().await;
    let ran = avouch.run(&["ledger", "query", "ledger", "kind=request"]).await;
    let facts: Vec<serde_json::Value> =
        ran.ended(0).out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let told: Vec<_> =
        facts.iter().map(|fact| (&fact["body"]["path"], &fact["body"]["because"])).collect();
    assert_eq!(told.len(), 3, "{told:?}");
    for (place, (path, because)) in told.iter().enumerate() {
        assert_eq!(**path, format!("/things/{}", place + 1));
        assert!(because.as_str().unwrap().contains("client"), "{because}");
    }
}
