//! The request on which sharing is tried, and what an answer allows.

use crate::context::Context;
use crate::oracle::refusal::refuses;
use crate::step::{Request, Step};
use avouch_model::exchange::Answer;
use avouch_model::identity::Who;
use avouch_model::operation::Method;
use avouch_model::severity::Severity;
use avouch_model::verdict::Verdict;

/// What is asked.
#[derive(Clone, Debug)]
pub(super) struct Subject {
    /// The request, without an origin.
    pub(super) request: Request,
    /// Who asks.
    pub(super) who: Who,
    /// Whether nobody else was given what is asked for.
    pub(super) guarded: bool,
}

/// The best request to try sharing on: one that an identity gets and nobody is refused, else any
/// that succeeds.
pub(super) fn subject(ctx: &Context<'_>) -> Result<Subject, Step> {
    let good = || {
        ctx.corpus.samples().iter().filter(|sample| {
            sample.request.method == Method::Get
                && sample.success().is_some_and(|answer| !refuses(answer))
        })
    };
    let refused = |sample: &crate::corpus::Sample| {
        let mut anonymous =
            ctx.corpus.of(&sample.operation, Who::Nobody).filter_map(|s| s.answer()).peekable();
        anonymous.peek().is_some() && anonymous.all(refuses)
    };
    let guarded = good().find(|sample| sample.who != Who::Nobody && refused(sample));
    let chosen = guarded.or_else(|| good().next()).ok_or_else(|| {
        Step::Done(Verdict::inconclusive("no operation was answered with a success to try it on"))
    })?;
    Ok(Subject { request: chosen.request.clone(), who: chosen.who, guarded: guarded.is_some() })
}

/// Whether the answer lets pages of that origin read it, with the user's credential.
pub(super) fn allows(answer: &Answer, origin: &str) -> bool {
    let allowed = answer.headers.first("access-control-allow-origin").map(str::trim);
    let credentials = answer.headers.first("access-control-allow-credentials").map(str::trim);
    allowed == Some(origin) && credentials == Some("true")
}

/// How much it matters here, and why.
pub(super) fn weight(
    subject: &Subject,
    ambient: Option<&str>,
    answer: &Answer,
) -> (Severity, String) {
    match ambient {
        Some(how) if subject.guarded && !refuses(answer) => (
            Severity::High,
            format!("a browser sends {how} along on its own, so the page speaks as the user"),
        ),
        Some(_) => (
            Severity::Low,
            "no answer that only an identity gets could be tried with it".to_owned(),
        ),
        None => (
            Severity::Low,
            "nothing shows that a browser would send the credential from a foreign page".to_owned(),
        ),
    }
}
