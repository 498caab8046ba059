//! Asks for a list of paths and keeps those that are there: what the checks of this family share.
//!
//! A path is there when its answer has the grammar of what is looked for, is not what the host says
//! when there is nothing, and a neighbour that cannot exist has not that grammar.

use crate::context::Context;
use crate::oracle::block;
use crate::step::{Request, Step};
use crate::tape::Tape;
use avouch_model::exchange::{Answer, Outcome};
use avouch_model::operation::Method;
use avouch_model::placeholder::Placeholder;
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};

/// LIMIT: bytes asked for of a file that may be large; enough for its beginning.
const RANGE: &str = "bytes=0-16383";

/// LIMIT: questions without an answer before the rest are left unasked: the target is gone or hides.
const GAPS_MAX: usize = 6;

/// Judges an answer: how bad it is that it is there, `None` when it is something else.
pub(super) type Judge = fn(&Answer) -> Option<Severity>;

/// A path that should not be there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Exposed {
    /// From the root, with a slash.
    pub(super) path: &'static str,
    /// What it is, for a person.
    pub(super) what: &'static str,
    /// Knows its content.
    pub(super) judge: Judge,
    /// Whether it is looked for below the base path as well.
    pub(super) below_base: bool,
}

/// Something that is there.
#[derive(Clone, Debug)]
struct Found {
    severity: Severity,
    target: String,
    what: String,
    status: u16,
    shown: [usize; 2],
}

/// Every target to ask for: from the root, and below the base path where that makes sense. A second
/// time, only the one that was found.
pub(super) fn targets(ctx: &Context<'_>, list: &[Exposed]) -> Vec<(String, Exposed)> {
    let root = list.iter().map(|exposed| (exposed.path.to_owned(), *exposed));
    let below = list
        .iter()
        .filter(|exposed| exposed.below_base && !ctx.target.base_path.is_empty())
        .map(|exposed| (ctx.path(exposed.path), *exposed));
    let found = ctx.found.and_then(|proof| proof.parameter.as_deref());
    root.chain(below)
        .filter(|(target, _)| !is_described(ctx, target))
        .filter(|(target, _)| found.is_none_or(|found| found == target))
        .collect()
}

/// Whether the description offers exactly this path: then its own checks judge it.
fn is_described(ctx: &Context<'_>, target: &str) -> bool {
    let operations = ctx.catalog.operations.iter();
    operations.filter(|o| o.method == Method::Get).any(|o| ctx.path(&o.path) == target)
}

/// Asks for all of them and concludes. What stops one question does not stop the others, but no
/// list with a gap in it passes.
pub(super) fn ask_all(
    ctx: &Context<'_>,
    tape: &mut Tape<'_>,
    targets: Vec<(String, Exposed)>,
) -> Result<Verdict, Step> {
    let mut found: Vec<Found> = Vec::new();
    let mut gaps: Vec<String> = Vec::new();
    for (target, exposed) in targets {
        if gaps.len() >= GAPS_MAX {
            break;
        }
        let (index, answer) = match ask(tape, &target)? {
            Ok(answered) => answered,
            Err(why) => {
                gaps.push(format!("`{target}`: {why}"));
                continue;
            }
        };
        let judged = answer.is_success().then(|| (exposed.judge)(answer)).flatten();
        let Some(severity) = judged.filter(|_| !ctx.target.not_found.is_not_found(answer)) else {
            continue;
        };
        let (control, neighbour) = match ask(tape, &neighbour(ctx, &target))? {
            Ok(answered) => answered,
            Err(why) => {
                gaps.push(format!("the neighbour of `{target}`: {why}"));
                continue;
            }
        };
        if neighbour.is_success() && (exposed.judge)(neighbour).is_some() {
            continue;
        }
        let what = exposed.what.to_owned();
        let (status, shown) = (answer.status, [index, control]);
        found.push(Found { severity, target, what, status, shown });
    }
    Ok(conclude(found, &gaps))
}

/// An exchange's place and answer, or why there is none.
type Asked<'t> = Result<(usize, &'t Answer), String>;

fn ask<'t>(tape: &mut Tape<'t>, target: &str) -> Result<Asked<'t>, Step> {
    let tried = tape.send_any(Request::read(target).header("range", RANGE))?;
    Ok(match &tried.exchange.outcome {
        Outcome::Failed(failure) => Err(failure.to_string()),
        Outcome::Answered(answer) => match block::blocked(answer) {
            Some(why) => Err(why),
            None => Ok((tried.index, answer)),
        },
    })
}

/// A path beside this one, of the same ending, that cannot exist.
fn neighbour(ctx: &Context<'_>, target: &str) -> String {
    let (folder, name) = target.trim_end_matches('/').rsplit_once('/').unwrap_or(("", target));
    let word = ctx.nonces.word(target, 10);
    let hidden = if name.starts_with('.') { "." } else { "" };
    let slash = if target.ends_with('/') { "/" } else { "" };
    match name.trim_start_matches('.').split_once('.') {
        Some((_, ending)) => format!("{folder}/{hidden}{word}.{ending}{slash}"),
        None => format!("{folder}/{hidden}{word}{slash}"),
    }
}

fn conclude(mut found: Vec<Found>, gaps: &[String]) -> Verdict {
    found.sort_by_key(|found| std::cmp::Reverse(found.severity));
    let Some(worst) = found.first() else {
        return match gaps.first() {
            None => Verdict::Pass,
            Some(first) => Verdict::inconclusive(format!(
                "{} of the paths were not answered; {first}",
                gaps.len()
            )),
        };
    };
    let summary = format!("nobody asked for `{}` and was given {}", worst.target, worst.what);
    let mut proof = Proof::new(worst.severity, Confidence::Confirmed, summary);
    for Found { severity, target, what, status, .. } in &found {
        proof = proof.because(format!("`{target}` holds {what} ({status}, {severity})"));
    }
    Verdict::fail(
        proof
            .because("neighbours that cannot exist, with the same ending, hold nothing of the kind")
            .about(worst.target.clone())
            .shown_by(found.iter().flat_map(|found| found.shown)),
    )
}

/// Whether the text holds a secret: capture has put placeholders in place of those.
pub(super) fn holds_secret(text: &str) -> bool {
    Placeholder::find_all(text).iter().any(|placeholder| placeholder.class.is_secret())
}

/// Whether the answer is a page for people rather than a file of another kind.
pub(super) fn is_page(answer: &Answer) -> bool {
    let start = answer.body.trim_start();
    answer.media_type().contains("html") || start.starts_with('<')
}
