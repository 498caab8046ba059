//! O10: the target came to our listener.

use crate::step::Step;
use crate::tape::Tape;
use avouch_model::exchange::Hit;

/// Robots that fetch whatever link they see, by their `User-Agent`.
const ROBOTS: [&str; 12] = [
    "slackbot",
    "twitterbot",
    "facebookexternalhit",
    "googlebot",
    "bingbot",
    "telegrambot",
    "whatsapp",
    "discordbot",
    "linkedinbot",
    "skypeuripreview",
    "proofpoint",
    "urlscan",
];

/// The control before an address is given away: nobody has come with its token.
///
/// # Errors
/// The next step; ends as inconclusive when somebody has.
pub fn nobody_came(tape: &mut Tape<'_>, token: &str) -> Result<(), Step> {
    if tape.await_hit(token, 0)?.is_empty() {
        return Ok(());
    }
    Err(Step::inconclusive("somebody came before the address was given away"))
}

/// Whether it was the target that came, and no preview robot nor our own client on its way: that
/// one names the scan in `X-Scan-Id`.
pub fn is_the_target(hit: &Hit) -> bool {
    let request = hit.request.to_ascii_lowercase();
    let lines = || request.lines().map(str::trim_start);
    let robot = lines()
        .filter(|line| line.starts_with("user-agent:"))
        .any(|line| ROBOTS.iter().any(|robot| line.contains(robot)));
    !robot && !lines().any(|line| line.starts_with("x-scan-id:"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn robots_and_our_own_client_are_not_the_target() {
        let hit = |request: &str| Hit {
            token: "t".into(),
            protocol: "http".into(),
            from: "192.0.2.7:1".into(),
            request: request.into(),
            at_us: 1,
        };
        assert!(is_the_target(&hit("GET /t HTTP/1.1\r\nuser-agent: Java/17\r\n")));
        assert!(is_the_target(&hit("")));
        assert!(!is_the_target(&hit("GET /t HTTP/1.1\r\nUser-Agent: Slackbot 1.0\r\n")));
        assert!(!is_the_target(&hit("GET /t HTTP/1.1\r\nX-Scan-Id: 7\r\n")));
    }
}
