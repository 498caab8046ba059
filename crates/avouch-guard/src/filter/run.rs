//! One pass over a body: what may not leave is left out.

use super::sieve::{OPEN, Sieve};
use crate::refusal::Refusal;
use crate::settings::filter::Undescribed;
use crate::settings::validate::DEPTH_MAX;
use crate::validate::cursor::{Cursor, Stop};
use avouch_model::data_class::Classes;
use avouch_model::recognise::{Promise, classes};
use std::borrow::Cow;
use std::sync::Arc;

/// The name of the policy.
const POLICY: &str = "filter";

/// How one answer's body is filtered.
#[derive(Clone, Debug)]
pub struct Rule {
    pub(super) sieves: Arc<[Sieve]>,
    pub(super) sieve: usize,
    pub(super) undescribed: Undescribed,
    /// Classes that may not leave.
    pub(super) hidden: Classes,
}

/// A body that may leave.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filtered<'b> {
    /// Its bytes; borrowed when nothing was left out.
    pub body: Cow<'b, [u8]>,
    /// Classes of data that are in it.
    pub classes: Classes,
    /// How many values were left out.
    pub removed: u64,
}

impl Rule {
    /// Filters a body, which is JSON.
    pub fn run<'b>(&self, body: &'b [u8]) -> Result<Filtered<'b>, Refusal> {
        let text = std::str::from_utf8(body).map_err(|_| malformed())?;
        let mut run = Run {
            rule: self,
            cursor: Cursor::new(text),
            text,
            out: Vec::new(),
            copied: 0,
            classes: Classes::default(),
            removed: 0,
        };
        let kept = run.value(self.sieve, None, 0).map_err(refused)?;
        run.cursor.end().map_err(refused)?;
        if !kept {
            let detail = "the answer is a value that the caller may not see";
            return Err(Refusal::new(POLICY, "answer-hidden", 403, detail));
        }
        let body = if run.removed == 0 {
            Cow::Borrowed(body)
        } else {
            run.copy(text.len());
            Cow::Owned(run.out)
        };
        Ok(Filtered { body, classes: run.classes, removed: run.removed })
    }
}

struct Run<'r, 'b> {
    rule: &'r Rule,
    cursor: Cursor<'b>,
    text: &'b str,
    out: Vec<u8>,
    /// How much of the text was copied or left out.
    copied: usize,
    classes: Classes,
    removed: u64,
}

/// Why a body cannot be filtered.
enum Ends {
    Unreadable,
    Undescribed,
}

impl From<Stop> for Ends {
    fn from(_: Stop) -> Self {
        Self::Unreadable
    }
}

impl<'r> Run<'r, '_> {
    /// Reads a value; whether it may leave.
    fn value(
        &mut self,
        sieve: usize,
        promise: Option<Promise>,
        depth: usize,
    ) -> Result<bool, Ends> {
        self.cursor.skip_space();
        match self.cursor.peek() {
            Some(b'{') => self.object(sieve, depth)?,
            Some(b'[') => return self.list(sieve, promise, depth),
            Some(b'"') => {
                let text = self.cursor.string()?.decoded();
                return Ok(self.may_leave(classes(&text, promise)));
            }
            Some(b'-' | b'0'..=b'9') => {
                let text = self.cursor.number()?;
                return Ok(self.may_leave(classes(text, promise)));
            }
            Some(b't') => self.cursor.word("true")?,
            Some(b'f') => self.cursor.word("false")?,
            Some(b'n') => self.cursor.word("null")?,
            _ => return Err(Ends::Unreadable),
        }
        Ok(true)
    }

    /// Whether a value of these classes may leave; notes them when it does.
    fn may_leave(&mut self, classes: Classes) -> bool {
        let may = !classes.meets(self.rule.hidden);
        if may {
            self.classes = self.classes.with(classes);
        }
        may
    }

    fn object(&mut self, sieve: usize, depth: usize) -> Result<(), Ends> {
        let rule: &'r Rule = self.rule;
        let sieve = rule.sieves.get(sieve).ok_or(Ends::Unreadable)?;
        self.members(b'}', depth, |run| {
            run.cursor.skip_space();
            let name = run.cursor.string()?.decoded();
            run.cursor.skip_space();
            run.cursor.expect(b':')?;
            let Some(passage) = sieve.passage(&name) else {
                return match run.rule.undescribed {
                    Undescribed::Refuse => Err(Ends::Undescribed),
                    Undescribed::Remove => run.skip(depth + 1).map(|()| false),
                    Undescribed::Keep => run.value(OPEN, Promise::of(&name), depth + 1),
                };
            };
            if passage.dropped {
                return run.skip(depth + 1).map(|()| false);
            }
            run.value(passage.sieve, passage.promise, depth + 1)
        })
    }

    fn list(&mut self, sieve: usize, promise: Option<Promise>, depth: usize) -> Result<bool, Ends> {
        let items = self.rule.sieves.get(sieve).map_or(OPEN, |sieve| sieve.items);
        self.members(b']', depth, |run| run.value(items, promise, depth + 1))?;
        Ok(true)
    }

    /// Reads what stands between brackets, and leaves out what may not leave.
    fn members(
        &mut self,
        close: u8,
        depth: usize,
        mut member: impl FnMut(&mut Self) -> Result<bool, Ends>,
    ) -> Result<(), Ends> {
        if depth >= DEPTH_MAX {
            return Err(Ends::Unreadable);
        }
        // The bracket, whose kind was looked at before.
        let _ = self.cursor.take(b'{') || self.cursor.take(b'[');
        let mut last_kept = self.cursor.at();
        let mut any_kept = false;
        self.cursor.skip_space();
        if self.cursor.take(close) {
            return Ok(());
        }
        loop {
            let kept = member(self)?;
            if kept {
                any_kept = true;
                last_kept = self.cursor.at();
            } else {
                self.leave_out(last_kept);
            }
            self.cursor.skip_space();
            if self.cursor.take(close) {
                return Ok(());
            }
            self.cursor.expect(b',')?;
            if !any_kept {
                // The comma goes with what stood before it.
                self.copied = self.cursor.at();
            }
        }
    }

    /// Leaves out what was read since that place.
    fn leave_out(&mut self, from: usize) {
        self.copy(from);
        self.copied = self.cursor.at();
        self.removed += 1;
    }

    /// Copies up to that place, unless it is beyond already.
    fn copy(&mut self, to: usize) {
        if let Some(text) = self.text.get(self.copied..to) {
            // Room for all at once: it never becomes more than it was.
            self.out.reserve_exact(self.text.len() - self.out.len());
            self.out.extend_from_slice(text.as_bytes());
        }
    }

    /// Reads a value that does not leave.
    fn skip(&mut self, depth: usize) -> Result<(), Ends> {
        if depth >= DEPTH_MAX {
            return Err(Ends::Unreadable);
        }
        self.cursor.skip_space();
        match self.cursor.peek() {
            Some(open @ (b'{' | b'[')) => self.skip_members(open, depth)?,
            Some(b'"') => {
                self.cursor.string()?;
            }
            Some(b't') => self.cursor.word("true")?,
            Some(b'f') => self.cursor.word("false")?,
            Some(b'n') => self.cursor.word("null")?,
            _ => {
                self.cursor.number()?;
            }
        }
        Ok(())
    }

    fn skip_members(&mut self, open: u8, depth: usize) -> Result<(), Ends> {
        let close = if open == b'{' { b'}' } else { b']' };
        self.cursor.expect(open)?;
        self.cursor.skip_space();
        let mut more = !self.cursor.take(close);
        while more {
            if open == b'{' {
                self.cursor.skip_space();
                self.cursor.string()?;
                self.cursor.skip_space();
                self.cursor.expect(b':')?;
            }
            self.skip(depth + 1)?;
            self.cursor.skip_space();
            more = !self.cursor.take(close);
            if more {
                self.cursor.expect(b',')?;
            }
        }
        Ok(())
    }
}

fn refused(ends: impl Into<Ends>) -> Refusal {
    match ends.into() {
        Ends::Unreadable => malformed(),
        Ends::Undescribed => {
            let detail = "the API's answer holds what is not described";
            Refusal::new(POLICY, "answer-undescribed", 502, detail)
        }
    }
}

fn malformed() -> Refusal {
    let detail = "the API's answer cannot be read, so that nobody can say what is in it";
    Refusal::new(POLICY, "answer-malformed", 502, detail)
}
