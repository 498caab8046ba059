//! AUTH-06: a guard looks at GET and forgets HEAD.

use crate::check::{Check, Family, Need, Oracle, Scope, Tier};
use crate::context::Context;
use crate::corpus::Sample;
use crate::oracle::guarded::guarded_or_unknown;
use crate::oracle::refusal::refuses;
use crate::oracle::triad::uncached;
use crate::step::{Credential, Request};
use crate::tape::{Flow, Reply, Tape};
use avouch_model::exchange::Answer;
use avouch_model::identity::Who;
use avouch_model::operation::Method;
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};

/// AUTH-06
pub(super) const CHECK: Check = Check {
    id: "AUTH-06",
    name: "guard-forgets-head",
    title: "A guard that refuses GET lets HEAD through",
    family: Family::Auth,
    severity: Severity::Medium,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::Triad, Oracle::Contrast, Oracle::RandomControl],
    tier: Tier::Read,
    needs: &[Need::OneIdentity],
    scope: Scope::Target,
    cwe: Cwe(650),
    owasp: &[Owasp::Api(2)],
    criteria: &["CC6.1"],
    page: include_str!("head_unguarded.md"),
    applies: |ctx| ctx.catalog.operations.iter().any(|o| o.method == Method::Get),
    run,
};

/// LIMIT: operations that are tried, one from each part of the API.
const OPERATIONS_MAX: usize = 6;

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let who = ctx.anyone().unwrap_or(Who::A);
    let guarded = guarded_or_unknown(ctx, who, OPERATIONS_MAX)?;
    let mut unclear = None;
    for sample in guarded {
        let head = uncached(sample.request.clone().method(Method::Head));
        let tried = tape.send_any(head.clone().with(Credential::None))?;
        let Some(bare) = tried.reply() else {
            unclear.get_or_insert("a HEAD was not answered");
            continue;
        };
        if !bare.is_success() {
            continue;
        }
        match judge(ctx, tape, sample, who, &head, &bare)? {
            Verdict::Pass => (),
            Verdict::Inconclusive { because } if because == NOTHING_TO_COMPARE => {
                unclear.get_or_insert(NOTHING_TO_COMPARE);
            }
            decided => return Ok(decided),
        }
    }
    Ok(unclear.map_or(Verdict::Pass, Verdict::inconclusive))
}

const NOTHING_TO_COMPARE: &str =
    "nobody's HEAD is answered, with nothing in it by which to know the content";

/// A HEAD of nobody was answered: with what the valid caller's HEAD is answered?
fn judge(
    ctx: &Context<'_>,
    tape: &mut Tape<'_>,
    sample: &Sample,
    who: Who,
    head: &Request,
    bare: &Reply<'_>,
) -> Flow {
    let valid = tape.send(head.clone().by(who))?;
    let Some((name, value)) = tells_content(valid.answer(), bare.answer()) else {
        let silent = marks(valid.answer()).is_empty() || marks(bare.answer()).is_empty();
        if silent {
            return Ok(Verdict::inconclusive(NOTHING_TO_COMPARE));
        }
        // A content that is another each time is not known by its length: nothing is told apart.
        if !ctx.corpus.volatile(&sample.operation).is_empty() {
            return Ok(Verdict::inconclusive(NOTHING_TO_COMPARE));
        }
        let again = tape.send(head.clone().by(who))?;
        let still = tells_content(valid.answer(), again.answer()).is_some();
        return Ok(if still { Verdict::Pass } else { Verdict::inconclusive(NOTHING_TO_COMPARE) });
    };
    let word = ctx.nonces.word("sibling", 12);
    let sibling = head.clone().target(beside(head, &word)).with(Credential::None);
    let neighbour = tape.send(sibling)?;
    if neighbour.is_success() && marks(neighbour.answer()).contains(&(name, value.clone())) {
        return Ok(Verdict::Pass);
    }
    let plain = tape.send(uncached(sample.request.clone().with(Credential::None)))?;
    if !refuses(plain.answer()) {
        return Ok(Verdict::inconclusive("nobody's GET is answered too, by now"));
    }
    if marks(plain.answer()).contains(&(name, value.clone())) {
        return Ok(Verdict::Pass);
    }
    let summary = format!(
        "nobody's HEAD is answered as {who}'s is, with the same `{name}`, where GET is refused"
    );
    Ok(Verdict::fail(
        Proof::new(Severity::Medium, Confidence::Confirmed, summary)
            .because(format!("HEAD with {who}'s credential: {}, `{name}: {value}`", valid.status))
            .because(format!("HEAD without any: {}, the same", bare.status))
            .because(format!("GET without any: {}", plain.status))
            .because(format!("HEAD of a path that cannot exist: {}", neighbour.status))
            .caused_by("HEAD is not guarded")
            .at(sample.operation.clone())
            .shown_by([bare.index, plain.index, valid.index, neighbour.index]),
    ))
}

/// Headers by which content is known: its tag, or its length.
fn marks(answer: &Answer) -> Vec<(&'static str, String)> {
    let of = |name: &'static str| {
        let value = answer.headers.first(name)?.trim();
        (!value.is_empty() && value != "0").then(|| (name, value.to_owned()))
    };
    ["etag", "content-length"].into_iter().filter_map(of).collect()
}

/// The mark both have in common. When tags differ, equal lengths are chance.
fn tells_content(valid: &Answer, other: &Answer) -> Option<(&'static str, String)> {
    let (valid, other) = (marks(valid), marks(other));
    let first = valid.iter().find(|(name, _)| other.iter().any(|(n, _)| n == name))?;
    other.contains(first).then(|| first.clone())
}

/// A path beside it that cannot exist.
fn beside(request: &Request, word: &str) -> String {
    let path = request.path().trim_end_matches('/');
    let parent = path.rsplit_once('/').map_or("", |(parent, _)| parent);
    format!("{parent}/{word}")
}
