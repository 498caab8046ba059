//! The instances of the API, as they are written in the configuration.

use super::{Health, Instance};
use crate::server::StartError;
use crate::settings::UpstreamSettings;
use crate::tls;
use rustls::pki_types::ServerName;

/// Reads their addresses.
pub(crate) fn instances(settings: &UpstreamSettings) -> Result<Vec<Instance>, StartError> {
    let instance = |written: &String| {
        let wrong = || StartError::Upstream(written.clone());
        let uri: http::Uri = written.parse().map_err(|_| wrong())?;
        let authority = uri.authority().ok_or_else(wrong)?;
        if !matches!(uri.path(), "" | "/") || authority.as_str().contains('@') {
            return Err(wrong());
        }
        let secure = match uri.scheme_str() {
            Some("http") => false,
            Some("https") => true,
            _ => return Err(wrong()),
        };
        let port = authority.port_u16().unwrap_or(if secure { 443 } else { 80 });
        let host = authority.host();
        let name = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let tls = secure.then(|| {
            let name = ServerName::try_from(name).map_err(|_| wrong())?;
            Ok::<_, StartError>((tls::client(settings)?, name))
        });
        Ok(Instance {
            authority: format!("{host}:{port}"),
            tls: tls.transpose()?,
            http2: settings.http2,
            health: Health::of(written),
        })
    };
    if settings.addresses.is_empty() {
        return Err(StartError::Upstream(String::new()));
    }
    settings.addresses.iter().map(instance).collect()
}
