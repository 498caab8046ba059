//! Anchors: what somebody else vouches for, about a checkpoint of this log (`docs/ledger-format.md`,
//! section 15).
//!
//! Of a time stamp its content is read: what it is of, and whether it is of a time at which its
//! certificate was valid. Its own signature needs a tool that knows X.509 and whom to trust.

use super::code::Code;
use super::report::Report;
use crate::format::control::Anchored;
use crate::merkle::Hash;
use std::collections::VecDeque;

/// LIMIT: checkpoints that an anchor may speak of, counted from the newest.
const RECENT_MAX: usize = 4096;

const INTEGER: u8 = 0x02;
const OCTETS: u8 = 0x04;
const OBJECT: u8 = 0x06;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
/// The first part of a structure that is marked by number.
const FIRST: u8 = 0xa0;

/// The checkpoints that anchors may speak of.
#[derive(Default)]
pub(super) struct Anchors {
    recent: VecDeque<(u64, Hash)>,
}

impl Anchors {
    /// A checkpoint of this size was published, and agrees.
    pub(super) fn published(&mut self, size: u64, root: Hash) {
        if self.recent.back().is_none_or(|(last, _)| *last != size) {
            self.recent.push_back((size, root));
        }
        if self.recent.len() > RECENT_MAX {
            self.recent.pop_front();
        }
    }

    /// Judges an anchor of a log of this name. Those that tie another log to this one are a registry's.
    pub(super) fn judge(&self, report: &mut Report, index: u64, origin: &str, anchor: &Anchored) {
        if anchor.kind == "log" {
            return;
        }
        let place = self.recent.binary_search_by_key(&anchor.size, |(size, _)| *size);
        let root = place.ok().and_then(|place| self.recent.get(place)).map(|(_, root)| *root);
        if anchor.origin != origin || root.is_some_and(|root| root != anchor.root) {
            report.at(Code::AnchorMismatch, index, "the anchor is of another checkpoint");
        } else if root.is_none() {
            let size = anchor.size;
            report.note(format!("entry {index}: anchor of size {size}, no recent checkpoint"));
        }
        if anchor.kind == "rfc3161" {
            let text = format!("{}\n{}\n{}\n", anchor.origin, anchor.size, anchor.root);
            match TimeStamp::read(&anchor.token) {
                None => report.at(Code::AnchorMismatch, index, "the token is no time stamp"),
                Some(stamp) => stamp.judge(report, index, &text),
            }
        }
    }
}

/// What is read of a time-stamp token.
struct TimeStamp<'a> {
    imprint: &'a [u8],
    at: Vec<u8>,
    /// From when to when its first certificate is valid, if it has one.
    validity: Option<(Vec<u8>, Vec<u8>)>,
}

/// The content of the first element, which must have a tag, and what follows it.
fn element(bytes: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let ([found, length], rest) = bytes.split_first_chunk::<2>()?;
    let (length, rest) = match length & 0x7f {
        short if *length == short => (usize::from(short), rest),
        count @ 1..=4 => {
            let (digits, rest) = rest.split_at_checked(count.into())?;
            let length = digits.iter().fold(0_u64, |sum, digit| sum << 8 | u64::from(*digit));
            (usize::try_from(length).ok()?, rest)
        }
        _ => return None,
    };
    if *found == tag { rest.split_at_checked(length) } else { None }
}

fn inside(bytes: &[u8], tag: u8) -> Option<&[u8]> {
    element(bytes, tag).map(|(content, _)| content)
}

fn behind(bytes: &[u8], tag: u8) -> Option<&[u8]> {
    element(bytes, tag).map(|(_, rest)| rest)
}

/// Year to second as digits, which compare as times do, and what follows.
fn time(bytes: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let tag = *bytes.first().filter(|tag| [UTC_TIME, GENERALIZED_TIME].contains(tag))?;
    let (content, rest) = element(bytes, tag)?;
    if content.len() < 12 || !content.iter().take(12).all(u8::is_ascii_digit) {
        return None;
    }
    let century: &[u8] = match content.first() {
        _ if tag == GENERALIZED_TIME => b"",
        Some(b'0'..=b'4') => b"20",
        _ => b"19",
    };
    let mut digits = [century, content].concat();
    digits.truncate(14);
    Some((digits, rest))
}

impl<'a> TimeStamp<'a> {
    fn read(token: &'a [u8]) -> Option<Self> {
        let signed = inside(inside(behind(inside(token, SEQUENCE)?, OBJECT)?, FIRST)?, SEQUENCE)?;
        let (content, rest) = element(behind(behind(signed, INTEGER)?, SET)?, SEQUENCE)?;
        let info = inside(inside(behind(content, OBJECT)?, FIRST)?, OCTETS)?;
        let info = behind(behind(inside(info, SEQUENCE)?, INTEGER)?, OBJECT)?;
        let (imprint, after) = element(info, SEQUENCE)?;
        let imprint = inside(behind(imprint, SEQUENCE)?, OCTETS)?;
        let (at, _) = time(behind(after, INTEGER)?)?;
        let validity = if rest.first() == Some(&FIRST) { Some(validity(rest)?) } else { None };
        Some(Self { imprint, at, validity })
    }

    fn judge(&self, report: &mut Report, index: u64, text: &str) {
        if self.imprint != Hash::of(text.as_bytes()).0 {
            let message = "the time stamp is of something else";
            report.at(Code::AnchorMismatch, index, message);
        }
        if let Some((begin, end)) = &self.validity
            && !(begin..=end).contains(&&self.at)
        {
            let message = "the time stamp is not of a time at which its certificate was valid";
            report.at(Code::AnchorExpired, index, message);
        }
    }
}

/// From when to when the first of the certificates is valid.
fn validity(certificates: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let body = inside(inside(inside(certificates, FIRST)?, SEQUENCE)?, SEQUENCE)?;
    let body = if body.first() == Some(&FIRST) { behind(body, FIRST)? } else { body };
    let body = behind(behind(behind(body, INTEGER)?, SEQUENCE)?, SEQUENCE)?;
    let (begin, rest) = time(inside(body, SEQUENCE)?)?;
    Some((begin, time(rest)?.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::control::Act;
    use crate::log::tests::Machine;
    use crate::note::Checkpoint;
    use crate::verify::{Knowledge, verify};
    use proptest::prelude::*;

    fn put(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
        let body = parts.concat();
        let length = u16::try_from(body.len()).unwrap().to_be_bytes();
        [&[tag, 0x82][..], &length, &body].concat()
    }

    /// A token with all that is read of one, and an empty signature.
    fn token(text: &str, at: &[u8], (begin, end): (&[u8], &[u8])) -> Vec<u8> {
        let imprint = Hash::of(text.as_bytes());
        let imprint = put(SEQUENCE, &[&put(SEQUENCE, &[]), &put(OCTETS, &[&imprint.0])]);
        let number = put(INTEGER, &[&[2]]);
        let info = [&number[..], &put(OBJECT, &[&[42]]), &imprint, &number];
        let info = put(SEQUENCE, &[&info.concat(), &put(GENERALIZED_TIME, &[at])]);
        let content = put(FIRST, &[&put(OCTETS, &[&info])]);
        let content = put(SEQUENCE, &[&put(OBJECT, &[&[1]]), &content]);
        let valid = put(SEQUENCE, &[&put(UTC_TIME, &[begin]), &put(UTC_TIME, &[end])]);
        let (version, empty) = (put(FIRST, &[&number]), put(SEQUENCE, &[]));
        let body = put(SEQUENCE, &[&version, &number, &empty, &empty, &valid]);
        let certificates = put(FIRST, &[&put(SEQUENCE, &[&body])]);
        let signed = put(SEQUENCE, &[&number, &put(SET, &[]), &content, &certificates]);
        put(SEQUENCE, &[&put(OBJECT, &[&[2]]), &put(FIRST, &[&signed])])
    }

    fn codes(change: impl Fn(&mut Anchored), at: &[u8]) -> Vec<Code> {
        let machine = Machine::new(1).born();
        let core = machine.open().unwrap();
        let note = core.output().publisher.newest().unwrap().to_vec();
        let text = crate::note::Note::parse(&note).unwrap().text;
        let checkpoint = Checkpoint::parse(&text).unwrap();
        let valid = (&b"250101000000Z"[..], &b"270101000000Z"[..]);
        let mut anchored = Anchored {
            kind: "rfc3161".to_owned(),
            size: checkpoint.size,
            root: checkpoint.root,
            origin: checkpoint.origin,
            token: token(&text, at, valid),
        };
        change(&mut anchored);
        core.administer(Act::Anchor(anchored), &[]).unwrap();
        core.finish().unwrap();
        let knowledge = Knowledge::of(Machine::identity().verifier().clone());
        verify(&machine.disk, &knowledge).findings.iter().map(|found| found.code).collect()
    }

    #[test]
    fn a_time_stamp_is_of_a_checkpoint_and_of_its_time() {
        let now = b"20260101000000Z";
        assert_eq!(codes(|_| (), now), []);
        assert_eq!(codes(|_| (), b"20280101000000Z"), [Code::AnchorExpired]);
        let other = [Code::AnchorMismatch, Code::AnchorMismatch];
        assert_eq!(codes(|anchor| anchor.root = Hash([1; 32]), now), other);
        assert_eq!(codes(|anchor| anchor.size -= 1, now)[..1], other[..1]);
        assert_eq!(codes(|anchor| anchor.token.truncate(40), now), [Code::AnchorMismatch]);
        assert_eq!(codes(|anchor| anchor.token.clear(), now), [Code::AnchorMismatch]);
        let vouched = |anchor: &mut Anchored| anchor.kind = "other".to_owned();
        assert_eq!(codes(vouched, now), []);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), at in 0_usize..160) {
            let _ = TimeStamp::read(&bytes);
            let mut near = token("a", b"20260101000000Z", (b"250101000000Z", b"270101000000Z"));
            let at = at.min(near.len() - 1);
            near[at] ^= bytes.first().copied().unwrap_or(1);
            let _ = TimeStamp::read(&near);
        }
    }
}
