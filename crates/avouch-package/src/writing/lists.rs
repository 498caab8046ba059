//! The sheets that say where each population comes from, and what ties the ledger's past together.

use super::kinds::{Done, Population};
use super::{BuildError, Folder, Order};
use crate::books::Books;
use crate::canonical;
use crate::engagement::Period;
use avouch_ledger::merkle::consistency_proof;
use avouch_ledger::note::Checkpoint;
use avouch_ledger::verify::WitnessPolicy;
use avouch_ledger::view::ViewError;
use serde_json::{Value, json};

/// Writes the sheets, the list of what is withheld, and the checkpoints. `found` is how many marked
/// requests there are and how many of them are missing.
pub(crate) fn write(
    folder: &Folder,
    books: &Books,
    done: &Done,
    order: &Order<'_>,
    found: Option<(u64, u64)>,
) -> Result<(), BuildError> {
    let layers = layers(books, order, found);
    for population in &done.populations {
        let name = format!("populations/{}.ipe.json", population.definition.name);
        let sheet = sheet(population, books, done, order, &layers);
        folder.write(&name, "ipe-sheet", &canonical::encode(&sheet))?;
    }
    folder.write("redactions.json", "redactions", &canonical::encode(&done.redactions))?;
    folder.write("ledger/checkpoint", "checkpoint", &books.note.to_string())?;
    folder.write("ledger/identity", "identity", &format!("{}\n", order.identity))?;
    if let Some((_, policy)) = order.witnesses {
        folder.write("ledger/witness-policy", "witness-policy", policy)?;
    }
    if let Some(consistency) = consistency(books)? {
        let text = canonical::encode(&consistency);
        folder.write("ledger/consistency.json", "proof", &text)?;
    }
    Ok(())
}

/// What a checkpoint says.
pub(crate) fn checkpoint(signed: &Checkpoint) -> Value {
    json!({
        "origin": signed.origin,
        "root": signed.root.to_hex(),
        "size": canonical::number(signed.size),
    })
}

/// The question that gives a population, as people ask it.
pub(crate) fn query(population: &crate::populations::Definition, period: Period) -> String {
    let one = |source: &crate::populations::Source| {
        if source.words.is_empty() {
            return format!("kind={}", source.kind);
        }
        format!("kind={} and {} in ({})", source.kind, source.field, source.words.join(", "))
    };
    let sources: Vec<String> = population.sources.iter().map(one).collect();
    let (from, to) = (crate::time::text(period.from_ms), crate::time::text(period.to_ms));
    format!("{}; written down from {from} to before {to}", sources.join(" or "))
}

fn sheet(
    population: &Population,
    books: &Books,
    done: &Done,
    order: &Order<'_>,
    layers: &Value,
) -> Value {
    let definition = &population.definition;
    let engagement = order.engagement;
    let sources: Vec<&str> =
        done.kinds.keys().copied().filter(|kind| definition.has_kind(kind)).collect();
    let purged: u64 =
        sources.iter().filter_map(|kind| done.kinds.get(kind)).map(|s| s.purged_parts).sum();
    json!({
        "checkpoint": checkpoint(&books.signed),
        "completeness": layers,
        "controls": definition.controls,
        "count": canonical::number(population.count),
        "covered_until_ms": canonical::number(done.covered_until_ms),
        "digest": population.digest.to_hex(),
        "exclusions": [],
        "first": population.first.map(canonical::number),
        "id": format!("ipe/{}/{}", engagement.id, definition.name),
        "last": population.last.map(canonical::number),
        "parameters": {
            "from_ms": canonical::number(engagement.period.from_ms),
            "timezone": "UTC",
            "to_ms": canonical::number(engagement.period.to_ms),
        },
        "population_root": population.root.to_hex(),
        "purged_parts": canonical::number(purged),
        "query": query(definition, engagement.period),
        "sources": sources,
        "system_of_record": books.signed.origin,
        "table_digest": population.table_digest.to_hex(),
        "title": definition.title,
        "tool": concat!("avouch ", env!("CARGO_PKG_VERSION")),
        "type": definition.name,
        "withheld": canonical::number(population.withheld),
    })
}

/// Which layers of completeness hold, weakest first.
pub(crate) fn layers(books: &Books, order: &Order<'_>, found: Option<(u64, u64)>) -> Value {
    let layer = |number: u64, holds: bool, what: &str| {
        json!({
            "holds": holds, "layer": number, "what": what,
        })
    };
    let elsewhere = |(policy, _): (&WitnessPolicy, &str)| {
        policy.witnessed_elsewhere(&books.note).is_ok_and(|witnessed| witnessed)
    };
    json!([
        layer(1, true, "count and digest of the rows"),
        layer(2, true, "the question and its parameters: whoever holds the ledger can ask again"),
        layer(
            3,
            books.earlier.is_some(),
            "the ledger's own index names all entries of the kind, and its tree grew from the checkpoint before the period to the one after it"
        ),
        layer(4, false, "reconciled with a source that the operator does not control"),
        layer(
            5,
            matches!(found, Some((1.., 0))),
            "marked requests of the auditor were looked for, and each was found"
        ),
        layer(
            6,
            order.witnesses.is_some_and(elsewhere),
            "witnesses that do not lie beside the ledger cosigned the checkpoint"
        ),
    ])
}

/// The proof that the tree of the checkpoint before the period is the beginning of this one.
fn consistency(books: &Books) -> Result<Option<Value>, BuildError> {
    let Some(earlier) = &books.earlier else { return Ok(None) };
    let Ok(signed) = Checkpoint::parse(&earlier.text) else { return Ok(None) };
    let path = consistency_proof(&mut books.tree()?, signed.size, books.signed.size)?;
    let path = path.ok_or(ViewError::TooFew(signed.size))?;
    Ok(Some(json!({
        "earlier": earlier.to_string(),
        "proof": path.iter().map(|hash| hash.to_hex()).collect::<Vec<_>>(),
    })))
}
