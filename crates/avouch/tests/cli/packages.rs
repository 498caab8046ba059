//! The documents of a package: they are what their schemas say, and each fault that is planted in them
//! is found.

use crate::ledgers::append_with;
use crate::program::Avouch;
use avouch_ledger::merkle::Hash;
use avouch_package::oscal::{Fault, check};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const SCHEMA: &str = include_str!("../../../avouch-package/schema/vendor/oscal-1.2.3.json");

type Documents = BTreeMap<String, Value>;

/// A package of today, in which a control has exceptions.
async fn package() -> Avouch {
    let avouch = Avouch::new();
    avouch.run(&["ledger", "init", "l", "--origin", "example.com/package"]).await.ended(0);
    let keys = [
        r#"{"id":"key-1","event":"issued","key_kind":"api-key","owner":"shop","actor":"anna"}"#,
        r#"{"id":"key-2","event":"issued","key_kind":"api-key","owner":"shop","actor":"anna","approved_by":["otto"],"expires_ms":4102444800000}"#,
    ];
    let words = ["ledger", "append", "l", "--kind", "key"];
    append_with(&avouch, &words, &(keys.join("\n") + "\n")).await.ended(0);
    let commitment = "0".repeat(64);
    let agreed = ["audit", "open", "l", "--id", "t", "--system", "Shop", "--auditor", "CPAs"];
    let days = ["--from", "2026-01-01", "--to", "2099-12-31", "--nonce-commitment", &commitment];
    avouch.run(&[&agreed[..], &days].concat()).await.ended(0);
    avouch.run(&["audit", "package", "l", "--out", "p"]).await.ended(0);
    avouch
}

fn documents(avouch: &Avouch) -> Documents {
    let read = |entry: std::io::Result<std::fs::DirEntry>| {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        (name, serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap())
    };
    std::fs::read_dir(avouch.path("p/oscal")).unwrap().map(read).collect()
}

/// What the schema says against a document. Only the model that it claims to be is asked: all of them
/// together would say no more than that it is none.
fn by_schema(document: &Value) -> Vec<String> {
    let mut schema: Value = serde_json::from_str(SCHEMA).unwrap();
    let root = document.as_object().unwrap().keys().next().unwrap();
    let models = schema.as_object_mut().unwrap().shift_remove("oneOf").unwrap();
    let model = models.as_array().unwrap().iter().find(|one| one["required"][0] == **root);
    let model = model.unwrap_or_else(|| panic!("there is no model {root}"));
    schema.as_object_mut().unwrap().extend(model.as_object().unwrap().clone());
    let schema = jsonschema::validator_for(&schema).unwrap();
    schema
        .iter_errors(document)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect()
}

/// What our own checker says against all of them.
fn by_us(avouch: &Avouch, documents: &Documents) -> Vec<Fault> {
    let digest = |href: &str| {
        let bytes = std::fs::read(avouch.path("p").join(href.strip_prefix("../")?)).ok()?;
        Some(Hash::of(&bytes).to_hex())
    };
    check(documents, &digest)
}

#[tokio::test]
async fn every_document_is_what_its_schema_says() {
    let avouch = package().await;
    let documents = documents(&avouch);
    assert_eq!(documents.len(), 9);
    let roots: std::collections::BTreeSet<&String> =
        documents.values().flat_map(|one| one.as_object().unwrap().keys()).collect();
    assert_eq!(roots.len(), 8, "{roots:?}");
    for (name, document) in &documents {
        assert_eq!(by_schema(document), Vec::<String>::new(), "{name}");
    }
    assert_eq!(by_us(&avouch, &documents), []);
}

/// Who finds a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    Schema,
    Us,
}

const RESULTS: &str = "assessment-results.json";
const RESULT: &str = "/assessment-results/results/0";

/// Puts a value in the place of another one.
fn put(documents: &mut Documents, file: &str, place: &str, value: Value) {
    let found = documents.get_mut(file).unwrap().pointer_mut(place);
    *found.unwrap_or_else(|| panic!("{file} has no {place}")) = value;
}

fn value(documents: &Documents, file: &str, place: &str) -> Value {
    documents[file].pointer(place).unwrap_or_else(|| panic!("{file} has no {place}")).clone()
}

/// Faults that the published schemas show.
fn of_form(all: &mut Documents, fault: &str) {
    let result = |rest: &str| format!("{RESULT}{rest}");
    match fault {
        "a field too many" => {
            let root = all.get_mut(RESULTS).unwrap().pointer_mut("/assessment-results");
            root.and_then(Value::as_object_mut).unwrap().insert("surprise".into(), json!(1));
        }
        "a word that is none" => {
            put(all, RESULTS, &result("/findings/0/target/status/state"), json!("maybe"));
        }
        "when it was collected is missing" => {
            let one = all.get_mut(RESULTS).unwrap().pointer_mut(&result("/observations/0"));
            let one = one.and_then(Value::as_object_mut).unwrap();
            one.shift_remove("collected").unwrap();
        }
        "a time without a zone" => {
            let time = json!("2026-01-01T00:00:00");
            put(all, RESULTS, "/assessment-results/metadata/last-modified", time);
        }
        "an id that is none" => {
            put(all, "catalog-api.json", "/catalog/groups/0/controls/0/id", json!("1 bad"));
        }
        other => panic!("{other}"),
    }
}

/// Faults that neither the schemas nor other programs show, or only some of them.
fn of_reference(all: &mut Documents, fault: &str) {
    let uuid = "00000000-0000-4000-8000-000000000000";
    let result = |rest: &str| format!("{RESULT}{rest}");
    let resource = |rest: &str| format!("/assessment-results/back-matter/resources/0{rest}");
    match fault {
        "a uuid twice" => {
            let twice = value(all, RESULTS, &result("/observations/1/uuid"));
            put(all, RESULTS, &result("/observations/0/uuid"), twice);
        }
        "an observation that is not there" => {
            let place = result("/findings/0/related-observations/0/observation-uuid");
            put(all, RESULTS, &place, json!(uuid));
        }
        "an objective that is not there" => {
            put(all, RESULTS, &result("/findings/0/target/target-id"), json!("api-no-1_obj"));
        }
        "a plan that is not there" => {
            put(all, RESULTS, "/assessment-results/import-ap/href", json!("other.json"));
        }
        "evidence that is not there" => {
            let mut observations = value(all, RESULTS, &result("/observations"));
            let with = observations.as_array_mut().unwrap().iter_mut();
            let mut with = with.filter_map(|one| one.pointer_mut("/relevant-evidence/0/href"));
            *with.next().unwrap() = json!(format!("#{uuid}"));
            put(all, RESULTS, &result("/observations"), observations);
        }
        "a control that is not there" => {
            let place = "/profile/imports/0/include-controls/0/with-ids/0";
            put(all, "profile.json", place, json!("api-no-1"));
        }
        "a control twice" => {
            let twice = value(all, "catalog-api.json", "/catalog/groups/1/controls/0/id");
            put(all, "catalog-api.json", "/catalog/groups/0/controls/0/id", twice);
        }
        "a file that is not there" => {
            let none = json!("../populations/none.ndjson");
            put(all, RESULTS, &resource("/rlinks/0/href"), none);
        }
        "a hash that is none" => {
            put(all, RESULTS, &resource("/rlinks/0/hashes/0/value"), json!("nonsense"));
        }
        "a hash of something else" => {
            put(all, RESULTS, &resource("/rlinks/0/hashes/0/value"), json!("ab".repeat(32)));
        }
        version => {
            put(all, "ssp.json", "/system-security-plan/metadata/oscal-version", json!(version));
        }
    }
}

/// The rows of the table of what catches what, each with who must find it here.
const FAULTS: [(&str, By); 19] = [
    ("a field too many", By::Schema),
    ("a word that is none", By::Schema),
    ("when it was collected is missing", By::Schema),
    ("a time without a zone", By::Schema),
    ("an id that is none", By::Schema),
    ("a uuid twice", By::Us),
    ("an observation that is not there", By::Us),
    ("an objective that is not there", By::Us),
    ("a plan that is not there", By::Us),
    ("evidence that is not there", By::Us),
    ("a control that is not there", By::Us),
    ("a control twice", By::Us),
    ("a file that is not there", By::Us),
    ("a hash that is none", By::Us),
    ("a hash of something else", By::Us),
    ("1.1.3", By::Us),
    ("1.2.2", By::Us),
    ("1.2.3", By::Us),
    ("1.3.0", By::Us),
];

#[tokio::test]
async fn every_fault_that_is_planted_in_the_documents_is_found() {
    let avouch = package().await;
    let good = documents(&avouch);
    for (fault, by) in FAULTS {
        let mut all = good.clone();
        match by {
            By::Schema => of_form(&mut all, fault),
            By::Us => of_reference(&mut all, fault),
        }
        let changed: Vec<&String> =
            all.iter().filter(|(name, one)| good[*name] != **one).map(|(name, _)| name).collect();
        assert_eq!(changed.len(), 1, "{fault}");
        match by {
            By::Schema => assert_ne!(by_schema(&all[changed[0]]), Vec::<String>::new(), "{fault}"),
            By::Us => {
                let faults = by_us(&avouch, &all);
                assert!(faults.iter().any(|one| one.file == *changed[0]), "{fault}: {faults:?}");
            }
        }
    }
}
