//! Other spellings of one address, which a guard may read differently from the handler behind it.

use crate::step::Request;

/// A request to the same thing under another spelling.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Bend {
    /// What was done, as a noun: stable between runs.
    pub(super) name: &'static str,
    /// The request.
    pub(super) request: Request,
}

/// Every spelling, likely ones first; those that change nothing are left out.
pub(super) fn bends(request: &Request) -> Vec<Bend> {
    let path = request.path();
    let with = |path: String| match request.query_text() {
        Some(query) => request.clone().target(format!("{path}?{query}")),
        None => request.clone().target(path),
    };
    let trimmed = path.trim_end_matches('/');
    let (parent, last) = trimmed.rsplit_once('/').unwrap_or(("", trimmed));
    let rewritten = |header: &str| request.clone().target("/").header(header, &request.target);
    let all = [
        ("a slash at its end", with(format!("{trimmed}/"))),
        ("a double slash", with(format!("/{path}"))),
        ("a double slash before its end", with(format!("{parent}//{last}"))),
        ("a dot segment", with(format!("/.{path}"))),
        ("an encoded dot segment", with(format!("/%2e{path}"))),
        ("an encoded letter", with(format!("{parent}/{}", encoded(last)))),
        ("capital letters", with(capitals(path))),
        ("a path parameter", with(format!("{trimmed};x=1"))),
        ("a file ending", with(format!("{trimmed}.json"))),
        ("the header X-Original-URL", rewritten("X-Original-URL")),
        ("the header X-Rewrite-URL", rewritten("X-Rewrite-URL")),
    ];
    all.into_iter()
        .filter(|(_, bent)| bent != request)
        .map(|(name, request)| Bend { name, request })
        .collect()
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
        let bent: Vec<String> = bends(&request).into_iter().map(|b| b.request.target).collect();
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
            bends(&Request::read(target)).into_iter().map(|bend| bend.name).collect()
        };
        assert!(!names("/ORDERS/").contains("capital letters"));
        assert!(!names("/ORDERS/").contains("a slash at its end"));
        assert!(!names("/a/‹email:0000000000000001›").contains("an encoded letter"));
    }
}
