//! What the user says about an identity.

use crate::step::Misfit;
use avouch_model::identity::{Carrier, Who};
use avouch_model::secret::Secret;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// An identity as configured.
#[derive(Clone, Debug)]
pub struct IdentitySpec {
    /// Which of the scan's identities it is.
    pub who: Who,
    /// How the user calls it.
    pub label: String,
    /// How its credential is obtained.
    pub source: CredentialSource,
    /// How it is sent; `None` for what the description says, else `Authorization: Bearer`.
    pub carrier: Option<Carrier>,
    /// What travels besides, and is part of the credential.
    pub also: Vec<(Carrier, Secret)>,
    /// Genuine tokens that must not open anything.
    pub misfits: Vec<(Misfit, Secret)>,
}

impl IdentitySpec {
    /// An identity whose credential travels the usual way, alone.
    pub fn new(who: Who, label: impl Into<String>, source: CredentialSource) -> Self {
        Self {
            who,
            label: label.into(),
            source,
            carrier: None,
            also: Vec::new(),
            misfits: Vec::new(),
        }
    }
}

/// How a credential is obtained.
#[derive(Clone, Debug)]
pub enum CredentialSource {
    /// It is given.
    Fixed(Secret),
    /// HTTP Basic (RFC 7617).
    Basic {
        /// The user-id.
        user: String,
        /// The password.
        password: Secret,
    },
    /// A request to the target answers with it.
    Login(LoginSpec),
    /// A token endpoint issues it (RFC 6749).
    OAuth2(OAuth2Spec),
    /// A command prints it on its first line.
    Command(String),
}

/// A login request.
#[derive(Clone, Debug)]
pub struct LoginSpec {
    /// The method, usually `POST`.
    pub method: String,
    /// The path from the root of the target, or a whole address of the same origin.
    pub target: String,
    /// Headers of the request, besides those that say what the body is.
    pub headers: Vec<(String, Secret)>,
    /// The media type of the body.
    pub content_type: String,
    /// The body, with `{name}` where a value of `values` goes.
    pub body: String,
    /// Values for the body, escaped as its media type needs.
    pub values: BTreeMap<String, Secret>,
    /// The whole body as it is, instead of `body`.
    pub payload: Option<Secret>,
    /// Where the credential is in the answer.
    pub take: Take,
}

/// Where a credential is in an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Take {
    /// In the JSON body, by JSON Pointer (RFC 6901); an empty one may be all of another body.
    Pointer(String),
    /// In a header, all of its value.
    Header(String),
    /// In a cookie of that name; it is then sent as that cookie.
    Cookie(String),
    /// Whatever cookies are set; all are sent again.
    Cookies,
    /// Wherever a token usually is: see [`super::credential_place`].
    Usual,
}

/// A request to an OAuth 2.0 token endpoint (RFC 6749, sections 4.3, 4.4 and 6).
#[derive(Clone, Debug)]
pub struct OAuth2Spec {
    /// The token endpoint.
    pub token_url: String,
    /// `client_credentials`, `password` or `refresh_token`.
    pub grant: String,
    /// The client.
    pub client_id: String,
    /// Its secret, when it has one.
    pub client_secret: Option<Secret>,
    /// Other parameters: `username`, `password`, `refresh_token`, `scope`, `audience`.
    pub parameters: BTreeMap<String, Secret>,
}
