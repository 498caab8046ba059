//! A check's page on a terminal.
//!
//! In scope: the Markdown our pages use, kept readable as plain text. Out of scope: Markdown in
//! general; what is not known stays as it is written.

use crate::format::Options;
use crate::text;
use avouch_model::report::CheckFacts;
use owo_colors::OwoColorize as _;

/// The page of a check, after a line of what the check is.
pub fn page(check: &CheckFacts, options: &Options) -> String {
    let mut lines = facts(check, options);
    let mut in_code = false;
    let mut paragraph = Paragraph::default();
    for line in check.page.lines() {
        if let Some(language) = line.trim_start().strip_prefix("```") {
            paragraph.end(options, &mut lines);
            in_code = !in_code;
            if in_code && !language.is_empty() {
                lines.push(dim(&format!("    [{}]", text::one_line(language)), options));
            }
        } else if in_code {
            lines.push(format!("    {}", text::visible(line)));
        } else {
            paragraph.take(line, options, &mut lines);
        }
    }
    paragraph.end(options, &mut lines);
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    lines.join("\n") + "\n"
}

fn facts(check: &CheckFacts, options: &Options) -> Vec<String> {
    let list = |items: Vec<String>| items.join(", ");
    let owasp = list(check.owasp.iter().map(ToString::to_string).collect());
    let criteria = list(check.criteria.iter().map(ToString::to_string).collect());
    let rows = [
        ("severity", format!("at most {}, {}", check.severity, check.confidence)),
        ("weakness", check.cwe.to_string()),
        ("OWASP", owasp),
        ("evidence for", criteria),
    ];
    let mut lines = vec![bold(&format!("{}  {}", check.id, check.name), options)];
    for (label, value) in rows.iter().filter(|(_, value)| !value.is_empty()) {
        let room = options.width.saturating_sub(15);
        lines.push(format!("  {} {}", text::padded(label, 12), text::shortened(value, room)));
    }
    lines.push(String::new());
    lines
}

/// Lines of prose or of one list item that are waiting to be wrapped together.
#[derive(Default)]
struct Paragraph {
    text: String,
    /// What stands before its first line: empty, or a bullet.
    lead: String,
}

impl Paragraph {
    fn take(&mut self, line: &str, options: &Options, lines: &mut Vec<String>) {
        let trimmed = line.trim();
        if trimmed.is_empty() {
            self.end(options, lines);
            if lines.last().is_some_and(|last| !last.is_empty()) {
                lines.push(String::new());
            }
        } else if let Some(heading) = heading(trimmed) {
            self.end(options, lines);
            lines.push(bold(&text::one_line(&plain(heading)), options));
        } else if trimmed.starts_with('|') {
            self.end(options, lines);
            if !trimmed.chars().all(|c| "|-: ".contains(c)) {
                lines.push(text::shortened(trimmed, options.width));
            }
        } else if let Some((lead, item)) = item(line) {
            self.end(options, lines);
            self.lead = lead;
            item.clone_into(&mut self.text);
        } else {
            self.text.push(' ');
            self.text.push_str(trimmed);
        }
    }

    fn end(&mut self, options: &Options, lines: &mut Vec<String>) {
        let indent = text::columns(&self.lead);
        let prose = text::one_line(&plain(&self.text));
        if !prose.is_empty() {
            let room = options.width.saturating_sub(indent);
            for (number, line) in text::wrapped(&prose, room).into_iter().enumerate() {
                let before = if number == 0 { self.lead.clone() } else { " ".repeat(indent) };
                lines.push(format!("{before}{line}"));
            }
        }
        *self = Self::default();
    }
}

fn heading(line: &str) -> Option<&str> {
    let text = line.trim_start_matches('#');
    (text.len() < line.len() && text.starts_with(' ')).then(|| text.trim())
}

/// A list item's bullet with its indentation, and its text.
fn item(line: &str) -> Option<(String, &str)> {
    let text = line.trim_start();
    let depth = line.len() - text.len();
    let (mark, rest) = text.split_once(' ')?;
    let number = mark.strip_suffix('.').is_some_and(|n| n.parse::<u8>().is_ok());
    let shown = match mark {
        "-" | "*" | "+" => "•",
        mark if number => mark,
        _ => return None,
    };
    // LIMIT: 8 columns of indentation: deeper lists are drawn at that depth.
    Some((format!("{}{shown} ", " ".repeat(depth.min(8) + 2)), rest))
}

/// The text without marks of emphasis. Code keeps its backticks: they tell it from prose.
fn plain(text: &str) -> String {
    let mut parts = text.split('`');
    let mut shown = parts.next().unwrap_or_default().replace("**", "");
    for (number, part) in parts.enumerate() {
        shown.push('`');
        if number % 2 == 0 { shown.push_str(part) } else { shown.push_str(&part.replace("**", "")) }
    }
    shown
}

fn bold(line: &str, options: &Options) -> String {
    if options.colour { line.bold().to_string() } else { line.to_owned() }
}

fn dim(line: &str, options: &Options) -> String {
    if options.colour { line.dimmed().to_string() } else { line.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;
    use proptest::prelude::*;

    #[test]
    fn a_page_is_readable_without_a_browser() {
        let mut check = samples::full().checks.swap_remove(0);
        check.page.push_str("\n1. First **ask**, then\n   answer what was asked, wrapped as it should be\n2. Second\n\n| a | b |\n|---|---|\n| 1 | 2 |\n");
        insta::assert_snapshot!(page(&check, &Options { width: 44, ..Options::default() }), @r"
        BOLA-01  other-users-object-readable
          severity     at most critical, confirmed
          weakness     CWE-639
          OWASP        API1:2023, LLM07:2025
          evidence for CC6.1, CC6.3

        Another user's object can be read

        Anyone who is signed in can do this.

        How to mend it

          • Ask *whose* it is.
          • Test it with `two` accounts.

            [sql]
            SELECT * FROM orders WHERE id = $1 AND owner = $2

          1. First ask, then answer what was asked,
             wrapped as it should be
          2. Second

        | a | b |
        | 1 | 2 |
        ");
    }

    proptest! {
        #[test]
        fn no_page_reaches_the_terminal_raw(markdown in any::<String>()) {
            let mut check = samples::full().checks.swap_remove(0);
            check.page = markdown;
            let shown = page(&check, &Options::default());
            prop_assert!(!shown.chars().any(|c| c != '\n' && text::acts(c)));
        }
    }
}
