//! O3, O4: values that belong to one identity, found in another's answer.

use crate::corpus::{Corpus, Sample};
use crate::oracle::leaves::{Leaf, leaves};
use avouch_model::exchange::Answer;
use avouch_model::identity::Who;
use std::collections::BTreeSet;

/// Values of the owner's answer, private to the owner by the corpus, that this other answer holds.
pub fn private_values_in(
    corpus: &Corpus,
    sample: &Sample,
    owner: Who,
    answer: &Answer,
) -> Vec<Leaf> {
    let there: BTreeSet<String> = leaves(answer).into_iter().map(|leaf| leaf.value).collect();
    let mut found = corpus.private_values(sample, owner);
    found.retain(|leaf| there.contains(&leaf.value));
    found
}

/// Whether the text holds the marker, whatever the case around it.
pub fn holds_marker(answer: &Answer, marker: &str) -> bool {
    answer.body.contains(marker) || answer.headers.0.iter().any(|(_, value)| value.contains(marker))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use avouch_model::exchange::{Headers, Timing};

    /// An answer with that status and body, for tests.
    pub(crate) fn answer(status: u16, body: &str) -> Answer {
        let kind = if body.starts_with(['{', '[']) { "application/json" } else { "text/html" };
        Answer {
            status,
            protocol: "HTTP/1.1".into(),
            headers: Headers(vec![("content-type".into(), kind.into())]),
            body: body.into(),
            body_bytes: body.len() as u64,
            truncated: false,
            timing: Timing::default(),
        }
    }

    #[test]
    fn a_marker_is_found_in_bodies_and_headers() {
        assert!(holds_marker(&answer(200, r#"{"note":"cny-0123"}"#), "cny-0123"));
        assert!(!holds_marker(&answer(200, r#"{"note":"cny-9"}"#), "cny-0123"));
    }
}
