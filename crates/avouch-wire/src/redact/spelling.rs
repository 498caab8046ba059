//! Percent-encoding (RFC 3986, section 2.1), forgiving when read, strict when written.

/// Undoes percent-encoding; `plus_is_space` as in forms. Bytes that are not UTF-8 are replaced, a
/// `%` that begins nothing stays.
pub(super) fn percent_decoded(text: &str, plus_is_space: bool) -> String {
    if !text.contains('%') && (!plus_is_space || !text.contains('+')) {
        return text.to_owned();
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        match (first, after) {
            (b'%', [high, low, tail @ ..]) => match (hex(*high), hex(*low)) {
                (Some(high), Some(low)) => {
                    bytes.push(high << 4 | low);
                    rest = tail;
                }
                _ => bytes.push(b'%'),
            },
            (b'+', _) if plus_is_space => bytes.push(b' '),
            (byte, _) => bytes.push(*byte),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

/// Percent-encodes all but the unreserved characters.
pub(super) fn percent_encoded(text: &str) -> String {
    percent_encoded_but_for(text, "-._~")
}

/// Percent-encodes all but letters, digits and these.
pub(super) fn percent_encoded_but_for(text: &str, kept: &str) -> String {
    use std::fmt::Write as _;
    text.bytes().fold(String::with_capacity(text.len()), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() || kept.as_bytes().contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
        encoded
    })
}

/// A text as it stands on a page, with the apostrophe written like this.
pub(super) fn html_escaped(text: &str, apostrophe: &str) -> String {
    let entities =
        [("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("\"", "&quot;"), ("'", apostrophe)];
    entities.iter().fold(text.to_owned(), |text, (letter, entity)| text.replace(letter, entity))
}

/// A text as it stands inside a JSON string, without the quotes.
pub(super) fn json_escaped(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted.strip_prefix('"').and_then(|t| t.strip_suffix('"')).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encoded_is_decoded() {
        for text in ["a b+c%", "ä/ö?", "", "plain"] {
            assert_eq!(percent_decoded(&percent_encoded(text), false), text);
        }
        assert_eq!(percent_decoded("%zz%4", true), "%zz%4");
        assert_eq!(percent_decoded("a+b", true), "a b");
    }
}
