//! A canonical path is its own canonical form, and nobody who decodes it finds another path in it.
#![no_main]

use avouch_guard::admit::path::{Allowed, canonical};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (u8, &str)| {
    let (choice, path) = input;
    let allowed = Allowed {
        semicolon: choice & 1 != 0,
        encoded_slash: choice & 2 != 0,
        double_slash: choice & 4 != 0,
    };
    let Ok(once) = canonical(path, allowed) else { return };
    let twice = canonical(&once, allowed).expect("what was admitted is admitted again");
    assert_eq!(once, twice);
    assert!(once.is_ascii() && once.starts_with('/'));
    // Whoever decodes once, or twice, sees no segment that leads elsewhere.
    let mut decoded = once.as_bytes().to_vec();
    for _ in 0..2 {
        decoded = decode(&decoded);
        assert!(decoded.iter().all(|byte| *byte >= 0x20 && *byte != 0x7f), "{once}");
        for segment in decoded.split(|byte| matches!(*byte, b'/' | b'\\')) {
            let name = segment.split(|byte| *byte == b';').next().unwrap_or_default();
            assert!(name != b"." && name != b"..", "{once}");
        }
        if !allowed.encoded_slash {
            let slashes = |bytes: &[u8]| bytes.iter().filter(|byte| **byte == b'/').count();
            assert_eq!(slashes(&decoded), slashes(once.as_bytes()), "{once}");
        }
        assert!(allowed.semicolon || !decoded.contains(&b';'), "{once}");
        assert!(allowed.encoded_slash || !decoded.contains(&b'\\'), "{once}");
    }
});

fn decode(bytes: &[u8]) -> Vec<u8> {
    let digit = |at: usize| bytes.get(at).and_then(|byte| char::from(*byte).to_digit(16));
    let (mut decoded, mut at) = (Vec::new(), 0);
    while let Some(byte) = bytes.get(at) {
        match (byte, digit(at + 1), digit(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                decoded.push(u8::try_from(high * 16 + low).unwrap());
                at += 3;
            }
            _ => {
                decoded.push(*byte);
                at += 1;
            }
        }
    }
    decoded
}
