//! O11: what a host answers to paths that do not exist.
//!
//! Many hosts answer 200 to everything, or differently by depth, ending or a leading dot. A path
//! exists only when its answer differs from what its neighbours that cannot exist were answered.

use crate::oracle::similarity::similarity;
use avouch_model::exchange::Answer;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// From here an answer is the host's "not found".
const SAME_PAGE: f64 = 0.75;

/// The kinds of path that hosts treat alike.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PathKind {
    /// Number of segments: 1 for `/x`, 2 for `/a/x`; at most 3.
    pub depth: u8,
    /// Text after the last dot of the last segment, when there is one.
    pub extension: Option<String>,
    /// Whether any segment begins with a dot.
    pub hidden: bool,
}

impl PathKind {
    /// The kind of that path.
    pub fn of(path: &str) -> Self {
        let plain = path.split(['?', '#']).next().unwrap_or_default();
        let segments: Vec<&str> = plain.split('/').filter(|part| !part.is_empty()).collect();
        let last = segments.last().copied().unwrap_or_default().trim_start_matches('.');
        Self {
            depth: u8::try_from(segments.len().min(3)).unwrap_or(3),
            extension: last.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase()),
            hidden: segments.iter().any(|segment| segment.starts_with('.')),
        }
    }
}

/// What the host answers to paths that cannot exist, by their kind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Calibration {
    answers: Vec<(PathKind, Answer)>,
}

impl Calibration {
    /// Keeps the answer to a path of that kind that cannot exist.
    pub fn learn(&mut self, kind: PathKind, answer: Answer) {
        self.answers.push((kind, answer));
    }

    /// Whether nothing was learnt.
    pub fn is_empty(&self) -> bool {
        self.answers.is_empty()
    }

    /// Whether this answer is word for word what the host says to paths that cannot exist, but for
    /// the path in it. A 404 with a text of its own is not.
    pub fn is_very_page(&self, answer: &Answer) -> bool {
        let words = |answer: &Answer| -> Vec<String> {
            let parts = answer.body.split(|c: char| c.is_whitespace() || "\"'<>`".contains(c));
            parts
                .filter(|word| !word.contains('/') && !word.is_empty())
                .map(str::to_owned)
                .collect()
        };
        let same = |known: &Answer| known.status == answer.status && words(known) == words(answer);
        matches!(answer.status, 400..) && self.answers.iter().any(|(_, known)| same(known))
    }

    /// Whether this answer is what the host says when there is nothing. An answer that is not 2xx,
    /// or that is like any calibrated one, is.
    pub fn is_not_found(&self, answer: &Answer) -> bool {
        if matches!(answer.status, 404 | 410) {
            return true;
        }
        self.answers.iter().any(|(_, known)| same_page(known, answer))
    }
}

/// Whether two answers are the same page but for what echoes the path.
pub fn same_page(one: &Answer, other: &Answer) -> bool {
    if one.status != other.status {
        return false;
    }
    if matches!(one.status, 300..400) {
        return redirect_place(one) == redirect_place(other);
    }
    if one.media_type() != other.media_type() {
        return false;
    }
    let nothing = BTreeSet::new();
    if similarity(one, other, &nothing) >= SAME_PAGE {
        return true;
    }
    // Pages that echo the path differ in that value alone: same places, almost the same length.
    let near = one.body.len().abs_diff(other.body.len()) <= 160.max(one.body.len() / 20);
    near && one.status >= 400 && crate::oracle::similarity::same_shape(one, other)
}

fn redirect_place(answer: &Answer) -> String {
    let place = answer.headers.first("location").unwrap_or_default();
    place.split(['?', '#']).next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oracle::markers::tests::answer;

    #[test]
    fn a_catch_all_page_is_not_a_hit() {
        let mut calibration = Calibration::default();
        calibration.learn(PathKind::of("/abcdef"), answer(200, "<html>Welcome to the app</html>"));
        assert!(calibration.is_not_found(&answer(200, "<html>Welcome to the app</html>")));
        assert!(!calibration.is_not_found(&answer(200, "ref: refs/heads/main")));
        assert!(calibration.is_not_found(&answer(404, "anything")));
    }

    #[test]
    fn kinds_tell_hidden_files_and_endings_apart() {
        assert!(PathKind::of("/.git/HEAD").hidden);
        assert_eq!(PathKind::of("/a/b.json").extension.as_deref(), Some("json"));
        assert_eq!(PathKind::of("/.env").extension, None);
        assert_eq!(PathKind::of("/a/b/c/d/e").depth, 3);
    }
}
