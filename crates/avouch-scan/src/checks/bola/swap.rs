//! Asks as one identity and names another one in a parameter or header: what the checks share that
//! swap who or whose tenant is meant.

use crate::context::{Context, InputPlace};
use crate::corpus::Sample;
use crate::oracle::leaves::{Leaf, leaves, plain_key};
use crate::oracle::random_like::random_like;
use crate::oracle::refusal::refuses;
use crate::oracle::triad::uncached;
use crate::step::{Request, Step};
use crate::tape::{Reply, Tape};
use avouch_model::exchange::Answer;
use avouch_model::identity::Who;
use avouch_model::operation::{Method, Operation, Place};
use avouch_model::placeholder::Placeholder;
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::Proof;
use std::collections::BTreeSet;

/// Where somebody is named.
pub(super) type Spot = (InputPlace, String);

/// A read of one's own things, and whom to name instead.
pub(super) struct Swap<'a> {
    /// Whose things are asked for.
    pub(super) owner: Who,
    /// Who asks.
    pub(super) reader: Who,
    /// The value that names the owner.
    pub(super) value: String,
    /// The reader's request, or the owner's where the reader has none.
    base: Request,
    /// What only the owner was ever shown here.
    telling: Vec<Leaf>,
    /// Where the owner is named.
    spots: Vec<Spot>,
    ctx: &'a Context<'a>,
}

/// What came of it.
pub(super) enum Outcome<'t> {
    /// Naming the owner changes nothing.
    Ignored,
    /// The reader got the owner's things.
    Hit(Box<Hit<'t>>),
    /// So does nobody.
    Open,
    /// It proves nothing; why.
    Unclear(String),
}

/// The proof.
pub(super) struct Hit<'t> {
    /// Where the owner was named.
    pub(super) spot: Spot,
    /// The hit.
    pub(super) reply: Reply<'t>,
    /// The same without naming anybody else.
    pub(super) plain: Reply<'t>,
    /// The same naming somebody who is not there.
    pub(super) random: Reply<'t>,
    /// The same by nobody.
    pub(super) nobody: Reply<'t>,
}

impl<'a> Swap<'a> {
    /// A swap at that operation; `None` when the owner was shown nothing of its own there.
    pub(super) fn new(
        ctx: &'a Context<'a>,
        operation: &Operation,
        (owner, reader): (Who, Who),
        value: String,
        spots: Vec<Spot>,
    ) -> Option<Self> {
        let own = private(ctx, operation, owner)?;
        let good = |sample: &&Sample| sample.success().is_some();
        let base = ctx.corpus.of(&operation.id, reader).find(good).unwrap_or(own.0);
        let base = uncached(base.request.clone());
        Some(Self { owner, reader, value, base, telling: own.1, spots, ctx })
    }

    /// Asks: all spots of one kind at once, and one by one only on a hit.
    pub(super) fn ask<'t>(&self, tape: &mut Tape<'t>) -> Result<Outcome<'t>, Step> {
        let mut doubt = None;
        for place in [InputPlace::Query, InputPlace::Header] {
            let spots: Vec<&Spot> = self.spots.iter().filter(|spot| spot.0 == place).collect();
            if spots.is_empty() {
                continue;
            }
            let reply = tape.send(self.naming(&spots, &self.value).by(self.reader))?;
            if reply.status >= 500 {
                doubt = Some(format!("{} was answered {}", self.reader, reply.status));
            }
            if !self.holds(reply.answer()) {
                continue;
            }
            for spot in spots {
                let single = self.naming(&[spot], &self.value);
                let reply = tape.send(single.clone().by(self.reader))?;
                if self.holds(reply.answer()) {
                    return self.prove(tape, spot, reply);
                }
            }
            return Ok(Outcome::Unclear("it took several parameters together".to_owned()));
        }
        Ok(doubt.map_or(Outcome::Ignored, Outcome::Unclear))
    }

    fn prove<'t>(
        &self,
        tape: &mut Tape<'t>,
        spot: &Spot,
        reply: Reply<'t>,
    ) -> Result<Outcome<'t>, Step> {
        let plain = tape.send(self.base.clone().by(self.reader))?;
        if self.holds(plain.answer()) {
            return Ok(Outcome::Unclear("the same is shown without naming anybody".to_owned()));
        }
        let made_up = random_like(&self.ctx.nonces, "nobody's id", &self.value);
        let random = tape.send(self.naming(&[spot], &made_up).by(self.reader))?;
        if self.holds(random.answer()) {
            return Ok(Outcome::Unclear("naming anybody at all shows the same".to_owned()));
        }
        let nobody = tape.send(self.naming(&[spot], &self.value).by(Who::Nobody))?;
        if self.holds(nobody.answer()) {
            return Ok(Outcome::Open);
        }
        let spot = spot.clone();
        Ok(Outcome::Hit(Box::new(Hit { spot, reply, plain, random, nobody })))
    }

    /// Whether the answer holds, at its place, what only the owner was ever shown here.
    fn holds(&self, answer: &Answer) -> bool {
        let there: BTreeSet<Leaf> = leaves(answer).into_iter().collect();
        !refuses(answer) && self.telling.iter().any(|leaf| there.contains(leaf))
    }

    fn naming(&self, spots: &[&Spot], value: &str) -> Request {
        spots.iter().fold(self.base.clone(), |request, (place, name)| match place {
            InputPlace::Header => request.header(name, value),
            _ => in_query(request, name, value),
        })
    }
}

impl Swap<'_> {
    /// The proof that naming the owner by such a thing (an id, a tenant) gave its things away.
    pub(super) fn proof(
        &self,
        hit: &Hit<'_>,
        what: &str,
        severity: Severity,
        summary: &str,
    ) -> Proof {
        let (owner, reader, name) = (self.owner, self.reader, hit.spot.1.as_str());
        Proof::new(severity, Confidence::Confirmed, summary)
            .because(format!(
                "with {owner}'s {what} in `{name}`, the answer to {reader} holds values only {owner} was ever shown"
            ))
            .because(format!("without it {reader} is shown none of them: {}", hit.plain.status))
            .because(format!("with a made-up {what} neither: {}", hit.random.status))
            .because(format!("nobody is not given them: {}", hit.nobody.status))
            .about(name)
            .between(owner, reader)
            .shown_by([hit.reply.index, hit.plain.index, hit.random.index, hit.nobody.index])
    }
}

/// The parameters of an operation whose names say so, where somebody can be named; a name comes
/// without the `X-` before it.
pub(super) fn described(operation: &Operation, says: impl Fn(&str) -> bool) -> Vec<Spot> {
    let named = operation.parameters.iter().filter(|p| {
        let key = plain_key(&p.name);
        says(key.strip_prefix('x').unwrap_or(&key))
    });
    named
        .filter_map(|p| match p.place {
            Place::Query => Some((InputPlace::Query, p.name.clone())),
            Place::Header => Some((InputPlace::Header, p.name.clone())),
            Place::Path | Place::Cookie => None,
        })
        .collect()
}

/// Usual parameters that somebody can be named in, where none is described.
pub(super) fn usual(queries: &[&str], headers: &[&str]) -> Vec<Spot> {
    let at = |place: InputPlace, name: &&str| (place, (*name).to_owned());
    let queries = queries.iter().map(|name| at(InputPlace::Query, name));
    queries.chain(headers.iter().map(|name| at(InputPlace::Header, name))).collect()
}

/// The request with that parameter of the query, and no other of its name.
fn in_query(request: Request, name: &str, value: &str) -> Request {
    let kept = request.query_text().unwrap_or_default().to_owned();
    let others: Vec<&str> = kept
        .split('&')
        .filter(|pair| !pair.is_empty() && pair.split('=').next() != Some(name))
        .collect();
    let path = request.path().to_owned();
    let target = if others.is_empty() { path } else { format!("{path}?{}", others.join("&")) };
    let request = request.target(target);
    if Placeholder::parse(value).is_some() {
        // The true value is put in on the way out, spelled as it must be.
        let joint = if request.target.contains('?') { '&' } else { '?' };
        let target = format!("{}{joint}{name}={value}", request.target);
        return request.target(target);
    }
    request.query(name, value)
}

/// The owner's reading of an operation, and what of it only the owner was shown.
fn private<'a>(
    ctx: &'a Context<'a>,
    operation: &Operation,
    owner: Who,
) -> Option<(&'a Sample, Vec<Leaf>)> {
    ctx.corpus.of(&operation.id, owner).find_map(|sample| {
        sample.success().filter(|answer| !refuses(answer))?;
        let mut telling = ctx.corpus.private_values(sample, owner);
        telling.retain(|leaf| !leaf.is_public_by_key());
        (!telling.is_empty()).then_some((sample, telling))
    })
}

/// Whether this is one of the first so many reads that answer each caller with its own things.
pub(super) fn is_representative(ctx: &Context<'_>, operation: &Operation, at_most: usize) -> bool {
    let own = |o: &&Operation| {
        o.method == Method::Get
            && o.path_parameters().next().is_none()
            && [Who::A, Who::B].into_iter().any(|who| private(ctx, o, who).is_some())
    };
    // Asked first of this one alone: few are, and of a wide API all others would be looked at.
    own(&operation)
        && ctx.catalog.operations.iter().filter(own).take(at_most).any(|o| o.id == operation.id)
}
