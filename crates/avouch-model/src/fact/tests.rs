use super::*;
use crate::coding::Form;
use std::collections::BTreeSet;
use std::path::PathBuf;

/// The samples of a kind, the oldest first: a kind that was given fields has more than one.
fn samples(kind: &Kind) -> Vec<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("samples/facts");
    let first = folder.join(format!("{}.hex", kind.name));
    let more = (2..).map(|number| folder.join(format!("{}.{number}.hex", kind.name)));
    std::iter::once(first).chain(more.take_while(|path| path.exists())).collect()
}

fn example(kind: &Kind) -> crate::coding::Encoded {
    (kind.of_json)(&(kind.example)()).unwrap()
}

fn hex(bytes: &[u8]) -> String {
    let digits: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    digits.chunks(32).map(|line| line.concat() + "\n").collect()
}

fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<u32> = text.chars().filter_map(|digit| digit.to_digit(16)).collect();
    digits.chunks(2).map(|pair| u8::try_from(pair[0] * 16 + pair[1]).unwrap()).collect()
}

#[test]
fn no_kind_ever_changes_its_bytes() {
    for kind in ALL {
        let path = samples(kind).pop().unwrap();
        let made = hex(&example(kind).body);
        let kept = std::fs::read_to_string(&path).unwrap_or_else(|_| {
            panic!("write the first sample of a new kind to `{}`:\n{made}", path.display())
        });
        let name = kind.name;
        assert_eq!(kept, made, "{name}: what was written once must be read for ever");
    }
}

#[test]
fn what_an_older_version_wrote_is_read_and_keeps_its_bytes() {
    for kind in ALL {
        for path in samples(kind) {
            let body = unhex(&std::fs::read_to_string(&path).unwrap());
            let again = (kind.again)(&body).unwrap_or_else(|error| panic!("{path:?}: {error}"));
            assert_eq!(again.body, body, "{path:?}");
        }
    }
}

#[test]
fn what_was_added_to_a_kind_is_carried_along_by_older_readers() {
    // A field of the newest sample that an older one lacks has a tag that may be left unread.
    for kind in ALL {
        let samples = samples(kind);
        let read = |path: &PathBuf| {
            let body = unhex(&std::fs::read_to_string(path).unwrap());
            (kind.json)(&body).unwrap()
        };
        for pair in samples.windows(2) {
            let (old, new) = (read(&pair[0]), read(&pair[1]));
            for field in kind.fields.iter().filter(|field| old.get(field.name).is_none()) {
                assert!(new.get(field.name).is_none() || field.tag >= 128, "{}", field.name);
            }
        }
    }
}

#[test]
fn every_sample_is_of_a_kind() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("samples/facts");
    let known: BTreeSet<PathBuf> = ALL.iter().flat_map(samples).collect();
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        assert!(known.contains(&path), "{path:?}: a kind that was written once is never given up");
    }
}

#[test]
fn an_example_uses_every_field_and_is_read_back() {
    for kind in ALL {
        let json = (kind.example)();
        let members: BTreeSet<&str> =
            json.as_object().unwrap().keys().map(String::as_str).collect();
        let fields: BTreeSet<&str> = kind.fields.iter().map(|field| field.name).collect();
        assert_eq!(members, fields, "{}", kind.name);
        let encoded = example(kind);
        assert_eq!((kind.json)(&encoded.body).as_ref(), Ok(&json), "{}", kind.name);
        assert_eq!((kind.again)(&encoded.body), Ok(encoded), "{}", kind.name);
    }
}

#[test]
fn kinds_fields_and_words_are_numbered_once_and_in_order() {
    assert!(ALL.is_sorted_by(|a, b| a.number < b.number), "kinds ascend");
    assert_eq!(ALL.iter().map(|kind| kind.name).collect::<BTreeSet<_>>().len(), ALL.len());
    assert!(ALL.iter().all(|kind| kind.number > JSON_KIND), "1 is for JSON of others");
    for kind in ALL {
        let (name, fields) = (kind.name, kind.fields);
        assert!(fields.is_sorted_by(|a, b| a.tag < b.tag), "{name}: tags ascend");
        assert!(fields.first().is_some_and(|field| field.tag > 0), "{name}: 0 is no tag");
        assert!(fields.iter().all(|field| field.name != "later"), "{name}: `later` is taken");
        for field in fields {
            let Form::Word(words) = field.form else { continue };
            assert!(words.is_sorted_by(|a, b| a.number < b.number), "{name}.{}", field.name);
            let spelled: BTreeSet<&str> = words.iter().map(|word| word.word).collect();
            assert_eq!(spelled.len(), words.len(), "{name}.{}", field.name);
        }
    }
}

#[test]
fn whoever_is_named_can_be_taken_back() {
    // By these a person is found: whatever they hold must be a person's, so that a vault sees it.
    use crate::coding::Search;
    for kind in ALL {
        for field in kind.fields {
            if matches!(field.search, Some(Search::Principal | Search::Address)) {
                assert!(field.personal(), "{}.{} names a person in clear", kind.name, field.name);
            }
        }
    }
}

#[test]
fn kinds_are_found_by_number_and_name() {
    assert_eq!(find(2).map(|kind| kind.name), Some("scan"));
    assert_eq!(named("control-run").map(|kind| kind.number), Some(13));
    assert!(find(JSON_KIND).is_none() && named("nothing").is_none());
}
