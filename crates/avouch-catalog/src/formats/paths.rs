//! Paths into operations: what the formats have in common.

use super::inputs::Inputs;
use super::security;
use crate::catalog::SecurityScheme;
use crate::node::Node;
use crate::reader::{At, Reader, TEXT_BYTES_MAX, quote, reference_of};
use crate::template;
use avouch_model::operation::{
    AnswerShape, Media, Method, Operation, OperationId, Origin, Security,
};
use std::collections::{BTreeMap, HashMap};

/// Operations one description may have.
// LIMIT: 20,000 operations.
const OPERATIONS_MAX: usize = 20_000;
/// Bytes of a tag, a role or a status.
// LIMIT: 100 bytes.
const NAME_BYTES_MAX: usize = 100;
/// Tags, roles and answers one operation may have, each.
// LIMIT: 64 of a kind.
const OF_A_KIND_MAX: usize = 64;
/// Names an entry of a path may have that is no method.
const NO_METHOD: [&str; 5] = ["$ref", "summary", "description", "servers", "parameters"];

/// Where the formats differ.
#[derive(Debug)]
pub(super) struct Dialect {
    /// Methods that may stand under a path, in lower case.
    pub(super) methods: &'static [&'static str],
    /// Reads parameters and body of an operation under a path.
    pub(super) inputs: fn(&mut Reader, &Subject<'_>) -> Inputs,
    /// Reads the media of one answer of an operation.
    pub(super) media: fn(&mut Reader, &Subject<'_>, &At) -> Vec<Media>,
}

/// What is being read.
#[derive(Debug)]
pub(super) struct Subject<'a> {
    /// The whole description.
    pub(super) root: &'a At,
    /// The path's template.
    pub(super) path: &'a str,
    /// The path's entry.
    pub(super) item: &'a At,
    /// The operation.
    pub(super) operation: &'a At,
}

/// Reads every operation of a description.
pub(super) fn operations(
    reader: &mut Reader,
    dialect: &Dialect,
    schemes: &BTreeMap<String, SecurityScheme>,
) -> Vec<Operation> {
    let root = reader.root();
    let mut walk = Walk {
        dialect,
        schemes,
        for_all: security::requirements(reader, &root, schemes),
        seen: HashMap::new(),
        operations: Vec::new(),
    };
    let Some(paths) = root.get("paths") else {
        if root.get("webhooks").is_none() {
            reader.warn(&root, "there is no `paths`: no operation is described");
        }
        return Vec::new();
    };
    if paths.node.map().is_none() {
        reader.warn(&paths, format!("`paths` is a map of paths, not {}", paths.node.kind()));
    }
    for entry in paths.entries() {
        if entry.key.starts_with("x-") {
            continue;
        }
        let item = paths.beside(&entry.node);
        if entry.key.len() > TEXT_BYTES_MAX {
            reader.warn_line(item.document, entry.line, "a path this long is left out");
            continue;
        }
        let path = path_of(reader, &item, entry.line, &entry.key);
        walk.path(reader, &root, &path, &item);
    }
    walk.operations
}

/// The template of a path, mended where it is not one.
fn path_of(reader: &mut Reader, item: &At, line: u32, key: &str) -> String {
    let bare = key.split(['?', '#']).next().unwrap_or_default();
    if bare.len() != key.len() {
        let what =
            format!("the path `{}` holds a query or fragment, which is left out", quote(key));
        reader.warn_line(item.document, line, what);
    }
    if bare.starts_with('/') {
        return bare.to_owned();
    }
    let what = format!("the path `{}` does not begin with a slash; one is assumed", quote(key));
    reader.warn_line(item.document, line, what);
    format!("/{bare}")
}

struct Walk<'a> {
    dialect: &'a Dialect,
    schemes: &'a BTreeMap<String, SecurityScheme>,
    for_all: Option<Security>,
    /// Method and shape of the paths already read, with their templates.
    seen: HashMap<(Method, String), String>,
    operations: Vec<Operation>,
}

impl Walk<'_> {
    fn path(&mut self, reader: &mut Reader, root: &At, path: &str, own: &At) {
        let Some(referred) = reader.resolve(own) else { return };
        if referred.node.map().is_none() {
            let what =
                format!("`{}` holds {} where methods are needed", quote(path), own.node.kind());
            reader.warn(own, what);
            return;
        }
        self.item(reader, root, path, &referred);
        // Methods may stand beside a reference to others.
        if reference_of(&own.node).is_some() && own.entries().len() > 1 {
            self.item(reader, root, path, own);
        }
    }

    fn item(&mut self, reader: &mut Reader, root: &At, path: &str, item: &At) {
        warn_of_servers(reader, item);
        for entry in item.entries() {
            let name = entry.key.to_ascii_lowercase();
            let operation = item.beside(&entry.node);
            let method = if self.dialect.methods.contains(&&*name) {
                Method::parse(&name)
            } else {
                if !NO_METHOD.contains(&&*name) && !name.starts_with("x-") {
                    let what = format!("`{}` is no method", quote(&entry.key));
                    reader.warn_line(item.document, entry.line, what);
                }
                continue;
            };
            let subject = Subject { root, path, item, operation: &operation };
            self.operation(reader, &subject, method, entry.line);
        }
    }

    fn operation(&mut self, reader: &mut Reader, of: &Subject<'_>, method: Method, line: u32) {
        let document = of.operation.document;
        if of.operation.node.map().is_none() {
            let what = format!("an operation is needed here, not {}", of.operation.node.kind());
            reader.warn_line(document, line, what);
            return;
        }
        if self.operations.len() >= OPERATIONS_MAX {
            reader
                .warn_plain(format!("more than {OPERATIONS_MAX} operations; the rest is left out"));
            return;
        }
        if !reader.has_room() {
            return;
        }
        let id = OperationId::new(&method, of.path);
        let shape = (method.clone(), template::shape(of.path));
        if let Some(first) = self.seen.get(&shape) {
            let what = format!(
                "`{}` answers to the same requests as `{}`, which stands earlier and counts",
                quote(&id.0),
                quote(first)
            );
            reader.warn_line(document, line, what);
            return;
        }
        self.seen.insert(shape, id.0.clone());
        warn_of_servers(reader, of.operation);
        let inputs = (self.dialect.inputs)(reader, of);
        let own = security::requirements(reader, of.operation, self.schemes);
        let security = own.or_else(|| self.for_all.clone()).unwrap_or_default();
        reader.take_parts(of.operation, security::names_in(&security));
        self.operations.push(Operation {
            id,
            method,
            path: of.path.to_owned(),
            name: of.operation.text("operationId"),
            summary: of.operation.prose("summary"),
            tags: texts(of.operation.get("tags").as_ref()),
            parameters: inputs.parameters,
            body: inputs.body,
            body_required: inputs.body_required,
            answers: answers(reader, self.dialect, of, line),
            security,
            roles: roles(of),
            deprecated: of.operation.is("deprecated"),
            sunset: sunset(reader, of),
            described_at: Some(reader.place(document, line)),
            origin: Origin::Described,
            graph: None,
        });
    }
}

/// Servers of a path or an operation are not followed: requests only ever go to the target.
fn warn_of_servers(reader: &mut Reader, holder: &At) {
    if let Some(servers) = holder.get("servers") {
        let what =
            "servers of a path or operation are not used; requests go to the target's address";
        reader.warn(&servers, what);
    }
}

fn answers(
    reader: &mut Reader,
    dialect: &Dialect,
    of: &Subject<'_>,
    line: u32,
) -> Vec<AnswerShape> {
    let Some(responses) = of.operation.get("responses") else {
        reader.warn_line(of.operation.document, line, "the operation describes no `responses`");
        return Vec::new();
    };
    if responses.entries().is_empty() {
        reader.warn(&responses, "`responses` describes no answer");
    }
    let mut answers = Vec::new();
    for entry in responses.entries().iter().take(OF_A_KIND_MAX) {
        if entry.key.starts_with("x-") || entry.key.len() > NAME_BYTES_MAX {
            continue;
        }
        let own = responses.beside(&entry.node);
        let Some(answer) = reader.resolve(&own) else { continue };
        if !reader.take_parts(&own, 1) {
            break;
        }
        let media = (dialect.media)(reader, of, &answer);
        answers.push(AnswerShape {
            status: entry.key.to_ascii_uppercase().replace("DEFAULT", "default"),
            media,
        });
    }
    answers
}

/// Texts of a list, or the one text that stands in its place.
fn texts(at: Option<&At>) -> Vec<String> {
    let Some(at) = at else { return Vec::new() };
    let one = std::slice::from_ref(&at.node);
    let nodes = if at.node.list().is_some() { at.items() } else { one };
    let texts = nodes.iter().take(OF_A_KIND_MAX).filter_map(Node::written);
    texts.filter(|text| text.len() <= NAME_BYTES_MAX).collect()
}

/// Roles an extension of the operation names, else of its path.
fn roles(of: &Subject<'_>) -> Vec<String> {
    const NAMES: [&str; 6] = [
        "x-roles",
        "x-role",
        "x-required-roles",
        "x-required-role",
        "x-allowed-roles",
        "x-roles-allowed",
    ];
    let named = |holder: &At| -> Vec<String> {
        NAMES.iter().flat_map(|name| texts(holder.get(name).as_ref())).collect()
    };
    let own = named(of.operation);
    if own.is_empty() { named(of.item) } else { own }
}

/// The day an operation is to end, when it is a date.
fn sunset(reader: &mut Reader, of: &Subject<'_>) -> Option<String> {
    let stated = of.operation.get("x-sunset")?;
    let text = stated.node.written().unwrap_or_default();
    let date = text.get(..10).filter(|date| is_date(date));
    if date.is_none() {
        reader.warn(&stated, format!("`{}` is no date such as `2027-01-31`", quote(&text)));
    }
    date.map(|_| text.chars().take(40).collect())
}

fn is_date(text: &str) -> bool {
    let mut parts = text.split('-').map(|part| part.parse::<u16>().ok());
    let (year, month, day) = (parts.next(), parts.next(), parts.next());
    year.flatten().is_some()
        && month.flatten().is_some_and(|month| (1..=12).contains(&month))
        && day.flatten().is_some_and(|day| (1..=31).contains(&day))
        && parts.next().is_none()
}
