//! CORS-03: any page may read people's data, for nobody is asked for a credential.

use crate::check::{Check, Family, Oracle, Scope, Tier};
use crate::checks::data::people::{classes, persons, records};
use crate::checks::data::secrets::is_of_interest;
use crate::context::Context;
use crate::corpus::Sample;
use crate::oracle::refusal::refuses;
use crate::step::Step;
use crate::tape::{Flow, Tape};
use avouch_model::exchange::Answer;
use avouch_model::identity::Who;
use avouch_model::placeholder::Placeholder;
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};

/// CORS-03
pub(super) const CHECK: Check = Check {
    id: "CORS-03",
    name: "sensitive-data-shared-with-all-pages",
    title: "Pages of any site may read sensitive data that needs no credential",
    family: Family::Cors,
    severity: Severity::Low,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::Grammar],
    tier: Tier::Passive,
    needs: &[],
    scope: Scope::Target,
    cwe: Cwe(942),
    owasp: &[Owasp::Api(8)],
    criteria: &["CC6.6"],
    page: include_str!("wildcard_on_data.md"),
    applies: |_| true,
    run,
};

fn run(ctx: &Context<'_>, _tape: &mut Tape<'_>) -> Flow {
    let open: Vec<(&Sample, &Answer)> = ctx
        .corpus
        .samples()
        .iter()
        .filter(|sample| sample.who == Who::Nobody)
        .filter_map(|sample| Some((sample, sample.success()?)))
        .filter(|(_, answer)| !refuses(answer))
        .collect();
    if open.is_empty() {
        return Err(Step::Done(Verdict::inconclusive("nobody was given anything to look at")));
    }
    let shared: Vec<_> = open.into_iter().filter(|(_, answer)| allows_all(answer)).collect();
    for (sample, answer) in &shared {
        if let Some(what) = sensitive(answer) {
            let summary = format!("without a credential any page reads {what}");
            return Ok(Verdict::fail(
                Proof::new(Severity::Low, Confidence::Confirmed, summary)
                    .because("the answer says `Access-Control-Allow-Origin: *`")
                    .because(
                        "a page in the browser of somebody inside a network, or at an address that \
                         is let in, passes it on to anybody",
                    )
                    .caused_by("the CORS settings share everything")
                    .at(sample.operation.clone()),
            ));
        }
    }
    Ok(Verdict::Pass)
}

fn allows_all(answer: &Answer) -> bool {
    answer.headers.first("access-control-allow-origin").map(str::trim) == Some("*")
}

/// What of it is not for everybody; `None` when nothing is. One contact is on every page.
fn sensitive(answer: &Answer) -> Option<String> {
    let secret = Placeholder::find_all(&answer.body).into_iter().find(is_of_interest);
    if let Some(secret) = secret {
        return Some(format!("a secret ({})", secret.class));
    }
    let records = records(answer);
    let people = persons(&records);
    let kinds: Vec<String> = classes(&records).iter().map(ToString::to_string).collect();
    (people >= 2).then(|| format!("data of {people} people ({})", kinds.join(", ")))
}
