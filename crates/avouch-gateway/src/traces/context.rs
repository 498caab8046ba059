//! The context that a trace is passed on in (W3C Trace Context).

use avouch_ledger::format::canonical::to_hex;
use http::HeaderMap;
use http::header::{HeaderName, HeaderValue};

pub(super) const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
pub(super) const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");

/// LIMIT: bytes of a state that is passed on; a longer one is not.
const STATE_BYTES_MAX: usize = 512;
/// The bit that says that whoever asks records the trace.
const SAMPLED: u8 = 1;
/// The bytes of version 00; later ones may go on after a dash.
const PARENT_BYTES: usize = 55;

/// What somebody before us says of the trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Outer {
    pub(super) trace: [u8; 16],
    pub(super) parent: [u8; 8],
    pub(super) is_sampled: bool,
    /// What others wrote beside it.
    pub(super) state: Option<HeaderValue>,
}

/// What the headers say of the trace; nothing where that is not as it must be.
pub(super) fn read(headers: &HeaderMap) -> Option<Outer> {
    let mut parents = headers.get_all(TRACEPARENT).iter();
    let (parent, more) = (parents.next()?, parents.next());
    if more.is_some() {
        return None;
    }
    let (trace, parent, is_sampled) = parse(parent.as_bytes())?;
    Some(Outer { trace, parent, is_sampled, state: state(headers) })
}

/// The id of the trace that whoever asks says it belongs to. Anybody can say any: it names no caller and
/// decides nothing, but an auditor finds requests by it that were marked with ids nobody else knew.
pub(crate) fn trace_id(headers: &HeaderMap) -> Option<String> {
    read(headers).map(|outer| to_hex(&outer.trace))
}

fn parse(text: &[u8]) -> Option<([u8; 16], [u8; 8], bool)> {
    let (own, later) = text.split_at_checked(PARENT_BYTES)?;
    let mut fields = own.split(|byte| *byte == b'-');
    let [version] = hex(fields.next()?)?;
    let (trace, parent): ([u8; 16], [u8; 8]) = (hex(fields.next()?)?, hex(fields.next()?)?);
    let [flags] = hex(fields.next()?)?;
    let goes_on = match version {
        0 => later.is_empty(),
        0xff => false,
        _ => later.first().is_none_or(|byte| *byte == b'-'),
    };
    let is_valid = goes_on && fields.next().is_none() && trace != [0; 16] && parent != [0; 8];
    is_valid.then_some((trace, parent, flags & SAMPLED != 0))
}

/// Lower case only, as the specification asks for.
fn hex<const N: usize>(text: &[u8]) -> Option<[u8; N]> {
    let digit = |byte: &u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let digits: Vec<u8> = text.iter().map(digit).collect::<Option<_>>()?;
    let pairs = digits.chunks_exact(2);
    if !pairs.remainder().is_empty() {
        return None;
    }
    let bytes = pairs.map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit));
    bytes.collect::<Vec<u8>>().try_into().ok()
}

fn state(headers: &HeaderMap) -> Option<HeaderValue> {
    let lines: Vec<&[u8]> = headers.get_all(TRACESTATE).iter().map(HeaderValue::as_bytes).collect();
    let whole = lines.join(&b","[..]);
    let is_plain = whole.iter().all(|byte| (b' '..=b'~').contains(byte));
    if whole.is_empty() || whole.len() > STATE_BYTES_MAX || !is_plain {
        return None;
    }
    HeaderValue::from_bytes(&whole).ok()
}

/// The value of `traceparent` for whoever comes after us.
pub(super) fn written(trace: [u8; 16], span: [u8; 8], is_sampled: bool) -> String {
    let flags = if is_sampled { SAMPLED } else { 0 };
    format!("00-{}-{}-{flags:02x}", to_hex(&trace), to_hex(&span))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
    const SPAN: &str = "00f067aa0ba902b7";

    fn told(parent: &str) -> Option<Outer> {
        let mut headers = HeaderMap::new();
        headers.insert(TRACEPARENT, HeaderValue::from_str(parent).unwrap());
        read(&headers)
    }

    #[test]
    fn a_context_is_read_as_it_is_written_or_not_at_all() {
        let good = format!("00-{TRACE}-{SPAN}-01");
        let outer = told(&good).unwrap();
        assert_eq!(written(outer.trace, outer.parent, outer.is_sampled), good);
        assert!(!told(&format!("00-{TRACE}-{SPAN}-00")).unwrap().is_sampled);
        assert!(told(&format!("01-{TRACE}-{SPAN}-01-more")).is_some());
        for bad in [
            format!("ff-{TRACE}-{SPAN}-01"),
            format!("00-{TRACE}-{SPAN}-01-more"),
            format!("01-{TRACE}-{SPAN}-01more"),
            format!("00-{}-{SPAN}-01", TRACE.to_uppercase()),
            format!("00-{}-{SPAN}-01", "0".repeat(32)),
            format!("00-{TRACE}-{}-01", "0".repeat(16)),
            format!("00-{TRACE}-{SPAN}-0"),
            format!("00-{SPAN}-{TRACE}-01"),
            "00".to_owned(),
            String::new(),
        ] {
            assert_eq!(told(&bad), None, "{bad}");
        }
    }

    #[test]
    fn two_contexts_are_none_and_a_state_is_bounded() {
        let mut headers = HeaderMap::new();
        let good = HeaderValue::from_str(&format!("00-{TRACE}-{SPAN}-01")).unwrap();
        headers.append(TRACEPARENT, good.clone());
        headers.append(TRACESTATE, HeaderValue::from_static("a=1"));
        headers.append(TRACESTATE, HeaderValue::from_static("b=2"));
        assert_eq!(read(&headers).unwrap().state.unwrap(), "a=1,b=2");
        headers.append(TRACESTATE, HeaderValue::from_str(&"c".repeat(600)).unwrap());
        assert_eq!(read(&headers).unwrap().state, None);
        headers.append(TRACEPARENT, good);
        assert_eq!(read(&headers), None);
    }

    proptest::proptest! {
        #[test]
        fn whatever_is_said_is_read_or_not(bytes: Vec<u8>) {
            if let Some((trace, span, is_sampled)) = parse(&bytes) {
                let again = written(trace, span, is_sampled);
                proptest::prop_assert_eq!(parse(again.as_bytes()), Some((trace, span, is_sampled)));
            }
        }
    }
}
