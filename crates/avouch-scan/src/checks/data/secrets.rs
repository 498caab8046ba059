//! Which placeholders stand for secrets of an operator, and how sure that is.

use avouch_model::data_class::DataClass;
use avouch_model::placeholder::Placeholder;

/// Formats whose keys end in a checksum that capture verified.
const CHECKED: [&str; 2] = ["github", "npm"];
/// Formats whose values are no secret alone: identifiers of keys, keys that browsers carry, keys for
/// play money, and forms that other random values have as well.
const HARMLESS: [&str; 6] = ["aws", "google", "twilio", "stripe-test", "mailchimp", "mailgun"];
/// Words of a name that promise a secret, where `api_key` may be one that browsers carry.
const SECRET_WORDS: [&str; 6] =
    ["secret", "private", "signing", "encryption", "master", "accountkey"];

/// Answers to a login hold tokens by design; those classes are not looked at.
pub(in crate::checks) fn is_of_interest(secret: &Placeholder) -> bool {
    match secret.class {
        DataClass::ProviderKey => {
            let detail = secret.detail.as_str();
            !detail.is_empty() && !detail.ends_with("-unverified") && !HARMLESS.contains(&detail)
        }
        DataClass::PrivateKey | DataClass::ConnectionString | DataClass::ApiSecret => true,
        _ => false,
    }
}

/// Whether capture verified the key's checksum.
pub(in crate::checks) fn has_checksum(secret: &Placeholder) -> bool {
    secret.class == DataClass::ProviderKey && CHECKED.contains(&secret.detail.as_str())
}

/// Whether it is a private key that needs no passphrase.
pub(in crate::checks) fn is_open_private_key(secret: &Placeholder) -> bool {
    secret.class == DataClass::PrivateKey && !secret.detail.contains("encrypted")
}

/// Whether a name, lower case without separators, promises a secret.
pub(in crate::checks) fn promises_secret(key: &str) -> bool {
    SECRET_WORDS.iter().any(|word| key.contains(word))
}
