//! INV-03: an old version is still served, and guards less than the one in its place.

use crate::check::{Check, Family, Need, Oracle, Scope, Tier};
use crate::context::Context;
use crate::corpus::Sample;
use crate::oracle::guarded::guarded_operations;
use crate::oracle::refusal::refuses;
use crate::oracle::similarity::{alike, same_shape};
use crate::oracle::triad::uncached;
use crate::step::{Request, Step};
use crate::tape::{Flow, Reply, Tape};
use avouch_model::data_class::DataClass;
use avouch_model::exchange::Answer;
use avouch_model::identity::Who;
use avouch_model::placeholder::Placeholder;
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};
use std::collections::BTreeSet;

/// INV-03
pub(super) const CHECK: Check = Check {
    id: "INV-03",
    name: "old-version-guards-less",
    title: "An old version is still served and guards less",
    family: Family::Inv,
    severity: Severity::High,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::Contrast, Oracle::Similarity, Oracle::RandomControl, Oracle::SoftNotFound],
    tier: Tier::Read,
    needs: &[Need::OneIdentity],
    scope: Scope::Target,
    cwe: Cwe(1059),
    owasp: &[Owasp::Api(9)],
    criteria: &["CC7.1", "CC8.1"],
    page: include_str!("old_version.md"),
    applies: |ctx| ctx.catalog.operations.iter().any(|o| version_in(&ctx.path(&o.path)).is_some()),
    run,
};

/// LIMIT: operations whose old forms are asked for.
const TRIED_MAX: usize = 4;
/// LIMIT: guarded operations that are looked at for one with a version.
const LOOKED_AT_MAX: usize = 100;
/// LIMIT: versions back.
const BACK_MAX: u32 = 2;

/// A version in a path: which segment, and its number, from 2 on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Version {
    segment: usize,
    number: u32,
}

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let who = ctx.anyone().unwrap_or(Who::A);
    let current: Vec<(&Sample, Version)> = guarded_operations(ctx, who, LOOKED_AT_MAX)
        .into_iter()
        .filter_map(|sample| Some((sample, version_in(sample.request.path())?)))
        .take(TRIED_MAX)
        .collect();
    if current.is_empty() {
        let because = "no operation of a later version was seen that asks for a credential";
        return Err(Step::Done(Verdict::inconclusive(because)));
    }
    let mut served = 0;
    for (sample, version) in current {
        let Some(usual) = sample.success() else { continue };
        for number in (1..version.number).rev().take(usize::try_from(BACK_MAX).unwrap_or(2)) {
            let old = at_version(&sample.request, version, number);
            let owner = tape.send(old.clone().by(who))?;
            let is_there = !refuses(owner.answer())
                && !ctx.target.not_found.is_not_found(owner.answer())
                && same_shape_or_more(usual, owner.answer());
            if !is_there {
                continue;
            }
            served += 1;
            if let Some(proof) = unguarded(ctx, tape, sample, version, number, &owner)? {
                return Ok(Verdict::fail(proof));
            }
            if let Some((severity, shown)) = shows_more(usual, owner.answer()) {
                let summary = format!(
                    "version {number} shows {shown}, which version {} hides",
                    version.number
                );
                return Ok(Verdict::fail(
                    Proof::new(severity, Confidence::Confirmed, summary)
                        .because(format!("{who} asked both for the same"))
                        .caused_by(format!("version {number} is still served"))
                        .at(sample.operation.clone())
                        .shown_by([owner.index]),
                ));
            }
        }
    }
    Ok(if served == 0 { Verdict::NotApplicable } else { Verdict::Pass })
}

/// Nobody is given by the old version what the current one asks a credential for.
fn unguarded(
    ctx: &Context<'_>,
    tape: &mut Tape<'_>,
    sample: &Sample,
    version: Version,
    number: u32,
    owner: &Reply<'_>,
) -> Result<Option<Proof>, Step> {
    let old = at_version(&sample.request, version, number);
    let moving = ctx.corpus.volatile(&sample.operation);
    let nobody = tape.send(uncached(old.by(Who::Nobody)))?;
    if refuses(nobody.answer()) || !alike(owner.answer(), nobody.answer(), &moving) {
        return Ok(None);
    }
    // Where any number opens the door it is not an old version that does.
    let never = u32::try_from(ctx.nonces.number("never", 700, 999)).unwrap_or(777);
    let control =
        tape.send(uncached(at_version(&sample.request, version, never).by(Who::Nobody)))?;
    if alike(owner.answer(), control.answer(), &moving) {
        return Ok(None);
    }
    // The guard of the current version must still stand.
    let current = tape.send(uncached(sample.request.clone().by(Who::Nobody)))?;
    if !refuses(current.answer()) {
        return Ok(None);
    }
    let summary = format!(
        "version {number} gives nobody what version {} asks a credential for",
        version.number
    );
    Ok(Some(
        Proof::new(Severity::High, Confidence::Confirmed, summary)
            .because(format!(
                "without a credential version {} answers {}",
                version.number, current.status
            ))
            .because(format!("version {number} answers nobody as it answers {}", sample.who))
            .because(format!("version {never}, which cannot exist, does not"))
            .between(sample.who, Who::Nobody)
            .caused_by(format!("version {number} is still served"))
            .at(sample.operation.clone())
            .shown_by([nobody.index, current.index, owner.index, control.index]),
    ))
}

/// The first segment that is a version from 2 on.
fn version_in(path: &str) -> Option<Version> {
    let plain = path.split('?').next().unwrap_or_default();
    let numbers = plain.split('/').enumerate().filter_map(|(segment, text)| {
        let number: u32 = text.strip_prefix(['v', 'V'])?.parse().ok()?;
        (2..=30).contains(&number).then_some(Version { segment, number })
    });
    numbers.into_iter().next()
}

/// The request with another version in its place.
fn at_version(usual: &Request, version: Version, number: u32) -> Request {
    let (path, query) = usual.target.split_once('?').unwrap_or((usual.target.as_str(), ""));
    let segments = path.split('/').enumerate().map(|(at, text)| {
        if at == version.segment {
            let letter = text.chars().next().unwrap_or('v');
            format!("{letter}{number}")
        } else {
            text.to_owned()
        }
    });
    let path = segments.collect::<Vec<_>>().join("/");
    let target = if query.is_empty() { path } else { format!("{path}?{query}") };
    usual.clone().target(target)
}

/// An old version may show more or name some things otherwise; it is still about the same.
fn same_shape_or_more(current: &Answer, old: &Answer) -> bool {
    if same_shape(current, old) {
        return true;
    }
    let paths = |answer: &Answer| -> BTreeSet<String> {
        crate::oracle::leaves::leaves(answer).into_iter().map(|leaf| leaf.key()).collect()
    };
    let (current, old) = (paths(current), paths(old));
    let shared = current.intersection(&old).count();
    !current.is_empty() && shared * 2 >= current.len() && shared >= 2
}

/// Secrets or personal data of a kind that the current answer does not hold.
fn shows_more(current: &Answer, old: &Answer) -> Option<(Severity, DataClass)> {
    let kinds = |answer: &Answer| -> BTreeSet<DataClass> {
        let found = Placeholder::find_all(&answer.body).into_iter();
        found
            .filter(|value| value.detail != "example" && value.detail != "test")
            .map(|value| value.class)
            .collect()
    };
    let more: Vec<DataClass> = kinds(old).difference(&kinds(current)).copied().collect();
    let opens = |class: &DataClass| {
        matches!(
            class,
            DataClass::Password
                | DataClass::PasswordHash
                | DataClass::PrivateKey
                | DataClass::ProviderKey
                | DataClass::ApiSecret
                | DataClass::ConnectionString
        )
    };
    if let Some(class) = more.iter().find(|class| opens(class)) {
        return Some((Severity::High, *class));
    }
    let personal = more.into_iter().find(|class| class.is_personal())?;
    Some((Severity::Medium, personal))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_found_and_replaced() {
        assert_eq!(version_in("/api/v3/orders").map(|v| v.number), Some(3));
        assert_eq!(version_in("/api/v1/orders"), None);
        assert_eq!(version_in("/vendors/v2x"), None);
        let usual = Request::read("/api/v3/orders?page=1");
        let version = version_in(&usual.target).unwrap();
        assert_eq!(at_version(&usual, version, 1).target, "/api/v1/orders?page=1");
    }
}
