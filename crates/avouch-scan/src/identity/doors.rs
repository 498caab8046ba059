//! Operations that let people in or out: registration, login, logout, a forgotten password.
//!
//! In scope: telling them by name and by what they take. Out of scope: their bodies
//! (`identity::blanks`) and sending anything.

use super::blanks::{self, Blank};
use crate::danger;
use crate::oracle::leaves::plain_key;
use avouch_catalog::Catalog;
use avouch_model::operation::{Method, Operation, Security};
use std::collections::BTreeSet;

/// LIMIT: operations of one kind that are offered.
const OFFERED_MAX: usize = 4;

/// Joined words that say "register".
const REGISTER: [&str; 12] = [
    "register",
    "registration",
    "signup",
    "enroll",
    "createuser",
    "createaccount",
    "createcustomer",
    "newuser",
    "newaccount",
    "adduser",
    "useradd",
    "join",
];
/// Collections whose POST may be a registration.
const PEOPLE: [&str; 12] = [
    "users",
    "user",
    "accounts",
    "account",
    "customers",
    "customer",
    "members",
    "member",
    "people",
    "clients",
    "profiles",
    "patients",
];
/// Joined words that say "log in".
const LOGIN: [&str; 12] = [
    "login",
    "signin",
    "logon",
    "authenticate",
    "authentication",
    "token",
    "tokens",
    "session",
    "sessions",
    "auth",
    "jwtcreate",
    "accesstoken",
];
/// Parts of paths that let people in, in the spelling of [`plain_key`].
const LOGIN_PARTS: [&str; 7] =
    ["login", "signin", "authenticate", "auth", "session", "sessions", "logon"];
/// Words of neither: what else accounts have operations for.
const OTHER: [&str; 29] = [
    "logout",
    "signout",
    "refresh",
    "reset",
    "forgot",
    "forget",
    "forgotten",
    "recover",
    "recovery",
    "change",
    "verify",
    "verification",
    "confirm",
    "activate",
    "validate",
    "revoke",
    "introspect",
    "check",
    "otp",
    "mfa",
    "2fa",
    "totp",
    "google",
    "facebook",
    "github",
    "social",
    "sso",
    "resend",
    "exists",
];
/// Words of a registration that makes no ordinary account.
const NOT_ORDINARY: [&str; 10] = [
    "admin", "mechanic", "vendor", "merchant", "staff", "employee", "device", "client", "webhook",
    "internal",
];

/// The words of an operation's path, in order, and of its name.
fn path_words(operation: &Operation) -> Vec<String> {
    let fixed: Vec<&str> =
        operation.path.split('/').filter(|part| !part.starts_with('{')).collect();
    danger::words(&fixed.join("/"))
}

/// Whether neighbouring words, joined, are one of these.
fn says(words: &[String], wanted: &[&str]) -> bool {
    let is = |text: &str| wanted.contains(&text);
    words.iter().any(|word| is(word))
        || words.windows(2).any(|pair| is(&pair.concat()))
        || words.windows(3).any(|three| is(&three.concat()))
}

/// Whether the fixed part of a path names a collection of people.
pub fn is_about_people(path: &str) -> bool {
    let fixed = path.split("/{").next().unwrap_or_default();
    danger::words(fixed).iter().any(|word| PEOPLE.contains(&word.as_str()))
}

fn last_segment(operation: &Operation) -> Vec<String> {
    danger::words(operation.path.trim_end_matches('/').rsplit('/').next().unwrap_or_default())
}

fn is_plain_post(operation: &Operation) -> bool {
    operation.method == Method::Post && operation.path_parameters().next().is_none()
}

/// What an operation takes, as blanks; nothing when it is not described.
fn takes(operation: &Operation) -> Option<BTreeSet<Blank>> {
    blanks::draft(operation, blanks::Fill::All, 0).map(|draft| draft.blanks())
}

fn names_somebody(blanks: &BTreeSet<Blank>) -> bool {
    [Blank::User, Blank::Email, Blank::Phone].iter().any(|blank| blanks.contains(blank))
}

/// Operations that register an account, most likely ones first.
pub fn registrations(catalog: &Catalog) -> Vec<&Operation> {
    let ranked = catalog.operations.iter().filter_map(|operation| {
        let words = path_words(operation);
        let name = danger::words(operation.name.as_deref().unwrap_or_default());
        if !is_plain_post(operation) || says(&words, &OTHER) || says(&words, &["login", "signin"]) {
            return None;
        }
        let takes = takes(operation);
        let complete = takes.as_ref().map(|t| t.contains(&Blank::Password) && names_somebody(t));
        let by_path = says(&words, &REGISTER);
        let by_people = says(&last_segment(operation), &PEOPLE);
        let open = !matches!(operation.security, Security::Required(_));
        let rank = match (by_path, complete) {
            (true, Some(true)) => 0,
            (_, Some(true)) if says(&name, &REGISTER) && by_people => 1,
            (_, Some(true)) if by_people => 2,
            // Nothing is known of what it takes: the name must do.
            (true, None) => 3,
            _ => return None,
        };
        let odd = says(&words, &NOT_ORDINARY);
        Some(((odd, !open, rank, words.len()), operation))
    });
    first(ranked.collect())
}

/// Operations that answer a password with a credential, those near a registration first.
pub fn logins<'c>(catalog: &'c Catalog, near: Option<&Operation>) -> Vec<&'c Operation> {
    let ranked = catalog.operations.iter().filter_map(|operation| {
        let words = path_words(operation);
        let other = says(&words, &OTHER) || says(&words, &REGISTER);
        let by_something_else = words.iter().any(|word| word == "with");
        if !is_plain_post(operation) || other || by_something_else {
            return None;
        }
        let takes = takes(operation);
        let complete = takes.as_ref().map(|t| t.contains(&Blank::Password) && names_somebody(t));
        let strong = says(&words, &["login", "signin", "authenticate", "logon"]);
        let rank = match complete {
            Some(true) if strong => 0,
            Some(true) if says(&words, &LOGIN) => 1,
            None if strong => 2,
            _ => return None,
        };
        let far = near.map_or(0, |near| far_apart(&operation.path, &near.path));
        let odd = says(&words, &NOT_ORDINARY);
        Some(((odd, false, rank, far), operation))
    });
    first(ranked.collect())
}

/// Whether an operation lets people in, by its path.
pub fn is_login(operation: &Operation) -> bool {
    let last = operation.path.rsplit('/').find(|part| !part.is_empty() && !part.starts_with('{'));
    last.is_some_and(|part| LOGIN_PARTS.contains(&plain_key(part).as_str()))
}

/// Operations that send a forgotten password's owner a way back in.
pub fn resets(catalog: &Catalog) -> Vec<&Operation> {
    let found = catalog.operations.iter().filter(|operation| is_reset(operation));
    found.take(OFFERED_MAX).collect()
}

/// Whether an operation asks for a forgotten password by naming its owner, and nothing else.
pub fn is_reset(operation: &Operation) -> bool {
    let words = path_words(operation);
    let asks = says(&words, &["forgot", "forget", "forgotten", "recover", "recovery", "lost"])
        || says(&words, &["reset"]) && says(&words, &["password", "request", "send"]);
    let writes = matches!(operation.method, Method::Post | Method::Put | Method::Patch);
    asks && writes
        && operation.path_parameters().next().is_none()
        && takes(operation).is_some_and(|takes| {
            names_somebody(&takes)
                && !takes.contains(&Blank::Password)
                && !takes.contains(&Blank::Code)
        })
}

/// Operations that end a session, most likely ones first.
pub fn logouts(catalog: &Catalog) -> Vec<&Operation> {
    let ranked = catalog.operations.iter().filter_map(|operation| {
        let words = path_words(operation);
        let plain = operation.path_parameters().next().is_none();
        let named = says(&words, &["logout", "signout", "logoff"]);
        let ended = operation.method == Method::Delete
            && says(&last_segment(operation), &["session", "token", "login"]);
        let others = says(&words, &["all", "everywhere", "others"]);
        let method = match operation.method {
            Method::Post => 0,
            Method::Delete => 1,
            Method::Get | Method::Put => 2,
            _ => return None,
        };
        (plain && (named || ended)).then_some(((others, ended, method, words.len()), operation))
    });
    first(ranked.collect())
}

/// What speaks against an operation, worst first.
type Rank = (bool, bool, i32, usize);

fn first(mut ranked: Vec<(Rank, &Operation)>) -> Vec<&Operation> {
    ranked.sort_by_key(|(rank, _)| *rank);
    ranked.into_iter().take(OFFERED_MAX).map(|(_, operation)| operation).collect()
}

/// Segments two paths do not share at their beginning.
fn far_apart(one: &str, other: &str) -> usize {
    let shared = one.split('/').zip(other.split('/')).take_while(|(a, b)| a == b).count();
    one.split('/').count().saturating_sub(shared)
}

#[cfg(test)]
mod tests {
    use super::*;
    use avouch_model::operation::Media;
    use avouch_model::schema::{Kind, Schema};
    use std::sync::Arc;

    fn post(path: &str, names: &[&str]) -> Operation {
        let mut operation = Operation::discovered(Method::Post, path);
        let mut schema = Schema { kinds: vec![Kind::Object], ..Schema::default() };
        for name in names {
            let text = Schema { kinds: vec![Kind::String], ..Schema::default() };
            schema.properties.insert((*name).to_owned(), Arc::new(text));
        }
        operation.body = vec![Media {
            media_type: "application/json".into(),
            schema: Arc::new(schema),
            examples: Vec::new(),
        }];
        operation
    }

    fn catalog(operations: Vec<Operation>) -> Catalog {
        let mut catalog = Catalog::empty();
        catalog.operations = operations;
        catalog
    }

    fn paths(operations: &[&Operation]) -> Vec<String> {
        operations.iter().map(|operation| operation.path.clone()).collect()
    }

    #[test]
    fn registrations_and_logins_are_told_by_name_and_body() {
        let catalog = catalog(vec![
            post("/workshop/mechanic/signup", &["email", "password"]),
            post("/identity/api/auth/signup", &["email", "password", "number"]),
            post("/identity/api/auth/login", &["email", "password"]),
            post("/identity/api/auth/v4/login-with-token", &["email", "password"]),
            post("/identity/api/auth/forget-password", &["email"]),
            post("/users", &["username", "password"]),
            post("/users/reset-password", &["email"]),
            post("/auth/reset-password", &["email", "token"]),
            post("/orders", &["note"]),
        ]);
        let found = registrations(&catalog);
        assert_eq!(
            paths(&found),
            ["/identity/api/auth/signup", "/users", "/workshop/mechanic/signup"]
        );
        assert_eq!(paths(&logins(&catalog, Some(found[0]))), ["/identity/api/auth/login"]);
        let resets = resets(&catalog);
        assert_eq!(paths(&resets), ["/identity/api/auth/forget-password", "/users/reset-password"]);
    }

    #[test]
    fn logouts_are_told_by_name_and_method() {
        let mut end = Operation::discovered(Method::Delete, "/api/session");
        end.body = Vec::new();
        let all = catalog(vec![
            end,
            Operation::discovered(Method::Post, "/auth/logout/all"),
            Operation::discovered(Method::Post, "/auth/sign-out"),
            Operation::discovered(Method::Delete, "/orders/{id}"),
        ]);
        assert_eq!(paths(&logouts(&all)), ["/auth/sign-out", "/api/session", "/auth/logout/all"]);
    }

    #[test]
    fn what_lets_people_in_is_known_by_its_path() {
        let login = |path: &str| is_login(&Operation::discovered(Method::Post, path));
        assert!(login("/users/v1/login"));
        assert!(login("/api/auth/sign-in"));
        assert!(!login("/login-history"));
        assert!(!login("/users"));
    }
}
