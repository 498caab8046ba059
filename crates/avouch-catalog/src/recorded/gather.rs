//! Calls into operations.

use super::call::{Call, Field, Heard, Payload, Said};
use super::places::{self, Placed};
use super::secrets;
use super::shape::{self, Learner};
use crate::catalog::{Catalog, SecurityScheme};
use crate::reader::Reader;
use crate::template;
use avouch_model::operation::{
    AnswerShape, Media, Method, Operation, OperationId, Origin, Parameter, Place, Security, Style,
};
use avouch_model::schema::Schema;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// Calls of one recording that are kept.
// LIMIT: 50,000 calls.
const CALLS_MAX: usize = 50_000;
/// Examples of one parameter or body, media and answers of one operation, tags.
// LIMIT: 8 examples, 8 media, 32 answers, 8 tags.
const EXAMPLES_MAX: usize = 8;
const MEDIA_MAX: usize = 8;
const ANSWERS_MAX: usize = 32;
const TAGS_MAX: usize = 8;
/// Parameters of one operation.
// LIMIT: 200 parameters.
const PARAMETERS_MAX: usize = 200;
/// Headers that every client sends, or that name the transport: no inputs of an operation.
const USUAL_HEADERS: [&str; 34] = [
    "accept",
    "accept-charset",
    "accept-encoding",
    "accept-language",
    "authorization",
    "cache-control",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "cookie",
    "date",
    "dnt",
    "expect",
    "forwarded",
    "from",
    "host",
    "keep-alive",
    "origin",
    "postman-token",
    "pragma",
    "priority",
    "proxy-authorization",
    "proxy-connection",
    "referer",
    "te",
    "traceparent",
    "tracestate",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "upgrade-insecure-requests",
    "user-agent",
    "via",
];

/// Calls as they come, and what they have in common.
#[derive(Debug, Default)]
pub(crate) struct Gathering {
    calls: Vec<Call>,
    schemes: BTreeMap<String, SecurityScheme>,
    /// Credentials that were seen and not kept.
    credentials: u64,
    left_out: u64,
}

impl Gathering {
    /// Adds a call.
    pub(crate) fn add(&mut self, call: Call) {
        if self.calls.len() < CALLS_MAX {
            self.calls.push(call);
        } else {
            self.left_out += 1;
        }
    }

    /// Learns how a credential travels; `is_there` says whether the recording holds it.
    pub(crate) fn scheme(&mut self, name: &str, scheme: SecurityScheme, is_there: bool) -> Said {
        self.credentials += u64::from(is_there);
        self.schemes.entry(name.to_owned()).or_insert(scheme);
        Said::Credential
    }

    /// The operations that were called, in the order of the recording.
    pub(crate) fn catalog(mut self, reader: &mut Reader) -> Catalog {
        let origin = self.main_origin(reader);
        let (base, placed) = places::settle(&self.calls);
        let mut operations: Vec<Draft> = Vec::new();
        let mut known: HashMap<(Method, String), usize> = HashMap::new();
        let mut learner = Learner::new();
        for (call, placed) in self.calls.iter().zip(placed) {
            let key = (call.method.clone(), template::shape(&placed.template));
            let at = *known.entry(key).or_insert_with(|| {
                operations.push(Draft::new(call, &placed));
                operations.len() - 1
            });
            if let Some(draft) = operations.get_mut(at) {
                draft.add(call, &placed, &mut learner);
                self.credentials += secrets_in(call);
            }
        }
        self.warn(reader);
        let mut servers = Vec::new();
        if origin.is_some() || !base.is_empty() {
            servers.push(format!("{}{base}", origin.unwrap_or_default()));
        }
        Catalog {
            operations: operations.into_iter().map(Draft::finish).collect(),
            schemes: self.schemes,
            servers,
            ..Catalog::empty()
        }
    }

    /// The origin that most calls went to. Calls to others are left out: they are not the target.
    fn main_origin(&mut self, reader: &mut Reader) -> Option<String> {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for origin in self.calls.iter().filter_map(|call| call.origin.as_deref()) {
            *counts.entry(origin).or_default() += 1;
        }
        let most = counts.iter().max_by_key(|(_, count)| **count);
        let main = most.map(|(origin, _)| (*origin).to_owned())?;
        let others = counts.len() - 1;
        let before = self.calls.len();
        self.calls.retain(|call| call.origin.as_ref().is_none_or(|origin| *origin == main));
        let gone = before - self.calls.len();
        if gone > 0 {
            let shown = crate::reader::quote(&main);
            reader.warn_plain(format!(
                "{} to {} left out; `{shown}` has the most",
                counted(gone, "call", "calls"),
                counted(others, "other host is", "other hosts are"),
            ));
        }
        Some(main)
    }

    fn warn(&self, reader: &mut Reader) {
        if self.left_out > 0 {
            let what = format!("more than {CALLS_MAX} calls; {} are left out", self.left_out);
            reader.warn_plain(what);
        }
        if self.credentials > 0 {
            reader.warn_plain(format!(
                "`{}` holds credentials or other secrets ({} times); none is used or shown: give \
                 identities with `--identity`",
                crate::reader::quote(&reader.main_name()),
                self.credentials,
            ));
        }
    }
}

/// An operation that is being put together.
#[derive(Debug)]
struct Draft {
    operation: Operation,
    calls: u32,
    /// How many calls had a parameter, by its place and name.
    had: BTreeMap<(Place, String), u32>,
    bodies: u32,
    /// Whether every call says that no credential is needed.
    open: bool,
}

impl Draft {
    fn new(call: &Call, placed: &Placed) -> Self {
        let path = placed.template.clone();
        let operation = Operation {
            id: OperationId::new(&call.method, &path),
            name: call.name.clone(),
            summary: call.summary.clone(),
            described_at: Some(call.place.clone()),
            origin: Origin::Described,
            ..Operation::discovered(call.method.clone(), path)
        };
        Self { operation, calls: 0, had: BTreeMap::new(), bodies: 0, open: true }
    }

    fn add(&mut self, call: &Call, placed: &Placed, learner: &mut Learner) {
        self.calls += 1;
        // By position: another call of the same shape may have named its parameters otherwise.
        let names: Vec<String> = self.operation.path_parameters().map(str::to_owned).collect();
        for (name, (_, value)) in names.into_iter().zip(&placed.values) {
            self.parameter(Place::Path, &name, value.as_deref(), learner);
        }
        for field in &call.query {
            self.field(Place::Query, field, learner);
        }
        for field in call.headers.iter().filter(|field| is_input(&field.name)) {
            self.field(Place::Header, field, learner);
        }
        for tag in &call.tags {
            if self.operation.tags.len() < TAGS_MAX && !self.operation.tags.contains(tag) {
                self.operation.tags.push(tag.clone());
            }
        }
        if let Some(body) = &call.body {
            self.bodies += 1;
            learner.keeps_examples = true;
            add_media(&mut self.operation.body, body, learner, true);
        }
        for heard in &call.heard {
            self.answer(heard, learner);
        }
        self.open &= call.said == Said::Open;
    }

    fn field(&mut self, place: Place, field: &Field, learner: &mut Learner) {
        self.parameter(place, &field.name, field.value.as_deref(), learner);
        let times = self.had.entry((place, field.name.clone())).or_insert(0);
        *times += u32::from(!field.optional);
    }

    fn parameter(&mut self, place: Place, name: &str, value: Option<&str>, learner: &mut Learner) {
        let parameters = &mut self.operation.parameters;
        let at = parameters.iter().position(|known| known.place == place && known.name == name);
        if at.is_none() && parameters.len() >= PARAMETERS_MAX {
            return;
        }
        let at = at.unwrap_or_else(|| {
            parameters.push(Parameter {
                name: name.to_owned(),
                place,
                required: true,
                schema: Arc::new(Schema::default()),
                style: if place == Place::Query { Style::Form } else { Style::Simple },
                explode: place == Place::Query,
                examples: Vec::new(),
                description: None,
            });
            parameters.len() - 1
        });
        let (Some(parameter), Some(value)) = (parameters.get_mut(at), value) else { return };
        let value = shape::typed(value);
        learner.keeps_examples = false;
        let first = parameter.schema.kinds.is_empty();
        learner.learn(name, Arc::make_mut(&mut parameter.schema), &value, first);
        let usable = shape::may_be_sent(name, &value, 0);
        let full = parameter.examples.len() >= EXAMPLES_MAX;
        if usable && !full && !parameter.examples.contains(&value) {
            parameter.examples.push(value);
        }
    }

    fn answer(&mut self, heard: &Heard, learner: &mut Learner) {
        let answers = &mut self.operation.answers;
        let at = answers.iter().position(|known| known.status == heard.status);
        if at.is_none() && answers.len() >= ANSWERS_MAX {
            return;
        }
        let at = at.unwrap_or_else(|| {
            answers.push(AnswerShape { status: heard.status.clone(), media: Vec::new() });
            answers.len() - 1
        });
        if let (Some(answer), Some(body)) = (answers.get_mut(at), &heard.body) {
            // Whose values these are is not known: their shape is enough.
            learner.keeps_examples = false;
            add_media(&mut answer.media, body, learner, false);
        }
    }

    fn finish(mut self) -> Operation {
        for parameter in &mut self.operation.parameters {
            let times = self.had.get(&(parameter.place, parameter.name.clone())).copied();
            parameter.required = parameter.place == Place::Path || times.unwrap_or(0) == self.calls;
        }
        if self.open {
            self.operation.security = Security::Open;
        }
        self.operation.body_required = self.bodies > 0 && self.bodies == self.calls;
        if !self.operation.answers.is_empty() {
            // What was not recorded may be answered all the same.
            let others = AnswerShape { status: "default".to_owned(), media: Vec::new() };
            self.operation.answers.sort_by(|one, two| one.status.cmp(&two.status));
            self.operation.answers.push(others);
        }
        self.operation
    }
}

fn add_media(all: &mut Vec<Media>, body: &Payload, learner: &mut Learner, may_be_sent: bool) {
    let at = all.iter().position(|known| known.media_type == body.media_type);
    if at.is_none() && all.len() >= MEDIA_MAX {
        return;
    }
    let (at, first) = at.map_or_else(
        || {
            all.push(Media {
                media_type: body.media_type.clone(),
                schema: Arc::default(),
                examples: Vec::new(),
            });
            (all.len() - 1, true)
        },
        |at| (at, false),
    );
    let (Some(media), Some(value)) = (all.get_mut(at), &body.value) else { return };
    let first = first || media.schema.kinds.is_empty();
    learner.learn("", Arc::make_mut(&mut media.schema), value, first);
    let usable = may_be_sent && shape::may_be_sent("", value, 0);
    if usable && media.examples.len() < EXAMPLES_MAX && !media.examples.contains(value) {
        media.examples.push(value.clone());
    }
}

/// How many values of a call were kept back, besides those counted as credentials.
fn secrets_in(call: &Call) -> u64 {
    let fields = call.query.iter().filter(|field| {
        field.value.as_ref().is_some_and(|value| !secrets::may_be_used(&field.name, value))
    });
    let body = call.body.as_ref().and_then(|body| body.value.as_ref());
    let in_body = body.is_some_and(|value| shape::holds_secret("", value, 0));
    fields.count() as u64 + u64::from(in_body)
}

fn counted(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// Whether a header is an input of the operation.
fn is_input(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    !USUAL_HEADERS.contains(&&*lower)
        && !["sec-", "if-", "x-forwarded-", "x-b3-", "x-request-", "x-scan-", ":"]
            .iter()
            .any(|beginning| lower.starts_with(beginning))
        && !secrets::is_name(name)
}
