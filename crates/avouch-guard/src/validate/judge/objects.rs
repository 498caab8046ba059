//! Objects.

use super::super::cursor::Stop;
use super::super::shape::{ANY, ObjectRules, Shape};
use super::{Judge, NONE, Role, Step, index};
use avouch_model::schema::{Additional, Kind};
use std::borrow::Cow;

/// Names of one object that are compared with each other one by one; more are sorted.
const FEW: usize = 16;
/// Named properties that fit the bits of one number.
const BITS: usize = 128;

/// What is said of an object with a property that is not described. Its name came with the request and
/// is not repeated.
const UNKNOWN: &str = "holds a property that is not described";

impl<'s, 'b> Judge<'s, 'b> {
    pub(super) fn object(&mut self, start: usize, roots: usize, depth: usize) -> Result<(), Stop> {
        if depth >= self.bounds.depth_max {
            return Err(Stop::Beyond("it is nested too deep"));
        }
        let from = self.cursor.at();
        let shapes = self.shapes;
        self.each(start, |judge, at, shape| {
            judge.may_be(at, shape, Kind::Object);
        });
        let only = match self.judgings.get(start..) {
            Some([only]) => shapes.get(only.shape as usize),
            _ => None,
        };
        let names = self.names.len();
        let known = self.known.len();
        match only.and_then(|shape| shape.object.as_deref()) {
            Some(rules) if rules.properties.len() <= BITS => self.by_one(start, rules, depth)?,
            _ => self.by_many(start, depth)?,
        }
        self.tree(start, from);
        self.find_unknown(start, roots, known);
        self.names.truncate(names);
        self.known.truncate(known);
        Ok(())
    }

    /// Reads an object that one judging speaks of.
    fn by_one(&mut self, at: usize, rules: &'s ObjectRules, depth: usize) -> Result<(), Stop> {
        let first_name = self.names.len();
        let loud = self.judgings.get(at).is_some_and(|judging| judging.loud);
        let mut seen: u128 = 0;
        let mut count = 0;
        self.cursor.expect(b'{')?;
        self.cursor.skip_space();
        let mut more = !self.cursor.take(b'}');
        while more {
            let name = self.name()?;
            count += 1;
            let inside = self.judgings.len();
            let property = rules.property(&name);
            if let Some((place, _)) = property {
                let bit = 1_u128 << place;
                if seen & bit != 0 {
                    return Err(Stop::Repeated);
                }
                seen |= bit;
            }
            match property.map(|(_, property)| property) {
                Some(property) if !property.only_required => {
                    self.path.push(Step::Name(&property.name));
                    if property.misplaced {
                        self.fail(at, MISPLACED);
                    }
                    if property.shape != ANY {
                        self.add(inside, property.shape, index(at), Role::Inside, loud);
                    }
                    self.patterned(rules, &name, at, inside, loud);
                }
                property => {
                    if !self.others(rules, &name, at, inside, loud) && rules.excludes(property) {
                        self.unknown(at, rules);
                    }
                    self.path.push(property.map_or(Step::Other, |it| Step::Name(&it.name)));
                    if property.is_none() {
                        self.names.push(name);
                    }
                }
            }
            self.value(inside, depth + 1)?;
            self.path.pop();
            more = self.goes_on(count)?;
        }
        if repeats(self.names.get_mut(first_name..).unwrap_or_default()) {
            return Err(Stop::Repeated);
        }
        let absent = |place: usize| seen & (1_u128 << place) == 0;
        self.complete(at, rules, count, &absent);
        Ok(())
    }

    /// Notes a property that is not described.
    fn unknown(&mut self, at: usize, rules: &ObjectRules) {
        if rules.additional == Additional::Forbidden {
            self.fail(at, UNKNOWN);
            return;
        }
        let Some(judging) = self.judgings.get_mut(at) else { return };
        let first = !judging.unknown;
        judging.unknown = true;
        if judging.loud && self.strict && first {
            self.record(UNKNOWN);
        }
    }

    /// Adds what the patterns say of a property; whether one speaks of it.
    fn patterned(
        &mut self,
        rules: &ObjectRules,
        name: &str,
        at: usize,
        inside: usize,
        loud: bool,
    ) -> bool {
        let mut speaks = false;
        for (pattern, shape) in &rules.patterns {
            if pattern.is_match(name) {
                speaks = true;
                self.add(inside, *shape, index(at), Role::Inside, loud);
            }
        }
        speaks
    }

    /// Adds what is said of a property that is not named; whether anything is.
    fn others(
        &mut self,
        rules: &ObjectRules,
        name: &str,
        at: usize,
        inside: usize,
        loud: bool,
    ) -> bool {
        if self.patterned(rules, name, at, inside, loud) {
            return true;
        }
        if let Some(shape) = rules.others {
            self.add(inside, shape, index(at), Role::Inside, loud);
        }
        rules.additional == Additional::Allowed
    }

    /// Reads an object that several judgings speak of, or none.
    fn by_many(&mut self, start: usize, depth: usize) -> Result<(), Stop> {
        let first_name = self.names.len();
        let together = self.judgings.len() - start;
        let words = together.div_ceil(64);
        self.cursor.expect(b'{')?;
        self.cursor.skip_space();
        let mut more = !self.cursor.take(b'}');
        let mut count = 0;
        while more {
            let name = self.name()?;
            count += 1;
            let known = self.known.len();
            self.known.resize(known + words, 0);
            let inside = self.judgings.len();
            let mut step = Step::Other;
            for at in start..start + together {
                if self.known_to(start, at, &name, inside, &mut step) {
                    let bit = at - start;
                    if let Some(word) = self.known.get_mut(known + bit / 64) {
                        *word |= 1 << (bit % 64);
                    }
                }
            }
            self.path.push(step);
            self.names.push(name);
            self.value(inside, depth + 1)?;
            self.path.pop();
            more = self.goes_on(count)?;
        }
        let names = self.names.split_off(first_name);
        self.each(start, |judge, at, shape| {
            let Some(rules) = shape.object.as_deref() else { return };
            let absent = |place: usize| {
                let property = rules.properties.get(place);
                property.is_some_and(|property| names.iter().all(|name| **name != *property.name))
            };
            judge.complete(at, rules, count, &absent);
        });
        let mut names = names;
        if repeats(&mut names) {
            return Err(Stop::Repeated);
        }
        Ok(())
    }

    /// Adds what one of several judgings says of a property; whether it knows it.
    fn known_to(
        &mut self,
        start: usize,
        at: usize,
        name: &str,
        inside: usize,
        step: &mut Step<'s>,
    ) -> bool {
        let shapes = self.shapes;
        let Some(judging) = self.judgings.get(at).copied() else { return false };
        let shape = shapes.get(judging.shape as usize).filter(|_| judging.same_as == NONE);
        let Some(shape) = shape else { return false };
        let Some(rules) = shape.object.as_deref() else { return self.says_nothing(start, shape) };
        let property = rules.property(name).map(|(_, property)| property);
        if let Some(property) = property {
            *step = Step::Name(&property.name);
        }
        let Some(property) = property.filter(|property| !property.only_required) else {
            let speaks = self.others(rules, name, at, inside, judging.loud);
            if !speaks && rules.additional == Additional::Forbidden {
                self.fail(at, UNKNOWN);
            }
            return speaks || property.is_some() || self.says_nothing(start, shape);
        };
        if property.misplaced {
            self.path.push(*step);
            self.fail(at, MISPLACED);
            self.path.pop();
        }
        if property.shape != ANY {
            self.add(inside, property.shape, index(at), Role::Inside, judging.loud);
        }
        self.patterned(rules, name, at, inside, judging.loud);
        true
    }

    /// Whether a judging leaves open what is in the object, and nobody else at this value says it.
    fn says_nothing(&self, start: usize, shape: &Shape) -> bool {
        let names =
            |shape: &Shape| shape.object.as_deref().is_some_and(|rules| !rules.names_nothing());
        let others = self.judgings.get(start..).unwrap_or_default();
        let mut others = others.iter().filter_map(|one| self.shapes.get(one.shape as usize));
        !names(shape) && shape.is_alone() && !others.any(names)
    }

    /// Finds the judgings from outside to which a property is unknown: neither they nor what holds with
    /// them names it.
    fn find_unknown(&mut self, start: usize, roots: usize, first_known: usize) {
        let words = (self.judgings.len() - start).div_ceil(64);
        if !self.strict || self.known.len() == first_known {
            return;
        }
        for at in start..roots {
            self.outcome(start, at);
            let mut holding = vec![0_u64; words];
            self.gather(start, at, &mut holding);
            let known = self.known.get(first_known..).unwrap_or_default();
            let unknown = known.chunks(words).any(|known| {
                known.iter().zip(&holding).all(|(known, holding)| known & holding == 0)
            });
            let Some(judging) = self.judgings.get_mut(at).filter(|_| unknown) else { continue };
            let first = !judging.unknown;
            judging.unknown = true;
            if judging.loud && first && !judging.failed {
                self.record(UNKNOWN);
            }
        }
    }

    /// Marks a judging and all that hold with it.
    fn gather(&self, start: usize, at: usize, holding: &mut [u64]) {
        let Some(judging) = self.judgings.get(at) else { return };
        let at = if judging.same_as == NONE { at } else { judging.same_as as usize };
        let bit = at - start;
        let Some(word) = holding.get_mut(bit / 64) else { return };
        if *word & (1 << (bit % 64)) != 0 {
            return;
        }
        *word |= 1 << (bit % 64);
        for part in start..self.judgings.len() {
            let Some(role) = self.role_under(part, at) else { continue };
            let failed = self.judgings.get(part).is_none_or(|judging| judging.failed);
            if role == Role::Part || !failed {
                self.gather(start, part, holding);
            }
        }
    }

    /// Judges what only shows when the whole object was read.
    fn complete(
        &mut self,
        at: usize,
        rules: &'s ObjectRules,
        count: usize,
        absent: &dyn Fn(usize) -> bool,
    ) {
        if rules.requires {
            for (place, property) in rules.properties.iter().enumerate() {
                if property.required && absent(place) {
                    self.path.push(Step::Name(&property.name));
                    self.fail(at, "is missing");
                    self.path.pop();
                }
            }
        }
        let count = count as u64;
        if count < rules.properties_min {
            self.fail(at, format!("has fewer than {} properties", rules.properties_min));
        }
        if let Some(max) = rules.properties_max.filter(|max| count > *max) {
            self.fail(at, format!("has more than {max} properties"));
        }
    }

    /// Reads a name and its colon.
    fn name(&mut self) -> Result<Cow<'b, str>, Stop> {
        self.cursor.skip_space();
        let name = self.cursor.string()?;
        self.cursor.skip_space();
        self.cursor.expect(b':')?;
        Ok(name.decoded())
    }

    /// Whether another property follows.
    fn goes_on(&mut self, count: usize) -> Result<bool, Stop> {
        if count > self.bounds.properties_max {
            return Err(Stop::Beyond("an object has too many properties"));
        }
        self.cursor.skip_space();
        if self.cursor.take(b'}') {
            return Ok(false);
        }
        self.cursor.expect(b',')?;
        Ok(true)
    }
}

/// What is said of a property that only travels the other way.
const MISPLACED: &str = "may not be sent";

/// Whether a name stands twice. Sorts the names when there are many.
fn repeats(names: &mut [Cow<'_, str>]) -> bool {
    if names.len() > FEW {
        names.sort_unstable();
        return names.windows(2).any(|two| matches!(two, [one, other] if one == other));
    }
    let rest = |at: usize| names.get(at + 1..).unwrap_or_default();
    names.iter().enumerate().any(|(at, name)| rest(at).contains(name))
}
