//! Findings to test with.

use super::{at, checks, id};
use avouch_model::exchange::{
    Answer, Exchange, Failure, Headers, Hit, Outcome, SentRequest, Timing,
};
use avouch_model::finding::{Finding, Suppression};
use avouch_model::identity::Who;
use avouch_model::reference::{Criterion, Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};

/// One of each severity that matters, worst first, and one that only informs.
pub(super) fn all() -> Vec<Finding> {
    vec![read_by_other(), weak_secret(), no_transport(), verbose_errors(), hint()]
}

fn finding(check: &str, severity: Severity, confidence: Confidence) -> Finding {
    let facts = checks().into_iter().find(|facts| facts.id == check);
    Finding {
        fingerprint: format!("{:0>16x}", check.bytes().map(u64::from).sum::<u64>() * 7_919),
        check: check.into(),
        name: facts.as_ref().map_or("cache-unstated".into(), |facts| facts.name.clone()),
        title: facts.as_ref().map_or("Caching is not stated".into(), |facts| facts.title.clone()),
        severity,
        confidence,
        operation: None,
        parameter: None,
        identities: None,
        summary: String::new(),
        reasons: Vec::new(),
        impact: String::new(),
        remediation: String::new(),
        curl: String::new(),
        cwe: facts.as_ref().map_or(Cwe(525), |facts| facts.cwe),
        owasp: vec![Owasp::Api(8)],
        criteria: vec![Criterion("CC6.7".into())],
        points_tenths: 0,
        gain_tenths: 0,
        described_at: None,
        root_cause: format!("{check} here"),
        exchanges: Vec::new(),
        hits: Vec::new(),
        proven_times: 1,
        suppressed: None,
    }
}

fn read_by_other() -> Finding {
    let exchange = exchange("https://api.shop.test/v1/orders/17", Who::B);
    Finding {
        operation: Some(id("GET /orders/{orderId}")),
        parameter: Some("orderId".into()),
        identities: Some((Who::A, Who::B)),
        summary: "B read A's order 17 and saw A's e-mail address.".into(),
        reasons: vec![
            "A's list of orders holds 17; B's list does not.".into(),
            "B asked for /orders/17 and was answered 200 with ‹email:00000000000000aa›, a value seen in A's answers and never in B's.".into(),
            "Control: an order id that was never issued is answered 404.".into(),
        ],
        impact: "Any customer can read every other customer's orders and addresses.".into(),
        remediation: "Load the order by its id *and* the caller's account.\nAnswer 404 when there is none.".into(),
        curl: crate::curl::command(&exchange.request, None),
        owasp: vec![Owasp::Api(1)],
        criteria: vec![Criterion("CC6.1".into()), Criterion("CC6.3".into())],
        points_tenths: 600,
        gain_tenths: 325,
        described_at: Some(at(41)),
        exchanges: vec![exchange],
        proven_times: 2,
        ..finding("BOLA-01", Severity::Critical, Confidence::Confirmed)
    }
}

fn weak_secret() -> Finding {
    Finding {
        summary: "The secret that signs tokens is the 213th of a public list.".into(),
        reasons: vec!["The HMAC of A's token was computed with it and is equal.".into()],
        impact: "Anyone can make a token for any account.".into(),
        remediation: "Use 32 random bytes and replace the secret now.".into(),
        owasp: vec![Owasp::Api(2)],
        points_tenths: 600,
        gain_tenths: 140,
        hits: vec![Hit {
            token: "t81c".into(),
            protocol: "http".into(),
            from: "203.0.113.9".into(),
            request: "GET /t81c HTTP/1.1\nhost: oob.test".into(),
            at_us: 3_200_114,
        }],
        proven_times: 2,
        ..finding("JWT-04", Severity::Critical, Confidence::Confirmed)
    }
}

fn no_transport() -> Finding {
    let mut exchange = exchange("http://api.shop.test/v1/orders", Who::Nobody);
    exchange.outcome = Outcome::Failed(Failure::TimedOut("no answer in 10 s".into()));
    exchange.request.body = None;
    exchange.request.credential_note = Some("left out".into());
    Finding {
        operation: Some(id("GET /orders")),
        summary: "The same order list was answered over plain http.".into(),
        reasons: vec![
            "http://api.shop.test/v1/orders answers 200 with the body https gives.".into(),
        ],
        impact: "Whoever sits on the path reads tokens.".into(),
        remediation: "Close port 80 or redirect it.".into(),
        curl: crate::curl::command(&exchange.request, None),
        points_tenths: 120,
        gain_tenths: 21,
        described_at: Some(at(17)),
        exchanges: vec![exchange],
        ..finding("TRANS-02", Severity::Medium, Confidence::Firm)
    }
}

fn verbose_errors() -> Finding {
    Finding {
        operation: Some(id("POST /orders")),
        summary: "A malformed body is answered with a stack trace.".into(),
        impact: "It tells an attacker what to look up.".into(),
        remediation: "Answer with an id and keep the trace in the log.".into(),
        points_tenths: 42,
        gain_tenths: 2,
        described_at: Some(at(60)),
        suppressed: Some(Suppression {
            owner: "Ada".into(),
            reason: "goes away with the new gateway".into(),
            expires: Some("2026-12-31".into()),
        }),
        ..finding("MISC-03", Severity::Low, Confidence::Tentative)
    }
}

fn hint() -> Finding {
    Finding {
        summary: "Answers say nothing about caching.".into(),
        ..finding("MISC-09", Severity::Info, Confidence::Firm)
    }
}

fn exchange(url: &str, who: Who) -> Exchange {
    let headers = |pairs: &[(&str, &str)]| {
        Headers(pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect())
    };
    let sent = [
        ("authorization", "Bearer ‹own-credential:0123456789abcdef›"),
        ("x-scan-id", "5f2c9a7e41d0"),
    ];
    Exchange {
        request: SentRequest {
            method: "GET".into(),
            url: url.into(),
            headers: headers(if who == Who::Nobody { &sent[1..] } else { &sent }),
            body: Some("{\"fields\":[\"all\"]}".into()),
            who,
            credential_note: None,
        },
        outcome: Outcome::Answered(Answer {
            status: 200,
            protocol: "HTTP/1.1".into(),
            headers: headers(&[
                ("content-type", "application/json"),
                ("set-cookie", "a"),
                ("set-cookie", "b"),
            ]),
            body: "{\n  \"id\": 17,\n  \"email\": \"‹email:00000000000000aa›\"\n}".into(),
            body_bytes: 44,
            truncated: true,
            timing: Timing { connect_us: 210, first_byte_us: 3_100, total_us: 3_420 },
        }),
        sent_at_us: 1_204_551,
    }
}
