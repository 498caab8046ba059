//! What clients ask for, and which answers are right.

use super::answer::Answer;
use super::files::LONG_BYTES;
use super::stage::Purse;
use super::world::{ApiKey, Moment};
use std::fmt::Write as _;

/// A kind of request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Open,
    Token,
    OlderToken,
    Key,
    Post,
    PostChunked,
    PostLong,
    PostUndescribed,
    ChunkedUndescribed,
    NoCredential,
    Expired,
    Forged,
    UnknownKey,
    Blocked,
    Forbidden,
    Greedy,
    DotSegment,
    Undescribed,
    OtherMethod,
    TwoHosts,
    File,
    FileLeft,
    BodyLeft,
}

/// How often each is asked for, of all.
const SHARES: [(Kind, u64); 23] = [
    (Kind::Open, 30),
    (Kind::Token, 25),
    (Kind::OlderToken, 8),
    (Kind::Key, 12),
    (Kind::Post, 8),
    (Kind::PostChunked, 2),
    (Kind::PostLong, 3),
    (Kind::PostUndescribed, 2),
    (Kind::ChunkedUndescribed, 3),
    (Kind::NoCredential, 2),
    (Kind::Expired, 1),
    (Kind::Forged, 1),
    (Kind::UnknownKey, 1),
    (Kind::Blocked, 4),
    (Kind::Forbidden, 4),
    (Kind::Greedy, 3),
    (Kind::DotSegment, 1),
    (Kind::Undescribed, 2),
    (Kind::OtherMethod, 1),
    (Kind::TwoHosts, 1),
    (Kind::File, 2),
    (Kind::FileLeft, 1),
    (Kind::BodyLeft, 1),
];

/// What a client does after it asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Then {
    /// Reads the answer; the connection goes on, unless the answer says that it does not.
    GoesOn,
    /// Leaves after the first bytes of the answer.
    LeavesAnswer,
    /// Leaves at once.
    Leaves,
}

/// One request.
#[derive(Clone, Debug)]
pub(super) struct Ask {
    pub(super) kind: Kind,
    pub(super) bytes: Vec<u8>,
    pub(super) then: Then,
    method: &'static str,
    target: String,
    key: Option<ApiKey>,
}

/// Draws numbers; each client its own.
#[derive(Clone, Copy, Debug)]
pub(super) struct Draw(u64);

impl Draw {
    pub(super) fn new(seed: u32) -> Self {
        Self((u64::from(seed) + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15))
    }

    /// Below a number (Marsaglia's xorshift).
    pub(super) fn below(&mut self, most: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % most.max(1)
    }

    /// One of a list.
    fn of<'a, T>(&mut self, all: &'a [T]) -> Option<&'a T> {
        let place = self.below(all.len() as u64);
        all.get(usize::try_from(place).ok()?)
    }
}

/// The next request of a client.
pub(super) fn draw(draw: &mut Draw, purse: &Purse, moment: &Moment) -> Ask {
    let whole = SHARES.iter().map(|(_, share)| share).sum();
    let mut place = draw.below(whole);
    let kind = SHARES.iter().find(|(_, share)| {
        let here = place < *share;
        place = place.saturating_sub(*share);
        here
    });
    let kind = kind.map_or(Kind::Open, |(kind, _)| *kind);
    let number = draw.below(100_000);
    let (method, path) = line(kind);
    let mut ask = Ask {
        kind,
        bytes: Vec::new(),
        then: then(kind),
        method,
        target: format!("{path}{number}"),
        key: draw.of(&moment.keys).filter(|_| kind == Kind::Key).cloned(),
    };
    let mut head = format!("{method} {} HTTP/1.1\r\nHost: soak\r\n", ask.target);
    if let Some(token) = token(kind, draw, purse) {
        let _ = write!(head, "Authorization: Bearer {token}\r\n");
    }
    if let Some(key) = &ask.key {
        let _ = write!(head, "X-API-Key: {}\r\n", key.key);
    }
    if kind == Kind::TwoHosts {
        head.push_str("Host: other\r\n");
    }
    head.push_str(&body(kind));
    ask.bytes = head.into_bytes();
    ask
}

fn line(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::Open | Kind::TwoHosts => ("GET", "/public/"),
        Kind::Post
        | Kind::PostChunked
        | Kind::PostLong
        | Kind::PostUndescribed
        | Kind::BodyLeft => ("POST", "/orders/"),
        Kind::Greedy => ("GET", "/greedy/"),
        Kind::DotSegment => ("GET", "/public/../orders/"),
        Kind::Undescribed => ("GET", "/nothing/"),
        Kind::ChunkedUndescribed => ("POST", "/nothing/"),
        Kind::OtherMethod => ("DELETE", "/orders/"),
        Kind::File | Kind::FileLeft => ("GET", "/files/"),
        _ => ("GET", "/orders/"),
    }
}

fn then(kind: Kind) -> Then {
    match kind {
        Kind::FileLeft => Then::LeavesAnswer,
        Kind::BodyLeft => Then::Leaves,
        _ => Then::GoesOn,
    }
}

fn token(kind: Kind, draw: &mut Draw, purse: &Purse) -> Option<String> {
    let both = purse.both();
    let (newest, before) = &*both;
    let text = match kind {
        Kind::Token | Kind::Post | Kind::PostChunked | Kind::PostLong | Kind::BodyLeft => {
            draw.of(&newest.people)?
        }
        Kind::PostUndescribed | Kind::OtherMethod => draw.of(&newest.people)?,
        Kind::OlderToken => draw.of(&before.people)?,
        Kind::Blocked => &newest.blocked,
        Kind::Forbidden => &newest.turned,
        Kind::Greedy => &newest.greedy,
        Kind::Expired => &purse.bad.expired,
        Kind::Forged => &purse.bad.forged,
        Kind::UnknownKey => {
            return Some(purse.bad.unknown(usize::try_from(draw.below(1000)).ok()?).to_owned());
        }
        _ => return None,
    };
    Some(text.clone())
}

/// The rest of the head, and the body.
fn body(kind: Kind) -> String {
    let json = match kind {
        Kind::Post => "{\"count\": 3, \"note\": \"as usual\"}".to_owned(),
        Kind::PostLong => format!("{{\"count\": 3, \"note\": \"{}\"}}", "n".repeat(LONG_BYTES)),
        Kind::PostUndescribed => "{\"count\": 3, \"admin\": true}".to_owned(),
        Kind::PostChunked | Kind::ChunkedUndescribed => {
            return "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n\
                    8\r\n{\"count\"\r\n4\r\n: 3}\r\n0\r\n\r\n"
                .to_owned();
        }
        Kind::BodyLeft => {
            return "Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"count\": 3"
                .to_owned();
        }
        _ => return "\r\n".to_owned(),
    };
    format!("Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{json}", json.len())
}

impl Ask {
    /// Whether an answer is right, by what held when it was asked and when it was answered.
    pub(super) fn judge(
        &self,
        before: &Moment,
        after: &Moment,
        answer: &Answer,
    ) -> Result<(), String> {
        let right: Vec<u16> =
            [before, after].iter().flat_map(|moment| self.right(moment)).collect();
        if !right.contains(&answer.status) {
            return Err(format!("{} instead of {right:?}: {}", answer.status, answer.text()));
        }
        if answer.id.is_empty() {
            return Err("no id of the request".to_owned());
        }
        match (answer.status, self.kind) {
            (200, Kind::FileLeft) => Ok(()),
            (200, Kind::File) if answer.body.len() == super::files::FILE_BYTES => Ok(()),
            (200 | 201, _) if self.is_seen(answer) => Ok(()),
            (400.., _) if answer.text().contains(&format!("\"request\":\"{}\"", answer.id)) => {
                Ok(())
            }
            _ => Err(format!("another body: {}", answer.text())),
        }
    }

    /// Whether the body is what the API must have said, after what is not described was left out.
    fn is_seen(&self, answer: &Answer) -> bool {
        let seen = format!(
            "{{\"target\":\"{}\",\"method\":\"{}\",\"request\":\"{}\",\"credential\":\"\"}}",
            self.target, self.method, answer.id
        );
        answer.body == seen.as_bytes()
    }

    /// The statuses that are right at a moment.
    fn right(&self, moment: &Moment) -> Vec<u16> {
        let mut right = Vec::new();
        let mut add = |status: u16, may_be: bool| right.extend(may_be.then_some(status));
        let (at, new) = (moment.at, moment.keys_are_new());
        let mut forwarded = false;
        match self.kind {
            Kind::Open | Kind::File | Kind::FileLeft | Kind::OlderToken | Kind::BodyLeft => {
                forwarded = true;
            }
            Kind::Token | Kind::Post | Kind::PostChunked => {
                add(503, new);
                forwarded = true;
            }
            Kind::PostLong => {
                add(503, new);
                add(413, moment.narrow.may_be(true, at));
                forwarded = moment.narrow.may_be(false, at);
            }
            Kind::Key => {
                let accepted = self.key.as_ref().map(|key| accepted(moment, key));
                add(401, accepted.is_none_or(|(_, refused)| refused));
                forwarded = accepted.is_some_and(|(accepted, _)| accepted);
            }
            Kind::Blocked | Kind::Forbidden => {
                let held =
                    if self.kind == Kind::Blocked { moment.blocked } else { moment.forbidden };
                add(503, new);
                add(403, held.may_be(true, at));
                forwarded = held.may_be(false, at);
            }
            Kind::Greedy => {
                add(503, new);
                add(429, true);
                forwarded = true;
            }
            Kind::NoCredential | Kind::Expired => add(401, true),
            // Whether a key is unknown or only new, nobody can tell at once.
            Kind::Forged | Kind::UnknownKey => {
                add(401, true);
                add(503, true);
            }
            Kind::PostUndescribed => {
                add(503, new);
                add(422, true);
            }
            Kind::DotSegment | Kind::TwoHosts => add(400, true),
            Kind::Undescribed | Kind::ChunkedUndescribed => add(404, true),
            Kind::OtherMethod => {
                add(503, new);
                add(405, true);
            }
        }
        if forwarded {
            let good = if self.method == "POST" { 201 } else { 200 };
            add(good, moment.upstream.may_be(true, at));
            add(502, moment.upstream.may_be(false, at));
        }
        right
    }
}

/// Whether a key may be accepted, and whether it may be refused. One that is not used any more was
/// accepted or refused as when it was drawn.
fn accepted(moment: &Moment, drawn: &ApiKey) -> (bool, bool) {
    let held = moment.keys.iter().find(|key| key.id == drawn.id).unwrap_or(drawn).accepted;
    (held.may_be(true, moment.at), held.may_be(false, moment.at))
}
