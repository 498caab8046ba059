//! `avouch audit package`

use super::args::PackageArgs;
use super::{Failed, answer, open, record, tell};
use crate::commands::ledger::place;
use crate::config::Config;
use crate::exit::Exit;
use anyhow::{Context, anyhow};
use avouch_ledger::format::canonical::from_hex;
use avouch_ledger::home::Home;
use avouch_ledger::storage::Disk;
use avouch_ledger::verify::WitnessPolicy;
use avouch_model::coding::{Digest, Later};
use avouch_model::fact::export::Export;
use avouch_package::books::{self, BooksError, Keys};
use avouch_package::engagement::Engagement;
use avouch_package::writing::{BuildError, Built, Order, Redaction, build};
use avouch_prove::settings::Settings;
use serde_json::json;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// LIMIT: bytes of a file that goes into a package.
const FILE_BYTES_MAX: u64 = 16 << 20;

/// What is needed to build, besides the ledger.
struct Given {
    engagement: Engagement,
    nonce: Option<[u8; 16]>,
    canaries: Option<String>,
    redactions: Vec<Redaction>,
    settings: Settings,
    out: PathBuf,
}

/// Makes a package, and records that it was made.
pub(super) fn run(args: &PackageArgs) -> Result<Exit, Failed> {
    let home = place::existing(&args.place)?;
    let given = given(args)?;
    if given.out.exists() {
        return Err(Failed::usage(anyhow!("`{}` is there already", given.out.display()))
            .advice("name a folder that is not there yet with `--out`"));
    }
    let partial = given.out.with_extension("partial");
    let built = built(args, &home, &given, &partial)?;
    std::fs::rename(&partial, &given.out)
        .with_context(|| format!("`{}` cannot get its name", partial.display()))
        .map_err(Failed::usage)?;
    recorded(args, &given, &built)?;
    said(args, &given, &built)?;
    Ok(Exit::Clean)
}

/// Builds; where the index does not cover the period yet, it is brought up to now and built again.
fn built(args: &PackageArgs, home: &Home, given: &Given, partial: &Path) -> Result<Built, Failed> {
    match once(home, given, partial) {
        Err(BuildError::Books(BooksError::NotCovered)) => {
            let Some(ledger) = place::open_unless_used(&args.place)? else {
                return Err(Failed::untested(BooksError::NotCovered).advice(
                    "the index follows a day after the period at the latest; or end the process that writes the ledger, and make the package then",
                ));
            };
            let done = ledger.index().map_err(Failed::usage);
            place::close(ledger)?;
            done?;
            once(home, given, partial).map_err(|error| refused(error, partial))
        }
        other => other.map_err(|error| refused(error, partial)),
    }
}

fn once(home: &Home, given: &Given, partial: &Path) -> Result<Built, BuildError> {
    let storage = Arc::new(Disk::read_only(home.log()));
    let failed = |error: Failed| BuildError::Other(format!("{:#}", error.error));
    let mut keys = keys(home, storage.as_ref()).map_err(failed)?;
    let identity = home.identity().map_err(|error| BuildError::Other(error.to_string()))?;
    let signer = open::signer(home).map_err(failed)?;
    let policy = home.witnesses().map_err(|error| BuildError::Other(error.to_string()))?;
    let parse = |text: String| {
        let policy = WitnessPolicy::parse(&text);
        policy.map(|policy| (policy, text)).map_err(|error| BuildError::Other(error.to_string()))
    };
    let policy = policy.map(parse).transpose()?;
    build(&mut Order {
        storage,
        keys: &mut keys,
        identity: &identity,
        engagement: &given.engagement,
        nonce: given.nonce,
        canaries: given.canaries.as_deref(),
        redactions: &given.redactions,
        witnesses: policy.as_ref().map(|(policy, text)| (policy, text.as_str())),
        settings: &given.settings,
        signer: &signer,
        out: partial,
    })
}

fn keys(home: &Home, storage: &Disk) -> Result<Keys, Failed> {
    let custody = place::custody(home)?;
    books::keys(storage, custody.as_ref()).ok_or_else(|| {
        Failed::usage(anyhow!("the keys of the ledger's records are not at hand")).advice(
            "give the key that wraps the others, in its file `private/kek` or in AVOUCH_LEDGER_KEK",
        )
    })
}

fn refused(error: BuildError, partial: &Path) -> Failed {
    // What was begun is of no use; who looks for it finds why in the message.
    let _ = std::fs::remove_dir_all(partial);
    let advice = match &error {
        BuildError::Unopened(_) => "record it with `avouch audit open`, in this ledger",
        BuildError::Nonce => "ask the auditor for the nonce whose digest the engagement names",
        BuildError::Canaries => "the list must be the auditor's file, byte for byte",
        BuildError::Fault(..) | BuildError::Incomplete(..) => {
            "see what is wrong with `avouch ledger verify --open`; nothing was written"
        }
        _ => "nothing was written",
    };
    Failed::usage(error).advice(advice)
}

fn given(args: &PackageArgs) -> Result<Given, Failed> {
    let bytes = read(&args.engagement, "the engagement")?;
    let engagement = Engagement::parse(&bytes).map_err(|_| {
        Failed::usage(anyhow!("`{}` is no engagement", args.engagement.display()))
            .advice("it must be the file that `avouch audit open` wrote, byte for byte")
    })?;
    let canaries = args.canaries.as_deref().map(|path| {
        String::from_utf8(read(path, "the list of marked requests")?).map_err(Failed::usage)
    });
    let redactions = args.redact.as_deref().map(|path| {
        serde_json::from_slice(&read(path, "the list of what is withheld")?)
            .with_context(|| format!("`{}`", path.display()))
            .map_err(Failed::usage)
    });
    let out = args.out.clone();
    Ok(Given {
        nonce: args.nonce.as_deref().map(nonce).transpose()?,
        canaries: canaries.transpose()?,
        redactions: redactions.transpose()?.unwrap_or_default(),
        settings: settings(args, &engagement)?,
        out: out.unwrap_or_else(|| PathBuf::from(format!("evidence-{}", engagement.id))),
        engagement,
    })
}

/// What the team decided about its controls, for what was agreed to be audited.
fn settings(args: &PackageArgs, engagement: &Engagement) -> Result<Settings, Failed> {
    let config = Config::read(args.config.as_deref()).map_err(Failed::usage)?;
    config.prove.check().map_err(|error| {
        Failed::usage(error).advice("it stands in `[prove]` of the configuration")
    })?;
    Ok(Settings {
        system: Some(engagement.system.clone()),
        categories: engagement.categories.clone(),
        ..config.prove
    })
}

/// A nonce as a person types it.
pub(super) fn nonce(text: &str) -> Result<[u8; 16], Failed> {
    let bytes = from_hex(text.trim()).and_then(|bytes| bytes.try_into().ok());
    bytes.ok_or_else(|| {
        Failed::usage(anyhow!("the nonce has not 32 hexadecimal digits"))
            .advice("`avouch audit sample --new` makes one")
    })
}

/// A file of bounded length.
pub(super) fn read(path: &Path, what: &str) -> Result<Vec<u8>, Failed> {
    read_up_to(path, what, FILE_BYTES_MAX)
}

/// A file of at most so many bytes.
pub(super) fn read_up_to(path: &Path, what: &str, most: u64) -> Result<Vec<u8>, Failed> {
    use std::io::Read;
    let mut bytes = Vec::new();
    let read =
        std::fs::File::open(path).and_then(|file| file.take(most + 1).read_to_end(&mut bytes));
    read.with_context(|| format!("{what} `{}`", path.display())).map_err(Failed::usage)?;
    if bytes.len() as u64 > most {
        return Err(Failed::usage(anyhow!("{what} `{}` is too long", path.display())));
    }
    Ok(bytes)
}

/// Records that the package was made, and for whom.
fn recorded(args: &PackageArgs, given: &Given, built: &Built) -> Result<(), Failed> {
    let Some(ledger) = place::open_unless_used(&args.place)? else {
        tell("not recorded that the package was made: another process writes the ledger");
        return Ok(());
    };
    let home = place::existing(&args.place)?;
    let identity = home.identity().map_err(Failed::usage)?;
    let fact = Export {
        id: format!("package/{}", given.engagement.id),
        form: "audit-package".to_owned(),
        filter: Vec::new(),
        first: 0,
        end: built.size,
        entries: built.populations.iter().map(|(_, count)| count).sum(),
        unreadable: 0,
        digest: Digest(built.manifest.0),
        actor: None,
        recipient: Some(given.engagement.auditor.clone()),
        purpose: Some("audit".to_owned()),
        origin: identity.name().to_owned(),
        root: Some(Digest(built.root.0)),
        size: Some(built.size),
        later: Later::default(),
    };
    let appended = record::append(&ledger, &args.class, &fact);
    place::close(ledger)?;
    appended.map(|_| ())
}

fn said(args: &PackageArgs, given: &Given, built: &Built) -> Result<(), Failed> {
    let out = given.out.display();
    if args.json {
        let populations: serde_json::Map<_, _> =
            built.populations.iter().map(|(name, count)| (name.clone(), json!(count))).collect();
        let value = json!({
            "package": given.out,
            "manifest": built.manifest.to_hex(),
            "size": built.size,
            "root": built.root.to_hex(),
            "populations": populations,
            "canaries": built.canaries.map(|(sent, missing)| json!({"sent": sent, "missing": missing})),
            "covered_until_ms": built.covered_until_ms,
            "purged_parts": built.purged_parts,
        });
        return answer(&format!("{value}\n"));
    }
    let mut text = format!("{out}: under the checkpoint of {} entries\n", built.size);
    // Writing to a string does not fail.
    for (name, count) in &built.populations {
        let _ = writeln!(text, "  {count:>8}  {name}");
    }
    if let Some((sent, missing)) = built.canaries {
        let _ = writeln!(text, "  {missing} of {sent} marked requests are not in the ledger");
    }
    if built.covered_until_ms < given.engagement.period.to_ms {
        text.push_str("  the period is not over: what comes until its end is not in it\n");
    }
    if given.nonce.is_none() {
        text.push_str("  no samples are drawn: the auditor has not revealed the nonce\n");
    }
    let _ = writeln!(
        text,
        "check it with `avouch audit verify {out} --key KEY`, with `python3 {out}/verify/verify.py package {out} --public-key KEY`, or open `{out}/verify.html`"
    );
    answer(&text)
}
