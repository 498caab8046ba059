//! The sample of a population, and how its items and the whole population stand.
//!
//! It is computed from the rows alone, by whoever writes a package and by whoever judges it.

use crate::canonical;
use crate::populations::{Attribute, Definition, Mark, Row};
use crate::sampling::{Draw, Seed, Table, bound_ppm};
use avouch_ledger::merkle::Hash;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// What samples are drawn by.
#[derive(Clone, Copy, Debug)]
pub struct Plan<'a> {
    /// The auditor's nonce.
    pub nonce: [u8; 16],
    /// The root of the ledger's tree.
    pub root: Hash,
    /// How many items are drawn.
    pub table: &'a Table,
}

/// How often an attribute stood how.
type Marks = BTreeMap<Mark, u64>;

/// A sample that is being drawn.
#[derive(Debug)]
pub struct Drawing<'a> {
    definition: &'a Definition,
    plan: Plan<'a>,
    seed: Seed,
    count: u64,
    population_root: Hash,
    draw: Draw<Item>,
    full: Vec<Marks>,
}

#[derive(Debug)]
struct Item {
    kind: String,
    index: u64,
    leaf: Hash,
    marks: Vec<Mark>,
}

impl<'a> Drawing<'a> {
    /// Of a population of so many items with that root.
    pub fn begin(
        definition: &'a Definition,
        plan: Plan<'a>,
        (count, population_root): (u64, Hash),
    ) -> Self {
        let seed = Seed::new(&plan.root, &plan.nonce);
        let most = usize::try_from(plan.table.size(count)).unwrap_or(usize::MAX);
        let full = vec![Marks::new(); definition.attributes.len()];
        Self { definition, plan, seed, count, population_root, draw: Draw::new(seed, most), full }
    }

    /// Looks at a row.
    pub fn push(&mut self, row: &Row) {
        let judge = |one: &Attribute| one.judge(&row.kind, &row.fact, &row.withheld);
        let marks: Vec<Mark> = self.definition.attributes.iter().map(judge).collect();
        for (full, mark) in self.full.iter_mut().zip(&marks) {
            *full.entry(*mark).or_default() += 1;
        }
        let item = Item { kind: row.kind.clone(), index: row.index, leaf: row.leaf, marks };
        self.draw.push(&row.leaf, item);
    }

    /// The sample as its file says it.
    pub fn finish(self) -> Value {
        let names: Vec<&str> =
            self.definition.attributes.iter().map(|attribute| attribute.name.as_str()).collect();
        let drawn: Vec<(Hash, Item)> = self.draw.finish().collect();
        let deviates = |item: &Item| item.marks.iter().any(|mark| mark.deviates());
        let deviations = drawn.iter().filter(|(_, item)| deviates(item)).count() as u64;
        // An item at which nothing was looked at says nothing of how often the process deviates.
        let looked_at = |item: &Item| item.marks.iter().any(|mark| *mark != Mark::NotApplicable);
        let judged = drawn.iter().filter(|(_, item)| looked_at(item)).count() as u64;
        let size = drawn.len() as u64;
        let attributes: Vec<Value> = names
            .iter()
            .enumerate()
            .zip(&self.full)
            .map(|((at, name), full)| {
                let mut sample = Marks::new();
                for mark in drawn.iter().filter_map(|(_, item)| item.marks.get(at)) {
                    *sample.entry(*mark).or_default() += 1;
                }
                json!({ "name": name, "population": tally(full), "sample": tally(&sample) })
            })
            .collect();
        let items: Vec<Value> = drawn
            .iter()
            .map(|(rank, item)| {
                let marks = names.iter().zip(&item.marks);
                let marks: Map<String, Value> =
                    marks.map(|(name, mark)| ((*name).to_owned(), json!(mark.word()))).collect();
                json!({
                    "index": canonical::number(item.index),
                    "kind": item.kind,
                    "leaf": item.leaf.to_hex(),
                    "marks": marks,
                    "rank": rank.to_hex(),
                })
            })
            .collect();
        json!({
            "attributes": attributes,
            "bound_ppm": bound_ppm(judged, deviations),
            "count": canonical::number(self.count),
            "deviations": deviations,
            "items": items,
            "judged": judged,
            "nonce": avouch_ledger::format::canonical::to_hex(&self.plan.nonce),
            "population_root": self.population_root.to_hex(),
            "root": self.plan.root.to_hex(),
            "seed": self.seed.0.to_hex(),
            "size": size,
            "type": self.definition.name,
        })
    }
}

fn tally(marks: &Marks) -> Value {
    let of = |mark| marks.get(&mark).copied().unwrap_or(0);
    json!({
        "met": of(Mark::Met),
        "not-applicable": of(Mark::NotApplicable),
        "not-met": of(Mark::NotMet),
        "withheld": of(Mark::Withheld),
    })
}
