//! Numbers whose digits prove what they are.

/// Length of a payment card number by issuer prefix (ISO/IEC 7812), for the large networks.
fn card_lengths(digits: &[u8]) -> &'static [usize] {
    let prefix = digits.iter().take(4).fold(0_u32, |sum, d| sum * 10 + u32::from(*d));
    match prefix {
        4000..=4999 | 5100..=5599 | 2221..=2720 | 6011 | 6440..=6599 | 3528..=3589 => &[16],
        3400..=3499 | 3700..=3799 => &[15],
        3000..=3059 | 3600..=3699 | 3800..=3999 => &[14],
        6200..=6299 => &[16, 17, 18, 19],
        _ => &[],
    }
}

/// Published test numbers: real in form, nobody's in fact.
const TEST_CARDS: [&str; 14] = [
    "4242424242424242",
    "4111111111111111",
    "4012888888881881",
    "4000056655665556",
    "4000000000000002",
    "4000002500003155",
    "5555555555554444",
    "5105105105105100",
    "5200828282828210",
    "2223003122003222",
    "378282246310005",
    "371449635398431",
    "6011111111111117",
    "30569309025904",
];

/// The detail of a payment card number: `Some("test")` for a published test number, `Some("")` for
/// another card, `None` when it is not a card. Spaces and dashes may group the digits.
pub(super) fn payment_card(text: &str) -> Option<&'static str> {
    let digits: Vec<u8> = digits_of(text, &[' ', '-'])?;
    if !card_lengths(&digits).contains(&digits.len()) || !luhn(&digits) {
        return None;
    }
    let plain: String = digits.iter().map(|d| char::from(b'0' + d)).collect();
    Some(if TEST_CARDS.contains(&plain.as_str()) { "test" } else { "" })
}

/// The check digit of ISO/IEC 7812, annex B.
fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, d)| match (place % 2, u32::from(*d)) {
            (1, d) if d > 4 => d * 2 - 9,
            (1, d) => d * 2,
            (_, d) => d,
        })
        .sum();
    sum.is_multiple_of(10)
}

/// Countries that issue IBANs and the length each has (the SWIFT registry).
const IBAN_LENGTHS: &str = "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BR29 BY28 CH21 CR22 CY28 \
    CZ24 DE22 DK18 DO28 EE20 EG29 ES24 FI18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 \
    IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MR27 \
    MT31 MU30 NL18 NO15 PK24 PL28 PS29 PT25 QA29 RO24 RS22 SA24 SC31 SE24 SI19 SK24 SM27 ST25 SV28 \
    TL23 TN24 TR26 UA29 VA22 VG24 XK20";

/// Whether that is an IBAN: the country's length and mod 97 hold (ISO 13616).
pub(super) fn is_iban(text: &str) -> bool {
    let plain: String = text.chars().filter(|c| *c != ' ').collect();
    let known = plain.get(..2).is_some_and(|country| {
        IBAN_LENGTHS.split_whitespace().any(|entry| entry == format!("{country}{}", plain.len()))
    });
    let rearranged = plain.chars().skip(4).chain(plain.chars().take(4));
    let remainder = rearranged.clone().try_fold(0_u32, |sum, c| {
        let digit = c.to_digit(36)?;
        Some((sum * if digit > 9 { 100 } else { 10 } + digit) % 97)
    });
    known && remainder == Some(1)
}

/// The detail of a United States social security number, whose groups must be ones that can be
/// issued. `dashed` demands the usual dashes.
pub(super) fn social_security(text: &str, dashed: bool) -> Option<&'static str> {
    if dashed {
        let lengths: Vec<usize> = text.split('-').map(str::len).collect();
        if lengths != [3, 2, 4] {
            return None;
        }
    }
    let digits = digits_of(text, &['-', ' '])?;
    let number = |part: &[u8]| part.iter().fold(0_u32, |sum, d| sum * 10 + u32::from(*d));
    let (area, rest) = digits.split_at_checked(3)?;
    let (group, serial) = rest.split_at_checked(2)?;
    let whole = serial.len() == 4 && !matches!(number(area), 0 | 666 | 900..);
    let issued = whole && number(group) != 0 && number(serial) != 0;
    // Printed in an advertisement in 1938 and never valid again.
    let known = text.replace(['-', ' '], "") == "078051120";
    issued.then_some(if known { "test" } else { "us-ssn" })
}

/// Whether that is a telephone number in international form (ITU E.164).
pub(super) fn is_international_phone(text: &str) -> bool {
    let Some(rest) = text.strip_prefix('+') else { return false };
    digits_of(rest, &[' ', '-', '.', '(', ')', '/'])
        .is_some_and(|d| (9..=15).contains(&d.len()) && d.first() != Some(&0))
}

/// Whether a value under a telephone key is a telephone number.
pub(super) fn is_keyed_phone(text: &str) -> bool {
    let rest = text.trim().trim_start_matches("tel:").trim_start_matches('+');
    digits_of(rest, &[' ', '-', '.', '(', ')', '/']).is_some_and(|d| (7..=15).contains(&d.len()))
}

/// Whether a value under a birth-date key is a date.
pub(super) fn is_birth_date(text: &str) -> bool {
    let date = text.split(['T', ' ']).next().unwrap_or_default();
    let parts: Vec<&str> = date.split(['-', '/', '.']).collect();
    let number = |part: &str, max: u32| part.parse::<u32>().is_ok_and(|n| (1..=max).contains(&n));
    let year =
        |part: &str| part.len() == 4 && part.parse().is_ok_and(|n: u32| (1850..=2100).contains(&n));
    match parts.as_slice() {
        [y, m, d] if year(y) => number(m, 12) && number(d, 31),
        [a, b, y] if year(y) => number(a, 31) && number(b, 31),
        _ => false,
    }
}

/// The digits of a text that is made of digits and those separators; `None` for any other.
fn digits_of(text: &str, separators: &[char]) -> Option<Vec<u8>> {
    text.chars()
        .filter(|c| !separators.contains(c))
        .map(|c| c.to_digit(10).and_then(|d| u8::try_from(d).ok()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cards_need_prefix_length_and_check_digit() {
        assert_eq!(payment_card("4242 4242 4242 4242"), Some("test"));
        assert_eq!(payment_card("4539578763621486"), Some(""));
        assert_eq!(payment_card("4539578763621487"), None);
        assert_eq!(payment_card("1234567812345670"), None);
        assert_eq!(payment_card("378282246310005"), Some("test"));
    }

    #[test]
    fn ibans_need_country_length_and_remainder() {
        assert!(is_iban("DE89 3704 0044 0532 0130 00"));
        assert!(is_iban("GB82WEST12345698765432"));
        assert!(!is_iban("GB82WEST12345698765433"));
        assert!(!is_iban("ZZ82WEST12345698765432"));
        assert!(!is_iban(""));
    }

    #[test]
    fn social_security_numbers_need_groups_that_are_issued() {
        assert_eq!(social_security("536-90-4399", true), Some("us-ssn"));
        assert_eq!(social_security("536904399", false), Some("us-ssn"));
        assert_eq!(social_security("536904399", true), None);
        assert_eq!(social_security("666-90-4399", true), None);
        assert_eq!(social_security("000-12-3456", true), None);
        assert_eq!(social_security("078-05-1120", true), Some("test"));
    }

    #[test]
    fn phones_and_dates_are_told_from_other_numbers() {
        assert!(is_international_phone("+1 (415) 555-2671"));
        assert!(!is_international_phone("+00:00"));
        assert!(!is_international_phone("+0000"));
        assert!(is_keyed_phone("555-2671") && !is_keyed_phone("iPhone 15"));
        assert!(is_birth_date("1984-06-02T00:00:00Z") && is_birth_date("02/06/1984"));
        assert!(!is_birth_date("unknown") && !is_birth_date("1984"));
    }
}
