//! The first screen: grade, ceilings, counts, what to mend first, categories.

use super::drawing;
use super::escape::Text;
use crate::wording;
use avouch_model::finding::Finding;
use avouch_model::report::Report;
use avouch_model::score::CategoryScore;
use avouch_model::severity::Severity;
use std::fmt::Write as _;

/// LIMIT: items of the list of what to mend first.
const GAINS_SHOWN: usize = 5;

/// The summary, what to mend first, and the categories.
pub(super) fn sections(report: &Report) -> String {
    format!(
        "<section id=\"summary\" class=\"summary\" aria-labelledby=\"summary-head\">\n\
         <h2 id=\"summary-head\" class=\"unseen\">Summary</h2>\n\
         <div class=\"card score\">\n{}{}</div>\n{}</section>\n<div class=\"pair\">\n{}{}</div>\n",
        drawing::ring(&report.score),
        verdict(report),
        counts(report),
        gains(report),
        categories(report),
    )
}

fn verdict(report: &Report) -> String {
    let score = &report.score;
    let mut html = String::from("<div class=\"verdict\">\n");
    match score.value {
        Some(value) => _ = writeln!(html, "<p class=\"says\">{value} of 100</p>"),
        None => html.push_str("<p class=\"says\">No score. That is a failure, not a pass.</p>\n"),
    }
    if let Some(because) = &score.absent_because {
        _ = writeln!(html, "<p>{}</p>", Text(because));
    }
    if let Some(because) = &score.grade_withheld_because {
        _ = writeln!(html, "<p><b>No grade:</b> {}.</p>", Text(because));
    }
    if let Some(suppressed) = wording::suppressed_count(report) {
        _ = writeln!(html, "<p>{suppressed}.</p>");
    }
    if let (Some(before), false) = (score.before_caps, score.caps.is_empty()) {
        _ = writeln!(
            html,
            "<p>The findings alone would leave {before}. What holds the score down:</p>"
        );
    }
    if !score.caps.is_empty() {
        html.push_str("<ul class=\"caps\">\n");
        for cap in &score.caps {
            _ = writeln!(html, "<li><b>at most {}</b> {}</li>", cap.at, Text(&cap.because));
        }
        html.push_str("</ul>\n");
    }
    html.push_str("</div>\n");
    html
}

/// Findings by severity, and what is not known beside them.
fn counts(report: &Report) -> String {
    // A nought where nothing was evaluated would read as good news.
    let known = report.coverage.per_cent().is_some();
    let figure = |count: usize| {
        if count > 0 || known { count.to_string() } else { "–".to_owned() }
    };
    let mut html = String::from("<ul class=\"counts\">\n");
    for severity in Severity::ALL {
        let count = report.findings.iter().filter(|finding| finding.severity == severity).count();
        let none = if count == 0 { " none" } else { "" };
        _ = writeln!(
            html,
            "<li class=\"{severity}{none}\"><b>{}</b> {severity}</li>",
            figure(count)
        );
    }
    let open = report.coverage.not_evaluable.len();
    let none = if open == 0 { " none" } else { "" };
    _ = writeln!(
        html,
        "<li class=\"open{none}\"><b>{}</b> not evaluable</li>\n</ul>",
        figure(open)
    );
    html
}

fn gains(report: &Report) -> String {
    let gains = wording::gains(report);
    if gains.is_empty() {
        return String::new();
    }
    let mut html = String::from(
        "<section class=\"card\" aria-labelledby=\"gains-head\">\n\
         <h2 id=\"gains-head\">Fix this, gain points</h2>\n<ol class=\"gains\">\n",
    );
    for finding in gains.iter().take(GAINS_SHOWN) {
        _ = writeln!(
            html,
            "<li><b>+{}</b> <a href=\"#finding-{}\">{}</a> <span class=\"id\">{}</span></li>",
            wording::tenths(finding.gain_tenths),
            number(report, finding),
            Text(&finding.title),
            Text(&finding.check),
        );
    }
    html.push_str("</ol>\n");
    if gains.len() > GAINS_SHOWN {
        _ = writeln!(html, "<p>and {} more below</p>", gains.len() - GAINS_SHOWN);
    }
    html.push_str("</section>\n");
    html
}

/// The place of a finding in the report, from 1.
fn number(report: &Report, finding: &Finding) -> usize {
    report.findings.iter().position(|other| std::ptr::eq(other, finding)).map_or(1, |at| at + 1)
}

fn categories(report: &Report) -> String {
    if report.score.categories.is_empty() {
        return String::new();
    }
    let mut html = String::from(
        "<section class=\"card\" aria-labelledby=\"categories-head\">\n\
         <h2 id=\"categories-head\">Categories</h2>\n<table class=\"categories\">\n\
         <caption class=\"unseen\">Score of each category</caption>\n<thead><tr>\
         <th scope=\"col\">Category</th><th scope=\"col\"><span class=\"unseen\">Bar</span></th>\
         <th scope=\"col\" class=\"number\">Score</th><th scope=\"col\" class=\"number\">Weight</th>\
         </tr></thead>\n<tbody>\n",
    );
    report.score.categories.iter().for_each(|category| html.push_str(&row(category, report)));
    html.push_str("</tbody>\n</table>\n</section>\n");
    html
}

fn row(category: &CategoryScore, report: &Report) -> String {
    // What makes no sense for this target is no gap.
    let mut families = report.coverage.families.iter();
    let applies = families.any(|row| row.family == category.family && row.applied() > 0);
    let absent = if applies { "not evaluable" } else { "does not apply" };
    let score = category.score.map_or(absent.to_owned(), |score| score.to_string());
    format!(
        "<tr><th scope=\"row\">{}</th><td class=\"bar-cell\">{}</td><td class=\"number\">{score}</td>\
         <td class=\"number\">{}</td></tr>\n",
        Text(&category.title),
        drawing::bar(category.score),
        category.weight,
    )
}
