//! Parameters: path, query, header, cookie.

use super::compile::Compiler;
use super::cursor::Stop;
use super::judge::{Judge, PLACES_MAX};
use super::shape::{Id, Shape};
use super::written::{self, Written};
use crate::refusal::Wrong;
use crate::request::Request;
use crate::settings::validate::Bounds;
use avouch_model::operation::{Operation, Parameter, Place, Style};
use http::HeaderMap;
use std::borrow::Cow;

/// Pairs of one query.
// LIMIT: 256 pairs.
const PAIRS_MAX: usize = 256;

/// One parameter, made ready.
#[derive(Debug)]
pub(super) struct Check {
    name: String,
    place: Place,
    required: bool,
    shape: Id,
    written: Written,
    style: Style,
    explode: bool,
}

/// What is wrong with the parameters of a request.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// A parameter that is not described came along.
    pub(super) unknown: bool,
    /// Where values are not as described.
    pub(super) wrong: Vec<Wrong>,
    /// Judging one took too long.
    pub(super) too_complex: bool,
}

/// A query's or cookie's names with their values.
type Pairs<'q> = [(Cow<'q, str>, Cow<'q, str>)];

/// Names and values of a query, decoded; nothing when it is not written as one.
pub(crate) fn query(text: &str) -> Option<Vec<(Cow<'_, str>, Cow<'_, str>)>> {
    written::pairs(text, PAIRS_MAX)
}

/// The parameters of an operation; their shapes stay to be written about when all shapes are there.
pub(super) fn prepare(operation: &Operation, compiler: &mut Compiler) -> Vec<(Parameter, Id)> {
    let each = operation.parameters.iter().map(|parameter| {
        let place = format!("{}:{}", parameter.place.name(), parameter.name);
        (parameter.clone(), compiler.shape(&parameter.schema, &place))
    });
    each.collect()
}

impl Check {
    pub(super) fn new(parameter: Parameter, shape: Id, shapes: &[Shape]) -> Self {
        Self {
            name: parameter.name,
            place: parameter.place,
            required: parameter.required,
            shape,
            written: Written::of(shapes, shape),
            style: parameter.style,
            explode: parameter.explode,
        }
    }

    /// Whether the name of a query's pair belongs to this parameter.
    fn takes(&self, name: &str) -> bool {
        match (&self.written, self.style, self.explode) {
            (Written::Object(named), Style::Form, true) => named.iter().any(|(n, _)| n == name),
            (Written::Object(_), Style::DeepObject, _) => self.inner_name(name).is_some(),
            _ => self.name == name || self.bracketed(name),
        }
    }

    /// Whether it is `id[]`, where lists are written so by name.
    fn bracketed(&self, name: &str) -> bool {
        matches!(self.written, Written::List(_))
            && self.name.strip_suffix("[]").is_some_and(|bare| bare == name)
    }

    /// `a` of `filter[a]`.
    fn inner_name<'n>(&self, name: &'n str) -> Option<&'n str> {
        let inner = name.strip_prefix(self.name.as_str())?.strip_prefix('[')?.strip_suffix(']')?;
        (!inner.contains(['[', ']'])).then_some(inner)
    }

    /// The value as JSON; nothing when it is not there. The error says that it stands twice.
    fn of_pairs(&self, pairs: &Pairs<'_>) -> Result<Option<String>, ()> {
        let mine: Vec<_> = pairs.iter().filter(|(name, _)| self.takes(name)).cloned().collect();
        let mut json = String::new();
        match (&self.written, mine.as_slice()) {
            (_, []) => return Ok(None),
            (Written::Object(named), _) if self.style == Style::DeepObject || self.explode => {
                let mut inner = Vec::with_capacity(mine.len());
                for (name, value) in &mine {
                    let name = self.inner_name(name).unwrap_or(name).to_owned();
                    inner.push((Cow::Owned(name), value.clone()));
                }
                if !written::object(named, &inner, &mut json) {
                    return Err(());
                }
            }
            (Written::List(kinds), _) if self.explode => {
                written::list(*kinds, mine.iter().map(|(_, value)| &**value), &mut json);
            }
            (_, [(_, value)]) => self.of_one(value, &mut json)?,
            _ => return Err(()),
        }
        Ok(Some(json))
    }

    /// The value that one text stands for.
    fn of_one(&self, text: &str, json: &mut String) -> Result<(), ()> {
        let (text, between) = match self.style {
            Style::Label => (text.strip_prefix('.').unwrap_or(text), '.'),
            Style::Matrix => {
                let bare = text.strip_prefix(';').unwrap_or(text);
                let named = bare.strip_prefix(self.name.as_str());
                (named.and_then(|rest| rest.strip_prefix('=')).unwrap_or(bare), ',')
            }
            Style::SpaceDelimited => (text, ' '),
            Style::PipeDelimited => (text, '|'),
            Style::Simple | Style::Form | Style::DeepObject => (text, ','),
        };
        match &self.written {
            Written::Scalar(kinds) => written::scalar(*kinds, text, json),
            Written::List(kinds) if text.is_empty() => {
                written::list(*kinds, std::iter::empty(), json);
            }
            Written::List(kinds) => {
                let trim = self.place == Place::Header;
                let items = text.split(between).map(|item| if trim { item.trim() } else { item });
                written::list(*kinds, items, json);
            }
            Written::Object(named) => {
                let items: Vec<&str> = text.split(between).collect();
                let mut pairs = Vec::with_capacity(items.len());
                for item in items.chunks(if self.explode { 1 } else { 2 }) {
                    let (name, value) = match item {
                        [one] => one.split_once('=').ok_or(())?,
                        [name, value] => (*name, *value),
                        _ => return Err(()),
                    };
                    pairs.push((Cow::Borrowed(name), Cow::Borrowed(value)));
                }
                return if written::object(named, &pairs, json) { Ok(()) } else { Err(()) };
            }
        }
        Ok(())
    }

    /// Where it stands.
    fn at(&self) -> String {
        format!("{}:{}", self.place.name(), self.name)
    }
}

/// All parameters of one operation.
#[derive(Debug)]
pub(super) struct Parameters {
    pub(super) checks: Vec<Check>,
}

impl Parameters {
    /// Judges the parameters of a request. `known` are names in the query that somebody else knows;
    /// without it nobody is asked for the others.
    pub(super) fn judge(
        &self,
        shapes: &[Shape],
        bounds: &Bounds,
        request: &Request<'_>,
        path: &[(&str, Cow<'_, str>)],
        known: Option<&[String]>,
    ) -> Found {
        let mut found = Found::default();
        let query = query(request.query.unwrap_or_default());
        if query.is_none() {
            found.wrong.push(wrong("query:*", "is not written as a query"));
        }
        let query = query.unwrap_or_default();
        let cookies = cookies(request.headers);
        for check in &self.checks {
            let value = match check.place {
                Place::Path => of_path(check, path),
                Place::Query => check.of_pairs(&query),
                Place::Header => of_header(check, request.headers),
                Place::Cookie => check.of_pairs(&cookies),
            };
            found.judge(check, value, shapes, bounds);
        }
        if let Some(known) = known {
            let described = |name: &str| {
                known.iter().any(|one| one == name)
                    || self.checks.iter().any(|it| it.place == Place::Query && it.takes(name))
            };
            found.unknown = query.iter().any(|(name, _)| !described(name));
        }
        found
    }
}

impl Found {
    fn judge(
        &mut self,
        check: &Check,
        value: Result<Option<String>, ()>,
        shapes: &[Shape],
        bounds: &Bounds,
    ) {
        if self.wrong.len() >= PLACES_MAX {
            return;
        }
        let json = match value {
            Ok(Some(json)) => json,
            Ok(None) if check.required => return self.wrong.push(wrong(&check.at(), "is missing")),
            Ok(None) => return,
            Err(()) => {
                return self.wrong.push(wrong(&check.at(), "stands twice or cannot be read"));
            }
        };
        let mut outcome = Judge::judge(shapes, check.shape, bounds, true, &json);
        // What looks like a number may be a text, and where no type is stated the other way round.
        if let (Written::Scalar(_), Ok(Err(_))) = (&check.written, &outcome)
            && let Some(other) = written::otherwise(&json)
            && let Ok(Ok(())) = Judge::judge(shapes, check.shape, bounds, true, &other)
        {
            outcome = Ok(Ok(()));
        }
        match outcome {
            Ok(Ok(())) => (),
            Ok(Err(places)) => {
                let room = PLACES_MAX - self.wrong.len();
                let at = check.at();
                self.wrong.extend(places.into_iter().take(room).map(|place| Wrong {
                    place: format!("{at}{}", place.place),
                    because: place.because,
                }));
            }
            Err(Stop::TooComplex) => self.too_complex = true,
            Err(_) => self.wrong.push(wrong(&check.at(), "cannot be read")),
        }
    }
}

fn wrong(place: &str, because: &'static str) -> Wrong {
    Wrong { place: place.to_owned(), because: because.into() }
}

fn of_path(check: &Check, path: &[(&str, Cow<'_, str>)]) -> Result<Option<String>, ()> {
    let Some((_, value)) = path.iter().find(|(name, _)| *name == check.name) else {
        return Ok(None);
    };
    let mut json = String::new();
    check.of_one(value, &mut json)?;
    Ok(Some(json))
}

fn of_header(check: &Check, headers: &HeaderMap) -> Result<Option<String>, ()> {
    let mut lines = Vec::new();
    for value in headers.get_all(check.name.as_str()) {
        lines.push(value.to_str().map_err(|_| ())?.trim());
    }
    let one = match (lines.as_slice(), &check.written) {
        ([], _) => return Ok(None),
        ([one], _) => Cow::Borrowed(*one),
        (many, Written::List(_)) => Cow::Owned(many.join(",")),
        _ => return Err(()),
    };
    let mut json = String::new();
    check.of_one(&one, &mut json)?;
    Ok(Some(json))
}

/// Names and values of all cookies (RFC 6265, section 4.2.1).
fn cookies(headers: &HeaderMap) -> Vec<(Cow<'_, str>, Cow<'_, str>)> {
    let lines = headers.get_all(http::header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        let value = value.strip_prefix('"').and_then(|v| v.strip_suffix('"')).unwrap_or(value);
        Some((Cow::Borrowed(name), written::decoded(value).unwrap_or(Cow::Borrowed(value))))
    });
    pairs.collect()
}
