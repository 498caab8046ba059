//! YAML 1.2 into a tree with lines.
//!
//! In scope: the core schema's types, anchors, and merge keys (`<<`), which descriptions use although
//! YAML 1.2 dropped them. Out of scope: further documents of a stream, and maps and lists as names.

use super::{Builder, DEPTH_MAX, Entry, Node, SyntaxError, Tree, Value};
use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span, StrInput, Tag};
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Reads the first document of a text.
pub(crate) fn parse(text: &str) -> Result<Tree, SyntaxError> {
    let mut events = Parser::new_from_str(text);
    let mut assembly = Assembly::default();
    while let Some((event, span)) = next(&mut events)? {
        let line = line_of(&span);
        if assembly.take(event, line)? {
            break;
        }
    }
    let root = assembly.root.unwrap_or(Node { line: 1, value: Value::Null });
    Ok(assembly.builder.finish(root))
}

type Events<'a> = Parser<'a, StrInput<'a>>;

fn next<'a>(events: &mut Events<'a>) -> Result<Option<(Event<'a>, Span)>, SyntaxError> {
    events.next_event().transpose().map_err(|error| syntax(&error))
}

fn syntax(error: &ScanError) -> SyntaxError {
    let line = u32::try_from(error.marker().line()).unwrap_or(u32::MAX).max(1);
    SyntaxError { line, cause: error.info().to_owned() }
}

fn line_of(span: &Span) -> u32 {
    u32::try_from(span.start.line()).unwrap_or(u32::MAX).max(1)
}

/// A node with what an alias to it costs.
#[derive(Clone)]
struct Weighed {
    node: Node,
    /// Levels of lists and maps, itself included.
    height: u32,
    /// Values in it, itself included, aliases expanded.
    weight: u64,
}

enum Parts {
    List(Vec<Node>),
    Map { entries: Vec<Entry>, key: Option<(Arc<str>, u32)> },
}

/// A list or map that is not complete yet.
struct Frame {
    parts: Parts,
    line: u32,
    anchor: usize,
    height: u32,
    weight: u64,
}

#[derive(Default)]
struct Assembly {
    open: Vec<Frame>,
    anchors: HashMap<usize, Weighed>,
    root: Option<Node>,
    builder: Builder,
}

impl Assembly {
    /// Takes one event; says whether the document is complete.
    fn take(&mut self, event: Event<'_>, line: u32) -> Result<bool, SyntaxError> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.builder.count(1, line)?;
                let value = scalar(&text, style, tag.as_ref());
                let node = Node { line, value };
                self.place(Weighed { node, height: 0, weight: 1 }, Some(&text), anchor, line)?;
            }
            Event::Alias(anchor) => {
                let cause = "an alias names an anchor that is not complete".to_owned();
                let Some(named) = self.anchors.get(&anchor).cloned() else {
                    return Err(SyntaxError { line, cause });
                };
                self.builder.count(named.weight, line)?;
                let written = named.node.written();
                self.place(named, written.as_deref(), 0, line)?;
            }
            Event::SequenceStart(anchor, _) => self.open(Parts::List(Vec::new()), anchor, line)?,
            Event::MappingStart(anchor, _) => {
                self.open(Parts::Map { entries: Vec::new(), key: None }, anchor, line)?;
            }
            Event::SequenceEnd | Event::MappingEnd => self.close()?,
            Event::DocumentEnd => return Ok(true),
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentStart(_) => (),
        }
        Ok(false)
    }

    fn open(&mut self, parts: Parts, anchor: usize, line: u32) -> Result<(), SyntaxError> {
        self.builder.count(1, line)?;
        if self.open.len() >= DEPTH_MAX as usize {
            return Err(too_deep(line));
        }
        self.open.push(Frame { parts, line, anchor, height: 1, weight: 1 });
        Ok(())
    }

    fn close(&mut self) -> Result<(), SyntaxError> {
        let Some(frame) = self.open.pop() else { return Ok(()) };
        let value = match frame.parts {
            Parts::List(items) => Value::List(Arc::from(items)),
            Parts::Map { entries, .. } => {
                let entries = self.merged(entries)?;
                Value::Map(self.builder.map(entries))
            }
        };
        let node = Node { line: frame.line, value };
        let weighed = Weighed { node, height: frame.height, weight: frame.weight };
        self.place(weighed, None, frame.anchor, frame.line)
    }

    /// Puts a complete node where it belongs. `written` is its text when it may be a name.
    fn place(
        &mut self,
        weighed: Weighed,
        written: Option<&str>,
        anchor: usize,
        line: u32,
    ) -> Result<(), SyntaxError> {
        if anchor != 0 {
            self.anchors.insert(anchor, weighed.clone());
        }
        let depth = u32::try_from(self.open.len()).unwrap_or(u32::MAX);
        if depth.saturating_add(weighed.height) > DEPTH_MAX {
            return Err(too_deep(line));
        }
        let Some(frame) = self.open.last_mut() else {
            self.root = Some(weighed.node);
            return Ok(());
        };
        frame.height = frame.height.max(weighed.height + 1);
        frame.weight = frame.weight.saturating_add(weighed.weight);
        match &mut frame.parts {
            Parts::List(items) => items.push(weighed.node),
            Parts::Map { entries, key } => {
                if let Some((key, line)) = key.take() {
                    entries.push(Entry { key, line, node: weighed.node });
                } else {
                    let cause = "a list or map stands where a name is needed".to_owned();
                    let name = written.ok_or(SyntaxError { line, cause })?;
                    *key = Some((self.builder.key(name), line));
                }
            }
        }
        Ok(())
    }

    /// The entries with `<<` replaced by what it names; an entry's own names win.
    fn merged(&mut self, entries: Vec<Entry>) -> Result<Vec<Entry>, SyntaxError> {
        if !entries.iter().any(|entry| &*entry.key == "<<") {
            return Ok(entries);
        }
        let (merges, own): (Vec<_>, Vec<_>) =
            entries.into_iter().partition(|entry| &*entry.key == "<<");
        // A map's own names win, then the names of the source that stands first.
        let mut taken: HashSet<Arc<str>> = own.iter().map(|entry| Arc::clone(&entry.key)).collect();
        let mut all = own;
        for source in merges.iter().flat_map(|entry| sources(&entry.node)) {
            self.builder.count(source.entries().len() as u64, source_line(source.entries()))?;
            let fresh = source.entries().iter().filter(|e| taken.insert(Arc::clone(&e.key)));
            all.extend(fresh.cloned());
        }
        Ok(all)
    }
}

fn source_line(entries: &[Entry]) -> u32 {
    entries.first().map_or(1, |entry| entry.line)
}

fn sources(node: &Node) -> Vec<&Arc<super::Map>> {
    match &node.value {
        Value::Map(map) => vec![map],
        Value::List(items) => items.iter().filter_map(Node::map).collect(),
        _ => Vec::new(),
    }
}

fn too_deep(line: u32) -> SyntaxError {
    SyntaxError { line, cause: format!("values are nested more than {DEPTH_MAX} deep") }
}

/// The value of a scalar by the core schema (YAML 1.2.2, section 10.3).
fn scalar(text: &str, style: ScalarStyle, tag: Option<&Cow<'_, Tag>>) -> Value {
    let as_text = tag.is_some_and(|tag| tag.is_yaml_core_schema() && tag.suffix == "str");
    if as_text || !matches!(style, ScalarStyle::Plain) {
        return Value::Text(Arc::from(text));
    }
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        _ => number(text).unwrap_or_else(|| Value::Text(Arc::from(text))),
    }
}

fn number(text: &str) -> Option<Value> {
    let first = text.bytes().next()?;
    if !first.is_ascii_digit() && !matches!(first, b'-' | b'+' | b'.') {
        return None;
    }
    for (prefix, radix) in [("0x", 16), ("0o", 8)] {
        if let Some(digits) = text.strip_prefix(prefix) {
            let whole = u64::from_str_radix(digits, radix).ok()?;
            return Some(Value::Number(whole.into()));
        }
    }
    if let Ok(whole) = text.parse::<i64>() {
        return Some(Value::Number(whole.into()));
    }
    if let Ok(whole) = text.parse::<u64>() {
        return Some(Value::Number(whole.into()));
    }
    let plain = text.bytes().all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b));
    let number = text.parse::<f64>().ok().filter(|_| plain)?;
    serde_json::Number::from_f64(number).map(Value::Number)
}
