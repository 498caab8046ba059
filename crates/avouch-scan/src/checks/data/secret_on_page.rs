//! DATA-10: a page or document of the target holds a secret.

use super::secrets::{has_checksum, is_of_interest, is_open_private_key};
use crate::check::{Check, Family, Oracle, Scope, Tier};
use crate::context::Context;
use crate::step::Step;
use crate::tape::{Flow, Tape};
use avouch_model::data_class::DataClass;
use avouch_model::exchange::Answer;
use avouch_model::placeholder::Placeholder;
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};

/// DATA-10
pub(super) const CHECK: Check = Check {
    id: "DATA-10",
    name: "secret-on-page",
    title: "A page or document of the target holds a secret",
    family: Family::Data,
    severity: Severity::Critical,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::Grammar],
    tier: Tier::Passive,
    needs: &[],
    scope: Scope::Target,
    cwe: Cwe(540),
    owasp: &[Owasp::Api(8)],
    criteria: &["CC6.1", "C1.1"],
    page: include_str!("secret_on_page.md"),
    applies: |_| true,
    run,
};

fn run(ctx: &Context<'_>, _tape: &mut Tape<'_>) -> Flow {
    let front = ctx.target.front.iter().map(|answer| ("/", answer, false));
    let documents = ctx.target.documents.iter().map(|(at, answer)| (at.as_str(), answer, true));
    let answers: Vec<(&str, &Answer, bool)> = front.chain(documents).collect();
    if answers.is_empty() {
        return Err(Step::Done(Verdict::inconclusive("no page or document was seen")));
    }
    let mut worst: Option<Proof> = None;
    for (address, answer, shows_examples) in answers {
        for secret in Placeholder::find_all(&answer.body) {
            let Some((severity, confidence)) = weight(&secret, shows_examples) else { continue };
            let known = worst.as_ref().map(|proof| (proof.severity, proof.confidence));
            if known.is_some_and(|known| known >= (severity, confidence)) {
                continue;
            }
            let kind = format!("{} {}", secret.class, secret.detail);
            let summary = format!("anybody reads a secret ({}) at `{address}`", kind.trim());
            let status = answer.status;
            let proof = Proof::new(severity, confidence, summary)
                .about(address)
                .because(format!("the answer was {status}, without a credential"));
            worst = Some(if shows_examples && !has_checksum(&secret) {
                proof.because("documents show examples of the same form, so this may be one")
            } else {
                proof
            });
        }
    }
    Ok(worst.map_or(Verdict::Pass, Verdict::fail))
}

/// How bad it is and how sure. Documents show examples: there only a checksum tells a real key. A
/// value that only its name calls a secret may be made for browsers.
fn weight(secret: &Placeholder, shows_examples: bool) -> Option<(Severity, Confidence)> {
    if !is_of_interest(secret) || secret.class == DataClass::ApiSecret {
        return None;
    }
    Some(if has_checksum(secret) {
        (Severity::Critical, Confidence::Confirmed)
    } else if shows_examples {
        (Severity::Medium, Confidence::Tentative)
    } else if is_open_private_key(secret) || secret.class == DataClass::ProviderKey {
        (Severity::High, Confidence::Firm)
    } else {
        (Severity::Medium, Confidence::Firm)
    })
}
