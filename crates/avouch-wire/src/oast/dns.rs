//! Visitors over DNS (RFC 1035): one question, one answer no larger than need be.

use super::listener::House;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::UdpSocket;

/// Bytes of a question that are read; longer ones are cut and then refused. // LIMIT: bytes
const QUESTION_BYTES_MAX: usize = 1024;
/// Bytes of a name (RFC 1035, section 2.3.4). // LIMIT: bytes
const NAME_BYTES_MAX: usize = 255;
/// How long to pause when nothing can be received. // LIMIT: ms
const PAUSE_MS: u64 = 50;
/// The record type of an IPv4 address.
const TYPE_A: u16 = 1;
/// The class of the Internet.
const CLASS_IN: u16 = 1;

/// Serves visitors until the task is aborted.
pub(super) async fn listen(socket: UdpSocket, house: Arc<House>) {
    let mut buffer = vec![0; QUESTION_BYTES_MAX];
    loop {
        let Ok((length, from)) = socket.recv_from(&mut buffer).await else {
            tokio::time::sleep(Duration::from_millis(PAUSE_MS)).await;
            continue;
        };
        let Some(question) = Question::read(buffer.get(..length).unwrap_or_default()) else {
            continue;
        };
        let labels = house.labels_under_domain(&question.name);
        let answer = match &labels {
            Some(labels) => {
                if let Some(token) = house.visits.expected(labels.iter().copied()) {
                    let name = house.redactor.text(&question.name);
                    let shown = format!("{name} type {}", question.kind);
                    house.record(token, "dns", from, shown);
                }
                question.answer(house.answer_with)
            }
            None => question.refusal(),
        };
        let _ = socket.send_to(&answer, from).await;
    }
}

/// The one question of a query.
#[derive(Debug, PartialEq, Eq)]
struct Question {
    id: [u8; 2],
    /// Whether recursion is desired, which is repeated in the answer.
    recursion: u8,
    /// The name with dots; bytes that are not plain are replaced by `?`.
    name: String,
    kind: u16,
    class: u16,
    /// The question's own bytes, which are repeated in the answer.
    bytes: Vec<u8>,
}

impl Question {
    /// Reads a standard query with one question; `None` for anything else.
    fn read(packet: &[u8]) -> Option<Self> {
        let (header, rest) = packet.split_at_checked(12)?;
        let [id_high, id_low, flags, _, 0, 1, ..] = header else { return None };
        // A response, or an operation other than a standard query.
        if flags & 0b1111_1000 != 0 {
            return None;
        }
        let mut name = String::new();
        let mut place = 0;
        loop {
            let length = usize::from(*rest.get(place)?);
            place += 1;
            if length == 0 {
                break;
            }
            // 64 and above is a pointer, which has nothing to point to in a first name.
            if length > 63 || place + length > NAME_BYTES_MAX {
                return None;
            }
            let label = rest.get(place..place + length)?;
            if !name.is_empty() {
                name.push('.');
            }
            let plain = |b: &u8| b.is_ascii_alphanumeric() || b"-_".contains(b);
            name.extend(label.iter().map(|b| if plain(b) { char::from(*b) } else { '?' }));
            place += length;
        }
        let kind = u16::from_be_bytes(rest.get(place..place + 2)?.try_into().ok()?);
        let class = u16::from_be_bytes(rest.get(place + 2..place + 4)?.try_into().ok()?);
        Some(Self {
            id: [*id_high, *id_low],
            recursion: flags & 1,
            name,
            kind,
            class,
            bytes: rest.get(..place + 4)?.to_vec(),
        })
    }

    fn head(&self, code: u8, answers: u8) -> Vec<u8> {
        let [high, low] = self.id;
        // A response, with authority, to this one question.
        let header = [high, low, 0b1000_0100 | self.recursion, code, 0, 1, 0, answers, 0, 0, 0, 0];
        [header.as_slice(), &self.bytes].concat()
    }

    /// The address when an IPv4 address is asked for, else no record. It is not to be cached: the
    /// next visit must come here too.
    fn answer(&self, address: Ipv4Addr) -> Vec<u8> {
        if self.kind != TYPE_A || self.class != CLASS_IN {
            return self.head(0, 0);
        }
        let mut answer = self.head(0, 1);
        // The name by a pointer to the question; type, class, time to live, length.
        answer.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4]);
        answer.extend(address.octets());
        answer
    }

    fn refusal(&self) -> Vec<u8> {
        self.head(5, 0)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A query for that name and type.
    pub(in crate::oast) fn query(name: &str, kind: u8) -> Vec<u8> {
        let mut packet = vec![0xab, 0xcd, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
        for label in name.split('.') {
            packet.push(u8::try_from(label.len()).expect("a short label"));
            packet.extend(label.bytes());
        }
        packet.extend([0, 0, kind, 0, 1]);
        packet
    }

    #[test]
    fn a_question_is_read_and_answered() {
        let question = Question::read(&query("a.b.test", 1)).expect("a question");
        assert_eq!((question.name.as_str(), question.kind), ("a.b.test", 1));
        let answer = question.answer(Ipv4Addr::LOCALHOST);
        assert!(answer.starts_with(&[0xab, 0xcd, 0x85, 0, 0, 1, 0, 1]));
        assert!(answer.ends_with(&[0, 4, 127, 0, 0, 1]));
        let other = Question::read(&query("a.b.test", 28)).expect("a question");
        assert_eq!(other.answer(Ipv4Addr::LOCALHOST).get(6..8), Some([0, 0].as_slice()));
    }

    #[test]
    fn what_is_not_one_plain_question_is_ignored() {
        let good = query("a.test", 1);
        for cut in 0..good.len() {
            assert_eq!(Question::read(&good[..cut]), None, "{cut}");
        }
        let mut response = good.clone();
        response[2] |= 0x80;
        assert_eq!(Question::read(&response), None);
        let mut pointer = good.clone();
        pointer[12] = 0xc0;
        assert_eq!(Question::read(&pointer), None);
        let long = query(&["x".repeat(60).as_str(); 6].join("."), 1);
        assert_eq!(Question::read(&long), None);
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            let _ = Question::read(&bytes);
            let head = [&[1, 2, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0], bytes.as_slice()].concat();
            if let Some(question) = Question::read(&head) {
                prop_assert!(question.answer(Ipv4Addr::LOCALHOST).len() <= head.len() + 16);
            }
        }
    }
}
