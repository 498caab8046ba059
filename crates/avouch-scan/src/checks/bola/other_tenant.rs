//! BOLA-09: an identity names another tenant and gets that tenant's things.

use crate::check::{Check, Family, Need, Oracle, Scope, Tier};
use crate::checks::bola::swap::{self, Outcome, Spot, Swap};
use crate::context::Context;
use crate::tape::{Flow, Tape};
use avouch_model::identity::Who;
use avouch_model::operation::{Method, Operation};
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::Verdict;
use std::collections::BTreeSet;

/// LIMIT: operations at which names are tried that the description does not know.
const UNDESCRIBED_MAX: usize = 3;
/// Words for whom many accounts belong to.
const TENANTS: [&str; 8] =
    ["tenant", "organization", "organisation", "org", "workspace", "company", "clinic", "realm"];
/// Headers that name a tenant, where the description names none.
const HEADERS: [&str; 5] =
    ["X-Tenant-Id", "X-Tenant", "X-Org-Id", "X-Organization-Id", "X-Workspace-Id"];
/// Parameters that do.
const QUERIES: [&str; 4] = ["tenant_id", "tenantId", "tenant", "org_id"];

/// BOLA-09
pub(super) const CHECK: Check = Check {
    id: "BOLA-09",
    name: "other-tenants-data-readable",
    title: "Another tenant's data can be read",
    family: Family::Bola,
    severity: Severity::Critical,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::PrivateSet, Oracle::Contrast, Oracle::RandomControl],
    tier: Tier::Read,
    needs: &[Need::TwoIdentities],
    scope: Scope::Operation,
    cwe: Cwe(639),
    owasp: &[Owasp::Api(1)],
    criteria: &["CC6.1", "CC6.3"],
    page: include_str!("other_tenant.md"),
    applies,
    run,
};

fn applies(ctx: &Context<'_>) -> bool {
    ctx.operation.is_some_and(|operation| {
        operation.method == Method::Get
            && tenants(ctx).is_some()
            && (!described(operation).is_empty()
                || swap::is_representative(ctx, operation, UNDESCRIBED_MAX))
    })
}

/// The tenants of A and of B, where each has one and they differ.
fn tenants(ctx: &Context<'_>) -> Option<(String, String)> {
    let keys = TENANTS
        .iter()
        .flat_map(|word| ["", "id", "uuid", "slug"].map(|end| format!("{word}{end}")));
    keys.into_iter().find_map(|key| {
        let of = |who| -> Option<String> {
            let named = ctx.corpus.named(who, &key);
            let values: BTreeSet<&String> = named.iter().map(|(value, _)| value).collect();
            let first = values.first().filter(|_| values.len() == 1)?;
            Some((*first).clone())
        };
        let (a, b) = (of(Who::A)?, of(Who::B)?);
        (a != b).then_some((a, b))
    })
}

/// Parameters that, by the description, name a tenant.
fn described(operation: &Operation) -> Vec<Spot> {
    swap::described(operation, |key| {
        TENANTS.iter().any(|word| {
            key.strip_prefix(word)
                .is_some_and(|end| ["", "id", "uuid", "slug", "key"].contains(&end))
        })
    })
}

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let operation = ctx.operation()?;
    let Some((of_a, of_b)) = tenants(ctx) else { return Ok(Verdict::NotApplicable) };
    let known = described(operation);
    let spots = if known.is_empty() { swap::usual(&QUERIES, &HEADERS) } else { known };
    let pairs = [(Who::A, Who::B, of_a), (Who::B, Who::A, of_b)];
    let swap = pairs.into_iter().find_map(|(owner, reader, tenant)| {
        Swap::new(ctx, operation, (owner, reader), tenant, spots.clone())
    });
    let Some(swap) = swap else {
        return Ok(Verdict::inconclusive("neither was shown things of its own here"));
    };
    let (owner, reader) = (swap.owner, swap.reader);
    Ok(match swap.ask(tape)? {
        // What is open to everybody is a matter of authentication.
        Outcome::Ignored | Outcome::Open => Verdict::Pass,
        Outcome::Unclear(why) => Verdict::inconclusive(why),
        Outcome::Hit(hit) => {
            let name = &hit.spot.1;
            let summary = format!("{reader} named {owner}'s tenant in `{name}` and got its data");
            let proof = swap.proof(&hit, "tenant", Severity::Critical, &summary);
            Verdict::fail(
                proof
                    .because(format!("{owner} and {reader} belong to different tenants"))
                    .caused_by("tenant"),
            )
        }
    })
}
