//! Which kinds of sensitive value we tell apart.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The kind of a sensitive value. What is recognised is replaced by a keyed digest at capture, so
/// that it is never stored and can still be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DataClass {
    /// An e-mail address.
    Email,
    /// A telephone number in international form, or under a key that says so.
    Phone,
    /// A payment card number (Luhn and issuer prefix hold).
    PaymentCard,
    /// An international bank account number (mod-97 holds).
    Iban,
    /// A national identifier such as a United States social security number.
    NationalId,
    /// A date of birth, under a key that says so.
    BirthDate,
    /// A password in clear, under a key that says so.
    Password,
    /// A stored password: bcrypt, argon2, scrypt, PBKDF2 or crypt.
    PasswordHash,
    /// A JSON Web Token.
    Jwt,
    /// A bearer token or session id, under a key that says so.
    SessionToken,
    /// A private key in PEM form.
    PrivateKey,
    /// A key of a cloud or software provider, by its published format.
    ProviderKey,
    /// A connection string with a password in it.
    ConnectionString,
    /// Another secret under a key that says so (`api_key`, `client_secret` …).
    ApiSecret,
    /// A credential of one of the scan's own identities.
    OwnCredential,
}

impl DataClass {
    /// Every class.
    pub const ALL: [Self; 15] = [
        Self::Email,
        Self::Phone,
        Self::PaymentCard,
        Self::Iban,
        Self::NationalId,
        Self::BirthDate,
        Self::Password,
        Self::PasswordHash,
        Self::Jwt,
        Self::SessionToken,
        Self::PrivateKey,
        Self::ProviderKey,
        Self::ConnectionString,
        Self::ApiSecret,
        Self::OwnCredential,
    ];

    /// The name used in placeholders and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Phone => "phone",
            Self::PaymentCard => "payment-card",
            Self::Iban => "iban",
            Self::NationalId => "national-id",
            Self::BirthDate => "birth-date",
            Self::Password => "password",
            Self::PasswordHash => "password-hash",
            Self::Jwt => "jwt",
            Self::SessionToken => "session-token",
            Self::PrivateKey => "private-key",
            Self::ProviderKey => "provider-key",
            Self::ConnectionString => "connection-string",
            Self::ApiSecret => "api-secret",
            Self::OwnCredential => "own-credential",
        }
    }

    /// The class of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.name() == name)
    }

    /// Whether the value says something about a person.
    pub fn is_personal(self) -> bool {
        matches!(
            self,
            Self::Email
                | Self::Phone
                | Self::PaymentCard
                | Self::Iban
                | Self::NationalId
                | Self::BirthDate
        )
    }

    /// Whether the value opens something.
    pub fn is_secret(self) -> bool {
        !self.is_personal()
    }
}

/// Several classes, as a set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Classes(u16);

impl Classes {
    fn bit(class: DataClass) -> u16 {
        1 << class as u16
    }

    /// With that class too.
    #[must_use]
    pub fn and(self, class: DataClass) -> Self {
        Self(self.0 | Self::bit(class))
    }

    /// With all of another set too.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether that class is in it.
    pub fn has(self, class: DataClass) -> bool {
        self.0 & Self::bit(class) != 0
    }

    /// Whether both have a class in common.
    pub fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The classes in it.
    pub fn iter(self) -> impl Iterator<Item = DataClass> {
        DataClass::ALL.into_iter().filter(move |class| self.has(*class))
    }
}

impl fmt::Display for DataClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
