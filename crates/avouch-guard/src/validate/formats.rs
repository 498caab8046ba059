//! Formats of texts (JSON Schema Validation 2020-12, section 7.3, and those of OpenAPI).
//!
//! Each is read by hand in linear time. Where a specification allows what nobody sends on purpose
//! (comments in e-mail addresses, for one), it is refused.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use std::net::{Ipv4Addr, Ipv6Addr};

/// A format that can be checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// RFC 3339, section 5.6.
    DateTime,
    /// RFC 3339, `full-date`.
    Date,
    /// RFC 3339, `full-time`.
    Time,
    /// ISO 8601, as RFC 3339 writes it in appendix A.
    Duration,
    /// RFC 9562, section 4.
    Uuid,
    /// RFC 5321, section 4.1.2, without quoted parts.
    Email,
    /// RFC 1123, section 2.1.
    Hostname,
    /// RFC 2673, section 3.2.
    Ipv4,
    /// RFC 4291, section 2.2.
    Ipv6,
    /// RFC 3986, with a scheme.
    Uri,
    /// RFC 3986, with or without a scheme.
    UriReference,
    /// RFC 4648, section 4.
    Byte,
    /// RFC 4648, section 5.
    Base64Url,
    /// RFC 6901.
    JsonPointer,
}

/// Formats that narrow nothing that a text could break.
const NARROWS_NOTHING: [&str; 6] = ["password", "binary", "string", "text", "html", "markdown"];
/// Formats of numbers.
const OF_NUMBERS: [&str; 5] = ["int32", "int64", "float", "double", "number"];

impl Format {
    /// The format of that name; the error says that it is not known.
    pub(crate) fn parse(name: &str) -> Result<Option<Self>, ()> {
        Ok(Some(match name {
            "date-time" => Self::DateTime,
            "date" => Self::Date,
            "time" => Self::Time,
            "duration" => Self::Duration,
            "uuid" => Self::Uuid,
            "email" => Self::Email,
            "hostname" => Self::Hostname,
            "ipv4" | "ip-v4" => Self::Ipv4,
            "ipv6" | "ip-v6" => Self::Ipv6,
            "uri" | "url" => Self::Uri,
            "uri-reference" => Self::UriReference,
            "byte" => Self::Byte,
            "base64url" => Self::Base64Url,
            "json-pointer" => Self::JsonPointer,
            known if NARROWS_NOTHING.contains(&known) || OF_NUMBERS.contains(&known) => {
                return Ok(None);
            }
            _ => return Err(()),
        }))
    }

    /// What is said of a text that is not in it.
    pub(crate) fn because(self) -> &'static str {
        match self {
            Self::DateTime => "is no date and time (RFC 3339)",
            Self::Date => "is no date such as 2027-01-31",
            Self::Time => "is no time with an offset (RFC 3339)",
            Self::Duration => "is no duration (ISO 8601)",
            Self::Uuid => "is no UUID",
            Self::Email => "is no e-mail address",
            Self::Hostname => "is no host name",
            Self::Ipv4 => "is no IPv4 address",
            Self::Ipv6 => "is no IPv6 address",
            Self::Uri => "is no absolute URI",
            Self::UriReference => "is no URI",
            Self::Byte => "is not base64",
            Self::Base64Url => "is not base64url",
            Self::JsonPointer => "is no JSON pointer",
        }
    }

    /// Whether a text is in it.
    pub(crate) fn holds(self, text: &str) -> bool {
        match self {
            Self::DateTime => date_time(text),
            Self::Date => date(text),
            Self::Time => time(text),
            Self::Duration => duration(text),
            Self::Uuid => uuid(text),
            Self::Email => email(text),
            Self::Hostname => hostname(text),
            Self::Ipv4 => text.parse::<Ipv4Addr>().is_ok(),
            Self::Ipv6 => text.parse::<Ipv6Addr>().is_ok(),
            Self::Uri => uri(text) && has_scheme(text),
            Self::UriReference => uri(text),
            Self::Byte => STANDARD.decode(text).is_ok(),
            Self::Base64Url => URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).is_ok(),
            Self::JsonPointer => json_pointer(text),
        }
    }
}

/// A number of exactly so many digits, within bounds.
fn digits(text: &str, count: usize, least: u32, greatest: u32) -> Option<u32> {
    if text.len() != count || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    text.parse().ok().filter(|number| (least..=greatest).contains(number))
}

fn date(text: &str) -> bool {
    let day_of = || {
        let mut parts = text.split('-');
        let year = digits(parts.next()?, 4, 0, 9999)?;
        let month = digits(parts.next()?, 2, 1, 12)?;
        let leap = year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400);
        let last = match month {
            2 if leap => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
        digits(parts.next()?, 2, 1, last)?;
        parts.next().is_none().then_some(())
    };
    day_of().is_some()
}

fn time(text: &str) -> bool {
    let read = || {
        let (clock, offset) = if let Some(clock) = text.strip_suffix(['Z', 'z']) {
            (clock, None)
        } else {
            let at = text.rfind(['+', '-'])?;
            (text.get(..at)?, Some(text.get(at + 1..)?))
        };
        let mut away = 0;
        if let Some(offset) = offset {
            let (hours, minutes) = offset.split_once(':')?;
            away = digits(hours, 2, 0, 23)? * 60 + digits(minutes, 2, 0, 59)?;
            if text.contains('+') {
                away = 24 * 60 - away;
            }
        }
        let mut parts = clock.splitn(3, ':');
        let hour = digits(parts.next()?, 2, 0, 23)?;
        let minute = digits(parts.next()?, 2, 0, 59)?;
        let seconds = parts.next()?;
        let (seconds, fraction) = match seconds.split_once('.') {
            Some((seconds, fraction)) => (seconds, Some(fraction)),
            None => (seconds, None),
        };
        let second = digits(seconds, 2, 0, 60)?;
        // A leap second is the last one of a day in UTC.
        if second == 60 && (hour * 60 + minute + away) % (24 * 60) != 24 * 60 - 1 {
            return None;
        }
        fraction
            .is_none_or(|f| !f.is_empty() && f.bytes().all(|b| b.is_ascii_digit()))
            .then_some(())
    };
    read().is_some()
}

fn date_time(text: &str) -> bool {
    let Some((day, rest)) = text.split_at_checked(10) else { return false };
    let Some(clock) = rest.strip_prefix(['T', 't', ' ']) else { return false };
    date(day) && time(clock)
}

fn duration(text: &str) -> bool {
    /// Numbers, each with the next unit of a list; at least one.
    fn units(text: &str, mut units: &str) -> bool {
        let mut rest = text;
        while !rest.is_empty() {
            let end = rest.bytes().take_while(u8::is_ascii_digit).count();
            let mut after = rest.get(end..).unwrap_or_default().chars();
            let Some(at) = after.next().and_then(|unit| units.find(unit)) else { return false };
            if end == 0 {
                return false;
            }
            units = units.get(at + 1..).unwrap_or_default();
            rest = after.as_str();
        }
        !text.is_empty()
    }
    let Some(rest) = text.strip_prefix('P') else { return false };
    match rest.split_once('T') {
        Some((days, clock)) => (days.is_empty() || units(days, "YMD")) && units(clock, "HMS"),
        None => units(rest, "YMD") || units(rest, "W"),
    }
}

fn uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

fn email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+/=?^_`{|}~-.".contains(&b);
    let local_fits = !local.is_empty()
        && local.len() <= 64
        && local.bytes().all(plain)
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..");
    let literal = domain.strip_prefix('[').and_then(|domain| domain.strip_suffix(']'));
    let address = |literal: &str| match literal.strip_prefix("IPv6:") {
        Some(six) => six.parse::<Ipv6Addr>().is_ok(),
        None => literal.parse::<Ipv4Addr>().is_ok(),
    };
    local_fits && literal.map_or_else(|| hostname(domain), address)
}

fn hostname(text: &str) -> bool {
    let label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    text.len() <= 253 && text.split('.').all(label)
}

fn has_scheme(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
        && !rest.is_empty()
}

fn uri(text: &str) -> bool {
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        let fits = match byte {
            b'%' => [bytes.next(), bytes.next()]
                .iter()
                .all(|digit| digit.is_some_and(|digit| digit.is_ascii_hexdigit())),
            _ => byte.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=".contains(&byte),
        };
        if !fits {
            return false;
        }
    }
    true
}

fn json_pointer(text: &str) -> bool {
    let escaped = |at: usize| matches!(text.as_bytes().get(at + 1), Some(b'0' | b'1'));
    (text.is_empty() || text.starts_with('/'))
        && text.bytes().enumerate().all(|(at, byte)| byte != b'~' || escaped(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_format_holds_what_it_should_and_nothing_else() {
        for (name, good, bad) in [
            (
                "date-time",
                &["2026-11-26T05:00:00Z", "2026-11-26t05:00:00.123+02:00", "1990-12-31T23:59:60Z"]
                    [..],
                &[
                    "2026-11-26",
                    "2026-11-26T05:00:00",
                    "2026-02-30T05:00:00Z",
                    "2026-11-26T24:00:00Z",
                    "2026-11-26T05:00:60Z",
                    "2026-11-26T05:00:00.Z",
                    "ä026-11-26T05:00:00Z",
                ][..],
            ),
            ("date", &["2024-02-29"], &["2023-02-29", "2023-1-1", "2023-00-10", "", "20230101"]),
            (
                "time",
                &["23:59:59Z", "00:00:00-01:30", "15:59:60-08:00"],
                &["24:00:00Z", "10:00Z", "10:00:00", "22:59:60Z"],
            ),
            (
                "duration",
                &["P1Y2M3D", "PT1H", "P1DT12H", "P2W"],
                &["P", "PT", "P1H", "1D", "P1DT", "P1M1Y", "P1W1D"],
            ),
            (
                "uuid",
                &["0f8fad5b-d9cb-469f-a165-70867728950E"],
                &["0f8fad5bd9cb469fa16570867728950e", "0f8fad5b-d9cb-469f-a165-7086772895g0", ""],
            ),
            (
                "email",
                &["a@b.io", "a.b+c@d-e.example", "a@[127.0.0.1]", "a@localhost"],
                &["a", "@b", "a@", "a@b@c d", ".a@b", "a..b@c", "a@-b", "a\u{0}@b"],
            ),
            (
                "hostname",
                &["a", "a-b.example", "1.2"],
                &["", ".", "a..b", "-a", "a_b", "ä.example"],
            ),
            ("ipv4", &["127.0.0.1"], &["127.0.0", "256.0.0.1", "01.2.3.4", "1.2.3.4 "]),
            ("ipv6", &["::1", "2001:db8::8:800:200c:417a"], &["::1%eth0", "1", ":::", "12345::"]),
            (
                "uri",
                &["https://a/b?c#d", "urn:a:b"],
                &["/a", "a b:c", "http://a/%zz", "://a", "a:"],
            ),
            ("byte", &["", "YQ==", "YWJj"], &["YQ", "Y Q==", "Y-_="]),
            ("json-pointer", &["", "/a~0b~1c"], &["a", "/a~2", "/~"]),
        ] {
            let format = Format::parse(name).unwrap().unwrap();
            for text in good {
                assert!(format.holds(text), "{name} {text}");
            }
            for text in bad {
                assert!(!format.holds(text), "{name} {text}");
            }
        }
        assert_eq!(Format::parse("int32"), Ok(None));
        assert_eq!(Format::parse("iban"), Err(()));
    }
}
