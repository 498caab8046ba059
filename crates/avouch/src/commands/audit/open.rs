//! `avouch audit open`

use super::args::OpenArgs;
use super::{Failed, answer, record, tell};
use crate::commands::ledger::place;
use crate::exit::Exit;
use anyhow::{Context, anyhow};
use avouch_ledger::format::Day;
use avouch_ledger::format::canonical::to_hex;
use avouch_ledger::home::Home;
use avouch_ledger::keys::Secret32;
use avouch_ledger::merkle::Hash;
use avouch_ledger::note::Signer;
use avouch_ledger::storage::SystemRng;
use avouch_model::coding::Digest;
use avouch_model::fact::evidence::{Evidence, EvidenceEvent, EvidenceKind};
use avouch_package::engagement::{Engagement, Period};
use avouch_package::sampling::Table;

/// The file of the key that seals packages, below the private folder of a ledger.
const PACKAGE_KEY: &str = "package";

/// Writes down what was agreed, in a file and as a digest in the ledger.
pub(super) fn run(args: &OpenArgs) -> Result<Exit, Failed> {
    let home = place::existing(&args.place)?;
    let engagement = agreed(args, &home)?;
    let text = engagement.encode().map_err(Failed::broken)?;
    if Engagement::parse(text.as_bytes()).is_err() {
        return Err(Failed::usage(anyhow!("what was agreed is not sound")).advice(
            "the first day comes before the last one, and digests have 64 hexadecimal digits",
        ));
    }
    let taken = |path: &std::path::Path| path.exists();
    if taken(&args.out) {
        return Err(Failed::usage(anyhow!("`{}` is there already", args.out.display()))
            .advice("an engagement is not changed: name another file with `--out`"));
    }
    let digest = Hash::of(text.as_bytes());
    let fact = Evidence {
        id: engagement.evidence_id(),
        event: EvidenceEvent::Received,
        evidence_kind: EvidenceKind::Statement,
        title: format!("Engagement {} with {}", engagement.id, engagement.auditor),
        digest: Digest(digest.0),
        media_type: Some("application/json".to_owned()),
        bytes: Some(text.len() as u64),
        source: Some(engagement.auditor.clone()),
        query: None,
        rows: None,
        inputs: Vec::new(),
        controls: Vec::new(),
        criteria: Vec::new(),
        effective_from_ms: Some(engagement.period.from_ms),
        effective_to_ms: Some(engagement.period.to_ms),
        collected_ms: None,
        actor: None,
        because: None,
        later: avouch_model::coding::Later::default(),
    };
    let ledger = place::open(&args.place)?;
    let appended = record::append(&ledger, &args.class, &fact);
    let closed = place::close(ledger);
    let index = appended?;
    closed?;
    std::fs::write(&args.out, &text)
        .with_context(|| format!("`{}` cannot be written", args.out.display()))
        .map_err(Failed::usage)?;
    answer(&format!("entry {index}: engagement {} with {}\n", engagement.id, engagement.auditor))?;
    tell(&format!(
        "keep `{}`, and give a copy to the auditor: its digest {} is in the ledger",
        args.out.display(),
        digest.to_hex()
    ));
    Ok(Exit::Clean)
}

fn agreed(args: &OpenArgs, home: &Home) -> Result<Engagement, Failed> {
    if args.id.is_empty() || !args.id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
        return Err(Failed::usage(anyhow!("`{}` cannot name an engagement", args.id))
            .advice("letters, digits and `-` can"));
    }
    Ok(Engagement {
        auditor: args.auditor.clone(),
        auditor_key: args.auditor_key.clone(),
        canaries: args.canaries_commitment.clone(),
        categories: args.category.clone(),
        id: args.id.clone(),
        nonce_commitment: args.nonce_commitment.clone(),
        package_key: to_hex(signer(home)?.verifier().public()),
        period: Period {
            from_ms: moment(&args.from, Day::begin_ms)?,
            to_ms: moment(&args.to, Day::end_ms)?,
        },
        sampling: table(&args.table)?,
        system: args.system.clone(),
        version: 1,
    })
}

/// A moment: as it is written, or the begin or end of a day.
pub(super) fn moment(text: &str, of: impl Fn(Day) -> u64) -> Result<u64, Failed> {
    if let Some(day) = Day::parse(text) {
        return Ok(of(day));
    }
    let time = text.parse::<jiff::Timestamp>().ok();
    time.and_then(|time| u64::try_from(time.as_millisecond()).ok()).ok_or_else(|| {
        Failed::usage(anyhow!("`{text}` is not a day"))
            .advice("days are written as `2026-11-25`, moments as `2026-11-25T18:30:00Z`")
    })
}

/// A table that comes with the program, or one of a file.
fn table(name: &str) -> Result<Table, Failed> {
    let known = Table::known().map_err(Failed::broken)?;
    if let Some(table) = known.iter().find(|table| table.name == name) {
        return Ok(table.clone());
    }
    let names: Vec<&str> = known.iter().map(|table| table.name.as_str()).collect();
    let advice = format!("known tables are {}; a file has the form of them", names.join(" and "));
    let text = std::fs::read_to_string(name).with_context(|| format!("the table `{name}`"));
    let text = text.map_err(|error| Failed::usage(error).advice(advice.clone()))?;
    let table = serde_json::from_str(&text).with_context(|| format!("the table `{name}`"));
    table.map_err(|error| Failed::usage(error).advice(advice))
}

/// The key that seals packages; made when there is none yet.
pub(super) fn signer(home: &Home) -> Result<Signer, Failed> {
    let path = home.private().join(PACKAGE_KEY);
    if !path.exists() {
        let seed = Secret32::random(&SystemRng).map_err(Failed::broken)?;
        home.write_seed(PACKAGE_KEY, &seed).map_err(Failed::usage)?;
    }
    let seed = Home::read_seed(&path).map_err(Failed::usage)?;
    Signer::of_note("package", seed.danger_bytes()).map_err(Failed::usage)
}
