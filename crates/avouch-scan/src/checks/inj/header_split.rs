//! INJ-12: a line break in an input ends a header of the answer.

use super::probe::{Probe, can_carry, probe_or_redirect};
use crate::check::{Check, Family, Oracle, Scope, Tier};
use crate::context::{Context, Input, InputPlace};
use crate::danger::words;
use crate::tape::{Flow, Tape};
use avouch_model::operation::Method;
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};

/// INJ-12
pub(super) const CHECK: Check = Check {
    id: "INJ-12",
    name: "header-split",
    title: "A line break in an input ends a header of the answer",
    family: Family::Inj,
    severity: Severity::High,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::RandomControl, Oracle::Replicate],
    tier: Tier::Read,
    needs: &[],
    scope: Scope::Input,
    cwe: Cwe(113),
    owasp: &[Owasp::Api(8)],
    criteria: &["CC6.6"],
    page: include_str!("header_split.md"),
    applies,
    run,
};

/// Ways to break a line: as the standard says, with one half, and with letters whose low bytes are
/// the two.
const BREAKS: [&str; 3] = ["\r\n", "\n", "\u{560d}\u{560a}"];
/// Words of inputs that often stand in a header.
const NAMES: [&str; 14] = [
    "url",
    "uri",
    "redirect",
    "next",
    "return",
    "goto",
    "filename",
    "file",
    "name",
    "lang",
    "locale",
    "callback",
    "download",
    "disposition",
];
/// LIMIT: characters of a value that could stand in a header by chance.
const CHANCE_CHARS: usize = 3;

fn applies(ctx: &Context<'_>) -> bool {
    let reads = ctx.operation.is_some_and(|operation| operation.method == Method::Get);
    let carried =
        matches!(ctx.input, Some(Input::Parameter(InputPlace::Path | InputPlace::Query, _)));
    reads && carried && can_carry(ctx) && probe_or_redirect(ctx).is_ok_and(|p| stands_in_header(&p))
}

/// Whether what the input held stands in a header of the usual answer. Where nothing was given, a
/// name that often ends up there is enough.
fn stands_in_header(probe: &Probe<'_>) -> bool {
    let Some(answer) = probe.sample.answer() else { return false };
    match probe.value.as_deref() {
        Some(value) if value.chars().count() >= CHANCE_CHARS => {
            answer.headers.0.iter().any(|(_, header)| header.contains(value))
        }
        Some(_) => false,
        None => words(probe.input.name()).iter().any(|word| NAMES.contains(&word.as_str())),
    }
}

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let probe = probe_or_redirect(ctx)?;
    let usual = probe.value.clone().unwrap_or_else(|| "avouch".to_owned());
    for line_break in BREAKS {
        let mut shown = Vec::new();
        for round in ["first", "second"] {
            let name = format!("x-{}", ctx.nonces.word(&format!("{round} name"), 8));
            let value = ctx.nonces.word(&format!("{round} value"), 8);
            let reply =
                tape.send(probe.request(&format!("{usual}{line_break}{name}: {value}"))?)?;
            if reply.headers.first(&name).map(str::trim) != Some(value.as_str()) {
                break;
            }
            shown.push(reply.index);
        }
        if shown.is_empty() {
            continue;
        }
        if shown.len() < 2 {
            return Ok(Verdict::inconclusive("a header came once and not again"));
        }
        let label = probe.label();
        let summary = format!(
            "{} wrote a line break and a header into {label}, and the answer carried that header",
            probe.who
        );
        return Ok(Verdict::fail(
            Proof::new(Severity::High, Confidence::Confirmed, summary)
                .because("the header's random name and value came as a header of the answer")
                .because("with another name and value it came with those")
                .about(label)
                .shown_by(shown),
        ));
    }
    Ok(probe.nothing_found())
}
