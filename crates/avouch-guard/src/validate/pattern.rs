//! Regular expressions of descriptions (ECMA-262) as expressions that take linear time.
//!
//! What needs to look around or back has no such form and cannot be checked. The classes `\d`, `\w`
//! and `\s` are those of ECMA-262: the first two know ASCII only.

use regex::{Regex, RegexBuilder};
use std::fmt::Write as _;

/// Bytes of one expression, as it is written and compiled.
// LIMIT: 4,096 bytes written, 1 MiB compiled.
const WRITTEN_BYTES_MAX: usize = 4_096;
const COMPILED_BYTES_MAX: usize = 1 << 20;

/// The expression, when it has a form that takes linear time.
pub(crate) fn compiled(pattern: &str) -> Option<Regex> {
    if pattern.len() > WRITTEN_BYTES_MAX {
        return None;
    }
    RegexBuilder::new(&translated(pattern)?)
        .size_limit(COMPILED_BYTES_MAX)
        .dfa_size_limit(COMPILED_BYTES_MAX)
        .build()
        .ok()
}

/// The same expression in the other notation.
fn translated(pattern: &str) -> Option<String> {
    let mut out = String::with_capacity(pattern.len() + 8);
    let mut characters = pattern.chars().peekable();
    let mut in_class = false;
    while let Some(c) = characters.next() {
        match c {
            '\\' => escape(characters.next()?, &mut characters, in_class, &mut out)?,
            // Inside a class these are plain there and operators here.
            '[' | '&' | '~' if in_class => out.extend(['\\', c]),
            '-' if in_class && characters.peek() == Some(&'-') => out.push_str("\\-"),
            '[' => {
                in_class = true;
                out.push('[');
                if characters.peek() == Some(&'^') {
                    characters.next();
                    out.push('^');
                }
                // An empty class matches nothing, and its negation anything.
                if characters.peek() == Some(&']') {
                    return None;
                }
            }
            ']' if in_class => {
                in_class = false;
                out.push(']');
            }
            ']' => out.push_str("\\]"),
            '.' if !in_class => out.push_str("[^\\n\\r\\u{2028}\\u{2029}]"),
            // A brace that begins no repetition stands for itself.
            '{' if !in_class && !is_repetition(characters.clone()) => out.push_str("\\{"),
            '}' if !in_class && !out_repeats(&out) => out.push_str("\\}"),
            '(' if !in_class && characters.peek() == Some(&'?') => {
                let kind: String = characters.clone().skip(1).take(2).collect();
                let plain =
                    kind.starts_with(':') || kind.starts_with('<') && !kind.ends_with(['=', '!']);
                if !plain {
                    return None;
                }
                out.push('(');
            }
            _ => out.push(c),
        }
    }
    Some(out)
}

/// Whether what follows a brace is `2}`, `2,}` or `2,3}`.
fn is_repetition(rest: impl Iterator<Item = char>) -> bool {
    let inside: String = rest.take_while(|c| *c != '}').take(16).collect();
    let mut parts = inside.split(',');
    let number = |part: Option<&str>| part.is_some_and(|p| p.bytes().all(|b| b.is_ascii_digit()));
    inside.starts_with(|c: char| c.is_ascii_digit())
        && number(parts.next())
        && parts.next().is_none_or(|part| number(Some(part)))
        && parts.next().is_none()
}

/// Whether a repetition is open at the end of what was written.
fn out_repeats(out: &str) -> bool {
    let Some(at) = out.rfind('{') else { return false };
    let inside = out.get(at + 1..).unwrap_or_default();
    !out.get(..at).is_some_and(|before| before.ends_with('\\'))
        && inside.starts_with(|c: char| c.is_ascii_digit())
        && inside.bytes().all(|b| b.is_ascii_digit() || b == b',')
}

fn escape(
    c: char,
    rest: &mut std::iter::Peekable<std::str::Chars<'_>>,
    in_class: bool,
    out: &mut String,
) -> Option<()> {
    match c {
        'd' => out.push_str("[0-9]"),
        'D' => out.push_str("[^0-9]"),
        'w' => out.push_str("[0-9A-Za-z_]"),
        'W' => out.push_str("[^0-9A-Za-z_]"),
        's' => out.push_str("[\\s\\u{feff}]"),
        'S' => out.push_str("[^\\s\\u{feff}]"),
        'b' if in_class => out.push_str("\\x08"),
        'b' => out.push_str("(?-u:\\b)"),
        // Not a word's edge may be within a character, which has no form here.
        'B' => return None,
        't' | 'n' | 'r' | 'f' | 'v' => out.extend(['\\', c]),
        '0' if !rest.peek().is_some_and(char::is_ascii_digit) => out.push_str("\\x00"),
        'c' => {
            let letter = rest.next().filter(char::is_ascii_alphabetic)?;
            let code = u32::from(letter) % 32;
            write!(out, "\\x{code:02x}").ok()?;
        }
        'x' => hexadecimal(2, rest, out)?,
        'u' if rest.peek() == Some(&'{') => out.push_str("\\u"),
        'u' => hexadecimal(4, rest, out)?,
        'p' | 'P' if rest.peek() == Some(&'{') => {
            let inside: String = rest.by_ref().skip(1).take_while(|c| *c != '}').collect();
            write!(out, "\\{c}{{{inside}}}").ok()?;
        }
        // A digit or `k` looks back; other letters mean nothing that is certain.
        _ if c.is_ascii_alphanumeric() => return None,
        _ if c.is_ascii_punctuation() => out.extend(['\\', c]),
        _ => out.push(c),
    }
    Some(())
}

fn hexadecimal(
    count: usize,
    rest: &mut std::iter::Peekable<std::str::Chars<'_>>,
    out: &mut String,
) -> Option<()> {
    let digits: String = rest.by_ref().take(count).collect();
    let whole = digits.len() == count && digits.bytes().all(|b| b.is_ascii_hexdigit());
    // Half of a pair is no character.
    let code = u32::from_str_radix(&digits, 16).ok().filter(|_| whole)?;
    char::from_u32(code)?;
    write!(out, "\\u{{{digits}}}").ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn expressions_mean_what_ecma_262_says() {
        for (pattern, good, bad) in [
            ("^\\d+$", &["12"][..], &["1\u{663}", "", "12\n"][..]),
            ("^\\w+$", &["aZ_9"], &["ä"]),
            ("^[\\w.-]+$", &["a.b-c"], &["a b"]),
            ("^[^\\D]$", &["7"], &["a"]),
            ("^[a[b]$", &["[", "a"], &["]"]),
            ("^[&&~~a]$", &["&", "~", "a"], &["b"]),
            ("^a{2,3}$", &["aa", "aaa"], &["a", "aaaa"]),
            ("^{a}$", &["{a}"], &["a"]),
            ("^\\u00e9\\x41$", &["éA"], &["eA"]),
            ("^a.c$", &["abc", "a😀c"], &["a\nc", "a\u{2028}c"]),
            ("^(?:a|b)(?<name>c)$", &["ac"], &["abc"]),
            ("^\\/a\\-b$", &["/a-b"], &["a-b"]),
            ("b", &["abc"], &["ac"]),
            ("^\\p{L}+$", &["äß"], &["1"]),
        ] {
            let regex = compiled(pattern).unwrap_or_else(|| panic!("{pattern}"));
            for text in good {
                assert!(regex.is_match(text), "{pattern} {text:?}");
            }
            for text in bad {
                assert!(!regex.is_match(text), "{pattern} {text:?}");
            }
        }
    }

    #[test]
    fn what_has_no_linear_form_is_not_compiled() {
        for pattern in
            ["(?=a)", "(?<!a)b", "(a)\\1", "a{1000}{1000}{1000}", "[", "\\ud800", "\\k<a>"]
        {
            assert!(compiled(pattern).is_none(), "{pattern}");
        }
    }

    proptest! {
        #[test]
        fn no_pattern_panics(pattern in ".{0,40}", text in ".{0,20}") {
            let _ = compiled(&pattern).map(|regex| regex.is_match(&text));
        }
    }
}
