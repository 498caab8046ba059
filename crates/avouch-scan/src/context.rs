//! What a check may know: read-only, complete, and without secrets.

use crate::check::{Scope, SubjectId, Tier};
use crate::corpus::{Corpus, Sample};
use crate::known_accounts::Accounts;
use crate::nonce::Nonces;
use crate::oracle::soft_not_found::Calibration;
use crate::step::{Request, Step};
use crate::told::Told;
use avouch_catalog::Catalog;
use avouch_model::exchange::Answer;
use avouch_model::identity::{IdentityFacts, Who};
use avouch_model::operation::{Operation, Place};
use avouch_model::tls::TlsFacts;
use avouch_model::verdict::{Proof, Verdict};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What is known of the target before any check runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TargetFacts {
    /// Scheme, host and port, such as `https://api.example.com:8443`.
    pub origin: String,
    /// The path all operations begin with, without a slash at its end; often empty.
    pub base_path: String,
    /// Host without port.
    pub host: String,
    /// Whether it is spoken to over TLS.
    pub secure: bool,
    /// Whether it is this machine.
    pub loopback: bool,
    /// What the connection showed.
    pub tls: Option<TlsFacts>,
    /// What the host answers to paths that do not exist.
    pub not_found: Calibration,
    /// The answer to the base address, by nobody.
    pub front: Option<Answer>,
    /// Addresses of descriptions and documentation that were found, with their answers.
    pub documents: Vec<(String, Answer)>,
    /// Paths that were met in answers, pages and headers and are not described.
    pub met_paths: Vec<String>,
    /// Paths at which a graph answers.
    #[serde(default)]
    pub graphs: Vec<String>,
}

/// One input of an operation that can carry a payload.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Input {
    /// A parameter outside the body.
    Parameter(InputPlace, String),
    /// A property of a JSON body, by its JSON Pointer (RFC 6901), or a field of a form by its name
    /// after a slash.
    Body(String),
}

/// Where a parameter travels, for [`Input`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names say it")]
pub enum InputPlace {
    Path,
    Query,
    Header,
    Cookie,
}

impl From<Place> for InputPlace {
    fn from(place: Place) -> Self {
        match place {
            Place::Path => Self::Path,
            Place::Query => Self::Query,
            Place::Header => Self::Header,
            Place::Cookie => Self::Cookie,
        }
    }
}

impl Input {
    /// How it is called in reports: `query q`, `body /price`.
    pub fn label(&self) -> String {
        match self {
            Self::Parameter(place, name) => {
                let place = match place {
                    InputPlace::Path => "path",
                    InputPlace::Query => "query",
                    InputPlace::Header => "header",
                    InputPlace::Cookie => "cookie",
                };
                format!("{place} {name}")
            }
            Self::Body(pointer) => format!("body {pointer}"),
        }
    }

    /// The last part of its name.
    pub fn name(&self) -> &str {
        match self {
            Self::Parameter(_, name) => name,
            Self::Body(pointer) => pointer.rsplit('/').next().unwrap_or_default(),
        }
    }
}

/// The out-of-band listener, as a check may know it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutOfBand {
    /// What a token is appended to: `http://127.0.0.1:4100/`.
    pub base_url: String,
}

impl OutOfBand {
    /// The address that carries this token.
    pub fn url(&self, token: &str) -> String {
        format!("{}/{token}", self.base_url.trim_end_matches('/'))
    }

    /// An address that carries this token and is answered with that text, which the address holds
    /// in hexadecimal only. The text is of letters, digits and `-`, at most 64.
    pub fn url_saying(&self, token: &str, text: &str) -> String {
        format!("{}/say/{}", self.url(token), crate::nonce::hexadecimal(text.as_bytes()))
    }

    /// An address that carries this token and leads on to the address of another.
    pub fn url_leading_to(&self, token: &str, then: &str) -> String {
        format!("{}/then/{then}", self.url(token))
    }

    /// Host and port, without scheme.
    pub fn authority(&self) -> &str {
        let after =
            self.base_url.split_once("://").map_or(self.base_url.as_str(), |(_, rest)| rest);
        after.split('/').next().unwrap_or_default()
    }
}

/// What one run of a check may know.
#[derive(Clone, Debug)]
pub struct Context<'a> {
    /// The target.
    pub target: &'a TargetFacts,
    /// Every operation and scheme.
    pub catalog: &'a Catalog,
    /// The operation the run is about; `None` when it is about the target.
    pub operation: Option<&'a Operation>,
    /// The input the run is about.
    pub input: Option<&'a Input>,
    /// Identities that the self-test accepted.
    pub identities: &'a [IdentityFacts],
    /// Whether A and B were seen to be different people of the same role.
    pub distinct: bool,
    /// What everybody was answered so far.
    pub corpus: &'a Corpus,
    /// Values for this run.
    pub nonces: Nonces,
    /// When the scan began.
    pub now: jiff::Timestamp,
    /// The out-of-band listener, when it is open.
    pub out_of_band: Option<&'a OutOfBand>,
    /// The highest tier that is allowed.
    pub tier: Tier,
    /// What the user told of the target.
    pub told: &'a Told,
    /// When it is asked a second time, from a fresh start (O14): what was proven the first time. A
    /// check that tries many things may then try only this one.
    pub found: Option<&'a Proof>,
    /// Accounts of the scan's own, and how people get in.
    pub accounts: &'a Accounts,
}

impl<'a> Context<'a> {
    /// Names the subject.
    pub fn subject(&self) -> SubjectId {
        SubjectId {
            operation: self.operation.map(|operation| operation.id.clone()),
            input: self.input.map(Input::label),
        }
    }

    /// The facts of an accepted identity.
    pub fn identity(&self, who: Who) -> Option<&'a IdentityFacts> {
        self.identities.iter().find(|facts| facts.who == who)
    }

    /// Whether that identity was accepted by the self-test. Nobody always is.
    pub fn has(&self, who: Who) -> bool {
        who == Who::Nobody || self.identity(who).is_some()
    }

    /// The first accepted identity, A before B before high; for questions that need any.
    pub fn anyone(&self) -> Option<Who> {
        [Who::A, Who::B, Who::High].into_iter().find(|who| self.has(*who))
    }

    /// The operation of this run. For checks of scope operation and input; ends others.
    pub fn operation(&self) -> Result<&'a Operation, Step> {
        self.operation.ok_or(Step::Done(Verdict::NotApplicable))
    }

    /// What that identity read of this operation.
    pub fn samples(&self, who: Who) -> Vec<&'a Sample> {
        let corpus = self.corpus;
        self.operation.map(|operation| corpus.of(&operation.id, who).collect()).unwrap_or_default()
    }

    /// The identity's first successful read of this operation, or the reason there is none.
    ///
    /// # Errors
    /// Ends the check as inconclusive, saying what the baseline was instead.
    pub fn baseline(&self, who: Who) -> Result<&'a Sample, Step> {
        let samples = self.samples(who);
        if let Some(good) = samples.iter().find(|sample| sample.success().is_some()) {
            return Ok(good);
        }
        let because = match samples.first().map(|sample| &sample.exchange) {
            None => format!("no baseline: {who} never read this operation"),
            Some(exchange) => match exchange.answer() {
                Some(answer) => format!("no baseline: {who} was answered {}", answer.status),
                None => format!("no baseline: {who} was not answered"),
            },
        };
        Err(Step::Done(Verdict::inconclusive(because)))
    }

    /// Places in this operation's answers that differ between two equal requests.
    pub fn volatile(&self) -> BTreeSet<String> {
        self.operation.map(|operation| self.corpus.volatile(&operation.id)).unwrap_or_default()
    }

    /// A path from the root of the target: the base path and this. Fields of graphs (`/graphql#/me`)
    /// stand from the root already.
    pub fn path(&self, path: &str) -> String {
        if let Some((graph, _)) = path.split_once("#/") {
            return graph.to_owned();
        }
        format!("{}{path}", self.target.base_path)
    }

    /// Reads a path below the base path, by nobody.
    pub fn read(&self, path: &str) -> Request {
        Request::read(self.path(path))
    }
}

/// Which subjects a check of that scope has.
pub fn subjects<'c>(
    scope: Scope,
    catalog: &'c Catalog,
    corpus: &Corpus,
) -> Vec<(Option<&'c Operation>, Option<Input>)> {
    match scope {
        Scope::Target => vec![(None, None)],
        Scope::Operation => catalog.operations.iter().map(|o| (Some(o), None)).collect(),
        Scope::Input => catalog
            .operations
            .iter()
            .flat_map(|o| {
                crate::inputs::inputs(o, corpus).into_iter().map(move |i| (Some(o), Some(i)))
            })
            .collect(),
    }
}
