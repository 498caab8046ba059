//! Messages nobody should send, and what is to be read out of a server's hello.
//!
//! In scope: the bytes of the probes of TLS flaws, and the parts of a `ServerHello` they look at.
//! Pure; nothing read is trusted. Out of scope: sockets, and finishing a handshake.

use super::hello::{Reader, client_hello_with};
use avouch_model::tls::TlsVersion;

/// Suites every server of TLS 1.2 chooses one of.
pub(crate) const SUITES: [u16; 10] =
    [0xc02f, 0xc02b, 0xc030, 0xc02c, 0xcca8, 0xcca9, 0xc013, 0xc009, 0x009c, 0x002f];
/// A `ChangeCipherSpec` record (RFC 5246, section 7.1).
pub(crate) const CHANGE_CIPHER: [u8; 6] = [20, 3, 3, 0, 1, 1];
/// A heartbeat request of one byte that claims to be 32 (RFC 6520, section 4).
pub(crate) const HEARTBEAT: [u8; 9] = [24, 3, 3, 0, 4, 1, 0, 32, 65];
/// The extension that announces RFC 5746.
pub(crate) const RENEGOTIATION_INFO: u16 = 0xff01;
/// The extension for heartbeats.
pub(crate) const HEARTBEAT_INFO: u16 = 15;
/// Bytes of an answer to a heartbeat that was honest: type, length, one byte, padding of 16.
pub(crate) const HONEST_BYTES_MAX: usize = 20;

/// What a server's hello says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ServerHello {
    /// Major and minor as one number.
    pub(crate) version: u16,
    /// 0 is none.
    pub(crate) compression: u8,
    /// Kinds of extensions.
    pub(crate) extensions: Vec<u16>,
    /// Whether the server has said all it has to say before the client's turn.
    pub(crate) is_done: bool,
}

/// A hello for TLS 1.2 that also offers compression and heartbeats.
pub(crate) fn hello(host: &str, random: &[u8; 32]) -> Vec<u8> {
    let heartbeat = [0, 15, 0, 1, 1];
    client_hello_with(TlsVersion::Tls12, &SUITES, host, random, &[1, 0], &heartbeat)
}

/// A record that is no encrypted message under any key.
pub(crate) fn garbage() -> Vec<u8> {
    [&[22, 3, 3, 0, 48], [0x5a; 48].as_slice()].concat()
}

/// The first alert among whole records: its description.
pub(crate) fn alert(bytes: &[u8]) -> Option<u8> {
    records(bytes).into_iter().find_map(|(kind, content)| match (kind, content) {
        (21, [_, description]) => Some(*description),
        _ => None,
    })
}

/// Bytes of heartbeat records, whole or not.
pub(crate) fn heartbeat_bytes(bytes: &[u8]) -> usize {
    let beats = records(bytes).into_iter().filter(|(kind, _)| *kind == 24);
    beats.map(|(_, content)| content.len()).sum()
}

/// Reads the hello out of records; `None` when it is not whole, or none.
pub(crate) fn server_hello(bytes: &[u8]) -> Option<ServerHello> {
    let handshake: Vec<u8> = records(bytes)
        .into_iter()
        .filter(|(kind, _)| *kind == 22)
        .flat_map(|(_, content)| content.to_vec())
        .collect();
    let mut reader = Reader(&handshake);
    let mut hello = None;
    let mut is_done = false;
    while let Some(kind) = reader.u8() {
        let Some(high) = reader.u8() else { break };
        let Some(low) = reader.u16() else { break };
        let Some(body) = reader.take(usize::from(high) << 16 | usize::from(low)) else { break };
        match kind {
            2 => hello = Some(read_hello(body)?),
            14 => is_done = true,
            _ => (),
        }
    }
    hello.map(|hello| ServerHello { is_done, ..hello })
}

fn read_hello(body: &[u8]) -> Option<ServerHello> {
    let mut reader = Reader(body);
    let version = reader.u16()?;
    reader.take(32)?;
    let session = reader.u8()?;
    reader.take(usize::from(session))?;
    reader.u16()?;
    let compression = reader.u8()?;
    let mut extensions = Vec::new();
    let mut list = Reader(reader.block_16().unwrap_or_default());
    while let Some(kind) = list.u16() {
        let Some(_) = list.block_16() else { break };
        extensions.push(kind);
    }
    Some(ServerHello { version, compression, extensions, is_done: false })
}

/// Kinds and contents of the whole records at the beginning.
fn records(bytes: &[u8]) -> Vec<(u8, &[u8])> {
    let mut reader = Reader(bytes);
    let mut found = Vec::new();
    while let Some(kind) = reader.u8() {
        if reader.u16().is_none_or(|version| version >> 8 != 3) {
            break;
        }
        let before = reader.0.len();
        let Some(content) = reader.block_16() else { break };
        if before < content.len() + 2 {
            break;
        }
        found.push((kind, content));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Records of a hello with that compression and these extensions, and of its end.
    fn answer(compression: u8, extensions: &[u8]) -> Vec<u8> {
        let mut body = vec![3, 3];
        body.extend([7; 32]);
        body.extend([0, 0xc0, 0x2f, compression]);
        body.extend(u16::try_from(extensions.len()).unwrap().to_be_bytes());
        body.extend(extensions);
        let length = u8::try_from(body.len()).unwrap();
        let message = [&[2, 0, 0, length], body.as_slice(), &[14, 0, 0, 0]].concat();
        let length = u16::try_from(message.len()).unwrap().to_be_bytes();
        [&[22, 3, 3], length.as_slice(), &message].concat()
    }

    #[test]
    fn a_hello_is_read_with_its_end() {
        let hello = server_hello(&answer(1, &[0xff, 1, 0, 1, 0, 0, 15, 0, 1, 1])).unwrap();
        assert_eq!(hello.compression, 1);
        assert_eq!(hello.extensions, [RENEGOTIATION_INFO, HEARTBEAT_INFO]);
        assert!(hello.is_done);
        let bytes = answer(0, &[]);
        assert_eq!(server_hello(&bytes[..bytes.len() - 1]), None);
    }

    #[test]
    fn alerts_and_heartbeats_are_told_apart() {
        assert_eq!(alert(&[21, 3, 3, 0, 2, 2, 10]), Some(10));
        assert_eq!(alert(&[21, 3, 3, 0, 2, 2]), None);
        let beat = [&[24, 3, 3, 0, 35, 2, 0, 32], [9; 32].as_slice()].concat();
        assert_eq!(heartbeat_bytes(&beat), 35);
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_readers_panic(bytes in prop::collection::vec(any::<u8>(), 0..120)) {
            let _ = server_hello(&bytes);
            let _ = server_hello(&[&[22, 3, 3, 0, 60], bytes.as_slice()].concat());
            let _ = (alert(&bytes), heartbeat_bytes(&bytes));
        }
    }
}
