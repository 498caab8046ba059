//! What belongs to a population, what its table shows, and what is ticked for each item.
//!
//! The table is data, so that a package carries it and verifiers that are not ours read the same.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The table, as it lies in a package below `schemas/`.
pub const DEFINITIONS: &str = include_str!("definitions.json");

/// What belongs to a population.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Definition {
    /// What it is, in a sentence.
    pub about: String,
    /// What is looked at for each item.
    pub attributes: Vec<Attribute>,
    /// Fields of facts that its table shows.
    pub columns: Vec<String>,
    /// Ids of the controls it is evidence for.
    pub controls: Vec<String>,
    /// Which facts belong to it.
    pub sources: Vec<Source>,
    /// What a person calls it.
    pub title: String,
    /// Its name, such as `credential-issued`.
    #[serde(rename = "type")]
    pub name: String,
}

/// Facts of a kind that belong to a population.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// A field of the fact.
    pub field: String,
    /// The kind.
    pub kind: String,
    /// What the field says; all facts of the kind belong to it if this is empty.
    pub words: Vec<String>,
}

/// Something that is looked at for each item.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Attribute {
    /// The field it is about.
    pub field: String,
    /// Fields whose values must be others, for [`Test::Differs`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub from: Vec<String>,
    /// What a person calls it.
    pub name: String,
    /// Which facts it is about; all of the population if this is empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub only: Vec<Source>,
    /// How it is judged.
    pub test: Test,
    /// The value it must have, for [`Test::Equals`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
}

/// How an attribute is judged.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Test {
    /// The field has a value.
    Present,
    /// The field has a value, and none that is a value of the others.
    Differs,
    /// The field has this value.
    Equals,
}

/// How an attribute stands for an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mark {
    /// It is as it must be.
    Met,
    /// It is not, or nothing shows it.
    NotMet,
    /// A field that it needs is withheld: nobody can tell.
    Withheld,
    /// It is about other facts of the population than this one.
    NotApplicable,
}

impl Mark {
    /// Its word in files.
    pub fn word(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::NotMet => "not-met",
            Self::Withheld => "withheld",
            Self::NotApplicable => "not-applicable",
        }
    }

    /// Whether an item with it deviates: what is withheld is not good.
    pub fn deviates(self) -> bool {
        matches!(self, Self::NotMet | Self::Withheld)
    }
}

impl Definition {
    /// Every population, in the order in which they are shown.
    pub fn all() -> Result<Vec<Self>, serde_json::Error> {
        serde_json::from_str(DEFINITIONS)
    }

    /// Whether a fact of a kind belongs to it.
    pub fn holds(&self, kind: &str, fact: &Map<String, Value>) -> bool {
        self.sources.iter().any(|source| source.holds(kind, fact))
    }

    /// Whether facts of a kind can belong to it.
    pub fn has_kind(&self, kind: &str) -> bool {
        self.sources.iter().any(|source| source.kind == kind)
    }
}

impl Source {
    /// Whether a fact of a kind is one of these.
    fn holds(&self, kind: &str, fact: &Map<String, Value>) -> bool {
        let word = || fact.get(&self.field).and_then(Value::as_str);
        let says = |word: &str| self.words.iter().any(|known| known == word);
        self.kind == kind && (self.words.is_empty() || word().is_some_and(says))
    }
}

fn values<'a>(fact: &'a Map<String, Value>, field: &str) -> Vec<&'a Value> {
    match fact.get(field) {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(values)) => values.iter().collect(),
        Some(value) => vec![value],
    }
}

impl Attribute {
    /// How it stands for a fact of a kind, of which some fields are withheld.
    pub fn judge(
        &self,
        kind: &str,
        fact: &Map<String, Value>,
        withheld: &Map<String, Value>,
    ) -> Mark {
        let of_kind = || self.only.iter().filter(|source| source.kind == kind);
        if of_kind().any(|source| withheld.contains_key(&source.field)) {
            return Mark::Withheld;
        }
        if !self.only.is_empty() && !of_kind().any(|source| source.holds(kind, fact)) {
            return Mark::NotApplicable;
        }
        let mut needed = std::iter::once(&self.field).chain(&self.from);
        if needed.any(|field| withheld.contains_key(field)) {
            return Mark::Withheld;
        }
        let own = values(fact, &self.field);
        let met = match self.test {
            Test::Present => !own.is_empty(),
            Test::Equals => own.len() == 1 && own.first().copied() == self.value.as_ref(),
            Test::Differs => {
                let others: Vec<&Value> =
                    self.from.iter().flat_map(|field| values(fact, field)).collect();
                !own.is_empty() && !own.iter().any(|value| others.contains(value))
            }
        };
        if met { Mark::Met } else { Mark::NotMet }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use avouch_model::coding::Form;
    use serde_json::json;

    #[test]
    fn each_population_speaks_of_fields_and_words_that_facts_have() {
        let all = Definition::all().unwrap();
        assert_eq!(all.len(), 22);
        for definition in &all {
            for source in &definition.sources {
                let kind = avouch_model::fact::named(&source.kind).unwrap();
                let field = kind.fields.iter().find(|field| field.name == source.field).unwrap();
                if let Form::Word(words) = field.form {
                    for word in &source.words {
                        assert!(words.iter().any(|known| known.word == word), "{word}");
                    }
                }
            }
            let known = |name: &String| {
                definition.sources.iter().any(|source| {
                    let kind = avouch_model::fact::named(&source.kind).unwrap();
                    kind.fields.iter().any(|field| field.name == name)
                })
            };
            assert!(definition.columns.iter().all(known), "{}", definition.name);
            assert!(!definition.attributes.is_empty(), "{}", definition.name);
            for attribute in &definition.attributes {
                assert!(known(&attribute.field) && attribute.from.iter().all(known));
                for only in &attribute.only {
                    let of_it = |source: &&Source| {
                        source.kind == only.kind
                            && source.field == only.field
                            && only
                                .words
                                .iter()
                                .all(|word| source.words.contains(word) || source.words.is_empty())
                    };
                    assert!(
                        definition.sources.iter().any(|source| of_it(&source)),
                        "{}",
                        attribute.name
                    );
                }
            }
        }
    }

    #[test]
    fn what_nobody_shows_is_not_met_and_what_is_withheld_is_not_known() {
        let attribute = |test, from: &[&str], value| Attribute {
            field: "by".into(),
            from: from.iter().map(|&name| name.to_owned()).collect(),
            name: "x".into(),
            only: Vec::new(),
            test,
            value,
        };
        let judge = |attribute: &Attribute, fact: Value| {
            attribute.judge("key", fact.as_object().unwrap(), &Map::new())
        };
        let differs = attribute(Test::Differs, &["actor"], None);
        assert_eq!(judge(&differs, json!({"by": ["otto"], "actor": "anna"})), Mark::Met);
        assert_eq!(judge(&differs, json!({"by": ["otto", "anna"], "actor": "anna"})), Mark::NotMet);
        assert_eq!(judge(&differs, json!({"by": [], "actor": "anna"})), Mark::NotMet);
        let equals = attribute(Test::Equals, &[], Some(json!(true)));
        assert_eq!(judge(&equals, json!({"by": true})), Mark::Met);
        assert_eq!(judge(&equals, json!({})), Mark::NotMet);
        let hidden = json!({"actor": "00"});
        let fact = json!({"by": ["otto"]});
        let judged = differs.judge("key", fact.as_object().unwrap(), hidden.as_object().unwrap());
        assert_eq!(judged, Mark::Withheld);
    }

    #[test]
    fn an_attribute_says_nothing_of_facts_that_it_is_not_about() {
        let judge = |name: &str, kind: &str, fact: Value, hidden: Value| {
            let all = Definition::all().unwrap();
            let change = all.iter().find(|one| one.name == "change").unwrap();
            let attribute = change.attributes.iter().find(|one| one.name == name).unwrap();
            attribute.judge(kind, fact.as_object().unwrap(), hidden.as_object().unwrap())
        };
        let (what, bare) = ("decided by another", json!({}));
        let own = json!({"about": "change", "subject": "anna", "decided_by": ["anna"]});
        assert_eq!(judge(what, "decision", own, bare.clone()), Mark::NotMet);
        let decided = json!({"about": "change", "subject": "anna", "decided_by": ["otto"]});
        assert_eq!(judge(what, "decision", decided, bare.clone()), Mark::Met);
        let policy = json!({"event": "approved", "actor": "otto"});
        assert_eq!(judge(what, "policy", policy, bare.clone()), Mark::NotApplicable);
        let other = json!({"about": "exception"});
        assert_eq!(judge(what, "decision", other, bare), Mark::NotApplicable);
        // Whether it is about the fact is not known either.
        let hidden = json!({"about": "00"});
        assert_eq!(judge(what, "decision", json!({}), hidden), Mark::Withheld);
    }
}
