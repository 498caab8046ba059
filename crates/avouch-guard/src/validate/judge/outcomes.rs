//! What comes of the judgings of one value, and where it goes.

use super::{Judge, Judging, NONE, Role};

/// Whether an outcome is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Open,
    /// It is being found: a shape that asks for itself at the same value finds this, and fails.
    Busy,
    Done,
}

impl Judge<'_, '_> {
    /// Passes the outcomes of the judgings from `start` on to those that asked; `roots` is where those
    /// end that were asked for from outside.
    pub(super) fn pass_on(&mut self, start: usize, roots: usize) {
        for at in start..roots {
            let (failed, unknown) = self.outcome(start, at);
            let owner = self.judgings.get(at).map_or(NONE, |judging| judging.owner);
            if let Some(owner) = self.judgings.get_mut(owner as usize) {
                owner.failed |= failed;
                owner.unknown |= unknown;
            } else {
                self.failed |= failed || unknown && self.strict;
            }
        }
    }

    /// Whether a judging fails, and whether a property is unknown to it.
    pub(super) fn outcome(&mut self, start: usize, at: usize) -> (bool, bool) {
        let alone = self.judgings.len() == start + 1;
        let Some(judging) = self.judgings.get_mut(at) else { return (true, true) };
        match judging.state {
            State::Done => return (judging.failed, judging.unknown),
            State::Busy => return (true, true),
            State::Open if alone => return (judging.failed, judging.unknown),
            State::Open => judging.state = State::Busy,
        }
        let judging = *judging;
        let (failed, unknown) = match judging.same_as {
            NONE => self.with_parts(start, at, &judging),
            same => self.outcome(start, same as usize),
        };
        if let Some(judging) = self.judgings.get_mut(at) {
            (judging.failed, judging.unknown) = (failed, unknown);
            judging.state = State::Done;
        }
        (failed, unknown)
    }

    fn with_parts(&mut self, start: usize, at: usize, judging: &Judging) -> (bool, bool) {
        let (mut failed, mut unknown) = (judging.failed, judging.unknown);
        let (mut hold, mut hold_and_know) = (0, 0);
        for part in start.max(at + 1)..self.judgings.len() {
            let Some(role) = self.role_under(part, at) else { continue };
            let (part_failed, part_unknown) = self.outcome(start, part);
            match role {
                Role::Variant => {
                    hold += u32::from(!part_failed);
                    hold_and_know += u32::from(!part_failed && !part_unknown);
                }
                Role::Part | Role::Inside => {
                    failed |= part_failed;
                    unknown |= part_unknown;
                }
            }
        }
        let Some(shape) = self.shapes.get(judging.shape as usize) else { return (true, true) };
        if shape.variants.is_empty() {
            return (failed, unknown);
        }
        let wrong = match hold {
            0 => Some("is none of the alternatives"),
            1 => None,
            _ if shape.exclusive => Some("is more than one of the alternatives"),
            _ => None,
        };
        if let Some(because) = wrong {
            failed = true;
            if judging.loud {
                self.record(because);
            }
        } else if hold_and_know == 0 {
            unknown = true;
            if judging.loud && self.strict {
                self.record("holds a property that is not described");
            }
        }
        (failed, unknown)
    }

    /// The role of a judging, when that other one asked for it at the same value.
    pub(super) fn role_under(&self, at: usize, owner: usize) -> Option<Role> {
        let judging = self.judgings.get(at)?;
        let same_value = judging.role != Role::Inside;
        (same_value && judging.owner as usize == owner).then_some(judging.role)
    }
}
