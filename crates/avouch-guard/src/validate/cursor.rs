//! JSON (RFC 8259) read once from the left, without a tree.
//!
//! Strict: no byte order mark, no trailing comma, no control byte in a text, no half of a surrogate
//! pair, no number that is not finite. What passes here is read in one way by every reader.

use std::borrow::Cow;

/// Bytes of one number.
// LIMIT: 128 bytes; an IEEE 754 number needs 24.
const NUMBER_BYTES_MAX: usize = 128;

/// Why reading cannot go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// It is not JSON.
    Malformed,
    /// A name stands twice in one object: two readers may take two different values.
    Repeated,
    /// It is larger or deeper than the settings allow; what is.
    Beyond(&'static str),
    /// Judging takes too long.
    TooComplex,
}

/// A text as it is written between its quotes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Text<'b> {
    pub(crate) raw: &'b str,
    escaped: bool,
}

impl<'b> Text<'b> {
    /// What it means.
    pub(crate) fn decoded(self) -> Cow<'b, str> {
        if self.escaped { Cow::Owned(unescaped(self.raw)) } else { Cow::Borrowed(self.raw) }
    }
}

/// A place in a document.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cursor<'b> {
    text: &'b str,
    at: usize,
}

impl<'b> Cursor<'b> {
    pub(crate) fn new(text: &'b str) -> Self {
        Self { text, at: 0 }
    }

    /// How many bytes were read.
    pub(crate) fn at(&self) -> usize {
        self.at
    }

    /// What was read since that place.
    pub(crate) fn since(&self, from: usize) -> &'b str {
        self.text.get(from..self.at).unwrap_or_default()
    }

    pub(crate) fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    pub(crate) fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\t' | b'\r')) {
            self.at += 1;
        }
    }

    /// Takes that byte, when it is the next.
    pub(crate) fn take(&mut self, byte: u8) -> bool {
        let is = self.peek() == Some(byte);
        self.at += usize::from(is);
        is
    }

    pub(crate) fn expect(&mut self, byte: u8) -> Result<(), Stop> {
        if self.take(byte) { Ok(()) } else { Err(Stop::Malformed) }
    }

    /// `true`, `false` or `null`.
    pub(crate) fn word(&mut self, word: &'static str) -> Result<(), Stop> {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        if !rest.starts_with(word.as_bytes()) {
            return Err(Stop::Malformed);
        }
        self.at += word.len();
        Ok(())
    }

    /// A text, from quote to quote.
    pub(crate) fn string(&mut self) -> Result<Text<'b>, Stop> {
        self.expect(b'"')?;
        let from = self.at;
        let mut escaped = false;
        let bytes = self.text.as_bytes();
        loop {
            while let Some(eight) = bytes.get(self.at..).and_then(<[u8]>::first_chunk::<8>)
                && !holds_special(u64::from_le_bytes(*eight))
            {
                self.at += 8;
            }
            let rest = bytes.get(self.at..).unwrap_or_default();
            let plain = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..=0x1f));
            self.at += plain.ok_or(Stop::Malformed)?;
            match bytes.get(self.at) {
                Some(b'"') => break,
                Some(b'\\') => {
                    escaped = true;
                    self.escape()?;
                }
                _ => return Err(Stop::Malformed),
            }
        }
        let raw = self.since(from);
        self.at += 1;
        Ok(Text { raw, escaped })
    }

    fn escape(&mut self) -> Result<(), Stop> {
        match self.text.as_bytes().get(self.at + 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => {
                self.at += 2;
                Ok(())
            }
            Some(b'u') => {
                let first = self.unit(self.at).ok_or(Stop::Malformed)?;
                self.at += 6;
                match first {
                    0xd800..=0xdbff => {
                        let second = self.unit(self.at).ok_or(Stop::Malformed)?;
                        self.at += 6;
                        let pairs = matches!(second, 0xdc00..=0xdfff);
                        if pairs { Ok(()) } else { Err(Stop::Malformed) }
                    }
                    0xdc00..=0xdfff => Err(Stop::Malformed),
                    _ => Ok(()),
                }
            }
            _ => Err(Stop::Malformed),
        }
    }

    /// The code unit of the escape at that place.
    fn unit(&self, at: usize) -> Option<u16> {
        unit(self.text.get(at..at + 6)?)
    }

    /// A number as it is written.
    pub(crate) fn number(&mut self) -> Result<&'b str, Stop> {
        let from = self.at;
        self.take(b'-');
        let whole = self.digits();
        let leading = self.since(from).trim_start_matches('-');
        if whole == 0 || whole > 1 && leading.starts_with('0') {
            return Err(Stop::Malformed);
        }
        if self.take(b'.') && self.digits() == 0 {
            return Err(Stop::Malformed);
        }
        if self.take(b'e') || self.take(b'E') {
            let _ = self.take(b'+') || self.take(b'-');
            if self.digits() == 0 {
                return Err(Stop::Malformed);
            }
        }
        let raw = self.since(from);
        if raw.len() > NUMBER_BYTES_MAX {
            return Err(Stop::Beyond("a number has too many digits"));
        }
        Ok(raw)
    }

    fn digits(&mut self) -> usize {
        let from = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        self.at - from
    }

    /// Nothing but space may follow.
    pub(crate) fn end(&mut self) -> Result<(), Stop> {
        self.skip_space();
        if self.at == self.text.len() { Ok(()) } else { Err(Stop::Malformed) }
    }
}

/// Whether one of eight bytes ends a plain part of a text: a quote, a backslash or a control byte.
fn holds_special(eight: u64) -> bool {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = ONES << 7;
    let below = |word: u64, least: u64| word.wrapping_sub(ONES * least) & !word & HIGHS;
    let quote = below(eight ^ (ONES * 0x22), 1);
    let backslash = below(eight ^ (ONES * 0x5c), 1);
    (below(eight, 0x20) | quote | backslash) != 0
}

/// The code unit of `\u0041`.
fn unit(escape: &str) -> Option<u16> {
    let digits = escape.strip_prefix("\\u")?;
    if !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    u16::from_str_radix(digits, 16).ok()
}

/// What a text means whose escapes were read before and are in order.
fn unescaped(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((before, after)) = rest.split_once('\\') {
        out.push_str(before);
        let mut characters = after.chars();
        let escape = characters.next();
        rest = characters.as_str();
        out.push(match escape {
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('u') => unescape_units(&mut rest),
            Some(other) => other,
            None => break,
        });
    }
    out.push_str(rest);
    out
}

/// The character of one or two code units, whose first digits come next.
fn unescape_units(rest: &mut &str) -> char {
    let four = |text: &str| u32::from_str_radix(text.get(..4)?, 16).ok();
    let first = four(rest).unwrap_or(0xfffd);
    *rest = rest.get(4..).unwrap_or_default();
    if !(0xd800..0xdc00).contains(&first) {
        return char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER);
    }
    let second = rest.strip_prefix("\\u").and_then(four).unwrap_or(0xdc00);
    *rest = rest.get(6..).unwrap_or_default();
    let code = 0x1_0000 + ((first - 0xd800) << 10) + second.saturating_sub(0xdc00);
    char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)
}
