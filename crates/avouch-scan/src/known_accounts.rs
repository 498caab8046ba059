//! Accounts of the scan's own and how people get in, as a check may know them: without secrets.
//!
//! In scope: requests that register and log in, as forms to be filled, and whose accounts there are.
//! Passwords that a user gave are placeholders here: the engine puts the true value back at the last
//! moment. Out of scope: finding these forms (`identity::doors`) and credentials (the vault).

use crate::identity::spec::Take;
use crate::nonce::Nonces;
use crate::step::{Creation, Request};
use avouch_model::data_class::DataClass;
use avouch_model::identity::Who;
use avouch_model::operation::{Method, OperationId};
use avouch_model::placeholder::Placeholder;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// What is known of accounts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Accounts {
    /// How an account is made, as it worked for one of the scan's own; `None` when it did not, or
    /// was not tried.
    pub registration: Option<Registration>,
    /// Identities that log in with a password.
    pub own: Vec<Account>,
}

/// A request with blanks such as `{user}` and `{password}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Form {
    /// The method.
    pub method: Method,
    /// Path and query from the root of the target.
    pub target: String,
    /// The media type of the body.
    pub content_type: String,
    /// The body with its blanks.
    pub body: String,
}

/// How an account is made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registration {
    /// The operation.
    pub operation: OperationId,
    /// What it takes.
    pub form: Form,
    /// The template that removes an account, when there is one.
    pub remove: Option<String>,
    /// How one then logs in; `None` when the registration itself answers with the credential.
    pub login: Option<Form>,
    /// Where the credential is in the login's answer.
    pub take: Take,
}

/// An identity that logs in with a password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Whose it is.
    pub who: Who,
    /// Whether the scan registered it itself, so that nobody is harmed when it is locked.
    pub registered: bool,
    /// The login.
    pub login: Form,
    /// What goes into its blanks: plain values, or placeholders.
    pub values: BTreeMap<String, String>,
    /// Where the credential is in the answer.
    pub take: Take,
}

impl Accounts {
    /// What that identity is called where it logs in.
    pub fn names_of(&self, who: Who) -> Vec<String> {
        let own = self.own.iter().filter(|account| account.who == who);
        let names = own.flat_map(|account| account.values.iter());
        names.filter(|(name, _)| *name != "password").map(|(_, value)| value.clone()).collect()
    }
}

impl Form {
    /// The request with its blanks filled; unknown blanks stay.
    pub fn fill(&self, values: &BTreeMap<String, String>) -> Request {
        let mut body = self.body.clone();
        for (name, value) in values {
            body = body.replace(&format!("{{{name}}}"), &self.escaped(value));
        }
        let mut request = Request::new(self.method.clone(), self.target.clone())
            .header("content-type", self.content_type.clone());
        request.body = Some(body);
        request
    }

    /// Whether it has that blank.
    pub fn asks_for(&self, name: &str) -> bool {
        self.body.contains(&format!("{{{name}}}"))
    }

    /// The value as the media type needs it. A placeholder stays: it is escaped where it is resolved.
    fn escaped(&self, value: &str) -> String {
        if Placeholder::parse(value).is_some() {
            return value.to_owned();
        }
        if self.content_type.contains("form-urlencoded") {
            return utf8_percent_encode(value, NON_ALPHANUMERIC).to_string();
        }
        let quoted = Value::String(value.to_owned()).to_string();
        quoted.strip_prefix('"').and_then(|q| q.strip_suffix('"')).unwrap_or_default().to_owned()
    }
}

impl Registration {
    /// The request that makes that person's account, known to the clean-up.
    pub fn request(&self, person: &BTreeMap<String, String>) -> Request {
        let mut request = self.form.fill(person);
        request.creates = Some(Creation {
            by: self.operation.clone(),
            remove: self.remove.clone(),
            named: None,
            marker: person.get("user").cloned().unwrap_or_default(),
        });
        request
    }
}

impl Account {
    /// The values with what names the person replaced by a person nobody registered.
    pub fn somebody_else(&self, nonces: &Nonces, label: &str) -> BTreeMap<String, String> {
        let stranger = made_up(nonces, label);
        let mut values = self.values.clone();
        for (name, value) in &mut values {
            let like = match name.as_str() {
                "password" => continue,
                "user" if is_address(value) => "email",
                other => other,
            };
            if let Some(made) = stranger.get(like) {
                value.clone_from(made);
            }
        }
        values
    }

    /// The values with another password.
    pub fn with_password(&self, password: &str) -> BTreeMap<String, String> {
        with_password(self.values.clone(), password)
    }
}

/// The values with another password.
pub fn with_password(
    mut values: BTreeMap<String, String>,
    password: &str,
) -> BTreeMap<String, String> {
    values.insert("password".to_owned(), password.to_owned());
    values
}

fn is_address(value: &str) -> bool {
    value.contains('@')
        || Placeholder::parse(value).is_some_and(|known| known.class == DataClass::Email)
}

/// A person that there is not: a user name, an address, a telephone number of the range kept for
/// fiction, a password.
pub fn made_up(nonces: &Nonces, label: &str) -> BTreeMap<String, String> {
    let user = format!("avouch{}", nonces.word(&format!("{label} user"), 8));
    let area = nonces.number(&format!("{label} area"), 210, 989);
    let line = nonces.number(&format!("{label} line"), 0, 99);
    let values = [
        ("email", format!("{user}@example.com")),
        ("user", user),
        ("phone", format!("+1{area}55501{line:02}")),
        ("digits", format!("{area}55501{line:02}")),
        ("password", password(nonces, label)),
    ];
    values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// A password that no policy refuses, as far as policies can be known.
pub fn password(nonces: &Nonces, label: &str) -> String {
    format!("Av0!{}", nonces.hex(&format!("{label} password"), 8))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(content_type: &str, body: &str) -> Form {
        Form {
            method: Method::Post,
            target: "/login".into(),
            content_type: content_type.into(),
            body: body.into(),
        }
    }

    fn values(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn blanks_are_filled_as_the_media_type_needs() {
        let person = values(&[("user", "a\"b&c"), ("password", "‹password:0123456789abcdef›")]);
        let json = form("application/json", r#"{"u":"{user}","p":"{password}"}"#).fill(&person);
        let body = json.body.unwrap();
        assert_eq!(body, r#"{"u":"a\"b&c","p":"‹password:0123456789abcdef›"}"#);
        let text = form("application/x-www-form-urlencoded", "u={user}&p={password}");
        assert!(text.fill(&person).body.unwrap().starts_with("u=a%22b%26c&p=‹"));
    }

    #[test]
    fn somebody_else_has_the_same_kind_of_name() {
        let account = Account {
            who: Who::A,
            registered: false,
            login: form("application/json", "{}"),
            values: values(&[("user", "‹email:0123456789abcdef›"), ("password", "p")]),
            take: Take::Usual,
        };
        let other = account.somebody_else(&Nonces::new([1; 32], "x"), "1");
        assert!(other["user"].ends_with("@example.com"), "{other:?}");
        assert_eq!(other["password"], "p");
    }
}
