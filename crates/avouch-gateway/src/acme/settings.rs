//! What a person writes below `tls.acme` of a listener.

use serde::Deserialize;
use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use url::Url;

/// How a listener gets its certificate from an authority.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AcmeSettings {
    /// The names that the certificate is for. No others are ever asked for.
    pub names: Vec<String>,
    /// The address of the authority's directory (RFC 8555, section 7.1.1), by `https`.
    pub directory: String,
    /// The folder that keeps the account's key and certificates.
    pub storage: PathBuf,
    /// That the authority's terms of service were read and are agreed to. Without it nothing is asked.
    #[serde(default)]
    pub terms_agreed: bool,
    /// Where the authority reaches people, such as `mailto:ops@example.com`.
    #[serde(default)]
    pub contact: Vec<String>,
    /// Authorities that the certificate of the directory itself may come from, PEM; those of the machine
    /// by default.
    #[serde(default)]
    pub authorities: Option<PathBuf>,
    /// Where the challenge `http-01` is answered. Without it the challenge is `tls-alpn-01`, which the
    /// listener itself answers.
    #[serde(default)]
    pub http_01: Option<SocketAddr>,
    /// The account elsewhere that this one belongs to (RFC 8555, section 7.3.4).
    #[serde(default)]
    pub external_account: Option<ExternalAccountSettings>,
}

/// An account that the authority knows from elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExternalAccountSettings {
    /// The id that the authority gave.
    pub id: String,
    /// Where the key is that it gave, in base64url: `env:NAME` or `file:PATH`.
    pub key: String,
}

/// Why the settings cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AcmeSettingsError {
    /// There is no name.
    #[error("`acme.names` names nothing to ask a certificate for")]
    NoName,
    /// LIMIT: names of one certificate; what authorities take.
    #[error(
        "`acme.names` has more than {NAMES_MAX} names, which no authority puts into one certificate"
    )]
    ManyNames,
    /// A name that no certificate can be had for here.
    #[error("`{0}` in `acme.names` {1}")]
    Name(String, &'static str),
    /// A name stands twice.
    #[error("a name in `acme.names` stands twice")]
    Twice,
    /// The directory is no address that is spoken to securely.
    #[error("`acme.directory` is `{0}`, and no address that begins with `https://`")]
    Directory(String),
    /// Nobody agreed.
    #[error(
        "`acme.terms_agreed` is not true: read the terms of service that `{0}` names, and write `terms_agreed = true` if you agree to them"
    )]
    NotAgreed(String),
    /// A way to reach people that is no address.
    #[error("`{0}` in `acme.contact` is no address such as `mailto:ops@example.com`")]
    Contact(String),
    /// Two certificates would take the same place in the storage.
    #[error(
        "two listeners ask for other names that both begin with `{0}`, in the same `acme.storage`: give them the same names, or storages of their own"
    )]
    SamePlace(String),
}

/// LIMIT: names of one certificate. Authorities take no more.
const NAMES_MAX: usize = 100;

impl AcmeSettings {
    /// The names as a set, as they are compared.
    pub(crate) fn name_set(&self) -> BTreeSet<String> {
        self.names.iter().cloned().collect()
    }

    /// The name that the file of the certificate has.
    pub(crate) fn first_name(&self) -> &str {
        self.names.first().map_or("", String::as_str)
    }

    /// Whether the certificate that one of both has is what the other asks for.
    pub(crate) fn is_for_the_same(&self, other: &Self) -> bool {
        self.name_set() == other.name_set()
            && (&self.directory, &self.storage) == (&other.directory, &other.storage)
    }

    fn check(&self) -> Result<(), AcmeSettingsError> {
        if self.names.is_empty() {
            return Err(AcmeSettingsError::NoName);
        }
        if self.names.len() > NAMES_MAX {
            return Err(AcmeSettingsError::ManyNames);
        }
        for name in &self.names {
            if let Some(why) = unfit(name) {
                return Err(AcmeSettingsError::Name(name.clone(), why));
            }
        }
        if self.name_set().len() < self.names.len() {
            return Err(AcmeSettingsError::Twice);
        }
        let url = Url::parse(&self.directory).ok();
        if !url.is_some_and(|url| url.scheme() == "https" && url.username().is_empty()) {
            return Err(AcmeSettingsError::Directory(self.directory.clone()));
        }
        if !self.terms_agreed {
            return Err(AcmeSettingsError::NotAgreed(self.directory.clone()));
        }
        match self.contact.iter().find(|contact| Url::parse(contact).is_err()) {
            Some(contact) => Err(AcmeSettingsError::Contact(contact.clone())),
            None => Ok(()),
        }
    }
}

/// Why no certificate can be had for a name.
fn unfit(name: &str) -> Option<&'static str> {
    if name.contains('*') {
        return Some("is a wildcard, which only the challenge `dns-01` proves: name each host");
    }
    if name.parse::<IpAddr>().is_ok() {
        return Some("is an address: name a host");
    }
    let of_host = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(of_host)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let is_name = name.len() <= 253 && name.split('.').all(is_label);
    (!is_name).then_some("is no name of a host in lower case (others than ASCII as `xn--…`)")
}

/// Whether all of them can be used, each by itself and beside the others.
pub(crate) fn check<'a>(
    all: impl IntoIterator<Item = &'a AcmeSettings>,
) -> Result<(), AcmeSettingsError> {
    let mut known: Vec<&AcmeSettings> = Vec::new();
    for one in all {
        one.check()?;
        let clashes = |other: &&AcmeSettings| {
            (&other.storage, &other.directory, other.first_name())
                == (&one.storage, &one.directory, one.first_name())
                && other.name_set() != one.name_set()
        };
        if known.iter().any(clashes) {
            return Err(AcmeSettingsError::SamePlace(one.first_name().to_owned()));
        }
        known.push(one);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(names: &[&str]) -> AcmeSettings {
        AcmeSettings {
            names: names.iter().map(|&name| name.to_owned()).collect(),
            directory: "https://ca.example/dir".to_owned(),
            storage: "acme".into(),
            terms_agreed: true,
            contact: Vec::new(),
            authorities: None,
            http_01: None,
            external_account: None,
        }
    }

    #[test]
    fn only_names_of_hosts_are_asked_for() {
        for good in ["a.example", "localhost", "xn--bcher-kva.example", "1.a-b.example"] {
            assert_eq!(settings(&[good]).check(), Ok(()), "{good}");
        }
        let long = "a.".repeat(127) + "example";
        for bad in [
            "*.a.example",
            "",
            "A.example",
            "a..b",
            "-a.b",
            "a-.b",
            "a_b",
            "192.0.2.1",
            "::1",
            &long,
            "a.example.",
        ] {
            assert!(matches!(settings(&[bad]).check(), Err(AcmeSettingsError::Name(..))), "{bad}");
        }
        assert_eq!(settings(&[]).check(), Err(AcmeSettingsError::NoName));
        let many = vec!["a.example"; NAMES_MAX + 1];
        assert_eq!(settings(&many).check(), Err(AcmeSettingsError::ManyNames));
    }

    #[test]
    fn an_authority_is_spoken_to_securely_and_with_agreement() {
        for bad in ["http://ca.example", "ca.example", "https://"] {
            let other = AcmeSettings { directory: bad.to_owned(), ..settings(&["a.example"]) };
            assert!(matches!(other.check(), Err(AcmeSettingsError::Directory(_))), "{bad}");
        }
        let other = AcmeSettings { terms_agreed: false, ..settings(&["a.example"]) };
        assert!(matches!(other.check(), Err(AcmeSettingsError::NotAgreed(_))));
        let other = AcmeSettings { contact: vec!["ops".to_owned()], ..settings(&["a.example"]) };
        assert!(matches!(other.check(), Err(AcmeSettingsError::Contact(_))));
    }

    #[test]
    fn two_certificates_never_take_one_place() {
        let (one, same) =
            (settings(&["a.example", "b.example"]), settings(&["a.example", "b.example"]));
        assert_eq!(check([&one, &same]), Ok(()));
        let other = settings(&["a.example"]);
        assert!(matches!(check([&one, &other]), Err(AcmeSettingsError::SamePlace(_))));
        let elsewhere = AcmeSettings { storage: "other".into(), ..other };
        assert_eq!(check([&one, &elsewhere]), Ok(()));
    }
}
