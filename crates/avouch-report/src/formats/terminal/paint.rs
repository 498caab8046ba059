//! Colour, and the drawings that go with it.

use crate::format::Options;
use avouch_model::score::Grade;
use avouch_model::severity::Severity;
use owo_colors::OwoColorize as _;

/// What a colour says. Never the only place where it is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    Plain,
    Strong,
    Faint,
    Good,
    Warn,
    Bad,
    Alarm,
}

/// The text in that tone, if colour is wanted.
pub(super) fn paint(text: &str, tone: Tone, options: &Options) -> String {
    if !options.colour || text.is_empty() {
        return text.to_owned();
    }
    match tone {
        Tone::Plain => text.to_owned(),
        Tone::Strong => text.bold().to_string(),
        Tone::Faint => text.dimmed().to_string(),
        Tone::Good => text.green().to_string(),
        Tone::Warn => text.yellow().to_string(),
        Tone::Bad => text.red().to_string(),
        Tone::Alarm => text.red().bold().to_string(),
    }
}

/// The tone of a severity.
pub(super) fn of_severity(severity: Severity) -> Tone {
    match severity {
        Severity::Critical => Tone::Alarm,
        Severity::High => Tone::Bad,
        Severity::Medium => Tone::Warn,
        Severity::Low => Tone::Plain,
        Severity::Info => Tone::Faint,
    }
}

/// The tone of a grade; none at all is as bad as the worst.
pub(super) fn of_grade(grade: Option<Grade>) -> Tone {
    match grade {
        Some(Grade::A | Grade::B) => Tone::Good,
        Some(Grade::C) => Tone::Warn,
        Some(Grade::D) => Tone::Bad,
        Some(Grade::F) | None => Tone::Alarm,
    }
}

/// A bar of so many columns, filled to that per cent. Full and empty are kept for 100 and 0.
pub(super) fn bar(per_cent: u8, width: usize) -> String {
    let per_cent = usize::from(per_cent.min(100));
    let filled = match per_cent {
        0 => 0,
        100 => width,
        _ => (per_cent * width / 100).clamp(1, width.saturating_sub(1)),
    };
    format!("{}{}", "█".repeat(filled), "░".repeat(width - filled))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_full_only_at_a_hundred() {
        assert_eq!(bar(99, 10), "█████████░");
        assert_eq!(bar(1, 10), "█░░░░░░░░░");
        assert_eq!([bar(0, 2), bar(100, 2)], ["░░", "██"]);
    }

    #[test]
    fn colour_is_used_only_when_it_is_asked_for() {
        let painted = paint("x", Tone::Bad, &Options { colour: true, ..Options::default() });
        assert!(painted.contains('\u{1b}'));
        assert_eq!(paint("x", Tone::Bad, &Options::default()), "x");
    }
}
