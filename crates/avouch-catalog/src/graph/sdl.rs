//! A schema in the schema language (section 3).
//!
//! Read with a small reader of words: descriptions and comments are skipped, directives are read
//! over, extensions are added to what they extend. What cannot be understood ends the reading.

use super::{Graph, GraphField, GraphInput, GraphType, MEMBERS_MAX, TYPES_MAX, TypeKind, TypeRef};

/// LIMIT: words of one schema.
const WORDS_MAX: usize = 2_000_000;

/// Reads a schema; `None` when the text is none, or names no queries.
pub(super) fn read(text: &str) -> Option<Graph> {
    let begins = [
        "type ",
        "schema {",
        "schema{",
        "schema @",
        "extend ",
        "interface ",
        "union ",
        "enum ",
        "input ",
        "scalar ",
    ];
    let looks_so =
        text.lines().any(|line| begins.iter().any(|word| line.trim_start().starts_with(word)));
    if !looks_so || text.trim_start().starts_with(['<', '[', '{']) {
        return None;
    }
    let mut reader = Reader { words: words(text)?, at: 0 };
    let mut graph = Graph {
        query: Some("Query".to_owned()),
        mutation: Some("Mutation".to_owned()),
        subscription: Some("Subscription".to_owned()),
        ..Graph::default()
    };
    while let Some(word) = reader.take() {
        let word = if word == "extend" { reader.take()? } else { word };
        reader.definition(&word, &mut graph)?;
    }
    implementers(&mut graph);
    (!graph.queries().is_empty()).then_some(graph)
}

/// Adds to each interface the objects that name it, which were noted among its `possible` by name.
fn implementers(graph: &mut Graph) {
    let noted: Vec<(String, Vec<String>)> = graph
        .types
        .iter_mut()
        .filter(|(_, it)| it.kind == TypeKind::Object)
        .map(|(name, it)| (name.clone(), std::mem::take(&mut it.possible)))
        .collect();
    for (object, interfaces) in noted {
        for interface in interfaces {
            if let Some(known) = graph.types.get_mut(&interface) {
                known.possible.push(object.clone());
            }
        }
    }
}

/// Names, numbers, texts and marks, in order. Texts keep one quotation mark in front.
fn words(text: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if words.len() > WORDS_MAX {
            return None;
        }
        if first == '#' {
            rest = rest.split_once('\n').map_or("", |(_, after)| after);
        } else if let Some(after) = rest.strip_prefix("\"\"\"") {
            let (inside, after) = after.split_once("\"\"\"")?;
            words.push(format!("\"{}", inside.trim()));
            rest = after;
        } else if let Some(after) = rest.strip_prefix('"') {
            let end = after.char_indices().scan(false, |escaped, (at, c)| {
                let ends = c == '"' && !*escaped;
                *escaped = c == '\\' && !*escaped;
                Some((at, ends))
            });
            let (at, _) = end.into_iter().find(|(_, ends)| *ends)?;
            let (inside, after) = after.split_at_checked(at)?;
            words.push(format!("\"{inside}"));
            rest = after.strip_prefix('"')?;
        } else if first.is_whitespace() || first == ',' || first == '\u{feff}' {
            rest = rest.get(first.len_utf8()..)?;
        } else if let Some(after) = rest.strip_prefix("...") {
            words.push("...".to_owned());
            rest = after;
        } else if is_of_word(first) {
            let end = rest.find(|c| !is_of_word(c)).unwrap_or(rest.len());
            let (word, after) = rest.split_at_checked(end)?;
            words.push(word.to_owned());
            rest = after;
        } else {
            words.push(first.to_string());
            rest = rest.get(first.len_utf8()..)?;
        }
    }
    Some(words)
}

/// Adds a type, or to a type that is known already.
fn add(graph: &mut Graph, name: String, of: GraphType) -> Option<()> {
    if graph.types.len() >= TYPES_MAX {
        return None;
    }
    let known = graph.types.entry(name).or_default();
    known.kind = of.kind;
    known.fields.extend(of.fields);
    known.inputs.extend(of.inputs);
    known.possible.extend(of.possible);
    known.values.extend(of.values);
    Some(())
}

fn is_of_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-' | '+')
}

struct Reader {
    words: Vec<String>,
    at: usize,
}

impl Reader {
    fn peek(&self) -> Option<&str> {
        self.words.get(self.at).map(String::as_str)
    }

    /// The next word; descriptions are read over.
    fn take(&mut self) -> Option<String> {
        self.description();
        let word = self.words.get(self.at)?.clone();
        self.at += 1;
        Some(word)
    }

    fn description(&mut self) -> Option<String> {
        let mut last = None;
        while let Some(text) = self.peek().and_then(|word| word.strip_prefix('"')) {
            last = Some(text.to_owned());
            self.at += 1;
        }
        last
    }

    fn take_if(&mut self, word: &str) -> bool {
        let is_next = self.peek() == Some(word);
        self.at += usize::from(is_next);
        is_next
    }

    /// Reads over `@name(…)`, any number of times; whether one was `@deprecated`.
    fn directives(&mut self) -> Option<bool> {
        let mut deprecated = false;
        while self.take_if("@") {
            deprecated |= self.take()? == "deprecated";
            if self.peek() == Some("(") {
                self.skip("(", ")")?;
            }
        }
        Some(deprecated)
    }

    /// Reads over everything between a mark and its counterpart.
    fn skip(&mut self, open: &str, close: &str) -> Option<()> {
        let mut depth = 0_u32;
        loop {
            let word = self.words.get(self.at)?.clone();
            self.at += 1;
            if word == open {
                depth += 1;
            } else if word == close {
                depth = depth.checked_sub(1)?;
            }
            if depth == 0 {
                return Some(());
            }
        }
    }

    fn definition(&mut self, word: &str, graph: &mut Graph) -> Option<()> {
        match word {
            "schema" => self.roots(graph),
            "directive" => self.directive(),
            "scalar" => {
                let name = self.take()?;
                self.directives()?;
                add(graph, name, GraphType::default())
            }
            "type" | "interface" => {
                let name = self.take()?;
                let possible = self.implemented()?;
                self.directives()?;
                let fields = if self.peek() == Some("{") { self.fields()? } else { Vec::new() };
                let object = word == "type";
                let kind = if object { TypeKind::Object } else { TypeKind::Interface };
                let possible = if object { possible } else { Vec::new() };
                add(graph, name, GraphType { kind, fields, possible, ..GraphType::default() })
            }
            "input" => {
                let name = self.take()?;
                self.directives()?;
                let inputs =
                    if self.peek() == Some("{") { self.inputs("{", "}")? } else { Vec::new() };
                add(
                    graph,
                    name,
                    GraphType { kind: TypeKind::Input, inputs, ..GraphType::default() },
                )
            }
            "enum" => {
                let name = self.take()?;
                self.directives()?;
                let values = if self.take_if("{") { self.values()? } else { Vec::new() };
                add(graph, name, GraphType { kind: TypeKind::Enum, values, ..GraphType::default() })
            }
            "union" => {
                let name = self.take()?;
                self.directives()?;
                let mut possible = Vec::new();
                if self.take_if("=") {
                    self.take_if("|");
                    possible.push(self.take()?);
                    while self.take_if("|") {
                        possible.push(self.take()?);
                    }
                }
                add(
                    graph,
                    name,
                    GraphType { kind: TypeKind::Union, possible, ..GraphType::default() },
                )
            }
            _ => None,
        }
    }

    fn roots(&mut self, graph: &mut Graph) -> Option<()> {
        self.directives()?;
        if !self.take_if("{") {
            return Some(());
        }
        (graph.mutation, graph.subscription) = (None, None);
        while !self.take_if("}") {
            let root = self.take()?;
            if self.take()? != ":" {
                return None;
            }
            let name = Some(self.take()?);
            match root.as_str() {
                "query" => graph.query = name,
                "mutation" => graph.mutation = name,
                "subscription" => graph.subscription = name,
                _ => return None,
            }
        }
        Some(())
    }

    fn directive(&mut self) -> Option<()> {
        if self.take()? != "@" {
            return None;
        }
        self.take()?;
        if self.peek() == Some("(") {
            self.skip("(", ")")?;
        }
        self.take_if("repeatable");
        if self.take()? != "on" {
            return None;
        }
        self.take_if("|");
        self.take()?;
        while self.take_if("|") {
            self.take()?;
        }
        Some(())
    }

    fn implemented(&mut self) -> Option<Vec<String>> {
        let mut names = Vec::new();
        if self.take_if("implements") {
            self.take_if("&");
            names.push(self.take()?);
            while self.take_if("&") {
                names.push(self.take()?);
            }
        }
        Some(names)
    }

    fn fields(&mut self) -> Option<Vec<GraphField>> {
        self.take_if("{");
        let mut fields = Vec::new();
        loop {
            let description = self.description();
            if self.take_if("}") {
                return Some(fields);
            }
            let name = self.take()?;
            let arguments =
                if self.peek() == Some("(") { self.inputs("(", ")")? } else { Vec::new() };
            if self.take()? != ":" {
                return None;
            }
            let of = self.reference()?;
            let deprecated = self.directives()?;
            if fields.len() < MEMBERS_MAX {
                fields.push(GraphField { name, arguments, of, description, deprecated });
            }
        }
    }

    fn inputs(&mut self, open: &str, close: &str) -> Option<Vec<GraphInput>> {
        self.take_if(open);
        let mut inputs = Vec::new();
        loop {
            self.description();
            if self.take_if(close) {
                return Some(inputs);
            }
            let name = self.take()?;
            if self.take()? != ":" {
                return None;
            }
            let of = self.reference()?;
            let has_default = self.take_if("=");
            if has_default {
                match self.peek()? {
                    "[" => self.skip("[", "]")?,
                    "{" => self.skip("{", "}")?,
                    _ => self.at += 1,
                }
            }
            self.directives()?;
            if inputs.len() < MEMBERS_MAX {
                inputs.push(GraphInput { name, of, has_default });
            }
        }
    }

    fn values(&mut self) -> Option<Vec<String>> {
        let mut values = Vec::new();
        loop {
            self.description();
            if self.take_if("}") {
                return Some(values);
            }
            let value = self.take()?;
            self.directives()?;
            if values.len() < MEMBERS_MAX {
                values.push(value);
            }
        }
    }

    /// `[Order!]!`
    fn reference(&mut self) -> Option<TypeRef> {
        let mut text = String::new();
        while self.take_if("[") {
            text.push('[');
        }
        text.push_str(&self.take()?);
        while let Some(mark) = self.peek().filter(|word| matches!(*word, "]" | "!")) {
            text.push_str(mark);
            self.at += 1;
        }
        TypeRef::parse(&text)
    }
}
