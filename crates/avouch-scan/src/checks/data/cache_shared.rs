//! DATA-07: a cache gives one person's answer to everybody.

use super::private_reads::{cache_mark, private_reads};
use crate::check::{Check, Family, Need, Oracle, Scope, Tier};
use crate::context::Context;
use crate::corpus::Sample;
use crate::oracle::leaves::{Leaf, leaves};
use crate::oracle::refusal::refuses;
use crate::oracle::similarity::same_shape;
use crate::step::{Request, Step};
use crate::tape::{Flow, Reply, Tape};
use avouch_model::exchange::Answer;
use avouch_model::identity::Who;
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};

/// DATA-07
pub(super) const CHECK: Check = Check {
    id: "DATA-07",
    name: "cached-answer-given-to-anybody",
    title: "A cache gives one person's answer to everybody",
    family: Family::Data,
    severity: Severity::Critical,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::PrivateSet, Oracle::RandomControl, Oracle::Contrast],
    tier: Tier::Read,
    needs: &[Need::OneIdentity],
    scope: Scope::Target,
    cwe: Cwe(524),
    owasp: &[Owasp::Api(8)],
    criteria: &["C1.1", "CC6.7"],
    page: include_str!("cache_shared.md"),
    applies: |_| true,
    run,
};

/// LIMIT: guarded operations that are looked at for a good one.
const LOOKED_AT_MAX: usize = 60;
/// LIMIT: operations on which it is tried.
const TRIED_MAX: usize = 2;

/// An address made of a guarded one.
struct Trick {
    what: &'static str,
    request: Request,
    /// The same with another word, which nobody asked for before.
    control: Request,
}

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let who = ctx.anyone().unwrap_or(Who::A);
    let subjects: Vec<&Sample> = private_reads(ctx, who, LOOKED_AT_MAX)
        .into_iter()
        .filter(|sample| {
            sample.success().is_some_and(|answer| !telling(ctx, sample, answer).is_empty())
        })
        .take(TRIED_MAX)
        .collect();
    if subjects.is_empty() {
        let because =
            "no answer was seen that only one identity gets, and that could be recognised";
        return Err(Step::Done(Verdict::inconclusive(because)));
    }
    let mut tried = 0;
    for sample in subjects {
        for trick in tricks(ctx, &sample.request) {
            let owner = tape.send(trick.request.clone().by(who))?;
            let own = telling(ctx, sample, owner.answer());
            if refuses(owner.answer())
                || !is_about_the_same(sample, owner.answer())
                || own.is_empty()
            {
                // The address is not taken for the guarded one: there is nothing to be cached.
                continue;
            }
            tried += 1;
            let nobody = tape.send(trick.request.clone().by(Who::Nobody))?;
            let leaked = shared(&own, nobody.answer());
            if leaked.is_empty() {
                continue;
            }
            let control = tape.send(trick.control.by(Who::Nobody))?;
            if !refuses(control.answer()) || !shared(&own, control.answer()).is_empty() {
                // Nobody is given it without any cache: that is another check's finding.
                continue;
            }
            let place = leaked.first().map(|leaf| leaf.path.clone()).unwrap_or_default();
            return Ok(Verdict::fail(
                proof(sample, trick.what, who, &nobody, &place, leaked.len()).shown_by([
                    nobody.index,
                    owner.index,
                    control.index,
                ]),
            ));
        }
    }
    Ok(if tried == 0 {
        Verdict::inconclusive("with an address of its own the guarded operations answer otherwise")
    } else {
        Verdict::Pass
    })
}

fn proof(
    sample: &Sample,
    what: &str,
    who: Who,
    nobody: &Reply<'_>,
    place: &str,
    count: usize,
) -> Proof {
    let summary = format!("right after {who}, nobody was given {who}'s own answer by a cache");
    let proof = Proof::new(Severity::Critical, Confidence::Confirmed, summary)
        .because(format!("{what} was asked by {who}, then the same address without a credential"))
        .because(format!(
            "nobody's answer holds {count} values of {who}'s own, such as at `{place}`"
        ))
        .because("the same address with another word, which nobody asked for, is refused")
        .between(who, Who::Nobody)
        .caused_by("a shared cache keeps private answers")
        .at(sample.operation.clone());
    match cache_mark(nobody.answer()) {
        Some(mark) => proof.because(format!("the answer says `{mark}`")),
        None => proof,
    }
}

/// Values of an answer that are telling and do not move, and were not part of the request.
fn telling(ctx: &Context<'_>, sample: &Sample, answer: &Answer) -> Vec<Leaf> {
    let volatile = ctx.corpus.volatile(&sample.operation);
    let mut found = leaves(answer);
    found.retain(|leaf| {
        leaf.is_telling()
            && !volatile.contains(&leaf.path)
            && !sample.request.target.contains(&leaf.value)
    });
    found
}

/// Those that the other answer holds as well.
fn shared(own: &[Leaf], other: &Answer) -> Vec<Leaf> {
    let there: Vec<Leaf> = leaves(other);
    own.iter().filter(|leaf| there.contains(leaf)).cloned().collect()
}

/// Whether the answer to the changed address is the guarded one: a page for whatever is not known
/// tells nothing of the identity.
fn is_about_the_same(sample: &Sample, answer: &Answer) -> bool {
    sample.success().is_some_and(|usual| same_shape(usual, answer))
}

/// The address with a query of its own, and as if it were a file for everybody.
fn tricks(ctx: &Context<'_>, usual: &Request) -> Vec<Trick> {
    let word = |label: &str| ctx.nonces.word(&format!("{label} {}", usual.target), 12);
    let (ours, other) = (word("ours"), word("other"));
    let with_query = |word: &str| usual.clone().query("avouch", word);
    let as_file = |word: &str| {
        let path = usual.path().trim_end_matches('/');
        usual.clone().target(format!("{path}/{word}.css"))
    };
    vec![
        Trick {
            what: "the operation with a query of its own",
            request: with_query(&ours),
            control: with_query(&other),
        },
        Trick {
            what: "the operation under the name of a style sheet",
            request: as_file(&ours),
            control: as_file(&other),
        },
    ]
}
