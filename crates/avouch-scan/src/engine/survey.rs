//! Reads everything once per identity before any check runs.

mod change;
mod populate;

use super::graph_reads::GraphReads;
use super::sender::Sender;
use crate::check::Tier;
use crate::corpus::{Corpus, Sample};
use crate::danger;
use crate::nonce::Nonces;
use crate::oracle::administrative;
use crate::plan::{Planned, Planner, Reach};
use avouch_catalog::Catalog;
use avouch_catalog::graph::Graph;
use avouch_model::identity::Who;
use avouch_model::operation::{Method, Operation, OperationId};
use avouch_model::report::LeftAlone;
use std::collections::BTreeSet;
use std::sync::Arc;
use tokio::task::JoinSet;

/// LIMIT: objects of one operation read by one identity.
const OBJECTS_MAX: usize = 3;
/// LIMIT: rounds in which answers give values for further requests.
const ROUNDS_MAX: usize = 4;

/// What the survey needs to know.
#[derive(Clone, Copy, Debug)]
pub struct Survey<'s> {
    /// Every operation.
    pub catalog: &'s Catalog,
    /// The path all operations begin with.
    pub base_path: &'s str,
    /// Who reads.
    pub identities: &'s [Who],
    /// Whether writes may be tried.
    pub tier: Tier,
    /// Operations that may take effect once: left to the checks of flows.
    pub flows: &'s [OperationId],
}

/// Operations that are left alone, with the reason.
pub fn left_alone(catalog: &Catalog) -> Vec<LeftAlone> {
    let alone = catalog.operations.iter().filter_map(|operation| {
        let because = danger::leave_alone(operation)?;
        Some(LeftAlone { operation: operation.id.clone(), because })
    });
    alone.chain(catalog.graphs.iter().flat_map(subscriptions)).collect()
}

/// Subscriptions are no operations: nothing reads a stream that may never end.
fn subscriptions(graph: &Graph) -> impl Iterator<Item = LeftAlone> {
    graph.subscriptions().iter().map(|field| LeftAlone {
        operation: OperationId(format!("SUBSCRIBE {}#/{}", graph.path, field.name)),
        because: "a subscription may never end: it is opened by nothing but GQL-10, for seconds \
                  and without a credential, and only the first few that need no argument"
            .to_owned(),
    })
}

impl Survey<'_> {
    /// Reads every safe operation as everyone, with values found on the way. In the active tier each
    /// identity then makes objects of its own, and what shows them is read.
    pub async fn read(&self, sender: &Arc<Sender>, nonces: &Nonces) -> Corpus {
        let mut corpus = Corpus::default();
        let mut asked = BTreeSet::new();
        for round in 0..ROUNDS_MAX {
            let reach = match round {
                0 | 1 => Reach::Answered,
                2 => Reach::Described,
                _ => Reach::Invented,
            };
            self.round(sender, &mut corpus, reach, &mut asked).await;
            if sender.ended().is_some() {
                return corpus;
            }
        }
        GraphReads::new(self.catalog, self.identities).read(sender, &mut corpus).await;
        if self.tier >= Tier::Active {
            populate::populate(self, sender, &mut corpus, &mut asked, nonces).await;
            for sample in send_all(sender, change::changes(self, &corpus)).await {
                corpus.add(sample);
            }
        }
        for sample in send_all(sender, self.again(&corpus)).await {
            corpus.add(sample);
        }
        corpus
    }

    /// Reads what can be read by now and was not yet.
    async fn round(
        &self,
        sender: &Arc<Sender>,
        corpus: &mut Corpus,
        reach: Reach,
        asked: &mut BTreeSet<(Who, String)>,
    ) {
        let wanted = self.wanted(corpus, reach, asked);
        for sample in send_all(sender, wanted).await {
            corpus.add(sample);
        }
    }

    /// Requests that were not sent yet and can be now.
    fn wanted(
        &self,
        corpus: &Corpus,
        reach: Reach,
        asked: &mut BTreeSet<(Who, String)>,
    ) -> Vec<(Operation, Who, Planned)> {
        let planner = Planner { catalog: self.catalog, corpus, base_path: self.base_path };
        let mut wanted = Vec::new();
        let reads = self.catalog.operations.iter().filter(|operation| {
            operation.method == Method::Get && danger::leave_alone(operation).is_none()
        });
        for operation in reads {
            for who in self.identities {
                if *who == Who::High && !matters_to_high(corpus, operation) {
                    continue;
                }
                let known = corpus.of(&operation.id, *who).count();
                let plans = planner.plans(operation, *who, reach, OBJECTS_MAX);
                for planned in plans.into_iter().take(OBJECTS_MAX.saturating_sub(known)) {
                    if asked.insert((*who, planned.request.target.clone())) {
                        wanted.push((operation.clone(), *who, planned));
                    }
                }
            }
        }
        wanted
    }

    /// O2: each operation's first good read once more, to see what moves on its own. What strangers
    /// are told word for word the same does not move.
    fn again(&self, corpus: &Corpus) -> Vec<(Operation, Who, Planned)> {
        let first_reader = self.identities.iter().copied().find(|who| *who != Who::Nobody);
        let who = first_reader.unwrap_or(Who::Nobody);
        let again = self.catalog.operations.iter().filter_map(|operation| {
            let sample = corpus.of(&operation.id, who).find(|sample| sample.success().is_some())?;
            let stranger = corpus
                .of(&operation.id, Who::Nobody)
                .find(|other| {
                    other.request.target == sample.request.target
                        && other.request.body == sample.request.body
                })
                .and_then(Sample::success);
            let told = sample.success().map(|answer| &answer.body);
            if who != Who::Nobody && stranger.map(|answer| &answer.body) == told {
                return None;
            }
            let (request, bindings) = (sample.request.clone(), sample.bindings.clone());
            Some((operation.clone(), who, Planned { request, bindings }))
        });
        again.collect()
    }
}

/// Whether the higher role has to read an operation: it names its caller, is meant for administrators,
/// or was refused to others.
pub(super) fn matters_to_high(corpus: &Corpus, operation: &Operation) -> bool {
    let mut lower =
        corpus.of(&operation.id, Who::A).chain(corpus.of(&operation.id, Who::B)).peekable();
    let refused = lower.peek().is_some() && lower.all(|sample| sample.success().is_none());
    refused
        || administrative::mark(operation).is_some()
        || crate::oracle::caller::names_the_caller(&operation.path)
}

/// Keys under which an answer names the person it is about.
const OWN_KEYS: [&str; 10] = [
    "id",
    "userid",
    "uuid",
    "sub",
    "email",
    "emailaddress",
    "accountid",
    "customerid",
    "username",
    "login",
];

/// Values by which answers about the caller name that caller: what it may see of itself, and what
/// marks an object as its own.
pub fn own_values(corpus: &Corpus, catalog: &Catalog, who: Who) -> Vec<String> {
    let personal = catalog.operations.iter().filter(|operation| {
        crate::oracle::caller::names_the_caller(&operation.path)
            && operation.path_parameters().next().is_none()
    });
    let answers = personal.filter_map(|operation| {
        let json = corpus.of(&operation.id, who).find_map(Sample::success)?.json()?;
        // What a graph is asked for stands below `data` and the field's name.
        Some((json, if operation.graph.is_some() { 3 } else { 2 }))
    });
    let single = answers.filter(|(json, _)| !crate::oracle::leaves::is_list(json));
    let named = single.flat_map(|(json, depth_max)| {
        crate::oracle::leaves::leaves_of(&json).into_iter().filter(move |leaf| {
            let depth = leaf.path.matches('/').count();
            let listed = leaf.path.contains('*');
            depth <= depth_max && !listed && OWN_KEYS.contains(&leaf.key().as_str())
        })
    });
    named.map(|leaf| leaf.value).collect()
}

pub(super) async fn send_all(
    sender: &Arc<Sender>,
    wanted: Vec<(Operation, Who, Planned)>,
) -> Vec<Sample> {
    let mut running = JoinSet::new();
    for (place, (operation, who, planned)) in wanted.into_iter().enumerate() {
        let sender = Arc::clone(sender);
        running.spawn(async move {
            let request = planned.request.by(who);
            let exchange = sender.send(&request).await;
            let bindings = planned.bindings;
            (place, Sample { operation: operation.id, who, request, bindings, exchange })
        });
    }
    let mut samples = Vec::new();
    while let Some(ended) = running.join_next().await {
        samples.extend(ended.ok());
    }
    // In the order asked, so that equal scans have equal corpora.
    samples.sort_by_key(|(place, _)| *place);
    samples.into_iter().map(|(_, sample)| sample).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use avouch_catalog::Document;

    #[test]
    fn subscriptions_are_said_to_be_left_alone() {
        let schema =
            "type Query { me: String } type Subscription { orderPlaced(shop: ID!): String }";
        let document = Document { name: "schema.graphql".into(), bytes: schema.into() };
        let catalog = avouch_catalog::read(&document, &[]).unwrap().catalog;
        let alone = left_alone(&catalog);
        let names: Vec<&str> = alone.iter().map(|it| it.operation.0.as_str()).collect();
        assert_eq!(names, ["SUBSCRIBE /graphql#/orderPlaced"]);
    }
}
