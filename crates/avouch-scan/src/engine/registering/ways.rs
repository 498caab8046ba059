//! Ways to try: how a name is spelled at a login, how a credential travels, how an account is removed.

use crate::identity::blanks::Blank;
use crate::identity::doors;
use crate::identity::spec::Take;
use crate::known_accounts::Form;
use crate::objects::removal_template;
use crate::oracle::caller::names_the_caller;
use crate::oracle::leaves::plain_key;
use avouch_catalog::Catalog;
use avouch_model::identity::Carrier;
use avouch_model::operation::{Method, Operation};
use std::collections::{BTreeMap, BTreeSet};

/// The login with the name in it that the registration took: a field called `username` often wants
/// the address.
pub(super) fn spellings(form: &Form, made: &Form, blanks: &BTreeSet<Blank>) -> Vec<Form> {
    let as_address = Form { body: form.body.replace("{user}", "{email}"), ..form.clone() };
    let as_name = Form { body: form.body.replace("{email}", "{user}"), ..form.clone() };
    let digits = Form { body: form.body.replace("{phone}", "{digits}"), ..form.clone() };
    let mut all = Vec::new();
    if made.asks_for("digits") && blanks.contains(&Blank::Phone) {
        all.push(digits);
    }
    if blanks.contains(&Blank::User) && !made.asks_for("user") {
        all.extend([as_address, form.clone()]);
    } else if blanks.contains(&Blank::User) && made.asks_for("email") {
        all.extend([form.clone(), as_address]);
    } else if blanks.contains(&Blank::Email) && !made.asks_for("email") {
        all.extend([as_name, form.clone()]);
    } else {
        all.push(form.clone());
    }
    all.dedup();
    all
}

/// Ways a credential travels, likely ones first.
pub(super) fn carriers(usual: &Carrier, take: &Take) -> Vec<Carrier> {
    let header =
        |name: &str, prefix: &str| Carrier::Header { name: name.into(), prefix: prefix.into() };
    let mut all = vec![usual.clone()];
    if let Take::Header(name) = take
        && name != "authorization"
    {
        all.push(header(name, ""));
    }
    all.extend(["Bearer ", "Token ", "", "JWT "].map(|prefix| header("Authorization", prefix)));
    all.extend(["x-access-token", "x-auth-token", "token", "x-api-key"].map(|n| header(n, "")));
    all.push(Carrier::Cookie("token".to_owned()));
    let mut seen = Vec::new();
    all.retain(|carrier| {
        let new = !seen.contains(carrier);
        seen.push(carrier.clone());
        new
    });
    all
}

/// The template that removes an account: below the registration, of a collection of people, or of
/// whoever asks.
pub(super) fn removal(catalog: &Catalog, registration: &Operation) -> Option<String> {
    if let Some(template) = removal_template(catalog, registration) {
        return Some(template);
    }
    let deletions = || catalog.operations.iter().filter(|o| o.method == Method::Delete);
    let own =
        deletions().find(|o| names_the_caller(&o.path) && o.path_parameters().next().is_none());
    let of_people = || {
        deletions().find(|o| {
            let parameters: Vec<&str> = o.path_parameters().collect();
            let last =
                parameters.last().is_some_and(|name| o.path.ends_with(&format!("{{{name}}}")));
            last && parameters.len() == 1 && doors::is_about_people(&o.path)
        })
    };
    own.or_else(of_people).map(|operation| operation.path.clone())
}

/// The removal's address, where the account's name is enough to know it.
pub(super) fn address_of(
    base_path: &str,
    template: &str,
    person: &BTreeMap<String, String>,
) -> Option<String> {
    let Some((before, rest)) = template.split_once('{') else {
        return Some(format!("{base_path}{template}"));
    };
    let (name, after) = rest.split_once('}')?;
    let value = match Blank::of(name)? {
        Blank::User if !plain_key(name).ends_with("id") => "user",
        Blank::Email => "email",
        _ => return None,
    };
    Some(format!("{base_path}{before}{}{after}", person.get(value)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(body: &str) -> Form {
        Form {
            method: Method::Post,
            target: "/x".into(),
            content_type: "application/json".into(),
            body: body.into(),
        }
    }

    #[test]
    fn a_login_is_tried_with_the_name_that_was_registered() {
        let bodies = |login: &str, blank: Blank, made: &str| -> Vec<String> {
            let all = spellings(&form(login), &form(made), &[blank].into());
            all.into_iter().map(|form| form.body).collect()
        };
        assert_eq!(bodies("{user}", Blank::User, "{email}"), ["{email}", "{user}"]);
        assert_eq!(bodies("{user}", Blank::User, "{user} {email}"), ["{user}", "{email}"]);
        assert_eq!(bodies("{email}", Blank::Email, "{email}"), ["{email}"]);
        assert_eq!(bodies("{phone}", Blank::Phone, "{digits}"), ["{digits}", "{phone}"]);
    }

    #[test]
    fn an_account_is_removed_by_its_name_or_by_itself() {
        let person: BTreeMap<String, String> = [("user".to_owned(), "avouchx".to_owned())].into();
        let of = |template: &str| address_of("/v1", template, &person);
        assert_eq!(of("/users/{username}").as_deref(), Some("/v1/users/avouchx"));
        assert_eq!(of("/users/me").as_deref(), Some("/v1/users/me"));
        assert_eq!(of("/users/{userId}"), None);
        assert_eq!(of("/users/{id}"), None);
    }
}
