//! JSON (RFC 8259) into a tree with lines.
//!
//! In scope: the notation, with two mercies that change no meaning: a comma before a closing bracket
//! and tabs inside texts. Out of scope: comments and everything else that is not JSON.

use super::{Builder, DEPTH_MAX, Entry, Node, SyntaxError, Tree, Value};
use std::sync::Arc;

/// Reads a whole text.
pub(crate) fn parse(text: &str) -> Result<Tree, SyntaxError> {
    let mut reader = Reader { text, at: 0, line: 1, builder: Builder::default() };
    let root = reader.node(0)?;
    reader.skip_blank();
    if reader.peek().is_some() {
        return Err(reader.error("there is something after the end of the document"));
    }
    Ok(reader.builder.finish(root))
}

struct Reader<'a> {
    text: &'a str,
    /// Position of the next byte; always on a character's boundary between tokens.
    at: usize,
    line: u32,
    builder: Builder,
}

impl Reader<'_> {
    fn error(&self, cause: impl Into<String>) -> SyntaxError {
        SyntaxError { line: self.line, cause: cause.into() }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_blank(&mut self) {
        while let Some(byte) = self.peek() {
            match byte {
                b'\n' => self.line = self.line.saturating_add(1),
                b' ' | b'\t' | b'\r' => (),
                _ => return,
            }
            self.at += 1;
        }
    }

    /// Whether the next byte was that one, which is then passed.
    fn pass(&mut self, byte: u8) -> bool {
        let is = self.peek() == Some(byte);
        self.at += usize::from(is);
        is
    }

    fn node(&mut self, depth: u32) -> Result<Node, SyntaxError> {
        self.skip_blank();
        self.builder.count(1, self.line)?;
        if depth > DEPTH_MAX {
            return Err(self.error(format!("values are nested more than {DEPTH_MAX} deep")));
        }
        let line = self.line;
        let value = match self.peek() {
            Some(b'{') => self.map(depth)?,
            Some(b'[') => self.list(depth)?,
            Some(b'"') => Value::Text(Arc::from(self.string()?)),
            Some(b'-' | b'0'..=b'9') => self.number()?,
            Some(b'a'..=b'z') => self.word()?,
            None => return Err(self.error("the document ends in the middle of a value")),
            Some(_) => return Err(self.error(format!("`{}` begins no value", self.character()))),
        };
        Ok(Node { line, value })
    }

    fn character(&self) -> char {
        self.text.get(self.at..).and_then(|rest| rest.chars().next()).unwrap_or('?')
    }

    fn map(&mut self, depth: u32) -> Result<Value, SyntaxError> {
        self.at += 1;
        let mut entries = Vec::new();
        loop {
            self.skip_blank();
            if self.pass(b'}') {
                break;
            }
            if self.peek() != Some(b'"') {
                return Err(self.expected("a name in quotes or `}`"));
            }
            let line = self.line;
            let name = self.string()?;
            let key = self.builder.key(&name);
            self.skip_blank();
            if !self.pass(b':') {
                return Err(self.expected(&format!("`:` after `{key}`")));
            }
            let node = self.node(depth + 1)?;
            entries.push(Entry { key, line, node });
            self.skip_blank();
            if !self.pass(b',') && self.peek() != Some(b'}') {
                return Err(self.expected("`,` or `}`"));
            }
        }
        Ok(Value::Map(self.builder.map(entries)))
    }

    fn list(&mut self, depth: u32) -> Result<Value, SyntaxError> {
        self.at += 1;
        let mut items = Vec::new();
        loop {
            self.skip_blank();
            if self.pass(b']') {
                break;
            }
            items.push(self.node(depth + 1)?);
            self.skip_blank();
            if !self.pass(b',') && self.peek() != Some(b']') {
                return Err(self.expected("`,` or `]`"));
            }
        }
        Ok(Value::List(Arc::from(items)))
    }

    fn expected(&self, what: &str) -> SyntaxError {
        match self.peek() {
            None => self.error(format!("the document ends where {what} is needed")),
            Some(_) => self.error(format!("{what} is needed, not `{}`", self.character())),
        }
    }

    fn word(&mut self) -> Result<Value, SyntaxError> {
        let word = self.take_while(|byte| byte.is_ascii_alphanumeric());
        match word {
            "true" => Ok(Value::Bool(true)),
            "false" => Ok(Value::Bool(false)),
            "null" => Ok(Value::Null),
            other => {
                let shown: String = other.chars().take(20).collect();
                Err(self.error(format!("`{shown}` is no value")))
            }
        }
    }

    fn number(&mut self) -> Result<Value, SyntaxError> {
        let token = self
            .take_while(|b| b.is_ascii_digit() || matches!(b, b'-' | b'+' | b'.' | b'e' | b'E'));
        if let Ok(number) = serde_json::from_str(token) {
            return Ok(Value::Number(number));
        }
        // A number past the range of doubles is well written and says nothing we can use.
        if token.parse::<f64>().is_ok_and(f64::is_infinite) {
            return Ok(Value::Null);
        }
        let shown: String = token.chars().take(20).collect();
        Err(self.error(format!("`{shown}` is no number")))
    }

    fn take_while(&mut self, wanted: impl Fn(u8) -> bool) -> &str {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let length = rest.bytes().position(|byte| !wanted(byte)).unwrap_or(rest.len());
        self.at += length;
        rest.get(..length).unwrap_or_default()
    }

    /// A text in quotes. The quote that opens it is the next byte.
    fn string(&mut self) -> Result<String, SyntaxError> {
        self.at += 1;
        let mut string = String::new();
        loop {
            let plain = self.take_while(|byte| byte != b'"' && byte != b'\\' && byte != b'\n');
            string.push_str(plain);
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(string);
                }
                Some(b'\\') => {
                    self.at += 1;
                    string.push(self.escape()?);
                }
                Some(_) => return Err(self.error("a text in quotes goes past the end of its line")),
                None => return Err(self.error("the document ends inside a text in quotes")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, SyntaxError> {
        let letter = self.peek();
        if letter.is_some_and(|byte| byte.is_ascii()) {
            self.at += 1;
        }
        Ok(match letter {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode(),
            _ => return Err(self.error("a backslash is followed by something unknown")),
        })
    }

    /// A code unit, or two that are a pair; half a pair becomes U+FFFD.
    fn unicode(&mut self) -> Result<char, SyntaxError> {
        let first = self.hex()?;
        if !(0xD800..0xDC00).contains(&first) {
            return Ok(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER));
        }
        if !self.text.get(self.at..).is_some_and(|rest| rest.starts_with("\\u")) {
            return Ok(char::REPLACEMENT_CHARACTER);
        }
        self.at += 2;
        let second = self.hex()?;
        let low = second.wrapping_sub(0xDC00);
        let whole = 0x1_0000 + ((first - 0xD800) << 10) + low;
        Ok(char::from_u32(whole).filter(|_| low < 0x400).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn hex(&mut self) -> Result<u32, SyntaxError> {
        let digits = self.text.get(self.at..self.at + 4);
        let unit = digits
            .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
            .and_then(|digits| u32::from_str_radix(digits, 16).ok());
        self.at += if unit.is_some() { 4 } else { 0 };
        unit.ok_or_else(|| self.error("`\\u` needs four hexadecimal digits"))
    }
}
