//! INJ-03: a delay written into an input is obeyed by the database.

use super::probe::{can_carry, probe_or_unknown, takes_text};
use super::timed::waits;
use crate::check::{Check, Family, Oracle, Scope, Tier};
use crate::context::Context;
use crate::tape::{Flow, Tape};
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};

/// INJ-03
pub(super) const CHECK: Check = Check {
    id: "INJ-03",
    name: "sql-delay-obeyed",
    title: "A delay written into an input is obeyed by the database",
    family: Family::Inj,
    severity: Severity::Critical,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::Timing],
    tier: Tier::Active,
    needs: &[],
    scope: Scope::Input,
    cwe: Cwe(89),
    owasp: &[Owasp::Api(8)],
    criteria: &["CC6.6"],
    page: include_str!("sql_delay_obeyed.md"),
    applies: can_carry,
    run,
};

/// Ways to make a database wait once, `#` the seconds, that leave the statement whole wherever a
/// value stands between quotes; with whose they are.
const IN_QUOTES: [(&str, &str); 5] = [
    ("MySQL", "'-(SELECT 0 FROM(SELECT SLEEP(#))a)-'"),
    ("PostgreSQL", "'||(SELECT '' FROM pg_sleep(#))||'"),
    ("SQL Server", "';WAITFOR DELAY '0:0:#'--"),
    ("Oracle", "'||DBMS_PIPE.RECEIVE_MESSAGE('a',#)||'"),
    ("MySQL", "\"-(SELECT 0 FROM(SELECT SLEEP(#))a)-\""),
];
/// The same where a number stands.
const BARE: [(&str, &str); 3] = [
    ("MySQL", "-(SELECT 0 FROM(SELECT SLEEP(#))a)"),
    ("PostgreSQL", "-(SELECT 0 FROM pg_sleep(#))"),
    ("SQL Server", ";WAITFOR DELAY '0:0:#'--"),
];

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let probe = probe_or_unknown(ctx)?;
    let usual = probe.value.clone().unwrap_or_else(|| ctx.nonces.word("value", 6));
    let digits = !usual.is_empty() && usual.bytes().all(|byte| byte.is_ascii_digit());
    let bare: &[(&str, &str)] = if digits { &BARE } else { &[] };
    let quoted: &[(&str, &str)] = if takes_text(ctx) { &IN_QUOTES } else { &[] };
    for (engine, way) in bare.iter().chain(quoted) {
        let text = |seconds: u32| format!("{usual}{}", way.replace('#', &seconds.to_string()));
        let Some(waited) = waits(&probe, tape, text)? else { continue };
        let label = probe.label();
        let summary = format!(
            "{} wrote a delay for {engine} into {label}, and the answers waited as long as it said",
            probe.who
        );
        return Ok(Verdict::fail(
            Proof::new(Severity::Critical, Confidence::Confirmed, summary)
                .because(format!("asked for and taken: {}", waited.times))
                .because("the times lie on a line of slope one, long and short in turn")
                .because("nothing else was asked of the target meanwhile")
                .about(label)
                .shown_by(waited.shown_by),
        ));
    }
    Ok(probe.nothing_found())
}
