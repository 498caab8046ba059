//! Documents in, a catalogue out.

#[cfg(test)]
mod hostile;
#[cfg(test)]
mod measure;
#[cfg(test)]
mod tests;

use crate::catalog::{Catalog, Format};
use crate::formats;
use crate::graph::Graph;
use crate::node::{SyntaxError, Tree, json, yaml};
use crate::reader::Reader;
use crate::recorded;

/// Bytes one document may have.
// LIMIT: 64 MiB; the largest public descriptions have about 15.
pub const DOCUMENT_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Documents one description may consist of.
// LIMIT: 1,000 files.
const DOCUMENTS_MAX: usize = 1000;

/// A document and what it is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// Its path or URL, as given. References inside it are relative to this.
    pub name: String,
    /// What it holds.
    pub bytes: Vec<u8>,
}

/// A description: its main document, and those that it refers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Description {
    /// The document itself.
    pub main: Document,
    /// Others that it refers to, as far as they are at hand.
    pub others: Vec<Document>,
}

/// What was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// What could be made of the documents.
    pub catalog: Catalog,
    /// Names of documents that are referred to and were not given, absolute where the referring
    /// document's name is; in order, each once. They are what a hostile document wants to be read:
    /// the caller decides which it may, and reads again with more documents.
    pub wanted: Vec<String>,
}

/// Why nothing could be read. What is wrong with a *part* of a description is a warning instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// It is larger than [`DOCUMENT_BYTES_MAX`].
    #[error("`{file}` has {bytes} bytes, the most that is read is {DOCUMENT_BYTES_MAX}")]
    TooLarge {
        /// The document's name.
        file: String,
        /// How large it is.
        bytes: usize,
    },
    /// It is not UTF-8.
    #[error("`{file}`, line {line}: this is not UTF-8 text")]
    NotText {
        /// The document's name.
        file: String,
        /// The line of the first byte that is not text, from 1.
        line: u32,
    },
    /// It holds nothing.
    #[error("`{file}` is empty")]
    Empty {
        /// The document's name.
        file: String,
    },
    /// It is HTML: often the page that shows a description, not the description.
    #[error("`{file}` is a web page, not an API description")]
    WebPage {
        /// The document's name.
        file: String,
    },
    /// It is neither JSON nor YAML, ends too early, or goes past a limit.
    #[error("`{file}`, line {line}: {cause}")]
    Broken {
        /// The document's name.
        file: String,
        /// Where it was noticed, from 1.
        line: u32,
        /// What is wrong, for a person.
        cause: String,
    },
    /// It is something else.
    #[error(
        "`{file}` is no API description: no OpenAPI, no Swagger, no Postman collection, no HAR"
    )]
    NotADescription {
        /// The document's name.
        file: String,
    },
    /// It is a description of a version nobody here reads.
    #[error("`{file}`, line {line}: version `{version}` of this format is not supported")]
    UnsupportedVersion {
        /// The document's name.
        file: String,
        /// The line that names the version, from 1.
        line: u32,
        /// The version as written.
        version: String,
    },
}

/// Reads a description: the main document, and those that it refers to as far as they are at hand.
/// An error concerns the main document; another document that cannot be read is a warning.
pub fn read(main: &Document, others: &[Document]) -> Result<Reading, ReadError> {
    if let Some(graph) = graph_in(main) {
        let mut catalog = Catalog { format: Format::GraphQl, ..Catalog::empty() };
        catalog.add_graph(graph);
        for graph in others.iter().filter_map(graph_in) {
            catalog.add_graph(graph);
        }
        return Ok(Reading { catalog, wanted: Vec::new() });
    }
    let (graphs, others) = apart(others);
    let tree = tree_of(main)?;
    let (format, of) = formats::recognise(&main.name, &tree.root)?;
    let mut reader = Reader::new(&main.name, tree);
    reader.schemas.number_apart(&main.bytes);
    for other in others.into_iter().take(DOCUMENTS_MAX) {
        match tree_of(other) {
            Ok(tree) => reader.add(&other.name, Some(tree)),
            Err(error) => {
                reader.warn_plain(format!("a document that is referred to is left out: {error}"));
                reader.add(&other.name, None);
            }
        }
    }
    let mut catalog = (format.read)(&mut reader);
    catalog.format = of;
    let (warnings, wanted) = reader.finish();
    catalog.warnings = warnings;
    for graph in graphs {
        catalog.add_graph(graph);
    }
    Ok(Reading { catalog, wanted })
}

/// The graph a document describes, when it does and is not too large.
fn graph_in(document: &Document) -> Option<Graph> {
    if document.bytes.len() > DOCUMENT_BYTES_MAX { None } else { Graph::read(document) }
}

/// Documents of graphs, and the others.
fn apart(documents: &[Document]) -> (Vec<Graph>, Vec<&Document>) {
    let mut graphs = Vec::new();
    let mut others = Vec::new();
    for document in documents {
        match graph_in(document) {
            Some(graph) => graphs.push(graph),
            None => others.push(document),
        }
    }
    (graphs, others)
}

/// The form of a document; none when it is not a description.
pub fn format_of(document: &Document) -> Format {
    if graph_in(document).is_some() {
        return Format::GraphQl;
    }
    let tree = tree_of(document);
    let known = tree.ok().and_then(|tree| formats::recognise(&document.name, &tree.root).ok());
    known.map_or(Format::Undescribed, |(_, format)| format)
}

/// The document as it may be kept: of a recording what leads to the same operations, without
/// credentials and without the values of answers; of anything else all. One that cannot be read is
/// kept as nothing.
pub fn without_secrets(document: &Document) -> Document {
    let kept = |bytes| Document { name: document.name.clone(), bytes };
    if graph_in(document).is_some() {
        return document.clone();
    }
    let Ok(tree) = tree_of(document) else { return kept(b"{}".to_vec()) };
    match formats::recognise(&document.name, &tree.root) {
        Ok((_, format @ (Format::Postman | Format::Har))) => {
            let mut budget_bytes = u64::MAX;
            let plain = tree.root.plain(&mut budget_bytes).unwrap_or_default();
            kept(recorded::strip::strip(format, &plain).to_string().into_bytes())
        }
        _ => document.clone(),
    }
}

/// The tree of a document, JSON or YAML as its first character says.
fn tree_of(document: &Document) -> Result<Tree, ReadError> {
    let file = || document.name.clone();
    if document.bytes.len() > DOCUMENT_BYTES_MAX {
        return Err(ReadError::TooLarge { file: file(), bytes: document.bytes.len() });
    }
    let text = std::str::from_utf8(&document.bytes).map_err(|error| {
        let sound = document.bytes.get(..error.valid_up_to()).unwrap_or_default();
        ReadError::NotText { file: file(), line: lines_in(sound) }
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let start = text.trim_start();
    let broken = |SyntaxError { line, cause }| ReadError::Broken { file: file(), line, cause };
    match start.chars().next() {
        None => Err(ReadError::Empty { file: file() }),
        Some('<') => Err(ReadError::WebPage { file: file() }),
        // A YAML document may begin with a brace too; only a name that says so is believed.
        Some('{' | '[') if is_yaml_name(&document.name) => {
            json::parse(text).or_else(|_| yaml::parse(text)).map_err(broken)
        }
        Some('{' | '[') => json::parse(text).map_err(broken),
        Some(_) => yaml::parse(text).map_err(broken),
    }
}

fn lines_in(bytes: &[u8]) -> u32 {
    let lines = bytes.split(|byte| *byte == b'\n').count();
    u32::try_from(lines).unwrap_or(u32::MAX)
}

fn is_yaml_name(name: &str) -> bool {
    let path = name.split(['?', '#']).next().unwrap_or_default().to_ascii_lowercase();
    [".yaml", ".yml"].iter().any(|ending| path.ends_with(ending))
}
