//! What a check is: one static descriptor and one pure function.

use crate::context::Context;
use crate::tape::{Flow, Tape};
use avouch_model::operation::OperationId;
use avouch_model::reference::{Criterion, Cwe, Owasp};
use avouch_model::report::CheckFacts;
use avouch_model::severity::{Confidence, Severity};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Checks that change what an identity may do while they run: others would misread it.
const CHANGES_IDENTITIES: [&str; 1] = ["PROP-08"];

/// A question the scanner knows how to ask.
#[derive(Clone, Copy, Debug)]
pub struct Check {
    /// The catalogue's id, such as `BOLA-01`.
    pub id: &'static str,
    /// Names the bad thing and reads after "allow": `other-users-object-readable`.
    pub name: &'static str,
    /// A person's line, such as `Another customer's object can be read`.
    pub title: &'static str,
    /// Which part of the catalogue it belongs to; by the prefix of its id.
    pub family: Family,
    /// The worst it may report.
    pub severity: Severity,
    /// The most it may claim.
    pub confidence: Confidence,
    /// The oracles its verdict rests on.
    pub oracles: &'static [Oracle],
    /// What it does to the target.
    pub tier: Tier,
    /// What it cannot do without.
    pub needs: &'static [Need],
    /// What one run of it is about.
    pub scope: Scope,
    /// The weakness's number.
    pub cwe: Cwe,
    /// The risks it belongs to.
    pub owasp: &'static [Owasp],
    /// The Trust Services Criteria a finding is evidence about.
    pub criteria: &'static [&'static str],
    /// Its page: why it matters, how it is proven, how to mend it, and the conversations that are
    /// its tests.
    pub page: &'static str,
    /// Whether the question makes sense for this subject. Costs no request; decides
    /// `NotApplicable` before any need is looked at.
    pub applies: fn(&Context<'_>) -> bool,
    /// Asks, and concludes.
    pub run: fn(&Context<'_>, &mut Tape<'_>) -> Flow,
}

impl Check {
    /// Whether nothing else may be asked meanwhile: it measures time, loads the target, or changes
    /// what an identity may do.
    pub fn runs_alone(&self) -> bool {
        self.tier == Tier::Disruptive
            || self.oracles.contains(&Oracle::Timing)
            || CHANGES_IDENTITIES.contains(&self.id)
    }

    /// What people need to know of it.
    pub fn facts(&self) -> CheckFacts {
        CheckFacts {
            id: self.id.to_owned(),
            name: self.name.to_owned(),
            title: self.title.to_owned(),
            family: self.family.name().to_owned(),
            severity: self.severity,
            confidence: self.confidence,
            cwe: self.cwe,
            owasp: self.owasp.to_vec(),
            criteria: self.criteria.iter().map(|id| Criterion((*id).to_owned())).collect(),
            page: self.page.to_owned(),
        }
    }
}

/// A part of the catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[expect(missing_docs, reason = "`title` says what each is")]
pub enum Family {
    Auth,
    Jwt,
    Bola,
    Bfla,
    Flow,
    Prop,
    Inj,
    Rate,
    Data,
    Tls,
    Hdr,
    Cors,
    Cfg,
    Ssrf,
    Inv,
    Uc,
    Llm,
    Gql,
}

impl Family {
    /// Every family, in the order of the catalogue.
    pub const ALL: [Self; 18] = [
        Self::Auth,
        Self::Jwt,
        Self::Bola,
        Self::Bfla,
        Self::Flow,
        Self::Prop,
        Self::Inj,
        Self::Rate,
        Self::Data,
        Self::Tls,
        Self::Hdr,
        Self::Cors,
        Self::Cfg,
        Self::Ssrf,
        Self::Inv,
        Self::Uc,
        Self::Llm,
        Self::Gql,
    ];

    /// The prefix of its checks' ids.
    pub fn name(self) -> &'static str {
        match self {
            Self::Auth => "AUTH",
            Self::Jwt => "JWT",
            Self::Bola => "BOLA",
            Self::Bfla => "BFLA",
            Self::Flow => "FLOW",
            Self::Prop => "PROP",
            Self::Inj => "INJ",
            Self::Rate => "RATE",
            Self::Data => "DATA",
            Self::Tls => "TLS",
            Self::Hdr => "HDR",
            Self::Cors => "CORS",
            Self::Cfg => "CFG",
            Self::Ssrf => "SSRF",
            Self::Inv => "INV",
            Self::Uc => "UC",
            Self::Llm => "LLM",
            Self::Gql => "GQL",
        }
    }

    /// What it is called.
    pub fn title(self) -> &'static str {
        match self {
            Self::Auth => "authentication",
            Self::Jwt => "JSON Web Tokens",
            Self::Bola => "object-level authorization",
            Self::Bfla => "function-level authorization",
            Self::Flow => "business flows",
            Self::Prop => "property-level authorization",
            Self::Inj => "injection",
            Self::Rate => "resource consumption",
            Self::Data => "data exposure",
            Self::Tls => "transport",
            Self::Hdr => "headers and cookies",
            Self::Cors => "cross-origin sharing",
            Self::Cfg => "configuration",
            Self::Ssrf => "server-side request forgery",
            Self::Inv => "inventory",
            Self::Uc => "unsafe consumption",
            Self::Llm => "language models",
            Self::Gql => "GraphQL",
        }
    }

    /// Weight of its score in the mean: object, function and property authorization and
    /// authentication weigh most.
    pub fn weight(self) -> u8 {
        match self {
            Self::Auth | Self::Jwt | Self::Bola => 5,
            Self::Bfla | Self::Prop | Self::Inj => 4,
            Self::Data | Self::Ssrf | Self::Flow => 3,
            Self::Tls | Self::Cfg | Self::Llm | Self::Gql | Self::Rate => 2,
            Self::Hdr | Self::Cors | Self::Inv | Self::Uc => 1,
        }
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What a check does to the target. Ordered: each tier includes those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tier {
    /// No request of its own.
    Passive,
    /// Read-only probes: GET, HEAD, OPTIONS, a handshake.
    Read,
    /// Payloads, and writes on objects the scanner itself created.
    Active,
    /// Load, lockout, money. Check by check.
    Disruptive,
}

impl Tier {
    /// The catalogue's letter.
    pub fn letter(self) -> char {
        match self {
            Self::Passive => 'P',
            Self::Read => 'R',
            Self::Active => 'A',
            Self::Disruptive => 'D',
        }
    }
}

/// What a check cannot do without. Missing, it is *not evaluable*, with this as the reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Need {
    /// One accepted identity.
    OneIdentity,
    /// Two accepted identities of the same role that look different.
    TwoIdentities,
    /// Two accepted identities of different roles.
    TwoRoles,
    /// A description of the API.
    Description,
    /// The out-of-band listener.
    OutOfBand,
}

impl Need {
    /// Why the check could not be evaluated without it, and what to do.
    pub fn missing(self) -> &'static str {
        match self {
            Self::OneIdentity => "needs an identity: give one with `--identity a=…`",
            Self::TwoIdentities => {
                "needs two identities of the same role that own different things: give `--identity a=…` and `--identity b=…`"
            }
            Self::TwoRoles => "needs an identity of a higher role: give `--identity high=…`",
            Self::Description => "needs a description of the API: give `--openapi FILE`",
            Self::OutOfBand => "needs the out-of-band listener, which could not be opened",
        }
    }
}

/// What one run of a check is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Scope {
    /// The target as a whole: one run a scan.
    Target,
    /// One operation: one run each.
    Operation,
    /// One input of one operation (a parameter, or a property of the body): one run each.
    Input,
}

/// A primitive of the oracle toolkit a verdict rests on: see `oracle/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Oracle {
    /// O1: valid, none and garbage credential before any verdict on authentication.
    Triad,
    /// O2: similarity that ignores what differs between two equal requests.
    Similarity,
    /// O3: values one identity sees and no other.
    PrivateSet,
    /// O4: a marked object of the scanner's own.
    Canary,
    /// O5: a never-issued id must not look like a hit.
    RandomControl,
    /// O6: a write counts only when an independent read shows it, twice.
    ReadBack,
    /// O7: inconsistent verbs or identities on one resource.
    Contrast,
    /// O8: delay follows the asked-for delay with slope near one.
    Timing,
    /// O9: a value the target had to compute.
    Computed,
    /// O10: the target came to our listener.
    OutOfBand,
    /// O11: what this host answers to paths that do not exist.
    SoftNotFound,
    /// O12: the session lived before and after.
    Heartbeat,
    /// O13: a throttle or block is recognised and is no answer.
    BlockDetector,
    /// O14: proven again from a fresh start.
    Replicate,
    /// O15: what was created is removed.
    CleanUp,
    /// A published format, grammar or checksum that the answer satisfies.
    Grammar,
    /// What the description declares.
    Declaration,
}

/// Names the subject of one run, for reports and recordings.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SubjectId {
    /// The operation; `None` for the target as a whole.
    pub operation: Option<OperationId>,
    /// The input, such as `query q` or `body /price`.
    pub input: Option<String>,
}

impl fmt::Display for SubjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.operation, &self.input) {
            (Some(operation), Some(input)) => write!(f, "{operation} ({input})"),
            (Some(operation), None) => write!(f, "{operation}"),
            _ => f.write_str("the target"),
        }
    }
}
