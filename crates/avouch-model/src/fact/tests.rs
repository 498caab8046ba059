use super::*;
use crate::coding::Form;
use std::collections::BTreeSet;
use std::path::PathBuf;

fn frozen(kind: &Kind) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("samples/facts/{}.hex", kind.name))
}

fn example(kind: &Kind) -> crate::coding::Encoded {
    (kind.of_json)(&(kind.example)()).unwrap()
}

fn hex(bytes: &[u8]) -> String {
    let digits: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    digits.chunks(32).map(|line| line.concat() + "\n").collect()
}

#[test]
fn no_kind_ever_changes_its_bytes() {
    for kind in ALL {
        let path = frozen(kind);
        let made = hex(&example(kind).body);
        let kept = std::fs::read_to_string(&path).unwrap_or_else(|_| {
            panic!("write the first sample of a new kind to `{}`:\n{made}", path.display())
        });
        assert_eq!(kept, made, "{}: what was written once must be read for ever", kind.name);
    }
}

#[test]
fn every_sample_is_of_a_kind() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("samples/facts");
    for file in std::fs::read_dir(folder).unwrap() {
        let name = file.unwrap().file_name().into_string().unwrap();
        let kind = name.strip_suffix(".hex").and_then(named);
        assert!(kind.is_some(), "`{name}`: a kind that was written once is never given up");
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
