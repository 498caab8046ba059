//! Reads what graphs hold, once per identity: the queries that need nothing, then those that need
//! values that were answered, then a few with values that merely fit.

use super::sender::Sender;
use super::survey::{matters_to_high, send_all};
use crate::corpus::{Binding, Corpus, Sample, Source};
use crate::danger;
use crate::graphs::{Known, given_types, is_key, request};
use crate::oracle::graph_answer::{errors, is_graph, is_hollow};
use crate::plan::Planned;
use avouch_catalog::Catalog;
use avouch_catalog::graph::{Asked, Graph, GraphField, GraphInput, Wanted};
use avouch_catalog::values::value_for;
use avouch_model::exchange::Answer;
use avouch_model::identity::Who;
use avouch_model::operation::{GraphRoot, Operation, OperationId};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// LIMIT: requests to graphs for one identity, those asked again in a smaller form included.
const READS_MAX: usize = 24;
/// LIMIT: requests of the first round, so that the others have room.
const FIRST_MAX: usize = 12;
/// LIMIT: things of one field that are read by their ids.
const THINGS_MAX: usize = 2;
/// LIMIT: things read at a field that gives several kinds.
const KINDS_MAX: usize = 4;
/// How many things stand in each other in what is asked.
const DEPTH: usize = 2;
/// First words of names that act although they are queries.
const ACTS: [&str; 14] = [
    "create", "update", "set", "add", "send", "import", "upload", "burn", "run", "execute",
    "trigger", "start", "login", "register",
];

/// What is still to be asked.
type Wish = (Operation, Who, Planned);

/// Reads graphs as everyone.
#[derive(Debug)]
pub(super) struct GraphReads<'r> {
    pub(super) catalog: &'r Catalog,
    pub(super) identities: &'r [Who],
    spent: BTreeMap<Who, usize>,
    asked: BTreeSet<(Who, OperationId, Option<String>)>,
    /// What questions leave out since it was denied or refused.
    smaller: BTreeMap<OperationId, Wanted>,
}

/// How values are found for arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Round {
    /// None are needed.
    Plain,
    /// They were answered.
    Answered,
    /// They fit.
    Invented,
}

impl<'r> GraphReads<'r> {
    pub(super) fn new(catalog: &'r Catalog, identities: &'r [Who]) -> Self {
        Self {
            catalog,
            identities,
            spent: BTreeMap::new(),
            asked: BTreeSet::new(),
            smaller: BTreeMap::new(),
        }
    }

    /// Reads everything into the corpus.
    pub(super) async fn read(&mut self, sender: &Arc<Sender>, corpus: &mut Corpus) {
        if self.catalog.graphs.is_empty() {
            return;
        }
        for round in [Round::Plain, Round::Answered, Round::Answered, Round::Invented] {
            let wishes = self.wishes(corpus, round);
            let mut samples = send_all(sender, wishes).await;
            let again = self.again(&samples);
            let places: Vec<usize> = again.iter().map(|(place, _)| *place).collect();
            let wishes = again.into_iter().map(|(_, wish)| wish).collect();
            for (place, better) in places.into_iter().zip(send_all(sender, wishes).await) {
                if let Some(sample) = samples.get_mut(place).filter(|_| holds_data(&better)) {
                    *sample = better;
                }
            }
            for sample in samples {
                corpus.add(sample);
            }
            if sender.ended().is_some() {
                return;
            }
        }
    }

    /// What can be asked now and was not.
    fn wishes(&mut self, corpus: &Corpus, round: Round) -> Vec<Wish> {
        let mut wishes = Vec::new();
        for who in self.identities {
            let known = Known::of(self.catalog, corpus, *who);
            for operation in queries(self.catalog) {
                if *who == Who::High && !matters_to_high(corpus, operation) {
                    continue;
                }
                let Some((graph, field)) = self.catalog.graph_field(operation) else { continue };
                let wanted = self.smaller.get(&operation.id).cloned().unwrap_or_else(whole);
                let Some(asked) = graph.ask(GraphRoot::Query, field, &wanted) else { continue };
                let sets = match round {
                    Round::Plain => plain(field),
                    Round::Answered => answered(graph, field, &known, corpus),
                    Round::Invented => invented(corpus, operation, graph, field, &known, *who),
                };
                for bindings in sets {
                    if let Some(wish) = self.wish(operation, graph, &asked, *who, bindings, round) {
                        wishes.push(wish);
                    }
                }
            }
        }
        wishes
    }

    fn wish(
        &mut self,
        operation: &Operation,
        graph: &Graph,
        asked: &Asked<'_>,
        who: Who,
        bindings: Vec<Binding>,
        round: Round,
    ) -> Option<Wish> {
        let spent = self.spent.entry(who).or_default();
        if *spent >= if round == Round::Plain { FIRST_MAX } else { READS_MAX } {
            return None;
        }
        let request = request(graph, asked, &bindings);
        let values: Vec<&str> = bindings.iter().map(|binding| binding.value.as_str()).collect();
        if !self.asked.insert((who, operation.id.clone(), Some(values.join(" ")))) {
            return None;
        }
        *spent += 1;
        Some((operation.clone(), who, Planned { request, bindings }))
    }

    /// Questions that got nothing although a smaller one may: without what was denied or unknown, or
    /// less deep. Each with the place of the sample it may replace.
    fn again(&mut self, samples: &[Sample]) -> Vec<(usize, Wish)> {
        let mut again = Vec::new();
        for (place, sample) in samples.iter().enumerate() {
            let found = self.catalog.operations.iter().find(|o| o.id == sample.operation);
            let Some(operation) = found else { continue };
            let Some((graph, field)) = self.catalog.graph_field(operation) else { continue };
            let before = self.smaller.get(&operation.id).cloned().unwrap_or_else(whole);
            let Some(wanted) = smaller(sample, &before, &field.name) else { continue };
            let spent = self.spent.entry(sample.who).or_default();
            if *spent >= READS_MAX {
                continue;
            }
            *spent += 1;
            self.smaller.insert(operation.id.clone(), wanted.clone());
            if let Some(asked) = graph.ask(GraphRoot::Query, field, &wanted) {
                let request = request(graph, &asked, &sample.bindings);
                let planned = Planned { request, bindings: sample.bindings.clone() };
                again.push((place, (operation.clone(), sample.who, planned)));
            }
        }
        again
    }
}

/// Queries that may be asked, those about the caller first, then by what they need.
fn queries(catalog: &Catalog) -> Vec<&Operation> {
    let mut queries: Vec<&Operation> = catalog
        .operations
        .iter()
        .filter(|o| o.graph == Some(GraphRoot::Query))
        .filter(|o| danger::leave_alone(o).is_none() && !acts(o))
        .collect();
    queries.sort_by_key(|o| !crate::oracle::caller::names_the_caller(&o.path));
    queries
}

/// Whether a query acts, by the words of its name.
pub(crate) fn acts(operation: &Operation) -> bool {
    let name = operation.name.as_deref().unwrap_or_default();
    let words = danger::words_of(name);
    words.first().is_some_and(|word| ACTS.contains(&word.as_str()))
        || words.iter().any(|word| word == "burn")
}

fn whole() -> Wanted {
    Wanted { depth: DEPTH, ..Wanted::default() }
}

/// A field that needs nothing is asked with nothing.
fn plain(field: &GraphField) -> Vec<Vec<Binding>> {
    let needs = field.arguments.iter().any(GraphInput::is_needed);
    if needs { Vec::new() } else { vec![Vec::new()] }
}

/// Values that the identity was answered: all that are required, and one that chooses a thing.
fn answered(
    graph: &Graph,
    field: &GraphField,
    known: &Known,
    corpus: &Corpus,
) -> Vec<Vec<Binding>> {
    let key = field.arguments.iter().filter(|it| is_key(it)).max_by_key(|it| it.is_needed());
    let required = field.arguments.iter().filter(|it| it.is_needed());
    let others: Option<Vec<Binding>> = required
        .filter(|it| key.is_none_or(|key| key.name != it.name))
        .map(|it| known.values(graph, field, it, corpus).into_iter().next())
        .collect();
    let Some(others) = others else { return Vec::new() };
    let Some(key) = key else {
        return if others.is_empty() { Vec::new() } else { vec![others] };
    };
    let values = known.values(graph, field, key, corpus);
    let kinds = given_types(graph, &field.of).len();
    let each = values.into_iter().take(if kinds > 1 { KINDS_MAX } else { THINGS_MAX });
    each.map(|value| others.iter().cloned().chain([value]).collect()).collect()
}

/// Values that fit, for a field that was not read yet.
fn invented(
    corpus: &Corpus,
    operation: &Operation,
    graph: &Graph,
    field: &GraphField,
    known: &Known,
    who: Who,
) -> Vec<Vec<Binding>> {
    let keyed = field.arguments.iter().any(|it| it.is_needed() && is_key(it));
    if corpus.of(&operation.id, who).next().is_some() || keyed {
        return Vec::new();
    }
    let variables = operation.body.first().and_then(|it| it.schema.properties.get("variables"));
    let bind = |argument: &GraphInput| {
        let answered = known.values(graph, field, argument, corpus).into_iter().next();
        answered.or_else(|| {
            let schema = variables?.properties.get(&argument.name)?;
            let value = match value_for(&argument.name, schema, 0) {
                serde_json::Value::String(text) => text,
                other if other.is_object() || other.is_array() => return None,
                other => other.to_string(),
            };
            let parameter = argument.name.clone();
            Some(Binding { parameter, value, source: Source::Invented })
        })
    };
    let needed = field.arguments.iter().filter(|argument| argument.is_needed());
    needed.map(bind).collect::<Option<Vec<Binding>>>().into_iter().collect()
}

fn holds_data(sample: &Sample) -> bool {
    sample
        .success()
        .and_then(Answer::json)
        .is_some_and(|json| json.get("data").is_some_and(|data| !is_hollow(data)))
}

/// A smaller question after an answer without data; `None` when it would be the same.
fn smaller(sample: &Sample, before: &Wanted, field: &str) -> Option<Wanted> {
    let answer = sample.answer()?;
    if holds_data(sample) || !answer.json().is_some_and(|json| is_graph(&json)) {
        return None;
    }
    let mut wanted = before.clone();
    for error in errors(answer) {
        let lower = error.message.to_ascii_lowercase();
        if error.path.len() > 1 && error.path.first().is_some_and(|first| first == field) {
            wanted.without.insert(error.path.join("."));
        } else if let Some((name, of)) = unknown_field(&error.message) {
            wanted.without.insert(format!("{of}.{name}"));
        } else if ["depth", "complex", "cost", "too deep", "nested"]
            .iter()
            .any(|w| lower.contains(w))
        {
            wanted.depth = 1;
        }
    }
    (wanted != *before).then_some(wanted)
}

/// The field and type of `Cannot query field "x" on type "T"`.
fn unknown_field(message: &str) -> Option<(&str, &str)> {
    let rest = message.split_once("query field ")?.1;
    let mut quoted = rest.split(['"', '\'', '`']).skip(1).step_by(2);
    Some((quoted.next()?, quoted.next()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_field_is_read_from_what_servers_say() {
        let told =
            unknown_field("Cannot query field \"usr\" on type \"Query\". Did you mean \"a\"?");
        assert_eq!(told, Some(("usr", "Query")));
        assert_eq!(unknown_field("Cannot query field 'x' on type 'T'."), Some(("x", "T")));
        assert_eq!(unknown_field("no"), None);
    }
}
