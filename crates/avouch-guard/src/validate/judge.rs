//! Judges a JSON document by a shape while reading it, once, without a tree.
//!
//! At each value there are *judgings*: the shapes that speak of it. Usually there is one. Alternatives
//! (`oneOf`, `anyOf`) and parts (`allOf` that could not be merged) add theirs, and all of them read the
//! value together, so that nothing is read twice, however deep alternatives stand in each other. A
//! shape that comes twice at one value is judged once.
//!
//! A value can fail in two ways: it is not as described (`failed`), or it holds a property that nobody
//! described (`unknown`). They are kept apart because the second one must not decide which alternative
//! is meant.

mod lists;
mod objects;
mod outcomes;
mod scalars;

use super::cursor::{Cursor, Stop};
use super::shape::{Id, Shape};
use crate::refusal::Wrong;
use crate::settings::validate::Bounds;
use std::borrow::Cow;

/// Places that are named in one refusal.
// LIMIT: 10 places.
pub(crate) const PLACES_MAX: usize = 10;
/// Judgings at one value.
// LIMIT: 512; a description with more alternatives than that at one place is not judged.
const TOGETHER_MAX: usize = 512;
/// Steps of judging one document.
// LIMIT: 20 million, well below a second.
const STEPS_MAX: u64 = 20_000_000;

/// No judging.
const NONE: u32 = u32::MAX;

/// Why a judging is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    /// It judges a value inside of the owner's.
    Inside,
    /// It judges the same value and must hold too.
    Part,
    /// It judges the same value and is one of several.
    Variant,
}

/// A shape that speaks of a value.
#[derive(Clone, Copy, Debug)]
struct Judging {
    shape: Id,
    /// The judging that asks for this one.
    owner: u32,
    role: Role,
    /// The judging at the same value whose shape is the same; this one then only passes its outcome on.
    same_as: u32,
    failed: bool,
    unknown: bool,
    /// Whether a failure here is a failure of the document, and not of one alternative.
    loud: bool,
    state: outcomes::State,
}

/// A step on the way to a value.
#[derive(Clone, Copy, Debug)]
enum Step<'s> {
    Name(&'s str),
    Index(usize),
    /// A property that is not named in the description: its name came with the request.
    Other,
}

/// Reads and judges one document.
#[derive(Debug)]
pub(crate) struct Judge<'s, 'b> {
    shapes: &'s [Shape],
    bounds: &'s Bounds,
    /// Whether properties that are not described are refused.
    strict: bool,
    cursor: Cursor<'b>,
    judgings: Vec<Judging>,
    path: Vec<Step<'s>>,
    /// Names of the objects that are open.
    names: Vec<Cow<'b, str>>,
    /// For each of them, which judgings know it, where there are several.
    known: Vec<u64>,
    steps: u64,
    failed: bool,
    places: Vec<Wrong>,
}

impl<'s, 'b> Judge<'s, 'b> {
    /// Reads a document; the places where it is not of that shape.
    pub(crate) fn judge(
        shapes: &'s [Shape],
        shape: Id,
        bounds: &'s Bounds,
        strict: bool,
        text: &'b str,
    ) -> Result<Result<(), Vec<Wrong>>, Stop> {
        let mut judge = Self {
            shapes,
            bounds,
            strict,
            cursor: Cursor::new(text),
            judgings: Vec::with_capacity(16),
            path: Vec::with_capacity(8),
            names: Vec::new(),
            known: Vec::new(),
            steps: 0,
            failed: false,
            places: Vec::new(),
        };
        judge.add(0, shape, NONE, Role::Inside, true);
        judge.value(0, 0)?;
        judge.cursor.end()?;
        Ok(if judge.failed { Err(judge.places) } else { Ok(()) })
    }

    /// Adds a judging of a value whose judgings begin at `start`.
    fn add(&mut self, start: usize, shape: Id, owner: u32, role: Role, loud: bool) {
        let beside = self.judgings.get(start..).unwrap_or_default();
        let same = beside.iter().position(|one| one.shape == shape && one.same_as == NONE);
        let same_as = same.map_or(NONE, |at| index(start + at));
        if loud && let Some(first) = same.and_then(|at| self.judgings.get_mut(start + at)) {
            first.loud = true;
        }
        self.judgings.push(Judging {
            shape,
            owner,
            role,
            same_as,
            failed: false,
            unknown: false,
            loud,
            state: outcomes::State::Open,
        });
    }

    /// Adds the parts and alternatives of the judgings from `start` on.
    fn expand(&mut self, start: usize) -> Result<(), Stop> {
        let shapes = self.shapes;
        let mut at = start;
        while let Some(judging) = self.judgings.get(at).copied() {
            let shape = shapes.get(judging.shape as usize).filter(|shape| !shape.is_alone());
            if let Some(shape) = shape.filter(|_| judging.same_as == NONE) {
                for part in &shape.also {
                    self.add(start, *part, index(at), Role::Part, judging.loud);
                }
                for variant in &shape.variants {
                    self.add(start, *variant, index(at), Role::Variant, false);
                }
                if self.judgings.len() - start > TOGETHER_MAX {
                    return Err(Stop::TooComplex);
                }
            }
            at += 1;
        }
        Ok(())
    }

    /// Reads the next value, whose judgings begin at `start`, and passes their outcome on.
    fn value(&mut self, start: usize, depth: usize) -> Result<(), Stop> {
        let roots = self.judgings.len();
        self.expand(start)?;
        let together = (self.judgings.len() - start) as u64;
        self.steps += 1 + together * together.min(64);
        if self.steps > STEPS_MAX {
            return Err(Stop::TooComplex);
        }
        self.cursor.skip_space();
        match self.cursor.peek() {
            Some(b'{') => self.object(start, roots, depth)?,
            Some(b'[') => self.list(start, depth)?,
            Some(b'"') => self.text(start)?,
            Some(b'-' | b'0'..=b'9') => self.number(start)?,
            Some(b't') => self.boolean(start, true)?,
            Some(b'f') => self.boolean(start, false)?,
            Some(b'n') => self.null(start)?,
            _ => return Err(Stop::Malformed),
        }
        self.pass_on(start, roots);
        self.judgings.truncate(start);
        Ok(())
    }

    /// Runs over the judgings from `start` on that judge by themselves.
    fn each(&mut self, start: usize, mut judge: impl FnMut(&mut Self, usize, &'s Shape)) {
        let shapes = self.shapes;
        for at in start..self.judgings.len() {
            let Some(judging) = self.judgings.get(at).filter(|one| one.same_as == NONE) else {
                continue;
            };
            if let Some(shape) = shapes.get(judging.shape as usize) {
                judge(self, at, shape);
            }
        }
    }

    /// Notes that a judging does not hold.
    fn fail(&mut self, at: usize, because: impl Into<Cow<'static, str>>) {
        let Some(judging) = self.judgings.get_mut(at) else { return };
        judging.failed = true;
        if judging.loud {
            self.record(because);
        }
    }

    /// Notes the place that is read now as wrong.
    fn record(&mut self, because: impl Into<Cow<'static, str>>) {
        if self.places.len() >= PLACES_MAX {
            return;
        }
        let mut place = String::new();
        for step in &self.path {
            place.push('/');
            match step {
                Step::Name(name) => place.push_str(&name.replace('~', "~0").replace('/', "~1")),
                Step::Index(index) => place.push_str(&index.to_string()),
                Step::Other => place.push('*'),
            }
        }
        self.places.push(Wrong { place, because: because.into() });
    }
}

/// An index as it is kept. There are far fewer judgings than it can hold.
fn index(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(NONE)
}
