//! What belongs to a person, and can be taken back.

use super::digest::{hex, unhex};
use super::scalar::Scalar;
use super::{Form, Search, Term};
use serde_json::{Value, json};

/// A value that belongs to a person: in clear, or what a vault put in its place. When the vault
/// destroys the person's key, the pseudonym stays and nobody can say any more whose it was.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Personal {
    /// The value itself.
    Clear(String),
    /// A pseudonym, and the value as it was sealed for that person.
    Sealed {
        /// What stands for the value.
        pseudonym: [u8; 16],
        /// The pseudonym of the person with whose key it is sealed.
        subject: [u8; 16],
        /// The quarter of that key, such as `2026-Q4`.
        quarter: Quarter,
        /// The sealed value; empty when only the pseudonym was kept.
        sealed: Vec<u8>,
    },
}

/// A quarter of a year, such as `2026-Q4`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quarter([u8; 7]);

impl Quarter {
    /// Reads a quarter.
    pub fn parse(text: &str) -> Option<Self> {
        Self::of(*text.as_bytes().first_chunk()?).filter(|_| text.len() == 7)
    }

    fn of(bytes: [u8; 7]) -> Option<Self> {
        let [year @ .., b'-', b'Q', b'1'..=b'4'] = &bytes else { return None };
        year.iter().all(u8::is_ascii_digit).then_some(Self(bytes))
    }
}

impl std::fmt::Display for Quarter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.0))
    }
}

impl std::fmt::Debug for Quarter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Quarter({self})")
    }
}

impl Personal {
    /// The value, when it is in clear.
    pub fn clear(&self) -> Option<&str> {
        match self {
            Self::Clear(text) => Some(text),
            Self::Sealed { .. } => None,
        }
    }

    /// The value in clear, or its pseudonym in hexadecimal digits.
    pub fn shown(&self) -> String {
        match self {
            Self::Clear(text) => text.clone(),
            Self::Sealed { pseudonym, .. } => hex(pseudonym),
        }
    }
}

impl From<&str> for Personal {
    fn from(text: &str) -> Self {
        Self::Clear(text.to_owned())
    }
}

/// Reads what stands behind the mark of a sealed value.
fn sealed(bytes: &[u8]) -> Option<Personal> {
    let (pseudonym, rest) = bytes.split_first_chunk()?;
    let (subject, rest) = rest.split_first_chunk()?;
    let (quarter, sealed) = rest.split_first_chunk()?;
    Some(Personal::Sealed {
        pseudonym: *pseudonym,
        subject: *subject,
        quarter: Quarter::of(*quarter)?,
        sealed: sealed.to_vec(),
    })
}

const CLEAR: u8 = 0;
const SEALED: u8 = 1;

impl Scalar for Personal {
    const FORM: Form = Form::Personal;

    #[inline]
    fn bytes(&self) -> usize {
        1 + match self {
            Self::Clear(text) => text.len(),
            Self::Sealed { sealed, .. } => 16 + 16 + 7 + sealed.len(),
        }
    }

    #[inline]
    fn put(&self, out: &mut Vec<u8>) {
        match self {
            Self::Clear(text) => {
                out.push(CLEAR);
                out.extend_from_slice(text.as_bytes());
            }
            Self::Sealed { pseudonym, subject, quarter, sealed } => {
                out.push(SEALED);
                out.extend_from_slice(pseudonym);
                out.extend_from_slice(subject);
                out.extend_from_slice(&quarter.0);
                out.extend_from_slice(sealed);
            }
        }
    }

    fn take(bytes: &[u8]) -> Result<Self, &'static str> {
        match bytes.split_first() {
            Some((&CLEAR, text)) => String::take(text).map(Self::Clear),
            Some((&SEALED, rest)) => sealed(rest).ok_or("not sealed as it should be"),
            _ => Err("neither in clear nor sealed"),
        }
    }

    fn json(&self) -> Value {
        match self {
            Self::Clear(text) => json!(text),
            Self::Sealed { pseudonym, subject, quarter, sealed } => json!({
                "pseudonym": hex(pseudonym),
                "quarter": quarter.to_string(),
                "sealed": hex(sealed),
                "subject": hex(subject),
            }),
        }
    }

    fn of_json(value: &Value) -> Option<Self> {
        if let Value::String(text) = value {
            return Some(Self::Clear(text.clone()));
        }
        let text = |name| value.get(name).and_then(Value::as_str);
        let bytes = |name| unhex(text(name)?);
        (value.as_object()?.len() == 4).then_some(())?;
        Some(Self::Sealed {
            pseudonym: bytes("pseudonym")?.try_into().ok()?,
            subject: bytes("subject")?.try_into().ok()?,
            quarter: Quarter::parse(text("quarter")?)?,
            sealed: bytes("sealed")?,
        })
    }

    fn term(&self, search: Search) -> Term {
        match self {
            Self::Clear(text) => Term { search, value: text.as_bytes().to_vec(), personal: true },
            Self::Sealed { pseudonym, .. } => {
                Term { search, value: pseudonym.to_vec(), personal: false }
            }
        }
    }

    fn personal(&mut self) -> Option<&mut Personal> {
        Some(self)
    }
}
