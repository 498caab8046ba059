//! The counters as Prometheus reads them (text format 0.0.4).

use super::counts::Metrics;
use super::histogram::Histogram;
use crate::acme::AcmeState;
use crate::shown::Slot;
use crate::upstream::Health;
use avouch_guard::Guard;
use avouch_guard::identify::KeySetState;
use avouch_guard::settings::identify::IssuerSettings;
use std::fmt::Write;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What is known beside the counters.
pub(crate) struct Beside<'a> {
    pub(crate) guard: &'a Guard,
    pub(crate) connections: usize,
    pub(crate) now_ms: u64,
    pub(crate) ledger_is_open: bool,
    pub(crate) ledger_missed: u64,
    pub(crate) instances: &'a [Arc<Health>],
    pub(crate) certificates: &'a [(SocketAddr, Arc<Slot>)],
    pub(crate) acme: &'a [AcmeState],
}

/// A text that grows. Writing to it cannot fail.
#[derive(Default)]
struct Page(String);

impl Page {
    fn family(&mut self, name: &str, kind: &str, help: &str) {
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: impl std::fmt::Display) {
        self.0.push_str(name);
        for (index, (label, text)) in labels.iter().enumerate() {
            let before = if index == 0 { "{" } else { "," };
            let _ = write!(self.0, "{before}{label}=\"{}\"", escaped(text));
        }
        let end = if labels.is_empty() { "" } else { "}" };
        let _ = writeln!(self.0, "{end} {value}");
    }

    fn one(&mut self, name: &str, kind: &str, help: &str, value: impl std::fmt::Display) {
        self.family(name, kind, help);
        self.sample(name, &[], value);
    }

    fn histogram(&mut self, name: &str, help: &str, of: &Histogram) {
        self.family(name, "histogram", help);
        let seen = of.seen();
        let bucket = format!("{name}_bucket");
        for (bound_us, count) in seen.below {
            self.sample(&bucket, &[("le", &seconds(bound_us))], count);
        }
        self.sample(&bucket, &[("le", "+Inf")], seen.count);
        self.sample(&format!("{name}_sum"), &[], seconds(seen.sum_us));
        self.sample(&format!("{name}_count"), &[], seen.count);
    }

    fn reasons<'r>(
        &mut self,
        name: &str,
        help: &str,
        counts: impl IntoIterator<Item = (&'r (&'static str, &'static str), &'r u64)>,
    ) {
        self.family(name, "counter", help);
        for ((policy, code), count) in counts {
            self.sample(name, &[("policy", policy), ("code", code)], count);
        }
    }
}

/// A label's value may hold anything; three characters are written otherwise.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

/// Microseconds as seconds.
fn seconds(micros: u64) -> String {
    let text = format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn value(counter: &AtomicU64) -> u64 {
    counter.load(Ordering::Relaxed)
}

/// All of it.
pub(crate) fn page(metrics: &Metrics, beside: &Beside<'_>) -> String {
    let mut page = Page::default();
    requests(&mut page, metrics);
    instances(&mut page, beside);
    limits_and_connections(&mut page, metrics, beside);
    issuers(&mut page, metrics, beside);
    certificates(&mut page, beside);
    ledger(&mut page, metrics, beside);
    traces(&mut page, metrics);
    configuration(&mut page, metrics);
    page.0
}

fn requests(page: &mut Page, metrics: &Metrics) {
    let name = "avouch_requests_total";
    page.family(name, "counter", "Requests that came to their end.");
    for (class, outcome, count) in metrics.requests() {
        page.sample(name, &[("status", class), ("outcome", outcome)], count);
    }
    let name = "avouch_operation_requests_total";
    page.family(name, "counter", "Requests for operations of the description.");
    for (operation, outcome, count) in metrics.operations() {
        page.sample(name, &[("operation", &operation), ("outcome", outcome)], count);
    }
    page.reasons(
        "avouch_refusals_total",
        "Requests and answers that were refused.",
        &metrics.refusals(),
    );
    page.reasons(
        "avouch_would_have_refused_total",
        "What would have been refused, had the policy not only watched.",
        &metrics.would_refuse(),
    );
    let name = "avouch_upstream_failures_total";
    page.family(name, "counter", "Requests to which the API gave no answer.");
    for ((_, code), count) in &metrics.upstream_failures() {
        page.sample(name, &[("code", code)], count);
    }
    page.histogram(
        "avouch_request_duration_seconds",
        "From the head of a request to the end of its answer.",
        &metrics.took,
    );
    page.histogram(
        "avouch_upstream_duration_seconds",
        "From forwarding a request to the head of the API's answer.",
        &metrics.upstream_took,
    );
}

fn instances(page: &mut Page, beside: &Beside<'_>) {
    let name = "avouch_upstream_well";
    page.family(name, "gauge", "1 while an instance of the API is well, as far as it is asked.");
    for instance in beside.instances {
        page.sample(name, &[("instance", &instance.address)], u8::from(instance.is_well()));
    }
}

fn limits_and_connections(page: &mut Page, metrics: &Metrics, beside: &Beside<'_>) {
    page.one(
        "avouch_limit_evictions_total",
        "counter",
        "Buckets of limits that made room although they were in use.",
        beside.guard.limit_evictions(),
    );
    page.one("avouch_connections_open", "gauge", "Connections of clients.", beside.connections);
    page.one(
        "avouch_connections_refused_total",
        "counter",
        "Connections that were closed because there were too many.",
        value(&metrics.connections_refused),
    );
}

fn issuers(page: &mut Page, metrics: &Metrics, beside: &Beside<'_>) {
    let asked = [
        ("avouch_key_set_fetches_total", "Key sets that were asked for.", metrics.key_sets()),
        (
            "avouch_introspections_total",
            "Tokens that issuers were asked about.",
            metrics.introspections(),
        ),
    ];
    for (name, help, counts) in asked {
        page.family(name, "counter", help);
        for (issuer, asked) in &counts {
            let issuer = ("issuer", issuer.as_str());
            page.sample(name, &[issuer, ("result", "answered")], asked.answered);
            page.sample(name, &[issuer, ("result", "failed")], asked.failed);
        }
    }
    let identifier = beside.guard.identifier();
    let issuers = identifier.settings().issuer.iter().enumerate();
    let states = issuers.filter_map(|(index, issuer)| Some((issuer, identifier.key_set(index)?)));
    let states: Vec<_> = states.collect();
    let name = "avouch_key_set_age_seconds";
    page.family(name, "gauge", "Since an issuer's keys were fetched or confirmed last.");
    for (issuer, state) in &states {
        // Keys that were never there have no age.
        if let Some(fetched_ms) = state.fetched_ms {
            let age_us = beside.now_ms.saturating_sub(fetched_ms).saturating_mul(1_000);
            page.sample(name, &[("issuer", &issuer.name)], seconds(age_us));
        }
    }
    let name = "avouch_key_set_keys";
    page.family(name, "gauge", "Keys of an issuer that are believed.");
    for (issuer, state) in &states {
        page.sample(name, &[("issuer", &issuer.name)], state.keys);
    }
    kept_keys(page, metrics, &states);
}

fn kept_keys(page: &mut Page, metrics: &Metrics, states: &[(&IssuerSettings, KeySetState)]) {
    let name = "avouch_key_set_restored";
    page.family(name, "gauge", "1 while the keys are those kept before the start.");
    for (issuer, state) in states {
        page.sample(name, &[("issuer", &issuer.name)], u8::from(state.is_restored));
    }
    page.one(
        "avouch_key_sets_not_kept_total",
        "counter",
        "Key sets that could not be kept over a restart.",
        value(&metrics.keys_not_kept),
    );
}

fn certificates(page: &mut Page, beside: &Beside<'_>) {
    let name = "avouch_certificate_not_after_timestamp_seconds";
    page.family(name, "gauge", "When the certificate that a listener shows ends.");
    for (listener, slot) in beside.certificates {
        // One that is not there ends never, which is not said.
        if let Some(shown) = slot.about() {
            let listener = ("listener", &*listener.to_string());
            page.sample(name, &[listener], shown.not_after_ms / 1_000);
        }
    }
    let name = "avouch_handshakes_without_certificate_total";
    page.family(name, "counter", "Clients turned away because there was no certificate yet.");
    for (listener, slot) in beside.certificates {
        page.sample(name, &[("listener", &listener.to_string())], slot.turned_away());
    }
    let name = "avouch_acme_attempts_total";
    page.family(name, "counter", "Certificates that authorities were asked for.");
    for state in beside.acme {
        let listener = state.listener.to_string();
        let listener = ("listener", listener.as_str());
        page.sample(name, &[listener, ("result", "issued")], state.issued);
        page.sample(name, &[listener, ("result", "failed")], state.failed);
    }
}

fn ledger(page: &mut Page, metrics: &Metrics, beside: &Beside<'_>) {
    page.one(
        "avouch_ledger_waiting",
        "gauge",
        "Answers that wait for their record to be safe.",
        value(&metrics.waiting),
    );
    page.histogram(
        "avouch_ledger_commit_duration_seconds",
        "From appending a record to its being safe on the disk.",
        &metrics.commits,
    );
    page.one(
        "avouch_ledger_failures_total",
        "counter",
        "Records that were not taken or not made safe.",
        value(&metrics.ledger_failures),
    );
    page.one(
        "avouch_ledger_open",
        "gauge",
        "1 while the ledger takes records.",
        u8::from(beside.ledger_is_open),
    );
    page.one(
        "avouch_ledger_missed",
        "gauge",
        "Requests that the ledger missed and does not tell of yet.",
        beside.ledger_missed,
    );
    page.one(
        "avouch_passed_unrecorded_total",
        "counter",
        "Requests that passed although they could not be recorded, as the configuration says.",
        value(&metrics.passed_unrecorded),
    );
}

fn traces(page: &mut Page, metrics: &Metrics) {
    let name = "avouch_trace_spans_total";
    page.family(
        name,
        "counter",
        "Spans that the collector took, did not take, or that had no room.",
    );
    for (result, count) in ["taken", "failed", "dropped"].iter().zip(&metrics.spans) {
        page.sample(name, &[("result", result)], value(count));
    }
}

fn configuration(page: &mut Page, metrics: &Metrics) {
    page.one(
        "avouch_config_generation",
        "gauge",
        "How many configurations were used since the start.",
        value(&metrics.generation),
    );
    let since_us = value(&metrics.reloaded_ms).saturating_mul(1_000);
    page.one(
        "avouch_config_used_since_timestamp_seconds",
        "gauge",
        "When the configuration that holds was taken up.",
        seconds(since_us),
    );
    page.one(
        "avouch_config_reload_failures_total",
        "counter",
        "Changed configurations that could not be used.",
        value(&metrics.reload_failures),
    );
    let name = "avouch_build_info";
    page.family(name, "gauge", "Which program this is.");
    page.sample(name, &[("version", env!("CARGO_PKG_VERSION"))], 1);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_written_as_short_as_they_are() {
        assert_eq!(seconds(500), "0.0005");
        assert_eq!(seconds(30_000_000), "30");
        assert_eq!(seconds(0), "0");
    }

    #[test]
    fn a_label_cannot_end_its_own_value() {
        let mut page = Page::default();
        page.sample("a", &[("b", "c\"} 1\nd\\")], 2);
        assert_eq!(page.0, "a{b=\"c\\\"} 1\\nd\\\\\"} 2\n");
    }
}
