//! What a model said, out of the many forms in which answers travel.
//!
//! Whole answers hold the words somewhere in their JSON; streamed ones (server-sent events, lines of
//! JSON) hold them in pieces that must be put together before anything can be found in them.

use crate::oracle::leaves::leaves_of;
use avouch_model::exchange::Answer;
use serde_json::Value;

/// LIMIT: pieces of one streamed answer.
const PIECES_MAX: usize = 20_000;
/// Where the words of one piece stand, the most certain first.
const PLACES: [&str; 18] = [
    "/choices/0/delta/content",
    "/choices/0/message/content",
    "/choices/0/text",
    "/delta/text",
    "/delta/content",
    "/message/content",
    "/content/0/text",
    "/candidates/0/content/parts/0/text",
    "/response",
    "/content",
    "/delta",
    "/token/text",
    "/token",
    "/text",
    "/output",
    "/answer",
    "/reply",
    "/data",
];

/// The words of an answer: all of its texts, one a line; of a streamed one the pieces put together.
pub(super) fn said(answer: &Answer) -> String {
    if let Some(json) = answer.json() {
        let texts: Vec<String> = leaves_of(&json).into_iter().map(|leaf| leaf.value).collect();
        return texts.join("\n");
    }
    let pieces: Vec<&str> = events(&answer.body).into_iter().take(PIECES_MAX).collect();
    if pieces.is_empty() {
        return answer.body.clone();
    }
    pieces.into_iter().map(words_of).collect()
}

/// The data of each server-sent event, or each line of JSON; empty when it is neither.
fn events(body: &str) -> Vec<&str> {
    let streamed: Vec<&str> = body
        .lines()
        .filter_map(|line| line.strip_prefix("data:"))
        .map(|data| data.strip_prefix(' ').unwrap_or(data))
        .filter(|data| data.trim() != "[DONE]")
        .collect();
    if !streamed.is_empty() {
        return streamed;
    }
    let lines: Vec<&str> = body.lines().filter(|line| !line.trim().is_empty()).collect();
    let all_json = lines.len() > 1 && lines.iter().all(|line| line.trim_start().starts_with('{'));
    if all_json { lines } else { Vec::new() }
}

fn words_of(piece: &str) -> String {
    let Ok(json) = serde_json::from_str::<Value>(piece) else { return piece.to_owned() };
    if let Value::String(text) = json {
        return text;
    }
    let found = PLACES.iter().find_map(|place| json.pointer(place).and_then(Value::as_str));
    found.unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oracle::markers::tests::answer;

    #[test]
    fn pieces_are_put_together() {
        let streamed = "data: {\"choices\":[{\"delta\":{\"content\":\"qw\"}}]}\n\ndata: \
                        {\"choices\":[{\"delta\":{\"content\":\"er\"}}]}\n\ndata: [DONE]\n\n";
        assert_eq!(said(&answer(200, streamed)), "qwer");
        let lines = "{\"response\":\"qw\"}\n{\"response\":\"er\",\"done\":true}\n";
        assert_eq!(said(&answer(200, lines)), "qwer");
        assert_eq!(said(&answer(200, "data: qw\n\ndata: er\n\n")), "qwer");
    }

    #[test]
    fn whole_answers_are_read_wherever_the_words_are() {
        for body in [
            r#"{"reply":"qwer"}"#,
            r#"{"choices":[{"message":{"content":"qwer"}}],"usage":{"total_tokens":3}}"#,
            r#"{"data":{"result":{"parts":[{"text":"qwer"}]}}}"#,
        ] {
            assert!(said(&answer(200, body)).contains("qwer"), "{body}");
        }
        assert_eq!(said(&answer(200, "plain words")), "plain words");
    }
}
