//! From flags and configuration to identities.

use crate::config::{Config, ConfigError, IdentityConfig, carrier, secret};
use avouch_model::identity::Who;
use avouch_model::secret::Secret;
use avouch_scan::identity::auth_file;
use avouch_scan::identity::spec::{CredentialSource, IdentitySpec, LoginSpec, OAuth2Spec, Take};
use avouch_scan::step::Misfit;
use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Why an identity was not accepted.
#[derive(Debug, thiserror::Error)]
pub(crate) enum IdentityError {
    #[error("`{0}` is no identity: there are `a`, `b` (of the same role) and `high`")]
    Unknown(String),
    #[error("`{0}` is not `WHO=env:NAME` or `WHO=file:PATH`")]
    Flag(String),
    #[error(
        "identity `{0}` needs one of `token`, `user` with `password`, `login`, `oauth2`, `command`"
    )]
    NoSource(String),
    #[error("identity `{who}`")]
    Secret { who: String, source: ConfigError },
    #[error("cannot read `{path}`")]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("`{path}`")]
    AuthFile { path: PathBuf, source: auth_file::AuthFileError },
}

/// All identities; what the configuration says of one replaces what a Web Fuzzing Commons file says,
/// and a flag replaces both.
pub(crate) fn identities(
    config: &Config,
    auth_file: Option<&Path>,
    flags: &[String],
    send: Option<&str>,
) -> Result<Vec<IdentitySpec>, IdentityError> {
    let mut all: BTreeMap<Who, IdentitySpec> = BTreeMap::new();
    if let Some(path) = auth_file.or(config.scan.auth_file.as_deref()) {
        let of = |identity: IdentitySpec| (identity.who, identity);
        all.extend(from_auth_file(path)?.into_iter().map(of));
    }
    for (name, identity) in &config.identity {
        let who = who(name)?;
        all.insert(who, from_config(who, name, identity)?);
    }
    for flag in flags {
        let (name, place) =
            flag.split_once('=').ok_or_else(|| IdentityError::Flag(flag.clone()))?;
        let who = who(name)?;
        let failed = |source| IdentityError::Secret { who: name.to_owned(), source };
        let source = CredentialSource::Fixed(secret(place).map_err(failed)?);
        let carrier = send.map(carrier).transpose().map_err(failed)?;
        all.insert(who, IdentitySpec { carrier, ..IdentitySpec::new(who, name, source) });
    }
    Ok(all.into_values().collect())
}

/// Everybody that a Web Fuzzing Commons authentication file tells of. Its secrets stand in clear by
/// that format's design.
fn from_auth_file(path: &Path) -> Result<Vec<IdentitySpec>, IdentityError> {
    let unreadable = |source| IdentityError::Unreadable { path: path.to_owned(), source };
    let file = std::fs::File::open(path).map_err(unreadable)?;
    let mut bytes = Vec::new();
    // One byte more than is read at most, so that a longer file is told from a cut one.
    let most = u64::try_from(avouch_catalog::PLAIN_BYTES_MAX).unwrap_or(u64::MAX);
    file.take(most.saturating_add(1)).read_to_end(&mut bytes).map_err(unreadable)?;
    auth_file::read(&bytes)
        .map_err(|source| IdentityError::AuthFile { path: path.to_owned(), source })
}

fn who(name: &str) -> Result<Who, IdentityError> {
    [Who::A, Who::B, Who::High]
        .into_iter()
        .find(|who| who.name().eq_ignore_ascii_case(name))
        .ok_or_else(|| IdentityError::Unknown(name.to_owned()))
}

fn from_config(
    who: Who,
    name: &str,
    config: &IdentityConfig,
) -> Result<IdentitySpec, IdentityError> {
    let failed = |source| IdentityError::Secret { who: name.to_owned(), source };
    let password = config.password.as_deref().map(secret).transpose().map_err(failed)?;
    let source = if let Some(token) = &config.token {
        CredentialSource::Fixed(secret(token).map_err(failed)?)
    } else if let Some(login) = &config.login {
        let user = config.user.clone().map(|user| ("user".to_owned(), Secret::new(user)));
        let values = user.into_iter().chain(password.map(|p| ("password".to_owned(), p)));
        CredentialSource::Login(LoginSpec {
            method: login.method.clone(),
            headers: Vec::new(),
            payload: None,
            target: login.path.clone(),
            content_type: login.content_type.clone(),
            body: login.body.clone(),
            values: values.collect(),
            take: login.take.as_deref().map_or(Take::Usual, take),
        })
    } else if let Some(oauth2) = &config.oauth2 {
        let mut parameters = BTreeMap::new();
        for (name, value) in &oauth2.parameters {
            let open = ["scope", "audience", "username", "resource"].contains(&name.as_str());
            let value = if open { Secret::new(value) } else { secret(value).map_err(failed)? };
            parameters.insert(name.clone(), value);
        }
        CredentialSource::OAuth2(OAuth2Spec {
            token_url: oauth2.token_url.clone(),
            grant: oauth2.grant.clone(),
            client_id: oauth2.client_id.clone(),
            client_secret: oauth2
                .client_secret
                .as_deref()
                .map(secret)
                .transpose()
                .map_err(failed)?,
            parameters,
        })
    } else if let Some(command) = &config.command {
        CredentialSource::Command(command.clone())
    } else if let (Some(user), Some(password)) = (&config.user, password) {
        CredentialSource::Basic { user: user.clone(), password }
    } else {
        return Err(IdentityError::NoSource(name.to_owned()));
    };
    let label =
        config.label.clone().or_else(|| config.user.clone()).unwrap_or_else(|| name.to_owned());
    let carrier = config.send.as_deref().map(carrier).transpose().map_err(failed)?;
    let mut misfits = Vec::new();
    for (why, place) in
        [(Misfit::Expired, &config.expired), (Misfit::OtherAudience, &config.other_audience)]
    {
        if let Some(place) = place {
            misfits.push((why, secret(place).map_err(failed)?));
        }
    }
    Ok(IdentitySpec { carrier, misfits, ..IdentitySpec::new(who, label, source) })
}

/// `/pointer`, `header:NAME` or `cookie:NAME`.
fn take(text: &str) -> Take {
    if let Some(name) = text.strip_prefix("header:") {
        Take::Header(name.to_owned())
    } else if let Some(name) = text.strip_prefix("cookie:") {
        Take::Cookie(name.to_owned())
    } else {
        Take::Pointer(text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_without_a_way_in_is_refused() {
        let config: Config = toml::from_str("[identity.a]\nlabel = \"ann\"\n").unwrap();
        let error = identities(&config, None, &[], None).unwrap_err();
        assert!(matches!(error, IdentityError::NoSource(_)), "{error}");
        let config: Config = toml::from_str("[identity.c]\ncommand = \"x\"\n").unwrap();
        assert!(matches!(identities(&config, None, &[], None), Err(IdentityError::Unknown(_))));
    }
}
