//! Path templates: whether a concrete path belongs to one.
//!
//! In scope: templates as `OpenAPI` writes them, a parameter filling a segment or a part of one. A
//! parameter never contains a slash and is never empty. Out of scope: the query.

use percent_encoding::percent_decode_str;

/// How literal a template is, from its first segment on; greater is more literal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Literalness(Vec<(u8, usize)>);

/// A part of a template's segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<T> {
    /// Stands as it is.
    Literal(T),
    /// Stands for a value.
    Parameter(T),
}

/// The parts of a template, or of one of its segments, in order. A brace that is never closed is
/// literal.
pub fn pieces(template: &str) -> Vec<Piece<&str>> {
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

/// How literal a template is: of several that a path belongs to, the greatest is meant.
pub fn literalness(template: &str) -> Literalness {
    Literalness(template.split('/').map(segment_literalness).collect())
}

/// How many bytes of a segment's parts are literal.
pub fn literal_bytes<T: AsRef<str>>(pieces: &[Piece<T>]) -> usize {
    let bytes = pieces.iter().map(|piece| match piece {
        Piece::Literal(text) => text.as_ref().len(),
        Piece::Parameter(_) => 0,
    });
    bytes.sum()
}

/// How literal one segment is (2 wholly, 1 in part, 0 not) and how many of its bytes are literal.
fn segment_literalness(pattern: &str) -> (u8, usize) {
    if !pattern.contains('{') {
        return (2, pattern.len());
    }
    let literal = literal_bytes(&pieces(pattern));
    (u8::from(literal > 0), literal)
}

fn segment_matches(pattern: &str, segment: &str) -> Option<(u8, usize)> {
    let matches = if pattern.contains('{') {
        capture(&pieces(pattern), segment, &mut Vec::new()).is_some()
    } else {
        equal(pattern, segment)
    };
    matches.then(|| segment_literalness(pattern))
}

fn equal(pattern: &str, segment: &str) -> bool {
    pattern == segment
        || (segment.contains('%') || pattern.contains('%'))
            && percent_decode_str(pattern).eq(percent_decode_str(segment))
}

/// Adds what each parameter of a segment stands for, when the text is made of these parts; each
/// parameter takes at least one character. Each literal is taken where it first fits, the last one
/// at the end, so the work is linear in the text. Without a match what was added is of no meaning.
pub fn capture<'t, T: AsRef<str>>(
    pieces: &[Piece<T>],
    text: &'t str,
    values: &mut Vec<&'t str>,
) -> Option<()> {
    let mut rest = text;
    let mut open = false;
    for (at, piece) in pieces.iter().enumerate() {
        let last = at + 1 == pieces.len();
        match piece {
            Piece::Parameter(_) => {
                // Two parameters side by side each need a character.
                if open {
                    let (first, after) = rest.split_at_checked(first_bytes(rest)?)?;
                    values.push(first);
                    rest = after;
                }
                open = true;
            }
            Piece::Literal(literal) if !open => rest = rest.strip_prefix(literal.as_ref())?,
            Piece::Literal(literal) if last => {
                let value = rest.strip_suffix(literal.as_ref())?;
                values.push(value);
                return (!value.is_empty()).then_some(());
            }
            Piece::Literal(literal) => {
                let first = first_bytes(rest)?;
                let more = rest.get(first..)?.find(literal.as_ref())?;
                let (value, after) = rest.split_at_checked(first + more)?;
                values.push(value);
                rest = after.get(literal.as_ref().len()..)?;
                open = false;
            }
        }
    }
    if open {
        values.push(rest);
    }
    (open != rest.is_empty()).then_some(())
}

/// The length of the first character.
fn first_bytes(text: &str) -> Option<usize> {
    text.chars().next().map(char::len_utf8)
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
    fn what_parameters_stand_for_is_told() {
        let captured = |template, text| {
            let mut values = Vec::new();
            capture(&pieces(template), text, &mut values).map(|()| values)
        };
        assert_eq!(captured("{x}-{y}", "1-2-3"), Some(vec!["1", "2-3"]));
        assert_eq!(captured("{x}{y}.json", "äbc.json"), Some(vec!["ä", "bc"]));
        assert_eq!(captured("v{x}", "v2"), Some(vec!["2"]));
        assert_eq!(captured("v{x}", "v"), None);
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
