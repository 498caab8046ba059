//! `avouch gateway`: stands in front of an API and decides what may pass.

mod certificates;
mod check;
mod counted;
mod decisions;
mod fixed;
mod keys;
mod log;
mod planned;
mod reconcile;
mod run;
mod versions;

pub(super) use certificates::day;
pub(super) use planned::{described, files, plan};
pub(super) use versions::{Version, fact as configuration};

use super::Failed;
use crate::config::Config;
use crate::exit::Exit;
use avouch_gateway::settings::GatewaySettings;
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// What to run.
#[derive(Clone, Debug, Args)]
pub(crate) struct GatewayArgs {
    /// Configuration file [default: avouch.toml]
    #[arg(long, value_name = "FILE", global = true)]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<GatewayCommand>,
}

/// What to do instead of running it.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum GatewayCommand {
    /// Reads configuration, policies and certificates as the gateway would, and serves nothing
    Check {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Holds what was counted, and the API's own log, against what is recorded
    Reconcile(reconcile::ReconcileArgs),
}

pub(super) fn run(args: &GatewayArgs) -> Result<Exit, Failed> {
    let config = Config::read(args.config.as_deref()).map_err(Failed::usage)?;
    match args.command.clone() {
        None => run::run(args.config.as_deref(), &config),
        Some(GatewayCommand::Check { json }) => check::run(args.config.as_deref(), &config, json),
        Some(GatewayCommand::Reconcile(args)) => reconcile::run(&args, &config),
    }
}

/// The settings of the gateway, which must be there.
pub(super) fn settings(config: &Config) -> Result<&GatewaySettings, Failed> {
    config.gateway.as_ref().ok_or_else(|| {
        Failed::usage(anyhow::anyhow!("the configuration has no `[gateway]`")).advice(
            "write where it listens and what it stands before:\n        [gateway]\n        listen = [{ address = \"127.0.0.1:8080\" }]\n        upstream = { addresses = [\"http://127.0.0.1:3000\"] }",
        )
    })
}
