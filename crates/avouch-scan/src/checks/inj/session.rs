//! A credential that an answer hands out, and whether it opens anything.

use crate::context::Context;
use crate::corpus::Sample;
use crate::oracle::guarded::{guarded_operations, turns_away};
use crate::oracle::leaves::{leaves, plain_key};
use crate::oracle::refusal::refuses;
use crate::step::{Request, Step};
use crate::tape::Tape;
use avouch_model::data_class::DataClass;
use avouch_model::exchange::Answer;
use avouch_model::identity::{Carrier, Who};
use avouch_model::operation::Method;
use avouch_model::placeholder::Placeholder;

/// Names under which logins hand out credentials.
const TOKENS: [&str; 13] = [
    "token",
    "accesstoken",
    "authtoken",
    "jwt",
    "idtoken",
    "bearer",
    "sessionid",
    "session",
    "sessiontoken",
    "apikey",
    "apitoken",
    "authorization",
    "authenticationtoken",
];
/// LIMIT: guarded operations on which a credential is tried.
const TRIED_MAX: usize = 3;

/// A credential that was handed out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Issued {
    /// In the body.
    Token(String),
    /// As cookies, as they are to be sent back.
    Cookies(String),
}

impl Issued {
    /// What it is, for the record.
    pub(super) fn what(&self) -> &'static str {
        match self {
            Self::Token(_) => "a token",
            Self::Cookies(_) => "a cookie",
        }
    }
}

/// The credential in an answer to a login.
pub(super) fn issued(answer: &Answer) -> Option<Issued> {
    let token = leaves(answer).into_iter().find(|leaf| {
        let kind = Placeholder::parse(&leaf.value).map(|placeholder| placeholder.class);
        let named = TOKENS.contains(&leaf.key().as_str()) && leaf.value.len() >= 8;
        matches!(kind, Some(DataClass::SessionToken | DataClass::Jwt)) || named
    });
    if let Some(leaf) = token {
        return Some(Issued::Token(leaf.value));
    }
    let cookies: Vec<&str> = answer
        .headers
        .all("set-cookie")
        .filter_map(|cookie| cookie.split(';').next())
        .filter(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let key = plain_key(name);
            let telling = ["sess", "sid", "token", "auth", "jwt", "login", "remember"];
            !value.is_empty() && telling.iter().any(|part| key.contains(part))
        })
        .collect();
    (!cookies.is_empty()).then(|| Issued::Cookies(cookies.join("; ")))
}

/// Whether the credential opens what is closed to nobody: the target of the first operation it opens.
/// `None` when there is none to try it on.
///
/// # Errors
/// The next step; ends as inconclusive without an answer.
pub(super) fn opens(
    ctx: &Context<'_>,
    tape: &mut Tape<'_>,
    issued: &Issued,
) -> Result<Option<String>, Step> {
    for sample in guarded(ctx) {
        let plain = sample.request.clone().by(Who::Nobody);
        let closed = tape.send(plain.clone())?;
        if !refuses(closed.answer()) {
            continue;
        }
        let with = tape.send(carried(ctx, plain, issued))?;
        if !refuses(with.answer()) {
            return Ok(Some(sample.request.path().to_owned()));
        }
    }
    Ok(None)
}

/// Reads that nobody may do: by the corpus, or by how nobody was turned away.
fn guarded<'a>(ctx: &Context<'a>) -> Vec<&'a Sample> {
    if let Some(who) = ctx.anyone() {
        return guarded_operations(ctx, who, TRIED_MAX);
    }
    let closed =
        ctx.catalog.operations.iter().filter(|o| o.method == Method::Get).filter_map(|o| {
            let mut reads = ctx.corpus.of(&o.id, Who::Nobody);
            reads.find(|sample| sample.answer().is_some_and(turns_away))
        });
    closed.take(TRIED_MAX).collect()
}

fn carried(ctx: &Context<'_>, request: Request, issued: &Issued) -> Request {
    let token = match issued {
        Issued::Cookies(cookies) => return request.header("cookie", cookies.clone()),
        Issued::Token(token) => token,
    };
    match ctx.anyone().and_then(|who| ctx.identity(who)).map(|identity| &identity.carrier) {
        Some(Carrier::Header { name, prefix }) => request.header(name, format!("{prefix}{token}")),
        Some(Carrier::Cookie(name)) => request.header("cookie", format!("{name}={token}")),
        Some(Carrier::Query(name)) => request.query(name, token),
        None => request.header("authorization", format!("Bearer {token}")),
    }
}
