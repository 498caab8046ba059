//! Which names may stand where: shapes of an answer put together, so that one look tells.
//!
//! Alternatives are not told apart in answers: what one of them names may stand there.

use crate::validate::shape::{ANY, Id, Shape};
use avouch_model::recognise::Promise;
use avouch_model::schema::Additional;
use regex::Regex;
use std::collections::{BTreeSet, HashMap};

/// Sieves of one description.
// LIMIT: 200,000; what is beyond lets everything pass and is told.
const SIEVES_MAX: usize = 200_000;

/// The sieve that lets every name pass.
pub(super) const OPEN: usize = 0;

/// What may stand at a place.
#[derive(Debug, Default)]
pub(super) struct Sieve {
    /// Names, sorted.
    names: Vec<(Box<str>, Passage)>,
    patterns: Vec<(Regex, usize)>,
    /// Whether other names may not stand here.
    pub(super) closed: bool,
    /// What stands under other names.
    others: usize,
    /// What stands in a list.
    pub(super) items: usize,
}

/// What becomes of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Passage {
    /// What may stand under it.
    pub(super) sieve: usize,
    /// Whether it never leaves.
    pub(super) dropped: bool,
    /// What the name promises of the value.
    pub(super) promise: Option<Promise>,
}

impl Sieve {
    /// What becomes of a name; nothing when it is not described.
    pub(super) fn passage(&self, name: &str) -> Option<Passage> {
        if let Ok(at) = self.names.binary_search_by(|(known, _)| (**known).cmp(name)) {
            return self.names.get(at).map(|(_, passage)| *passage);
        }
        let sieve = self.patterns.iter().find(|(pattern, _)| pattern.is_match(name));
        let sieve = sieve.map(|(_, sieve)| *sieve);
        if sieve.is_none() && self.closed {
            return None;
        }
        let promise = Promise::of(name);
        Some(Passage { sieve: sieve.unwrap_or(self.others), dropped: false, promise })
    }
}

/// Makes sieves of shapes.
#[derive(Debug)]
pub(super) struct Sieves<'s> {
    shapes: &'s [Shape],
    made: Vec<Sieve>,
    known: HashMap<BTreeSet<Id>, usize>,
    open: Vec<(usize, BTreeSet<Id>)>,
    /// Whether there were too many.
    pub(super) full: bool,
}

impl<'s> Sieves<'s> {
    pub(super) fn new(shapes: &'s [Shape]) -> Self {
        Self {
            shapes,
            made: vec![Sieve::default()],
            known: HashMap::new(),
            open: Vec::new(),
            full: false,
        }
    }

    /// The sieve of a shape, with all that stand in it.
    pub(super) fn of(&mut self, shape: Id) -> usize {
        let sieve = self.id(&[shape]);
        while let Some((at, shapes)) = self.open.pop() {
            let made = self.filled(&shapes);
            if let Some(slot) = self.made.get_mut(at) {
                *slot = made;
            }
        }
        sieve
    }

    pub(super) fn finish(self) -> Vec<Sieve> {
        self.made
    }

    fn id(&mut self, ids: &[Id]) -> usize {
        let mut shapes = BTreeSet::new();
        let mut open = ids.to_vec();
        while let Some(id) = open.pop() {
            if id != ANY
                && shapes.insert(id)
                && let Some(shape) = self.shapes.get(id as usize)
            {
                open.extend(shape.also.iter().chain(&shape.variants));
            }
        }
        if shapes.is_empty() {
            return OPEN;
        }
        if let Some(known) = self.known.get(&shapes) {
            return *known;
        }
        if self.made.len() >= SIEVES_MAX {
            self.full = true;
            return OPEN;
        }
        let at = self.made.len();
        self.made.push(Sieve::default());
        self.known.insert(shapes.clone(), at);
        self.open.push((at, shapes));
        at
    }

    fn filled(&mut self, shapes: &BTreeSet<Id>) -> Sieve {
        let all = self.shapes;
        let shapes: Vec<&Shape> = shapes.iter().filter_map(|id| all.get(*id as usize)).collect();
        let objects: Vec<_> = shapes.iter().filter_map(|shape| shape.object.as_deref()).collect();
        let mut names: HashMap<&str, (Vec<Id>, bool)> = HashMap::new();
        for property in objects.iter().flat_map(|object| &object.properties) {
            let (ids, dropped) = names.entry(&property.name).or_default();
            ids.push(property.shape);
            *dropped |= property.misplaced;
        }
        let mut names: Vec<(Box<str>, Passage)> = names
            .into_iter()
            .map(|(name, (ids, dropped))| {
                let sieve = self.id(&ids);
                (name.into(), Passage { sieve, dropped, promise: Promise::of(name) })
            })
            .collect();
        names.sort_by(|one, other| one.0.cmp(&other.0));
        let patterns = objects.iter().flat_map(|object| &object.patterns);
        let patterns = patterns.map(|(regex, id)| (regex.clone(), self.id(&[*id]))).collect();
        let others: Vec<Id> = objects.iter().filter_map(|object| object.others).collect();
        let lists = shapes.iter().filter_map(|shape| shape.list.as_deref());
        let items: Vec<Id> =
            lists.flat_map(|list| list.places.iter().copied().chain(list.rest)).collect();
        let allows = objects.iter().any(|object| object.additional == Additional::Allowed);
        Sieve {
            closed: !allows && objects.iter().any(|object| !object.names_nothing()),
            names,
            patterns,
            others: self.id(&others),
            items: self.id(&items),
        }
    }
}
