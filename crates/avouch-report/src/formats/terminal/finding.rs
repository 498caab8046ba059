//! Findings: a row each, or whole.

use super::paint::{Tone, of_severity, paint};
use crate::format::Options;
use crate::text::{beginning, columns, one_line, padded, shortened, visible, wrapped};
use crate::wording;
use avouch_model::exchange::{Exchange, Headers, Outcome};
use avouch_model::finding::Finding;
use avouch_model::report::Report;
use avouch_model::severity::Confidence;

/// LIMIT: characters of a body that are shown.
const BODY_CHARS_MAX: usize = 2_000;
/// LIMIT: columns of a check's id and of an operation in a row.
const CHECK_COLUMNS_MAX: usize = 12;
const PLACE_COLUMNS_MAX: usize = 34;
/// Columns of the longest severity, `critical`.
const SEVERITY_COLUMNS: usize = 8;

/// Columns of a row's parts.
pub(super) struct Widths {
    pub(super) check: usize,
    place: usize,
}

/// Columns that fit all findings, within limits.
pub(super) fn widths(report: &Report, options: &Options) -> Widths {
    let widest = |part: fn(&Finding) -> &str, max: usize| {
        report.findings.iter().map(|f| columns(&one_line(part(f)))).max().unwrap_or(0).min(max)
    };
    let check = widest(|finding| &finding.check, CHECK_COLUMNS_MAX);
    let place = widest(wording::place, PLACE_COLUMNS_MAX.min(options.width * 2 / 5));
    Widths { check, place }
}

/// One line: how bad, which check, where, what.
pub(super) fn row(finding: &Finding, widths: &Widths, options: &Options) -> String {
    let severity = padded(finding.severity.name(), SEVERITY_COLUMNS);
    let check = padded(&shortened(&finding.check, widths.check), widths.check);
    let place = padded(&shortened(wording::place(finding), widths.place), widths.place);
    let used = 2 + SEVERITY_COLUMNS + 2 + widths.check + 2 + widths.place + 2;
    // An indicator is no claim, and must not look like one.
    let unsure = if finding.confidence == Confidence::Tentative { "tentative: " } else { "" };
    let accepted = if finding.suppressed.is_some() { "suppressed: " } else { "" };
    let title = format!("{accepted}{unsure}{}", finding.title);
    let title = shortened(&title, options.width.saturating_sub(used));
    let severity = paint(&severity, of_severity(finding.severity), options);
    format!("  {severity}  {check}  {place}  {title}")
}

/// All of a finding.
pub(super) fn whole(finding: &Finding, options: &Options) -> Vec<String> {
    let severity = finding.severity.name().to_uppercase();
    let title = format!("{}  {}", finding.check, finding.title);
    let room = options.width.saturating_sub(columns(&severity) + 2);
    let mut lines = vec![format!(
        "{}  {}",
        paint(&severity, of_severity(finding.severity), options),
        paint(&shortened(&title, room), Tone::Strong, options)
    )];
    lines.extend(facts(finding, options));
    if let Some(suppressed) = &finding.suppressed {
        lines.extend(section("Suppressed", &wording::suppressed(suppressed), options));
    }
    lines.extend(section("", &finding.summary, options));
    if !finding.reasons.is_empty() {
        lines.push("  Proof".to_owned());
    }
    for (number, reason) in finding.reasons.iter().enumerate() {
        lines.extend(hanging(&format!("    {}. ", number + 1), reason, options));
    }
    lines.extend(section("Why it matters", &finding.impact, options));
    lines.extend(section("Remedy", &finding.remediation, options));
    lines.extend(finding.exchanges.iter().flat_map(|exchange| shown(exchange, options)));
    for hit in &finding.hits {
        let text = format!("{} from {}: {}", hit.protocol, hit.from, hit.request);
        lines.extend(section("Out-of-band hit", &text, options));
    }
    if !finding.curl.is_empty() {
        lines.push("  Send it again".to_owned());
        // Not indented: what is copied must be the command, byte for byte.
        lines.extend(visible(&finding.curl).lines().map(str::to_owned));
    }
    lines.push(String::new());
    lines
}

fn facts(finding: &Finding, options: &Options) -> Vec<String> {
    let names = |names: Vec<String>| names.join(", ");
    let mut parts = vec![wording::place(finding).to_owned()];
    parts.extend(finding.parameter.iter().map(|parameter| format!("parameter {parameter}")));
    parts.extend(
        finding.identities.map(|(owner, reader)| format!("object of {owner}, reached by {reader}")),
    );
    parts.push(format!(
        "{}, proven {}",
        finding.confidence,
        wording::count(finding.proven_times, "time")
    ));
    let mut lines = wrapped_at(2, &parts.join(" · "), options);
    let mut references = vec![finding.cwe.to_string()];
    references.push(names(finding.owasp.iter().map(ToString::to_string).collect()));
    references.push(names(finding.criteria.iter().map(ToString::to_string).collect()));
    references.push(format!(
        "costs {}, mending gains {}",
        wording::tenths(finding.points_tenths),
        wording::tenths(finding.gain_tenths)
    ));
    references.push(format!("fingerprint {}", finding.fingerprint));
    references.retain(|reference| !reference.is_empty());
    lines.extend(wrapped_at(2, &references.join(" · "), options));
    if let Some(place) = &finding.described_at {
        lines.extend(wrapped_at(2, &format!("{}:{}", place.file, place.line), options));
    }
    lines
}

fn section(heading: &str, text: &str, options: &Options) -> Vec<String> {
    let mut lines = Vec::new();
    if text.is_empty() {
        return lines;
    }
    if heading.is_empty() {
        lines.push(String::new());
        lines.extend(wrapped_at(2, text, options));
    } else {
        lines.push(format!("  {heading}"));
        lines.extend(wrapped_at(4, text, options));
    }
    lines
}

fn wrapped_at(indent: usize, text: &str, options: &Options) -> Vec<String> {
    let lines = wrapped(text, options.width.saturating_sub(indent)).into_iter();
    lines.map(|line| format!("{}{line}", " ".repeat(indent))).collect()
}

fn hanging(lead: &str, text: &str, options: &Options) -> Vec<String> {
    let indent = columns(lead);
    let mut lines = wrapped_at(indent, &one_line(text), options);
    if let Some(first) = lines.first_mut() {
        *first = format!("{lead}{}", first.trim_start());
    }
    lines
}

/// A request and its answer, as they travelled.
fn shown(exchange: &Exchange, options: &Options) -> Vec<String> {
    let request = &exchange.request;
    let mut text = format!("{} {}\n", request.method, request.url);
    text.push_str(&headers(&request.headers));
    text.push_str(&request.body.as_deref().map(body).unwrap_or_default());
    let sender = format!("Request, sent as {}", request.who);
    let mut lines = section(&sender, text.trim_end(), options);
    let answer = match &exchange.outcome {
        Outcome::Answered(answer) => {
            let cut = if answer.truncated { "\n(the body was longer and was cut)" } else { "" };
            let head = format!("{} {}\n", answer.protocol, answer.status);
            format!("{head}{}{}{cut}", headers(&answer.headers), body(&answer.body))
        }
        Outcome::Failed(failure) => format!("none: {failure}"),
    };
    lines.extend(section("Answer", answer.trim_end(), options));
    lines
}

fn headers(headers: &Headers) -> String {
    let line =
        |(name, value): &(String, String)| format!("{}: {}\n", one_line(name), one_line(value));
    headers.0.iter().map(line).collect()
}

fn body(body: &str) -> String {
    let (shown, more) = beginning(body, BODY_CHARS_MAX);
    let rest = if more > 0 { format!("\n({more} more characters)") } else { String::new() };
    if shown.is_empty() { String::new() } else { format!("\n{shown}{rest}") }
}
