//! The query language, as far as questions to this graph need it (GraphQL October 2021, section 2).

use serde_json::{Map, Number, Value};
use std::collections::BTreeMap;

/// LIMIT: selections that stand in each other.
const DEPTH_MAX: usize = 64;

/// What a document asks to be done (section 6.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Root {
    #[default]
    Query,
    Mutation,
    Subscription,
}

impl Root {
    /// The type whose fields are asked for.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Query => "Query",
            Self::Mutation => "Mutation",
            Self::Subscription => "Subscription",
        }
    }
}

/// What is asked.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Document {
    pub(super) root: Root,
    pub(super) selections: Vec<Selection>,
    pub(super) fragments: BTreeMap<String, Vec<Selection>>,
}

/// One part of a selection.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Selection {
    Field(Field),
    On(String, Vec<Selection>),
    Spread(String),
}

/// A field with its arguments.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Field {
    pub(super) alias: String,
    pub(super) name: String,
    pub(super) arguments: Map<String, Value>,
    pub(super) inside: Vec<Selection>,
}

/// Reads a document with the values of its variables; `None` when it is none.
pub(super) fn read(text: &str, variables: &Map<String, Value>) -> Option<Document> {
    let words = words(text)?;
    let mut reader = Reader { words: &words, at: 0, variables };
    let mut document = Document::default();
    let mut found = false;
    while reader.at < words.len() {
        if reader.take_if("fragment") {
            let name = reader.take()?;
            reader.expect("on")?;
            reader.take()?;
            let inside = reader.selections(0)?;
            document.fragments.insert(name, inside);
            continue;
        }
        if found {
            return None;
        }
        found = true;
        document.root = reader.operation()?;
        document.selections = reader.selections(0)?;
    }
    found.then_some(document)
}

/// Names, numbers, texts (with one quotation mark in front) and marks.
fn words(text: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        if letter == '#' {
            while letters.next_if(|c| *c != '\n').is_some() {}
        } else if letter == '"' {
            let mut inside = String::from("\"");
            loop {
                match letters.next()? {
                    '"' => break,
                    '\\' => inside.push(letters.next()?),
                    other => inside.push(other),
                }
            }
            words.push(inside);
        } else if letter == '.' {
            letters.next_if_eq(&'.')?;
            letters.next_if_eq(&'.')?;
            words.push("...".to_owned());
        } else if is_of_word(letter) {
            let mut word = String::from(letter);
            while let Some(next) = letters.next_if(|c| is_of_word(*c) || *c == '.') {
                word.push(next);
            }
            words.push(word);
        } else if !letter.is_whitespace() && letter != ',' {
            words.push(letter.to_string());
        }
    }
    Some(words)
}

fn is_of_word(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_' || letter == '-'
}

struct Reader<'r> {
    words: &'r [String],
    at: usize,
    variables: &'r Map<String, Value>,
}

impl Reader<'_> {
    fn take(&mut self) -> Option<String> {
        let word = self.words.get(self.at)?.clone();
        self.at += 1;
        Some(word)
    }

    fn take_if(&mut self, word: &str) -> bool {
        let is_next = self.words.get(self.at).is_some_and(|next| next == word);
        self.at += usize::from(is_next);
        is_next
    }

    fn expect(&mut self, word: &str) -> Option<()> {
        self.take_if(word).then_some(())
    }

    /// `query Name($id: ID!)`: what is to be done. Variables are not checked for their types.
    fn operation(&mut self) -> Option<Root> {
        let root = match () {
            () if self.take_if("mutation") => Root::Mutation,
            () if self.take_if("subscription") => Root::Subscription,
            () if self.take_if("query") => Root::Query,
            () => return (self.words.get(self.at)? == "{").then_some(Root::Query),
        };
        while self.words.get(self.at)? != "{" {
            if self.take_if("(") {
                while !self.take_if(")") {
                    self.take()?;
                }
            } else {
                self.take()?;
            }
        }
        Some(root)
    }

    fn selections(&mut self, depth: usize) -> Option<Vec<Selection>> {
        self.expect("{")?;
        let mut selections = Vec::new();
        if depth > DEPTH_MAX {
            return None;
        }
        while !self.take_if("}") {
            if self.take_if("...") {
                if self.take_if("on") {
                    let name = self.take()?;
                    selections.push(Selection::On(name, self.selections(depth + 1)?));
                } else {
                    selections.push(Selection::Spread(self.take()?));
                }
                continue;
            }
            let mut name = self.name()?;
            let alias = name.clone();
            if self.take_if(":") {
                name = self.name()?;
            }
            let arguments = self.arguments()?;
            let opens = self.words.get(self.at).is_some_and(|next| next == "{");
            let inside = if opens { self.selections(depth + 1)? } else { Vec::new() };
            selections.push(Selection::Field(Field { alias, name, arguments, inside }));
        }
        (!selections.is_empty()).then_some(selections)
    }

    fn name(&mut self) -> Option<String> {
        self.take().filter(|word| word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_'))
    }

    fn arguments(&mut self) -> Option<Map<String, Value>> {
        let mut arguments = Map::new();
        if self.take_if("(") {
            while !self.take_if(")") {
                let name = self.name()?;
                self.expect(":")?;
                arguments.insert(name, self.value(0)?);
            }
        }
        Some(arguments)
    }

    /// A value; null for a variable that was not given.
    fn value(&mut self, depth: usize) -> Option<Value> {
        if depth > DEPTH_MAX {
            return None;
        }
        let word = self.take()?;
        Some(match word.as_str() {
            "$" => self.variables.get(&self.name()?).cloned().unwrap_or_default(),
            "true" | "false" => Value::Bool(word == "true"),
            "null" => Value::Null,
            "[" => {
                let mut items = Vec::new();
                while !self.take_if("]") {
                    items.push(self.value(depth + 1)?);
                }
                Value::Array(items)
            }
            "{" => {
                let mut members = Map::new();
                while !self.take_if("}") {
                    let name = self.name()?;
                    self.expect(":")?;
                    members.insert(name, self.value(depth + 1)?);
                }
                Value::Object(members)
            }
            text if text.starts_with('"') => Value::String(text.chars().skip(1).collect()),
            other => match other.parse::<i64>() {
                Ok(number) => Value::Number(Number::from(number)),
                Err(_) => Value::String(other.to_owned()),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    proptest::proptest! {
        #[test]
        fn no_text_makes_the_reader_fail(text in "[{}()a-z_$:\", .!\\[\\]0-9]{0,80}") {
            let _ = read(&text, &Map::new());
        }
    }

    #[test]
    fn a_question_reads_with_its_variables() {
        let variables = json!({"id": "x"}).as_object().cloned().unwrap_or_default();
        let text = "query Q($id: ID!) { a: order(id: $id, n: 3) { id ...on T { b } ...F } } \
                    fragment F on T { c }";
        let document = read(text, &variables).unwrap();
        let Selection::Field(field) = &document.selections[0] else { panic!("no field") };
        assert_eq!((field.alias.as_str(), field.name.as_str()), ("a", "order"));
        assert_eq!(field.arguments["id"], "x");
        assert_eq!(field.arguments["n"], 3);
        assert_eq!(field.inside.len(), 3);
        assert!(document.fragments.contains_key("F"));
        assert_eq!(read("mutation{a}", &variables).unwrap().root, Root::Mutation);
        assert_eq!(read("subscription S{a}", &variables).unwrap().root, Root::Subscription);
    }

    #[test]
    fn what_is_no_question_has_no_document() {
        for text in ["", "{", "{a", "{a}}", "{{a}}", "{}", "{a b:}", "query"] {
            assert_eq!(read(text, &Map::new()), None, "{text}");
        }
    }
}
