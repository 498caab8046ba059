//! An account that may be given wrong passwords: a fresh one of the scan's own, else one that the
//! user gave with its password.

use crate::context::Context;
use crate::identity::credential_place;
use crate::identity::spec::Take;
use crate::known_accounts::{Form, made_up};
use crate::objects::accepted;
use crate::step::{Request, Step};
use crate::tape::Tape;
use avouch_model::exchange::Answer;
use avouch_model::identity::Who;
use avouch_model::verdict::Verdict;
use std::collections::BTreeMap;

/// Why nothing can be said without an account.
const NONE: &str = "needs an account whose password is known: a registration in an active scan, or \
                    an identity with `login`, `user` and `password`";

/// An account and how one logs in with it.
#[derive(Clone, Debug)]
pub(super) struct Spare {
    /// The login.
    pub(super) login: Form,
    /// Its values, the right password among them.
    pub(super) values: BTreeMap<String, String>,
    /// Where the answer holds the credential.
    pub(super) take: Take,
    /// Whose it is; `None` when it was made for this and nobody is harmed when it is locked.
    pub(super) of: Option<Who>,
}

/// Makes an account, or takes one that was given.
///
/// # Errors
/// The next step; ends as inconclusive when there is none.
pub(super) fn account(ctx: &Context<'_>, tape: &mut Tape<'_>, label: &str) -> Result<Spare, Step> {
    if let Some(registration) = &ctx.accounts.registration
        && let Some(login) = &registration.login
    {
        let values = made_up(&ctx.nonces, label);
        let made = tape.send_any(registration.request(&values))?;
        if made.reply().is_some_and(|reply| accepted(reply.answer())) {
            return Ok(Spare {
                login: login.clone(),
                values,
                take: registration.take.clone(),
                of: None,
            });
        }
    }
    let given = ctx.accounts.own.first();
    given
        .map(|account| Spare {
            login: account.login.clone(),
            values: account.values.clone(),
            take: account.take.clone(),
            of: Some(account.who),
        })
        .ok_or_else(|| Step::Done(Verdict::inconclusive(NONE)))
}

/// Whether the scan knows of any account to ask with.
pub(super) fn is_there(ctx: &Context<'_>) -> bool {
    let registration = ctx.accounts.registration.as_ref();
    registration.is_some_and(|r| r.login.is_some()) || !ctx.accounts.own.is_empty()
}

impl Spare {
    /// Logs in with the right password.
    pub(super) fn right(&self) -> Request {
        self.login.fill(&self.values)
    }

    /// The credential in the answer of a login that succeeded; may be a placeholder.
    pub(super) fn credential(&self, answer: &Answer) -> Option<String> {
        let let_in = accepted(answer)
            || matches!(self.take, Take::Cookie(_)) && matches!(answer.status, 302 | 303);
        credential_place::at(&self.take, answer).filter(|_| let_in)
    }
}
