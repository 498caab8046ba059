//! Schemas: JSON Schema as descriptions use it, into one shared form.
//!
//! A schema is built once and shared wherever it is referred to. One that leads back into itself is
//! cut there. What was cut because of a schema around it serves only inside of that one and is built
//! again for other places, as long as the budget lasts, so that a cut comes after a whole round.
//!
//! In scope: references with and without siblings, `allOf` merged, `oneOf` and `anyOf` as variants.
//! Out of scope: `not`, `if` and others that are only named (`Schema::unread`); discriminators, which
//! narrow nothing.

mod fields;
pub(crate) mod merge;
#[cfg(test)]
mod tests;

use crate::node::Node;
use crate::reader::{At, Reader, quote, reference_of};
use avouch_model::schema::{Kind, Schema};
use std::collections::HashMap;
use std::sync::Arc;

/// Schemas that are being built inside each other.
// LIMIT: 64 levels; what is deeper is cut, unless it was built before.
const OPEN_MAX: usize = 64;
/// Schemas that may stand in each other in the end, schemas built before included.
// LIMIT: 512 levels; a schema must fit on the stack when it is dropped.
pub(crate) const HEIGHT_MAX: usize = 512;
/// Schemas that are built for one description.
// LIMIT: 1 million, about 400 bytes each.
const BUILT_MAX: u64 = 1_000_000;
/// Schemas that may be built again so that cuts do not depend on the order.
// LIMIT: 100,000; after that a partial one is used again.
const BUILT_AGAIN_MAX: u64 = 100_000;
/// Bytes that merging (`allOf`, siblings of a reference) may copy.
// LIMIT: 256 MiB, estimated.
const MERGED_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// Leads back to no schema that is still being built.
const NOWHERE: usize = usize::MAX;

/// Schemas that are already built, by the address of their map, which lives as long as the reader.
#[derive(Debug, Default)]
pub(crate) struct Memo {
    whole: HashMap<usize, Built>,
    partial: HashMap<usize, Built>,
    /// Keys of `partial` in the order they came, as long as they may still be dropped.
    droppable: Vec<usize>,
    open: Vec<usize>,
    /// The numbers of schemas, which stay the same when one is built again.
    ids: HashMap<usize, u64>,
    /// What all of them begin with.
    first_id: u64,
    built: u64,
    built_again: u64,
    merged_bytes: u64,
    /// Whether what stands beside a reference counts (`OpenAPI` 3.1).
    pub(crate) merges_siblings: bool,
}

/// A schema with what matters for sharing it.
#[derive(Clone, Debug)]
struct Built {
    schema: Arc<Schema>,
    /// Levels, itself included.
    height: usize,
    /// The outermost schema still being built that this one leads back to, or [`NOWHERE`].
    leads_to: usize,
}

impl Built {
    fn any() -> Self {
        Self { schema: Arc::default(), height: 1, leads_to: NOWHERE }
    }

    fn cut(at: &At, leads_to: usize) -> Self {
        let cut = reference_of(&at.node).map_or_else(|| "too deep".to_owned(), |r| quote(&r));
        let schema = Schema { cut: Some(cut), ..Schema::default() };
        Self { schema: Arc::new(schema), height: 1, leads_to }
    }
}

/// The schema at a node, built or found.
pub(crate) fn schema(reader: &mut Reader, at: &At) -> Arc<Schema> {
    assert!(reader.schemas.open.is_empty(), "one schema is read at a time");
    // What stayed partial for want of budget is still made whole at its top.
    let target = reader.resolve(at);
    if let Some(map) = target.as_ref().and_then(|target| target.node.map()) {
        reader.schemas.partial.remove(&(Arc::as_ptr(map) as usize));
    }
    build(reader, at).schema
}

fn build(reader: &mut Reader, at: &At) -> Built {
    let siblings = at.node.map().is_some_and(|map| map.entries().len() > 1);
    if let Some(reference) = reference_of(&at.node) {
        let merges = siblings && reader.schemas.merges_siblings;
        if !merges {
            let Some(target) = reader.resolve(at) else {
                let mut unknown = Built::cut(at, NOWHERE);
                Arc::make_mut(&mut unknown.schema).cut = Some(quote(&reference));
                return unknown;
            };
            return build_here(reader, &target, Some(&reference));
        }
    }
    build_here(reader, at, None)
}

fn build_here(reader: &mut Reader, at: &At, reference: Option<&str>) -> Built {
    let Some(map) = at.node.map() else {
        if at.node.bool().is_none() {
            reader.warn(at, format!("a schema is needed here, not {}", at.node.kind()));
        }
        let mut any = Built::any();
        let schema = Arc::make_mut(&mut any.schema);
        match at.node.bool() {
            Some(true) => (),
            Some(false) => schema.never = true,
            None => schema.unread.push("schema".to_owned()),
        }
        return any;
    };
    let key = Arc::as_ptr(map) as usize;
    let memo = &mut reader.schemas;
    let next = memo.first_id | memo.ids.len() as u64;
    let id = *memo.ids.entry(key).or_insert(next);
    if let Some(known) = memo.whole.get(&key).or_else(|| memo.partial.get(&key)) {
        return known.clone();
    }
    let named = |leads_to| {
        let mut cut = Built::cut(at, leads_to);
        let schema = Arc::make_mut(&mut cut.schema);
        schema.cut_to = Some(id);
        if let Some(reference) = reference {
            schema.cut = Some(quote(reference));
        }
        cut
    };
    if let Some(depth) = memo.open.iter().position(|open| *open == key) {
        return named(depth);
    }
    if memo.open.len() >= OPEN_MAX || memo.built >= BUILT_MAX {
        let full = memo.built >= BUILT_MAX;
        if full {
            reader.warn_plain(format!("more than {BUILT_MAX} schemas; the rest is unknown"));
        }
        return named(0);
    }
    memo.built += 1;
    let depth = memo.open.len();
    memo.open.push(key);
    let before = memo.droppable.len();
    let mut built = Assembly::new(reader).assemble(at);
    Arc::make_mut(&mut built.schema).id = Some(id);
    reader.schemas.open.pop();
    reader.schemas.keep(key, depth, before, &mut built);
    built
}

impl Memo {
    /// Makes the numbers of this description's schemas differ from those of any other, so that they
    /// stay apart when catalogues are merged.
    pub(crate) fn number_apart(&mut self, document: &[u8]) {
        // More than all numbers of one description.
        const NUMBER_BITS: u32 = 24;
        let fnv = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        let hash = document.iter().fold(0xcbf2_9ce4_8422_2325, fnv);
        self.first_id = hash << NUMBER_BITS;
    }

    /// Keeps what was built. A whole schema ends the use of the partial ones it was made of: each of
    /// them can now be built from it. `before` is how many could be dropped when this one began.
    fn keep(&mut self, key: usize, depth: usize, before: usize, built: &mut Built) {
        if built.leads_to < depth {
            // What is inside leads wherever this one leads, now that this one is no longer open.
            for inside in self.droppable.iter().skip(before) {
                if let Some(inside) = self.partial.get_mut(inside) {
                    inside.leads_to = inside.leads_to.min(built.leads_to);
                }
            }
            self.droppable.push(key);
            self.partial.insert(key, built.clone());
            return;
        }
        built.leads_to = NOWHERE;
        for inside in self.droppable.drain(before.min(self.droppable.len())..) {
            if self.built_again < BUILT_AGAIN_MAX {
                let dropped = self.partial.remove(&inside);
                let properties = dropped.map_or(0, |dropped| dropped.schema.properties.len());
                self.built_again += 1 + properties as u64;
            } else if let Some(inside) = self.partial.get_mut(&inside) {
                inside.leads_to = NOWHERE;
            }
        }
        self.whole.insert(key, built.clone());
    }
}

/// A schema that is being put together.
struct Assembly<'a> {
    reader: &'a mut Reader,
    schema: Schema,
    height: usize,
    leads_to: usize,
}

impl<'a> Assembly<'a> {
    fn new(reader: &'a mut Reader) -> Self {
        Self { reader, schema: Schema::default(), height: 1, leads_to: NOWHERE }
    }

    fn assemble(mut self, at: &At) -> Built {
        fields::read(self.reader, at, &mut self.schema);
        self.children(at);
        if let Some(reference) = reference_of(&at.node) {
            let target = self.reader.follow(at, Arc::clone(&reference));
            match target {
                Some(target) => self.merge(&target),
                None => self.schema.cut = Some(quote(&reference)),
            }
        }
        for node in at.get("allOf").iter().flat_map(At::items) {
            self.merge(&at.beside(node));
        }
        for key in ["oneOf", "anyOf"] {
            self.variants(at, key);
        }
        fields::settle(&mut self.schema, at.is("nullable") || at.is("x-nullable"));
        Built { schema: Arc::new(self.schema), height: self.height, leads_to: self.leads_to }
    }

    /// A schema inside this one.
    fn child(&mut self, at: &At) -> Arc<Schema> {
        let mut built = build(self.reader, at);
        if built.height >= HEIGHT_MAX {
            built = Built::cut(at, NOWHERE);
        }
        self.height = self.height.max(built.height + 1);
        self.leads_to = self.leads_to.min(built.leads_to);
        built.schema
    }

    fn children(&mut self, at: &At) {
        if let Some(properties) = at.get("properties") {
            if properties.node.map().is_none() {
                let what =
                    format!("`properties` is a map of schemas, not {}", properties.node.kind());
                self.reader.warn(&properties, what);
            }
            for entry in properties.entries() {
                let property = self.child(&properties.beside(&entry.node));
                self.schema.properties.insert(entry.key.to_string(), property);
            }
        }
        if let Some(additional) = at.get("additionalProperties")
            && additional.node.bool().is_none()
        {
            let shape = self.child(&additional);
            self.schema.additional_shape = Some(shape);
        }
        if let Some(patterns) = at.get("patternProperties") {
            for entry in patterns.entries() {
                let shape = self.child(&patterns.beside(&entry.node));
                self.schema.pattern_properties.push((entry.key.to_string(), shape));
            }
        }
        self.items(at);
    }

    /// Before 2020-12 a list in `items` gave each place a schema of its own, and `additionalItems` the
    /// places after it; since then they are `prefixItems` and `items`.
    fn items(&mut self, at: &At) {
        // LIMIT: 64 places.
        const PLACES_MAX: usize = 64;
        let stated = at.get("items");
        let old = stated.as_ref().filter(|items| items.node.list().is_some());
        let (places, rest) = match old {
            Some(old) => (Some(old.clone()), at.get("additionalItems")),
            None => (at.get("prefixItems"), stated),
        };
        for node in places.iter().flat_map(At::items).take(PLACES_MAX) {
            let place = places.as_ref().map(|places| places.beside(node));
            let shape = place.map(|place| self.child(&place));
            self.schema.places.extend(shape);
        }
        if places.iter().flat_map(At::items).count() > PLACES_MAX {
            self.schema.unread.push("prefixItems".to_owned());
        }
        let rest = rest.map(|rest| self.child(&rest));
        if self.schema.places.is_empty() {
            self.schema.items = rest;
        } else {
            self.schema.items = rest.clone().or_else(|| self.schema.places.first().cloned());
            self.schema.rest = rest;
        }
    }

    fn merge(&mut self, at: &At) {
        let part = build(self.reader, at);
        self.height = self.height.max(part.height);
        self.leads_to = self.leads_to.min(part.leads_to);
        self.add(&part.schema, at);
    }

    fn add(&mut self, part: &Arc<Schema>, at: &At) {
        let memo = &mut self.reader.schemas;
        let mut left = MERGED_BYTES_MAX.saturating_sub(memo.merged_bytes);
        merge::merge(&mut self.schema, part, &mut left);
        memo.merged_bytes = MERGED_BYTES_MAX - left;
        if left == 0 {
            self.reader.warn(at, "`allOf` copies too much; what follows is not complete");
        }
    }

    fn variants(&mut self, at: &At, key: &str) {
        let Some(list) = at.get(key) else { return };
        let alone = |node: &Node| node.map().is_some_and(|map| map.entries().len() == 1);
        let is_null = |node: &&Node| {
            alone(node) && node.get("type").and_then(Node::written).as_deref() == Some("null")
        };
        let nothing = list.items().iter().filter(is_null).count();
        let mut variants = Vec::new();
        for node in list.items().iter().filter(|node| !is_null(node)) {
            variants.push((list.beside(node), self.child(&list.beside(node))));
        }
        // One that may be nothing is what it is, or nothing; where more than its type says so, the two
        // stand side by side.
        let mergeable = |only: &Schema| {
            nothing == 0
                || only.allowed.is_empty()
                    && only.variants.is_empty()
                    && only.also.is_empty()
                    && only.cut.is_none()
                    && !only.never
                    && self.schema.kinds.is_empty()
                    && !only.kinds.is_empty()
        };
        if let ([(at, only)], true) = (variants.as_slice(), self.schema.variants.is_empty())
            && mergeable(only)
        {
            let only = Arc::clone(only);
            let at = at.clone();
            self.add(&only, &at);
            if nothing > 0 && !self.schema.kinds.contains(&Kind::Null) {
                self.schema.kinds.push(Kind::Null);
            }
            return;
        }
        let mut variants: Vec<_> = variants.into_iter().map(|(_, variant)| variant).collect();
        if nothing > 0 {
            let null = Schema { kinds: vec![Kind::Null], ..Schema::default() };
            variants.push(Arc::new(null));
        }
        let exclusive = key == "oneOf";
        if self.schema.variants.is_empty() {
            self.schema.variants = variants;
            self.schema.exclusive = exclusive;
        } else if !variants.is_empty() {
            let both = Schema { variants, exclusive, ..Schema::default() };
            self.schema.also.push(Arc::new(both));
        }
    }
}
