//! One input, ready to have payloads put into it: what the checks of this family share.

use crate::bodies;
use crate::context::{Context, Input, InputPlace};
use crate::corpus::Sample;
use crate::inputs::{value_in, with_value};
use crate::oracle::similarity::moving_paths;
use crate::step::{Request, Step};
use crate::tape::{Reply, Tape};
use avouch_model::exchange::Answer;
use avouch_model::identity::Who;
use avouch_model::operation::{Method, Operation};
use avouch_model::verdict::Verdict;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use std::collections::BTreeSet;

/// Headers that servers read themselves, and those that carry a credential.
const OTHERS_HEADERS: [&str; 8] = [
    "accept",
    "accept-encoding",
    "accept-language",
    "authorization",
    "content-type",
    "cookie",
    "host",
    "if-none-match",
];

/// An input with a request that worked.
#[derive(Debug)]
pub(super) struct Probe<'a> {
    ctx: &'a Context<'a>,
    operation: &'a Operation,
    input: &'a Input,
    /// Who asks.
    pub(super) who: Who,
    /// What was answered when the corpus was read.
    pub(super) sample: &'a Sample,
    /// What the input held then; `None` when it was left out.
    pub(super) value: Option<String>,
}

/// Whether an input can carry a payload at all. A cookie would replace the caller's own, and some
/// headers never reach the application.
pub(super) fn can_carry(ctx: &Context<'_>) -> bool {
    let carries = match ctx.input {
        Some(Input::Parameter(InputPlace::Cookie, _)) | None => false,
        Some(Input::Parameter(InputPlace::Header, name)) => {
            !OTHERS_HEADERS.contains(&name.to_ascii_lowercase().as_str())
        }
        Some(_) => true,
    };
    carries && ctx.operation.is_some_and(|operation| operation.method != Method::Delete)
}

/// The callers whose requests are taken as a model, the best first.
const CALLERS: [Who; 4] = [Who::A, Who::B, Who::High, Who::Nobody];

/// The input of this run, with the first identity's request that succeeded.
pub(super) fn probe<'a>(ctx: &'a Context<'a>) -> Result<Probe<'a>, Step> {
    let operation = ctx.operation()?;
    let found = CALLERS.into_iter().find_map(|who| ctx.baseline(who).ok().map(|s| (who, s)));
    let Some((who, sample)) = found else {
        // Of a write that nobody made there is nothing to say; a read that fails is a gap.
        return Err(if operation.method.is_safe() {
            ctx.baseline(ctx.anyone().unwrap_or(Who::Nobody)).map_or_else(|step| step, |_| gap())
        } else {
            Step::Done(Verdict::NotApplicable)
        });
    };
    around(ctx, who, sample)
}

/// As [`probe`], or with a request that was understood and found nothing: enough where the answer
/// itself is the proof, too little to pass.
pub(super) fn probe_or_unknown<'a>(ctx: &'a Context<'a>) -> Result<Probe<'a>, Step> {
    let understood = |sample: &&Sample| {
        sample.answer().is_some_and(|answer| matches!(answer.status, 400 | 404 | 410 | 422))
    };
    probe(ctx).or_else(|step| {
        let found = CALLERS
            .into_iter()
            .find_map(|who| ctx.samples(who).into_iter().find(understood).map(|s| (who, s)));
        let (who, sample) = found.ok_or(step)?;
        around(ctx, who, sample)
    })
}

fn around<'a>(ctx: &'a Context<'a>, who: Who, sample: &'a Sample) -> Result<Probe<'a>, Step> {
    let operation = ctx.operation()?;
    let input = ctx.input.ok_or(Step::Done(Verdict::NotApplicable))?;
    let value = value_in(&sample.request, operation, &ctx.target.base_path, input);
    Ok(Probe { ctx, operation, input, who, sample, value })
}

fn gap() -> Step {
    Step::Done(Verdict::inconclusive("no baseline"))
}

impl Probe<'_> {
    /// The worked request with that text in the input.
    pub(super) fn request(&self, text: &str) -> Result<Request, Step> {
        let base = self.sample.request.clone();
        let changed =
            with_value(&base, self.operation, &self.ctx.target.base_path, self.input, text);
        let changed = changed.ok_or(Step::Done(Verdict::NotApplicable))?;
        Ok(bodies::with_creation(self.ctx, self.operation, changed))
    }

    /// Sends that text and takes the answer with the text itself taken out, so that an answer that
    /// repeats its question differs by nothing else.
    pub(super) fn ask<'t>(&self, tape: &mut Tape<'t>, text: &str) -> Result<Said<'t>, Step> {
        let reply = tape.send(self.request(text)?)?;
        let answer = without_echo(reply.answer(), text, self.value.as_deref().unwrap_or_default());
        Ok(Said { reply, answer })
    }

    /// The baseline, fetched again; with it the places that move on their own.
    pub(super) fn refresh<'t>(
        &self,
        tape: &mut Tape<'t>,
    ) -> Result<(Said<'t>, BTreeSet<String>), Step> {
        let usual = self.sample.request.clone();
        let reply = tape.send(bodies::with_creation(self.ctx, self.operation, usual))?;
        let mut moving = self.ctx.volatile();
        if let Some(earlier) = self.sample.success().filter(|_| reply.is_success()) {
            moving.extend(moving_paths(earlier, reply.answer()));
        }
        if !reply.is_success() {
            let because = format!("the baseline is now answered {}", reply.status);
            return Err(Step::Done(Verdict::inconclusive(because)));
        }
        Ok((Said { reply, answer: reply.answer().clone() }, moving))
    }

    /// What to conclude when nothing was found: a pass only when some value is known to work.
    pub(super) fn nothing_found(&self) -> Verdict {
        if self.sample.success().is_some() {
            return Verdict::Pass;
        }
        let status = self.sample.answer().map_or(0, |answer| answer.status);
        Verdict::inconclusive(format!(
            "no value is known that works: the usual is answered {status}"
        ))
    }

    /// How the input is called in reports.
    pub(super) fn label(&self) -> String {
        self.input.label()
    }

    /// Whether asking changes nothing, as far as the method says.
    pub(super) fn reads(&self) -> bool {
        self.operation.method.is_safe()
    }
}

/// An answer, and the same without what was sent.
#[derive(Clone, Debug)]
pub(super) struct Said<'t> {
    /// As it came.
    pub(super) reply: Reply<'t>,
    /// With the sent text replaced by the usual one.
    pub(super) answer: Answer,
}

/// The answer with every spelling of the sent text replaced.
pub(super) fn without_echo(answer: &Answer, sent: &str, usual: &str) -> Answer {
    let mut plain = answer.clone();
    let json = serde_json::to_string(sent).unwrap_or_default();
    let html = sent.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;");
    let spellings = [
        sent.to_owned(),
        json.trim_matches('"').to_owned(),
        html.replace('\'', "&#39;"),
        html.replace('\'', "&#x27;"),
        html,
        sent.replace('\'', "\\u0027"),
        utf8_percent_encode(sent, NON_ALPHANUMERIC).to_string(),
    ];
    // One or two characters are in every text.
    for spelling in spellings.iter().filter(|spelling| spelling.len() >= 4) {
        plain.body = plain.body.replace(spelling.as_str(), usual);
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oracle::markers::tests::answer;

    #[test]
    fn what_was_sent_is_taken_out_however_it_is_spelt() {
        for body in [r#"{"q":"a' AND \"b"}"#, "a&#39; AND &quot;b", "a%27%20AND%20%22b"] {
            let plain = without_echo(&answer(200, body), "a' AND \"b", "a");
            assert!(!plain.body.contains("AND"), "{body}");
        }
    }
}
