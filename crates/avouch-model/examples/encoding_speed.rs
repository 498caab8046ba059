//! Measures how long a fact takes to encode: `cargo run -p avouch-model --release --example
//! encoding_speed`. The best of several rounds, in nanoseconds.

#![expect(clippy::disallowed_methods, clippy::print_stdout, reason = "it measures, and says so")]

use avouch_model::coding::{Example, Fact};
use avouch_model::fact::request::Request;
use std::hint::black_box;
use std::time::{Duration, Instant};

fn main() {
    let full = Request::example();
    let usual = Request {
        within: None,
        session: None,
        because: None,
        policies: Vec::new(),
        classes: Vec::new(),
        cipher: None,
        client_print: None,
        digest: None,
        ..full.clone()
    };
    for (name, request) in [("usual", usual), ("every field", full)] {
        let mut out = Vec::with_capacity(1024);
        let put = best(1_000_000, || {
            out.clear();
            black_box(&request).put(&mut out);
            black_box(&out);
        });
        let bytes = out.len() + 1;
        let encode = best(200_000, || drop(black_box(black_box(&request).encode())));
        let json = best(50_000, || drop(black_box(black_box(&request).json().to_string())));
        println!(
            "{name}: {bytes} bytes; fields {put:?}; with its terms {encode:?}; as JSON {json:?}"
        );
    }
}

fn best(rounds: u32, mut what: impl FnMut()) -> Duration {
    let mut best = Duration::MAX;
    for _ in 0..7 {
        let began = Instant::now();
        for _ in 0..rounds {
            what();
        }
        best = best.min(began.elapsed() / rounds);
    }
    best
}
