//! Matches what a check asked against what a page expects, with captures.
//! Positions come from `char_indices`, so slicing cannot split a character.
#![expect(clippy::string_slice, reason = "test code; positions come from `char_indices`")]

use std::collections::BTreeMap;

/// Captured values by name.
pub(super) type Captures = BTreeMap<String, String>;

/// Matches text against a pattern: `*` is any run of characters, `{name}` captures one without
/// spaces, quotes or any of `/?&;.,`. A captured name that comes again must have the same value.
pub(super) fn matches(pattern: &str, text: &str, captures: &mut Captures) -> bool {
    match_from(pattern, text, captures)
}

fn match_from(pattern: &str, text: &str, captures: &mut Captures) -> bool {
    if pattern.is_empty() {
        return text.is_empty();
    }
    if let Some(rest) = pattern.strip_prefix('*') {
        return ends(text).any(|at| match_from(rest, &text[at..], captures));
    }
    if let Some((name, rest)) = capture_name(pattern) {
        if let Some(known) = captures.get(name).cloned() {
            return text
                .strip_prefix(known.as_str())
                .is_some_and(|t| match_from(rest, t, captures));
        }
        let longest =
            text.find([' ', '"', '/', '?', '&', ';', '\'', '.', ',']).unwrap_or(text.len());
        for at in ends(&text[..longest]).collect::<Vec<_>>().into_iter().rev().filter(|at| *at > 0)
        {
            let mut tried = captures.clone();
            tried.insert(name.to_owned(), text[..at].to_owned());
            if match_from(rest, &text[at..], &mut tried) {
                *captures = tried;
                return true;
            }
        }
        return false;
    }
    let mut wanted = pattern.chars();
    let mut there = text.chars();
    wanted.next() == there.next() && match_from(wanted.as_str(), there.as_str(), captures)
}

fn ends(text: &str) -> impl Iterator<Item = usize> + '_ {
    text.char_indices().map(|(at, _)| at).chain([text.len()])
}

/// `{name}rest`: the name, when it is one.
fn capture_name(pattern: &str) -> Option<(&str, &str)> {
    let (name, rest) = pattern.strip_prefix('{')?.split_once('}')?;
    let plain = !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    plain.then_some((name, rest))
}

/// Fills `{name}`, `{a*b}`, `{rev:a}`, `{unhex:a}` and `{1001 of x}` into an answer's text.
pub(super) fn fill(text: &str, captures: &Captures) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('{') {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let filled = from[1..]
            .split_once('}')
            .and_then(|(inner, after)| expression(inner, captures).map(|value| (value, after)));
        if let Some((value, after)) = filled {
            out.push_str(&value);
            rest = after;
        } else {
            out.push('{');
            rest = &from[1..];
        }
    }
    out.push_str(rest);
    out
}

fn expression(inner: &str, captures: &Captures) -> Option<String> {
    if let Some(name) = inner.strip_prefix("rev:") {
        return captures.get(name).map(|value| value.chars().rev().collect());
    }
    if let Some(name) = inner.strip_prefix("unhex:") {
        let digits: Vec<u32> =
            captures.get(name)?.chars().map(|c| c.to_digit(16)).collect::<Option<_>>()?;
        let codes = digits.chunks_exact(2).map(|pair| pair.iter().fold(0, |all, d| all * 16 + d));
        return codes.map(char::from_u32).collect();
    }
    if let Some((times, item)) = inner.split_once(" of ") {
        return times.parse().ok().map(|times| vec![item; times].join(", "));
    }
    if let Some((left, right)) = inner.split_once('*') {
        let number = |name: &str| captures.get(name)?.parse::<u64>().ok();
        return Some((number(left)? * number(right)?).to_string());
    }
    captures.get(inner).cloned()
}

#[test]
fn patterns_capture_and_fill() {
    let mut captures = Captures::new();
    assert!(matches("/orders/{id}?x=*", "/orders/81?x=1&y=2", &mut captures));
    assert_eq!(captures["id"], "81");
    assert!(matches("*multiply {a} by {b}*", "please multiply 12 by 34.", &mut captures));
    assert_eq!(
        fill(r#"{"n": {a*b}, "id": "{id}", "r": "{rev:id}"}"#, &captures),
        r#"{"n": 408, "id": "81", "r": "18"}"#
    );
    assert!(!matches("/orders/{id}", "/orders/82", &mut captures));
}
