//! `avouch block`: shuts somebody or something out of the API, lists who is, and lets them in again.

use super::key::now_ms;
use super::{Failed, answer, tell};
use crate::blocks::BlockFile;
use crate::config::{self, Config};
use crate::exit::Exit;
use anyhow::anyhow;
use avouch_guard::contain::{Block, Containment, Target};
use clap::{Args, Subcommand, ValueEnum};
use serde_json::json;
use std::fmt::Write as _;
use std::path::PathBuf;

/// What to do with blocks.
#[derive(Debug, Subcommand)]
pub(crate) enum BlockCommand {
    /// Shuts somebody or something out: the gateway refuses it within a second
    Add(AddArgs),
    /// Lists who and what is shut out, by whom and why
    List {
        #[command(flatten)]
        place: BlockPlaceArgs,
        /// Also blocks that are over
        #[arg(long)]
        all: bool,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Lets somebody or something in again
    Lift {
        /// What it is
        kind: Kind,
        /// Which one, as `list` shows it
        value: String,
        #[command(flatten)]
        place: BlockPlaceArgs,
        /// Says what would be lifted, and does nothing
        #[arg(long)]
        dry_run: bool,
    },
}

/// Where blocks are kept.
#[derive(Clone, Debug, Args)]
pub(crate) struct BlockPlaceArgs {
    /// The file of blocks [default: `file` of `[guard.contain]`]
    #[arg(long, value_name = "FILE")]
    pub(crate) blocks: Option<PathBuf>,
    /// Configuration file [default: avouch.toml]
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
}

/// Whom to shut out.
#[derive(Clone, Debug, Args)]
pub(crate) struct AddArgs {
    /// What it is
    pub(crate) kind: Kind,
    /// Which one: an address or a network, a name as records know it, the id of a key, of a token (its
    /// `jti`) or of an operation
    pub(crate) value: String,
    /// Why, for the record. The client is not told
    #[arg(long, value_name = "TEXT")]
    pub(crate) because: String,
    /// Who decided it, for the record [default: the variable USER]
    #[arg(long, value_name = "NAME")]
    pub(crate) by: Option<String>,
    /// For how long, in minutes [default: until it is lifted]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) minutes: Option<u32>,
    #[command(flatten)]
    pub(crate) place: BlockPlaceArgs,
}

/// What can be shut out.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Kind {
    /// An address or a network, such as `203.0.113.0/24`
    Address,
    /// Who asks
    Principal,
    /// An API key
    Key,
    /// A token
    Token,
    /// An operation: nobody gets it
    Operation,
}

impl From<Kind> for Target {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Address => Self::Address,
            Kind::Principal => Self::Principal,
            Kind::Key => Self::Key,
            Kind::Token => Self::Token,
            Kind::Operation => Self::Operation,
        }
    }
}

pub(super) fn run(command: &BlockCommand) -> Result<Exit, Failed> {
    match command {
        BlockCommand::Add(args) => add(args),
        BlockCommand::List { place, all, json } => list(&file(place)?, *all, *json),
        BlockCommand::Lift { kind, value, place, dry_run } => {
            lift(&file(place)?, ((*kind).into(), value), *dry_run)
        }
    }
}

fn file(place: &BlockPlaceArgs) -> Result<BlockFile, Failed> {
    if let Some(path) = &place.blocks {
        return Ok(BlockFile::new(path));
    }
    let config = Config::read(place.config.as_deref()).map_err(Failed::usage)?;
    config.guard.contain.file.map(BlockFile::new).ok_or_else(|| {
        Failed::usage(anyhow!("the configuration names no file of blocks")).advice(
            "name it, so that the gateway reads it:\n        [guard.contain]\n        file = \"blocks.toml\"",
        )
    })
}

fn failed(file: &BlockFile, error: anyhow::Error) -> Failed {
    let path = file.path().display();
    Failed::usage(error.context(format!("the blocks in `{path}` cannot be read or written")))
        .advice("nothing was changed; the gateway goes by what it read before")
}

fn add(args: &AddArgs) -> Result<Exit, Failed> {
    let by = args.by.clone().or_else(|| config::variable("USER"));
    let by = by.filter(|name| !name.is_empty()).ok_or_else(|| {
        Failed::usage(anyhow!("it is not known who decides this")).advice("say it with `--by NAME`")
    })?;
    let until = args.minutes.map(|minutes| now_ms() + u64::from(minutes) * 60_000);
    let block = Block {
        target: args.kind.into(),
        value: args.value.clone(),
        until_ms: until,
        because: args.because.clone(),
        by,
    };
    Containment::new(std::slice::from_ref(&block)).map_err(Failed::usage)?;
    let file = file(&args.place)?;
    file.add(&block).map_err(|error| failed(&file, error))?;
    answer(&format!("{} is shut out {}\n", named(&block), ends(&block)))?;
    tell("the gateway refuses it within a second, and records the decision in its ledger");
    Ok(Exit::Clean)
}

fn named(block: &Block) -> String {
    format!("{} `{}`", block.target.name(), block.value.escape_default())
}

fn ends(block: &Block) -> String {
    block.until_ms.map_or_else(
        || "until it is lifted".to_owned(),
        |until| match i64::try_from(until)
            .ok()
            .and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok())
        {
            Some(time) => format!("until {time}"),
            None => "for ever".to_owned(),
        },
    )
}

fn list(file: &BlockFile, all: bool, as_json: bool) -> Result<Exit, Failed> {
    let now = now_ms();
    let is_over = |block: &Block| block.until_ms.is_some_and(|until| until <= now);
    let blocks = file.read().map_err(|error| failed(file, error))?;
    let shown = blocks.iter().filter(|block| all || !is_over(block));
    if as_json {
        let row = |block: &Block| {
            json!({
                "target": block.target.name(), "value": block.value, "until_ms": block.until_ms,
                "because": block.because, "by": block.by, "over": is_over(block),
            })
        };
        answer(&format!("{:#}\n", json!(shown.map(row).collect::<Vec<_>>())))?;
        return Ok(Exit::Clean);
    }
    let mut text = String::new();
    for block in shown {
        let over = if is_over(block) { ", over" } else { "" };
        let (because, by) = (block.because.escape_default(), block.by.escape_default());
        // Writing to a string does not fail.
        let _ = writeln!(text, "{}  {}{over}  by {by}: {because}", named(block), ends(block));
    }
    if text.is_empty() {
        text.push_str("nobody is shut out\n");
    }
    answer(&text)?;
    Ok(Exit::Clean)
}

fn lift(file: &BlockFile, (target, value): (Target, &str), dry_run: bool) -> Result<Exit, Failed> {
    let found = if dry_run {
        let all = file.read().map_err(|error| failed(file, error))?;
        all.into_iter().filter(|block| block.target == target && block.value == value).collect()
    } else {
        file.lift(target, value).map_err(|error| failed(file, error))?
    };
    let Some(one) = found.first() else {
        return Err(Failed::usage(anyhow!("no {} `{value}` is shut out", target.name()))
            .advice("`avouch block list` shows who and what is"));
    };
    let done = if dry_run { "would be let in again; nothing was done" } else { "is let in again" };
    answer(&format!("{} {done}\n", named(one)))?;
    Ok(Exit::Clean)
}
