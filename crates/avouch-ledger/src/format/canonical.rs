//! JSON in one spelling: a subset of RFC 8785 in which each value has exactly one text.

use std::collections::BTreeMap;

/// LIMIT: how deep values may be within each other.
const DEPTH_MAX: usize = 8;

/// LIMIT: the largest number: what every reader of JSON keeps exactly.
pub const NUMBER_MAX: u64 = (1 << 53) - 1;

/// LIMIT: the most bytes of a member's name.
const NAME_BYTES_MAX: usize = 64;

/// A value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number from 0 to 2^53 - 1.
    Number(u64),
    /// A text without control characters.
    Text(String),
    /// A list.
    List(Vec<Value>),
    /// Members by their names, in the order of bytes.
    Object(BTreeMap<String, Value>),
}

/// Bytes are not a value in its one spelling.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not canonical JSON at byte {offset}")]
pub struct NotCanonical {
    /// Where reading ended.
    pub offset: usize,
}

impl Value {
    /// Reads a value and refuses any other spelling of it.
    pub fn parse(bytes: &[u8]) -> Result<Self, NotCanonical> {
        Self::read(Reader { bytes, at: 0, lines: false })
    }

    /// Reads a value of a proof or an export, in which texts may have more than one line.
    pub fn parse_with_lines(bytes: &[u8]) -> Result<Self, NotCanonical> {
        Self::read(Reader { bytes, at: 0, lines: true })
    }

    fn read(mut reader: Reader<'_>) -> Result<Self, NotCanonical> {
        let value = reader.value(DEPTH_MAX);
        let whole = reader.at == reader.bytes.len();
        value.filter(|_| whole).ok_or(NotCanonical { offset: reader.at })
    }

    /// The one spelling.
    pub fn encode(&self) -> String {
        let mut text = String::new();
        self.write(&mut text);
        text
    }

    fn write(&self, text: &mut String) {
        match self {
            Self::Null => text.push_str("null"),
            Self::Bool(value) => text.push_str(if *value { "true" } else { "false" }),
            Self::Number(number) => text.push_str(&number.to_string()),
            Self::Text(value) => write_text(value, text),
            Self::List(values) => {
                text.push('[');
                for (place, value) in values.iter().enumerate() {
                    if place > 0 {
                        text.push(',');
                    }
                    value.write(text);
                }
                text.push(']');
            }
            Self::Object(members) => {
                text.push('{');
                for (place, (name, value)) in members.iter().enumerate() {
                    if place > 0 {
                        text.push(',');
                    }
                    write_text(name, text);
                    text.push(':');
                    value.write(text);
                }
                text.push('}');
            }
        }
    }

    /// An object of members.
    pub fn object<'a>(members: impl IntoIterator<Item = (&'a str, Self)>) -> Self {
        Self::Object(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }

    /// A text in which characters that the format has no room for became spaces.
    pub fn text(text: &str) -> Self {
        Self::Text(text.chars().map(|c| if c < ' ' { ' ' } else { c }).collect())
    }

    /// Bytes as lower-case hexadecimal.
    pub fn hex(bytes: &[u8]) -> Self {
        Self::Text(to_hex(bytes))
    }
}

/// Bytes as lower-case hexadecimal.
pub fn to_hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Reads lower-case hexadecimal.
pub fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let bytes = pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect();
    if rest.is_empty() { bytes } else { None }
}

fn write_text(value: &str, text: &mut String) {
    text.push('"');
    for c in value.chars() {
        match c {
            '"' | '\\' => text.extend(['\\', c]),
            '\n' => text.push_str("\\n"),
            c => text.push(c),
        }
    }
    text.push('"');
}

fn is_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_lowercase())
        && name.len() <= NAME_BYTES_MAX
        && bytes.all(|byte| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_.-".contains(&byte)
        })
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Whether texts may have more than one line.
    lines: bool,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn take(&mut self, expected: &str) -> Option<()> {
        let found = self.bytes.get(self.at..)?.starts_with(expected.as_bytes());
        found.then(|| self.at += expected.len())
    }

    fn value(&mut self, depth: usize) -> Option<Value> {
        match self.peek()? {
            b'n' => self.take("null").map(|()| Value::Null),
            b't' => self.take("true").map(|()| Value::Bool(true)),
            b'f' => self.take("false").map(|()| Value::Bool(false)),
            b'"' => self.text().map(Value::Text),
            b'0'..=b'9' => self.number(),
            b'[' => self.list(depth.checked_sub(1)?),
            b'{' => self.object(depth.checked_sub(1)?),
            _ => None,
        }
    }

    fn number(&mut self) -> Option<Value> {
        let rest = self.bytes.get(self.at..)?;
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let text = std::str::from_utf8(rest.get(..digits)?).ok()?;
        let number = text.parse().ok().filter(|number| *number <= NUMBER_MAX)?;
        if digits > 1 && text.starts_with('0') {
            return None;
        }
        self.at += digits;
        Some(Value::Number(number))
    }

    fn text(&mut self) -> Option<String> {
        self.take("\"")?;
        let mut bytes = Vec::new();
        loop {
            let byte = self.peek()?;
            self.at += 1;
            match byte {
                b'"' => return String::from_utf8(bytes).ok(),
                b'\\' => {
                    bytes.push(match self.peek()? {
                        byte @ (b'"' | b'\\') => byte,
                        b'n' if self.lines => b'\n',
                        _ => return None,
                    });
                    self.at += 1;
                }
                0..0x20 => return None,
                byte => bytes.push(byte),
            }
        }
    }

    fn list(&mut self, depth: usize) -> Option<Value> {
        self.take("[")?;
        let mut values = Vec::new();
        if self.peek()? != b']' {
            values.push(self.value(depth)?);
            while self.peek()? == b',' {
                self.at += 1;
                values.push(self.value(depth)?);
            }
        }
        self.take("]")?;
        Some(Value::List(values))
    }

    fn object(&mut self, depth: usize) -> Option<Value> {
        self.take("{")?;
        let mut members: BTreeMap<String, Value> = BTreeMap::new();
        if self.peek()? != b'}' {
            loop {
                let name = self.text().filter(|name| is_name(name))?;
                if members.last_key_value().is_some_and(|(last, _)| *last >= name) {
                    return None;
                }
                self.take(":")?;
                let value = self.value(depth)?;
                members.insert(name, value);
                if self.peek()? != b',' {
                    break;
                }
                self.at += 1;
            }
        }
        self.take("}")?;
        Some(Value::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_value_has_one_spelling() {
        let text = r#"{"a":[1,0,9007199254740991],"b":{"c":"say \"\\\" é"},"d":null,"e":true}"#;
        assert_eq!(Value::parse(text.as_bytes()).unwrap().encode(), text);
    }

    #[test]
    fn another_spelling_is_refused() {
        for wrong in [
            "",
            " 1",
            "1 ",
            "01",
            "-1",
            "1.0",
            "1e1",
            "9007199254740992",
            "[1,]",
            "[,1]",
            "[1 ,2]",
            "{\"b\":1,\"a\":1}",
            "{\"a\":1,\"a\":1}",
            "{\"A\":1}",
            "{\"\":1}",
            "\"\\u0041\"",
            "\"\\n\"",
            "\"\n\"",
            "\"\\/\"",
            "nul",
            "true1",
            "[[[[[[[[[1]]]]]]]]]",
            "{\"a\":1",
            "\"a",
        ] {
            assert!(Value::parse(wrong.as_bytes()).is_err(), "{wrong}");
        }
        assert!(Value::parse(b"[[[[[[[[1]]]]]]]]").is_ok());
        assert!(Value::parse(b"\"\xff\"").is_err());
    }

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::Bool),
            (0..=NUMBER_MAX).prop_map(Value::Number),
            "\\PC{0,12}".prop_map(|text| Value::text(&text)),
        ];
        leaf.prop_recursive(5, 30, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::List),
                prop::collection::btree_map("[a-z][a-z0-9_.-]{0,5}", inner, 0..5)
                    .prop_map(Value::Object),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(value in any_value()) {
            prop_assert_eq!(Value::parse(value.encode().as_bytes()), Ok(value));
        }

        #[test]
        fn what_is_read_is_written_the_same(text in "[\\[{\"a:,1}\\] ]{0,16}") {
            if let Ok(value) = Value::parse(text.as_bytes()) {
                prop_assert_eq!(value.encode(), text);
            }
        }

        #[test]
        fn hexadecimal_is_read_back(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            prop_assert_eq!(from_hex(&to_hex(&bytes)), Some(bytes));
        }
    }
}
