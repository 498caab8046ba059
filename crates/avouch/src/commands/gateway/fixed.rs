//! What of the settings is read at the start only, so that nobody takes a changed file for a changed
//! gateway.

use crate::config::Config;
use avouch_gateway::settings::GatewaySettings;

/// What was read at the start, as text to compare.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fixed([(&'static str, String); 9]);

impl Fixed {
    /// What a configuration says of it.
    pub(super) fn used(config: &Config) -> Option<Self> {
        config.gateway.as_ref().map(Self::of)
    }

    fn of(settings: &GatewaySettings) -> Self {
        let GatewaySettings { listen, upstream, timeouts, threads, metrics, traces, log, .. } =
            settings;
        let listeners = listen.iter().map(|one| (one.address, one.plain, one.tls.is_some()));
        let listeners: Vec<_> = listeners.collect();
        // The host that the API is asked for is read anew.
        let api = (&upstream.addresses, upstream.http2, &upstream.authorities, upstream.idle_max);
        let connections = (settings.connections_max, settings.connections_per_address_max);
        Self([
            ("gateway.listen", format!("{listeners:?}")),
            ("gateway.upstream", format!("{api:?}")),
            ("gateway.upstream.health", format!("{:?}", upstream.health)),
            ("gateway.timeouts", format!("{:?}", (timeouts.connect_ms, timeouts.answer_ms))),
            ("gateway.threads", format!("{threads:?}")),
            ("gateway.connections_max", format!("{connections:?}")),
            ("gateway.metrics", format!("{metrics:?}")),
            ("gateway.traces", format!("{traces:?}")),
            ("gateway.log", format!("{log:?}")),
        ])
    }

    /// What others say otherwise.
    pub(super) fn otherwise(&self, now: &Self) -> Vec<&'static str> {
        let pairs = self.0.iter().zip(&now.0);
        pairs.filter(|(before, now)| before != now).map(|((name, _), _)| *name).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fixed(more: &str) -> Fixed {
        let usual = "listen = [{ address = '127.0.0.1:1' }]\nupstream.addresses = ['http://a']";
        Fixed::of(&toml::from_str(&format!("{usual}\n{more}")).unwrap())
    }

    #[test]
    fn what_is_read_at_the_start_only_is_named_and_nothing_else() {
        let before = fixed("");
        for (more, named) in [
            ("threads = 3", "gateway.threads"),
            ("upstream.http2 = true", "gateway.upstream"),
            ("upstream.health = { path = '/' }", "gateway.upstream.health"),
            ("timeouts.answer_ms = 1", "gateway.timeouts"),
            ("connections_max = 1", "gateway.connections_max"),
            ("metrics.listen = '127.0.0.1:2'", "gateway.metrics"),
            ("traces.endpoint = 'http://127.0.0.1'", "gateway.traces"),
            ("log.format = 'json'", "gateway.log"),
        ] {
            assert_eq!(before.otherwise(&fixed(more)), [named], "{more}");
        }
        for more in ["upstream.host = 'b'", "upgrades = ['websocket']", "timeouts.head_ms = 1"] {
            assert!(before.otherwise(&fixed(more)).is_empty(), "{more}");
        }
    }
}
