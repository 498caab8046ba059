//! Frames of a WebSocket (RFC 6455, section 5), written and read by hand.
//!
//! In scope: text, ping, pong and close frames, messages in pieces. Pure; nothing read is trusted.
//! Out of scope: extensions, which are never offered.

/// What a frame is (RFC 6455, section 5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Continuation,
    Text,
    Binary,
    Close,
    Ping,
    Pong,
}

impl Kind {
    const ALL: [(u8, Self); 6] = [
        (0, Self::Continuation),
        (1, Self::Text),
        (2, Self::Binary),
        (8, Self::Close),
        (9, Self::Ping),
        (10, Self::Pong),
    ];

    fn of(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|(n, _)| *n == number).map(|(_, kind)| kind)
    }

    fn number(self) -> u8 {
        Self::ALL.into_iter().find(|(_, kind)| *kind == self).map_or(8, |(n, _)| n)
    }
}

/// A frame that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Frame {
    pub(super) is_last: bool,
    pub(super) kind: Kind,
    pub(super) payload: Vec<u8>,
    /// Bytes it took.
    pub(super) length: usize,
}

/// Why bytes are no frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NoFrame(pub(super) &'static str);

/// A whole frame as a client sends it: masked (RFC 6455, section 5.3).
pub(super) fn written(kind: Kind, payload: &[u8], mask: [u8; 4]) -> Vec<u8> {
    let mut frame = vec![0x80 | kind.number()];
    match (u8::try_from(payload.len()), u16::try_from(payload.len())) {
        (Ok(short), _) if short < 126 => frame.push(0x80 | short),
        (_, Ok(middle)) => {
            frame.push(0x80 | 0x7e);
            frame.extend(middle.to_be_bytes());
        }
        _ => {
            frame.push(0x80 | 0x7f);
            frame.extend((payload.len() as u64).to_be_bytes());
        }
    }
    frame.extend(mask);
    frame.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    frame
}

/// The first frame of these bytes; `None` when more are needed.
pub(super) fn read(bytes: &[u8], payload_max: usize) -> Result<Option<Frame>, NoFrame> {
    let (Some(first), Some(second)) = (bytes.first(), bytes.get(1)) else { return Ok(None) };
    if first & 0x70 != 0 {
        return Err(NoFrame("a frame of an extension nobody agreed on"));
    }
    let kind = Kind::of(first & 0x0f).ok_or(NoFrame("a frame of no known kind"))?;
    let (length_bytes, short) = match second & 0b0111_1111 {
        126 => (2, None),
        127 => (8, None),
        short => (0, Some(usize::from(short))),
    };
    let Some(stated) = bytes.get(2..2 + length_bytes) else { return Ok(None) };
    let wide = stated.iter().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
    let size = short.unwrap_or_else(|| usize::try_from(wide).unwrap_or(usize::MAX));
    if size > payload_max {
        return Err(NoFrame("a frame longer than is read"));
    }
    let masked = second & 0x80 != 0;
    let mask_at = 2 + length_bytes;
    let payload_at = mask_at + if masked { 4 } else { 0 };
    let length = payload_at + size;
    let (Some(mask), Some(payload)) =
        (bytes.get(mask_at..payload_at), bytes.get(payload_at..length))
    else {
        return Ok(None);
    };
    let payload = if masked {
        payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask).collect()
    } else {
        payload.to_vec()
    };
    Ok(Some(Frame { is_last: first & 0x80 != 0, kind, payload, length }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_written_is_read_back(payload in prop::collection::vec(any::<u8>(), 0..70_000)) {
            let bytes = written(Kind::Text, &payload, [1, 2, 3, 4]);
            let frame = read(&bytes, 100_000).unwrap().unwrap();
            prop_assert_eq!(frame.length, bytes.len());
            prop_assert_eq!(frame.payload, payload);
            prop_assert_eq!(read(&bytes[..bytes.len() - 1], 100_000), Ok(None));
        }

        #[test]
        fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            let _ = read(&bytes, 1000);
        }
    }

    #[test]
    fn a_frame_that_is_too_long_is_not_waited_for() {
        let bytes = [0x81, 127, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
        assert!(read(&bytes, 1000).is_err());
        assert!(read(&[0xc1, 0], 1000).is_err());
        assert!(read(&[0x83, 0], 1000).is_err());
    }
}
