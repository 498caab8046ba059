//! What a person writes under `[guard]` in `avouch.toml`.
//!
//! Unknown keys are errors: a control that is misspelt is a control that is missing. Each policy has
//! its own file here, with its own defaults; the safe value is the default.

pub mod admit;
pub mod authorize;
pub mod contain;
pub mod filter;
pub mod identify;
pub mod limit;
pub mod own;
pub mod route;
pub mod validate;

use serde::Deserialize;

/// Whether a policy refuses or only says what it would have refused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// It refuses.
    #[default]
    Enforce,
    /// It lets pass and records what it would have refused. For learning; an operator sees it in each
    /// record.
    Learn,
}

/// Everything under `[guard]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GuardSettings {
    /// The API's description: OpenAPI 3.x or Swagger 2.0.
    pub openapi: Option<String>,
    /// What a request may look like at all.
    pub admit: admit::Admit,
    /// Who and what is shut out.
    pub contain: contain::Contain,
    /// Who asks, and how that is proven.
    pub identify: identify::IdentifySettings,
    /// How requests are told apart.
    pub route: route::Route,
    /// How much may be asked for.
    pub limit: Vec<limit::Limit>,
    /// How many buckets of limits may be in use at once.
    #[serde(default)]
    pub limits: limit::Limits,
    /// Who may do what.
    pub authorize: authorize::Authorize,
    /// How it is known whose an object is.
    pub own: Vec<own::Own>,
    /// What holds for all of these.
    pub owning: own::Owning,
    /// What of a request has to be as described.
    pub validate: validate::Validate,
    /// What of an answer may leave.
    pub filter: filter::Filter,
    /// Settings of some operations.
    pub operation: Vec<route::Operation>,
}
