//! A `ClientHello` of our own making, and what a server says to it.
//!
//! No library offers SSL 3.0 to TLS 1.1 or one suite at a time, so the bytes are written by hand.
//! In scope: writing the hello, reading a `ServerHello` or an alert. Pure; nothing read is trusted.
//! Out of scope: finishing a handshake.

use avouch_model::tls::{HelloAnswer, TlsVersion};
use std::net::IpAddr;

/// Bytes of a server's answer that are looked at. // LIMIT: bytes
pub(crate) const ANSWER_BYTES_MAX: usize = 64 * 1024;
/// Suites one hello offers. // LIMIT: suites
const SUITES_MAX: usize = 512;

/// The version's number on the wire.
fn number(version: TlsVersion) -> u16 {
    match version {
        TlsVersion::Ssl3 => 0x0300,
        TlsVersion::Tls10 => 0x0301,
        TlsVersion::Tls11 => 0x0302,
        TlsVersion::Tls12 => 0x0303,
        TlsVersion::Tls13 => 0x0304,
    }
}

fn version(number: u16) -> Option<TlsVersion> {
    [TlsVersion::Ssl3, TlsVersion::Tls10, TlsVersion::Tls11, TlsVersion::Tls12, TlsVersion::Tls13]
        .into_iter()
        .find(|version| self::number(*version) == number)
}

/// A record with a `ClientHello` that offers this version at most and these suites only (RFC 8446,
/// section 4.1.2; RFC 5246, section 7.4.1.2). `random` fills every field that wants random bytes:
/// no key is ever made of it.
pub(crate) fn client_hello(
    offered: TlsVersion,
    suites: &[u16],
    host: &str,
    random: &[u8; 32],
) -> Vec<u8> {
    client_hello_with(offered, suites, host, random, &[0], &[])
}

/// As [`client_hello`], with these compression methods and, written out, these extensions besides.
pub(crate) fn client_hello_with(
    offered: TlsVersion,
    suites: &[u16],
    host: &str,
    random: &[u8; 32],
    compression: &[u8],
    more_extensions: &[u8],
) -> Vec<u8> {
    let mut hello = Vec::with_capacity(512);
    hello.extend(number(offered.min(TlsVersion::Tls12)).to_be_bytes());
    hello.extend(random);
    let session: &[u8] = if offered == TlsVersion::Tls13 { random } else { &[] };
    hello.extend(with_length_8(session));
    let suites: Vec<u8> = suites.iter().take(SUITES_MAX).flat_map(|s| s.to_be_bytes()).collect();
    hello.extend(with_length_16(&suites));
    hello.extend(with_length_8(compression));
    if offered > TlsVersion::Ssl3 {
        let all = [extensions(offered, host, random).as_slice(), more_extensions].concat();
        hello.extend(with_length_16(&all));
    }
    let length = u32::try_from(hello.len()).unwrap_or_default().to_be_bytes();
    let handshake = [&[1], length.get(1..).unwrap_or_default(), &hello].concat();
    let record_version = number(offered.min(TlsVersion::Tls10)).to_be_bytes();
    [&[22], record_version.as_slice(), &with_length_16(&handshake)].concat()
}

fn extensions(offered: TlsVersion, host: &str, random: &[u8; 32]) -> Vec<u8> {
    let mut all = Vec::new();
    // An address is not a name (RFC 6066, section 3).
    if host.parse::<IpAddr>().is_err() {
        let name = [&[0], with_length_16(host.as_bytes()).as_slice()].concat();
        all.extend(extension(0, &with_length_16(&name)));
    }
    let groups: Vec<u8> = [0x001d_u16, 0x0017, 0x0018, 0x0019, 0x001e, 0x0100, 0x0101]
        .iter()
        .flat_map(|group| group.to_be_bytes())
        .collect();
    all.extend(extension(10, &with_length_16(&groups)));
    all.extend(extension(11, &[1, 0]));
    if offered >= TlsVersion::Tls12 {
        let schemes: Vec<u8> = [
            0x0403_u16, 0x0503, 0x0603, 0x0807, 0x0808, 0x0804, 0x0805, 0x0806, 0x0809, 0x080a,
            0x080b, 0x0401, 0x0501, 0x0601, 0x0203, 0x0201, 0x0402, 0x0202,
        ]
        .iter()
        .flat_map(|scheme| scheme.to_be_bytes())
        .collect();
        all.extend(extension(13, &with_length_16(&schemes)));
    }
    all.extend(extension(23, &[]));
    all.extend(extension(0xff01, &[0]));
    if offered == TlsVersion::Tls13 {
        all.extend(extension(43, &[2, 3, 4]));
        all.extend(extension(45, &[1, 1]));
        // Any 32 bytes are a point of X25519 (RFC 7748, section 5).
        let share = [&[0x00, 0x1d], with_length_16(random).as_slice()].concat();
        all.extend(extension(51, &with_length_16(&share)));
    }
    all
}

fn extension(kind: u16, content: &[u8]) -> Vec<u8> {
    [kind.to_be_bytes().as_slice(), &with_length_16(content)].concat()
}

fn with_length_8(content: &[u8]) -> Vec<u8> {
    let length = u8::try_from(content.len()).unwrap_or_default();
    [&[length], content].concat()
}

fn with_length_16(content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len()).unwrap_or_default();
    [length.to_be_bytes().as_slice(), content].concat()
}

/// What the bytes so far say; `None` when more are needed.
pub(crate) fn read_answer(bytes: &[u8]) -> Option<HelloAnswer> {
    let unclear = |because: &str| Some(HelloAnswer::Unclear { because: because.to_owned() });
    let mut handshake: Vec<u8> = Vec::new();
    let mut rest = bytes;
    loop {
        if !looks_like_record(rest) {
            return unclear("the answer is not TLS");
        }
        let mut reader = Reader(rest);
        let (kind, _) = (reader.u8()?, reader.u16()?);
        if reader.0.len() < 2 {
            return None;
        }
        let content = reader.block_16();
        match (kind, content) {
            (21, content) => {
                let (level, alert) = match content? {
                    [level, alert] => (*level, *alert),
                    _ => return unclear("an alert of a length no alert has"),
                };
                // A warning, such as of an unknown name, may precede the hello.
                if level != 1 || alert == 0 {
                    return Some(HelloAnswer::Refused { alert: Some(alert) });
                }
            }
            (22, Some(content)) => handshake.extend(content),
            // The hello may already be whole in a record that is not.
            (22, None) => {
                handshake.extend(reader.0);
                return server_hello(&handshake);
            }
            _ => return unclear("a record that cannot come first"),
        }
        if let Some(answer) = server_hello(&handshake) {
            return Some(answer);
        }
        if bytes.len() > ANSWER_BYTES_MAX {
            return unclear("the answer is too long");
        }
        rest = reader.0;
    }
}

/// Whether what is there so far may begin a record.
fn looks_like_record(bytes: &[u8]) -> bool {
    let kind = bytes.first().is_none_or(|kind| (20..=23).contains(kind));
    kind && bytes.get(1).is_none_or(|major| *major == 3)
}

/// Reads a `ServerHello` (RFC 8446, section 4.1.3); `None` when it is not whole yet.
fn server_hello(bytes: &[u8]) -> Option<HelloAnswer> {
    let mut reader = Reader(bytes);
    if reader.u8()? != 2 {
        return Some(HelloAnswer::Unclear { because: "a message that cannot come first".into() });
    }
    let length = usize::from(reader.u8()?) << 16 | usize::from(reader.u16()?);
    if length > ANSWER_BYTES_MAX {
        return Some(HelloAnswer::Unclear { because: "the hello is too long".into() });
    }
    let mut body = Reader(reader.take(length)?);
    let mut answer = || {
        let legacy = body.u16()?;
        body.take(32)?;
        let session = body.u8()?;
        body.take(usize::from(session))?;
        let cipher_suite = body.u16()?;
        body.u8()?;
        let chosen = chosen_version(body.block_16().unwrap_or_default()).unwrap_or(legacy);
        Some(HelloAnswer::Accepted { version: version(chosen)?, cipher_suite })
    };
    let malformed = || HelloAnswer::Unclear { because: "the hello cannot be read".into() };
    Some(answer().unwrap_or_else(malformed))
}

/// The version in `supported_versions` (RFC 8446, section 4.2.1), which overrules the other field.
fn chosen_version(extensions: &[u8]) -> Option<u16> {
    let mut reader = Reader(extensions);
    loop {
        let kind = reader.u16()?;
        let content = reader.block_16()?;
        if kind == 43 {
            return Reader(content).u16();
        }
    }
}

/// Takes bytes from the front, never more than there are.
pub(super) struct Reader<'b>(pub(super) &'b [u8]);

impl<'b> Reader<'b> {
    pub(super) fn take(&mut self, count: usize) -> Option<&'b [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    pub(super) fn u8(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    pub(super) fn u16(&mut self) -> Option<u16> {
        Some(u16::from_be_bytes(self.take(2)?.try_into().ok()?))
    }

    pub(super) fn block_16(&mut self) -> Option<&'b [u8]> {
        let before = self.0;
        let length = self.u16()?;
        let block = self.take(usize::from(length));
        if block.is_none() {
            // What follows the length is all there is of the block.
            self.0 = before.get(2..).unwrap_or_default();
        }
        block
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A record with a `ServerHello`.
    pub(super) fn hello(legacy: u16, suite: u16, extensions: &[u8]) -> Vec<u8> {
        let mut body = legacy.to_be_bytes().to_vec();
        body.extend([9; 32]);
        body.push(0);
        body.extend(suite.to_be_bytes());
        body.push(0);
        if !extensions.is_empty() {
            body.extend(with_length_16(extensions));
        }
        let message = [&[2, 0], with_length_16(&body).as_slice()].concat();
        [&[22, 3, 1], with_length_16(&message).as_slice()].concat()
    }

    fn accepts(bytes: &[u8], version: TlsVersion, cipher_suite: u16) {
        let expected = HelloAnswer::Accepted { version, cipher_suite };
        assert_eq!(read_answer(bytes), Some(expected));
    }

    #[test]
    fn a_server_hello_tells_version_and_suite() {
        accepts(&hello(0x0301, 0x002f, &[]), TlsVersion::Tls10, 0x2f);
        let thirteen = hello(0x0303, 0x1301, &[0, 51, 0, 0, 0, 43, 0, 2, 3, 4]);
        accepts(&thirteen, TlsVersion::Tls13, 0x1301);
        for cut in 0..thirteen.len() {
            assert_eq!(read_answer(&thirteen[..cut]), None, "{cut}");
        }
    }

    #[test]
    fn a_hello_in_pieces_is_put_together() {
        let whole = hello(0x0302, 0x0005, &[]);
        let (first, second) = whole[5..].split_at(7);
        let mut pieces = [&[22, 3, 1], with_length_16(first).as_slice()].concat();
        pieces.extend([&[22, 3, 1], with_length_16(second).as_slice()].concat());
        accepts(&pieces, TlsVersion::Tls11, 5);
    }

    #[test]
    fn alerts_refuse_and_warnings_do_not() {
        let alert = |level, number| vec![21, 3, 1, 0, 2, level, number];
        assert_eq!(read_answer(&alert(2, 70)), Some(HelloAnswer::Refused { alert: Some(70) }));
        assert_eq!(read_answer(&alert(1, 112)), None);
        let warned = [alert(1, 112), hello(0x0303, 0xc02f, &[])].concat();
        accepts(&warned, TlsVersion::Tls12, 0xc02f);
    }

    #[test]
    fn what_is_not_tls_is_unclear() {
        for bytes in [b"HTTP/1.1 400".as_slice(), b"SSH", &[22, 9], &[23, 3, 3, 0, 1, 0]] {
            assert!(matches!(read_answer(bytes), Some(HelloAnswer::Unclear { .. })), "{bytes:?}");
        }
        assert!(matches!(read_answer(&hello(0x0305, 1, &[])), Some(HelloAnswer::Unclear { .. })));
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = read_answer(&bytes);
            let _ = server_hello(&bytes);
            let _ = read_answer(&[&[22, 3, 1], bytes.as_slice()].concat());
            let _ = chosen_version(&bytes);
        }

        #[test]
        fn lengths_of_a_hello_add_up(
            version in 0_usize..5,
            suites in prop::collection::vec(any::<u16>(), 0..40),
            host in "[a-z.]{1,60}",
        ) {
            let version = [
                TlsVersion::Ssl3, TlsVersion::Tls10, TlsVersion::Tls11, TlsVersion::Tls12, TlsVersion::Tls13,
            ][version];
            let bytes = client_hello(version, &suites, &host, &[5; 32]);
            let mut record = Reader(&bytes[3..]);
            let handshake = record.block_16().expect("a whole record");
            prop_assert!(record.0.is_empty());
            prop_assert_eq!(handshake.len() - 4, usize::from(handshake[2]) << 8 | usize::from(handshake[3]));
        }
    }
}
