//! The tree of path segments.

use avouch_catalog::template::{self, Literalness, Piece};
use avouch_model::operation::{Method, Operation};
use percent_encoding::percent_decode_str;
use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};

/// All templates, segment by segment. Each node is reached in one way, so a search visits none twice.
#[derive(Debug, Default)]
pub(super) struct Tree {
    nodes: Vec<Node>,
}

#[derive(Debug, Default)]
struct Node {
    /// Segments without a parameter, percent-decoded.
    literal: HashMap<Box<[u8]>, usize>,
    /// Segments with parameters, the most literal first.
    open: Vec<Open>,
    /// What ends here.
    leaves: Vec<Leaf>,
}

#[derive(Debug)]
struct Open {
    pieces: Vec<Piece<String>>,
    literal_bytes: usize,
    child: usize,
}

#[derive(Clone, Debug)]
struct Leaf {
    method: Method,
    operation: usize,
    /// Its place among all operations, the most literal first.
    order: usize,
}

/// What a path was found to be.
#[derive(Debug)]
pub(super) struct Found<'p> {
    pub(super) operation: usize,
    /// What the parameters stand for, as it stands in the path.
    pub(super) values: Vec<&'p str>,
}

impl Tree {
    /// The tree of these operations, by their index.
    pub(super) fn new<'o>(operations: impl Iterator<Item = (usize, &'o Operation)>) -> Self {
        let mut ordered: Vec<(Literalness, usize, &Operation)> = operations
            .map(|(index, operation)| (template::literalness(&operation.path), index, operation))
            .collect();
        ordered.sort_by(|one, other| other.0.cmp(&one.0).then(one.1.cmp(&other.1)));
        let mut tree = Self { nodes: vec![Node::default()] };
        for (order, (_, index, operation)) in ordered.into_iter().enumerate() {
            let mut at = 0;
            for segment in operation.path.split('/') {
                at = tree.child(at, segment);
            }
            let leaf = Leaf { method: operation.method.clone(), operation: index, order };
            if let Some(node) = tree.nodes.get_mut(at) {
                node.leaves.push(leaf);
            }
        }
        for node in &mut tree.nodes {
            node.open.sort_by_key(|open| std::cmp::Reverse(open.literal_bytes));
        }
        tree
    }

    /// The node below one, made when it is not there.
    fn child(&mut self, at: usize, segment: &str) -> usize {
        let new = self.nodes.len();
        let Some(node) = self.nodes.get_mut(at) else { return at };
        let child = if segment.contains('{') {
            // The names of parameters are the operation's, not the tree's.
            let pieces: Vec<_> = template::pieces(segment).into_iter().map(nameless).collect();
            if let Some(known) = node.open.iter().find(|open| open.pieces == pieces) {
                known.child
            } else {
                let literal_bytes = template::literal_bytes(&pieces);
                node.open.push(Open { pieces, literal_bytes, child: new });
                new
            }
        } else {
            *node.literal.entry(decoded(segment).into()).or_insert(new)
        };
        if child == new {
            self.nodes.push(Node::default());
        }
        child
    }

    /// The operation of that method and path; the path begins with a slash.
    pub(super) fn find<'p>(&self, method: &Method, path: &'p str) -> Option<Found<'p>> {
        let mut values = Vec::new();
        let (operation, _) = self.search(0, path, method, &mut values)?;
        Some(Found { operation, values })
    }

    /// The operation and its place in the order.
    fn search<'p>(
        &self,
        at: usize,
        path: &'p str,
        method: &Method,
        values: &mut Vec<&'p str>,
    ) -> Option<(usize, usize)> {
        let (segment, rest) = first_of(path);
        let node = self.nodes.get(at)?;
        let literal = node.literal.get(&*decoded(segment));
        if let Some(child) = literal {
            let found = self.below(*child, rest, method, values);
            if found.is_some() {
                return found;
            }
        }
        let before = values.len();
        let mut best: Option<(usize, usize, Vec<&'p str>, usize)> = None;
        for open in &node.open {
            // Those that are equally literal here may differ further on; a less literal one is worse
            // whatever follows.
            if best.as_ref().is_some_and(|best| best.3 > open.literal_bytes) {
                break;
            }
            values.truncate(before);
            if template::capture(&open.pieces, segment, values).is_none() {
                continue;
            }
            let Some((operation, order)) = self.below(open.child, rest, method, values) else {
                continue;
            };
            if best.as_ref().is_none_or(|best| order < best.1) {
                best = Some((operation, order, values.split_off(before), open.literal_bytes));
            }
        }
        values.truncate(before);
        let (operation, order, captured, _) = best?;
        values.extend(captured);
        Some((operation, order))
    }

    fn below<'p>(
        &self,
        child: usize,
        rest: Option<&'p str>,
        method: &Method,
        values: &mut Vec<&'p str>,
    ) -> Option<(usize, usize)> {
        let Some(rest) = rest else {
            let leaves = &self.nodes.get(child)?.leaves;
            let leaf = leaves.iter().find(|leaf| leaf.method == *method)?;
            return Some((leaf.operation, leaf.order));
        };
        self.search(child, rest, method, values)
    }

    /// The methods that a path is described with.
    pub(super) fn methods(&self, path: &str) -> BTreeSet<&Method> {
        let mut methods = BTreeSet::new();
        self.gather(0, Some(path), &mut methods);
        methods
    }

    fn gather<'t>(&'t self, at: usize, path: Option<&str>, methods: &mut BTreeSet<&'t Method>) {
        let Some(node) = self.nodes.get(at) else { return };
        let Some(path) = path else {
            methods.extend(node.leaves.iter().map(|leaf| &leaf.method));
            return;
        };
        let (segment, rest) = first_of(path);
        if let Some(child) = node.literal.get(&*decoded(segment)) {
            self.gather(*child, rest, methods);
        }
        for open in &node.open {
            if template::capture(&open.pieces, segment, &mut Vec::new()).is_some() {
                self.gather(open.child, rest, methods);
            }
        }
    }
}

/// The first segment, and what comes after its slash.
fn first_of(path: &str) -> (&str, Option<&str>) {
    path.split_once('/').map_or((path, None), |(segment, rest)| (segment, Some(rest)))
}

fn nameless(piece: Piece<&str>) -> Piece<String> {
    match piece {
        Piece::Literal(text) => Piece::Literal(text.to_owned()),
        Piece::Parameter(_) => Piece::Parameter(String::new()),
    }
}

fn decoded(segment: &str) -> Cow<'_, [u8]> {
    percent_decode_str(segment).into()
}
