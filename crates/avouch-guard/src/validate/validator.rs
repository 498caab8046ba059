//! All operations of a description, made ready for judging requests.

use super::compile::{Compiler, Direction, Numbered, Unchecked, number};
use super::cursor::Stop;
use super::forms;
use super::judge::Judge;
use super::media::{self, MediaType};
use super::multipart;
use super::parameters::{self, Parameters};
use super::shape::{Id, Shape};
use super::written::Written;
use crate::refusal::{Refusal, Wrong};
use crate::request::Request;
use crate::route::Rules;
use crate::settings::validate::{Bounds, DEPTH_MAX, Opaque, Unknown, Validate};
use avouch_catalog::{Catalog, SecurityScheme};
use avouch_model::operation::{Operation, Parameter, Place};
use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use std::borrow::Cow;
use std::collections::HashSet;

/// The name of the policy.
const POLICY: &str = "validate";

/// Judges requests by a description.
#[derive(Debug)]
pub struct Validator {
    operations: Vec<Checks>,
    shapes: Vec<Shape>,
    unchecked: Vec<Unchecked>,
    bounds: Bounds,
    /// Names in queries that hold credentials.
    credentials: Vec<String>,
    refuses_unknown_query: bool,
    refuses_unknown_properties: bool,
}

/// What one operation takes.
#[derive(Debug)]
struct Checks {
    parameters: Parameters,
    bodies: Vec<Body>,
    required: bool,
    bytes_max: u64,
}

/// One way to send a body.
#[derive(Debug)]
struct Body {
    media_type: String,
    kind: Kind,
}

/// How a body is read.
#[derive(Debug)]
enum Kind {
    Json(Id),
    Form(Id, Written),
    Multipart(Id, Written),
    /// A range of media types: JSON is read, others are not.
    Range(Id, Opaque),
    /// Not at all.
    Unread(Opaque),
}

/// What may come after a head, and what is to be done with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyPlan {
    /// There may be no body. One that comes all the same is refused with [`Validator::no_body`].
    Nothing,
    /// Up to that many bytes may pass as they come.
    Forward {
        /// Bytes.
        bytes_max: u64,
    },
    /// It is gathered, up to that many bytes, and judged by [`Validator::body`] before it is forwarded.
    Judge {
        /// Bytes.
        bytes_max: u64,
    },
}

impl Validator {
    /// A validator of these operations; `rules` are those of the router.
    pub fn new<'a>(
        catalog: &Catalog,
        settings: &Validate,
        rules: impl Fn(usize) -> Option<&'a Rules>,
    ) -> Self {
        let mut compiler = Compiler::new(Direction::Request, numbered(catalog));
        compiler.misplaced_allowed(settings.read_only == Unknown::Allow);
        let prepared: Vec<_> = catalog
            .operations
            .iter()
            .map(|operation| {
                compiler.operation(&operation.id.0);
                let parameters = parameters::prepare(operation, &mut compiler);
                (parameters, bodies(operation, &mut compiler, settings))
            })
            .collect();
        let (shapes, unchecked) = compiler.finish();
        let bounds = Bounds {
            depth_max: settings.bounds.depth_max.min(DEPTH_MAX),
            ..settings.bounds.clone()
        };
        let each = prepared.into_iter().zip(&catalog.operations).enumerate();
        let operations = each
            .map(|(index, ((parameters, bodies), operation))| {
                let most = rules(index).and_then(|rules| rules.body_bytes_max);
                Checks {
                    parameters: checks(parameters, &shapes),
                    bodies: bodies.into_iter().map(|body| body.ready(&shapes)).collect(),
                    required: operation.body_required,
                    bytes_max: most.unwrap_or(bounds.body_bytes_max),
                }
            })
            .collect();
        Self {
            operations,
            shapes,
            unchecked,
            bounds,
            credentials: credentials_in_queries(catalog),
            refuses_unknown_query: settings.unknown_query == Unknown::Refuse,
            refuses_unknown_properties: settings.unknown_properties == Unknown::Refuse,
        }
    }

    /// What the description says and nobody checks here.
    pub fn unchecked(&self) -> &[Unchecked] {
        &self.unchecked
    }

    /// Judges a request before its body; `path` are the path's parameters as the router found them.
    pub fn head(
        &self,
        operation: usize,
        request: &Request<'_>,
        path: &[(&str, Cow<'_, str>)],
    ) -> Result<BodyPlan, Refusal> {
        let checks = self.operations.get(operation).ok_or_else(lost)?;
        let known = self.refuses_unknown_query.then_some(self.credentials.as_slice());
        let found = checks.parameters.judge(&self.shapes, &self.bounds, request, path, known);
        if found.too_complex {
            return Err(too_complex());
        }
        if !found.wrong.is_empty() {
            let detail = "the parameters are not as described";
            return Err(Refusal::new(POLICY, "parameter-invalid", 400, detail).places(found.wrong));
        }
        if found.unknown {
            let detail = "the query holds a parameter that is not described";
            return Err(Refusal::new(POLICY, "parameter-unknown", 400, detail));
        }
        checks.plan(request.headers)
    }

    /// The refusal of a body where there may be none.
    pub fn no_body() -> Refusal {
        Refusal::new(POLICY, "body-unexpected", 400, "there may be no body here")
    }

    /// The refusal of a body with more bytes than a plan allows.
    pub fn body_too_large() -> Refusal {
        Refusal::new(POLICY, "body-too-large", 413, "the body is too large")
    }

    /// Judges a body; `content_type` is the value of its header.
    pub fn body(
        &self,
        operation: usize,
        content_type: Option<&str>,
        body: &[u8],
    ) -> Result<(), Refusal> {
        let checks = self.operations.get(operation).ok_or_else(lost)?;
        if body.is_empty() {
            if checks.required {
                return Err(Refusal::new(POLICY, "body-missing", 400, "a body is needed"));
            }
            return Ok(());
        }
        if checks.bodies.is_empty() {
            return Err(Self::no_body());
        }
        if body.len() as u64 > checks.bytes_max {
            return Err(Self::body_too_large());
        }
        let (described, media_type) = checks.named(content_type).ok_or_else(unknown_type)?;
        match &described.kind {
            Kind::Range(shape, _) if media::is_json(&media_type.essence) => {
                self.json(*shape, text_of(&media_type, body)?)
            }
            Kind::Range(_, opaque) | Kind::Unread(opaque) => match opaque {
                Opaque::Allow => Ok(()),
                Opaque::Refuse => Err(unknown_type()),
            },
            Kind::Json(shape) => self.json(*shape, text_of(&media_type, body)?),
            Kind::Form(shape, written) => {
                let text = text_of(&media_type, body)?;
                let most = self.bounds.form_parts_max;
                let json = forms::as_json(written, text, most).ok_or_else(malformed)?;
                self.json(*shape, &json)
            }
            Kind::Multipart(shape, written) => {
                let boundary = media_type.parameter("boundary").ok_or_else(malformed)?;
                let most = self.bounds.form_parts_max;
                let json = multipart::as_json(written, boundary, body, most);
                self.json(*shape, &json.ok_or_else(malformed)?)
            }
        }
    }

    fn json(&self, shape: Id, text: &str) -> Result<(), Refusal> {
        let strict = self.refuses_unknown_properties;
        match Judge::judge(&self.shapes, shape, &self.bounds, strict, text) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(places)) => Err(invalid(places)),
            Err(Stop::Malformed) => Err(malformed()),
            Err(Stop::Repeated) => {
                let detail = "a name stands twice in an object of the body";
                Err(Refusal::new(POLICY, "body-malformed", 400, detail))
            }
            Err(Stop::Beyond(what)) => Err(Refusal::new(POLICY, "body-beyond-bounds", 400, what)),
            Err(Stop::TooComplex) => Err(too_complex()),
        }
    }
}

impl Checks {
    /// What may come after a head.
    fn plan(&self, headers: &HeaderMap) -> Result<BodyPlan, Refusal> {
        let mut types = headers.get_all(CONTENT_TYPE).iter();
        let Some(one) = types.next() else {
            if self.required {
                let detail = "a body with a media type is needed";
                return Err(Refusal::new(POLICY, "body-missing", 400, detail));
            }
            return Ok(BodyPlan::Nothing);
        };
        if self.bodies.is_empty() {
            // Clients name a type where they send nothing; only a body itself is refused.
            return Ok(BodyPlan::Nothing);
        }
        if types.next().is_some() {
            return Err(unknown_type());
        }
        let encoded = headers.get_all(CONTENT_ENCODING).iter();
        if encoded.into_iter().any(|coding| !coding.as_bytes().eq_ignore_ascii_case(b"identity")) {
            let detail = "a body that is compressed cannot be judged";
            return Err(Refusal::new(POLICY, "content-encoding-unknown", 415, detail));
        }
        let (body, media_type) = self.named(one.to_str().ok()).ok_or_else(unknown_type)?;
        let bytes_max = self.bytes_max;
        match body.kind {
            Kind::Range(..) if media::is_json(&media_type.essence) => {
                Ok(BodyPlan::Judge { bytes_max })
            }
            Kind::Range(_, Opaque::Allow) | Kind::Unread(Opaque::Allow) => {
                Ok(BodyPlan::Forward { bytes_max })
            }
            Kind::Range(_, Opaque::Refuse) | Kind::Unread(Opaque::Refuse) => Err(unknown_type()),
            Kind::Json(_) | Kind::Form(..) | Kind::Multipart(..) => {
                Ok(BodyPlan::Judge { bytes_max })
            }
        }
    }

    /// The described body that a media type belongs to, the most exactly described first.
    fn named(&self, content_type: Option<&str>) -> Option<(&Body, MediaType)> {
        let media_type = MediaType::parse(content_type?)?;
        let fitting = self.bodies.iter().filter_map(|body| {
            media::fits(&body.media_type, &media_type.essence).map(|rank| (rank, body))
        });
        let mut best: Option<(u8, &Body)> = None;
        for (rank, body) in fitting {
            if best.is_none_or(|(known, _)| rank > known) {
                best = Some((rank, body));
            }
        }
        let (_, body) = best?;
        Some((body, media_type))
    }
}

impl Body {
    /// With what can only be known when all shapes are there.
    fn ready(mut self, shapes: &[Shape]) -> Self {
        if let Kind::Form(shape, written) | Kind::Multipart(shape, written) = &mut self.kind {
            *written = Written::of(shapes, *shape);
        }
        self
    }
}

fn checks(parameters: Vec<(Parameter, Id)>, shapes: &[Shape]) -> Parameters {
    let each = parameters.into_iter();
    let checks = each.map(|(it, shape)| parameters::Check::new(it, shape, shapes)).collect();
    Parameters { checks }
}

/// All numbered schemas of a catalogue, so that what was cut can be followed.
pub(crate) fn numbered(catalog: &Catalog) -> Numbered {
    let (mut seen, mut numbered) = (HashSet::new(), Numbered::new());
    for operation in &catalog.operations {
        let answers = operation.answers.iter().flat_map(|answer| &answer.media);
        let media = operation.body.iter().chain(answers).map(|media| &media.schema);
        let all = media.chain(operation.parameters.iter().map(|parameter| &parameter.schema));
        all.for_each(|schema| number(schema, &mut seen, &mut numbered));
    }
    numbered
}

fn bodies(operation: &Operation, compiler: &mut Compiler, settings: &Validate) -> Vec<Body> {
    let each = operation.body.iter().map(|media| {
        let place = format!("body {}", media.media_type);
        let essence = media.media_type.split(';').next().unwrap_or_default().trim();
        let essence = essence.to_ascii_lowercase();
        let anything = Written::Scalar(super::shape::Kinds::ANY);
        let kind = if media::is_json(&essence) {
            Kind::Json(compiler.shape(&media.schema, &place))
        } else if essence == "application/x-www-form-urlencoded" {
            Kind::Form(compiler.shape(&media.schema, &place), anything)
        } else if essence == "multipart/form-data" {
            Kind::Multipart(compiler.shape(&media.schema, &place), anything)
        } else {
            if settings.opaque_bodies == Opaque::Allow {
                compiler.not_checked(&place, "a body of this media type");
            }
            if essence.ends_with("/*") {
                Kind::Range(compiler.shape(&media.schema, &place), settings.opaque_bodies)
            } else {
                Kind::Unread(settings.opaque_bodies)
            }
        };
        Body { media_type: media.media_type.clone(), kind }
    });
    each.collect()
}

fn credentials_in_queries(catalog: &Catalog) -> Vec<String> {
    let names = catalog.schemes.values().filter_map(|scheme| match scheme {
        SecurityScheme::ApiKey { name, place: Place::Query } => Some(name.clone()),
        _ => None,
    });
    names.collect()
}

/// The text of a body, which is UTF-8.
fn text_of<'b>(media_type: &MediaType, body: &'b [u8]) -> Result<&'b str, Refusal> {
    if !media_type.is_utf8() {
        return Err(unknown_type());
    }
    std::str::from_utf8(body).map_err(|_| malformed())
}

fn invalid(places: Vec<Wrong>) -> Refusal {
    Refusal::new(POLICY, "body-invalid", 422, "the body is not as described").places(places)
}

fn malformed() -> Refusal {
    Refusal::new(POLICY, "body-malformed", 400, "the body cannot be read")
}

fn unknown_type() -> Refusal {
    Refusal::new(POLICY, "media-type-unknown", 415, "a body of this media type is not described")
}

fn too_complex() -> Refusal {
    Refusal::undecided(POLICY, "too-complex", "judging the request takes too long")
}

fn lost() -> Refusal {
    Refusal::undecided(POLICY, "undecided", "the operation could not be judged")
}
