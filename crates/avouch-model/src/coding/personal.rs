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
        /// What stands for the person.
        pseudonym: [u8; 16],
        /// The sealed value; empty when only the pseudonym was kept.
        sealed: Vec<u8>,
    },
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

const CLEAR: u8 = 0;
const SEALED: u8 = 1;

impl Scalar for Personal {
    const FORM: Form = Form::Personal;

    #[inline]
    fn bytes(&self) -> usize {
        1 + match self {
            Self::Clear(text) => text.len(),
            Self::Sealed { pseudonym, sealed } => pseudonym.len() + sealed.len(),
        }
    }

    #[inline]
    fn put(&self, out: &mut Vec<u8>) {
        match self {
            Self::Clear(text) => {
                out.push(CLEAR);
                out.extend_from_slice(text.as_bytes());
            }
            Self::Sealed { pseudonym, sealed } => {
                out.push(SEALED);
                out.extend_from_slice(pseudonym);
                out.extend_from_slice(sealed);
            }
        }
    }

    fn take(bytes: &[u8]) -> Result<Self, &'static str> {
        match bytes.split_first() {
            Some((&CLEAR, text)) => String::take(text).map(Self::Clear),
            Some((&SEALED, rest)) => {
                let (pseudonym, sealed) =
                    rest.split_first_chunk().ok_or("shorter than a pseudonym")?;
                Ok(Self::Sealed { pseudonym: *pseudonym, sealed: sealed.to_vec() })
            }
            _ => Err("neither in clear nor sealed"),
        }
    }

    fn json(&self) -> Value {
        match self {
            Self::Clear(text) => json!(text),
            Self::Sealed { pseudonym, sealed } => {
                json!({ "pseudonym": hex(pseudonym), "sealed": hex(sealed) })
            }
        }
    }

    fn of_json(value: &Value) -> Option<Self> {
        if let Value::String(text) = value {
            return Some(Self::Clear(text.clone()));
        }
        let bytes = |name| unhex(value.get(name)?.as_str()?);
        let pseudonym = bytes("pseudonym")?.try_into().ok()?;
        let whole = value.as_object()?.len() == 2;
        whole.then_some(())?;
        Some(Self::Sealed { pseudonym, sealed: bytes("sealed")? })
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
