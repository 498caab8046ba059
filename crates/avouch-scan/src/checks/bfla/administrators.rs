//! Answers that only administrators should be given, told by what they hold.

use crate::oracle::leaves::{leaves_of, plain_key};
use crate::oracle::refusal::refuses;
use avouch_model::data_class::DataClass;
use avouch_model::exchange::Answer;
use avouch_model::placeholder::Placeholder;
use std::collections::BTreeSet;

/// Keys that administrators' answers have and others do not.
const VOCABULARY: [&str; 20] = [
    "isadmin",
    "permissions",
    "privileges",
    "lastlogin",
    "loginattempts",
    "failedlogins",
    "banned",
    "suspended",
    "auditlog",
    "tenants",
    "databaseurl",
    "secretkey",
    "environment",
    "impersonate",
    "passwordhash",
    "featureflags",
    "totalusers",
    "activeusers",
    "totalrevenue",
    "usercount",
];

/// Whether an answer is JSON that only administrators should see, and then whether it holds secrets
/// or several people's addresses.
pub(super) fn administrators(answer: &Answer) -> Option<bool> {
    let json = answer.json().filter(|_| !refuses(answer))?;
    let found = leaves_of(&json);
    let classes = found.iter().filter_map(|leaf| Placeholder::parse(&leaf.value));
    let classes: BTreeSet<(DataClass, String)> = classes.map(|p| (p.class, p.digest)).collect();
    let secret = classes.iter().any(|(c, _)| c.is_secret() && *c != DataClass::OwnCredential);
    let people = classes.iter().filter(|(class, _)| *class == DataClass::Email).count() >= 2;
    let spoken = found.iter().any(|leaf| {
        leaf.path.split('/').map(plain_key).any(|part| VOCABULARY.contains(&part.as_str()))
    });
    (secret || people || spoken).then_some(secret || people)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oracle::markers::tests::answer;

    #[test]
    fn health_and_the_callers_own_address_are_no_administration() {
        let judged = |body: &str| administrators(&answer(200, body));
        assert_eq!(judged(r#"{"status": "up", "version": "2.1"}"#), None);
        assert_eq!(judged(r#"{"email": "‹email:00000000000000aa›"}"#), None);
        assert_eq!(judged(r#"{"error": "is_admin needed", "is_admin": false}"#), None);
        assert_eq!(judged(r#"{"users": [{"last_login": "monday"}]}"#), Some(false));
        assert_eq!(judged(r#"{"dsn": "‹connection-string:00000000000000aa›"}"#), Some(true));
    }
}
