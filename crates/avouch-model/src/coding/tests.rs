#![expect(unreachable_pub, reason = "what the macros make is for other crates")]

use super::*;
use crate::fact::ALL;
use proptest::prelude::*;
use serde_json::json;

words! {
    /// Weather.
    Weather {
        /// Dry.
        1 "sun" Sun,
        /// Wet.
        2 "rain" Rain,
    }
}

fact! {
    /// A day, for
    /// the tests.
    2 "scan" Day {
        /// When.
        1 number: u64,
        /// Who.
        2 people: Vec<Personal> => Principal,
        /// How.
        4 weather: Option<Weather> => Decision,
        /// Whether.
        5 good: Option<bool>,
        /// What.
        7 text: String,
        /// Of what.
        9 digest: Option<Digest>,
    }
}

impl Example for Day {
    fn example() -> Self {
        Self {
            number: 258,
            people: vec!["anna".into(), sealed()],
            weather: Some(Weather::Rain),
            good: Some(true),
            text: "ö".into(),
            digest: None,
            later: Later::default(),
        }
    }
}

fn sealed() -> Personal {
    let quarter = Quarter::parse("2026-Q4").unwrap();
    Personal::Sealed { pseudonym: [7; 16], subject: [6; 16], quarter, sealed: vec![8, 9] }
}

const BYTES: &[u8] = b"\x01\x01\x02\x01\x02\x02\x05\x00anna\x02\x2a\x01\x07\x07\x07\x07\x07\x07\
    \x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x06\x06\x06\x06\x06\x06\x06\x06\x06\x06\x06\x06\x06\
    \x06\x06\x062026-Q4\x08\x09\x04\x01\x02\x05\x01\x01\x07\x02\xc3\xb6";

#[test]
fn a_fact_is_written_as_described() {
    let encoded = Day::example().encode().unwrap();
    assert_eq!(encoded.body, BYTES);
    assert_eq!(Day::decode(BYTES), Ok(Day::example()));
    let terms: Vec<(&str, &[u8], bool)> =
        encoded.terms.iter().map(|t| (t.search.name(), &t.value[..], t.personal)).collect();
    let expected: [(&str, &[u8], bool); 4] = [
        ("principal", &[7; 16], false),
        ("principal", b"anna", true),
        ("decision", b"rain", false),
        ("kind", b"scan", false),
    ];
    assert_eq!(terms, expected);
}

#[test]
fn it_is_shown_as_json_and_taken_from_it() {
    let json = Day::example().json();
    let expected = json!({
        "number": 258,
        "people": ["anna", {
            "pseudonym": "07".repeat(16),
            "quarter": "2026-Q4",
            "sealed": "0809",
            "subject": "06".repeat(16),
        }],
        "weather": "rain",
        "good": true,
        "text": "ö",
    });
    assert_eq!(json, expected);
    assert_eq!(Day::of_json(&json), Ok(Day::example()));
    let wrong = [
        (json!([]), JsonError::Object),
        (json!({ "number": 1 }), JsonError::Missing("text")),
        (json!({ "number": "1", "text": "" }), JsonError::Form("number")),
        (json!({ "number": 1, "text": "", "people": "anna" }), JsonError::List("people")),
        (json!({ "number": 1, "text": "", "size": 3 }), JsonError::Unknown("size".into())),
        (json!({ "number": 1, "text": "", "weather": "hail" }), JsonError::Form("weather")),
        (json!({ "number": 1, "text": "", "later": [[3, ""]] }), JsonError::Form("later")),
    ];
    for (value, error) in wrong {
        assert_eq!(Day::of_json(&value), Err(error), "{value}");
    }
}

#[test]
fn what_is_no_quarter_is_refused() {
    for text in ["", "2026-Q5", "2026-Q0", "2026-Q41", "26-Q4", "2o26-Q4", "2026Q04"] {
        assert_eq!(Quarter::parse(text), None, "{text}");
    }
}

#[test]
fn a_vault_can_put_pseudonyms_in_their_place() {
    let mut day = Day::example();
    for (search, value) in day.personal() {
        assert_eq!(search, Some(Search::Principal));
        *value = sealed();
    }
    assert_eq!(day.people, [sealed(), sealed()]);
    assert!(day.encode().unwrap().terms.iter().all(|term| !term.personal));
}

#[test]
fn what_is_not_as_we_would_write_it_is_refused() {
    let value = |field, because| DecodeError::Value { field, because };
    let cases: [(&[u8], DecodeError); 16] = [
        (b"", DecodeError::Version),
        (b"\x02\x01\x00\x07\x00", DecodeError::Version),
        (b"\x01", DecodeError::Missing("number")),
        (b"\x01\x01\x00", DecodeError::Missing("text")),
        (b"\x01\x07\x00\x01\x00", DecodeError::Missing("number")),
        (b"\x01\x01\x00\x07\x00\x07\x00", DecodeError::Tag(7)),
        (b"\x01\x01\x00\x03\x00\x07\x00", DecodeError::Tag(3)),
        (b"\x01\x00\x00\x01\x00\x07\x00", DecodeError::Tag(0)),
        (b"\x01\x01\x00\x07\x05ab", DecodeError::CutOff),
        (b"\x01\x01\x00\x07", DecodeError::CutOff),
        (b"\x01\x01\x00\x07\x80\x00", DecodeError::Length),
        (b"\x01\x01\x00\x07\x80\x80\x80\x01", DecodeError::Length),
        (b"\x01\x01\x02\x00\x01\x07\x00", value("number", "no number in its shortest form")),
        (b"\x01\x01\x00\x04\x01\x03\x07\x00", value("weather", "a word that is not known here")),
        (b"\x01\x01\x00\x05\x01\x02\x07\x00", value("good", "neither yes nor no")),
        (b"\x01\x01\x00\x07\x01\xff", value("text", "no text in UTF-8")),
    ];
    for (bytes, error) in cases {
        assert_eq!(Day::decode(bytes), Err(error), "{bytes:02x?}");
    }
    let mut long = vec![1, 1, 0, 7];
    long.resize(FACT_BYTES_MAX + 1, 0);
    assert_eq!(Day::decode(&long), Err(DecodeError::TooLong));
}

#[test]
fn what_a_later_version_adds_is_carried_along() {
    let bytes = b"\x01\x01\x00\x07\x00\x80\x01a\x80\x00\xff\x02bc";
    let day = Day::decode(bytes).unwrap();
    assert_eq!(day.later.0.len(), 3);
    assert_eq!(day.encode().unwrap().body, bytes);
    assert_eq!(Day::of_json(&day.json()), Ok(day));
    assert_eq!(Day::decode(b"\x01\x01\x00\x07\x00\x81\x00\x80\x00"), Err(DecodeError::Tag(0x80)));
}

#[test]
fn what_would_not_fit_an_entry_is_not_written() {
    let mut day = Day { text: "x".repeat(FACT_BYTES_MAX), ..Day::example() };
    assert!(matches!(day.encode(), Err(EncodeError::TooLong(_))));
    day.text = "x".repeat(200);
    assert_eq!(Day::decode(&day.encode().unwrap().body), Ok(day.clone()));
    day.text = "x".repeat(20_000);
    assert_eq!(Day::decode(&day.encode().unwrap().body), Ok(day.clone()));
    day.people = (0..40).map(|number| Personal::Clear(number.to_string())).collect();
    assert_eq!(day.encode(), Err(EncodeError::Terms(42)));
    day.people = vec![Personal::Clear("x".repeat(13_000))];
    assert!(matches!(day.encode(), Err(EncodeError::TermsTooLong(_))));
}

fn day() -> impl Strategy<Value = Day> {
    let person = prop_oneof![
        ".{0,8}".prop_map(Personal::Clear),
        (any::<[u8; 16]>(), prop::collection::vec(any::<u8>(), 0..40)).prop_map(
            |(pseudonym, sealed)| {
                let quarter = Quarter::parse("2031-Q1").unwrap();
                Personal::Sealed { pseudonym, subject: [1; 16], quarter, sealed }
            }
        ),
    ];
    let weather = prop::option::of(prop::sample::select(Weather::VALUES));
    let extra = (128..=u8::MAX, prop::collection::vec(any::<u8>(), 0..200))
        .prop_map(|(tag, value)| Extra { tag, value });
    let later = prop::collection::vec(extra, 0..3).prop_map(|mut extras| {
        extras.sort_by_key(|extra| extra.tag);
        Later(extras)
    });
    (
        any::<u64>(),
        prop::collection::vec(person, 0..4),
        weather,
        any::<Option<bool>>(),
        ".{0,300}",
        prop::option::of(any::<[u8; 32]>().prop_map(Digest)),
        later,
    )
        .prop_map(|(number, people, weather, good, text, digest, later)| Day {
            number,
            people,
            weather,
            good,
            text,
            digest,
            later,
        })
}

proptest! {
    #[test]
    fn what_is_written_is_read(day in day()) {
        let encoded = day.encode().unwrap();
        prop_assert_eq!(Day::decode(&encoded.body), Ok(day.clone()));
        prop_assert_eq!(Day::of_json(&day.json()), Ok(day));
    }

    #[test]
    fn what_is_read_is_written_the_same(bytes in prop::collection::vec(0_u8..10, 0..24)) {
        let bytes = [&[1, 1, 0][..], &bytes].concat();
        if let Ok(day) = Day::decode(&bytes) {
            prop_assert_eq!(day.encode().unwrap().body, bytes);
        }
    }

    #[test]
    fn whatever_is_done_to_a_fact_it_is_read_in_one_way_or_refused(
        kind in prop::sample::select(ALL),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut in any::<prop::sample::Index>(),
        is_cut in any::<bool>(),
    ) {
        let mut bytes = (kind.of_json)(&(kind.example)()).unwrap().body;
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if is_cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        if let Ok(again) = (kind.again)(&bytes) {
            prop_assert_eq!(&again.body, &bytes);
            prop_assert!((kind.json)(&bytes).is_ok());
        }
    }
}
