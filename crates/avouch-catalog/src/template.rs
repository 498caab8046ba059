//! Path templates: whether a concrete path belongs to one.
//!
//! In scope: templates as `OpenAPI` writes them, a parameter filling a segment or a part of one. A
//! parameter never contains a slash and is never empty. Out of scope: the query.

use percent_encoding::percent_decode_str;

/// How literal a template is, from its first segment on; greater is more literal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Literalness(Vec<(u8, usize)>);

/// A part of a template's segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    /// Stands as it is.
    Literal(&'a str),
    /// Stands for a value.
    Parameter(&'a str),
}

/// The parts of a template, or of one of its segments, in order. A brace that is never closed is
/// literal.
pub(crate) fn pieces(template: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = template;
    while !rest.is_empty() {
        let parameter = rest.split_once('{').and_then(|(before, after)| {
            let (name, after) = after.split_once('}')?;
            Some((before, name, after))
        });
        let Some((before, name, after)) = parameter else {
            pieces.push(Piece::Literal(rest));
            break;
        };
        if !before.is_empty() {
            pieces.push(Piece::Literal(before));
        }
        pieces.push(Piece::Parameter(name));
        rest = after;
    }
    pieces
}

/// How literal the template is, when the path belongs to it.
pub(crate) fn matches(template: &str, path: &str) -> Option<Literalness> {
    let mut literalness = Vec::new();
    let mut segments = path.split('/');
    for pattern in template.split('/') {
        let segment = segments.next()?;
        literalness.push(segment_matches(pattern, segment)?);
    }
    segments.next().is_none().then_some(Literalness(literalness))
}

/// The template with its parameters' names left out: two templates that answer to the same requests
/// have the same shape.
pub(crate) fn shape(template: &str) -> String {
    let piece = |piece| match piece {
        Piece::Literal(text) => text,
        Piece::Parameter(_) => "{}",
    };
    pieces(template).into_iter().map(piece).collect()
}

/// How literal one segment is (2 wholly, 1 in part, 0 not) and how many of its bytes are literal.
fn segment_matches(pattern: &str, segment: &str) -> Option<(u8, usize)> {
    if !pattern.contains('{') {
        return equal(pattern, segment).then_some((2, pattern.len()));
    }
    let pieces = pieces(pattern);
    let literal: usize = pieces
        .iter()
        .map(|piece| match piece {
            Piece::Literal(text) => text.len(),
            Piece::Parameter(_) => 0,
        })
        .sum();
    fits(&pieces, segment).then_some((u8::from(literal > 0), literal))
}

fn equal(pattern: &str, segment: &str) -> bool {
    pattern == segment
        || (segment.contains('%') || pattern.contains('%'))
            && percent_decode_str(pattern).eq(percent_decode_str(segment))
}

/// Whether the text is made of these parts, each parameter taking at least one byte. Each literal is
/// taken where it first fits, the last one at the end, so the work is linear in the text.
fn fits(pieces: &[Piece<'_>], text: &str) -> bool {
    let mut rest = text;
    let mut open = false;
    for (at, piece) in pieces.iter().enumerate() {
        let last = at + 1 == pieces.len();
        match piece {
            Piece::Parameter(_) => {
                // Two parameters side by side each need a character.
                if open && !drop_first(&mut rest) {
                    return false;
                }
                open = true;
            }
            Piece::Literal(literal) if !open => match rest.strip_prefix(literal) {
                Some(after) => rest = after,
                None => return false,
            },
            Piece::Literal(literal) if last => {
                return rest.strip_suffix(literal).is_some_and(|value| !value.is_empty());
            }
            Piece::Literal(literal) => {
                if !drop_first(&mut rest) {
                    return false;
                }
                let Some((_, after)) = rest.split_once(literal) else { return false };
                rest = after;
                open = false;
            }
        }
    }
    if open { !rest.is_empty() } else { rest.is_empty() }
}

fn drop_first(text: &mut &str) -> bool {
    let mut characters = text.chars();
    let some = characters.next().is_some();
    *text = characters.as_str();
    some
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_parameter_may_fill_a_part_of_a_segment() {
        assert!(matches("/a/{x}.json", "/a/7.json").is_some());
        assert!(matches("/a/{x}.json", "/a/.json").is_none());
        assert!(matches("/a/{x}-{y}", "/a/1-2-3").is_some());
        assert!(matches("/a/{x}-{y}", "/a/12").is_none());
        assert!(matches("/a/v{x}", "/a/v2").is_some());
        assert!(matches("/a/{x}", "/a/").is_none());
        assert!(matches("/a/{x}{y}", "/a/1").is_none());
        assert!(matches("/a/{x}{y}", "/a/12").is_some());
    }

    #[test]
    fn a_literal_is_the_same_written_with_percent() {
        assert!(matches("/a b/{x}", "/a%20b/1").is_some());
        assert!(matches("/ab/{x}", "/a%20b/1").is_none());
    }

    #[test]
    fn a_brace_that_is_never_closed_is_literal() {
        assert_eq!(pieces("/a/{x"), [Piece::Literal("/a/{x")]);
        assert_eq!(shape("/a/{x}/b/{y}.json"), "/a/{}/b/{}.json");
    }

    proptest! {
        #[test]
        fn a_filled_template_matches_itself(
            segments in proptest::collection::vec(("[a-z]{1,8}", any::<bool>(), "[a-z0-9-]{1,12}"), 1..6)
        ) {
            let mut template = String::new();
            let mut path = String::new();
            for (name, is_parameter, value) in &segments {
                template.push('/');
                path.push('/');
                if *is_parameter {
                    template.extend(["{", name, "}"]);
                    path.push_str(value);
                } else {
                    template.push_str(name);
                    path.push_str(name);
                }
            }
            prop_assert!(matches(&template, &path).is_some());
            path.push_str("/more");
            prop_assert!(matches(&template, &path).is_none());
        }

        #[test]
        fn no_template_and_path_panic(template in ".{0,60}", path in ".{0,60}") {
            let _ = matches(&template, &path);
            let _ = shape(&template);
        }
    }
}
