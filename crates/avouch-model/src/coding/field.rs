//! A value as a field: once, at most once, or any number of times.

use super::encode::put_head;
use super::personal::Personal;
use super::reader::{DecodeError, Reader};
use super::{Form, JsonError, Scalar, Search, Term, Times};
use serde_json::Value;

/// What can be a field of a fact.
pub trait Field: Sized {
    /// The form of its values.
    const FORM: Form;
    /// How often it stands there.
    const TIMES: Times;

    /// Appends it under its tag.
    fn put(&self, tag: u8, out: &mut Vec<u8>);

    /// Reads it where the reader stands.
    fn take(reader: &mut Reader<'_>, tag: u8, name: &'static str) -> Result<Self, DecodeError>;

    /// As JSON; `None` where there is nothing to say.
    fn json(&self) -> Option<Value>;

    /// From a member of a JSON object, if it is there.
    fn of_json(value: Option<&Value>, name: &'static str) -> Result<Self, JsonError>;

    /// Adds what the fact can be found by.
    fn terms(&self, search: Search, terms: &mut Vec<Term>);

    /// Adds its values that are a person's.
    fn personal<'a>(&'a mut self, values: &mut Vec<&'a mut Personal>);
}

fn value<T: Scalar>(bytes: &[u8], field: &'static str) -> Result<T, DecodeError> {
    T::take(bytes).map_err(|because| DecodeError::Value { field, because })
}

#[inline]
fn put<T: Scalar>(value: &T, tag: u8, out: &mut Vec<u8>) {
    put_head(out, tag, value.bytes());
    value.put(out);
}

fn of_json<T: Scalar>(value: &Value, name: &'static str) -> Result<T, JsonError> {
    T::of_json(value).ok_or(JsonError::Form(name))
}

impl<T: Scalar> Field for T {
    const FORM: Form = T::FORM;
    const TIMES: Times = Times::Once;

    #[inline]
    fn put(&self, tag: u8, out: &mut Vec<u8>) {
        put(self, tag, out);
    }

    fn take(reader: &mut Reader<'_>, tag: u8, name: &'static str) -> Result<Self, DecodeError> {
        value(reader.next(tag)?.ok_or(DecodeError::Missing(name))?, name)
    }

    fn json(&self) -> Option<Value> {
        Some(Scalar::json(self))
    }

    fn of_json(value: Option<&Value>, name: &'static str) -> Result<Self, JsonError> {
        of_json(value.ok_or(JsonError::Missing(name))?, name)
    }

    fn terms(&self, search: Search, terms: &mut Vec<Term>) {
        terms.push(self.term(search));
    }

    fn personal<'a>(&'a mut self, values: &mut Vec<&'a mut Personal>) {
        values.extend(Scalar::personal(self));
    }
}

impl<T: Scalar> Field for Option<T> {
    const FORM: Form = T::FORM;
    const TIMES: Times = Times::AtMostOnce;

    #[inline]
    fn put(&self, tag: u8, out: &mut Vec<u8>) {
        if let Some(value) = self {
            put(value, tag, out);
        }
    }

    fn take(reader: &mut Reader<'_>, tag: u8, name: &'static str) -> Result<Self, DecodeError> {
        reader.next(tag)?.map(|bytes| value(bytes, name)).transpose()
    }

    fn json(&self) -> Option<Value> {
        self.as_ref().map(Scalar::json)
    }

    fn of_json(value: Option<&Value>, name: &'static str) -> Result<Self, JsonError> {
        value.map(|value| of_json(value, name)).transpose()
    }

    fn terms(&self, search: Search, terms: &mut Vec<Term>) {
        terms.extend(self.iter().map(|value| value.term(search)));
    }

    fn personal<'a>(&'a mut self, values: &mut Vec<&'a mut Personal>) {
        values.extend(self.iter_mut().filter_map(Scalar::personal));
    }
}

impl<T: Scalar> Field for Vec<T> {
    const FORM: Form = T::FORM;
    const TIMES: Times = Times::Any;

    #[inline]
    fn put(&self, tag: u8, out: &mut Vec<u8>) {
        for value in self {
            put(value, tag, out);
        }
    }

    fn take(reader: &mut Reader<'_>, tag: u8, name: &'static str) -> Result<Self, DecodeError> {
        let mut values = Self::new();
        while let Some(bytes) = reader.next(tag)? {
            values.push(value(bytes, name)?);
        }
        Ok(values)
    }

    fn json(&self) -> Option<Value> {
        (!self.is_empty()).then(|| self.iter().map(Scalar::json).collect())
    }

    fn of_json(value: Option<&Value>, name: &'static str) -> Result<Self, JsonError> {
        let Some(value) = value else { return Ok(Self::new()) };
        let values = value.as_array().ok_or(JsonError::List(name))?;
        values.iter().map(|value| of_json(value, name)).collect()
    }

    fn terms(&self, search: Search, terms: &mut Vec<Term>) {
        terms.extend(self.iter().map(|value| value.term(search)));
    }

    fn personal<'a>(&'a mut self, values: &mut Vec<&'a mut Personal>) {
        values.extend(self.iter_mut().filter_map(Scalar::personal));
    }
}
