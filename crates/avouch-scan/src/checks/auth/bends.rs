//! Other spellings of one address, which a guard may read differently from the handler behind it.

use crate::step::Request;

/// A way to spell an address.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bend {
    /// What is done, as a noun: stable between runs.
    pub(super) name: &'static str,
    spell: fn(&Address<'_>) -> Spelling,
}

/// The parts of an address.
struct Address<'a> {
    path: &'a str,
    trimmed: &'a str,
    parent: &'a str,
    last: &'a str,
}

/// What becomes of an address.
enum Spelling {
    /// Another path.
    Path(String),
    /// The path of the front page, and the address in this header.
    Header(&'static str),
}

impl Bend {
    /// The request to the same thing under this spelling.
    pub(super) fn of(&self, request: &Request) -> Request {
        let path = request.path();
        let trimmed = path.trim_end_matches('/');
        let (parent, last) = trimmed.rsplit_once('/').unwrap_or(("", trimmed));
        let bent = request.clone();
        match (self.spell)(&Address { path, trimmed, parent, last }) {
            Spelling::Header(name) => bent.target("/").header(name, &request.target),
            Spelling::Path(path) => match request.query_text() {
                Some(query) => bent.target(format!("{path}?{query}")),
                None => bent.target(path),
            },
        }
    }
}

/// All of them, likely ones first.
const BENDS: [Bend; 11] = {
    use Spelling::{Header, Path};
    [
        bend("a slash at its end", |a| Path(format!("{}/", a.trimmed))),
        bend("a double slash", |a| Path(format!("/{}", a.path))),
        bend("a double slash before its end", |a| Path(format!("{}//{}", a.parent, a.last))),
        bend("a dot segment", |a| Path(format!("/.{}", a.path))),
        bend("an encoded dot segment", |a| Path(format!("/%2e{}", a.path))),
        bend("an encoded letter", |a| Path(format!("{}/{}", a.parent, encoded(a.last)))),
        bend("capital letters", |a| Path(capitals(a.path))),
        bend("a path parameter", |a| Path(format!("{};x=1", a.trimmed))),
        bend("a file ending", |a| Path(format!("{}.json", a.trimmed))),
        bend("the header X-Original-URL", |_| Header("X-Original-URL")),
        bend("the header X-Rewrite-URL", |_| Header("X-Rewrite-URL")),
    ]
};

const fn bend(name: &'static str, spell: fn(&Address<'_>) -> Spelling) -> Bend {
    Bend { name, spell }
}

/// Those that change something of this request.
pub(super) fn bends(request: &Request) -> impl Iterator<Item = Bend> {
    BENDS.into_iter().filter(|bend| bend.of(request) != *request)
}

/// The segment with its first letter percent-encoded.
fn encoded(segment: &str) -> String {
    let mut characters = segment.chars();
    match characters.next() {
        Some(first) if first.is_ascii_alphanumeric() => {
            format!("%{:02x}{}", u32::from(first), characters.as_str())
        }
        _ => segment.to_owned(),
    }
}

/// The first segment with a letter in it in capitals, version and all: ids further on stay.
fn capitals(path: &str) -> String {
    let has_letter = |segment: &str| segment.bytes().any(|b| b.is_ascii_lowercase());
    let mut raised = false;
    let segments = path.split('/').map(|segment| {
        if raised || !has_letter(segment) {
            return segment.to_owned();
        }
        raised = true;
        segment.to_ascii_uppercase()
    });
    segments.collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_spelling_is_another_and_keeps_the_query() {
        let request = Request::read("/v1/admin/users?page=2");
        let bent: Vec<String> = bends(&request).map(|bend| bend.of(&request).target).collect();
        let shown: Vec<&str> = bent.iter().map(String::as_str).collect();
        assert_eq!(
            shown,
            [
                "/v1/admin/users/?page=2",
                "//v1/admin/users?page=2",
                "/v1/admin//users?page=2",
                "/./v1/admin/users?page=2",
                "/%2e/v1/admin/users?page=2",
                "/v1/admin/%75sers?page=2",
                "/V1/admin/users?page=2",
                "/v1/admin/users;x=1?page=2",
                "/v1/admin/users.json?page=2",
                "/",
                "/"
            ]
        );
    }

    #[test]
    fn a_spelling_that_changes_nothing_is_left_out() {
        let names = |target: &str| -> BTreeSet<&'static str> {
            bends(&Request::read(target)).map(|bend| bend.name).collect()
        };
        assert!(!names("/ORDERS/").contains("capital letters"));
        assert!(!names("/ORDERS/").contains("a slash at its end"));
        assert!(!names("/a/‹email:0000000000000001›").contains("an encoded letter"));
    }
}
