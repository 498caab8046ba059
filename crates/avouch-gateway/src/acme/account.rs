//! The account with an authority: made once, kept, and used for every order.

use super::https::Https;
use super::issue::IssueError;
use super::settings::AcmeSettings;
use super::store::{Locked, StoredAccount};
use crate::tls;
use avouch_model::secret::Secret;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use instant_acme::{Account, ExternalAccountKey, NewAccount};

/// The account that is kept, or a new one, which is kept before anything is asked in its name.
pub(super) async fn account(
    settings: &AcmeSettings,
    locked: &Locked<'_>,
    external_key: Option<&Secret>,
) -> Result<Account, IssueError> {
    let https = || -> Result<_, IssueError> {
        Ok(Box::new(Https(tls::trusting(settings.authorities.as_deref())?)))
    };
    let external_id = settings.external_account.as_ref().map(|external| external.id.clone());
    if let Some(mut stored) =
        locked.account()?.filter(|stored| stored.external_account == external_id)
    {
        let contact = std::mem::replace(&mut stored.contact, settings.contact.clone());
        let is_another = contact != settings.contact;
        let text = is_another.then(|| serde_json::to_value(&stored)).transpose()?;
        let account =
            Account::builder_with_http(https()?).from_credentials(stored.credentials).await?;
        if let Some(text) = text {
            account.update_contacts(&words(&settings.contact)).await?;
            locked.put_account(&serde_json::from_value(text)?)?;
        }
        return Ok(account);
    }
    let external = external(settings, external_key)?;
    let asked = NewAccount {
        contact: &words(&settings.contact),
        terms_of_service_agreed: settings.terms_agreed,
        only_return_existing: false,
    };
    let builder = Account::builder_with_http(https()?);
    let directory = settings.directory.clone();
    let (account, credentials) = builder.create(&asked, directory, external.as_ref()).await?;
    let contact = settings.contact.clone();
    locked.put_account(&StoredAccount { contact, external_account: external_id, credentials })?;
    Ok(account)
}

fn words(list: &[String]) -> Vec<&str> {
    list.iter().map(String::as_str).collect()
}

/// The key that binds the account to one elsewhere (RFC 8555, section 7.3.4).
fn external(
    settings: &AcmeSettings,
    key: Option<&Secret>,
) -> Result<Option<ExternalAccountKey>, IssueError> {
    let Some(external) = &settings.external_account else { return Ok(None) };
    let text = key.map_or("", Secret::danger_reveal).trim_end_matches('=');
    let bytes = URL_SAFE_NO_PAD.decode(text).ok().filter(|bytes| !bytes.is_empty());
    let bytes = bytes.ok_or(IssueError::ExternalKey)?;
    Ok(Some(ExternalAccountKey::new(external.id.clone(), &bytes)))
}
