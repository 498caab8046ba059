//! What every identity was answered before any check ran.
//!
//! Each safe operation is read once per identity (twice for the baseline), with real parameter
//! values. A passive check looks here and costs no request; private sets and volatile fields are
//! computed from here.

use crate::objects::kin;
use crate::oracle::leaves::{Leaf, leaves};
use crate::step::Request;
use avouch_model::exchange::{Answer, Exchange};
use avouch_model::identity::Who;
use avouch_model::operation::OperationId;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

/// One read of one operation by one identity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// The operation.
    pub operation: OperationId,
    /// Who read.
    pub who: Who,
    /// What was asked: to be sent again as it is.
    pub request: Request,
    /// The values of its path parameters, in the template's order.
    pub bindings: Vec<Binding>,
    /// What came of it.
    pub exchange: Exchange,
}

/// A value of a path parameter and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Binding {
    /// The parameter's name.
    pub parameter: String,
    /// The value, not yet percent-encoded; may be a placeholder.
    pub value: String,
    /// Where it was seen.
    pub source: Source,
}

/// Where a value was seen.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// In an item of the collection this object belongs to: `GET /orders` for `/orders/{id}`.
    Collection(OperationId),
    /// In another answer.
    Elsewhere(OperationId),
    /// In the description.
    Description,
    /// Made up to fit the schema.
    Invented,
}

impl Source {
    /// Whether the target itself answered it.
    pub fn is_answered(&self) -> bool {
        matches!(self, Self::Collection(_) | Self::Elsewhere(_))
    }
}

impl Sample {
    /// The answer, when there was one.
    pub fn answer(&self) -> Option<&Answer> {
        self.exchange.answer()
    }

    /// The body that was sent, when it was JSON.
    pub fn sent_body(&self) -> Option<serde_json::Value> {
        serde_json::from_str(self.request.body.as_deref()?).ok()
    }

    /// The answer, when it is 2xx.
    pub fn success(&self) -> Option<&Answer> {
        self.answer().filter(|answer| answer.is_success())
    }
}

/// LIMIT: values kept for one name and identity.
const NAMED_MAX: usize = 40;
/// LIMIT: bytes of a value that can be an id.
const NAMED_BYTES_MAX: usize = 512;

/// LIMIT: operations kept for one value and identity.
const PLACES_MAX: usize = 16;

/// LIMIT: addresses kept for one identity.
const LINKED_MAX: usize = 400;

/// Values that stood under a name, with the operation that answered them.
type Named = Vec<(String, OperationId)>;

/// Everything that was read.
#[derive(Clone, Debug, Default)]
pub struct Corpus {
    samples: Vec<Sample>,
    by_operation: BTreeMap<(OperationId, Who), Vec<usize>>,
    volatile: BTreeMap<OperationId, BTreeSet<String>>,
    /// Which identities saw a value where, in answers that succeeded.
    seen_by: BTreeMap<String, BTreeMap<Who, BTreeSet<OperationId>>>,
    /// Values by identity and plain key, so that looking for an id does not read every answer again.
    named: BTreeMap<(Who, String), Named>,
    /// Addresses in answers, by identity, with the operation that answered.
    linked: BTreeMap<Who, Named>,
    /// Operations that answered, by the thing their path ends in.
    lists: BTreeMap<String, Vec<OperationId>>,
    /// What [`Corpus::guarded`] was told, by identity.
    guarded: BTreeMap<Who, OnceLock<Vec<usize>>>,
}

impl Corpus {
    /// Indexes samples; two of the same request by the same identity tell what is volatile.
    pub fn new(samples: Vec<Sample>) -> Self {
        let mut corpus = Self::default();
        for sample in samples {
            corpus.add(sample);
        }
        corpus
    }

    /// The same, in which what moved in an earlier corpus is known to move: two reads in one instant
    /// may be alike.
    #[must_use]
    pub fn moving_like(mut self, earlier: &Self) -> Self {
        for (operation, places) in &earlier.volatile {
            self.volatile.entry(operation.clone()).or_default().extend(places.iter().cloned());
        }
        self
    }

    /// Adds one read.
    pub fn add(&mut self, sample: Sample) {
        self.guarded = Who::ALL.into_iter().map(|who| (who, OnceLock::new())).collect();
        let key = (sample.operation.clone(), sample.who);
        let earlier = self.by_operation.get(&key).into_iter().flatten();
        let twin = earlier
            .filter_map(|&n| self.samples.get(n))
            .find(|other| other.request == sample.request)
            .and_then(Sample::success);
        if let (Some(first), Some(second)) = (twin, sample.success()) {
            let moving = crate::oracle::similarity::moving_paths(first, second);
            self.volatile.entry(sample.operation.clone()).or_default().extend(moving);
        }
        if sample.success().is_some() {
            self.list(&sample.operation);
        }
        if let Some(answer) = sample.success() {
            for leaf in leaves(answer) {
                let named = self.named.entry((sample.who, leaf.key())).or_default();
                let known = named.iter().any(|(value, _)| *value == leaf.value);
                if named.len() < NAMED_MAX && leaf.value.len() <= NAMED_BYTES_MAX && !known {
                    named.push((leaf.value.clone(), sample.operation.clone()));
                }
                let address = leaf.value.starts_with('/') || leaf.value.contains("://");
                let linked = self.linked.entry(sample.who).or_default();
                let fits = leaf.value.len() <= NAMED_BYTES_MAX && linked.len() < LINKED_MAX;
                if address && fits && !leaf.value.contains(char::is_whitespace) {
                    linked.push((leaf.value.clone(), sample.operation.clone()));
                }
                let places =
                    self.seen_by.entry(leaf.value).or_default().entry(sample.who).or_default();
                if places.len() < PLACES_MAX {
                    places.insert(sample.operation.clone());
                }
            }
        }
        self.by_operation.entry(key).or_default().push(self.samples.len());
        self.samples.push(sample);
    }

    /// Notes what an operation's path ends in, unless that is a parameter.
    fn list(&mut self, operation: &OperationId) {
        let known = Who::ALL.into_iter().any(|who| {
            let of = self.by_operation.get(&(operation.clone(), who)).into_iter().flatten();
            of.filter_map(|&n| self.samples.get(n)).any(|sample| sample.success().is_some())
        });
        let path = operation.0.split_once(' ').map_or("", |(_, path)| path);
        let ending = path.rsplit('/').find(|part| !part.is_empty()).unwrap_or_default();
        if known || ending.starts_with('{') {
            return;
        }
        if let Some(thing) = kin::last_thing(path) {
            self.lists.entry(thing).or_default().push(operation.clone());
        }
    }

    /// Operations that answered and whose path ends in that thing: `GET /me/orders` for `order`.
    pub fn lists_of(&self, thing: &str) -> &[OperationId] {
        self.lists.get(thing).map(Vec::as_slice).unwrap_or_default()
    }

    /// Every sample, in the order it was taken.
    pub fn samples(&self) -> &[Sample] {
        &self.samples
    }

    /// What that identity read of that operation.
    pub fn of(&self, operation: &OperationId, who: Who) -> impl Iterator<Item = &Sample> {
        let key = (operation.clone(), who);
        self.by_operation.get(&key).into_iter().flatten().filter_map(|&n| self.samples.get(n))
    }

    /// What anybody read of that operation.
    pub fn all_of<'a>(&'a self, operation: &'a OperationId) -> impl Iterator<Item = &'a Sample> {
        Who::ALL.into_iter().flat_map(move |who| self.of(operation, who))
    }

    /// Values that identity was answered under a name, by [`crate::oracle::leaves::plain_key`], with the
    /// operation that answered.
    pub fn named(&self, who: Who, plain_key: &str) -> &[(String, OperationId)] {
        self.named.get(&(who, plain_key.to_owned())).map(Vec::as_slice).unwrap_or_default()
    }

    /// Addresses that identity was answered, with the operation that answered.
    pub fn linked(&self, who: Who) -> &[(String, OperationId)] {
        self.linked.get(&who).map(Vec::as_slice).unwrap_or_default()
    }

    /// Guarded reads of an identity, found once for all checks: see
    /// [`crate::oracle::guarded::guarded_operations`]. What was found is forgotten when a read is
    /// added.
    pub fn guarded(&self, who: Who, find: impl FnOnce() -> Vec<usize>) -> Vec<&Sample> {
        let found = self.guarded.get(&who).map(|once| once.get_or_init(find));
        found.into_iter().flatten().filter_map(|&n| self.samples.get(n)).collect()
    }

    /// Places in the operation's answers that differ between two equal requests, as
    /// [`crate::oracle::leaves::Leaf::path`].
    pub fn volatile(&self, operation: &OperationId) -> BTreeSet<String> {
        self.volatile.get(operation).cloned().unwrap_or_default()
    }

    /// Who saw that value in any answer that succeeded.
    pub fn seen_by(&self, value: &str) -> BTreeSet<Who> {
        self.seen_by.get(value).into_iter().flat_map(BTreeMap::keys).copied().collect()
    }

    /// Operations that showed that identity the value; at most sixteen.
    pub fn shown_by(&self, value: &str, who: Who) -> impl Iterator<Item = &OperationId> {
        self.seen_by.get(value).and_then(|seen| seen.get(&who)).into_iter().flatten()
    }

    /// Whether only that identity saw the value (O3).
    pub fn is_private(&self, value: &str, owner: Who) -> bool {
        let seen = self.seen_by(value);
        seen.contains(&owner) && seen.iter().all(|who| *who == owner || *who == Who::High)
    }

    /// Values in the answer that only the owner ever saw, that are telling enough to be proof, and
    /// that were not part of the request.
    pub fn private_values(&self, sample: &Sample, owner: Who) -> Vec<Leaf> {
        let Some(answer) = sample.success() else { return Vec::new() };
        let volatile = self.volatile(&sample.operation);
        leaves(answer)
            .into_iter()
            .filter(|leaf| leaf.is_telling() && !volatile.contains(&leaf.path))
            .filter(|leaf| !sample.request.target.contains(&leaf.value))
            .filter(|leaf| !sample.request.body.as_ref().is_some_and(|b| b.contains(&leaf.value)))
            .filter(|leaf| self.is_private(&leaf.value, owner))
            .collect()
    }
}
