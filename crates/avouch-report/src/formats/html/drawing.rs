//! Drawings: inline SVG of numbers, each with its words for those who do not see it.

use avouch_model::report::FamilyCoverage;
use avouch_model::score::{Grade, Score};
use std::fmt::Write as _;

/// The hatching that means "not known", shared by all drawings of the page.
pub(super) const DEFINITIONS: &str = "<svg class=\"definitions\" aria-hidden=\"true\" focusable=\"false\">\
    <defs><pattern id=\"hatch\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" \
    patternTransform=\"rotate(45)\"><rect class=\"hatch-ground\" width=\"6\" height=\"6\"/>\
    <rect class=\"hatch-line\" width=\"3\" height=\"6\"/></pattern></defs></svg>\n";

/// Radius of the ring, in units of its drawing.
const RADIUS: f64 = 52.0;

/// The score as a ring with the grade in it; what the caps took away is a faint arc.
pub(super) fn ring(score: &Score) -> String {
    let letter = score.grade.map_or("–".to_owned(), |grade| grade.to_string());
    let words = match score.value {
        Some(value) if score.grade.is_none() => format!("No grade, {value} of 100"),
        Some(value) => format!("Grade {letter}, {value} of 100"),
        None => "No score".to_owned(),
    };
    let below = score.value.map_or("no score".to_owned(), |value| format!("{value} / 100"));
    let tone = tone_of_grade(score.grade);
    let mut svg = format!(
        "<svg class=\"ring {tone}\" viewBox=\"0 0 128 128\" role=\"img\" aria-label=\"{words}\">\
         <circle class=\"track\" cx=\"64\" cy=\"64\" r=\"{RADIUS}\"/>"
    );
    if let Some(before) = score.before_caps {
        svg.push_str(&arc("lost", before));
    }
    if let Some(value) = score.value {
        svg.push_str(&arc("held", value));
    }
    _ = writeln!(
        svg,
        "<text class=\"letter\" x=\"64\" y=\"74\">{letter}</text>\
         <text class=\"figure\" x=\"64\" y=\"94\">{below}</text></svg>"
    );
    svg
}

fn arc(class: &str, per_cent: u8) -> String {
    let around = std::f64::consts::TAU * RADIUS;
    let length = around * f64::from(per_cent.min(100)) / 100.0;
    format!(
        "<circle class=\"{class}\" cx=\"64\" cy=\"64\" r=\"{RADIUS}\" \
         stroke-dasharray=\"{length:.1} {around:.1}\" transform=\"rotate(-90 64 64)\"/>"
    )
}

/// A bar of 0 to 100. The number stands beside it, so it is hidden from those who listen.
pub(super) fn bar(score: Option<u8>) -> String {
    let inner = match score {
        Some(score) => {
            let tone = tone_of_grade(Some(Grade::of(score)));
            format!("<rect class=\"fill {tone}\" width=\"{}\" height=\"8\"/>", score.min(100))
        }
        None => "<rect class=\"unknown\" width=\"100\" height=\"8\"/>".to_owned(),
    };
    format!(
        "<svg class=\"bar\" viewBox=\"0 0 100 8\" preserveAspectRatio=\"none\" aria-hidden=\"true\">\
         <rect class=\"track\" width=\"100\" height=\"8\"/>{inner}</svg>"
    )
}

/// Passed, found and not evaluable as parts of one bar.
pub(super) fn parts(family: &FamilyCoverage) -> String {
    let whole = f64::from(family.applied());
    let mut svg = "<svg class=\"bar\" viewBox=\"0 0 100 8\" preserveAspectRatio=\"none\" \
        aria-hidden=\"true\"><rect class=\"track\" width=\"100\" height=\"8\"/>"
        .to_owned();
    let mut from = 0.0;
    for (class, count) in [
        ("fill good", family.passed),
        ("fill bad", family.failed),
        ("unknown", family.not_evaluable),
    ] {
        if count > 0 {
            let width = f64::from(count) * 100.0 / whole;
            _ = write!(
                svg,
                "<rect class=\"{class}\" x=\"{from:.2}\" width=\"{width:.2}\" height=\"8\"/>"
            );
            from += width;
        }
    }
    svg.push_str("</svg>");
    svg
}

/// The class that colours a grade; none at all is as bad as the worst.
pub(super) fn tone_of_grade(grade: Option<Grade>) -> &'static str {
    match grade {
        Some(Grade::A | Grade::B) => "good",
        Some(Grade::C) => "fair",
        Some(Grade::D) => "poor",
        Some(Grade::F) | None => "bad",
    }
}
