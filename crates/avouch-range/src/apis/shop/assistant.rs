//! The assistant: a scripted model that reads a sum out of a sentence and does it.

use super::answer::{Answer, ok};
use super::call::{Call, required};
use super::route::{Route, Security};
use super::schema::{object, string};
use crate::apis::shop::weakness::Weakness;
use axum::routing::post;
use serde_json::json;

pub(crate) fn routes() -> Vec<Route> {
    let chat = |path| {
        Route::post(path, post(chat))
            .needs(Security::Bearer)
            .says("Ask the assistant")
            .takes(object(&[("message", string())]))
            .answers(object(&[("reply", string())]))
    };
    vec![
        chat("/assistant/chat").carries(Weakness::AssistantWithoutAuth),
        chat("/v2/assistant/chat"),
    ]
}

async fn chat(call: Call) -> Answer {
    if !call.is_weak() {
        call.customer()?;
    }
    let fields = call.object()?;
    let message = required(&fields, "message", "`message` is missing")?;
    let reply = match sum(message) {
        Some(result) => format!("That makes {result}."),
        None => "I can help with orders, deliveries and small sums.".to_owned(),
    };
    ok(json!({"reply": reply}))
}

/// The result of the first sum in the sentence: two numbers and a word or sign for what to do.
fn sum(message: &str) -> Option<i128> {
    let text = message.to_lowercase();
    let mut numbers = text
        .split(|letter: char| !letter.is_ascii_digit())
        .filter_map(|digits| digits.parse::<u32>().ok().map(i128::from));
    let (one, two) = (numbers.next()?, numbers.next()?);
    let says = |words: &[&str]| words.iter().any(|word| text.contains(word));
    if says(&["*", "×", "multipl", "times", "product"]) {
        Some(one * two)
    } else if says(&["+", "add", "plus", "sum"]) {
        Some(one + two)
    } else if text.contains("subtract") && text.contains("from") {
        Some(two - one)
    } else if says(&["minus", "-", "−", "subtract"]) {
        Some(one - two)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_read_out_of_sentences() {
        assert_eq!(sum("multiply 12 by 34"), Some(408));
        assert_eq!(sum("what is 12*34?"), Some(408));
        assert_eq!(sum("Add 4711 and 289, please"), Some(5000));
        assert_eq!(sum("what is 5 minus 7"), Some(-2));
        assert_eq!(sum("where is my order"), None);
    }
}
