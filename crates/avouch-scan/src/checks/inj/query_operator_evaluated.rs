//! INJ-05: an operator written into an input is evaluated by a document database.

use super::operators::{Operators, Style};
use super::probe::{Probe, Said, probe_or_failed, takes_text};
use crate::check::{Check, Family, Oracle, Scope, Tier};
use crate::context::Context;
use crate::oracle::refusal::refuses;
use crate::oracle::similarity::{SAME, similarity};
use crate::step::Step;
use crate::tape::{Flow, Tape};
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};

/// INJ-05
pub(super) const CHECK: Check = Check {
    id: "INJ-05",
    name: "query-operator-evaluated",
    title: "An operator written into an input is evaluated by the database",
    family: Family::Inj,
    severity: Severity::Critical,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::Contrast, Oracle::Similarity, Oracle::RandomControl],
    tier: Tier::Active,
    needs: &[],
    scope: Scope::Input,
    cwe: Cwe(943),
    owasp: &[Owasp::Api(8)],
    criteria: &["CC6.6"],
    page: include_str!("query_operator_evaluated.md"),
    applies: takes_text,
    run,
};

/// Below this an answer is another one.
const OTHER: f64 = 0.8;

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let probe = probe_or_failed(ctx)?;
    let unknown = probe.ask(tape, &ctx.nonces.word("unknown", 9))?;
    let moving = ctx.volatile();
    let like = |one: &Said<'_>, other: &Said<'_>| similarity(&one.answer, &other.answer, &moving);
    // Nothing has the value, so whatever comes with something in it was let through by more.
    let brings = |said: &Said<'_>| !refuses(&said.answer) && like(&unknown, said) < OTHER;
    for style in Style::of(&probe) {
        let operators = Operators { probe: &probe, style, nonces: &ctx.nonces };
        let first_true = operators.ask(tape, "first", true)?;
        if !brings(&first_true) {
            continue;
        }
        let first_false = operators.ask(tape, "first", false)?;
        if brings(&first_false) {
            continue; // Anything odd brings it: the filter is left out, not evaluated.
        }
        let second_false = operators.ask(tape, "second", false)?;
        let second_true = operators.ask(tape, "second", true)?;
        if brings(&second_false) || !brings(&second_true) {
            return Ok(Verdict::inconclusive("true and false operators told apart only once"));
        }
        let broken = operators.broken(tape)?;
        if brings(&broken) {
            continue; // Whoever reads these words, it is not by the database's grammar.
        }
        let last = probe.ask(tape, &ctx.nonces.word("unknown", 9))?;
        if like(&unknown, &last) < SAME {
            return Ok(Verdict::inconclusive("the answer to an unknown value changed meanwhile"));
        }
        let shown = [&first_true, &first_false, &second_true, &second_false, &broken];
        return proven(&probe, tape, &operators, shown, like);
    }
    Ok(probe.nothing_found())
}

fn proven(
    probe: &Probe<'_>,
    tape: &mut Tape<'_>,
    operators: &Operators<'_>,
    shown: [&Said<'_>; 5],
    like: impl Fn(&Said<'_>, &Said<'_>) -> f64,
) -> Result<Verdict, Step> {
    let [first_true, first_false, second_true, second_false, broken] = shown;
    // A list that is whole without the filter gives nothing away that was not open.
    let open = match probe.left_out(tape)? {
        Some(whole) => like(first_true, &whole) >= SAME,
        None => false,
    };
    let (severity, confidence) = match (open, operators.style) {
        // A filter language that is meant to be there looks the same.
        (true, Style::Query) => (Severity::Info, Confidence::Firm),
        _ => (Severity::Critical, Confidence::Confirmed),
    };
    let label = probe.label();
    let summary =
        format!("{} wrote a query operator into {label}, and the database evaluated it", probe.who);
    let proof = Proof::new(severity, confidence, summary)
        .because(format!(
            "{}: records that the value does not have, twice",
            operators.example(true)
        ))
        .because(format!("{}: as an unknown value, twice", operators.example(false)))
        .because("an operator that no database knows brought nothing")
        .because("values were random and the order was swapped in the second round");
    let proof = if open {
        proof.because("the same list is given to whoever leaves the input out")
    } else {
        proof
    };
    let indexes = [first_true, first_false, second_true, second_false, broken];
    Ok(Verdict::fail(proof.about(label).shown_by(indexes.map(|said| said.reply.index))))
}
