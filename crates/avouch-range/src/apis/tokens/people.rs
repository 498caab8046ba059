//! What the accounts of the range may do here.

use crate::kit::people::{Account, accounts};

/// What the account's tokens are good for.
pub(super) fn scope_of(account: &Account) -> &'static str {
    if account.role == "admin" { "meters:read reports:read" } else { "meters:read" }
}

/// The account with that e-mail address.
pub(super) fn named(email: &str) -> Option<Account> {
    let people = accounts();
    [people.a, people.b, people.admin].into_iter().find(|account| account.email == email)
}
