//! HTTP/2 from end to end, as gRPC needs it: messages both ways before either is whole, and trailers.

use super::harness::gateway;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode};
use http_body::{Body, Frame};
use hyper::body::Incoming;
use hyper::client::conn::http2 as client;
use hyper::server::conn::http2 as server;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use std::convert::Infallible;
use std::future::poll_fn;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

/// A body that is said piece by piece.
struct Said(mpsc::UnboundedReceiver<Frame<Bytes>>);

impl Body for Said {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0.poll_recv(context).map(|frame| frame.map(Ok))
    }
}

async fn next(body: &mut Incoming) -> Option<Frame<Bytes>> {
    let piece = poll_fn(|context| Pin::new(&mut *body).poll_frame(context));
    tokio::time::timeout(Duration::from_secs(5), piece)
        .await
        .expect("nothing comes")
        .map(Result::unwrap)
}

/// An API that says each message back, and how many there were in trailers.
async fn echo() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let answer = service_fn(|request: Request<Incoming>| async move {
                assert_eq!(request.headers()["te"], "trailers", "gRPC's servers insist on it");
                let (say, said) = mpsc::unbounded_channel();
                let mut body = request.into_body();
                tokio::spawn(async move {
                    let mut count = 0;
                    while let Some(frame) = next(&mut body).await {
                        count += usize::from(frame.data_ref().is_some_and(|data| !data.is_empty()));
                        let _ = say.send(frame);
                    }
                    let mut trailers = HeaderMap::new();
                    trailers.insert("grpc-status", HeaderValue::from_static("0"));
                    trailers.insert("messages", HeaderValue::from(count));
                    let _ = say.send(Frame::trailers(trailers));
                });
                let mut response = Response::new(Said(said));
                let kind = HeaderValue::from_static("application/grpc");
                response.headers_mut().insert("content-type", kind);
                Ok::<_, Infallible>(response)
            });
            let io = TokioIo::new(stream);
            tokio::spawn(server::Builder::new(TokioExecutor::new()).serve_connection(io, answer));
        }
    });
    address
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_go_both_ways_and_trailers_come_last() {
    let upstream = echo().await;
    let gateway = gateway(upstream, "upstream.http2 = true", "");
    let stream = TcpStream::connect(gateway.addresses()[0]).await.unwrap();
    let (mut ask, connection) =
        client::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let (say, said) = mpsc::unbounded_channel();
    let request = Request::post("http://a/echo.Echo/Talk")
        .header("te", "trailers")
        .header("content-type", "application/grpc")
        .body(Said(said))
        .unwrap();
    // Each waits for the answer to the one before: nothing may be held back for what comes next.
    say.send(Frame::data(Bytes::from_static(b"one"))).unwrap();
    let answer = ask.send_request(request).await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()["content-type"], "application/grpc");
    let mut body = answer.into_body();
    let told = |frame: Option<Frame<Bytes>>| frame.unwrap().into_data().unwrap();
    assert_eq!(told(next(&mut body).await), "one");
    say.send(Frame::data(Bytes::from_static(b"two"))).unwrap();
    assert_eq!(told(next(&mut body).await), "two");
    say.send(Frame::data(Bytes::from_static(b"three"))).unwrap();
    assert_eq!(told(next(&mut body).await), "three");
    drop(say);
    let trailers = next(&mut body).await.unwrap().into_trailers().unwrap();
    assert_eq!(trailers["grpc-status"], "0");
    assert_eq!(trailers["messages"], "3");
    assert!(next(&mut body).await.is_none());
}
