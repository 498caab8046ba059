//! Limits on how often something may be asked: whether one was met, and whether it can be gone around.
//!
//! Requests are sent once each: a throttle is the answer here, not an obstacle.

use crate::context::Context;
use crate::oracle::block::blocked;
use crate::step::{Request, Step};
use crate::tape::Tape;
use avouch_model::exchange::Answer;
use avouch_model::verdict::Verdict;

/// Words of a refusal that is about how often, lower case.
const WORDS: [&str; 12] = [
    "too many",
    "rate limit",
    "ratelimit",
    "try again later",
    "try again in",
    "temporarily",
    "locked",
    "blocked",
    "captcha",
    "throttl",
    "slow down",
    "attempts exceeded",
];
/// LIMIT: characters of a body that are searched for them.
const SEARCHED_MAX: usize = 4_000;
/// Headers by which a limiter may know a caller.
pub const CALLERS: [&str; 8] = [
    "X-Forwarded-For",
    "X-Real-IP",
    "X-Client-IP",
    "True-Client-IP",
    "CF-Connecting-IP",
    "X-Originating-IP",
    "X-Remote-Addr",
    "X-Cluster-Client-IP",
];

/// Whether the answer says that it was too often.
pub fn is_limit(answer: &Answer) -> bool {
    if matches!(answer.status, 423 | 429) || blocked(answer).is_some() {
        return true;
    }
    let start: String = answer.body.chars().take(SEARCHED_MAX).collect();
    let lower = start.to_ascii_lowercase();
    let refused = !answer.is_success() || crate::oracle::refusal::refuses(answer);
    refused && WORDS.iter().any(|word| lower.contains(word))
}

/// Whether the answer says how much is left.
pub fn says_a_limit(answer: &Answer) -> bool {
    let tells = |name: &str| {
        let name = name.to_ascii_lowercase();
        name.starts_with("ratelimit") || name.starts_with("x-ratelimit") || name == "x-rate-limit"
    };
    answer.headers.0.iter().any(|(name, _)| tells(name))
}

/// Sends a request once and expects an answer, a throttle included.
///
/// # Errors
/// The next step; ends as inconclusive when there is no answer at all.
pub fn answer_to<'t>(tape: &mut Tape<'t>, request: Request) -> Result<(usize, &'t Answer), Step> {
    let tried = tape.send_once(request)?;
    let none = || Step::Done(Verdict::inconclusive("no answer while it was asked often"));
    Ok((tried.index, tried.exchange.answer().ok_or_else(none)?))
}

/// A way around a limit.
#[derive(Clone, Debug)]
pub struct Evasion {
    /// The header.
    pub header: &'static str,
    /// What shows it: around, limited again, around again.
    pub shown_by: Vec<usize>,
}

/// Tries to be somebody else by a header, once a limit was met: all at once, then each alone.
/// `plain` makes the limited request afresh; `usual` says whether an answer is what it gets below the
/// limit.
///
/// # Errors
/// The next step; ends as inconclusive when the limit is over by itself.
pub fn evade(
    ctx: &Context<'_>,
    tape: &mut Tape<'_>,
    plain: &impl Fn(&str) -> Request,
    usual: &impl Fn(&Answer) -> bool,
) -> Result<Option<Evasion>, Step> {
    // Addresses for documentation (RFC 5737), another one each time.
    let address = |label: &str| format!("203.0.113.{}", ctx.nonces.number(label, 1, 254));
    let from = address("all");
    let all = CALLERS.iter().fold(plain("all"), |request, name| request.header(name, &*from));
    if !usual(answer_to(tape, all)?.1) {
        return Ok(None);
    }
    still_limited(tape, plain("between"), usual)?;
    for header in CALLERS {
        let with = |label: &str| {
            let label = format!("{header} {label}");
            plain(&label).header(header, address(&label))
        };
        let (first, answer) = answer_to(tape, with("first"))?;
        if !usual(answer) {
            continue;
        }
        let limited = still_limited(tape, plain(header), usual)?;
        let (again, answer) = answer_to(tape, with("again"))?;
        if usual(answer) {
            return Ok(Some(Evasion { header, shown_by: vec![again, limited, first] }));
        }
    }
    Ok(None)
}

/// The control: without the trick it must still be limited.
///
/// # Errors
/// The next step; ends as inconclusive when it is not.
pub fn still_limited(
    tape: &mut Tape<'_>,
    plain: Request,
    usual: &impl Fn(&Answer) -> bool,
) -> Result<usize, Step> {
    let (index, answer) = answer_to(tape, plain)?;
    if usual(answer) {
        let because = "the limit was over by itself while ways around it were tried";
        return Err(Step::Done(Verdict::inconclusive(because)));
    }
    Ok(index)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oracle::markers::tests::answer;

    #[test]
    fn a_limit_is_told_by_status_or_words() {
        assert!(is_limit(&answer(429, "")));
        assert!(is_limit(&answer(423, "")));
        assert!(is_limit(&answer(401, r#"{"error":"Account locked"}"#)));
        assert!(is_limit(&answer(200, r#"{"success":false,"error":"Too many attempts"}"#)));
        assert!(!is_limit(&answer(401, r#"{"error":"wrong password"}"#)));
        assert!(!is_limit(&answer(200, r#"{"title":"the locked room","id":7}"#)));
    }
}
