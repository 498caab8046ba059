//! INJ-02: a condition written into an input is evaluated by the database.

use super::probe::{Probe, Said, can_carry, probe};
use super::sql_forms::{Condition, Form, contexts};
use crate::check::{Check, Family, Oracle, Scope, Tier};
use crate::context::Context;
use crate::oracle::refusal::refuses;
use crate::oracle::similarity::{SAME, similarity};
use crate::step::Step;
use crate::tape::{Flow, Tape};
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};
use std::collections::BTreeSet;

/// INJ-02
pub(super) const CHECK: Check = Check {
    id: "INJ-02",
    name: "sql-condition-evaluated",
    title: "A condition written into an input is evaluated by the database",
    family: Family::Inj,
    severity: Severity::Critical,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::Contrast, Oracle::Similarity, Oracle::RandomControl],
    tier: Tier::Active,
    needs: &[],
    scope: Scope::Input,
    cwe: Cwe(89),
    owasp: &[Owasp::Api(8)],
    criteria: &["CC6.6"],
    page: include_str!("sql_condition_evaluated.md"),
    applies: can_carry,
    run,
};

/// Below this an answer is another one.
const OTHER: f64 = 0.8;

/// What a true condition must look like, and what a false one.
struct Expected<'t> {
    moving: BTreeSet<String>,
    /// The usual answer, and that of a value nobody ever had.
    usual: Said<'t>,
    unknown: Said<'t>,
    form: Form,
}

impl Expected<'_> {
    fn like(&self, one: &Said<'_>, other: &Said<'_>) -> f64 {
        similarity(&one.answer, &other.answer, &self.moving)
    }

    /// With AND a true condition changes nothing. With OR it brings what an unknown value does not.
    fn is_true(&self, said: &Said<'_>) -> bool {
        match self.form {
            Form::And => self.like(&self.usual, said) >= SAME,
            Form::Or => !refuses(&said.answer) && self.like(&self.unknown, said) < OTHER,
        }
    }

    fn is_false(&self, said: &Said<'_>) -> bool {
        match self.form {
            Form::And => self.like(&self.usual, said) < OTHER,
            Form::Or => self.like(&self.unknown, said) >= SAME,
        }
    }
}

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let probe = probe(ctx)?;
    if probe.value.as_deref().is_some_and(is_a_condition) {
        return Ok(Verdict::NotApplicable);
    }
    let (usual, moving) = probe.refresh(tape)?;
    let unknown = probe.ask(tape, &ctx.nonces.word("unknown", 9))?;
    let telling = probe.value.as_deref().is_some_and(|value| !value.is_empty())
        && !refuses(&usual.answer)
        && similarity(&usual.answer, &unknown.answer, &moving) < OTHER;
    let form = if telling {
        Form::And
    } else if probe.reads() && unknown.answer.is_success() {
        Form::Or
    } else {
        return Ok(Verdict::NotApplicable);
    };
    let value = match form {
        Form::And => probe.value.clone().unwrap_or_default(),
        Form::Or => ctx.nonces.word("unknown", 9),
    };
    let rejects = matches!(unknown.answer.status, 400 | 422);
    let expected = Expected { moving, usual, unknown, form };
    for context in contexts(form, &value, rejects) {
        let ask = |tape: &mut _, label: &str, condition| {
            probe.ask(tape, &context.text(&ctx.nonces, label, condition))
        };
        let first_true = ask(tape, "first", Condition::True)?;
        if !expected.is_true(&first_true) {
            continue;
        }
        let first_false = ask(tape, "first", Condition::False)?;
        if !expected.is_false(&first_false) {
            continue;
        }
        let second_false = ask(tape, "second", Condition::False)?;
        let second_true = ask(tape, "second", Condition::True)?;
        if !expected.is_false(&second_false) || !expected.is_true(&second_true) {
            return Ok(Verdict::inconclusive("true and false conditions told apart only once"));
        }
        let broken = ask(tape, "third", Condition::Broken)?;
        if expected.is_true(&broken) {
            continue; // Whoever reads these words, it is not by the grammar of SQL.
        }
        still_there(&probe, tape, &expected)?;
        let shown = [&first_true, &first_false, &second_true, &second_false, &broken];
        let example = context.text(&ctx.nonces, "first", Condition::True);
        return Ok(proven(&probe, &expected, &example, shown));
    }
    Ok(Verdict::Pass)
}

/// The usual answer must still be what it was, or what was seen is the target changing.
fn still_there(
    probe: &Probe<'_>,
    tape: &mut Tape<'_>,
    expected: &Expected<'_>,
) -> Result<(), Step> {
    let (last, _) = probe.refresh(tape)?;
    if expected.like(&expected.usual, &last) >= SAME {
        return Ok(());
    }
    Err(Step::Done(Verdict::inconclusive("the usual answer changed while it was compared with")))
}

fn proven(
    probe: &Probe<'_>,
    expected: &Expected<'_>,
    example: &str,
    shown: [&Said<'_>; 5],
) -> Verdict {
    let [first_true, first_false, second_true, second_false, broken] = shown;
    let breaks = [first_false, second_false].iter().any(|said| said.answer.status >= 500);
    // A server that falls over at an empty result is as good an oracle, but less of a proof.
    let confidence = if breaks { Confidence::Firm } else { Confidence::Confirmed };
    let label = probe.label();
    let (if_true, if_false) = match expected.form {
        Form::And => ("the usual answer", "another one"),
        Form::Or => ("records that the value does not have", "what an unknown value is answered"),
    };
    let summary = format!(
        "{} wrote a condition into {label}, and the answer depended on whether it was true",
        probe.who
    );
    Verdict::fail(
        Proof::new(Severity::Critical, confidence, summary)
            .because(format!("a true condition such as `{example}`: {if_true}, twice"))
            .because(format!("the same with a false condition: {if_false}, twice"))
            .because(format!(
                "the same with a misspelt operator: {}, so the words alone do not do it",
                broken.answer.status
            ))
            .because("constants were random and the order was swapped in the second round")
            .about(label)
            .shown_by([
                first_false.reply.index,
                first_true.reply.index,
                second_false.reply.index,
                second_true.reply.index,
                broken.reply.index,
            ]),
    )
}

/// Whether the input takes conditions by design: a filter language, or SQL as a product.
fn is_a_condition(value: &str) -> bool {
    // Signs of equality at the end are the padding of Base64.
    let lower = value.trim().trim_end_matches('=').to_ascii_lowercase();
    lower.starts_with("select ")
        || lower.starts_with("with ")
        || [" eq ", " ne ", " like ", "=", ">", "<"].iter().any(|part| lower.contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_input_made_for_conditions_is_left_alone() {
        assert!(is_a_condition("SELECT 1"));
        assert!(is_a_condition("status eq open"));
        assert!(!is_a_condition("salt and pepper"));
        assert!(!is_a_condition("T3JkZXI6Nw=="));
    }
}
