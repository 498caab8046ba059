//! `multipart/form-data` (RFC 7578): parts told apart by a line that none of them holds.
//!
//! Only what is unambiguous is read: each part has exactly one name, and lines end with CR LF.

use super::written::{self, Written};
use std::borrow::Cow;

/// Bytes of a boundary (RFC 2046, section 5.1.1).
const BOUNDARY_BYTES_MAX: usize = 70;
/// Bytes of the head of one part.
// LIMIT: 4,096 bytes.
const HEAD_BYTES_MAX: usize = 4_096;

/// One part.
#[derive(Debug, PartialEq, Eq)]
struct Part<'b> {
    name: String,
    /// Whether it is a file: its bytes are nobody's business but the API's.
    file: bool,
    body: &'b [u8],
}

/// The parts as a JSON object, files as empty texts; `None` when they cannot be read in one way only.
pub(super) fn as_json(
    written: &Written,
    boundary: &str,
    body: &[u8],
    parts_max: usize,
) -> Option<String> {
    let mut pairs = Vec::new();
    for part in parts(boundary, body, parts_max)? {
        let text = if part.file { "" } else { std::str::from_utf8(part.body).ok()? };
        pairs.push((Cow::Owned(part.name), Cow::Borrowed(text)));
    }
    let named: &[(String, Written)] = match written {
        Written::Object(named) => named,
        Written::Scalar(_) | Written::List(_) => &[],
    };
    let mut json = String::new();
    written::object(named, &pairs, &mut json).then_some(json)
}

fn parts<'b>(boundary: &str, body: &'b [u8], parts_max: usize) -> Option<Vec<Part<'b>>> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"'()+_,-./:=? ".contains(&b);
    if boundary.is_empty()
        || boundary.len() > BOUNDARY_BYTES_MAX
        || boundary.ends_with(' ')
        || !boundary.bytes().all(plain)
    {
        return None;
    }
    let between = format!("\r\n--{boundary}");
    let mut rest = body.strip_prefix(between.get(2..)?.as_bytes())?;
    let mut parts = Vec::new();
    loop {
        if let Some(after) = rest.strip_prefix(b"--") {
            return matches!(after, b"" | b"\r\n").then_some(parts);
        }
        rest = rest.strip_prefix(b"\r\n")?;
        let head_end = find(rest, b"\r\n\r\n").filter(|end| *end <= HEAD_BYTES_MAX)?;
        let (head, after) = rest.split_at_checked(head_end)?;
        let after = after.get(4..)?;
        let end = find(after, between.as_bytes())?;
        let (name, file) = head_of(std::str::from_utf8(head).ok()?)?;
        if parts.len() >= parts_max {
            return None;
        }
        parts.push(Part { name, file, body: after.get(..end)? });
        rest = after.get(end + between.len()..)?;
    }
}

/// The name of a part, and whether it is a file.
fn head_of(head: &str) -> Option<(String, bool)> {
    let mut named = None;
    let mut file = false;
    for line in head.split("\r\n") {
        if line.contains(['\r', '\n']) || line.starts_with([' ', '\t']) {
            return None;
        }
        let (header, value) = line.split_once(':')?;
        match header.to_ascii_lowercase().as_str() {
            "content-disposition" => {
                if named.is_some() {
                    return None;
                }
                let (name, is_file) = disposition(value.trim())?;
                named = Some(name);
                file |= is_file;
            }
            "content-type" => {
                let kind = value.trim().to_ascii_lowercase();
                file |= !kind.starts_with("text/plain") && !kind.starts_with("application/json");
            }
            "content-transfer-encoding" if !value.trim().eq_ignore_ascii_case("binary") => {
                return None;
            }
            _ => (),
        }
    }
    Some((named?, file))
}

/// `form-data; name="a"; filename="b"`: the name, and whether there is a file's name.
fn disposition(value: &str) -> Option<(String, bool)> {
    let mut rest = value.strip_prefix("form-data")?;
    let mut name = None;
    let mut file = false;
    while !rest.is_empty() {
        let (key, after) = rest.strip_prefix(';')?.trim_start().split_once("=\"")?;
        // A quote in a name is written in several ways, and read in several: there may be none.
        let (text, after) = after.split_once('"')?;
        if text.contains('\\') {
            return None;
        }
        match key {
            "name" if name.is_none() => name = Some(text.to_owned()),
            "filename" if !file => file = true,
            _ => return None,
        }
        rest = after;
    }
    Some((name?, file))
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    let first = *what.first()?;
    let mut from = 0;
    loop {
        let rest = bytes.get(from..)?;
        let at = from + rest.iter().position(|byte| *byte == first)?;
        if bytes.get(at..)?.starts_with(what) {
            return Some(at);
        }
        from = at + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(body: &str) -> Option<Vec<(String, bool, usize)>> {
        let parts = parts("x", body.as_bytes(), 3)?;
        Some(parts.into_iter().map(|part| (part.name, part.file, part.body.len())).collect())
    }

    #[test]
    fn parts_are_told_by_name() {
        let body = "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--x\r\n\
                    Content-Disposition: form-data; name=\"f\"; filename=\"p.png\"\r\n\
                    Content-Type: image/png\r\n\r\nab\r\n-c\r\n--x--\r\n";
        let expected = vec![("a".to_owned(), false, 1), ("f".to_owned(), true, 6)];
        assert_eq!(names(body), Some(expected));
        assert_eq!(names("--x--"), Some(Vec::new()));
    }

    #[test]
    fn what_can_be_read_in_two_ways_is_not_read() {
        let part = |head: &str| format!("--x\r\n{head}\r\n\r\n1\r\n--x--");
        let good = "Content-Disposition: form-data; name=\"a\"";
        assert!(names(&part(good)).is_some());
        for head in [
            "",
            "Content-Type: text/plain",
            "Content-Disposition: form-data",
            "Content-Disposition: form-data; name=a",
            "Content-Disposition: form-data; name=\"a\"; name=\"b\"",
            "Content-Disposition: form-data; name=\"a\\\"b\"",
            "Content-Disposition: form-data; name=\"a\"; filename*=\"b\"",
            "Content-Disposition: form-data; name=\"a\"\r\nContent-Disposition: form-data; name=\"b\"",
            "Content-Disposition: form-data;\r\n name=\"a\"",
            "Content-Disposition: form-data; name=\"a\"\nX: y",
            "Content-Disposition: form-data; name=\"a\"\r\nContent-Transfer-Encoding: base64",
        ] {
            assert_eq!(names(&part(head)), None, "{head}");
        }
        let many = format!("--x\r\n{good}\r\n\r\n1\r\n").repeat(4) + "--x--";
        assert_eq!(names(&many), None);
        assert_eq!(names(&part(good).replace("--x--", "--x")), None);
        assert_eq!(names(&format!("\r\n{}", part(good))), None);
    }
}
