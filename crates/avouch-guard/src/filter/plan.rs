//! What is to be done with an answer.

use super::headers::{About, Headers, is_bodiless};
use super::run::Rule;
use super::sieve::{OPEN, Sieve, Sieves};
use crate::refusal::Refusal;
use crate::settings::filter::{Failures, Filter as Settings, Undescribed};
use crate::validate::compile::{Compiler, Direction};
use crate::validate::media::{self, MediaType};
use crate::validate::{Unchecked, numbered};
use avouch_catalog::Catalog;
use avouch_model::data_class::{Classes, DataClass};
use avouch_model::operation::Operation;
use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderName, HeaderValue};
use std::sync::Arc;

/// The name of the policy.
const POLICY: &str = "filter";

/// What stands in the place of what the API said when it failed.
const FAILURE: &[u8] = br#"{"type":"about:blank","title":"Internal Server Error","status":500}"#;

/// Classes that never leave, whatever the settings say.
const NEVER: [DataClass; 4] = [
    DataClass::PasswordHash,
    DataClass::PrivateKey,
    DataClass::ProviderKey,
    DataClass::ConnectionString,
];

/// Filters the answers of a description's operations.
#[derive(Debug)]
pub struct Filter {
    operations: Vec<Vec<Answer>>,
    sieves: Arc<[Sieve]>,
    headers: Headers,
    unchecked: Vec<Unchecked>,
    settings: Settings,
}

/// One described answer.
#[derive(Debug)]
struct Answer {
    /// Such as `200`, `4XX` or `default`.
    status: String,
    /// Media types with what may stand in them, where they are JSON.
    media: Vec<(String, Option<usize>)>,
}

/// Whom an answer is for.
#[derive(Clone, Copy, Debug)]
pub struct Asker<'a> {
    /// The method of the request.
    pub method: &'a str,
    /// The caller's roles.
    pub roles: &'a [String],
    /// Whether it was asked by TLS.
    pub tls: bool,
    /// Whether the operation is public, so that its answers are for everybody.
    pub public: bool,
}

/// What is to be done with an answer.
#[derive(Debug)]
pub struct AnswerPlan {
    /// Headers to take out.
    pub remove: Vec<HeaderName>,
    /// Headers to set.
    pub add: Vec<(HeaderName, HeaderValue)>,
    /// The body.
    pub body: AnswerBody,
}

/// What is to be done with the body of an answer.
#[derive(Debug)]
pub enum AnswerBody {
    /// It passes as it comes.
    Forward,
    /// It is gathered, up to that many bytes, and filtered.
    Run {
        /// How.
        rule: Rule,
        /// Bytes.
        bytes_max: u64,
    },
    /// It is thrown away, and these bytes of the media type `application/problem+json` are sent.
    Replace(&'static [u8]),
    /// The answer may not leave.
    Refuse(Refusal),
}

impl Filter {
    /// A filter of these operations' answers; the error is a header's name in the settings that is
    /// none.
    pub fn new(catalog: &Catalog, settings: &Settings) -> Result<Self, String> {
        let mut compiler = Compiler::new(Direction::Answer, numbered(catalog));
        let prepared: Vec<_> =
            catalog.operations.iter().map(|one| answers(one, &mut compiler)).collect();
        let (shapes, mut unchecked) = compiler.finish();
        // Of an answer only the names are looked at: what its values are is the API's business.
        unchecked.retain(|one| one.what.starts_with("what `"));
        let mut sieves = Sieves::new(&shapes);
        let operations = prepared
            .into_iter()
            .map(|answers| {
                let each = answers.into_iter().map(|(status, media)| {
                    let media = media
                        .into_iter()
                        .map(|(kind, shape)| (kind, shape.map(|shape| sieves.of(shape))));
                    Answer { status, media: media.collect() }
                });
                each.collect()
            })
            .collect();
        if sieves.full {
            unchecked.push(Unchecked {
                operation: String::new(),
                place: "answers".to_owned(),
                what: "there are too many different answers".to_owned(),
            });
        }
        Ok(Self {
            operations,
            sieves: sieves.finish().into(),
            headers: Headers::new(settings)?,
            unchecked,
            settings: settings.clone(),
        })
    }

    /// What the description says of answers and nobody checks here.
    pub fn unchecked(&self) -> &[Unchecked] {
        &self.unchecked
    }

    /// What is to be done with an answer of the API. Without an operation nothing is known of it but
    /// its classes of data.
    pub fn answer(
        &self,
        operation: Option<usize>,
        status: u16,
        headers: &HeaderMap,
        asker: &Asker<'_>,
    ) -> AnswerPlan {
        let body = self.body(operation, status, headers, asker);
        let about = About { tls: asker.tls, private: !asker.public };
        let mut add = self.headers.added(headers, about);
        if matches!(body, AnswerBody::Replace(_)) {
            add.push((CONTENT_TYPE, HeaderValue::from_static("application/problem+json")));
        }
        AnswerPlan { remove: self.headers.removed(headers), add, body }
    }

    /// The refusal of a body with more bytes than a plan allows.
    pub fn body_too_large() -> Refusal {
        let detail = "the API's answer is too large to be looked at";
        Refusal::new(POLICY, "answer-too-large", 502, detail)
    }

    fn body(
        &self,
        operation: Option<usize>,
        status: u16,
        headers: &HeaderMap,
        asker: &Asker<'_>,
    ) -> AnswerBody {
        if is_bodiless(asker.method, status) {
            return AnswerBody::Forward;
        }
        let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        let kind = kind.and_then(MediaType::parse);
        // What does not say what it is may be JSON, and is read as such where JSON is described.
        let essence = kind.as_ref().map_or("application/json", |kind| kind.essence.as_str());
        let described = operation.and_then(|at| self.described(at, status, essence));
        let json = media::is_json(essence) && (kind.is_some() || described.is_some());
        if status >= 500 {
            match (self.settings.failures, described) {
                (Failures::Replace, _) | (Failures::Described, None) => {
                    return AnswerBody::Replace(FAILURE);
                }
                (Failures::Described | Failures::Keep, _) => (),
            }
        }
        if !json {
            return AnswerBody::Forward;
        }
        let mut codings = headers.get_all(CONTENT_ENCODING).iter();
        if codings.any(|coding| !coding.as_bytes().eq_ignore_ascii_case(b"identity")) {
            let detail = "the API's answer is compressed and cannot be looked at";
            return AnswerBody::Refuse(Refusal::new(POLICY, "answer-encoded", 502, detail));
        }
        let rule = Rule {
            sieves: Arc::clone(&self.sieves),
            sieve: described.unwrap_or(OPEN),
            undescribed: self.settings.undescribed,
            hidden: self.hidden(asker.roles),
        };
        if rule.sieve == OPEN && self.settings.undescribed == Undescribed::Refuse {
            let detail = "the API's answer is not described";
            return AnswerBody::Refuse(Refusal::new(POLICY, "answer-undescribed", 502, detail));
        }
        AnswerBody::Run { rule, bytes_max: self.settings.body_bytes_max }
    }

    /// What may stand in a described body of that status and media type.
    fn described(&self, operation: usize, status: u16, essence: &str) -> Option<usize> {
        let answers = self.operations.get(operation)?;
        let exact = status.to_string();
        let range = format!("{}XX", status / 100);
        let answer = [exact.as_str(), range.as_str(), "default"]
            .into_iter()
            .find_map(|wanted| answers.iter().find(|answer| answer.status == wanted))?;
        let fitting = answer
            .media
            .iter()
            .filter_map(|(kind, sieve)| Some((media::fits(kind, essence)?, *sieve)));
        fitting.max_by_key(|(rank, _)| *rank)?.1
    }

    /// Classes that a caller with these roles may not see.
    fn hidden(&self, roles: &[String]) -> Classes {
        let never = NEVER.into_iter().fold(Classes::default(), Classes::and);
        let closed = self
            .settings
            .classes
            .iter()
            .filter(|(_, may)| !may.iter().any(|role| roles.contains(role)));
        closed.fold(never, |hidden, (class, _)| hidden.and(*class))
    }
}

/// A described answer before its shapes are put together.
type Prepared = (String, Vec<(String, Option<crate::validate::shape::Id>)>);

fn answers(operation: &Operation, compiler: &mut Compiler) -> Vec<Prepared> {
    compiler.operation(&operation.id.0);
    let each = operation.answers.iter().map(|answer| {
        let media = answer.media.iter().map(|media| {
            let essence = media.media_type.split(';').next().unwrap_or_default().trim();
            let essence = essence.to_ascii_lowercase();
            let read = media::is_json(&essence) || essence.ends_with("/*");
            let place = format!("answer {} {}", answer.status, media.media_type);
            let shape = read.then(|| compiler.shape(&media.schema, &place));
            (media.media_type.clone(), shape)
        });
        (answer.status.clone(), media.collect())
    });
    each.collect()
}
