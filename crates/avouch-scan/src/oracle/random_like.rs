//! O5: an id that was never issued, of the same form as one that was.

use crate::nonce::Nonces;
use avouch_model::data_class::DataClass;
use avouch_model::placeholder::Placeholder;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};

/// Characters a made-up text has at least, so that no issued one is met by chance.
const LENGTH_MIN: usize = 10;

/// A value of the same syntax as an id and far from any that was issued: a far integer, a fresh
/// UUID, random text of the same alphabet. Values of one label are the same on replay.
pub fn random_like(nonces: &Nonces, label: &str, id: &str) -> String {
    if let Some(placeholder) = Placeholder::parse(id) {
        return match placeholder.class {
            DataClass::Email => format!("{}@example.com", nonces.word(label, 14)),
            _ => nonces.hex(label, 24),
        };
    }
    if is_uuid(id) {
        let fresh = nonces.uuid(label);
        return if id.bytes().any(|b| b.is_ascii_uppercase()) {
            fresh.to_uppercase()
        } else {
            fresh
        };
    }
    if !id.is_empty() && id.bytes().all(|b| b.is_ascii_digit()) {
        return far_integer(nonces, label, id.len());
    }
    if let Some(wrapped) = inside_base64(nonces, label, id) {
        return wrapped;
    }
    same_alphabet(nonces, label, id)
}

/// Whether the text is a UUID (RFC 9562).
pub fn is_uuid(text: &str) -> bool {
    let lengths: Vec<usize> = text.split('-').map(str::len).collect();
    lengths == [8, 4, 4, 4, 12] && text.bytes().all(|b| b == b'-' || b.is_ascii_hexdigit())
}

/// An integer that fits 32 bits when the id may be one, and has as many digits when it cannot.
fn far_integer(nonces: &Nonces, label: &str, digits: usize) -> String {
    if digits <= LENGTH_MIN {
        return nonces.number(label, 1_500_000_000, 2_100_000_000).to_string();
    }
    let random = |n: usize| nonces.number(&format!("{label} {n}"), u64::from(n == 0), 9);
    (0..digits).map(|n| random(n).to_string()).collect()
}

/// Base64 of `Type:12` with another number: otherwise the control would be refused for its form.
fn inside_base64(nonces: &Nonces, label: &str, id: &str) -> Option<String> {
    [&STANDARD, &STANDARD_NO_PAD, &URL_SAFE, &URL_SAFE_NO_PAD].into_iter().find_map(|engine| {
        let inner = String::from_utf8(engine.decode(id).ok()?).ok()?;
        let at = inner.rfind(|c: char| !c.is_ascii_digit()).map_or(0, |at| at + 1);
        let (kind, number) = inner.split_at_checked(at)?;
        let readable = !kind.is_empty() && kind.bytes().all(|b| b.is_ascii_graphic() || b == b' ');
        (readable && !number.is_empty())
            .then(|| engine.encode(format!("{kind}{}", far_integer(nonces, label, number.len()))))
    })
}

/// Each letter and digit replaced by another of its kind; a type prefix such as `cus_` stays.
fn same_alphabet(nonces: &Nonces, label: &str, id: &str) -> String {
    let cut = id.rfind(['_', ':']).map_or(0, |at| at + 1);
    let (prefix, rest) = id.split_at_checked(cut).unwrap_or(("", id));
    let (prefix, rest) = if rest.chars().count() < 4 { ("", id) } else { (prefix, rest) };
    let hex = rest.bytes().all(|b| b.is_ascii_hexdigit());
    let mut made = prefix.to_owned();
    let length = rest.chars().count().max(LENGTH_MIN);
    let model: Vec<char> = rest.chars().chain(std::iter::repeat('a')).take(length).collect();
    for (n, character) in model.into_iter().enumerate() {
        let draw = |most: u64| nonces.number(&format!("{label} {n}"), 0, most);
        let from = |start: u8, most: u64| {
            u8::try_from(draw(most)).map_or('0', |step| char::from(start.saturating_add(step)))
        };
        made.push(match character {
            _ if hex => char::from_digit(u32::try_from(draw(15)).unwrap_or(0), 16).unwrap_or('0'),
            '0'..='9' => from(b'0', 9),
            'a'..='z' => from(b'a', 25),
            'A'..='Z' => from(b'A', 25),
            other => other,
        });
    }
    made
}

#[cfg(test)]
mod tests {
    use super::*;

    fn like(id: &str) -> String {
        random_like(&Nonces::new([3; 32], "x"), "control", id)
    }

    #[test]
    fn the_form_of_the_id_is_kept() {
        assert!(like("7").parse::<u32>().unwrap() >= 1_500_000_000);
        assert_eq!(like("49012345678901").len(), 14);
        assert!(is_uuid(&like("3f2504e0-4f89-41d3-9a0c-0305e82c3301")));
        assert!(like("cus_Nf41kQ9s").starts_with("cus_"));
        assert_eq!(like("64b5f0c2a1d3e4f5a6b7c8d9").len(), 24);
        assert!(like("64b5f0c2a1d3e4f5a6b7c8d9").bytes().all(|b| b.is_ascii_hexdigit()));
        assert!(like("blue-lamp-for-the-hall").contains('-'));
        assert!(like("‹email:0123456789abcdef›").ends_with("@example.com"));
    }

    #[test]
    fn a_wrapped_number_is_replaced_inside_its_wrapping() {
        let made = STANDARD.decode(like(&STANDARD.encode("Order:12"))).unwrap();
        let made = String::from_utf8(made).unwrap();
        assert!(made.starts_with("Order:") && made != "Order:12", "{made}");
    }

    #[test]
    fn a_made_up_id_is_never_the_id_itself() {
        for id in ["1", "a", "x-1", "AB12", "0", "ORD-2024-0001"] {
            assert_ne!(like(id), id);
            assert_eq!(like(id), like(id));
        }
    }
}
