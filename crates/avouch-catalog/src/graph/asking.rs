//! Questions to a graph: a field with a selection that stays small.

use super::{Graph, GraphField, GraphInput, TypeKind, TypeRef};
use avouch_model::operation::GraphRoot;
use std::collections::BTreeSet;
use std::fmt::Write;

/// Single values selected of one thing.
// LIMIT: 40.
const VALUES_MAX: usize = 40;
/// Things selected inside one thing.
// LIMIT: 8.
const THINGS_MAX: usize = 8;
/// Kinds of thing told apart where a field may give several.
// LIMIT: 6.
const KINDS_MAX: usize = 6;
/// Fields of one question altogether.
// LIMIT: 150.
const FIELDS_MAX: usize = 150;
/// Arguments of one field that are asked with.
// LIMIT: 16.
const ARGUMENTS_MAX: usize = 16;
/// Items asked for where a list is given in pages.
const PAGE_ITEMS: u32 = 10;
/// Names of arguments that bound a page, without separators.
const PAGE_SIZES: [&str; 9] =
    ["first", "limit", "take", "pagesize", "perpage", "size", "count", "top", "maxresults"];

/// How much a question asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// How many things stand in each other: 1 is the thing itself with its single values.
    pub depth: usize,
    /// Places (`orders.customer.email`) and fields of types (`User.email`) that are left out.
    pub without: BTreeSet<String>,
}

/// A question: its text, and the arguments that are its variables.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked<'g> {
    /// The operation in the query language.
    pub text: String,
    /// What its variables stand for, by the arguments' names.
    pub variables: Vec<&'g GraphInput>,
}

impl Graph {
    /// A question for a field of a root. Every argument becomes a variable of its name; the size of a
    /// page is bounded. `None` when nothing of the field can be selected.
    pub fn ask<'g>(
        &'g self,
        root: GraphRoot,
        field: &'g GraphField,
        wanted: &Wanted,
    ) -> Option<Asked<'g>> {
        let mut asking = Asking { graph: self, wanted, left: FIELDS_MAX, above: Vec::new() };
        let selection = asking.selection(&field.of, wanted.depth, &field.name);
        if selection.is_empty() && !self.is_leaf(&field.of) {
            return None;
        }
        let variables: Vec<&GraphInput> =
            field.arguments.iter().filter(|it| !is_page_size(it)).take(ARGUMENTS_MAX).collect();
        let mut declared = String::new();
        let mut given = page_size(&field.arguments);
        for variable in &variables {
            let _ = write!(declared, "${}:{} ", variable.name, variable.of.text);
            given.push(format!("{0}:${0}", variable.name));
        }
        let word = match root {
            GraphRoot::Query => "query",
            GraphRoot::Mutation => "mutation",
        };
        let declared = declared.trim_end();
        let declared = if declared.is_empty() { String::new() } else { format!("({declared})") };
        let given = in_parentheses(&given);
        let text = format!("{word}{declared}{{{}{given}{selection}}}", field.name);
        Some(Asked { text, variables })
    }
}

fn in_parentheses(arguments: &[String]) -> String {
    if arguments.is_empty() { String::new() } else { format!("({})", arguments.join(",")) }
}

pub(super) fn is_page_size(argument: &GraphInput) -> bool {
    let plain: String = argument.name.chars().filter(char::is_ascii_alphanumeric).collect();
    argument.of.name == "Int"
        && !argument.of.list
        && PAGE_SIZES.contains(&plain.to_ascii_lowercase().as_str())
}

fn page_size(arguments: &[GraphInput]) -> Vec<String> {
    let bound = arguments.iter().find(|argument| is_page_size(argument));
    bound.map(|argument| format!("{}:{PAGE_ITEMS}", argument.name)).into_iter().collect()
}

struct Asking<'g, 'w> {
    graph: &'g Graph,
    wanted: &'w Wanted,
    left: usize,
    above: Vec<&'g str>,
}

impl<'g> Asking<'g, '_> {
    /// What is selected of a type, with its braces; empty when there is nothing.
    fn selection(&mut self, of: &'g TypeRef, depth: usize, place: &str) -> String {
        let Some(known) = self.graph.type_of(of) else { return String::new() };
        if depth == 0 || matches!(known.kind, TypeKind::Scalar | TypeKind::Enum | TypeKind::Input) {
            return String::new();
        }
        if let Some(page) = self.page(of, depth, place) {
            return page;
        }
        self.above.push(&of.name);
        let mut parts = Vec::new();
        let mut names = BTreeSet::new();
        self.fields(&of.name, &known.fields, depth, place, &mut names, &mut parts);
        if !known.possible.is_empty() {
            parts.insert(0, "__typename".to_owned());
            for name in known.possible.iter().take(KINDS_MAX) {
                let Some(object) = self.graph.types.get(name) else { continue };
                let mut inner = Vec::new();
                self.fields(name, &object.fields, depth, place, &mut names, &mut inner);
                if !inner.is_empty() {
                    parts.push(format!("...on {name}{{{}}}", inner.join(" ")));
                }
            }
        }
        self.above.pop();
        if parts.is_empty() { String::new() } else { format!("{{{}}}", parts.join(" ")) }
    }

    /// What a connection holds: its nodes, else those of its edges. They are no depth of their own.
    fn page(&mut self, of: &'g TypeRef, depth: usize, place: &str) -> Option<String> {
        let item = self.graph.item_type(of);
        if item == of {
            return None;
        }
        let fields = &self.graph.type_of(of)?.fields;
        let plain = fields.iter().any(|field| field.name == "nodes" && field.of.list);
        let place = if plain { format!("{place}.nodes") } else { format!("{place}.edges.node") };
        let inner = self.selection(item, depth, &place);
        if inner.is_empty() {
            return None;
        }
        Some(if plain { format!("{{nodes{inner}}}") } else { format!("{{edges{{node{inner}}}}}") })
    }

    fn fields(
        &mut self,
        of: &str,
        fields: &'g [GraphField],
        depth: usize,
        place: &str,
        names: &mut BTreeSet<&'g str>,
        parts: &mut Vec<String>,
    ) {
        let (leaves, things): (Vec<&GraphField>, Vec<&GraphField>) = fields
            .iter()
            .filter(|field| !field.arguments.iter().any(GraphInput::is_needed))
            .filter(|field| !self.wanted.without.contains(&format!("{place}.{}", field.name)))
            .filter(|field| !self.wanted.without.contains(&format!("{of}.{}", field.name)))
            .partition(|field| self.graph.is_leaf(&field.of));
        for field in leaves.into_iter().take(VALUES_MAX) {
            if self.left > 0 && names_anew(field, names) {
                self.left -= 1;
                parts.push(field.name.clone());
            }
        }
        for field in things.into_iter().take(THINGS_MAX) {
            let known = self.above.contains(&self.graph.item_type(&field.of).name.as_str());
            if known || self.left == 0 || !names_anew(field, names) {
                continue;
            }
            let place = format!("{place}.{}", field.name);
            let inner = self.selection(&field.of, depth.saturating_sub(1), &place);
            if !inner.is_empty() {
                self.left = self.left.saturating_sub(1);
                let page = in_parentheses(&page_size(&field.arguments));
                parts.push(format!("{}{page}{inner}", field.name));
            }
        }
    }
}

/// Whether the name is not used here yet: two objects may give different types by one name, which
/// must not stand in one question (section 5.3.2).
fn names_anew<'g>(field: &'g GraphField, names: &mut BTreeSet<&'g str>) -> bool {
    names.insert(&field.name)
}
