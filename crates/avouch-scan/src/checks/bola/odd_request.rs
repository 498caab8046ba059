//! BOLA-08: a request that names two objects, or one oddly, gives what a plain one denies.

use crate::check::{Check, Family, Need, Oracle, Scope, Tier};
use crate::checks::bola::control;
use crate::checks::bola::target::{self, got, leaks};
use crate::context::Context;
use crate::corpus::Binding;
use crate::oracle::triad::uncached;
use crate::step::Request;
use crate::tape::{Flow, Tape};
use avouch_model::identity::Who;
use avouch_model::operation::{Method, Operation};
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};

/// BOLA-08
pub(super) const CHECK: Check = Check {
    id: "BOLA-08",
    name: "object-readable-through-odd-request",
    title: "A request that names an object oddly gives what is denied",
    family: Family::Bola,
    severity: Severity::High,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::PrivateSet, Oracle::Contrast],
    tier: Tier::Read,
    needs: &[Need::TwoIdentities],
    scope: Scope::Operation,
    cwe: Cwe(639),
    owasp: &[Owasp::Api(1)],
    criteria: &["CC6.1"],
    page: include_str!("odd_request.md"),
    applies,
    run,
};

/// LIMIT: operations that are asked; how requests are read is one program's habit.
const OPERATIONS_MAX: usize = 4;

fn applies(ctx: &Context<'_>) -> bool {
    ctx.operation.is_some_and(|operation| {
        operation.method == Method::Get && target::is_representative(ctx, operation, OPERATIONS_MAX)
    })
}

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let operation = ctx.operation()?;
    let (target, owner, reader) = target::plainly_own(ctx, operation)?;
    let Some(theirs) = target.sample.bindings.last() else { return Ok(Verdict::NotApplicable) };
    let own = ctx.samples(reader).into_iter().find(|sample| sample.success().is_some());
    let own = own.and_then(|sample| Some((sample, sample.bindings.last()?)));
    let Some((own_sample, mine)) = own.filter(|(_, mine)| mine.value != theirs.value) else {
        return Ok(Verdict::inconclusive(format!("{reader} has no object of its own here")));
    };
    let plain = uncached(target.sample.request.clone());
    let refused = tape.send(plain.clone().by(reader))?;
    if got(ctx, &target, refused.answer()) {
        // A plain request gives it away: BOLA-01 reports that.
        return Ok(Verdict::NotApplicable);
    }
    let own_plain = uncached(own_sample.request.clone());
    for (how, trick) in tricks(operation, &plain, &own_plain, theirs, mine) {
        let hit = tape.send(trick.clone().by(reader))?;
        if !leaks(&target, hit.answer()) {
            continue;
        }
        let again = tape.send(plain.clone().by(reader))?;
        let twice = tape.send(trick.clone().by(reader))?;
        if got(ctx, &target, again.answer()) || !leaks(&target, twice.answer()) {
            return Ok(Verdict::inconclusive("it did not hold a second time"));
        }
        let nobody = tape.send(trick.by(Who::Nobody))?;
        if leaks(&target, nobody.answer()) {
            // Open to everybody: a matter of authentication.
            return Ok(Verdict::Pass);
        }
        let summary = format!("{reader} got {owner}'s object with {how}");
        return Ok(Verdict::fail(
            Proof::new(Severity::High, Confidence::Confirmed, summary)
                .because(target.ownership.sentence(owner, reader))
                .because(format!("a plain request is refused to {reader}: {}", refused.status))
                .because(format!("{how} gives values only {owner} was ever shown"))
                .because("the plain request was refused again, and the odd one worked again")
                .because(format!("nobody is not given it: {}", nobody.status))
                .about(how)
                .between(owner, reader)
                .shown_by([hit.index, refused.index, again.index, twice.index]),
        ));
    }
    control::refused(ctx, tape, refused.answer(), plain, (owner, reader))
}

/// Requests that one part of a program may read as the reader's own object and another as the
/// owner's.
fn tricks(
    operation: &Operation,
    plain: &Request,
    own: &Request,
    theirs: &Binding,
    mine: &Binding,
) -> Vec<(&'static str, Request)> {
    let name = &theirs.parameter;
    let (theirs, mine) = (&theirs.value, &mine.value);
    let in_path = operation.path_parameters().any(|known| known == name);
    let raw = |request: &Request, more: &str| {
        let joint = if request.target.contains('?') { '&' } else { '?' };
        request.clone().target(format!("{}{joint}{more}", request.target))
    };
    let ending = |tail: &str| {
        let query = plain.query_text().map(|query| format!("?{query}")).unwrap_or_default();
        plain.clone().target(format!("{}{tail}{query}", plain.path()))
    };
    let swapped = |to: &str| own.clone().target(own.target.replacen(mine.as_str(), to, 1));
    let both = format!("{mine},{theirs}");
    let mut all = vec![
        ("the id named again in the query", raw(own, &format!("{name}={theirs}&id={theirs}"))),
        ("two ids in a list", swapped(&both)),
    ];
    if in_path {
        let walked = format!("{mine}/..%2f{theirs}");
        all.push(("a step back in the path", swapped(&walked)));
        all.push(("a zero byte after the id", ending("%00")));
        all.push(("a space after the id", ending("%20")));
        if theirs.bytes().all(|b| b.is_ascii_digit()) {
            let padded = plain.target.replacen(theirs.as_str(), &format!("0{theirs}"), 1);
            all.push(("a zero before the id", plain.clone().target(padded)));
        }
    } else {
        all.push(("the id given twice", raw(own, &format!("{name}={theirs}"))));
        all.push(("the id given twice, the other first", raw(plain, &format!("{name}={mine}"))));
        all.push(("the id as a list", raw(own, &format!("{name}[]={theirs}"))));
    }
    all
}
