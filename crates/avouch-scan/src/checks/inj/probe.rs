//! One input, ready to have payloads put into it: what the checks of this family share.

use crate::bodies;
use crate::context::{Context, Input, InputPlace};
use crate::corpus::Sample;
use crate::identity::doors;
use crate::inputs::{described, value_in, with_json, with_value, without};
use crate::oracle::similarity::moving_paths;
use crate::step::{Request, Step};
use crate::tape::{Reply, Tape};
use avouch_model::exchange::Answer;
use avouch_model::identity::{Carrier, Who};
use avouch_model::operation::{Method, Operation};
use avouch_model::schema::Kind;
use avouch_model::verdict::Verdict;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
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
    /// Where payloads go.
    pub(super) input: &'a Input,
    /// Who asks.
    pub(super) who: Who,
    /// What was answered when the corpus was read.
    pub(super) sample: &'a Sample,
    /// What the input held then; `None` when it was left out.
    pub(super) value: Option<String>,
}

/// Whether an input can carry a payload at all. What holds the caller's own credential cannot, and
/// some headers never reach the application.
pub(super) fn can_carry(ctx: &Context<'_>) -> bool {
    let is_credential = |place: InputPlace, name: &str| {
        ctx.identities.iter().any(|identity| match (&identity.carrier, place) {
            (Carrier::Header { name: held, .. }, InputPlace::Header)
            | (Carrier::Cookie(held), InputPlace::Cookie)
            | (Carrier::Query(held), InputPlace::Query) => held.eq_ignore_ascii_case(name),
            _ => false,
        })
    };
    let carries = match ctx.input {
        None => false,
        Some(Input::Parameter(place, name)) => {
            let others = *place == InputPlace::Header
                && OTHERS_HEADERS.contains(&name.to_ascii_lowercase().as_str());
            !others && !is_credential(*place, name)
        }
        Some(Input::Body(_)) => true,
    };
    carries && ctx.operation.is_some_and(|operation| operation.method != Method::Delete)
}

/// Whether an input can carry a payload and is not described as one of a few values, a date or a
/// number: what is dear or rare is asked only there.
pub(super) fn takes_text(ctx: &Context<'_>) -> bool {
    let (Some(operation), Some(input)) = (ctx.operation, ctx.input) else { return false };
    let text = described(operation, input).is_none_or(|(schema, _)| {
        let formal = matches!(
            schema.format.as_deref(),
            Some("date" | "date-time" | "time" | "uuid" | "binary" | "byte" | "ipv6")
        );
        schema.may_be(Kind::String) && schema.allowed.is_empty() && !formal
    });
    text && can_carry(ctx)
}

/// The callers whose requests are taken as a model, the best first.
const CALLERS: [Who; 4] = [Who::A, Who::B, Who::High, Who::Nobody];

/// The input of this run, with the first identity's request that succeeded.
pub(super) fn probe<'a>(ctx: &'a Context<'a>) -> Result<Probe<'a>, Step> {
    let operation = ctx.operation()?;
    let found = CALLERS.into_iter().find_map(|who| ctx.baseline(who).ok().map(|s| (who, s)));
    let Some((who, sample)) = found else {
        // Of a write that nobody made there is nothing to say; a read that fails is a gap.
        if operation.method.is_safe() || operation.is_read() {
            ctx.baseline(ctx.anyone().unwrap_or(Who::Nobody))?;
        }
        return Err(Step::Done(Verdict::NotApplicable));
    };
    around(ctx, who, sample)
}

/// As [`probe`], or with a request that was understood and found nothing: enough where the answer
/// itself is the proof, too little to pass.
pub(super) fn probe_or_unknown<'a>(ctx: &'a Context<'a>) -> Result<Probe<'a>, Step> {
    let login = ctx.operation.is_some_and(doors::is_login);
    let understood = |sample: &&Sample| {
        sample.answer().is_some_and(|answer| match answer.status {
            400 | 404 | 410 | 422 => true,
            // Whoever may not come in was asked for a name and a password, and both were read.
            401 | 403 => login,
            _ => false,
        })
    };
    probe(ctx).or_else(|step| {
        let found = CALLERS
            .into_iter()
            .find_map(|who| ctx.samples(who).into_iter().find(understood).map(|s| (who, s)));
        let (who, sample) = found.ok_or(step)?;
        around(ctx, who, sample)
    })
}

/// As [`probe_or_unknown`], or with a request over which the server failed: enough where another
/// value brings an answer of substance.
pub(super) fn probe_or_failed<'a>(ctx: &'a Context<'a>) -> Result<Probe<'a>, Step> {
    probe_or_unknown(ctx).or_else(|step| {
        let failed = |sample: &&Sample| sample.answer().is_some_and(|answer| answer.status == 500);
        let found = CALLERS
            .into_iter()
            .find_map(|who| ctx.samples(who).into_iter().find(failed).map(|s| (who, s)));
        let (who, sample) = found.ok_or(step)?;
        around(ctx, who, sample)
    })
}

/// As [`probe_or_unknown`], or with a request that was answered with a redirect.
pub(super) fn probe_or_redirect<'a>(ctx: &'a Context<'a>) -> Result<Probe<'a>, Step> {
    probe_or_unknown(ctx).or_else(|step| {
        let leads_on = |sample: &&Sample| {
            sample.answer().is_some_and(|answer| (300..400).contains(&answer.status))
        };
        let found = CALLERS
            .into_iter()
            .find_map(|who| ctx.samples(who).into_iter().find(leads_on).map(|s| (who, s)));
        let (who, sample) = found.ok_or(step)?;
        around(ctx, who, sample)
    })
}

/// The first identity's request to this operation that succeeded.
pub(super) fn worked<'a>(ctx: &Context<'a>) -> Result<&'a Sample, Step> {
    let found = CALLERS.into_iter().find_map(|who| ctx.baseline(who).ok());
    found.ok_or(Step::Done(Verdict::NotApplicable))
}

/// That request once more.
pub(super) fn again(ctx: &Context<'_>, sample: &Sample) -> Result<Request, Step> {
    noted(ctx, sample.request.clone())
}

/// A request to this operation, known to the clean-up when it may create something.
pub(super) fn noted(ctx: &Context<'_>, request: Request) -> Result<Request, Step> {
    Ok(bodies::with_creation(ctx, ctx.operation()?, request))
}

fn around<'a>(ctx: &'a Context<'a>, who: Who, sample: &'a Sample) -> Result<Probe<'a>, Step> {
    let operation = ctx.operation()?;
    let input = ctx.input.ok_or(Step::Done(Verdict::NotApplicable))?;
    let value = value_in(&sample.request, operation, &ctx.target.base_path, input);
    Ok(Probe { ctx, operation, input, who, sample, value })
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

    /// Sends a JSON value in place of the text; ends as not applicable where only text can stand.
    pub(super) fn ask_json<'t>(
        &self,
        tape: &mut Tape<'t>,
        value: &Value,
    ) -> Result<Said<'t>, Step> {
        let Input::Body(pointer) = self.input else {
            return Err(Step::Done(Verdict::NotApplicable));
        };
        let changed = with_json(&self.sample.request, pointer, value.clone());
        let changed = changed.ok_or(Step::Done(Verdict::NotApplicable))?;
        let reply = tape.send(bodies::with_creation(self.ctx, self.operation, changed))?;
        let usual = self.value.as_deref().unwrap_or_default();
        Ok(Said { reply, answer: without_echo(reply.answer(), &value.to_string(), usual) })
    }

    /// Sends that text under the input's name with an ending, as in `name[$ne]`; ends as not
    /// applicable where names cannot be chosen.
    pub(super) fn ask_named<'t>(
        &self,
        tape: &mut Tape<'t>,
        ending: &str,
        text: &str,
    ) -> Result<Said<'t>, Step> {
        let input = match self.input {
            Input::Parameter(InputPlace::Query, name) => {
                Input::Parameter(InputPlace::Query, format!("{name}{ending}"))
            }
            Input::Body(pointer) => Input::Body(format!("{pointer}{ending}")),
            Input::Parameter(..) => return Err(Step::Done(Verdict::NotApplicable)),
        };
        let not_here = || Step::Done(Verdict::NotApplicable);
        let without = without(&self.sample.request, self.input).ok_or_else(not_here)?;
        let base_path = &self.ctx.target.base_path;
        let changed = with_value(&without, self.operation, base_path, &input, text);
        let changed = changed.ok_or_else(not_here)?;
        let reply = tape.send(bodies::with_creation(self.ctx, self.operation, changed))?;
        let usual = self.value.as_deref().unwrap_or_default();
        Ok(Said { reply, answer: without_echo(reply.answer(), text, usual) })
    }

    /// Sends the worked request without the input; `None` where it cannot be left out.
    pub(super) fn left_out<'t>(&self, tape: &mut Tape<'t>) -> Result<Option<Said<'t>>, Step> {
        if !self.reads() {
            return Ok(None);
        }
        let Some(request) = without(&self.sample.request, self.input) else { return Ok(None) };
        let reply = tape.send(request)?;
        Ok(Some(Said { reply, answer: reply.answer().clone() }))
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
        let status = self.sample.answer().map_or(0, |answer| answer.status);
        if (200..400).contains(&status) {
            return Verdict::Pass;
        }
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
        self.operation.method.is_safe() || self.operation.is_read()
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
