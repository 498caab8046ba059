//! One canonical path: what was authorized is what is forwarded.
//!
//! Proxies forward `%2e%2e`, `..;`, `//` and `%2f` as they came, and the application behind reads them
//! in its own way. So a path that others may read otherwise is refused, and what is left is written in
//! one way (RFC 3986, section 6.2.2): unreserved bytes plain, all others as upper-case escapes.

use super::head::POLICY;
use crate::refusal::Refusal;
use serde::Deserialize;
use std::borrow::Cow;

/// What in a path may pass although others may read it otherwise. All off by default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Allowed {
    /// `;`, which begins a parameter of a segment for some.
    pub semicolon: bool,
    /// `%2F` and `%5C`, which are slashes for some.
    pub encoded_slash: bool,
    /// `//`, which is `/` for some.
    pub double_slash: bool,
}

/// The canonical form of a path that begins with a slash; borrowed where it came in it.
pub fn canonical(path: &str, allowed: Allowed) -> Result<Cow<'_, str>, Refusal> {
    if !path.starts_with('/') {
        return Err(ambiguous("The path does not begin with a slash."));
    }
    let plain = path.bytes().all(|byte| byte == b'/' || is_unreserved(byte));
    let path = if plain { Cow::Borrowed(path) } else { Cow::Owned(rewritten(path, allowed)?) };
    if !allowed.double_slash && path.contains("//") {
        return Err(ambiguous("The path holds two slashes side by side."));
    }
    if is_escaped_twice(&path) {
        return Err(ambiguous("The path is escaped twice."));
    }
    if has_dot_segment(&path) {
        return Err(ambiguous("The path holds a dot segment."));
    }
    Ok(path)
}

/// Whether there is a segment `.` or `..`, for whoever takes escaped slashes and semicolons, which may be
/// allowed to pass, for slashes and semicolons.
fn has_dot_segment(path: &str) -> bool {
    let is_dots = |segment: &str| matches!(segment.split(';').next(), Some("." | ".."));
    if !path.contains('.') {
        return false;
    }
    if !path.contains('%') {
        return path.split('/').any(is_dots);
    }
    let path = path.replace("%2F", "/").replace("%5C", "/").replace("%3B", ";");
    path.split('/').any(is_dots)
}

fn ambiguous(detail: &'static str) -> Refusal {
    Refusal::new(POLICY, "path-ambiguous", 400, detail)
}

fn rewritten(path: &str, allowed: Allowed) -> Result<String, Refusal> {
    let mut written = String::with_capacity(path.len());
    let mut bytes = path.as_bytes().iter().copied();
    while let Some(byte) = bytes.next() {
        match byte {
            b'%' => {
                let value = escaped(&mut bytes)
                    .ok_or_else(|| ambiguous("A percent sign in the path begins no escape."))?;
                write(value, allowed, &mut written)?;
            }
            b';' if !allowed.semicolon => {
                return Err(ambiguous("The path holds a semicolon."));
            }
            b'\\' => return Err(ambiguous("The path holds a backslash.")),
            b'/' => written.push('/'),
            byte if is_unreserved(byte) || is_delimiter(byte) => written.push(char::from(byte)),
            _ => return Err(ambiguous("The path holds a byte that no path may hold.")),
        }
    }
    Ok(written)
}

/// Writes a byte that came as an escape.
fn write(byte: u8, allowed: Allowed, written: &mut String) -> Result<(), Refusal> {
    match byte {
        0..0x20 | 0x7f => Err(ambiguous("The path holds an escaped control byte.")),
        b'/' | b'\\' if !allowed.encoded_slash => {
            Err(ambiguous("The path holds an escaped slash or backslash."))
        }
        b';' if !allowed.semicolon => Err(ambiguous("The path holds an escaped semicolon.")),
        byte if is_unreserved(byte) => {
            written.push(char::from(byte));
            Ok(())
        }
        byte => {
            const DIGITS: [char; 16] =
                ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F'];
            written.push('%');
            for nibble in [byte >> 4, byte & 15] {
                written.push(DIGITS.get(usize::from(nibble)).copied().unwrap_or('0'));
            }
            Ok(())
        }
    }
}

/// Whether an escaped percent sign begins an escape that would matter to who decodes twice: of a dot, a
/// slash, a backslash, a semicolon, a percent sign or a control byte.
fn is_escaped_twice(written: &str) -> bool {
    written.split("%25").skip(1).any(|rest| {
        let decoded = escaped(&mut rest.bytes());
        decoded.is_some_and(|byte| byte < 0x20 || b"./\\;%\x7f".contains(&byte))
    })
}

fn escaped(bytes: &mut impl Iterator<Item = u8>) -> Option<u8> {
    let mut digit = || char::from(bytes.next()?).to_digit(16);
    let (high, low) = (digit()?, digit()?);
    u8::try_from(high * 16 + low).ok()
}

/// RFC 3986, section 2.3.
fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// What else a segment may hold plainly (RFC 3986, section 3.3).
fn is_delimiter(byte: u8) -> bool {
    b"!$&'()*+,;=:@".contains(&byte)
}

/// Refuses a query that others may read otherwise. It is forwarded as it came.
pub fn query(query: &str) -> Result<(), Refusal> {
    let refuse = |detail| Err(Refusal::new(POLICY, "query-malformed", 400, detail));
    let mut bytes = query.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'%' => match escaped(&mut bytes) {
                Some(0) => return refuse("The query holds an escaped zero byte."),
                Some(_) => (),
                None => return refuse("A percent sign in the query begins no escape."),
            },
            byte if !byte.is_ascii_graphic() || byte == b'#' => {
                return refuse("The query holds a byte that no query may hold.");
            }
            _ => (),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn plain(path: &str) -> Result<String, &'static str> {
        canonical(path, Allowed::default()).map(Cow::into_owned).map_err(|refusal| refusal.code)
    }

    #[test]
    fn one_path_is_written_in_one_way() {
        assert_eq!(plain("/orders/7").unwrap(), "/orders/7");
        assert_eq!(plain("/").unwrap(), "/");
        assert_eq!(plain("/orders/").unwrap(), "/orders/");
        assert_eq!(plain("/%6frders/%7e").unwrap(), "/orders/~");
        assert_eq!(plain("/caf%c3%a9").unwrap(), "/caf%C3%A9");
        assert_eq!(plain("/a%20b").unwrap(), "/a%20b");
        assert_eq!(plain("/100%25").unwrap(), "/100%25");
        assert_eq!(plain("/a:b@c,d=e").unwrap(), "/a:b@c,d=e");
    }

    #[test]
    fn what_others_read_otherwise_is_refused() {
        for path in [
            "/a/../b",
            "/a/./b",
            "/a/..",
            "/%2e%2e/b",
            "/.%2e/b",
            "/a//b",
            "//a",
            "/a/..;/b",
            "/a;x=1",
            "/a%3bx",
            "/a%2fb",
            "/a%5Cb",
            "/a\\b",
            "/a%00b",
            "/a%0ab",
            "/a%",
            "/a%g0",
            "/a%252e%252e",
            "/a%252fb",
            "/a%25%32%65",
            "/ä",
            "/a b",
            "/a#b",
            "a",
            "*",
            "",
        ] {
            assert!(plain(path).is_err(), "{path}: {:?}", plain(path));
        }
    }

    #[test]
    fn what_is_allowed_passes() {
        let allowed = Allowed { semicolon: true, encoded_slash: true, double_slash: true };
        let written = |path| canonical(path, allowed).map(Cow::into_owned);
        assert_eq!(written("/a;x=1/b%2fc//d").unwrap(), "/a;x=1/b%2Fc//d");
        for path in ["/a/..;x/b", "/a/%2e%2e/b", "/a/..%3bx/b", "/.%3B", "/a%2f..%2fb", "/a%5c./b"]
        {
            assert!(written(path).is_err(), "{path}");
        }
    }

    proptest! {
        #[test]
        fn the_canonical_form_is_its_own_and_holds_nothing_ambiguous(path in "/[a-zA-Z0-9/%.;~\\\\ é]{0,30}") {
            if let Ok(written) = canonical(&path, Allowed::default()) {
                let again = canonical(&written, Allowed::default()).map(Cow::into_owned);
                prop_assert_eq!(again.as_deref().ok(), Some(&*written));
                prop_assert!(!written.contains("//") && !written.contains(';') && !written.contains('\\'));
                prop_assert!(written.split('/').all(|segment| segment != "." && segment != ".."));
                // No decoder finds a segment that was not there.
                let decoded = percent_decoded(&written);
                prop_assert_eq!(decoded.split(|&byte| byte == b'/').count(), written.split('/').count());
            }
        }

        #[test]
        fn nothing_panics(path in ".{0,40}") {
            let _ = canonical(&path, Allowed::default());
            let _ = query(&path);
        }
    }

    fn percent_decoded(path: &str) -> Vec<u8> {
        let mut bytes = path.bytes();
        let mut decoded = Vec::new();
        while let Some(byte) = bytes.next() {
            decoded.push(if byte == b'%' { escaped(&mut bytes).unwrap() } else { byte });
        }
        decoded
    }
}
