//! LLM-10: answers tell which model stands behind them and what it cost.

use super::chat::{chats, has_chat};
use crate::check::{Check, Family, Need, Oracle, Scope, Tier};
use crate::context::Context;
use crate::oracle::leaves::{Leaf, leaves_of, plain_key};
use crate::tape::{Flow, Tape};
use avouch_model::exchange::Answer;
use avouch_model::identity::Who;
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};

/// LLM-10
pub(super) const CHECK: Check = Check {
    id: "LLM-10",
    name: "model-and-cost-told",
    title: "Answers tell which model stands behind them and what it cost",
    family: Family::Llm,
    severity: Severity::Info,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::Grammar],
    tier: Tier::Active,
    needs: &[Need::OneIdentity],
    scope: Scope::Target,
    cwe: Cwe(200),
    owasp: &[Owasp::Llm(2)],
    criteria: &["C1.1"],
    page: include_str!("workings_told.md"),
    applies: has_chat,
    run,
};

/// LIMIT: operations that are spoken to.
const CHATS_MAX: usize = 3;
/// Beginnings of the names of models, lower case.
const MODELS: [&str; 14] = [
    "gpt-",
    "o1-",
    "o3-",
    "claude-",
    "gemini-",
    "llama",
    "mistral",
    "mixtral",
    "qwen",
    "deepseek",
    "command-r",
    "phi-",
    "gemma",
    "grok-",
];
/// Names under which use is counted, without separators.
const COUNTS: [&str; 8] = [
    "totaltokens",
    "prompttokens",
    "completiontokens",
    "inputtokens",
    "outputtokens",
    "evalcount",
    "promptevalcount",
    "cost",
];

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let who = ctx.anyone().unwrap_or(Who::Nobody);
    let mut gap = None;
    for chat in chats(ctx).into_iter().filter(|chat| chat.operation.is_some()).take(CHATS_MAX) {
        let tried = tape.send_any(chat.say(ctx, "Hello, are you there?").by(who))?;
        let Some(reply) = tried.reply().filter(|reply| reply.is_success()) else {
            gap = Some(format!("`{}` did not answer {who}", chat.target));
            continue;
        };
        let told = told(reply.answer());
        if let Some(first) = told.first() {
            let summary = format!("`{}` tells its users how it works", chat.target);
            let proof =
                told.iter().take(4).fold(
                    Proof::new(Severity::Info, Confidence::Confirmed, summary),
                    |proof, leaf| proof.because(format!("`{}` is `{}`", leaf.path, leaf.value)),
                );
            return Ok(Verdict::fail(proof.about(first.path.clone()).shown_by([reply.index])));
        }
    }
    Ok(gap.map_or(Verdict::Pass, Verdict::inconclusive))
}

/// Values that name a model or count what was used.
fn told(answer: &Answer) -> Vec<Leaf> {
    let whole = answer.json().into_iter();
    let pieces = answer.body.lines().filter_map(|line| {
        serde_json::from_str(line.strip_prefix("data:").unwrap_or(line).trim()).ok()
    });
    let mut found: Vec<Leaf> = whole.chain(pieces).flat_map(|json| leaves_of(&json)).collect();
    found.retain(|leaf| names_model(leaf) || counts(leaf));
    found.sort();
    found.dedup_by(|one, other| one.path == other.path);
    found
}

fn names_model(leaf: &Leaf) -> bool {
    let value = leaf.value.to_ascii_lowercase();
    let short = value.len() <= 80 && !value.contains(char::is_whitespace);
    let name = value.rsplit('/').next().unwrap_or_default();
    short && leaf.key().contains("model") && MODELS.iter().any(|model| name.starts_with(model))
}

fn counts(leaf: &Leaf) -> bool {
    COUNTS.contains(&plain_key(&leaf.key()).as_str()) && leaf.value.parse::<f64>().is_ok()
}
