//! Text that becomes part of Markdown.

use crate::text::{one_line, visible};
use std::fmt;

/// A text on one line as Markdown shows it, in a paragraph, a list or a cell. Everything that is not
/// written in this crate passes through here or through [`fenced`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Text<'a>(pub(crate) &'a str);

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = one_line(self.0);
        let mut before = ' ';
        for (at, c) in line.char_indices() {
            match c {
                // A number and a dot, a dash or a plus at the beginning would be a list.
                '-' | '+' | '=' if at == 0 => write!(f, "&#{};", u32::from(c))?,
                '.' | ')' if before.is_ascii_digit() && is_number(&line, at) => {
                    write!(f, "&#{};", u32::from(c))?;
                }
                '&' | '<' | '>' | '`' | '*' | '_' | '[' | ']' | '|' | '!' | '~' | '\\' | '$'
                | '^' => {
                    write!(f, "&#{};", u32::from(c))?;
                }
                // What follows is no mention and no number of an issue: the comment splits them.
                '@' | '#' => write!(f, "&#{};<!-- -->", u32::from(c))?,
                // Nor an address that becomes a link by itself, nor an emoji by name.
                ':' if !is_blank(line.get(at + 1..)) => f.write_str("&#58;<!-- -->")?,
                '.' if ends_in_www(line.get(..at)) => f.write_str("&#46;<!-- -->")?,
                c => fmt::Write::write_char(f, c)?,
            }
            before = c;
        }
        Ok(())
    }
}

/// Whether the text ends here or goes on with a space.
fn is_blank(rest: Option<&str>) -> bool {
    rest.is_none_or(|rest| rest.is_empty() || rest.starts_with(' '))
}

fn ends_in_www(before: Option<&str>) -> bool {
    before.is_some_and(|before| before.to_ascii_lowercase().ends_with("www"))
}

/// Whether all before that place is digits.
fn is_number(line: &str, at: usize) -> bool {
    line.bytes().take(at).all(|byte| byte.is_ascii_digit())
}

/// A block of code. Its fence is longer than any run of backticks in it.
pub(super) fn fenced(language: &str, code: &str) -> String {
    let mut longest = 0;
    let mut run = 0;
    for c in code.chars() {
        run = if c == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}{language}\n{}\n{fence}\n", visible(code).trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_markdown_acts_upon_is_left() {
        let text = Text("a|b [x](https://evil.test) @team #1 ![i](y) <img> `c` *d*\n1. e");
        assert_eq!(
            text.to_string(),
            "a&#124;b &#91;x&#93;(https&#58;<!-- -->//evil.test) &#64;<!-- -->team &#35;<!-- -->1 \
             &#33;&#91;i&#93;(y) &#60;img&#62; &#96;c&#96; &#42;d&#42; 1. e"
        );
        assert_eq!(Text("1. e").to_string(), "1&#46; e");
        assert_eq!(Text("- e").to_string(), "&#45; e");
        assert_eq!(Text("www.x.test: so").to_string(), "www&#46;<!-- -->x.test: so");
    }

    #[test]
    fn a_block_cannot_be_left() {
        assert_eq!(fenced("sh", "a\n````\nb"), "`````sh\na\n````\nb\n`````\n");
    }
}
