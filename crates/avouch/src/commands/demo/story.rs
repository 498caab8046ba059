//! What is told after the scan: the guard, the question, the forgery.

use super::stage::{Gateway, Stage, copy};
use super::{Failed, answer};
use anyhow::{Context, anyhow};
use avouch_ledger::format::{BLOCK_ALIGN, BlockHeader};
use avouch_ledger::search::Entries;
use avouch_ledger::storage::Disk;
use avouch_model::report::Report;
use avouch_range::Running;
use serde_json::Value;
use std::path::Path;
use std::sync::Arc;

/// Requests for the order that are shown: those of the four who asked.
const ASKED: usize = 4;

/// Puts the gateway in front of the shop, by what `avouch init` writes from its description.
pub(super) fn guarded(stage: &mut Stage, shop: &Running) -> Result<(Gateway, String), Failed> {
    stage.act(
        "The guard",
        "The same shop, not a line of it changed, behind a gateway whose configuration is written from the\nshop's description. Each request it sees becomes a fact in a ledger.",
    )?;
    stage.write("openapi.json", &shop.openapi().to_string())?;
    let keys = format!("{}/.well-known/jwks.json", shop.base_url);
    let init = ["init", "--openapi", "openapi.json", "--upstream", &shop.base_url];
    let listens = ["--listen", "127.0.0.1:0", "--issuer", "https://id.shop.example"];
    stage.run(&[&init[..], &listens, &["--audience", "shop", "--jwks", &keys]].concat(), 0)?;
    stage.run(&["key", "issue", "--owner", "exports"], 0)?;
    stage.gateway()
}

/// What the guard changed.
pub(super) fn compared(bare: &Report, guarded: &Report) -> Result<(), Failed> {
    let grade = |report: &Report| {
        let grade = report.score.grade.map_or("no grade".to_owned(), |grade| grade.to_string());
        let score = report.score.value.map_or(String::new(), |score| format!(", {score} of 100"));
        format!("{grade}{score}, {} findings", report.findings.len())
    };
    let left: std::collections::BTreeSet<&str> =
        guarded.findings.iter().map(|finding| finding.check.as_str()).collect();
    answer(&format!(
        "\n  bare:    {}\n  guarded: {}\n  left are those that no gateway can mend: {}\n",
        grade(bare),
        grade(guarded),
        left.into_iter().collect::<Vec<_>>().join(", ")
    ))
}

/// Asks the ledger who read an order of a customer.
pub(super) fn asked(stage: &mut Stage, (name, order): (&str, &str)) -> Result<u64, Failed> {
    stage.act(
        "Who read customer 4711's orders?",
        "The question after every incident. An access log answers with what nobody has deleted from it; here\nthe answer carries a proof that nothing is left out.",
    )?;
    answer(&format!(
        "Our customer 4711 is {name}. Four asked for the order {order}: the customer, another customer,\nsomebody of the staff, and somebody who is not known.\n\n"
    ))?;
    let wanted = format!("object={order}");
    let query =
        ["ledger", "query", "ledger", &wanted, "--prove", "who-read-it.proof", "--disclose"];
    let facts = stage.quietly(&query, 0)?;
    answer(&format!("$ avouch {}\n", query.join(" ")))?;
    let facts: Vec<Value> =
        facts.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let earlier = facts.len().saturating_sub(ASKED);
    if earlier > 0 {
        answer(&format!("  … {earlier} more, of the scan\n"))?;
    }
    for fact in facts.iter().skip(earlier) {
        let body = &fact["body"];
        let text = |name: &str| body[name].as_str().unwrap_or("nobody").to_owned();
        answer(&format!(
            "  entry {:<5} {:<18} {:<22} {:<6} {}\n",
            fact["index"],
            text("principal"),
            text("operation"),
            text("answer"),
            body["status"]
        ))?;
    }
    let check =
        ["ledger", "prove", "--check", "who-read-it.proof", "--key", "ledger/identity.vkey"];
    stage.quietly(&check, 0)?;
    answer(&format!(
        "\n$ avouch {}\n  PROVEN: these are all, {} of them, and each is as it was signed\n",
        check.join(" "),
        facts.len()
    ))?;
    let last = facts.last().and_then(|fact| fact["index"].as_u64());
    last.context("nobody asked for the order").map_err(Failed::broken)
}

/// Changes one byte of the past, as only root can, and lets it be found.
pub(super) fn forged(stage: &mut Stage, entry: u64) -> Result<(), Failed> {
    stage.act(
        "One byte of the past",
        "Root can write to every file. In a copy of the ledger, one byte of one of these entries is changed\nwhere it lies on the disk, checksums and all. Whoever has the public key sees which.",
    )?;
    let (whole, forged) = (stage.path("ledger"), stage.path("forged"));
    copy(&whole, &forged).map_err(Failed::usage)?;
    let changed = flip(&forged.join("log"), entry).map_err(Failed::broken)?;
    answer(&format!("  changed: {changed}\n"))?;
    stage.run(&["ledger", "verify", "ledger"], 0)?;
    stage.run(&["ledger", "verify", "forged"], 4)?;
    Ok(())
}

/// Makes the package of an engagement that covers the time since a moment, and judges it as an auditor would.
pub(super) fn packed(stage: &mut Stage, since: jiff::Timestamp) -> Result<(), Failed> {
    stage.act(
        "The package",
        "What an auditor gets: the populations of the period with proofs that they are complete, samples\ndrawn by the auditor's own number, the state of each control, and three verifiers that share no code.\nMost controls are not tested: a minute with a shop is no audit period, and the package says so.",
    )?;
    let made = stage.run(&["audit", "sample", "--new"], 0)?;
    let mut words = made.lines().filter_map(|line| line.split_whitespace().next());
    let (Some(nonce), Some(digest)) = (words.next(), words.next()) else {
        return Err(Failed::broken(anyhow!("no nonce was made")));
    };
    let text = |time: jiff::Timestamp| format!("{time:.3}");
    let (from, to) = (text(since), text(jiff::Timestamp::now()));
    let open = ["audit", "open", "ledger", "--id", "demo", "--system", "Shop"];
    let whom = ["--auditor", "Example Auditors", "--from", &from, "--to", &to];
    stage.run(&[&open[..], &whom, &["--nonce-commitment", digest]].concat(), 0)?;
    stage.run(&["audit", "package", "ledger", "--nonce", nonce, "--out", "package"], 0)?;
    stage.run(&["audit", "verify", "package", "--key", "ledger/identity.vkey"], 0)?;
    answer(&format!(
        "\n  the report:    {}\n  or in a browser, with no network: {}\n  or by Python:  python3 {} …\n",
        stage.path("package/report/report.html").display(),
        stage.path("package/verify.html").display(),
        stage.path("package/verify/verify.py").display(),
    ))
}

/// Changes a byte in the middle of an entry where it lies on the disk, makes the checksums of its block
/// anew, and says where that is.
fn flip(log: &Path, entry: u64) -> anyhow::Result<String> {
    let sought = Entries::open(Arc::new(Disk::read_only(log)))?.entry(entry)?;
    for file in std::fs::read_dir(log.join("seg"))? {
        let path = file?.path();
        let mut bytes = std::fs::read(&path)?;
        let found = bytes.windows(sought.len()).position(|window| window == sought);
        let Some(at) = found.map(|begin| begin + sought.len() / 2) else { continue };
        let byte = bytes.get_mut(at).context("an entry has bytes")?;
        let before = *byte;
        *byte ^= 1;
        let after = *byte;
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        checksums(&mut bytes, at).context("an entry lies in a block")?;
        std::fs::write(&path, &bytes)?;
        return Ok(format!(
            "forged/log/seg/{name}, byte {at}, {before:#04x} to {after:#04x}: in entry {entry}"
        ));
    }
    Err(anyhow!("the entry {entry} is in no file"))
}

/// Makes the checksums of the block anew in which a byte lies, as `docs/ledger-format.md`, section 4, says.
fn checksums(segment: &mut [u8], at: usize) -> Option<()> {
    let begins =
        |begin: &usize| segment.get(*begin..).is_some_and(|rest| rest.starts_with(b"AVB1"));
    let begin = (0..=at / BLOCK_ALIGN).rev().map(|page| page * BLOCK_ALIGN).find(begins)?;
    let length = segment.get(begin + 36..)?.first_chunk::<4>().copied().map(u32::from_be_bytes)?;
    let body = begin + BlockHeader::BYTES;
    let crc = crc32fast::hash(segment.get(body..body + length as usize)?);
    segment.get_mut(body - 8..body - 4)?.copy_from_slice(&crc.to_be_bytes());
    let crc = crc32fast::hash(segment.get(begin..body - 4)?);
    segment.get_mut(body - 4..body)?.copy_from_slice(&crc.to_be_bytes());
    Some(())
}
