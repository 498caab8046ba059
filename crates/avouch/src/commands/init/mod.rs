//! `avouch init`: from an API's description to a configuration that protects it.

mod written;

use super::{Failed, answer, tell};
use crate::documents;
use crate::exit::Exit;
use clap::Args;
use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// From what, and to where.
#[derive(Clone, Debug, Args)]
pub(crate) struct InitArgs {
    /// The API's description: OpenAPI 3.x or Swagger 2.0
    #[arg(long, value_name = "FILE")]
    openapi: PathBuf,
    /// Where the API is [default: the first server of the description]
    #[arg(long, value_name = "URL")]
    upstream: Option<String>,
    /// Where the gateway is to listen
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Who issues the API's tokens: their `iss`
    #[arg(long, value_name = "URL", requires = "audience")]
    issuer: Option<String>,
    /// What tokens for this API name as `aud`
    #[arg(long, value_name = "NAME")]
    audience: Option<String>,
    /// Where the issuer's keys are [default: below the issuer, as its metadata usually says]
    #[arg(long, value_name = "URL", requires = "issuer")]
    jwks: Option<String>,
    /// Where to write [default: this folder]
    #[arg(long, value_name = "FOLDER", default_value = ".")]
    folder: PathBuf,
    /// Prints what would be written, and writes nothing
    #[arg(long)]
    dry_run: bool,
}

/// The files that are written.
const CONFIG: &str = "avouch.toml";
const POLICIES: &str = "policies.cedar";

pub(super) fn run(args: &InitArgs) -> Result<Exit, Failed> {
    let description = documents::description(&args.openapi).map_err(Failed::usage)?;
    let reading = avouch_catalog::read(&description.main, &description.others);
    let catalog = reading.map_err(Failed::usage)?.catalog;
    let upstream = args.upstream.clone().or_else(|| written::upstream(&catalog));
    let upstream = upstream.ok_or_else(|| {
        Failed::usage(anyhow::anyhow!("the description names no server with a whole address"))
            .advice("say where the API is with `--upstream http://HOST:PORT`")
    })?;
    let known = written::Known {
        openapi: args.openapi.canonicalize().unwrap_or_else(|_| args.openapi.clone()),
        upstream,
        listen: args.listen,
        issuer: args.issuer.clone(),
        audience: args.audience.clone(),
        jwks: args.jwks.clone(),
    };
    let files = [
        (CONFIG, written::config(&catalog, &known)),
        (POLICIES, avouch_guard::authorize::starter_policies(&catalog)),
    ];
    if args.dry_run {
        for (name, text) in files {
            answer(&format!("# --- {name}\n{text}\n"))?;
        }
        return Ok(Exit::Clean);
    }
    for (name, _) in &files {
        let path = args.folder.join(name);
        if path.exists() {
            return Err(Failed::usage(anyhow::anyhow!("`{}` is there already", path.display()))
                .advice("nothing was written; name another folder with `--folder`, or move the file away"));
        }
    }
    for (name, text) in files {
        let path = args.folder.join(name);
        write(&path, &text).map_err(|error| {
            Failed::usage(
                anyhow::Error::from(error).context(format!("cannot write `{}`", path.display())),
            )
        })?;
        tell(&format!("wrote {}", path.display()));
    }
    tell(&next(&catalog, args));
    Ok(Exit::Clean)
}

fn write(path: &Path, text: &str) -> std::io::Result<()> {
    let mut file = std::fs::File::create_new(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// What to do next, in the order it is done.
fn next(catalog: &avouch_catalog::Catalog, args: &InitArgs) -> String {
    let mut steps =
        vec!["read avouch.toml and policies.cedar: they say what will be refused".to_owned()];
    if args.issuer.is_none() {
        steps.push("say in `[guard.identify]` how callers prove who they are".to_owned());
    }
    steps.push("avouch ledger init ledger --origin NAME: where requests are recorded".to_owned());
    if written::has_keys(catalog) {
        steps.push("avouch key issue: the first API key".to_owned());
    }
    steps.push("avouch gateway check".to_owned());
    steps.push("avouch gateway".to_owned());
    let numbered = steps.iter().enumerate().map(|(at, step)| format!("  {}. {step}", at + 1));
    format!("next:\n{}", numbered.collect::<Vec<_>>().join("\n"))
}
