//! Reads a body and undoes its compression, both within a limit.

use avouch_model::exchange::Failure;
use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use http_body_util::BodyExt;
use hyper::body::Body;
use std::io::{ErrorKind, Read};

/// A body as far as it was kept.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Kept {
    pub bytes: Vec<u8>,
    /// Whether there was more than the limit.
    pub truncated: bool,
}

/// Reads at most `bytes_max`.
pub(super) async fn read<B>(mut body: B, bytes_max: usize) -> Result<Kept, B::Error>
where
    B: Body<Data = bytes::Bytes> + Unpin,
{
    let mut bytes = Vec::new();
    while let Some(frame) = body.frame().await {
        let Ok(chunk) = frame?.into_data() else { continue };
        let room = bytes_max.saturating_sub(bytes.len());
        bytes.extend(chunk.iter().take(room));
        if chunk.len() > room {
            return Ok(Kept { bytes, truncated: true });
        }
    }
    Ok(Kept { bytes, truncated: false })
}

/// Undoes a content coding (RFC 9110, section 8.4.1); codings that were not asked for are left.
pub(super) fn decoded(kept: Kept, coding: &str, bytes_max: usize) -> Result<Kept, Failure> {
    if kept.bytes.is_empty() {
        return Ok(kept);
    }
    let source = kept.bytes.as_slice();
    let result = match coding.trim().to_ascii_lowercase().as_str() {
        "gzip" | "x-gzip" => inflate(MultiGzDecoder::new(source), bytes_max),
        // Half of the world sends raw deflate where zlib is meant.
        "deflate" => inflate(ZlibDecoder::new(source), bytes_max)
            .or_else(|_| inflate(DeflateDecoder::new(source), bytes_max)),
        _ => return Ok(kept),
    };
    match result {
        Ok(mut inflated) => {
            inflated.truncated |= kept.truncated;
            Ok(inflated)
        }
        Err(partial) if kept.truncated => Ok(Kept { bytes: partial, truncated: true }),
        Err(_) => Err(Failure::Broken(format!("the body is not the {coding} it is said to be"))),
    }
}

/// The output up to the limit, or what came before an error.
fn inflate(mut source: impl Read, bytes_max: usize) -> Result<Kept, Vec<u8>> {
    // LIMIT: bytes read at a time.
    let mut chunk = [0_u8; 16 * 1024];
    let mut bytes = Vec::new();
    loop {
        match source.read(&mut chunk) {
            Ok(0) => return Ok(Kept { bytes, truncated: false }),
            Ok(count) => {
                let room = bytes_max.saturating_sub(bytes.len());
                bytes.extend(chunk.iter().take(count.min(room)));
                if count > room {
                    return Ok(Kept { bytes, truncated: true });
                }
            }
            Err(e) if e.kind() == ErrorKind::Interrupted => (),
            Err(_) => return Err(bytes),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
    use std::io::Write;

    const LIMIT: usize = 1000;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).expect("memory takes it");
        encoder.finish().expect("memory takes it")
    }

    fn check(bytes: Vec<u8>, coding: &str) -> Result<Kept, Failure> {
        decoded(Kept { bytes, truncated: false }, coding, LIMIT)
    }

    #[test]
    fn each_coding_is_undone() {
        let plain = b"some text".to_vec();
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::fast());
        zlib.write_all(&plain).expect("memory takes it");
        let mut raw = DeflateEncoder::new(Vec::new(), Compression::fast());
        raw.write_all(&plain).expect("memory takes it");
        for (bytes, coding) in [
            (gzip(&plain), "gzip"),
            (zlib.finish().expect("memory takes it"), "deflate"),
            (raw.finish().expect("memory takes it"), "Deflate"),
            (plain.clone(), "br"),
            (plain.clone(), ""),
        ] {
            let kept = check(bytes, coding).expect(coding);
            assert_eq!(kept, Kept { bytes: plain.clone(), truncated: false }, "{coding}");
        }
    }

    #[test]
    fn a_compression_bomb_is_cut() {
        let kept = check(gzip(&vec![0; 10_000_000]), "gzip").expect("a bomb is an answer");
        assert!(kept.truncated && kept.bytes.len() == LIMIT);
    }

    #[test]
    fn a_false_coding_is_a_failure() {
        assert!(matches!(check(b"plain".to_vec(), "gzip"), Err(Failure::Broken(_))));
    }
}
