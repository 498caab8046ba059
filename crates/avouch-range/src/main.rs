//! Starts the shop from the command line, and prints what is known of it.

use avouch_range::{Shop, ShopOptions, Switches, accounts, openapi, truth};
use clap::{Parser, Subcommand};
use serde_json::json;
use std::io::{self, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::process::ExitCode;

/// A small API that is vulnerable on purpose. Never let others reach it.
#[derive(Parser)]
#[command(name = "avouch-range", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the shop until standard input ends or a signal arrives.
    Serve(Serve),
    /// Print the ground truth.
    Truth {
        /// Print it as JSON, which is the only form there is.
        #[arg(long)]
        json: bool,
    },
    /// Print the OpenAPI document.
    Openapi {
        /// Where the shop listens.
        #[arg(long, default_value = "http://127.0.0.1:8080")]
        base_url: String,
        /// The weaknesses that are on: `all`, `none`, or names separated by commas.
        #[arg(long, default_value = "all")]
        switches: Switches,
    },
}

#[derive(clap::Args)]
struct Serve {
    /// The address to listen at.
    #[arg(long, default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    bind: IpAddr,
    /// The port to listen at; 0 takes a free one.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// The weaknesses that are on: `all`, `none`, or names separated by commas.
    #[arg(long, default_value = "all")]
    switches: Switches,
    /// Decides the goods, people and values.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Delay each answer by a random time, for example `5-40` milliseconds.
    #[arg(long, value_parser = range)]
    delay_ms: Option<(u64, u64)>,
    /// Add fields that differ on every answer.
    #[arg(long)]
    volatile: bool,
    /// Answer 429 beyond so many requests per second.
    #[arg(long)]
    throttle_per_second: Option<u32>,
    /// End all sessions after each so many requests.
    #[arg(long)]
    kill_tokens_after: Option<u64>,
    /// Block every request after so many.
    #[arg(long)]
    block_after: Option<u64>,
    /// Sign tokens RS256.
    #[arg(long)]
    rs256: bool,
}

fn range(text: &str) -> Result<(u64, u64), String> {
    let parsed =
        text.split_once('-').and_then(|(low, high)| Some((low.parse().ok()?, high.parse().ok()?)));
    parsed.ok_or_else(|| format!("`{text}` is no range such as 5-40"))
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse().command).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Standard error is where the failure is told: if it is closed, nobody listens.
            let _ = writeln!(io::stderr(), "avouch-range: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> io::Result<()> {
    match command {
        Command::Serve(serve) => serve_until_told(serve).await,
        Command::Truth { json: _ } => {
            let truth = truth().map_err(io::Error::other)?;
            writeln!(io::stdout(), "{}", serde_json::to_string_pretty(&truth)?)
        }
        Command::Openapi { base_url, switches } => {
            let document = openapi(&base_url, &switches);
            writeln!(io::stdout(), "{}", serde_json::to_string_pretty(&document)?)
        }
    }
}

async fn serve_until_told(serve: Serve) -> io::Result<()> {
    let switches: Vec<&str> = serve.switches.iter().map(avouch_range::Weakness::name).collect();
    let switches = json!(switches);
    let running = Shop::start(ShopOptions {
        switches: serve.switches,
        bind: SocketAddr::new(serve.bind, serve.port),
        seed: serve.seed,
        delay_ms: serve.delay_ms,
        volatile: serve.volatile,
        throttle_per_second: serve.throttle_per_second,
        kill_tokens_after: serve.kill_tokens_after,
        block_after: serve.block_after,
        rs256: serve.rs256,
    })
    .await?;
    let hello = json!({"base_url": running.base_url, "accounts": accounts(), "switches": switches});
    let mut out = io::stdout();
    writeln!(out, "{hello}")?;
    out.flush()?;
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        ended = input_ends() => ended?,
        interrupted = tokio::signal::ctrl_c() => interrupted?,
        _ = terminate.recv() => (),
    }
    running.stop().await;
    Ok(())
}

/// Waits until nobody holds the other end of standard input.
///
/// A thread of its own reads, and is left behind when a signal ends the program first: a runtime
/// would wait for it.
async fn input_ends() -> io::Result<()> {
    let (ended, wait) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        let read = io::copy(&mut io::stdin(), &mut io::sink()).map(drop);
        // Nobody waits any more when a signal came first.
        let _ = ended.send(read);
    });
    wait.await.unwrap_or(Ok(()))
}
