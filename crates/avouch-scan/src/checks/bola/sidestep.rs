//! BOLA-10: an old version or another format of an address gives what the address itself denies.

use crate::check::{Check, Family, Need, Oracle, Scope, Tier};
use crate::checks::bola::control;
use crate::checks::bola::target::{self, got, leaks};
use crate::context::Context;
use crate::oracle::random_like::random_like;
use crate::oracle::triad::uncached;
use crate::step::Request;
use crate::tape::{Flow, Tape};
use avouch_model::identity::Who;
use avouch_model::operation::Method;
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};

/// BOLA-10
pub(super) const CHECK: Check = Check {
    id: "BOLA-10",
    name: "object-readable-through-other-version-or-format",
    title: "An old version or another format gives what is denied",
    family: Family::Bola,
    severity: Severity::Critical,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::PrivateSet, Oracle::Contrast, Oracle::RandomControl, Oracle::SoftNotFound],
    tier: Tier::Read,
    needs: &[Need::TwoIdentities],
    scope: Scope::Operation,
    cwe: Cwe(639),
    owasp: &[Owasp::Api(1), Owasp::Api(9)],
    criteria: &["CC6.1", "CC7.1"],
    page: include_str!("sidestep.md"),
    applies,
    run,
};

/// LIMIT: operations that are asked; older versions and formats come for many at once.
const OPERATIONS_MAX: usize = 5;

fn applies(ctx: &Context<'_>) -> bool {
    ctx.operation.is_some_and(|operation| {
        operation.method == Method::Get
            && operation.path.ends_with('}')
            && target::is_representative(ctx, operation, OPERATIONS_MAX)
    })
}

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let operation = ctx.operation()?;
    let (target, owner, reader) = target::plainly_own(ctx, operation)?;
    let plain = uncached(target.sample.request.clone());
    let refused = tape.send(plain.clone().by(reader))?;
    if got(ctx, &target, refused.answer()) {
        // The address itself gives it away: BOLA-01 reports that.
        return Ok(Verdict::NotApplicable);
    }
    for (how, variant) in variants(&plain) {
        let other = ctx.catalog.find(&Method::Get, below(ctx, variant.path()));
        if other.is_some_and(|other| other.id != operation.id) {
            // It is described, and asked about on its own.
            continue;
        }
        let reply = tape.send(variant.clone().by(reader))?;
        if !leaks(&target, reply.answer()) || ctx.target.not_found.is_not_found(reply.answer()) {
            continue;
        }
        let Some(id) = target.sample.bindings.last().map(|binding| binding.value.clone()) else {
            continue;
        };
        let made_up = random_like(&ctx.nonces, "random id", &id);
        let control = variant.clone().target(variant.target.replacen(&id, &made_up, 1)).by(reader);
        let control = tape.send(control)?;
        if leaks(&target, control.answer()) {
            return Ok(Verdict::inconclusive("an id that was never issued is answered alike"));
        }
        let nobody = tape.send(variant.clone().by(Who::Nobody))?;
        let open = leaks(&target, nobody.answer());
        let whom = if open { "nobody is given it too" } else { "nobody is not given it" };
        let summary = format!("{reader} got {owner}'s object {how}, where its address is denied");
        return Ok(Verdict::fail(
            Proof::new(Severity::Critical, Confidence::Confirmed, summary)
                .because(target.ownership.sentence(owner, reader))
                .because(format!("at its address it is refused to {reader}: {}", refused.status))
                .because(format!("{how} {reader} is given values only {owner} was ever shown"))
                .because(format!("an id that was never issued gives none: {}", control.status))
                .because(format!("{whom}: {}", nobody.status))
                .about(how)
                .between(owner, reader)
                .shown_by([reply.index, refused.index, control.index, nobody.index]),
        ));
    }
    control::refused(ctx, tape, refused.answer(), plain, (owner, reader))
}

fn below<'p>(ctx: &Context<'_>, path: &'p str) -> &'p str {
    path.strip_prefix(ctx.target.base_path.as_str()).unwrap_or(path)
}

/// The request at other versions and in other formats, likeliest first, with how that is said.
fn variants(plain: &Request) -> Vec<(&'static str, Request)> {
    let path = plain.path();
    let query = plain.query_text().map(|query| format!("?{query}")).unwrap_or_default();
    let at = |path: String| plain.clone().target(format!("{path}{query}"));
    let mut all: Vec<(&'static str, Request)> = Vec::new();
    let segments: Vec<&str> = path.split('/').collect();
    let version = segments.iter().position(|segment| number_of(segment).is_some());
    let replaced = |place: usize, word: &str| {
        let others = segments.iter().enumerate();
        let changed: Vec<&str> =
            others.map(|(n, segment)| if n == place { word } else { segment }).collect();
        changed.join("/")
    };
    if let Some((place, number)) = version.and_then(|at| Some((at, number_of(segments.get(at)?)?)))
    {
        for older in [number.checked_sub(1), number.checked_sub(2)].into_iter().flatten() {
            all.push(("in an older version", at(replaced(place, &format!("v{older}")))));
        }
        all.push(("in another version", at(replaced(place, &format!("v{}", number + 1)))));
        all.push(("in another version", at(replaced(place, "beta"))));
    }
    for ending in ["json", "csv", "xml"] {
        all.push(("in another format", at(format!("{path}.{ending}"))));
    }
    for view in ["export", "download"] {
        all.push(("in another view", at(format!("{path}/{view}"))));
    }
    all.push(("in another format", plain.clone().query("format", "csv")));
    all
}

/// The number of a version segment: 2 for `v2`.
fn number_of(segment: &str) -> Option<u32> {
    segment.strip_prefix('v')?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn older_versions_come_first() {
        let plain = Request::read("/api/v2/records/7?full=1");
        let asked: Vec<String> = variants(&plain).into_iter().map(|(_, r)| r.target).collect();
        assert_eq!(asked.first().map(String::as_str), Some("/api/v1/records/7?full=1"));
        assert!(asked.contains(&"/api/v2/records/7.csv?full=1".to_owned()));
        assert!(asked.contains(&"/api/v2/records/7?full=1&format=csv".to_owned()));
    }
}
