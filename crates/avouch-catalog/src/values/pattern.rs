//! Texts that match a pattern.
//!
//! In scope: literals, classes, `\d \w \s`, groups, alternatives, counts, anchors at the ends. Out of
//! scope: what looks around or back, Unicode classes: for these there is no example, and that is said.

use regex::RegexBuilder;
use std::iter::Peekable;
use std::str::Chars;

/// Characters a made text has at most.
// LIMIT: 4,096 characters.
const TEXT_CHARS_MAX: usize = 4096;
/// Groups in groups.
// LIMIT: 20 levels.
const DEPTH_MAX: u32 = 20;
/// Bytes a compiled pattern may take.
// LIMIT: 256 KiB.
const COMPILED_BYTES_MAX: usize = 256 * 1024;
/// Characters of a range in a class that are chosen from.
// LIMIT: 100 characters.
const RANGE_CHARS_MAX: usize = 100;
/// Bytes of a pattern that is read at all.
// LIMIT: 2,000 bytes.
const PATTERN_BYTES_MAX: usize = 2000;

/// Whether the text matches; `None` when the pattern cannot be read.
pub fn matches(pattern: &str, text: &str) -> Option<bool> {
    if pattern.len() > PATTERN_BYTES_MAX {
        return None;
    }
    let compiled = RegexBuilder::new(pattern).size_limit(COMPILED_BYTES_MAX).build().ok()?;
    Some(compiled.is_match(text))
}

/// A text that matches and has at least that many characters if the pattern leaves room; `None` when
/// none can be made. What is returned has been checked.
pub fn example(pattern: &str, length_min: u64, salt: u64) -> Option<String> {
    if pattern.len() > PATTERN_BYTES_MAX {
        return None;
    }
    let length_min = usize::try_from(length_min).ok()?.min(TEXT_CHARS_MAX);
    // First the least, then more of whatever may be repeated until it is long enough.
    for more in [0, length_min, length_min.div_ceil(2), length_min.div_ceil(4)] {
        let mut maker =
            Maker { pattern: pattern.chars().peekable(), salt, more, text: String::new() };
        maker.alternatives(0)?;
        let text = maker.text;
        let is_end = maker.pattern.peek().is_none();
        if is_end && text.chars().count() >= length_min && matches(pattern, &text) == Some(true) {
            return Some(text);
        }
    }
    None
}

struct Maker<'a> {
    pattern: Peekable<Chars<'a>>,
    salt: u64,
    /// How often more than needed something is repeated that may be.
    more: usize,
    text: String,
}

impl Maker<'_> {
    /// Reads alternatives and keeps what the first one makes.
    fn alternatives(&mut self, depth: u32) -> Option<()> {
        if depth > DEPTH_MAX {
            return None;
        }
        self.sequence(depth)?;
        while self.pattern.next_if_eq(&'|').is_some() {
            let length = self.text.len();
            self.sequence(depth)?;
            self.text.truncate(length);
        }
        Some(())
    }

    fn sequence(&mut self, depth: u32) -> Option<()> {
        while let Some(next) = self.pattern.peek().copied() {
            if next == '|' || next == ')' {
                break;
            }
            let before = self.text.len();
            self.atom(depth)?;
            let made = self.text.get(before..)?.to_owned();
            let (least, greatest) = self.count()?;
            self.text.truncate(before);
            let times = greatest.map_or(least + self.more, |g| g.min(least + self.more)).max(least);
            if made.len().saturating_mul(times) + self.text.len() > TEXT_CHARS_MAX {
                return None;
            }
            self.text.push_str(&made.repeat(times));
        }
        Some(())
    }

    fn atom(&mut self, depth: u32) -> Option<()> {
        match self.pattern.next()? {
            '^' | '$' => (),
            '.' => self.text.push('a'),
            '(' => {
                if self.pattern.next_if_eq(&'?').is_some() {
                    self.group_kind()?;
                }
                self.alternatives(depth + 1)?;
                self.pattern.next_if_eq(&')')?;
            }
            '[' => {
                let c = self.class()?;
                self.text.push(c);
            }
            '\\' => {
                let c = self.escape()?.first().copied()?;
                self.text.push(c);
            }
            '*' | '+' | '?' | '{' => return None,
            literal => self.text.push(literal),
        }
        Some(())
    }

    /// `?:` and names are passed; what looks around is not understood.
    fn group_kind(&mut self) -> Option<()> {
        if self.pattern.next_if_eq(&':').is_some() {
            return Some(());
        }
        self.pattern.next_if_eq(&'P');
        self.pattern.next_if_eq(&'<')?;
        if matches!(self.pattern.peek(), Some('=' | '!')) {
            return None;
        }
        self.pattern.by_ref().find(|c| *c == '>').map(|_| ())
    }

    /// How often what stands before may stand: least, and greatest when there is one.
    fn count(&mut self) -> Option<(usize, Option<usize>)> {
        let count = match self.pattern.peek() {
            Some('?') => (0, Some(1)),
            Some('*') => (0, None),
            Some('+') => (1, None),
            Some('{') => {
                self.pattern.next();
                let inside: String = self.pattern.by_ref().take_while(|c| *c != '}').collect();
                let (least, greatest) = inside.split_once(',').unwrap_or((&inside, &inside));
                let least = least.trim().parse().ok()?;
                let greatest = greatest.trim();
                let greatest =
                    if greatest.is_empty() { None } else { Some(greatest.parse().ok()?) };
                self.pattern.next_if_eq(&'?');
                return Some((least, greatest));
            }
            _ => return Some((1, Some(1))),
        };
        self.pattern.next();
        self.pattern.next_if_eq(&'?');
        Some(count)
    }

    /// One character of a class.
    fn class(&mut self) -> Option<char> {
        let excludes = self.pattern.next_if_eq(&'^').is_some();
        let mut members: Vec<char> = Vec::new();
        loop {
            let first = match self.pattern.next()? {
                ']' if members.is_empty() => return None,
                ']' => break,
                '[' => return None,
                '\\' => {
                    let set = self.escape()?;
                    if set.len() > 1 {
                        members.extend(set);
                        continue;
                    }
                    set.first().copied()?
                }
                literal => literal,
            };
            if self.pattern.next_if_eq(&'-').is_none() {
                members.push(first);
                continue;
            }
            let last = match self.pattern.next()? {
                ']' => {
                    members.extend([first, '-']);
                    break;
                }
                '\\' => self.escape()?.first().copied()?,
                literal => literal,
            };
            // A wide range is as good as its beginning.
            members.extend((first..=last).take(RANGE_CHARS_MAX));
        }
        if excludes {
            let others = ('a'..='z').chain('A'..='Z').chain('0'..='9').chain(['-', '_', ' ']);
            members = others.filter(|c| !members.contains(c)).collect();
        }
        super::pick(&members, self.salt).copied()
    }

    /// What an escape stands for, after the backslash.
    fn escape(&mut self) -> Option<Vec<char>> {
        Some(match self.pattern.next()? {
            'd' => vec!['1', '0', '2', '3', '4', '5', '6', '7', '8', '9'],
            'w' => ('a'..='z').chain('0'..='9').collect(),
            's' => vec![' ', '\t'],
            'n' => vec!['\n'],
            't' => vec!['\t'],
            'r' => vec!['\r'],
            c if c.is_alphanumeric() => return None,
            literal => vec![literal],
        })
    }
}
