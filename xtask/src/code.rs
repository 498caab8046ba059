//! Tells the code of a Rust source from what only looks like it.
//!
//! In scope: comments, strings and characters, and where brackets close. Out of scope: the grammar.

/// The source with a space for every byte of a comment, and a quote for every byte of a string or a
/// character, so that what is found in it is code. Offsets and lines stay.
pub(crate) fn code_of(source: &str) -> String {
    let mut code = String::with_capacity(source.len());
    let mut rest = source;
    let mut before = ' ';
    while let Some(letter) = rest.chars().next() {
        let hidden = match comment(rest) {
            Some(length) => Some((length, ' ')),
            None => text(rest, before).or_else(|| character(rest)).map(|length| (length, '"')),
        };
        let (length, cover) = hidden.unwrap_or((letter.len_utf8(), ' '));
        let (part, after) = rest.split_at(length);
        if hidden.is_some() || !letter.is_ascii() {
            code.extend(part.bytes().map(|byte| if byte == b'\n' { '\n' } else { cover }));
        } else {
            code.push(letter);
        }
        before = letter;
        rest = after;
    }
    code
}

/// How long the comment is that the text begins with; block comments may hold others.
fn comment(rest: &str) -> Option<usize> {
    if rest.starts_with("//") {
        return Some(rest.find('\n').unwrap_or(rest.len()));
    }
    if !rest.starts_with("/*") {
        return None;
    }
    let (mut depth, mut at) = (0_u32, 0);
    while let Some(here) = rest.get(at..).filter(|here| !here.is_empty()) {
        if here.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if here.starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return Some(at);
            }
        } else {
            at += here.chars().next().map_or(1, char::len_utf8);
        }
    }
    Some(rest.len())
}

/// How long the string is that the text begins with, its prefix included.
fn text(rest: &str, before: char) -> Option<usize> {
    let prefix = if before.is_alphanumeric() || before == '_' {
        0
    } else {
        rest.find(|letter| !matches!(letter, 'b' | 'c' | 'r')).filter(|length| *length < 3)?
    };
    let (prefix, body) = rest.split_at(prefix);
    let length = if prefix.ends_with('r') {
        let fences = body.find(|letter| letter != '#')?;
        let inside = body.get(fences..)?.strip_prefix('"')?;
        let end = format!("\"{}", "#".repeat(fences));
        fences + 1 + inside.find(&end).map_or(inside.len(), |at| at + end.len())
    } else {
        1 + quoted(body.strip_prefix('"')?, '"')
    };
    Some(prefix.len() + length)
}

/// How long the character is that the text begins with; a lifetime is none.
fn character(rest: &str) -> Option<usize> {
    let inside = rest.strip_prefix('\'')?;
    if inside.starts_with('\\') {
        return Some(1 + quoted(inside, '\''));
    }
    let letter = inside.chars().next()?;
    inside.get(letter.len_utf8()..)?.starts_with('\'').then_some(2 + letter.len_utf8())
}

/// How far it is to the end of what is quoted, the quote included.
fn quoted(inside: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, letter) in inside.char_indices() {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if letter == quote => return at + quote.len_utf8(),
            _ => (),
        }
    }
    inside.len()
}

/// Where the bracket closes that is opened at this offset of the code.
pub(crate) fn closing(code: &str, open: usize) -> Option<usize> {
    let mut depth = 0_u32;
    for (at, letter) in code.get(open..)?.char_indices() {
        match letter {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(open + at);
                }
            }
            _ => (),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_code_is_covered_and_keeps_its_place() {
        let source =
            "a(\"b\\\"(\", 'c', '\\'', br#\"d\"e\"#) // f\n/* g /* h */ */ fn i<'j>(k: &'j str)";
        let code = code_of(source);
        assert_eq!(code.len(), source.len());
        let bare: Vec<&str> = code.split_whitespace().map(|word| word.trim_matches('"')).collect();
        assert_eq!(bare, ["a(\"\"\"\"\"\",", ",", ",", ")", "fn", "i<'j>(k:", "&'j", "str)"]);
        assert_eq!(code.lines().count(), 2);
    }

    #[test]
    fn letters_of_many_bytes_and_open_ends_keep_their_place() {
        for source in ["// é", "\"é", "r#\"é\"", "/* é", "'é'", "a é b", "'", "r", ""] {
            assert_eq!(code_of(source).len(), source.len(), "{source}");
        }
    }

    #[test]
    fn a_bracket_closes_where_its_kin_does() {
        let code = code_of("f(g(\")\"), [1]) + (2)");
        assert_eq!(closing(&code, 1), Some(13));
        assert_eq!(closing("f(", 1), None);
    }
}
