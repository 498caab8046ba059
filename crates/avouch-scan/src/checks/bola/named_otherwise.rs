//! BOLA-07: an identity names another one in a parameter or header and gets its things.

use crate::check::{Check, Family, Need, Oracle, Scope, Tier};
use crate::checks::bola::swap::{self, Outcome, Spot, Swap};
use crate::context::Context;
use crate::oracle::leaves::plain_key;
use crate::oracle::ownership;
use crate::tape::{Flow, Tape};
use avouch_model::identity::Who;
use avouch_model::operation::{Method, Operation};
use avouch_model::placeholder::Placeholder;
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::Verdict;

/// LIMIT: operations at which names are tried that the description does not know.
const UNDESCRIBED_MAX: usize = 3;
/// Names of parameters that say whose things are meant, where the description names none.
const QUERIES: [&str; 6] = ["user_id", "userId", "account_id", "customer_id", "owner_id", "uid"];
/// Headers that say so.
const HEADERS: [&str; 4] = ["X-User-Id", "X-Account-Id", "X-Customer-Id", "X-Authenticated-User"];

/// BOLA-07
pub(super) const CHECK: Check = Check {
    id: "BOLA-07",
    name: "owner-taken-from-parameter",
    title: "Whose things are shown is taken from a parameter",
    family: Family::Bola,
    severity: Severity::High,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::PrivateSet, Oracle::Contrast, Oracle::RandomControl],
    tier: Tier::Read,
    needs: &[Need::TwoIdentities],
    scope: Scope::Operation,
    cwe: Cwe(639),
    owasp: &[Owasp::Api(1)],
    criteria: &["CC6.1"],
    page: include_str!("named_otherwise.md"),
    applies,
    run,
};

fn applies(ctx: &Context<'_>) -> bool {
    ctx.operation.is_some_and(|operation| {
        operation.method == Method::Get
            && (!described(operation).is_empty()
                || swap::is_representative(ctx, operation, UNDESCRIBED_MAX))
    })
}

/// Parameters that, by the description, say whose things are meant.
fn described(operation: &Operation) -> Vec<Spot> {
    let names_somebody = |key: &str| {
        ownership::is_owner_place(&format!("/{key}"))
            || ["username", "userid", "user", "email", "accountnumber"].contains(&key)
    };
    swap::described(operation, names_somebody)
}

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let operation = ctx.operation()?;
    let mut verdict = None;
    for (owner, reader) in [(Who::A, Who::B), (Who::B, Who::A)] {
        let ids = ownership::identifying(ctx, owner, reader);
        if ids.is_empty() {
            verdict = verdict.or_else(|| {
                Some(Verdict::inconclusive(format!("it is not known by what id {owner} goes")))
            });
            continue;
        }
        for (value, spots) in trials(operation, &ids.into_iter().collect::<Vec<_>>()) {
            let Some(swap) = Swap::new(ctx, operation, (owner, reader), value, spots) else {
                continue;
            };
            match swap.ask(tape)? {
                Outcome::Ignored | Outcome::Open => verdict = Some(Verdict::Pass),
                Outcome::Unclear(why) => return Ok(Verdict::inconclusive(why)),
                Outcome::Hit(hit) => return Ok(found(&swap, &hit)),
            }
        }
        if verdict == Some(Verdict::Pass) {
            break;
        }
    }
    Ok(verdict.unwrap_or_else(|| Verdict::inconclusive("neither was shown things of its own here")))
}

/// Which of the owner's names to give where: e-mail addresses where an address is asked for, ids
/// elsewhere.
fn trials(operation: &Operation, ids: &[String]) -> Vec<(String, Vec<Spot>)> {
    let known = described(operation);
    let is_mail = |spot: &Spot| plain_key(&spot.1).contains("mail");
    let mail = ids.iter().find(|id| Placeholder::parse(id).is_some());
    let plain = ids.iter().find(|id| Placeholder::parse(id).is_none());
    if known.is_empty() {
        let spots = swap::usual(&QUERIES, &HEADERS);
        return plain.map(|id| (id.clone(), spots)).into_iter().collect();
    }
    let (mails, others): (Vec<Spot>, Vec<Spot>) = known.into_iter().partition(is_mail);
    let pairs = [(mail, mails), (plain.or(mail), others)];
    pairs
        .into_iter()
        .filter(|(_, spots)| !spots.is_empty())
        .filter_map(|(id, spots)| Some((id?.clone(), spots)))
        .collect()
}

fn found(swap: &Swap<'_>, hit: &swap::Hit<'_>) -> Verdict {
    let (owner, reader, name) = (swap.owner, swap.reader, &hit.spot.1);
    let summary = format!("{reader} named {owner} in `{name}` and got {owner}'s things");
    Verdict::fail(swap.proof(hit, "id", Severity::High, &summary))
}
