//! Text from others, made harmless and fitted to a width.
//!
//! In scope: characters that act instead of being seen, wrapping, shortening. Out of scope: what a
//! format itself must escape.

use std::borrow::Cow;
use std::fmt::Write as _;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Whether a character acts instead of being seen: controls (ECMA-48), direction (UAX #9), invisible
/// and deprecated format characters. They can rewrite a terminal or make one text look like another.
pub(crate) fn acts(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{feff}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}')
}

/// The text with acting characters shown by their number, as in `\u{1b}`. New lines are kept, tabs
/// become spaces.
pub(crate) fn visible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(|c| c != '\n' && acts(c)) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\n' => shown.push('\n'),
            '\r' if rest.peek() == Some(&'\n') => (),
            '\t' => shown.push_str("    "),
            c if acts(c) => _ = write!(shown, "\\u{{{:x}}}", u32::from(c)),
            c => shown.push(c),
        }
    }
    Cow::Owned(shown)
}

/// The visible text on one line: each run of white space is one space.
pub(crate) fn one_line(text: &str) -> String {
    visible(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Columns a text takes on a terminal.
pub(crate) fn columns(text: &str) -> usize {
    UnicodeWidthStr::width(text)
}

/// The text on one line and in at most so many columns, with `…` where it was cut.
pub(crate) fn shortened(text: &str, width: usize) -> String {
    cut(&one_line(text), width)
}

/// A line of our own layout in at most so many columns, with `…` where it was cut.
pub(crate) fn cut(line: &str, width: usize) -> String {
    if columns(line) <= width {
        return line.to_owned();
    }
    let (kept, _) = split_at_column(line, width.saturating_sub(1));
    format!("{}…", kept.trim_end())
}

/// The text filled up with spaces to so many columns.
pub(crate) fn padded(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(columns(text))))
}

/// The visible text in lines of at most so many columns, broken at spaces where there are any.
/// Lines of the text stay lines and keep their indentation.
pub(crate) fn wrapped(text: &str, width: usize) -> Vec<String> {
    // LIMIT: 8 columns, the narrowest line that is still worth breaking.
    let width = width.max(8);
    visible(text).lines().flat_map(|line| wrapped_line(line, width)).collect()
}

fn wrapped_line(line: &str, width: usize) -> Vec<String> {
    let indent_columns = line.chars().take_while(|c| *c == ' ').count().min(width / 2);
    let indent = " ".repeat(indent_columns);
    let mut lines = Vec::new();
    let mut current = indent.clone();
    let mut empty = true;
    for word in line.split_whitespace() {
        let mut word = word;
        let gap = usize::from(!empty);
        if !empty && columns(&current) + gap + columns(word) > width {
            lines.push(std::mem::replace(&mut current, indent.clone()));
            empty = true;
        }
        while empty && indent_columns + columns(word) > width {
            let (head, tail) = split_at_column(word, width - indent_columns);
            lines.push(format!("{indent}{head}"));
            word = tail;
        }
        if !empty {
            current.push(' ');
        }
        current.push_str(word);
        empty = false;
    }
    lines.push(current.trim_end().to_owned());
    lines
}

/// Splits where the next character would pass the column; the head is never empty unless the text
/// is, so that whoever loops comes to an end.
fn split_at_column(text: &str, width: usize) -> (&str, &str) {
    let mut used = 0;
    for (at, c) in text.char_indices() {
        used += c.width().unwrap_or(0);
        if used > width && at > 0 {
            return text.split_at(at);
        }
    }
    (text, "")
}

/// At most so many characters of the text, and how many more there were.
pub(crate) fn beginning(text: &str, chars_max: usize) -> (&str, usize) {
    match text.char_indices().nth(chars_max) {
        Some((at, _)) => {
            let (head, tail) = text.split_at(at);
            (head, tail.chars().count())
        }
        None => (text, 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn characters_that_act_are_shown_by_their_number() {
        assert_eq!(visible("a\u{1b}[2Jb\r\nc\rd\te"), "a\\u{1b}[2Jb\nc\\u{d}d    e");
        assert_eq!(visible("\u{202e}gpj.exe\u{9b}"), "\\u{202e}gpj.exe\\u{9b}");
        assert_eq!(visible("zażółć 漢字 ‹email:1›"), "zażółć 漢字 ‹email:1›");
    }

    #[test]
    fn wide_characters_count_twice() {
        assert_eq!(shortened("漢字漢字", 5), "漢字…");
        assert_eq!(padded("漢", 4), "漢  ");
    }

    #[test]
    fn long_words_are_broken_and_indentation_is_kept() {
        assert_eq!(wrapped("  one two three\n\nfour", 9), ["  one two", "  three", "", "four"]);
        assert_eq!(wrapped("abcdefghijklmnopqrst", 8), ["abcdefgh", "ijklmnop", "qrst"]);
    }

    proptest! {
        #[test]
        fn no_line_is_wider_than_asked(text in any::<String>(), width in 8usize..60) {
            for line in wrapped(&text, width) {
                prop_assert!(columns(&line) <= width, "{line:?}");
                prop_assert!(!line.chars().any(acts));
            }
        }

        #[test]
        fn wrapping_loses_nothing_but_white_space(text in "[a-z ]{0,80}", width in 8usize..40) {
            let bare = |text: &str| text.split_whitespace().collect::<String>();
            prop_assert_eq!(bare(&wrapped(&text, width).join(" ")), bare(&text));
        }
    }
}
