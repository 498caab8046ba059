//! SSRF-03: what the server fetched for a caller is shown to that caller.

use super::planting::{Came, Refusals, applies, as_let_in, planted, spellings};
use crate::check::{Check, Family, Need, Oracle, Scope, Tier};
use crate::context::{Context, Input};
use crate::oracle::leaves::leaves;
use crate::oracle::out_of_band::nobody_came;
use crate::step::{Request, Step};
use crate::tape::{Flow, Tape};
use avouch_model::exchange::Answer;
use avouch_model::identity::Who;
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};

/// SSRF-03
pub(super) const CHECK: Check = Check {
    id: "SSRF-03",
    name: "inner-answer-shown",
    title: "What the server fetches from a chosen address is shown to the caller",
    family: Family::Ssrf,
    severity: Severity::Critical,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::OutOfBand, Oracle::Computed],
    tier: Tier::Active,
    needs: &[Need::OutOfBand],
    scope: Scope::Input,
    cwe: Cwe(918),
    owasp: &[Owasp::Api(7)],
    criteria: &["CC6.6", "C1.1"],
    page: include_str!("inner_answer_shown.md"),
    applies,
    run,
};

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    as_let_in(ctx, |model, who, label| plant(ctx, tape, model, who, label))
}

fn plant(
    ctx: &Context<'_>,
    tape: &mut Tape<'_>,
    model: &Request,
    who: Who,
    label: &str,
) -> Result<Came, Step> {
    let listener = ctx.out_of_band.ok_or(Step::Done(Verdict::NotApplicable))?;
    let mut refusals = Refusals::default();
    for (n, spelling) in spellings(listener).iter().enumerate() {
        let token = ctx.nonces.hex(&format!("token {n}{label}"), 24);
        let text = format!("said-{}", ctx.nonces.word(&format!("text {n}{label}"), 18));
        nobody_came(tape, &token)?;
        let address = spelling.url_saying(&token, &text);
        let reply = tape.send(planted(ctx, model, &address)?)?;
        refusals.note(reply.status);
        if !shows(reply.answer(), &text) {
            continue;
        }
        let label = ctx.input.map(Input::label).unwrap_or_default();
        let summary = format!("{who} gave an address in {label}, and was shown what stands there");
        return Ok(Came::Verdict(Verdict::fail(
            Proof::new(Severity::Critical, Confidence::Confirmed, summary)
                .because("our listener answers at that address with a random text")
                .because("the answer held the text, which was sent in hexadecimal only")
                .because("nobody had come with that random token before")
                .about(label)
                .shown_by([reply.index]),
        )));
    }
    Ok(refusals.nobody_came())
}

/// Whether the answer holds the text, plainly or in Base64, as pictures and files often are.
fn shows(answer: &Answer, text: &str) -> bool {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD_NO_PAD;
    // A page that is nothing but the text begins with it, in Base64 as well.
    let encoded = STANDARD_NO_PAD.encode(text);
    let whole = encoded.get(..encoded.len().saturating_sub(2)).unwrap_or_default();
    answer.body.contains(text)
        || answer.body.contains(whole)
        || leaves(answer).iter().any(|leaf| leaf.value.contains(text))
}
