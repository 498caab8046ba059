//! What was looked at, and what could not be.

use super::drawing;
use super::escape::Text;
use crate::wording;
use avouch_model::report::{FamilyCoverage, NotEvaluable, Report};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// LIMIT: subjects of one reason that are shown unfolded.
const UNFOLDED_MAX: usize = 12;

/// The gaps first, then the table.
pub(super) fn section(report: &Report) -> String {
    let mut html = String::from(
        "<section id=\"coverage\" aria-labelledby=\"coverage-head\">\n\
         <h2 id=\"coverage-head\">Coverage</h2>\n",
    );
    html.push_str(&gaps(report));
    html.push_str(&families(report));
    html.push_str("</section>\n");
    html
}

fn gaps(report: &Report) -> String {
    let open = &report.coverage.not_evaluable;
    if open.is_empty() {
        let text = match report.coverage.per_cent() {
            Some(_) => "Every question that applied was answered.",
            None => "Nothing was evaluated.",
        };
        return format!("<p class=\"card\">{text}</p>\n");
    }
    let mut reasons: BTreeMap<&str, Vec<&NotEvaluable>> = BTreeMap::new();
    for subject in open {
        reasons.entry(&subject.because).or_default().push(subject);
    }
    let mut reasons: Vec<_> = reasons.into_iter().collect();
    reasons.sort_by_key(|(_, subjects)| std::cmp::Reverse(subjects.len()));
    let mut html = format!(
        "<div class=\"card gaps\">\n<h3>{} could not be evaluated</h3>\n\
         <p>Neither good nor bad news: these are not known. What stood in the way:</p>\n",
        wording::count(u64::try_from(open.len()).unwrap_or(u64::MAX), "question")
    );
    for (because, subjects) in reasons {
        html.push_str(&reason(because, &subjects));
    }
    html.push_str("</div>\n");
    html
}

fn reason(because: &str, subjects: &[&NotEvaluable]) -> String {
    let open = if subjects.len() > UNFOLDED_MAX { "" } else { " open" };
    let mut html = format!(
        "<details{open}><summary><b>{}×</b> {}</summary>\n<ul>\n",
        subjects.len(),
        Text(because)
    );
    for subject in subjects {
        let place = match &subject.operation {
            Some(operation) => format!("<code>{}</code>", Text(&operation.0)),
            None => "the target as a whole".to_owned(),
        };
        _ = writeln!(html, "<li><span class=\"id\">{}</span> {place}</li>", Text(&subject.check));
    }
    html.push_str("</ul></details>\n");
    html
}

fn families(report: &Report) -> String {
    if report.coverage.families.is_empty() {
        return String::new();
    }
    let evaluated = match report.coverage.per_cent() {
        Some(per_cent) => format!("{per_cent} % of what applied was evaluated"),
        None => "Nothing applied".to_owned(),
    };
    let mut html = format!(
        "<div class=\"card scroll\"><table>\n<caption>{evaluated}</caption>\n<thead><tr>\
         <th scope=\"col\">Family</th><th scope=\"col\"><span class=\"unseen\">Bar</span></th>\
         <th scope=\"col\" class=\"number\">Passed</th><th scope=\"col\" class=\"number\">Found</th>\
         <th scope=\"col\" class=\"number\">Not evaluable</th>\
         <th scope=\"col\" class=\"number\">Not applicable</th></tr></thead>\n<tbody>\n"
    );
    report.coverage.families.iter().for_each(|family| html.push_str(&row(family)));
    html.push_str("</tbody>\n</table></div>\n");
    html
}

fn row(family: &FamilyCoverage) -> String {
    let marked = |count: u32, class: &str| {
        let class = if count > 0 { class } else { "zero" };
        format!("<td class=\"number {class}\">{count}</td>")
    };
    format!(
        "<tr><th scope=\"row\">{}</th><td class=\"bar-cell\">{}</td>{}{}{}{}</tr>\n",
        Text(&family.title),
        drawing::parts(family),
        marked(family.passed, ""),
        marked(family.failed, "found"),
        marked(family.not_evaluable, "open"),
        marked(family.not_applicable, ""),
    )
}
