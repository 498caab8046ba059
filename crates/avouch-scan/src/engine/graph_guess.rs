//! Reads the schema of a graph that does not tell it, from how the graph corrects questions.
//!
//! Every question holds a field that cannot exist, so none is ever answered: what is learnt are names
//! that come near guessed ones, types of things and required arguments. What is not corrected is not
//! learnt; the schema that results is a part of the true one.

use super::sender::Sender;
use crate::oracle::graph_answer::errors;
use crate::step::{Credential, Request};
use avouch_model::identity::Who;
use avouch_model::operation::Method;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::sync::Arc;

/// LIMIT: questions to one graph.
const QUESTIONS_MAX: usize = 12;
/// LIMIT: names in one question; servers stop counting mistakes at a hundred.
const NAMES_MAX: usize = 80;
/// Mistakes at which servers stop counting.
const MISTAKES_MAX: usize = 99;
/// A field that cannot exist.
const NOWHERE: &str = "zqxnowhere";

/// Names of queries that many graphs have.
const QUERIES: &str = "me viewer currentUser profile account user users customer customers order orders \
    product products item items post posts comment comments message messages note notes invoice invoices \
    payment payments project projects task tasks ticket tickets team teams member members role roles \
    organization organizations file files document documents report reports event events booking bookings \
    search node nodes settings notifications categories category review reviews paste pastes article \
    articles admin stats health version";
/// Names of fields that many things have.
const FIELDS: &str = "id uuid name title email phone username firstName lastName fullName role roles status \
    state type description body content text note notes comment address city country price total amount \
    balance currency quantity createdAt updatedAt date owner author user customer createdBy member members \
    items orders posts comments messages products edges nodes node cursor pageInfo totalCount count isAdmin \
    password token apiKey secret iban ssn birthDate public url slug sku number code members projects tasks";

/// What one mistake tells.
#[derive(Debug, PartialEq, Eq)]
enum Told {
    /// The type has no such field, and these come near.
    Unknown { field: String, of: String, near: Vec<String> },
    /// The field gives a thing of that type.
    Thing { field: String, of: String },
    /// The field needs that argument.
    Needs { field: String, argument: String, of: String },
}

/// What is known of a field: its type as written, and required arguments.
type Field = (String, Vec<(String, String)>);

/// What was learnt so far.
#[derive(Debug, Default)]
struct Learnt {
    root: String,
    types: BTreeMap<String, BTreeMap<String, Field>>,
}

/// The schema as far as the graph's corrections tell it, in the schema language; `None` when it
/// corrects nothing.
pub(super) async fn guess(sender: &Arc<Sender>, path: &str, who: Option<Who>) -> Option<String> {
    let mut learnt = Learnt::default();
    let first = ask(sender, path, who, "", QUERIES).await?;
    learnt.root = first.iter().find_map(|told| match told {
        Told::Unknown { field, of, .. } if field == NOWHERE => Some(of.clone()),
        _ => None,
    })?;
    let near = learnt.take(&first, QUERIES, &learnt.root.clone());
    let mut left = QUESTIONS_MAX - 1;
    if !near.is_empty() {
        let words = near.join(" ");
        let second = ask(sender, path, who, "", &words).await?;
        learnt.take(&second, &words, &learnt.root.clone());
        left -= 1;
    }
    let mut asked = BTreeSet::new();
    while left > 0 {
        let Some((way, of)) = learnt.next(&asked) else { break };
        asked.insert(of.clone());
        left -= 1;
        let Some(told) = ask(sender, path, who, &way, FIELDS).await else { continue };
        let near = learnt.take(&told, FIELDS, &of);
        if !near.is_empty() && left > 0 {
            left -= 1;
            let words = near.join(" ");
            let Some(told) = ask(sender, path, who, &way, &words).await else { continue };
            learnt.take(&told, &words, &of);
        }
    }
    learnt.written()
}

/// Asks for these names inside a way such as `order.customer`, and takes what the mistakes tell;
/// `None` when the graph does not look for mistakes, or stops before it found all.
async fn ask(
    sender: &Arc<Sender>,
    path: &str,
    who: Option<Who>,
    way: &str,
    names: &str,
) -> Option<Vec<Told>> {
    let names: BTreeSet<&str> = names.split_whitespace().take(NAMES_MAX).collect();
    let inside: Vec<&str> = names.into_iter().chain([NOWHERE]).collect();
    let mut text = format!("{{{}}}", inside.join(" "));
    for field in way.split('.').rev().filter(|field| !field.is_empty()) {
        text = format!("{{{field}{text}}}");
    }
    let request =
        Request::new(Method::Post, path).json(&json!({ "query": format!("query{text}") }));
    let request = request.with(who.map_or(Credential::None, Credential::Of));
    let exchange = sender.send(&request).await;
    let said = errors(exchange.answer()?);
    let told: Vec<Told> = said.iter().filter_map(|error| read(&error.message)).collect();
    let whole = told.iter().any(|it| matches!(it, Told::Unknown { field, .. } if field == NOWHERE));
    (whole && said.len() < MISTAKES_MAX).then_some(told)
}

/// What a mistake tells, in the words of the reference implementations.
fn read(message: &str) -> Option<Told> {
    let quote = |c: char| matches!(c, '"' | '\'');
    let mut quoted = message.split(quote).skip(1).step_by(2).map(str::to_owned);
    if message.starts_with("Cannot query field ") {
        let (field, of) = (quoted.next()?, quoted.next()?);
        let near = if message.contains("inline fragment") { Vec::new() } else { quoted.collect() };
        return Some(Told::Unknown { field, of, near });
    }
    if !message.starts_with("Field ") {
        return None;
    }
    if message.contains("must have a selection") {
        return Some(Told::Thing { field: quoted.next()?, of: quoted.next()? });
    }
    let (field, argument, of) = (quoted.next()?, quoted.next()?, quoted.next()?);
    message.contains("is required").then_some(Told::Needs { field, argument, of })
}

impl Learnt {
    /// Takes in what was told of a type, and gives names that came near and were not asked yet. Names
    /// that were asked and are in no mistake are single values.
    fn take(&mut self, told: &[Told], names: &str, of: &str) -> Vec<String> {
        let known = self.types.entry(of.to_owned()).or_default();
        let mut unknown = BTreeSet::new();
        let mut near = BTreeSet::new();
        for it in told {
            match it {
                Told::Unknown { field, of: at, near: names } if at == of => {
                    unknown.insert(field.as_str());
                    near.extend(names.iter().cloned());
                }
                Told::Thing { field, of } => {
                    known.entry(field.clone()).or_default().0.clone_from(of);
                }
                Told::Needs { field, argument, of } if names.split(' ').any(|it| it == field) => {
                    let argument = (argument.clone(), of.clone());
                    known.entry(field.clone()).or_default().1.push(argument);
                }
                _ => (),
            }
        }
        for name in names.split_whitespace().filter(|name| !unknown.contains(name)) {
            let field = known.entry(name.to_owned()).or_default();
            if field.0.is_empty() {
                field.0 = if name == "id" { "ID".to_owned() } else { "String".to_owned() };
            }
        }
        near.into_iter().filter(|name| !known.contains_key(name)).collect()
    }

    /// A way to a type whose fields are not known yet, by fields whose types are.
    fn next(&self, asked: &BTreeSet<String>) -> Option<(String, String)> {
        let inner = |of: &str| of.trim_matches(['[', ']', '!']).to_owned();
        let mut open = vec![(String::new(), self.root.clone())];
        let mut met = BTreeSet::new();
        while let Some((way, of)) = (!open.is_empty()).then(|| open.remove(0)) {
            for (name, (written, _)) in self.types.get(&of).into_iter().flatten() {
                let below = inner(written);
                let single = ["String", "ID", "Int", "Float", "Boolean"].contains(&below.as_str());
                if single || !met.insert(below.clone()) {
                    continue;
                }
                let further = if way.is_empty() { name.clone() } else { format!("{way}.{name}") };
                if !asked.contains(&below) && !self.types.contains_key(&below) {
                    return Some((further, below));
                }
                open.push((further, below));
            }
        }
        None
    }

    /// Whether something is known of what a field gives.
    fn can_be_asked(&self, of: &str) -> bool {
        let inner = of.trim_matches(['[', ']', '!']);
        let known = self.types.get(inner).is_some_and(|fields| !fields.is_empty());
        known || ["String", "ID", "Int", "Float", "Boolean"].contains(&inner)
    }

    /// In the schema language; fields that give things of which nothing is known are left out.
    fn written(&self) -> Option<String> {
        let mut text = format!("schema {{ query: {} }}\n", self.root);
        for (name, fields) in self.types.iter().filter(|(_, fields)| !fields.is_empty()) {
            let mut members = String::new();
            for (field, (of, arguments)) in
                fields.iter().filter(|(_, (of, _))| self.can_be_asked(of))
            {
                let given: Vec<String> =
                    arguments.iter().map(|(n, of)| format!("{n}: {of}")).collect();
                let given = if given.is_empty() {
                    String::new()
                } else {
                    format!("({})", given.join(", "))
                };
                let _ = write!(members, " {field}{given}: {of}");
            }
            let _ = writeln!(text, "type {name} {{{members} }}");
        }
        self.types.get(&self.root).is_some_and(|fields| !fields.is_empty()).then_some(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistakes_are_read_in_both_quotations() {
        let unknown = |near: &[&str]| Told::Unknown {
            field: "usr".into(),
            of: "Query".into(),
            near: near.iter().map(|it| (*it).to_owned()).collect(),
        };
        let said =
            "Cannot query field \"usr\" on type \"Query\". Did you mean \"user\" or \"users\"?";
        assert_eq!(read(said), Some(unknown(&["user", "users"])));
        assert_eq!(read("Cannot query field 'usr' on type 'Query'."), Some(unknown(&[])));
        let said = "Field 'me' of type 'User!' must have a selection of subfields. Did you mean 'me { ... }'?";
        assert_eq!(read(said), Some(Told::Thing { field: "me".into(), of: "User!".into() }));
        let said =
            "Field \"order\" argument \"id\" of type \"ID!\" is required, but it was not provided.";
        assert!(matches!(read(said), Some(Told::Needs { .. })));
        assert_eq!(read("Syntax Error"), None);
    }

    #[test]
    fn what_was_learnt_is_a_schema() {
        let mut learnt = Learnt { root: "Query".into(), ..Learnt::default() };
        let told = [
            Told::Unknown { field: "usr".into(), of: "Query".into(), near: vec!["users".into()] },
            Told::Thing { field: "me".into(), of: "User!".into() },
            Told::Needs { field: "me".into(), argument: "at".into(), of: "ID!".into() },
        ];
        assert_eq!(learnt.take(&told, "usr me version", "Query"), ["users"]);
        assert_eq!(learnt.next(&BTreeSet::new()), Some(("me".into(), "User".into())));
        learnt.take(&[], "id", "User");
        let text = learnt.written().unwrap();
        assert!(text.contains("me(at: ID!): User!") && text.contains("version: String"), "{text}");
        assert!(text.contains("type User { id: ID }"), "{text}");
        assert_eq!(learnt.next(&BTreeSet::new()), None);
    }
}
