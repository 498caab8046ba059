//! `avouch scan URL`

use super::scan_ledger::{self, Into};
use super::{Failed, answer, options, tell};
use crate::cli::ScanArgs;
use crate::config::{self, Config, Paths};
use crate::documents;
use crate::exit::Exit;
use crate::gate::{Gate, GateError};
use crate::identities::identities;
use crate::live::Live;
use crate::state::{State, random};
use crate::suppress;
use avouch_catalog::{Description, Format as Form};
use avouch_model::report::Report;
use avouch_report::format::Format;
use avouch_report::formats;
use avouch_scan::check::Tier;
use avouch_scan::checks;
use avouch_scan::engine::options::ScanOptions;
use avouch_scan::engine::run::{ScanError, Scanned};
use avouch_scan::engine::sender::Stop;
use avouch_wire::address::parse_target;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Scans, shows, keeps, and judges by the gate.
pub(super) fn run(args: &ScanArgs) -> Result<Exit, Failed> {
    let state = State::open(&args.limits.state).map_err(Failed::usage)?;
    let config = Config::read(args.config.as_deref()).map_err(Failed::usage)?;
    let gate = gate(args, &config)?;
    let mut wanted = scan_options(args, &config, &state)?;
    wanted.told.earlier = gate.earlier().or(wanted.told.earlier);
    for path in &args.output {
        can_write(path)?;
    }
    let into = Into::open(args, &config, &wanted)?;
    let mut scanned = scan(wanted, args.quiet, into.as_ref())?;
    suppress::apply(&mut scanned.report, &config.suppressions);
    let recorded = scan_ledger::end(into.as_ref(), &scanned, &[], Some(&state), args.quiet);
    state.keep(&scanned.report, scanned.recording.as_ref()).map_err(Failed::usage)?;
    show(&scanned.report, &args.format, args.verbose)?;
    for path in &args.output {
        write(&scanned.report, path)?;
    }
    recorded?;
    let judgement = gate.judge(&scanned.report);
    if !args.quiet {
        tell(&format!("gate: {}", judgement.because.join("\n      ")));
    }
    Ok(judgement.exit)
}

fn gate(args: &ScanArgs, config: &Config) -> Result<Gate, Failed> {
    Gate::new(&args.gate, &config.gate).map_err(|error| {
        let lacks = matches!(error, GateError::NoBaseline);
        let failed = Failed::usage(error);
        if lacks {
            failed.advice("name an earlier report: `--baseline report.json`")
        } else {
            failed
        }
    })
}

/// Reads everything a person said into what the engine wants.
pub(super) fn scan_options(
    args: &ScanArgs,
    config: &Config,
    state: &State,
) -> Result<ScanOptions, Failed> {
    let Some(target) = args.url.clone().or_else(|| config.scan.target.clone()) else {
        let error = anyhow::anyhow!("there is no target");
        return Err(Failed::usage(error)
            .advice("name it: `avouch scan https://api.example.com`, or try `avouch demo`"));
    };
    let target = parse_target(&target).map_err(Failed::usage)?;
    let fresh = || random().map_err(Failed::broken);
    let mut options = ScanOptions::new(target, fresh()?, fresh()?);
    options.descriptions = descriptions(args, config)?;
    options.identities =
        identities(config, args.auth_file.as_deref(), &args.identity, args.send.as_deref())
            .map_err(Failed::usage)?;
    options.tier = if args.active || config.scan.active { Tier::Active } else { Tier::Read };
    options.register = !args.no_register && config.scan.register.unwrap_or(true);
    options.disruptive = known(args.disruptive.iter().chain(&config.scan.disruptive))?;
    options.told = config.told.clone();
    let webhook = options.told.webhook.as_ref();
    let secret = webhook.map(|webhook| config::secret(&webhook.secret)).transpose();
    options.webhook_secret = secret.map_err(Failed::usage)?;
    options.only_checks = known(args.only.iter().chain(&config.scan.only))?;
    options.skip_checks = known(args.skip.iter().chain(&config.scan.skip))?;
    limit(&mut options, args)?;
    options.state_folder = Some(state.folder().to_owned());
    let host = options.target.host_str().unwrap_or_default().to_owned();
    options.challenge = state.challenge(&host).map_err(Failed::usage)?;
    Ok(options)
}

/// Every description that was named, in the order that decides which of two counts.
fn descriptions(args: &ScanArgs, config: &Config) -> Result<Vec<Description>, Failed> {
    let or = |typed: &Vec<PathBuf>, written: &Paths| {
        if typed.is_empty() { written.0.clone() } else { typed.clone() }
    };
    let mut all = Vec::new();
    for path in or(&args.openapi, &config.scan.openapi) {
        let found = documents::description(&path).map_err(Failed::usage)?;
        let form = avouch_catalog::format_of(&found.main);
        if matches!(form, Form::Postman | Form::Har) && !args.quiet {
            tell(&format!("`{}` is a {}, and is read as one", path.display(), form.title()));
        }
        all.push(found);
    }
    let others = [
        (or(&args.postman, &config.scan.postman), Form::Postman),
        (or(&args.har, &config.scan.har), Form::Har),
    ];
    for (paths, form) in others {
        for path in paths {
            all.push(documents::in_form(&path, form).map_err(Failed::usage)?);
        }
    }
    if let Some(path) = args.graphql.as_ref().or(config.scan.graphql.as_ref()) {
        all.push(documents::description(path).map_err(Failed::usage)?);
    }
    Ok(all)
}

fn limit(options: &mut ScanOptions, args: &ScanArgs) -> Result<(), Failed> {
    let limits = &args.limits;
    options.requests_max = limits.max_requests;
    options.seconds_max = limits.max_seconds;
    options.in_flight_max = limits.max_in_flight.max(1);
    options.per_second_max = limits.rate;
    options.limits.answer_ms = limits.timeout.max(1).saturating_mul(1000);
    options.resolved.clone_from(&limits.resolve);
    for path in &limits.ca {
        let text = std::fs::read_to_string(path).map_err(|error| {
            let context = format!("cannot read `{}`", path.display());
            Failed::usage(anyhow::Error::new(error).context(context))
        })?;
        options.extra_roots.push(text);
    }
    options.listen = Some(limits.listen);
    options.listen_url.clone_from(&limits.listen_url);
    options.listen_dns = limits.listen_dns;
    options.listen_domain.clone_from(&limits.listen_domain);
    Ok(())
}

fn known<'n>(names: impl Iterator<Item = &'n String>) -> Result<BTreeSet<String>, Failed> {
    names
        .map(|name| match checks::find(name) {
            Some(check) => Ok(check.id.to_owned()),
            None => Err(Failed::usage(anyhow::anyhow!("there is no check `{name}`"))
                .advice("`avouch checks` lists them")),
        })
        .collect()
}

/// Runs the engine, with Ctrl-C as its stop and progress on the terminal.
pub(super) fn scan(
    options: ScanOptions,
    quiet: bool,
    into: Option<&Into>,
) -> Result<Scanned, Failed> {
    let runtime = tokio::runtime::Runtime::new().map_err(Failed::broken)?;
    let (live, watcher) = Live::open(quiet);
    let (switch, stop) = Stop::new();
    let watcher = scan_ledger::seeing(into, watcher, &switch);
    let result = runtime.block_on(async {
        let stopping = tokio::spawn(async move {
            if tokio::signal::ctrl_c().await.is_ok() {
                tell("stopping: removing what was created; once more to leave at once");
                // The receiver lives as long as the scan.
                let _ = switch.send(true);
            }
            if tokio::signal::ctrl_c().await.is_ok() {
                std::process::abort();
            }
        });
        let result = avouch_scan::engine::run::run(options, stop, watcher).await;
        stopping.abort();
        result
    });
    live.close();
    result.map_err(|error| scan_ledger::refused(into, &error).unwrap_or_else(|| failure(error)))
}

fn failure(error: ScanError) -> Failed {
    let advice = match &error {
        ScanError::Login(_) => Some("check the credentials; nothing was scanned"),
        ScanError::Description(_) => Some("without `--openapi` the description is looked for"),
        _ => None,
    };
    let failed = Failed::usage(error);
    match advice {
        Some(advice) => failed.advice(advice),
        None => failed,
    }
}

/// Prints the report.
pub(super) fn show(report: &Report, format: &str, verbose: bool) -> Result<(), Failed> {
    let Some(format) = formats::named(format) else {
        return Err(Failed::usage(anyhow::anyhow!("there is no format `{format}`")));
    };
    let text = (format.write)(report, &options(verbose)).map_err(Failed::broken)?;
    answer(&text)
}

/// Writes the report to a file, in the form its ending names.
pub(super) fn write(report: &Report, path: &Path) -> Result<(), Failed> {
    let options = avouch_report::format::Options { verbose: true, ..Default::default() };
    let text = (form(path)?.write)(report, &options).map_err(Failed::broken)?;
    std::fs::write(path, text).map_err(|error| unwritable(path, error))
}

/// Whether the report can be written there: told before the target is asked anything.
pub(super) fn can_write(path: &Path) -> Result<(), Failed> {
    form(path)?;
    let is_new = !path.exists();
    let opened = std::fs::OpenOptions::new().create(true).append(true).open(path);
    opened.map_err(|error| unwritable(path, error))?;
    if is_new {
        std::fs::remove_file(path).map_err(|error| unwritable(path, error))?;
    }
    Ok(())
}

/// The form that the file's ending names.
fn form(path: &Path) -> Result<&'static Format, Failed> {
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    let named = |format: &&Format| format.extension == ending || format.name == ending;
    formats::ALL.iter().find(named).ok_or_else(|| {
        let error = anyhow::anyhow!("`{}` does not say which form it shall have", path.display());
        Failed::usage(error).advice("use .json, .sarif, .xml, .md, .html or .txt")
    })
}

fn unwritable(path: &Path, error: std::io::Error) -> Failed {
    let context = format!("cannot write `{}`", path.display());
    Failed::usage(anyhow::Error::new(error).context(context))
}
