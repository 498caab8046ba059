//! Signing in with the accounts of the range, by opaque tokens nobody can guess.

use super::people::{Account, accounts};
use super::random;
use http::{HeaderMap, header};
use std::collections::BTreeMap;
use std::io;
use std::sync::{Mutex, PoisonError};

/// Who is signed in, by token.
#[derive(Debug, Default)]
pub(crate) struct Sessions(Mutex<BTreeMap<String, Account>>);

impl Sessions {
    /// A token for the account with this name and password, if there is one.
    ///
    /// Errors: the system gives no randomness.
    pub(crate) fn sign_in(&self, email: &str, password: &str) -> io::Result<Option<String>> {
        let people = accounts();
        let all = [people.a, people.b, people.admin];
        let known = all.into_iter().find(|one| one.email == email && one.password == password);
        let Some(account) = known else { return Ok(None) };
        let token = random::secret_uuid()?.replace('-', "");
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(token.clone(), account);
        Ok(Some(token))
    }

    /// Whose bearer token the request carries (RFC 6750 section 2.1).
    pub(crate) fn caller(&self, headers: &HeaderMap) -> Option<Account> {
        let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
        let (scheme, token) = value.split_once(' ')?;
        let held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        scheme.eq_ignore_ascii_case("bearer").then(|| held.get(token.trim()).cloned())?
    }
}
