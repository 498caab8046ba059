//! One file for people who were not there: self-contained, printable, without a script.
//!
//! What came from the target passes through `escape::Text`; names of classes and anchors are our
//! own words and numbers.

mod appendix;
mod coverage;
mod drawing;
mod escape;
mod finding;
mod summary;

use crate::format::{Format, Options, WriteError};
use crate::wording;
use avouch_model::report::{Ending, Report};
use escape::Text;
use std::fmt::Write as _;

/// A self-contained page.
pub const FORMAT: Format = Format {
    name: "html",
    media_type: "text/html; charset=utf-8",
    extension: "html",
    title: "one self-contained page to show, mail and print",
    page: include_str!("html.md"),
    write,
};

/// Nothing is loaded, run, framed or sent; only the style in the page itself applies.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";
const STYLE: &str = include_str!("html/style.css");

#[expect(clippy::unnecessary_wraps, reason = "every format has this signature; some can fail")]
fn write(report: &Report, _: &Options) -> Result<String, WriteError> {
    Ok(document(report))
}

fn document(report: &Report) -> String {
    let mut html =
        String::from("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    _ = writeln!(html, "<meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">");
    html.push_str("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    html.push_str("<meta name=\"referrer\" content=\"no-referrer\">\n");
    html.push_str("<meta name=\"color-scheme\" content=\"light dark\">\n");
    _ = writeln!(html, "<title>{} – Avouch report</title>", Text(&report.target));
    _ = writeln!(html, "<style>\n{STYLE}</style>\n</head>\n<body>");
    html.push_str("<a class=\"skip\" href=\"#summary\">Skip to the summary</a>\n");
    html.push_str(drawing::DEFINITIONS);
    html.push_str(&header(report));
    html.push_str("<main>\n");
    html.push_str(&ending(report));
    html.push_str(&summary::sections(report));
    html.push_str(&finding::section(report));
    html.push_str(&coverage::section(report));
    html.push_str(&appendix::sections(report));
    html.push_str("</main>\n");
    html.push_str(&footer(report));
    html.push_str("</body>\n</html>\n");
    html
}

fn header(report: &Report) -> String {
    let findings = report.findings.len();
    let open = match (report.coverage.per_cent(), report.coverage.not_evaluable.len()) {
        (None, _) => "nothing evaluated".to_owned(),
        (Some(_), open) => format!("{open} not evaluable"),
    };
    format!(
        "<header class=\"top\">\n<p class=\"brand\">Avouch <span>API security scan</span></p>\n\
         <h1>{}</h1>\n\
         <p class=\"when\"><time datetime=\"{}\">{}</time> · {} in {} · scan {}</p>\n\
         <nav aria-label=\"Sections\"><a href=\"#summary\">Summary</a> \
         <a href=\"#findings\">Findings ({findings})</a> \
         <a href=\"#coverage\">Coverage ({open})</a> \
         <a href=\"#scan\">The scan</a></nav>\n</header>\n",
        Text(&report.target),
        report.started_at,
        report.started_at.strftime("%-d %B %Y, %H:%M UTC"),
        wording::count(report.traffic.requests, "request"),
        wording::duration(report.took_ms),
        Text(&report.scan_id),
    )
}

/// How it ended, loud when it did not end as planned.
fn ending(report: &Report) -> String {
    if report.ending == Ending::Complete {
        return String::new();
    }
    let (ending, detail) = wording::ending(&report.ending);
    let detail = detail.map(|detail| format!("<p>{}</p>\n", Text(detail))).unwrap_or_default();
    format!(
        "<section class=\"banner\" aria-label=\"How the scan ended\">\n\
         <p class=\"banner-head\">The scan is not complete: {}</p>\n{detail}\
         <p>What was not asked is not known. Read this report as far as it goes.</p>\n</section>\n",
        Text(ending)
    )
}

fn footer(report: &Report) -> String {
    format!(
        "<footer>\n<p>Avouch {}. Findings are evidence about the named Trust Services Criteria, not a \
         statement of compliance. What could not be evaluated is evidence of nothing. Sensitive values \
         are shown as <code>‹class:digest›</code>; equal digests are equal values.</p>\n</footer>\n",
        Text(&report.version)
    )
}

#[cfg(test)]
mod tests;
