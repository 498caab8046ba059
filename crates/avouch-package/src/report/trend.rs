//! How the score went: a line over the period with what happened on the way, and the runs as a table.

// Writing to a string does not fail: the results are left out.
use super::{Told, text};
use crate::time;
use std::fmt::Write as _;

const WIDTH: u64 = 640;
const HEIGHT: u64 = 170;
/// Room for the numbers on the left, and for days and marks below.
const LEFT: u64 = 34;
const BOTTOM: u64 = 132;
const TOP: u64 = 12;

/// LIMIT: runs that the table lists: the newest.
const RUNS_MAX: usize = 24;
/// LIMIT: runs and marks that are drawn: the newest.
const DRAWN_MAX: usize = 800;

/// The line and the table; nothing where no run was recorded.
pub(super) fn trend(told: &Told<'_>) -> String {
    let points = &told.judged.points;
    if points.is_empty() {
        return "<p class=\"gap\">No run of the controls was recorded in the period: how the score went is not known.</p>\n".to_owned();
    }
    let mut part = figure(told);
    part.push_str("<p class=\"dim\">A run judges what was recorded until then, and 90 days unless somebody asks for others; the score above judges the whole period, with what was recorded later.</p>\n");
    part.push_str("<table class=\"wide\"><thead><tr><th>Run of controls</th><th class=\"n\">Score</th><th class=\"n\">Tested</th><th class=\"n\">Entry</th></tr></thead><tbody>");
    for point in points.iter().skip(points.len().saturating_sub(RUNS_MAX)) {
        let _ = write!(
            part,
            "<tr><td class=\"when\">{}</td><td class=\"n\" data-is=\"Score\">{}</td><td class=\"n\" data-is=\"Tested\">{} of {}</td><td class=\"n\" data-is=\"Entry\">{}</td></tr>",
            time::minute(point.at_ms),
            point.score.value,
            point.score.tested,
            point.score.in_scope,
            point.index
        );
    }
    part.push_str("</tbody></table>\n");
    part
}

fn figure(told: &Told<'_>) -> String {
    let period = told.engagement.period;
    let span = period.to_ms.saturating_sub(period.from_ms).max(1);
    let across = |ms: u64| {
        let part = u128::from(ms.saturating_sub(period.from_ms).min(span))
            * u128::from(WIDTH - LEFT - 10)
            / u128::from(span);
        LEFT + u64::try_from(part).unwrap_or(0)
    };
    let up = |score: u64| BOTTOM - (BOTTOM - TOP) * score.min(100) / 100;
    let mut svg = format!(
        "<figure class=\"trend\"><svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"The score at each run of the controls; the table below says the same\">"
    );
    for score in [0, 50, 100] {
        let y = up(score);
        let _ = write!(
            svg,
            "<line x1=\"{LEFT}\" y1=\"{y}\" x2=\"{}\" y2=\"{y}\" class=\"grid-line\"/><text x=\"{}\" y=\"{}\" class=\"end\">{score}</text>",
            WIDTH - 10,
            LEFT - 6,
            y + 4
        );
    }
    let days = [(LEFT, "", period.from_ms), (WIDTH - 10, " class=\"end\"", period.to_ms - 1)];
    for (x, class, ms) in days {
        let _ = write!(svg, "<text x=\"{x}\" y=\"{}\"{class}>{}</text>", HEIGHT - 6, time::day(ms));
    }
    let incidents = told.seen.incidents.iter().filter(|case| case.is_declared);
    for case in incidents.take(DRAWN_MAX) {
        let declared = case.steps.iter().find(|step| step.event == "declared");
        let Some(x) = declared.map(|step| across(step.time_ms)) else { continue };
        let _ = write!(
            svg,
            "<line x1=\"{x}\" y1=\"{TOP}\" x2=\"{x}\" y2=\"{BOTTOM}\" class=\"incident\"><title>{}</title></line>",
            text(&case.id)
        );
    }
    let releases = told
        .seen
        .changes
        .iter()
        .filter(|change| change.event == "loaded" || change.event == "changed");
    for change in releases.take(DRAWN_MAX) {
        let (x, y) = (across(change.time_ms), BOTTOM + 4);
        let _ = write!(
            svg,
            "<path d=\"M{x} {y}l-4 8h8z\" class=\"release\"><title>{} {}</title></path>",
            text(&change.what),
            change.event
        );
    }
    let points = &told.judged.points;
    let drawn = points.iter().skip(points.len().saturating_sub(DRAWN_MAX));
    let places: Vec<(u64, u64)> =
        drawn.map(|point| (across(point.at_ms), up(point.score.value))).collect();
    let line: Vec<String> = places.iter().map(|(x, y)| format!("{x},{y}")).collect();
    let _ = write!(svg, "<polyline points=\"{}\" class=\"run\"/>", line.join(" "));
    for (x, y) in places {
        let _ = write!(svg, "<circle cx=\"{x}\" cy=\"{y}\" r=\"3\" class=\"dot\"/>");
    }
    svg.push_str("</svg><figcaption>Score of each run, 0 to 100. Dashed: an incident was declared. Triangles: a configuration was loaded or changed.</figcaption></figure>\n");
    svg
}
