//! Findings, whole.

use super::escape::Text;
use crate::text::beginning;
use crate::wording;
use avouch_model::exchange::{Exchange, Headers, Hit, Outcome};
use avouch_model::finding::Finding;
use avouch_model::report::Report;
use std::fmt::Write as _;

/// LIMIT: characters of a body that are shown.
const BODY_CHARS_MAX: usize = 8_000;

/// All findings, worst first.
pub(super) fn section(report: &Report) -> String {
    let mut html = String::from(
        "<section id=\"findings\" aria-labelledby=\"findings-head\">\n\
         <h2 id=\"findings-head\">Findings</h2>\n",
    );
    if report.findings.is_empty() {
        // "No findings" alone would read as a pass where nothing was looked at.
        html.push_str(match report.coverage.per_cent() {
            Some(_) => "<p class=\"card\">None in what could be evaluated.</p>\n",
            None => "<p class=\"card\">None, and nothing was evaluated.</p>\n",
        });
    }
    for (number, finding) in report.findings.iter().enumerate() {
        html.push_str(&article(number + 1, finding));
    }
    html.push_str("</section>\n");
    html
}

fn article(number: usize, finding: &Finding) -> String {
    let severity = finding.severity;
    let suppressed =
        if finding.suppressed.is_some() { " <span class=\"tag\">suppressed</span>" } else { "" };
    let mut html = format!(
        "<article class=\"card finding {severity}\" id=\"finding-{number}\" \
         aria-labelledby=\"finding-{number}-head\">\n<header>\n\
         <p class=\"tags\"><span class=\"severity {severity}\">{severity}</span> \
         <span class=\"tag\">{}</span>{suppressed} <span class=\"id\">{}</span></p>\n\
         <h3 id=\"finding-{number}-head\">{}</h3>\n",
        finding.confidence,
        Text(&finding.check),
        Text(&finding.title),
    );
    html.push_str(&place(finding));
    html.push_str("</header>\n");
    if finding.gain_tenths > 0 {
        _ = writeln!(
            html,
            "<p class=\"gain\">Fix this, gain <b>{} points</b></p>",
            wording::tenths(finding.gain_tenths)
        );
    }
    if let Some(suppressed) = &finding.suppressed {
        let text = wording::suppressed(suppressed);
        _ = writeln!(html, "<p class=\"quiet\">Suppressed, {}</p>", Text(&text));
    }
    _ = writeln!(html, "<p class=\"claim\">{}</p>", Text(&finding.summary));
    html.push_str(&proof(finding));
    html.push_str(&prose("Why it matters", &finding.impact));
    html.push_str(&prose("How to mend it", &finding.remediation));
    finding.exchanges.iter().for_each(|exchange| html.push_str(&shown(exchange)));
    finding.hits.iter().for_each(|hit| html.push_str(&out_of_band(hit)));
    if !finding.curl.is_empty() {
        _ = writeln!(
            html,
            "<details><summary>Command that sends it again</summary>\n\
             <pre class=\"copy\"><code>{}</code></pre></details>",
            Text(&finding.curl)
        );
    }
    html.push_str(&references(finding));
    html.push_str("</article>\n");
    html
}

fn place(finding: &Finding) -> String {
    let mut parts = vec![match &finding.operation {
        Some(operation) => format!("<code>{}</code>", Text(&operation.0)),
        None => wording::place(finding).to_owned(),
    }];
    if let Some(parameter) = &finding.parameter {
        parts.push(format!("parameter <code>{}</code>", Text(parameter)));
    }
    if let Some((owner, reader)) = finding.identities {
        parts.push(format!("object of {owner}, reached by {reader}"));
    }
    if let Some(place) = &finding.described_at {
        parts.push(format!("{}, line {}", Text(&place.file), place.line));
    }
    format!("<p class=\"place\">{}</p>\n", parts.join(" · "))
}

fn proof(finding: &Finding) -> String {
    let mut html = String::new();
    if !finding.reasons.is_empty() {
        html.push_str("<h4>Proof</h4>\n<ol class=\"proof\">\n");
        for reason in &finding.reasons {
            _ = writeln!(html, "<li>{}</li>", Text(reason));
        }
        html.push_str("</ol>\n");
    }
    if finding.proven_times > 1 {
        let times = finding.proven_times;
        _ = writeln!(html, "<p class=\"quiet\">Proven {times} times, each from a fresh start.</p>");
    }
    html
}

fn prose(heading: &str, text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    format!("<h4>{heading}</h4>\n<p class=\"prose\">{}</p>\n", Text(text))
}

fn shown(exchange: &Exchange) -> String {
    let request = &exchange.request;
    let head = format!("{} {}\n", request.method, request.url);
    let body = request.body.as_deref().unwrap_or_default();
    let sent = message(&head, &request.headers, body);
    let altered = match &request.credential_note {
        Some(note) => format!(" (credential: {})", Text(note)),
        None => String::new(),
    };
    let (outcome, received) = match &exchange.outcome {
        Outcome::Answered(answer) => {
            let head = format!("{} {}\n", answer.protocol, answer.status);
            let mut text = message(&head, &answer.headers, &answer.body);
            if answer.truncated {
                text.push_str("\n<i>(the body was longer and was cut when it was received)</i>");
            }
            (format!("answered {}", answer.status), text)
        }
        Outcome::Failed(failure) => {
            let failure = failure.to_string();
            ("no answer".to_owned(), Text(&failure).to_string())
        }
    };
    format!(
        "<details><summary>Request as {}{altered}, {outcome}</summary>\n<div class=\"exchange\">\
         <div><p class=\"label\">Request</p><pre><code>{sent}</code></pre></div>\
         <div><p class=\"label\">Answer</p><pre><code>{received}</code></pre></div></div></details>\n",
        request.who
    )
}

/// A message as it travelled, as HTML.
fn message(head: &str, headers: &Headers, body: &str) -> String {
    let mut html = Text(head).to_string();
    for (name, value) in &headers.0 {
        _ = writeln!(html, "<b>{}</b>: {}", Text(name), Text(value));
    }
    let (shown, more) = beginning(body, BODY_CHARS_MAX);
    if !shown.is_empty() {
        _ = write!(html, "\n{}", Text(shown));
    }
    if more > 0 {
        _ = write!(html, "\n<i>({more} more characters)</i>");
    }
    html
}

fn out_of_band(hit: &Hit) -> String {
    format!(
        "<details><summary>Out-of-band hit by {} from {}</summary>\n<pre><code>{}</code></pre></details>\n",
        Text(&hit.protocol),
        Text(&hit.from),
        Text(&hit.request)
    )
}

/// What auditors and trackers look for.
fn references(finding: &Finding) -> String {
    let mut html = String::from("<ul class=\"references\" aria-label=\"References\">\n");
    _ = writeln!(html, "<li>{}</li>", finding.cwe);
    for risk in &finding.owasp {
        _ = writeln!(html, "<li>OWASP {risk}</li>");
    }
    for criterion in &finding.criteria {
        _ = writeln!(html, "<li>TSC {}</li>", Text(&criterion.0));
    }
    _ = writeln!(html, "<li>costs {} points</li>", wording::tenths(finding.points_tenths));
    _ = writeln!(html, "<li>fingerprint <code>{}</code></li>\n</ul>", Text(&finding.fingerprint));
    html
}
