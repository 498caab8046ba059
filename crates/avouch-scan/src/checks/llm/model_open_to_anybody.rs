//! LLM-01: a language model answers anybody.

use super::chat::{Chat, chats};
use super::said::said;
use crate::check::{Check, Family, Oracle, Scope, Tier};
use crate::context::Context;
use crate::oracle::block;
use crate::oracle::computed::Product;
use crate::step::Step;
use crate::tape::{Flow, Tape};
use avouch_model::exchange::{Answer, Outcome};
use avouch_model::identity::Who;
use avouch_model::operation::Security;
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};

/// LLM-01
pub(super) const CHECK: Check = Check {
    id: "LLM-01",
    name: "model-open-to-anybody",
    title: "A language model answers anybody",
    family: Family::Llm,
    severity: Severity::Critical,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::Computed],
    tier: Tier::Active,
    needs: &[],
    scope: Scope::Target,
    cwe: Cwe(306),
    owasp: &[Owasp::Api(2)],
    criteria: &["CC6.1", "A1.1"],
    page: include_str!("model_open_to_anybody.md"),
    applies: |_| true,
    run,
};

/// LIMIT: operations that are spoken to.
const CHATS_MAX: usize = 8;
/// LIMIT: questions a model may get wrong before it is believed not to be one.
const QUESTIONS: usize = 3;
/// Right answers that make a proof.
const RIGHT_MIN: usize = 2;

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let mut gaps = Vec::new();
    let mut models = 0_usize;
    let mut worst: Option<Verdict> = None;
    for chat in chats(ctx).into_iter().take(CHATS_MAX) {
        match interview(ctx, tape, &chat)? {
            Interview::Right(shown) => {
                let found = proven(ctx, &chat, shown);
                if worst.as_ref().is_none_or(|known| weight(&found) > weight(known)) {
                    worst = Some(found);
                }
            }
            Interview::Refused => models += usize::from(chat.operation.is_some()),
            Interview::NotThere => (),
            Interview::Unclear(why) => gaps.push(format!("`{}`: {why}", chat.target)),
        }
    }
    Ok(match (worst, gaps.first()) {
        (Some(found), _) => found,
        (None, Some(first)) => Verdict::inconclusive(first.clone()),
        (None, None) if models > 0 => Verdict::Pass,
        (None, None) => Verdict::NotApplicable,
    })
}

fn weight(verdict: &Verdict) -> Option<Severity> {
    match verdict {
        Verdict::Fail(proof) => Some(proof.severity),
        _ => None,
    }
}

/// What came of speaking to one.
enum Interview {
    /// It computed: the exchanges that show it.
    Right(Vec<usize>),
    /// It turns a caller without credential away.
    Refused,
    /// There is nothing at that address.
    NotThere,
    /// Something answered, and did not compute.
    Unclear(String),
}

fn interview(ctx: &Context<'_>, tape: &mut Tape<'_>, chat: &Chat<'_>) -> Result<Interview, Step> {
    let mut shown = Vec::new();
    for round in 0..QUESTIONS {
        let product = Product::new(&ctx.nonces, &format!("{} {round}", chat.target));
        let words = format!(
            "What is {} multiplied by {}? Answer with the number only.",
            product.left, product.right
        );
        let tried = tape.send_any(chat.say(ctx, &words))?;
        let answer = match &tried.exchange.outcome {
            Outcome::Failed(failure) => return Ok(Interview::Unclear(failure.to_string())),
            Outcome::Answered(answer) => answer,
        };
        if let Some(why) = block::blocked(answer) {
            return Ok(Interview::Unclear(why));
        }
        if answer.is_success() && product.is_in(&said(answer)) {
            shown.push(tried.index);
            if shown.len() >= RIGHT_MIN {
                return Ok(Interview::Right(shown));
            }
        } else if round == 0
            && let Some(end) = first_word(ctx, chat, answer)
        {
            return Ok(end);
        }
    }
    Ok(Interview::Unclear("it answered nobody, and did not compute what it was asked".into()))
}

/// What a first answer that is not right says of the address.
fn first_word(ctx: &Context<'_>, chat: &Chat<'_>, answer: &Answer) -> Option<Interview> {
    if matches!(answer.status, 401 | 403) {
        return Some(Interview::Refused);
    }
    let missing =
        ctx.target.not_found.is_not_found(answer) || matches!(answer.status, 404 | 405 | 410 | 501);
    // An address nobody described is no model until it computes.
    if missing || chat.operation.is_none() {
        return Some(Interview::NotThere);
    }
    if answer.is_success() {
        return crate::oracle::refusal::refuses(answer).then_some(Interview::Refused);
    }
    let status = answer.status;
    Some(Interview::Unclear(format!("the question was answered {status}: its form is unknown")))
}

fn proven(ctx: &Context<'_>, chat: &Chat<'_>, shown: Vec<usize>) -> Verdict {
    let (severity, why) = weigh(ctx, chat);
    let summary = format!("nobody asked `{}` for two products and was told them", chat.target);
    Verdict::fail(
        Proof::new(severity, Confidence::Confirmed, summary)
            .because("the factors were random and the products were in neither question")
            .because("no credential was sent")
            .because(why)
            .about(chat.target.clone())
            .shown_by(shown),
    )
}

/// How bad it is: only a model that is meant for some is a hole.
fn weigh(ctx: &Context<'_>, chat: &Chat<'_>) -> (Severity, &'static str) {
    let guarded = |security: &Security| matches!(security, Security::Required(_));
    match chat.operation.map(|operation| &operation.security) {
        Some(Security::Required(_)) => {
            (Severity::Critical, "the description requires a credential here")
        }
        Some(Security::Open | Security::Optional(_)) => {
            (Severity::Info, "the description says it is open: a public demonstration")
        }
        Some(Security::Undeclared) | None => {
            let told = ctx.catalog.operations.iter().any(|o| guarded(&o.security));
            // Many descriptions say nothing of credentials while the API asks for them everywhere.
            let seen = ctx.corpus.samples().iter().filter(|sample| sample.who == Who::Nobody).any(
                |sample| sample.answer().is_some_and(|answer| matches!(answer.status, 401 | 403)),
            );
            if told || seen {
                let why = "other operations need a credential, and nothing says this one is open";
                (Severity::Critical, why)
            } else {
                (Severity::Medium, "nothing says whom it is for")
            }
        }
    }
}
