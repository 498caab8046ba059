//! INJ-01: a quote in an input breaks a database statement.

use super::probe::{can_carry, probe_or_unknown};
use crate::check::{Check, Family, Oracle, Scope, Tier};
use crate::context::Context;
use crate::oracle::sql_errors;
use crate::tape::{Flow, Tape};
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};

/// INJ-01
pub(super) const CHECK: Check = Check {
    id: "INJ-01",
    name: "sql-syntax-reached",
    title: "A quote in an input breaks a database statement",
    family: Family::Inj,
    severity: Severity::High,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::Grammar, Oracle::Contrast],
    tier: Tier::Active,
    needs: &[],
    scope: Scope::Input,
    cwe: Cwe(89),
    owasp: &[Owasp::Api(8)],
    criteria: &["CC6.6", "CC7.1"],
    page: include_str!("sql_syntax_reached.md"),
    applies: can_carry,
    run,
};

/// What leaves a statement open in whatever quotes the value stands, and the same in even number.
const PAIRS: [(&str, &str); 2] = [("'\"", "''\"\""), ("')", "'')")];

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let probe = probe_or_unknown(ctx)?;
    let usual = probe.value.clone().unwrap_or_else(|| ctx.nonces.word("value", 6));
    let before = probe.sample.answer().and_then(|answer| sql_errors::signature(&answer.body));
    if before.is_some() {
        return Ok(Verdict::inconclusive("the usual answer already shows a database error"));
    }
    for (odd, even) in PAIRS {
        let broken = probe.ask(tape, &format!("{usual}{odd}"))?;
        let Some(engine) = sql_errors::signature(&broken.answer.body) else { continue };
        let mut whole = format!("`{even}`, the same quotes in even number");
        let mut closed = probe.ask(tape, &format!("{usual}{even}"))?;
        if sql_errors::signature(&closed.answer.body).is_some() {
            // Where a number or a column stands, no quotes are right, even in even number.
            let Some(bare) = bare(&usual) else { continue };
            closed = probe.ask(tape, &bare)?;
            if sql_errors::signature(&closed.answer.body).is_some() || !closed.reply.is_success() {
                continue;
            }
            whole = format!("`{bare}`, which is whole where no quotes stand");
        }
        let again = probe.ask(tape, &format!("{usual}{odd}"))?;
        if sql_errors::signature(&again.answer.body) != Some(engine) {
            return Ok(Verdict::inconclusive("a database error was shown once and not again"));
        }
        let label = probe.label();
        let summary =
            format!("{} sent an odd quote in {label} and was answered a {engine} error", probe.who);
        return Ok(Verdict::fail(
            Proof::new(Severity::High, Confidence::Confirmed, summary)
                .because(format!("`{odd}` after the usual value: a {engine} syntax error, twice"))
                .because(format!("{whole}: no such error"))
                .because("the usual value: no such error")
                .about(label)
                .shown_by([broken.reply.index, closed.reply.index, again.reply.index]),
        ));
    }
    Ok(probe.nothing_found())
}

/// The value as an expression without quotes: of a number the same number, of a column the same
/// column.
fn bare(usual: &str) -> Option<String> {
    let digits = !usual.is_empty() && usual.bytes().all(|byte| byte.is_ascii_digit());
    let column = usual.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && usual.starts_with(|c: char| c.is_ascii_alphabetic());
    match (digits, column) {
        (true, _) => Some(format!("{usual}-0")),
        (_, true) => Some(format!("({usual})")),
        _ => None,
    }
}
