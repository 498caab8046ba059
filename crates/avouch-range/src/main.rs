//! Starts an API of the range from the command line, and prints what is known of each.

use avouch_range::{
    APIS, Api, LOGIN, Options, Serving, Trouble, accounts, named, start_wide, wide_openapi,
};
use clap::{Parser, Subcommand};
use serde_json::{Value, json};
use std::io::{self, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::process::ExitCode;
use tokio::signal::unix::{SignalKind, signal};

/// Small APIs that are vulnerable on purpose. Never let others reach one.
#[derive(Parser)]
#[command(name = "avouch-range", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// List the APIs, with their switches.
    List,
    /// Serve an API until standard input ends or a signal arrives.
    Serve(Serve),
    /// Serve an API of many operations without a weakness, to measure how a scan grows.
    Wide {
        /// How many.
        #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u16).range(1..=10_000))]
        operations: u16,
        /// Write its description to this file.
        #[arg(long)]
        describe: std::path::PathBuf,
    },
    /// Print the ground truth of every API, with the scans that show it.
    Truth {
        /// Print it as JSON, which is the only form there is.
        #[arg(long)]
        json: bool,
    },
    /// Print the description of an API.
    Openapi {
        /// Which API: see `list`.
        #[arg(long, default_value = "shop", value_parser = api)]
        api: &'static Api,
        /// Where it listens.
        #[arg(long, default_value = "http://127.0.0.1:8080")]
        base_url: String,
        /// The weaknesses that are on: `all`, `none`, or names separated by commas.
        #[arg(long, default_value = "all")]
        switches: String,
    },
}

#[derive(clap::Args)]
struct Serve {
    /// Which API: see `list`.
    #[arg(long, default_value = "shop", value_parser = api)]
    api: &'static Api,
    /// The address to listen at.
    #[arg(long, default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    bind: IpAddr,
    /// The port to listen at; 0 takes a free one.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// The weaknesses that are on: `all`, `none`, or names separated by commas.
    #[arg(long, default_value = "all")]
    switches: String,
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
    /// End all sessions after each so many requests, where an API can.
    #[arg(long)]
    kill_tokens_after: Option<u64>,
    /// Block every request after so many.
    #[arg(long)]
    block_after: Option<u64>,
    /// Sign tokens RS256, where an API signs tokens.
    #[arg(long)]
    rs256: bool,
}

fn api(name: &str) -> Result<&'static Api, String> {
    let names: Vec<&str> = APIS.iter().map(|api| api.name).collect();
    named(name).ok_or_else(|| format!("`{name}` is no API of the range: {}", names.join(", ")))
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
            ExitCode::from(2)
        }
    }
}

async fn run(command: Command) -> io::Result<()> {
    match command {
        Command::List => list(),
        Command::Serve(serve) => serve_until_told(serve).await,
        Command::Wide { operations, describe } => wide(operations.into(), &describe).await,
        Command::Truth { json: _ } => {
            let all = APIS.iter().map(|api| known(api)).collect::<io::Result<Vec<Value>>>()?;
            print(&json!({"apis": all}))
        }
        Command::Openapi { api, base_url, switches } => {
            let on = api.switches(&switches).map_err(io::Error::other)?;
            match (api.openapi)(&base_url, &on) {
                Some(document) => print(&document),
                None => Err(io::Error::other(format!("the {} has no description", api.name))),
            }
        }
    }
}

fn print(value: &Value) -> io::Result<()> {
    writeln!(io::stdout(), "{}", serde_json::to_string_pretty(value)?)
}

fn list() -> io::Result<()> {
    let mut out = io::stdout();
    for api in APIS {
        writeln!(out, "{}  {}", api.name, api.title)?;
        for (name, meaning) in api.switches {
            writeln!(out, "  {name:<32} {}", meaning.trim())?;
        }
    }
    Ok(())
}

/// What is known of an API: its truth, and the scans that show it.
fn known(api: &Api) -> io::Result<Value> {
    let truth = api.truth().map_err(io::Error::other)?;
    let switches: Vec<&str> = api.switches.iter().map(|(name, _)| *name).collect();
    Ok(json!({
        "name": api.name,
        "title": api.title,
        "switches": switches,
        "apart": api.apart,
        "scenes": api.scenes,
        "truth": truth,
    }))
}

async fn serve_until_told(serve: Serve) -> io::Result<()> {
    let api = serve.api;
    let on = api.switches(&serve.switches).map_err(io::Error::other)?;
    let switches: Vec<&str> = on.names().collect();
    let switches = json!(switches);
    let running = (api.start)(Options {
        on,
        bind: SocketAddr::new(serve.bind, serve.port),
        seed: serve.seed,
        trouble: Trouble {
            delay_ms: serve.delay_ms,
            volatile: serve.volatile,
            throttle_per_second: serve.throttle_per_second,
            block_after: serve.block_after,
        },
        kill_tokens_after: serve.kill_tokens_after,
        rs256: serve.rs256,
    })
    .await?;
    let hello = json!({
        "api": api.name,
        "base_url": running.base_url,
        "accounts": accounts(),
        "login": api.login,
        "resolve": running.resolve,
        "ca": running.ca,
        "switches": switches,
    });
    until_told(running, &hello).await
}

/// Serves the API of many operations.
async fn wide(operations: usize, describe: &std::path::Path) -> io::Result<()> {
    let running = start_wide(operations, Options::default()).await?;
    let document = wide_openapi(operations, &running.base_url);
    std::fs::write(describe, document.to_string())?;
    let hello = json!({
        "base_url": running.base_url,
        "accounts": accounts(),
        "login": LOGIN,
    });
    until_told(running, &hello).await
}

/// Says that it is ready, and serves until the input ends or a signal arrives.
async fn until_told(running: Serving, hello: &Value) -> io::Result<()> {
    // Before anybody learns that it is ready: who stops it right then stops it in order.
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut out = io::stdout();
    writeln!(out, "{hello}")?;
    out.flush()?;
    tokio::select! {
        ended = input_ends() => ended?,
        _ = interrupt.recv() => (),
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
