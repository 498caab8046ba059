//! Reads the authentication files of Web Fuzzing Commons, so that one file serves several tools.
//!
//! In scope: users with fixed headers or a login request, the template that all share, both
//! spellings of how a token is taken and sent. Out of scope: users that are to be created, and what
//! only works from inside the target.
//! Secrets stand in clear in such a file by the format's design; here they are out of sight at once.

use super::spec::{CredentialSource, IdentitySpec, LoginSpec, Take};
use avouch_catalog::{Located, Plain, PlainError, read_plain};
use avouch_model::identity::{Carrier, Who};
use avouch_model::secret::Secret;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use std::collections::BTreeMap;

/// LIMIT: users of one file.
const USERS_MAX: usize = 1_000;
/// LIMIT: headers of one user.
const HEADERS_MAX: usize = 32;

/// Why such a file was not accepted. No message repeats a value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuthFileError {
    /// It is no document.
    #[error(transparent)]
    Plain(#[from] PlainError),
    /// Something in it is not as it must be.
    #[error("line {line}: {what}")]
    Malformed {
        /// Where, from 1.
        line: u32,
        /// What.
        what: String,
    },
}

fn malformed<T>(at: &Located, what: impl Into<String>) -> Result<T, AuthFileError> {
    Err(AuthFileError::Malformed { line: at.line, what: what.into() })
}

/// Reads a file: the users it tells of as far as a scan has use for them. Names that are `a`, `b` or
/// `high` are those; one that speaks of an administrator is the higher one; others are A and B in
/// their order, and further ones are left out.
pub fn read(bytes: &[u8]) -> Result<Vec<IdentitySpec>, AuthFileError> {
    let root = read_plain(bytes)?;
    known(&root, "the file", &["schemaVersion", "auth", "authTemplate", "configs"])?;
    let Some(users) = root.get("auth") else {
        return malformed(&root, "there is no `auth`, the list of users");
    };
    let Plain::List(users) = &users.value else {
        return malformed(users, "`auth` is a list of users");
    };
    let template = root.get("authTemplate");
    let mut named = Vec::new();
    for user in users.iter().take(USERS_MAX) {
        let user = User { own: user, template };
        let name = user.required(&["name"])?;
        named.push((name.to_owned(), user));
    }
    let mut identities = Vec::new();
    for (at, who) in cast(named.iter().map(|(name, _)| name.as_str())) {
        if let Some((name, user)) = named.get(at) {
            identities.push(user.identity(who, name)?);
        }
    }
    if identities.is_empty() {
        return malformed(&root, "there is no user in `auth`");
    }
    Ok(identities)
}

/// Which identities a name may be, in order of liking.
type Pass<'p> = &'p dyn Fn(&str) -> Vec<Who>;

/// Who of the users, by their place, is which identity.
fn cast<'n>(names: impl Iterator<Item = &'n str>) -> Vec<(usize, Who)> {
    let names: Vec<String> = names.map(str::to_ascii_lowercase).collect();
    let mut places: BTreeMap<Who, usize> = BTreeMap::new();
    let exact = |name: &str| [Who::A, Who::B, Who::High].into_iter().find(|w| w.name() == name);
    let higher = |name: &str| {
        ["admin", "root", "superuser", "manager"].iter().any(|word| name.contains(word))
    };
    let passes: [Pass<'_>; 3] = [
        &|name| exact(name).into_iter().collect(),
        &|name| if higher(name) { vec![Who::High] } else { Vec::new() },
        &|name| if higher(name) { Vec::new() } else { vec![Who::A, Who::B] },
    ];
    for pass in passes {
        for (place, name) in names.iter().enumerate() {
            if places.values().any(|taken| *taken == place) {
                continue;
            }
            let free = pass(name).into_iter().find(|who| !places.contains_key(who));
            if let Some(who) = free {
                places.insert(who, place);
            }
        }
    }
    places.into_iter().map(|(who, place)| (place, who)).collect()
}

/// A user, with the template that fills what it does not say.
#[derive(Clone, Copy)]
struct User<'f> {
    own: &'f Located,
    template: Option<&'f Located>,
}

const LOGIN: &str = "loginEndpointAuth";

impl<'f> User<'f> {
    /// What stands there, in the user's own part or else in the template.
    fn at(&self, path: &[&str]) -> Option<&'f Located> {
        let below = |root: &'f Located| {
            let found = path.iter().try_fold(root, |node, name| node.get(name))?;
            (found.value != Plain::Null).then_some(found)
        };
        below(self.own).or_else(|| self.template.and_then(below))
    }

    fn text(&self, path: &[&str]) -> Result<Option<&'f str>, AuthFileError> {
        self.at(path).map(|node| text(node, path.last().unwrap_or(&""))).transpose()
    }

    fn required(&self, path: &[&str]) -> Result<&'f str, AuthFileError> {
        match self.text(path)? {
            Some(text) => Ok(text),
            None => malformed(self.own, format!("there is no `{}`", path.join("."))),
        }
    }

    fn identity(&self, who: Who, name: &str) -> Result<IdentitySpec, AuthFileError> {
        for node in [Some(self.own), self.template].into_iter().flatten() {
            known(node, "a user", &["name", "requireMockHandling", "fixedHeaders", LOGIN])?;
        }
        if let Some(node) = self.at(&["requireMockHandling"])
            && node.value == Plain::Bool(true)
        {
            return malformed(node, "`requireMockHandling` works from inside the target only");
        }
        let fixed = headers(self.at(&["fixedHeaders"]))?;
        if self.at(&[LOGIN]).is_some() {
            let (login, carrier) = self.login()?;
            let besides = |(name, value)| (Carrier::Header { name, prefix: String::new() }, value);
            return Ok(IdentitySpec {
                carrier,
                also: fixed.into_iter().map(besides).collect(),
                ..IdentitySpec::new(who, name, CredentialSource::Login(login))
            });
        }
        let mut sent = fixed.into_iter().map(as_credential).collect::<Vec<_>>();
        // The one that says who it is: a token in it is then seen as one.
        sent.sort_by_key(|(carrier, _)| {
            !matches!(carrier, Carrier::Header { name, .. } if name.eq_ignore_ascii_case("authorization"))
        });
        let mut sent = sent.into_iter();
        let Some((carrier, credential)) = sent.next() else {
            let what = format!("the user has neither `fixedHeaders` nor `{LOGIN}`");
            return malformed(self.own, what);
        };
        Ok(IdentitySpec {
            carrier: Some(carrier),
            also: sent.collect(),
            ..IdentitySpec::new(who, name, CredentialSource::Fixed(credential))
        })
    }

    fn login(&self) -> Result<(LoginSpec, Option<Carrier>), AuthFileError> {
        for node in [Some(self.own), self.template].into_iter().flatten() {
            if let Some(login) = node.get(LOGIN) {
                known(login, LOGIN, &LOGIN_NAMES)?;
            }
        }
        let target = if let Some(url) = self.text(&[LOGIN, "externalEndpointURL"])? {
            url.to_owned()
        } else {
            format!("/{}", self.required(&[LOGIN, "endpoint"])?.trim_start_matches('/'))
        };
        let content_type =
            self.text(&[LOGIN, "contentType"])?.unwrap_or("application/json").to_owned();
        let payload = self.text(&[LOGIN, "payloadRaw"])?.map(Secret::new);
        let (body, values) = match &payload {
            Some(_) => (String::new(), BTreeMap::new()),
            None => self.user_and_password(&content_type)?,
        };
        let (take, carrier) = self.token()?;
        let login = LoginSpec {
            method: self.required(&[LOGIN, "verb"])?.to_ascii_uppercase(),
            target,
            headers: headers(self.at(&[LOGIN, "headers"]))?,
            content_type,
            body,
            values,
            payload,
            take,
        };
        Ok((login, carrier))
    }

    /// A body with user and password, in the form of its media type.
    fn user_and_password(
        &self,
        content_type: &str,
    ) -> Result<(String, BTreeMap<String, Secret>), AuthFileError> {
        const PAYLOAD: &str = "payloadUserPwd";
        let Some(node) = self.at(&[LOGIN, PAYLOAD]) else {
            return Ok((String::new(), BTreeMap::new()));
        };
        known(node, PAYLOAD, &["username", "password", "usernameField", "passwordField"])?;
        let get = |name| self.required(&[LOGIN, PAYLOAD, name]);
        let (user, password) = (get("usernameField")?, get("passwordField")?);
        let body = if content_type.contains("form-urlencoded") {
            let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
            format!("{}={{user}}&{}={{password}}", encoded(user), encoded(password))
        } else if content_type.contains("json") {
            let quoted = |text: &str| Value::String(text.to_owned()).to_string();
            format!("{{{}:\"{{user}}\",{}:\"{{password}}\"}}", quoted(user), quoted(password))
        } else {
            let what = "`payloadUserPwd` is for JSON and forms: write `payloadRaw` for others";
            return malformed(node, what);
        };
        let value = |name: &str, text: &str| (name.to_owned(), Secret::new(text));
        let values = [value("user", get("username")?), value("password", get("password")?)];
        Ok((body, values.into()))
    }

    /// Where the credential is in the answer, and how it is sent.
    fn token(&self) -> Result<(Take, Option<Carrier>), AuthFileError> {
        let cookies = self.at(&[LOGIN, "expectCookies"]);
        if cookies.is_some_and(|node| node.value == Plain::Bool(true)) {
            return Ok((Take::Cookies, None));
        }
        let Some(node) = self.at(&[LOGIN, "token"]) else {
            let what = format!("`{LOGIN}` needs `token`, or `expectCookies: true`");
            return malformed(self.at(&[LOGIN]).unwrap_or(self.own), what);
        };
        known(node, "token", &TOKEN_NAMES)?;
        let get = |name: &'static str| self.text(&[LOGIN, "token", name]);
        let needed = |name: &'static str| match self.text(&[LOGIN, "token", name])? {
            Some(text) => Ok(text),
            None => malformed(node, format!("`token` needs `{name}`")),
        };
        // The older spelling has names of its own for each way.
        let take = if let Some(pointer) = get("extractFromField")? {
            Take::Pointer(pointer.to_owned())
        } else if let Some(name) = get("extractFromHeader")? {
            Take::Header(name.to_owned())
        } else {
            let selector = needed("extractSelector")?.to_owned();
            match needed("extractFrom")? {
                "body" => Take::Pointer(selector),
                "header" => Take::Header(selector),
                _ => return malformed(node, "`extractFrom` is `body` or `header`"),
            }
        };
        if let Some(name) = get("httpHeaderName")? {
            if get("headerPostfix")?.is_some_and(|text| !text.is_empty()) {
                return malformed(node, "nothing can be sent behind a token");
            }
            let prefix = get("headerPrefix")?.unwrap_or_default().to_owned();
            return Ok((take, Some(Carrier::Header { name: name.to_owned(), prefix })));
        }
        let name = needed("sendName")?.to_owned();
        let template = get("sendTemplate")?.unwrap_or("{token}");
        let Some(prefix) = template.strip_suffix("{token}") else {
            return malformed(node, "`sendTemplate` ends with `{token}`");
        };
        let carrier = match needed("sendIn")? {
            "header" => Carrier::Header { name, prefix: prefix.to_owned() },
            "query" if prefix.is_empty() => Carrier::Query(name),
            "query" => return malformed(node, "in a query a token is sent as it is"),
            _ => return malformed(node, "`sendIn` is `header` or `query`"),
        };
        Ok((take, Some(carrier)))
    }
}

const LOGIN_NAMES: [&str; 9] = [
    "endpoint",
    "externalEndpointURL",
    "payloadRaw",
    "payloadUserPwd",
    "headers",
    "verb",
    "contentType",
    "token",
    "expectCookies",
];
const TOKEN_NAMES: [&str; 10] = [
    "extractFrom",
    "extractSelector",
    "sendIn",
    "sendName",
    "sendTemplate",
    "extractFromField",
    "extractFromHeader",
    "httpHeaderName",
    "headerPrefix",
    "headerPostfix",
];

/// Whether a map has only these names: a name that is written wrongly would else be a silence.
fn known(node: &Located, what: &str, names: &[&str]) -> Result<(), AuthFileError> {
    let Plain::Map(entries) = &node.value else {
        return malformed(node, format!("{what} is a map"));
    };
    match entries.iter().find(|(name, _)| !names.contains(&name.as_str())) {
        // The name may be a value that was indented wrongly.
        Some((name, value)) if name.len() > 40 => {
            malformed(value, format!("{what} has a name that is unknown here"))
        }
        Some((name, value)) => malformed(value, format!("{what} has no `{name}` here")),
        None => Ok(()),
    }
}

fn text<'f>(node: &'f Located, name: &str) -> Result<&'f str, AuthFileError> {
    match &node.value {
        Plain::Text(text) => Ok(text),
        Plain::Number | Plain::Bool(_) => {
            malformed(node, format!("`{name}` is text: put it in quotes"))
        }
        _ => malformed(node, format!("`{name}` is text")),
    }
}

fn headers(node: Option<&Located>) -> Result<Vec<(String, Secret)>, AuthFileError> {
    let Some(node) = node else { return Ok(Vec::new()) };
    let Plain::List(items) = &node.value else {
        return malformed(node, "headers are a list of `name` and `value`");
    };
    let mut all = Vec::new();
    for item in items.iter().take(HEADERS_MAX) {
        known(item, "a header", &["name", "value"])?;
        let get = |name| match item.get(name) {
            Some(node) => text(node, name),
            None => malformed(item, format!("the header has no `{name}`")),
        };
        let (name, value) = (get("name")?, get("value")?);
        let is_name = !name.is_empty()
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b));
        if !is_name || value.chars().any(char::is_control) {
            return malformed(item, "this is no header");
        }
        all.push((name.to_owned(), Secret::new(value)));
    }
    Ok(all)
}

/// A fixed header as a credential: what stands before it, such as `Bearer `, is no part of it.
fn as_credential((name, value): (String, Secret)) -> (Carrier, Secret) {
    let text = value.danger_reveal().trim();
    let scheme = text.split_once(' ').filter(|(scheme, rest)| {
        name.eq_ignore_ascii_case("authorization") && !scheme.is_empty() && !rest.contains(' ')
    });
    match scheme {
        Some((scheme, rest)) => {
            (Carrier::Header { name, prefix: format!("{scheme} ") }, Secret::new(rest))
        }
        None => (Carrier::Header { name, prefix: String::new() }, Secret::new(text)),
    }
}

#[cfg(test)]
mod tests;
