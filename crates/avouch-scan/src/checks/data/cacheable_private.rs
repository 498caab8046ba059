//! DATA-06: answers for one person may be kept by caches for others.

use super::private_reads::private_reads;
use crate::check::{Check, Family, Need, Oracle, Scope, Tier};
use crate::context::Context;
use crate::corpus::Sample;
use crate::step::Step;
use crate::tape::{Flow, Tape};
use avouch_model::exchange::Answer;
use avouch_model::identity::{Carrier, Who};
use avouch_model::placeholder::Placeholder;
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};
use std::collections::BTreeMap;

/// DATA-06
pub(super) const CHECK: Check = Check {
    id: "DATA-06",
    name: "private-answer-cacheable",
    title: "Answers for one person may be kept for others",
    family: Family::Data,
    severity: Severity::Low,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::Grammar, Oracle::PrivateSet],
    tier: Tier::Passive,
    needs: &[Need::OneIdentity],
    scope: Scope::Target,
    cwe: Cwe(525),
    owasp: &[Owasp::Api(8)],
    criteria: &["C1.1", "CC6.7"],
    page: include_str!("cacheable_private.md"),
    applies: |_| true,
    run,
};

/// LIMIT: guarded operations that are looked at.
const LOOKED_AT_MAX: usize = 200;
/// LIMIT: places named in the proof.
const NAMED_MAX: usize = 5;

fn run(ctx: &Context<'_>, _tape: &mut Tape<'_>) -> Flow {
    let who = ctx.anyone().unwrap_or(Who::A);
    let private: Vec<(&Sample, &Answer)> = private_reads(ctx, who, LOOKED_AT_MAX)
        .into_iter()
        .filter_map(|sample| Some((sample, sample.success()?)))
        .filter(|(sample, answer)| is_private(ctx, sample, answer, who))
        .collect();
    if private.is_empty() {
        let because = "no answer was seen that holds something private and needs a credential";
        return Err(Step::Done(Verdict::inconclusive(because)));
    }
    // Caches shared by many keep no answer to a request with `Authorization` unless told to
    // (RFC 9111, section 3.5); with a cookie or a key of another name they do not know.
    let known = ctx.identity(who).is_some_and(|facts| match &facts.carrier {
        Carrier::Header { name, .. } => name.eq_ignore_ascii_case("authorization"),
        Carrier::Query(_) | Carrier::Cookie(_) => false,
    });
    let mut flaws: BTreeMap<Severity, Vec<(String, &Sample)>> = BTreeMap::new();
    for (sample, answer) in &private {
        if let Some((severity, how)) = kept(answer, known) {
            let line = format!("`{}` {how}", sample.operation);
            flaws.entry(severity).or_default().push((line, *sample));
        }
    }
    let worst = flaws.last_key_value();
    let worst = worst.and_then(|(severity, found)| Some((severity, found, found.first()?)));
    let Some((severity, found, (first, sample))) = worst else { return Ok(Verdict::Pass) };
    let summary = format!("what only {who} may see can be kept by a cache: {first}");
    let proof = Proof::new(*severity, Confidence::Confirmed, summary)
        .because("without a credential the same is refused")
        .caused_by("cache headers of private answers")
        .at(sample.operation.clone());
    let lines = found.iter().take(NAMED_MAX).map(|(line, _)| line.clone());
    Ok(Verdict::fail(lines.fold(proof, Proof::because)))
}

/// Whether it holds personal data or secrets, or what only this identity was seen to see.
fn is_private(ctx: &Context<'_>, sample: &Sample, answer: &Answer, who: Who) -> bool {
    !Placeholder::find_all(&answer.body).is_empty()
        || ctx.distinct && !ctx.corpus.private_values(sample, who).is_empty()
}

/// How a cache comes to keep it; `None` when it does not.
fn kept(answer: &Answer, known_as_private: bool) -> Option<(Severity, String)> {
    let stated: Vec<&str> = answer.headers.all("cache-control").collect();
    let directives: Vec<String> = stated
        .iter()
        .flat_map(|line| line.split(','))
        .map(|word| word.trim().to_ascii_lowercase())
        .collect();
    let says = |word: &str| directives.iter().any(|directive| directive == word);
    let seconds = |name: &str| -> Option<u64> {
        directives.iter().find_map(|d| d.strip_prefix(name)?.trim_matches('"').parse().ok())
    };
    if says("no-store") || says("private") || says("no-cache") || varies(answer) {
        return None;
    }
    if says("public") || seconds("s-maxage=").is_some_and(|seconds| seconds > 0) {
        let how = format!("says `Cache-Control: {}`", stated.join(", "));
        return Some((Severity::Low, how));
    }
    if !known_as_private && seconds("max-age=").is_some_and(|seconds| seconds > 0) {
        let how = format!(
            "says `Cache-Control: {}`, and its credential is not in `Authorization`, by which \
             caches know private answers",
            stated.join(", ")
        );
        return Some((Severity::Low, how));
    }
    let silent = stated.is_empty() && answer.headers.first("pragma").is_none();
    silent.then(|| (Severity::Info, "says nothing about caches".to_owned()))
}

/// Whether caches keep answers to different credentials apart.
fn varies(answer: &Answer) -> bool {
    answer.headers.all("vary").flat_map(|line| line.split(',')).any(|name| {
        let name = name.trim().to_ascii_lowercase();
        matches!(name.as_str(), "*" | "authorization" | "cookie")
    })
}
