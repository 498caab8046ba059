//! Values of one form each.

use super::personal::Personal;
use super::{Digest, Form, Search, Term};
use serde_json::{Value, json};

/// A value of one form.
pub trait Scalar: Sized {
    /// Its form.
    const FORM: Form;

    /// How many bytes it has.
    fn bytes(&self) -> usize;

    /// Appends its bytes.
    fn put(&self, out: &mut Vec<u8>);

    /// Reads all bytes as a value, in the one way it is written; else what they are instead, as in
    /// "the field is …".
    fn take(bytes: &[u8]) -> Result<Self, &'static str>;

    /// As JSON.
    fn json(&self) -> Value;

    /// From JSON; `None` when that is of another form.
    fn of_json(value: &Value) -> Option<Self>;

    /// What a fact can be found by through it: as JSON shows it, unless said otherwise.
    fn term(&self, search: Search) -> Term {
        let value = match self.json() {
            Value::String(text) => text,
            other => other.to_string(),
        };
        Term { search, value: value.into_bytes(), personal: false }
    }

    /// It as a person's value, when it is one.
    fn personal(&mut self) -> Option<&mut Personal> {
        None
    }
}

impl Scalar for String {
    const FORM: Form = Form::Text;

    #[inline]
    fn bytes(&self) -> usize {
        self.len()
    }

    #[inline]
    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.as_bytes());
    }

    fn take(bytes: &[u8]) -> Result<Self, &'static str> {
        std::str::from_utf8(bytes).map(str::to_owned).map_err(|_| "no text in UTF-8")
    }

    fn json(&self) -> Value {
        json!(self)
    }

    fn of_json(value: &Value) -> Option<Self> {
        value.as_str().map(str::to_owned)
    }

    fn term(&self, search: Search) -> Term {
        Term { search, value: self.as_bytes().to_vec(), personal: false }
    }
}

impl Scalar for u64 {
    const FORM: Form = Form::Number;

    #[inline]
    fn bytes(&self) -> usize {
        8 - (self.leading_zeros() / 8) as usize
    }

    #[inline]
    fn put(&self, out: &mut Vec<u8>) {
        let zeros = 8 - self.bytes();
        out.extend_from_slice(self.to_be_bytes().get(zeros..).unwrap_or_default());
    }

    fn take(bytes: &[u8]) -> Result<Self, &'static str> {
        if bytes.len() > 8 || bytes.first() == Some(&0) {
            return Err("no number in its shortest form");
        }
        Ok(bytes.iter().fold(0, |number, byte| number << 8 | Self::from(*byte)))
    }

    fn json(&self) -> Value {
        json!(self)
    }

    fn of_json(value: &Value) -> Option<Self> {
        value.as_u64()
    }
}

impl Scalar for bool {
    const FORM: Form = Form::YesNo;

    #[inline]
    fn bytes(&self) -> usize {
        1
    }

    #[inline]
    fn put(&self, out: &mut Vec<u8>) {
        out.push(u8::from(*self));
    }

    fn take(bytes: &[u8]) -> Result<Self, &'static str> {
        match bytes {
            [0] => Ok(false),
            [1] => Ok(true),
            _ => Err("neither yes nor no"),
        }
    }

    fn json(&self) -> Value {
        json!(self)
    }

    fn of_json(value: &Value) -> Option<Self> {
        value.as_bool()
    }
}

impl Scalar for Digest {
    const FORM: Form = Form::Digest;

    #[inline]
    fn bytes(&self) -> usize {
        self.0.len()
    }

    #[inline]
    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.0);
    }

    fn take(bytes: &[u8]) -> Result<Self, &'static str> {
        bytes.try_into().map(Self).map_err(|_| "no digest of 32 bytes")
    }

    fn json(&self) -> Value {
        json!(self.to_string())
    }

    fn of_json(value: &Value) -> Option<Self> {
        Self::parse(value.as_str()?)
    }
}
