//! BOLA-05: a list, a search or an export shows what is another's.

use super::searched;
use crate::check::{Check, Family, Need, Oracle, Scope, Tier};
use crate::context::Context;
use crate::corpus::Sample;
use crate::graphs;
use crate::oracle::leaves::{Leaf, leaves_of, plain_key, records};
use crate::oracle::ownership;
use crate::oracle::refusal::refuses;
use crate::tape::{Flow, Tape};
use avouch_model::data_class::DataClass;
use avouch_model::identity::Who;
use avouch_model::operation::{Operation, OperationId};
use avouch_model::placeholder::Placeholder;
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};
use serde_json::Value;
use std::collections::BTreeSet;

/// LIMIT: records of one list that are looked at.
const RECORDS_MAX: usize = 500;
/// Values of one record, its id included, that must come together to be that record.
const VALUES_MIN: usize = 2;
/// Distinct people a directory shows before it is called one.
const PEOPLE_MIN: usize = 3;

/// Keys of a person's private affairs.
const AFFAIRS: [&str; 20] = [
    "address",
    "street",
    "phone",
    "total",
    "amount",
    "balance",
    "salary",
    "payment",
    "card",
    "iban",
    "birth",
    "ssn",
    "income",
    "diagnosis",
    "wage",
    "prescription",
    "passport",
    "medical",
    "subtotal",
    "invoice",
];
/// Lists of people.
const PEOPLE: [&str; 10] = [
    "user",
    "member",
    "people",
    "employee",
    "contact",
    "profile",
    "directory",
    "staff",
    "person",
    "participant",
];

/// BOLA-05
pub(super) const CHECK: Check = Check {
    id: "BOLA-05",
    name: "other-users-records-listed",
    title: "A list shows other users' records",
    family: Family::Bola,
    severity: Severity::High,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::PrivateSet],
    tier: Tier::Read,
    needs: &[Need::TwoIdentities],
    scope: Scope::Operation,
    cwe: Cwe(639),
    owasp: &[Owasp::Api(1)],
    criteria: &["CC6.1", "C1.1"],
    page: include_str!("list_leak.md"),
    applies,
    run,
};

fn applies(ctx: &Context<'_>) -> bool {
    ctx.operation.is_some_and(|o| {
        o.is_read() && !o.path.ends_with('}') && !graphs::reads_one(ctx.catalog, o)
    })
}

/// What a list gave away.
struct Leak {
    severity: Severity,
    confidence: Confidence,
    because: String,
}

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let operation = ctx.operation()?;
    if let Some(verdict) = searched::verdict(ctx, operation, tape)? {
        return Ok(verdict);
    }
    let both = [Who::A, Who::B].map(|who| ctx.baseline(who));
    let readings: Vec<(&Sample, Vec<Value>)> =
        both.iter().flatten().filter_map(|sample| Some((*sample, records_of(sample)?))).collect();
    if readings.is_empty() {
        let [first, second] = both;
        first.or(second)?;
        return Ok(Verdict::NotApplicable);
    }
    let open = ctx.samples(Who::Nobody).iter().filter_map(|s| s.success()).any(|a| !refuses(a));
    if open {
        // Everybody may read it: AUTH-01 and AUTH-03 ask whether that is meant.
        return Ok(Verdict::Pass);
    }
    let mut found: Vec<(Leak, Who, Who)> = Vec::new();
    for (sample, records) in &readings {
        let reader = sample.who;
        let owner = if reader == Who::A { Who::B } else { Who::A };
        let named =
            records.iter().filter_map(|r| named_leak(ctx, operation, r, records, owner, reader));
        let lists = owned_lists(ctx, operation, records, owner, reader);
        let same =
            records.iter().filter_map(|r| known_leak(ctx, operation, r, &lists, owner, reader));
        found.extend(named.chain(same).map(|leak| (leak, owner, reader)));
    }
    found.sort_by_key(|(leak, owner, _)| {
        (std::cmp::Reverse((leak.severity, leak.confidence)), *owner, leak.because.clone())
    });
    let Some((leak, owner, reader)) = found.into_iter().next() else { return Ok(Verdict::Pass) };
    let summary = format!("{reader} read this list and got {owner}'s record in it");
    Ok(Verdict::fail(
        Proof::new(leak.severity, leak.confidence, summary)
            .because(leak.because)
            .because("nobody is not shown the list")
            .between(owner, reader),
    ))
}

fn records_of(sample: &Sample) -> Option<Vec<Value>> {
    let answer = sample.success().filter(|answer| !refuses(answer))?;
    let json = answer.json()?;
    let list = json.is_array() || records(&json).first().is_some_and(|first| **first != json);
    list.then(|| records(&json).into_iter().take(RECORDS_MAX).cloned().collect())
}

/// A record that names the owner and holds what is nobody else's business.
fn named_leak(
    ctx: &Context<'_>,
    operation: &Operation,
    record: &Value,
    all: &[Value],
    owner: Who,
    reader: Who,
) -> Option<Leak> {
    let found = leaves_of(record);
    let own = ownership::identifying(ctx, owner, reader);
    let readers = ownership::identifying(ctx, reader, owner);
    if found.iter().any(|leaf| readers.contains(&leaf.value) && ownership::names_owner(leaf)) {
        // The reader has a part in it: a transfer, a conversation.
        return None;
    }
    let mark =
        found.iter().find(|leaf| own.contains(&leaf.value) && ownership::names_owner(leaf))?;
    let personal: BTreeSet<DataClass> = found
        .iter()
        .filter_map(|leaf| Placeholder::parse(&leaf.value))
        .map(|placeholder| placeholder.class)
        .filter(|class| *class != DataClass::Email)
        .collect();
    let kinds: Vec<String> = personal.iter().map(ToString::to_string).collect();
    let kinds = kinds.join(", ");
    if is_directory(operation) {
        return directory_leak(all, owner, !personal.is_empty(), &kinds);
    }
    if ownership::is_shared_by_nature(operation) {
        return None;
    }
    let affair = found.iter().find(|leaf| AFFAIRS.iter().any(|word| leaf.key().contains(word)));
    let clear = !ownership::is_team_place(&mark.path);
    match (personal.is_empty(), affair) {
        (false, _) => Some(Leak {
            severity: Severity::High,
            confidence: Confidence::Confirmed,
            because: format!("a record names {owner} at `{}` and holds: {kinds}", mark.path),
        }),
        (true, Some(affair)) => Some(Leak {
            severity: if clear { Severity::High } else { Severity::Medium },
            confidence: if clear { Confidence::Firm } else { Confidence::Tentative },
            because: format!(
                "a record names {owner} at `{}` and holds `{}`",
                mark.path, affair.path
            ),
        }),
        (true, None) => None,
    }
}

/// A person in a list of people.
fn directory_leak(all: &[Value], owner: Who, more_than_mail: bool, kinds: &str) -> Option<Leak> {
    if more_than_mail {
        return Some(Leak {
            severity: Severity::High,
            confidence: Confidence::Firm,
            because: format!("{owner}'s entry holds more than a way to write to {owner}: {kinds}"),
        });
    }
    (people(all) >= PEOPLE_MIN).then(|| Leak {
        severity: Severity::Medium,
        confidence: Confidence::Tentative,
        because: "every member is shown every member's e-mail address".to_owned(),
    })
}

fn is_directory(operation: &Operation) -> bool {
    let last = operation.path.rsplit('/').find(|part| !part.starts_with('{')).unwrap_or_default();
    let word = plain_key(&crate::links::singular(&last.to_ascii_lowercase()));
    PEOPLE.contains(&word.as_str())
}

/// How many people's e-mail addresses there are.
fn people(all: &[Value]) -> usize {
    let mails = all.iter().flat_map(leaves_of).filter(|leaf| {
        Placeholder::parse(&leaf.value).is_some_and(|p| p.class == DataClass::Email)
    });
    mails.map(|leaf| leaf.value).collect::<BTreeSet<_>>().len()
}

/// A list that shows some records to the owner alone.
struct OwnedList<'c> {
    id: &'c OperationId,
    /// Whether the operation at hand is below it: an export of it, a search in it.
    related: bool,
    /// The owner's own records, by the value they name themselves with.
    records: Vec<(String, Vec<Leaf>)>,
}

/// Lists of the owner's own records that share any value with these.
fn owned_lists<'c>(
    ctx: &Context<'c>,
    operation: &Operation,
    records: &[Value],
    owner: Who,
    reader: Who,
) -> Vec<OwnedList<'c>> {
    if ownership::is_shared_by_nature(operation) {
        return Vec::new();
    }
    let values: BTreeSet<String> =
        records.iter().flat_map(leaves_of).map(|leaf| leaf.value).collect();
    let shown: BTreeSet<&OperationId> =
        values.iter().flat_map(|value| ctx.corpus.shown_by(value, owner)).collect();
    let lists = ctx.catalog.operations.iter().filter(|list| {
        shown.contains(&list.id)
            && list.is_read()
            && !graphs::reads_one(ctx.catalog, list)
            && list.id != operation.id
            && !ownership::is_shared_by_nature(list)
            && !list.path.ends_with('}')
            && !ownership::is_callers_list(&list.id)
    });
    lists
        .filter_map(|list| {
            let mine = ownership::own_part(ctx, list, owner, reader)?;
            let originals = ctx.corpus.of(&list.id, owner).filter_map(records_of).flatten();
            let records = originals.filter_map(|original| {
                let id = crate::links::own_id(&original, "id", &list.path)?;
                mine.contains(&id).then(|| (id, leaves_of(&original)))
            });
            let related = operation.path.starts_with(&format!("{}/", list.path));
            Some(OwnedList { id: &list.id, related, records: records.collect() })
        })
        .collect()
}

/// A record that another list shows to the owner alone, met again here by the reader.
fn known_leak(
    ctx: &Context<'_>,
    operation: &Operation,
    record: &Value,
    lists: &[OwnedList<'_>],
    owner: Who,
    reader: Who,
) -> Option<Leak> {
    let here: BTreeSet<String> = leaves_of(record).into_iter().map(|leaf| leaf.value).collect();
    lists.iter().find_map(|list| {
        list.records.iter().filter(|(id, _)| here.contains(id)).find_map(|(id, leaves)| {
            let private = |leaf: &&Leaf| {
                leaf.is_telling()
                    && !leaf.is_public_by_key()
                    && here.contains(&leaf.value)
                    && !seen_elsewhere(ctx, operation, &leaf.value, reader)
            };
            let values = leaves.iter().filter(private).filter(|leaf| leaf.value != *id).count();
            (values + 1 >= VALUES_MIN).then(|| Leak {
                severity: if list.related { Severity::High } else { Severity::Medium },
                confidence: if list.related { Confidence::Confirmed } else { Confidence::Firm },
                because: format!(
                    "`{}` shows this record to {owner} alone; here {reader} is given its id and {values} more of its values",
                    list.id
                ),
            })
        })
    })
}

/// Whether the reader, or nobody, was shown the value in another place too.
fn seen_elsewhere(ctx: &Context<'_>, operation: &Operation, value: &str, reader: Who) -> bool {
    ctx.corpus.seen_by(value).contains(&Who::Nobody)
        || ctx.corpus.shown_by(value, reader).any(|other| *other != operation.id)
}
