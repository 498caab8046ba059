//! What lists say of whose an object is: which identity is shown it, and which is not.

use crate::context::Context;
use crate::corpus::{Binding, Source};
use crate::graphs;
use crate::links;
use crate::objects::kin;
use crate::oracle::leaves::records;
use crate::oracle::refusal::is_error_envelope;
use avouch_model::identity::Who;
use avouch_model::operation::{Method, Operation, OperationId};
use std::collections::BTreeSet;

/// Where two identities' readings of one list put an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Listing {
    /// In the owner's part alone, and the parts have nothing in common.
    Own(OperationId),
    /// In both.
    Both,
    /// In the owner's alone, but the parts overlap or move.
    Unclear(String),
    /// There is no list to ask.
    None,
}

pub(super) fn listing(
    ctx: &Context<'_>,
    operation: &Operation,
    binding: &Binding,
    owner: Who,
    other: Who,
) -> Listing {
    let of_graph = graphs::given_type(ctx.catalog, operation);
    let collection = links::collection_path(operation, &binding.parameter).unwrap_or(&of_graph);
    let ids = |list: &OperationId, who| ids_listed(ctx, list, &binding.parameter, collection, who);
    let id = &binding.value;
    // The other's reading of the object's own collection decides first.
    let home =
        ctx.catalog.operations.iter().find(|o| o.method == Method::Get && o.path == collection);
    if let Some(home) = home
        && ids(&home.id, other).is_some_and(|there| there.iter().any(|set| set.contains(id)))
    {
        return Listing::Both;
    }
    let list = match &binding.source {
        Source::Collection(list) => list,
        Source::Elsewhere(list) if same_resource(ctx, list, collection, &binding.parameter) => list,
        _ => return Listing::None,
    };
    let (Some(mine), Some(theirs)) = (ids(list, owner), ids(list, other)) else {
        return Listing::None;
    };
    let moves = mine.windows(2).any(|pair| match pair {
        [one, two] => one != two,
        _ => false,
    });
    let all = |sets: Vec<BTreeSet<String>>| sets.into_iter().flatten().collect::<BTreeSet<_>>();
    let anybody = ids(list, Who::Nobody).map(all).unwrap_or_default();
    let parent_less = !list.0.contains('{');
    let (mine, theirs) = (all(mine), all(theirs));
    if !mine.contains(id) {
        Listing::None
    } else if theirs.contains(id) || anybody.contains(id) {
        Listing::Both
    } else if moves && parent_less {
        Listing::Unclear(format!("`{list}` differs from one reading to the next"))
    } else if mine.is_disjoint(&theirs) {
        Listing::Own(list.clone())
    } else {
        Listing::Unclear(format!(
            "`{list}` shows {owner} and {other} partly the same, and the object names no owner"
        ))
    }
}

/// The ids of each of the identity's readings of a list; `None` when it never could read it.
fn ids_listed(
    ctx: &Context<'_>,
    list: &OperationId,
    parameter: &str,
    collection: &str,
    who: Who,
) -> Option<Vec<BTreeSet<String>>> {
    let readable = ctx.corpus.of(list, who).filter_map(|sample| {
        if let Some(ids) = graphs::ids_of_type(ctx.catalog, sample, collection) {
            return Some(ids);
        }
        let json = sample.success()?.json().filter(|json| !is_error_envelope(json))?;
        let named =
            records(&json).into_iter().flat_map(|r| links::own_ids(r, parameter, collection));
        let plain =
            json.as_array().into_iter().flatten().filter_map(|v| v.as_str().map(str::to_owned));
        Some(named.chain(plain).collect())
    });
    let sets: Vec<BTreeSet<String>> = readable.collect();
    (!sets.is_empty()).then_some(sets)
}

/// Every id of the operation's kind of object that any identity met, in the collection or in an
/// address.
pub fn ids_in_collection(
    ctx: &Context<'_>,
    operation: &Operation,
    parameter: &str,
) -> BTreeSet<String> {
    let collection = links::collection_path(operation, parameter).unwrap_or_default();
    let list =
        ctx.catalog.operations.iter().find(|o| o.method == Method::Get && o.path == collection);
    let listed = list.into_iter().flat_map(|list| {
        Who::ALL.into_iter().filter_map(|who| ids_listed(ctx, &list.id, parameter, collection, who))
    });
    let asked = ctx.corpus.all_of(&operation.id).filter(|sample| sample.success().is_some());
    let asked = asked.flat_map(|sample| &sample.bindings);
    let asked = asked.filter(|binding| binding.parameter == parameter).map(|b| b.value.clone());
    listed.flatten().flatten().chain(asked).collect()
}

/// Ids that a list shows to `owner` alone: `None` unless both could read it and have nothing in
/// common there.
pub fn own_part(
    ctx: &Context<'_>,
    list: &Operation,
    owner: Who,
    other: Who,
) -> Option<BTreeSet<String>> {
    let ids = |who| {
        let of_graph = graphs::given_type(ctx.catalog, list);
        let of = if list.graph.is_some() { &of_graph } else { &list.path };
        let sets = ids_listed(ctx, &list.id, "id", of, who)?;
        Some(sets.into_iter().flatten().collect::<BTreeSet<_>>())
    };
    let (mine, theirs) = (ids(owner)?, ids(other)?);
    let anybody = ids(Who::Nobody).unwrap_or_default();
    let scoped = !mine.is_empty() && mine.is_disjoint(&theirs) && mine.is_disjoint(&anybody);
    scoped.then_some(mine)
}

/// Whether a list, such as `/me/orders`, is of the same things as a collection, or as a parameter
/// chooses.
fn same_resource(ctx: &Context<'_>, list: &OperationId, collection: &str, parameter: &str) -> bool {
    let of_list = ctx.catalog.operations.iter().find(|o| o.id == *list);
    let of_list = of_list.and_then(|o| kin::last_thing(&o.path));
    let wanted = [kin::last_thing(collection), kin::of_parameter(parameter)];
    of_list.is_some_and(|thing| wanted.into_iter().flatten().any(|word| word == thing))
}
