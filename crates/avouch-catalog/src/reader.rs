//! What the readers of all formats share: documents, references, warnings, budgets.
//!
//! In scope: following `$ref` within and across documents (RFC 6901), joining names of documents.
//! Out of scope: what a referred value means.

pub(crate) mod names;

use crate::node::{Entry, Node, Tree};
use crate::schema::Memo;
use avouch_model::operation::SourcePlace;
use avouch_model::report::Warning;
use percent_encoding::percent_decode_str;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

/// References that may lead to references.
// LIMIT: 32 hops.
const HOPS_MAX: usize = 32;
/// References that are followed for one description.
// LIMIT: 4 million; each costs one look into a table.
const RESOLUTIONS_MAX: u64 = 4_000_000;
/// Warnings that are kept.
// LIMIT: 500 warnings; the rest is counted.
const WARNINGS_MAX: usize = 500;
/// Documents that may be wanted.
// LIMIT: 1,000 names.
const WANTED_MAX: usize = 1000;
/// Parameters, media, answers and names of schemes and scopes of all operations together.
// LIMIT: 500,000 parts; shared parts count as often as they are used.
const PARTS_MAX: u64 = 500_000;
/// Bytes of all examples, defaults and allowed values together.
// LIMIT: 128 MiB; shared ones count as often as they are used.
const EXAMPLE_BYTES_MAX: u64 = 128 * 1024 * 1024;
/// Bytes of one example.
// LIMIT: 1 MiB.
const EXAMPLE_ONE_BYTES_MAX: u64 = 1024 * 1024;
/// Characters of a description or summary that are kept.
// LIMIT: 300 characters.
const PROSE_CHARS_MAX: usize = 300;
/// Bytes a name, an address or a pattern may have.
// LIMIT: 4,096 bytes.
pub(crate) const TEXT_BYTES_MAX: usize = 4096;
/// Characters of what a warning quotes.
// LIMIT: 120 characters.
const QUOTE_CHARS_MAX: usize = 120;

/// A node and the document it is in.
#[derive(Clone, Debug)]
pub(crate) struct At {
    /// Position in the reader's documents.
    pub(crate) document: usize,
    /// The node.
    pub(crate) node: Node,
}

impl At {
    /// A node of the same document.
    pub(crate) fn beside(&self, node: &Node) -> Self {
        Self { document: self.document, node: node.clone() }
    }

    /// The value of that name.
    pub(crate) fn get(&self, key: &str) -> Option<Self> {
        self.node.get(key).map(|node| self.beside(node))
    }

    /// The text of that name; one that is too long to be what it should be is none.
    pub(crate) fn text(&self, key: &str) -> Option<String> {
        let node = self.node.get(key)?;
        if node.text().is_some_and(|text| text.len() > TEXT_BYTES_MAX) {
            return None;
        }
        node.written()
    }

    /// What a person wrote under that name, cut to a length that is shown.
    pub(crate) fn prose(&self, key: &str) -> Option<String> {
        let text = self.node.get(key).and_then(Node::text)?;
        Some(text.chars().take(PROSE_CHARS_MAX).collect())
    }

    /// Whether the value of that name is yes.
    pub(crate) fn is(&self, key: &str) -> bool {
        self.node.get(key).and_then(Node::bool).unwrap_or(false)
    }

    /// Entries, when this is a map.
    pub(crate) fn entries(&self) -> &[Entry] {
        self.node.map().map(|map| map.entries()).unwrap_or_default()
    }

    /// Items, when this is a list.
    pub(crate) fn items(&self) -> &[Node] {
        self.node.list().map(|list| &**list).unwrap_or_default()
    }
}

#[derive(Debug)]
struct Opened {
    name: Arc<str>,
    /// `None` when it was given and cannot be read.
    root: Option<Node>,
}

/// The documents of one description and all that was noticed about them.
#[derive(Debug)]
pub(crate) struct Reader {
    documents: Vec<Opened>,
    by_name: HashMap<String, usize>,
    resolved: HashMap<(usize, Arc<str>), Option<At>>,
    resolutions: u64,
    wanted: BTreeSet<String>,
    warnings: Vec<Warning>,
    warned: HashSet<Noticed>,
    warnings_lost: u64,
    parts: u64,
    example_bytes: u64,
    /// Schemas that are already built.
    pub(crate) schemas: Memo,
}

type Noticed = (Option<(usize, u32)>, String);

impl Reader {
    /// A reader of that main document.
    pub(crate) fn new(name: &str, tree: Tree) -> Self {
        let mut reader = Self {
            documents: Vec::new(),
            by_name: HashMap::new(),
            resolved: HashMap::new(),
            resolutions: 0,
            wanted: BTreeSet::new(),
            warnings: Vec::new(),
            warned: HashSet::new(),
            warnings_lost: 0,
            parts: 0,
            example_bytes: EXAMPLE_BYTES_MAX,
            schemas: Memo::default(),
        };
        reader.add(name, Some(tree));
        reader
    }

    /// Adds a document; one without a tree is known to be unreadable.
    pub(crate) fn add(&mut self, name: &str, tree: Option<Tree>) {
        let document = self.documents.len();
        let (root, repeats) = match tree {
            Some(tree) => (Some(tree.root), tree.repeats),
            None => (None, Vec::new()),
        };
        self.documents.push(Opened { name: Arc::from(name), root });
        self.by_name.entry(names::canonical(name)).or_insert(document);
        for repeat in repeats {
            let what = format!("`{}` is named twice; the later one counts", quote(&repeat.key));
            self.warn_line(document, repeat.line, what);
        }
    }

    /// The outermost value of the main document.
    pub(crate) fn root(&self) -> At {
        let node = self.documents.first().and_then(|opened| opened.root.clone());
        let nothing = Node { line: 1, value: crate::node::Value::Null };
        At { document: 0, node: node.unwrap_or(nothing) }
    }

    /// The name of the main document.
    pub(crate) fn main_name(&self) -> Arc<str> {
        self.documents.first().map(|opened| Arc::clone(&opened.name)).unwrap_or_default()
    }

    /// Where a line is.
    pub(crate) fn place(&self, document: usize, line: u32) -> SourcePlace {
        let file = self.documents.get(document).map(|opened| opened.name.to_string());
        SourcePlace { file: file.unwrap_or_default(), line }
    }

    /// Remembers that something is wrong at that node.
    pub(crate) fn warn(&mut self, at: &At, message: impl Into<String>) {
        self.warn_line(at.document, at.node.line, message);
    }

    /// Remembers that something is wrong at that line.
    pub(crate) fn warn_line(&mut self, document: usize, line: u32, message: impl Into<String>) {
        let place = self.place(document, line);
        self.note(Some((document, line)), Some(place), message.into());
    }

    /// Remembers that something is wrong that has no line.
    pub(crate) fn warn_plain(&mut self, message: impl Into<String>) {
        self.note(None, None, message.into());
    }

    fn note(&mut self, key: Option<(usize, u32)>, place: Option<SourcePlace>, message: String) {
        if self.warnings.len() >= WARNINGS_MAX {
            self.warnings_lost += 1;
        } else if self.warned.insert((key, message.clone())) {
            self.warnings.push(Warning { place, message });
        }
    }

    /// Everything that was noticed: warnings in the order of files and lines, and names of documents.
    pub(crate) fn finish(mut self) -> (Vec<Warning>, Vec<String>) {
        self.warnings.sort();
        if self.warnings_lost > 0 {
            let message = format!("there are {} more warnings", self.warnings_lost);
            self.warnings.push(Warning { place: None, message });
        }
        (self.warnings, self.wanted.into_iter().collect())
    }

    /// Whether so many more parameters, media, answers or names may be kept; what is counted once too
    /// often ends the reading of operations.
    pub(crate) fn take_parts(&mut self, at: &At, count: usize) -> bool {
        let had_room = self.has_room();
        self.parts = self.parts.saturating_add(count as u64);
        if had_room && !self.has_room() {
            let what = format!(
                "more than {PARTS_MAX} parameters, bodies and answers; the rest is left out"
            );
            self.warn(at, what);
        }
        self.has_room()
    }

    /// Whether more operations may be read.
    pub(crate) fn has_room(&self) -> bool {
        self.parts <= PARTS_MAX
    }

    /// A node as plain JSON, while the budget for examples lasts.
    pub(crate) fn plain(&mut self, at: &At) -> Option<serde_json::Value> {
        let allowance = self.example_bytes.min(EXAMPLE_ONE_BYTES_MAX);
        let mut left = allowance;
        let plain = at.node.plain(&mut left);
        // One that is too large has cost the time of looking at it.
        self.example_bytes -= if plain.is_some() { allowance - left } else { allowance };
        if plain.is_none() {
            self.warn(at, "an example or allowed value takes too much room and is left out");
        }
        plain
    }

    /// Follows references until there is a value. A reference that leads nowhere is warned about; one
    /// into a document that was not given makes that document wanted.
    pub(crate) fn resolve(&mut self, from: &At) -> Option<At> {
        let mut at = from.clone();
        for _ in 0..HOPS_MAX {
            let Some(reference) = reference_of(&at.node) else { return Some(at) };
            at = self.follow(&at, reference)?;
        }
        self.warn(from, "references lead in a circle, or through too many others");
        None
    }

    /// Follows one reference that stands at a node.
    pub(crate) fn follow(&mut self, from: &At, reference: Arc<str>) -> Option<At> {
        let key = (from.document, reference);
        if let Some(known) = self.resolved.get(&key) {
            return known.clone();
        }
        self.resolutions += 1;
        if self.resolutions > RESOLUTIONS_MAX {
            self.warn_plain(format!("more than {RESOLUTIONS_MAX} different references"));
            return None;
        }
        let found = self.look_up(from, &key.1);
        self.resolved.insert(key, found.clone());
        found
    }

    fn look_up(&mut self, from: &At, reference: &str) -> Option<At> {
        let (document, fragment) = reference.split_once('#').unwrap_or((reference, ""));
        let target =
            if document.is_empty() { from.document } else { self.document_named(from, document)? };
        let root = self.documents.get(target).and_then(|opened| opened.root.clone());
        let Some(root) = root else {
            self.warn(from, format!("`{}` is in a document that cannot be read", quote(reference)));
            return None;
        };
        let pointer = percent_decode_str(fragment).decode_utf8_lossy().into_owned();
        let Some(node) = point(&root, &pointer) else {
            self.warn(from, format!("the reference `{}` leads nowhere", quote(reference)));
            return None;
        };
        Some(At { document: target, node })
    }

    fn document_named(&mut self, from: &At, document: &str) -> Option<usize> {
        let base = self.documents.get(from.document).map(|opened| Arc::clone(&opened.name));
        let name = match names::join(base.as_deref().unwrap_or_default(), document) {
            Ok(name) => name,
            Err(why) => {
                self.warn(
                    from,
                    format!("the reference `{}` is not followed: {why}", quote(document)),
                );
                return None;
            }
        };
        let known = self.by_name.get(&names::canonical(&name)).copied();
        if known.is_none() && self.wanted.len() < WANTED_MAX {
            self.wanted.insert(name);
        }
        known
    }
}

/// The reference a node is, when it is one.
pub(crate) fn reference_of(node: &Node) -> Option<Arc<str>> {
    node.get("$ref").and_then(Node::text).map(Arc::clone)
}

/// The node a JSON pointer names (RFC 6901).
fn point(root: &Node, pointer: &str) -> Option<Node> {
    if pointer.is_empty() {
        return Some(root.clone());
    }
    let mut node = root;
    for token in pointer.strip_prefix('/')?.split('/') {
        let token = token.replace("~1", "/").replace("~0", "~");
        node = match node.list() {
            Some(items) => items.get(token.parse::<usize>().ok()?)?,
            None => node.get(&token)?,
        };
    }
    Some(node.clone())
}

/// Foreign text short enough and plain enough to stand in a message.
pub(crate) fn quote(text: &str) -> String {
    let plain = |c: char| if c.is_control() || c == '`' { ' ' } else { c };
    let mut quoted: String = text.chars().take(QUOTE_CHARS_MAX).map(plain).collect();
    if text.chars().nth(QUOTE_CHARS_MAX).is_some() {
        quoted.push('…');
    }
    quoted
}
