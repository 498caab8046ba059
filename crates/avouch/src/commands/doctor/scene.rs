//! What is known of the gateway that is looked at, and what an answer says about a control.

use super::DoctorArgs;
use crate::commands::Failed;
use crate::commands::gateway::described;
use crate::config::{Config, secret};
use avouch_catalog::Catalog;
use avouch_gateway::door::{Door, Heard};
use avouch_gateway::settings::{GatewaySettings, Source, TlsSettings};
use avouch_gateway::stored_file;
use avouch_guard::settings::GuardSettings;
use avouch_model::secret::Secret;
use std::cell::Cell;
use std::net::SocketAddr;
use std::path::PathBuf;

/// What was found about a control.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// It refuses what it must.
    Bites(String),
    /// It lets pass what it must refuse.
    DoesNotBite(String),
    /// Nobody knows, for a reason.
    Untested(String),
    /// The configuration does not switch it on.
    Off(String),
}

impl Found {
    /// A word for it, and what was seen.
    pub(super) fn words(&self) -> (&'static str, &str) {
        match self {
            Self::Bites(detail) => ("bites", detail),
            Self::DoesNotBite(detail) => ("does not bite", detail),
            Self::Untested(detail) => ("not tested", detail),
            Self::Off(detail) => ("off", detail),
        }
    }

    pub(super) fn untested(why: impl Into<String>) -> Self {
        Self::Untested(why.into())
    }

    pub(super) fn off(why: impl Into<String>) -> Self {
        Self::Off(why.into())
    }

    /// Of several tries the worst counts: one that passes outweighs all that are refused.
    pub(super) fn worst(tries: &[(String, Self)]) -> Self {
        let count = tries.len();
        let named = |found: fn(&Self) -> bool| tries.iter().find(|(_, one)| found(one));
        let worst = named(|one| matches!(one, Self::DoesNotBite(_)))
            .or_else(|| named(|one| matches!(one, Self::Untested(_))));
        match worst {
            Some((name, Self::DoesNotBite(detail))) => {
                Self::DoesNotBite(format!("{name}: {detail}"))
            }
            Some((name, found)) => Self::Untested(format!("{name}: {}", found.words().1)),
            None if count == 0 => Self::untested("there was nothing to try"),
            None => Self::Bites(format!("{count} of {count} refused")),
        }
    }
}

/// The gateway that is looked at.
pub(super) struct Scene {
    pub(super) address: SocketAddr,
    pub(super) door: Door,
    pub(super) tls: Option<TlsSettings>,
    pub(super) gateway: GatewaySettings,
    pub(super) guard: GuardSettings,
    pub(super) catalog: Option<Catalog>,
    pub(super) ledger: Option<PathBuf>,
    pub(super) upstream: Vec<SocketAddr>,
    pub(super) token: Option<Secret>,
    pub(super) expired: Option<Secret>,
    host: String,
    /// Requests that were answered with an id, under which they are to be recorded.
    pub(super) answered: Cell<u64>,
}

impl Scene {
    pub(super) fn new(args: &DoctorArgs, config: &Config) -> Result<Self, Failed> {
        let gateway = crate::commands::gateway::settings(config)?.clone();
        let first = gateway.listen.first();
        let address = match (args.address, first) {
            (Some(address), _) => address,
            (None, Some(listener)) => listener.address,
            (None, None) => {
                return Err(Failed::usage(anyhow::anyhow!("`gateway.listen` names no address")));
            }
        };
        if address.port() == 0 {
            return Err(Failed::usage(anyhow::anyhow!("the port of the listener is not known"))
                .advice("name the address that `avouch gateway` said it listens at: --address"));
        }
        // The listener of that address, or else the first one.
        let same = gateway.listen.iter().find(|listener| listener.address == address);
        let tls = same.or(first).and_then(|listener| listener.tls.clone());
        let certificate = tls.as_ref().map(certificate).transpose()?;
        let door = Door::new(address, certificate.as_deref()).map_err(Failed::usage)?;
        let kept = |place: &Option<String>| {
            place.as_deref().map(secret).transpose().map_err(Failed::usage)
        };
        let host = config.guard.admit.hosts.first();
        Ok(Self {
            address,
            door,
            tls,
            guard: config.guard.clone(),
            catalog: config.guard.openapi.as_deref().map(described).transpose()?,
            ledger: config.ledger.folder.clone(),
            upstream: args.upstream.clone(),
            token: kept(&args.token)?,
            expired: kept(&args.expired)?,
            host: host.cloned().unwrap_or_else(|| address.to_string()),
            answered: Cell::new(0),
            gateway,
        })
    }

    pub(super) fn is_there(&self) -> bool {
        Door::is_open(self.address)
    }

    /// Sends bytes as they are.
    pub(super) fn say(&self, bytes: &[u8]) -> Result<Heard, Found> {
        let heard = self.door.say(bytes);
        let heard = heard.map_err(|error| Found::untested(format!("no connection: {error}")))?;
        if heard.header("x-request-id").is_some() {
            self.answered.set(self.answered.get() + 1);
        }
        Ok(heard)
    }

    /// Sends a request of HTTP/1.1 without a body.
    pub(super) fn ask(&self, method: &str, target: &str, more: &[&str]) -> Result<Heard, Found> {
        let mut text = format!("{method} {target} HTTP/1.1\r\nConnection: close\r\n");
        if !more.iter().any(|line| line.to_ascii_lowercase().starts_with("host:")) {
            text.push_str(&self.host_line());
        }
        for line in more {
            text.push_str(line);
            text.push_str("\r\n");
        }
        text.push_str("\r\n");
        self.say(text.as_bytes())
    }

    /// The line that names the host.
    pub(super) fn host_line(&self) -> String {
        format!("Host: {}\r\n", self.host)
    }
}

/// The file of the certificate that a listener shows.
fn certificate(tls: &TlsSettings) -> Result<PathBuf, Failed> {
    match tls.source().map_err(Failed::usage)? {
        Source::Files(certificate, _) => Ok(certificate.to_owned()),
        Source::Acme(acme) => {
            let file = stored_file(acme);
            if file.exists() {
                return Ok(file);
            }
            let missing = anyhow::anyhow!("the authority gave no certificate yet");
            Err(Failed::untested(missing).advice("what the gateway tells says why"))
        }
    }
}

/// A path that no API has. Requests for it reach no operation.
pub(super) const NOWHERE: &str = "/avouch-doctor-asks-for-what-is-not-there";

/// Whether what was heard is the refusal of that policy, with one of these statuses.
pub(super) fn refused(heard: &Heard, policy: &str, statuses: &[u16]) -> Found {
    match heard.status() {
        None => Found::untested("the connection ended without an answer"),
        Some(status) if statuses.contains(&status) && heard.refused_by(policy) => {
            Found::Bites(format!("{status} by {policy}"))
        }
        Some(status @ (429 | 503)) => {
            Found::untested(format!("{status}: something else refused it first"))
        }
        Some(403) if heard.refused_by("contain") => {
            Found::untested("403: this machine is shut out")
        }
        Some(status) => Found::DoesNotBite(format!("answered with {status}")),
    }
}

/// The same of what may not have been heard.
pub(super) fn judged(heard: Result<Heard, Found>, policy: &str, statuses: &[u16]) -> Found {
    match heard {
        Ok(heard) => refused(&heard, policy, statuses),
        Err(found) => found,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(status: u16, policy: &str) -> Heard {
        let body = format!("{{\"policy\":\"{policy}\"}}");
        let text =
            format!("HTTP/1.1 {status} X\r\ncontent-type: application/problem+json\r\n\r\n{body}");
        Heard { statuses: vec![status], text }
    }

    #[test]
    fn only_the_refusal_of_the_control_itself_counts() {
        assert!(matches!(refused(&heard(400, "admit"), "admit", &[400]), Found::Bites(_)));
        assert!(matches!(refused(&heard(400, "validate"), "admit", &[400]), Found::DoesNotBite(_)));
        assert!(matches!(refused(&heard(429, "limit"), "admit", &[400]), Found::Untested(_)));
        assert!(matches!(refused(&Heard::default(), "admit", &[400]), Found::Untested(_)));
        let plain = Heard { statuses: vec![400], text: "HTTP/1.1 400 Bad\r\n\r\n".to_owned() };
        assert!(matches!(refused(&plain, "admit", &[400]), Found::DoesNotBite(_)));
    }

    #[test]
    fn one_that_passes_outweighs_all_that_are_refused() {
        let bites = || ("a".to_owned(), Found::Bites(String::new()));
        let passes = ("b".to_owned(), Found::DoesNotBite("200".to_owned()));
        let found = Found::worst(&[bites(), passes, bites()]);
        assert_eq!(found, Found::DoesNotBite("b: 200".to_owned()));
        assert!(matches!(Found::worst(&[]), Found::Untested(_)));
    }
}
