//! PROP-01: answers hold properties that the description does not name.

use crate::check::{Check, Family, Need, Oracle, Scope, Tier};
use crate::context::Context;
use crate::oracle::leaves::plain_key;
use crate::oracle::refusal::refuses;
use crate::tape::{Flow, Tape};
use avouch_model::identity::Who;
use avouch_model::operation::Operation;
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::schema::{Additional, Schema};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};
use serde_json::Value;
use std::collections::BTreeMap;

/// LIMIT: depth of answers that are compared.
const DEPTH_MAX: usize = 8;
/// LIMIT: items of one list that are compared.
const ITEMS_MAX: usize = 50;
/// LIMIT: properties that are named in a finding.
const NAMED_MAX: usize = 20;
/// LIMIT: shapes that may stand at one place.
const SHAPES_MAX: usize = 16;

/// Parts of names that hint at what was not meant to leave.
const INTERNAL: [&str; 19] = [
    "internal",
    "secret",
    "password",
    "hash",
    "token",
    "private",
    "admin",
    "debug",
    "cost",
    "margin",
    "score",
    "risk",
    "fraud",
    "salary",
    "ssn",
    "birth",
    "ipaddress",
    "lastlogin",
    "apikey",
];

/// PROP-01
pub(super) const CHECK: Check = Check {
    id: "PROP-01",
    name: "undescribed-properties-returned",
    title: "Answers hold properties that the description does not name",
    family: Family::Prop,
    severity: Severity::Low,
    confidence: Confidence::Firm,
    oracles: &[Oracle::Declaration],
    tier: Tier::Passive,
    needs: &[Need::Description],
    scope: Scope::Operation,
    cwe: Cwe(213),
    owasp: &[Owasp::Api(3)],
    criteria: &["CC6.1", "C1.1"],
    page: include_str!("undescribed.md"),
    applies,
    run,
};

fn applies(ctx: &Context<'_>) -> bool {
    ctx.operation.is_some_and(|operation| {
        operation.method.is_safe() && ["200", "206"].iter().any(|s| shape(operation, s).is_some())
    })
}

/// The described JSON shape of answers of that status; `None` when nothing is said.
fn shape<'o>(operation: &'o Operation, status: &str) -> Option<&'o Schema> {
    let class = format!("{}xx", status.get(..1).unwrap_or_default());
    let answer = [status, class.as_str(), "default"].into_iter().find_map(|wanted| {
        operation.answers.iter().find(|answer| answer.status.eq_ignore_ascii_case(wanted))
    })?;
    let media = answer.media.iter().find(|media| media.media_type.contains("json"))?;
    (*media.schema != Schema::default() && media.schema.cut.is_none()).then_some(&*media.schema)
}

fn run(ctx: &Context<'_>, _: &mut Tape<'_>) -> Flow {
    let operation = ctx.operation()?;
    let mut seen = Comparison::default();
    let mut answered = false;
    for sample in ctx.corpus.all_of(&operation.id) {
        let Some(answer) = sample.success().filter(|answer| !refuses(answer)) else { continue };
        let (Some(json), Some(schema)) =
            (answer.json(), shape(operation, &answer.status.to_string()))
        else {
            continue;
        };
        answered = true;
        seen.walk(&json, &[schema], "", DEPTH_MAX);
    }
    if !answered {
        ctx.baseline(ctx.anyone().unwrap_or(Who::Nobody))?;
        return Ok(Verdict::inconclusive("no answer of the described kind was seen"));
    }
    if !seen.compared {
        return Ok(Verdict::NotApplicable);
    }
    Ok(verdict(&seen.extra))
}

fn verdict(extra: &BTreeMap<String, Additional>) -> Verdict {
    let weighs = |(path, rule): &(&String, &Additional)| match rule {
        Additional::Forbidden => true,
        Additional::Allowed => false,
        Additional::Unstated => is_internal(path),
    };
    if extra.is_empty() {
        return Verdict::Pass;
    }
    let severity = if extra.iter().any(|e| weighs(&e)) { Severity::Low } else { Severity::Info };
    let names: Vec<&str> = extra.keys().take(NAMED_MAX).map(String::as_str).collect();
    let names = names.join(", ");
    let summary = format!("the answer holds properties that are not described: {names}");
    let told: Vec<&str> = extra.iter().filter(weighs).map(|(path, _)| path.as_str()).collect();
    let proof = Proof::new(severity, Confidence::Firm, summary).about(names);
    Verdict::fail(if told.is_empty() {
        proof.because("the description does not forbid others, and no name looks internal")
    } else {
        proof.because(format!(
            "forbidden by the description, or internal by their names: {}",
            told.into_iter().take(NAMED_MAX).collect::<Vec<_>>().join(", ")
        ))
    })
}

fn is_internal(path: &str) -> bool {
    let key = plain_key(path.rsplit('/').next().unwrap_or_default());
    INTERNAL.iter().any(|part| key.contains(part))
}

/// What comparing answers with their shapes has shown.
#[derive(Default)]
struct Comparison {
    /// Whether any object had named properties to compare with.
    compared: bool,
    /// Places that are not described, with what the description says about such.
    extra: BTreeMap<String, Additional>,
}

impl Comparison {
    fn walk(&mut self, json: &Value, shapes: &[&Schema], path: &str, depth: usize) {
        let Some(all) = alternatives(shapes).filter(|_| depth > 0) else { return };
        match json {
            Value::Object(members) => self.object(members, &all, path, depth),
            Value::Array(items) => {
                let inner: Vec<&Schema> = all.iter().filter_map(|s| s.items.as_deref()).collect();
                if !inner.is_empty() {
                    for item in items.iter().take(ITEMS_MAX) {
                        self.walk(item, &inner, &format!("{path}/*"), depth - 1);
                    }
                }
            }
            _ => (),
        }
    }

    fn object(
        &mut self,
        members: &serde_json::Map<String, Value>,
        shapes: &[&Schema],
        path: &str,
        depth: usize,
    ) {
        let said = |rule| shapes.iter().any(|schema| schema.additional == rule);
        let named = shapes.iter().any(|schema| !schema.properties.is_empty());
        if !named && !said(Additional::Forbidden) {
            // A free map: its names are data.
            return;
        }
        self.compared = true;
        let rule = match (said(Additional::Allowed), said(Additional::Forbidden)) {
            (true, _) => Additional::Allowed,
            (false, true) => Additional::Forbidden,
            (false, false) => Additional::Unstated,
        };
        for (name, value) in members {
            let place = format!("{path}/{name}");
            let inner: Vec<&Schema> =
                shapes.iter().filter_map(|s| s.properties.get(name).map(|s| &**s)).collect();
            if !inner.is_empty() {
                self.walk(value, &inner, &place, depth - 1);
            } else if !value.is_null() {
                self.extra.insert(place, rule);
            }
        }
    }
}

/// Every shape that may stand here, alternatives spread out; `None` when one of them is not known.
fn alternatives<'s>(shapes: &[&'s Schema]) -> Option<Vec<&'s Schema>> {
    let mut all: Vec<&Schema> = Vec::new();
    let mut open: Vec<&Schema> = shapes.to_vec();
    while let Some(schema) = open.pop() {
        if schema.cut.is_some() || *schema == Schema::default() || all.len() >= SHAPES_MAX {
            return None;
        }
        open.extend(schema.variants.iter().map(|variant| &**variant));
        all.push(schema);
    }
    Some(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::sync::Arc;

    fn object(names: &[&str], additional: Additional) -> Schema {
        let leaf = Schema { format: Some("any".into()), ..Schema::default() };
        let properties = names.iter().map(|n| ((*n).to_owned(), Arc::new(leaf.clone()))).collect();
        Schema { properties, additional, ..Schema::default() }
    }

    fn extra(schema: &Schema, json: &Value) -> Vec<String> {
        let mut seen = Comparison::default();
        seen.walk(json, &[schema], "", DEPTH_MAX);
        seen.extra.into_keys().collect()
    }

    #[test]
    fn what_a_variant_names_is_described() {
        let variants = vec![
            Arc::new(object(&["cat"], Additional::Unstated)),
            Arc::new(object(&["dog"], Additional::Unstated)),
        ];
        let schema = Schema { variants, ..object(&["id"], Additional::Unstated) };
        assert_eq!(extra(&schema, &json!({"id": 1, "dog": 2, "fish": 3})), ["/fish"]);
    }

    #[test]
    fn an_unknown_shape_says_nothing() {
        let cut = Schema { cut: Some("#/x".into()), ..Schema::default() };
        let variants = vec![Arc::new(cut)];
        let schema = Schema { variants, ..object(&["id"], Additional::Unstated) };
        assert!(extra(&schema, &json!({"fish": 3})).is_empty());
        assert!(extra(&object(&[], Additional::Allowed), &json!({"fish": 3})).is_empty());
    }
}
