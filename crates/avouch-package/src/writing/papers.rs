//! The report and the OSCAL documents: what follows from the facts, for people and for programs.

use super::kinds::Done;
use super::{BuildError, Folder, Order, Talk, lists};
use crate::assess::judge;
use crate::books::Books;
use crate::canary;
use crate::canonical;
use crate::{oscal, report};
use serde_json::Value;
use std::collections::BTreeMap;

/// Writes them. Documents that refer to what is not there are not written.
pub(crate) fn write(
    folder: &Folder,
    books: &Books,
    done: &Done,
    order: &mut Order<'_>,
    (samples, found, talk): (Vec<Value>, Option<(u64, u64)>, Talk),
) -> Result<(), BuildError> {
    let engagement = order.engagement;
    let judged = judge(books, order.keys, engagement, order.settings, done.covered_until_ms)?;
    let listed = |one: &super::kinds::Population| oscal::Listed {
        name: one.definition.name.clone(),
        title: one.definition.title.clone(),
        digest: one.digest,
        count: one.count,
        controls: one.definition.controls.clone(),
    };
    let told = oscal::Told {
        engagement,
        judged: &judged,
        populations: done.populations.iter().map(listed).collect(),
        checkpoint: format!("{}/{}", books.signed.origin, books.signed.size),
        covered_until_ms: done.covered_until_ms,
    };
    documents(folder, done, &told)?;
    let canaries = found.map(|(sent, missing)| canary::summary(sent, missing));
    let count = |one: &super::kinds::Population| {
        (one.definition.name.clone(), one.definition.title.clone(), one.count, one.withheld)
    };
    let page = report::html(&report::Told {
        engagement,
        judged: &judged,
        seen: &judged.seen,
        begun_ms: judged.begun_ms,
        signed: &books.signed,
        covered_until_ms: done.covered_until_ms,
        populations: done.populations.iter().map(count).collect(),
        samples,
        canaries,
        talk: &talk,
        layers: lists::layers(books, order, found),
        purged_parts: done.purged_parts(),
    });
    folder.write("report/report.html", "report", &page)?;
    Ok(())
}

fn documents(folder: &Folder, done: &Done, told: &oscal::Told<'_>) -> Result<(), BuildError> {
    let documents: BTreeMap<String, Value> =
        oscal::documents(told).into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let digest = |href: &str| {
        let name = href.strip_prefix("../populations/")?.strip_suffix(".ndjson")?;
        let of = |one: &&super::kinds::Population| one.definition.name == name;
        done.populations.iter().find(of).map(|one| one.digest.to_hex())
    };
    if let Some(fault) = oscal::check(&documents, &digest).first() {
        return Err(BuildError::Document(format!("{}: {}", fault.file, fault.what)));
    }
    for (name, value) in &documents {
        folder.write(&format!("oscal/{name}"), "oscal", &canonical::encode(value))?;
    }
    Ok(())
}
