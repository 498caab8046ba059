//! As much of Markdown as the rules about documents need.
//!
//! In scope: inline links, link definitions, code spans and headings, outside fenced blocks. Out of
//! scope: everything else; this is no general reader, and it reads only our own documents.

/// Lines outside fenced blocks, counted from 1. A fence is closed by one that is at least as long.
fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut open: Option<usize> = None;
    text.lines().enumerate().filter_map(move |(index, line)| {
        let length = line.trim_start().chars().take_while(|sign| *sign == '`').count();
        let was_open = open;
        open = match open {
            None if length >= FENCE_SIGNS => Some(length),
            Some(opened) if length >= opened => None,
            unchanged => unchanged,
        };
        (was_open.is_none() && open.is_none()).then_some((index + 1, line))
    })
}

/// Backticks that make a fence.
const FENCE_SIGNS: usize = 3;

/// Code spans with their lines.
pub(crate) fn code_spans(text: &str) -> Vec<(usize, &str)> {
    prose(text)
        .flat_map(|(number, line)| {
            line.split('`').skip(1).step_by(2).map(move |span| (number, span))
        })
        .collect()
}

/// Targets of links with their lines.
pub(crate) fn link_targets(text: &str) -> Vec<(usize, String)> {
    let mut targets = Vec::new();
    for (number, line) in prose(text) {
        let plain: String = line.split('`').step_by(2).collect::<Vec<_>>().join("_");
        for rest in plain.split("](").skip(1) {
            if let Some((target, _)) = rest.split_once(')') {
                targets.push((number, target.to_owned()));
            }
        }
        if let Some((_, target)) = plain.split_once("]: ").filter(|_| plain.starts_with('[')) {
            targets.push((number, target.trim().to_owned()));
        }
    }
    targets
}

/// Anchors of the headings, as code hosts make them: lower case, spaces as `-`, other signs gone.
pub(crate) fn anchors(text: &str) -> Vec<String> {
    let headings = prose(text).filter_map(|(_, line)| {
        let title = line.trim_start_matches('#');
        (title.len() < line.len()).then(|| title.trim())
    });
    headings
        .map(|title| {
            let kept = title.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
            kept.collect::<String>().to_lowercase().replace(' ', "-")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# Why we `do` this\n\n\
                        See [a](docs/a.md) and [b](b.md#two), `crates/x` and `y z`.\n\
                        ```\n[no](no.md) `no/no`\n```\n\
                        [ref]: docs/c.md\n`[not](a-link)`\n";

    #[test]
    fn links_are_found_outside_code() {
        let targets = link_targets(TEXT);
        let expected = [(3, "docs/a.md"), (3, "b.md#two"), (7, "docs/c.md")];
        assert_eq!(targets, expected.map(|(line, target)| (line, target.to_owned())));
    }

    #[test]
    fn code_spans_are_found_outside_fences() {
        let expected = [(1, "do"), (3, "crates/x"), (3, "y z"), (8, "[not](a-link)")];
        assert_eq!(code_spans(TEXT), expected);
    }

    #[test]
    fn a_fence_may_hold_a_shorter_one() {
        let text = "````\n```inner\n`no`\n```\n`no`\n````\n`yes`\n";
        assert_eq!(code_spans(text), [(7, "yes")]);
    }

    #[test]
    fn headings_become_anchors() {
        assert_eq!(anchors(TEXT), ["why-we-do-this"]);
    }
}
