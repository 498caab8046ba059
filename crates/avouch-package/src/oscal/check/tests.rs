use super::*;
use serde_json::json;

fn documents() -> BTreeMap<String, Value> {
    let control = json!({ "id": "api-iam-5", "parts": [{ "id": "api-iam-5_obj" }] });
    let all = [
        (
            "catalog.json",
            json!({ "catalog": { "uuid": "c1", "metadata": { "roles": [{ "id": "prepared-by" }] }, "groups": [{ "id": "api-iam", "controls": [control] }] } }),
        ),
        (
            "profile.json",
            json!({ "profile": { "uuid": "p1", "imports": [{ "href": "catalog.json", "include-controls": [{ "with-ids": ["api-iam-5"] }] }] } }),
        ),
        ("plan.json", json!({ "assessment-plan": { "uuid": "a1" } })),
        (
            "results.json",
            json!({ "assessment-results": {
            "uuid": "r1",
            "import-ap": { "href": "plan.json" },
            "observations": [{ "uuid": "o1", "relevant-evidence": [{ "href": "#e1" }] }],
            "findings": [{ "uuid": "f1", "target": { "target-id": "api-iam-5_obj" }, "related-observations": [{ "observation-uuid": "o1" }] }],
            "back-matter": { "resources": [{ "uuid": "e1", "rlinks": [{ "href": "../rows.ndjson", "hashes": [{ "algorithm": "SHA-256", "value": "ab".repeat(32) }] }] }] },
        } }),
        ),
    ];
    all.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn faults(change: impl FnOnce(&mut BTreeMap<String, Value>)) -> Vec<String> {
    let mut all = documents();
    change(&mut all);
    let digest = |name: &str| (name == "../rows.ndjson").then(|| "ab".repeat(32));
    check(&all, &digest).into_iter().map(|fault| fault.what).collect()
}

fn set(all: &mut BTreeMap<String, Value>, file: &str, pointer: &str, value: &str) {
    *all.get_mut(file).unwrap().pointer_mut(pointer).unwrap() = json!(value);
}

#[test]
fn what_refers_to_what_is_there_has_no_fault() {
    assert_eq!(faults(|_| ()), Vec::<String>::new());
}

#[test]
fn every_planted_fault_is_named() {
    let results = "/assessment-results";
    let cases: [(&str, String, &str, &str); 9] = [
        (
            "results.json",
            format!("{results}/observations/0/uuid"),
            "r1",
            "uuid r1 stands there twice",
        ),
        (
            "results.json",
            format!("{results}/findings/0/related-observations/0/observation-uuid"),
            "o9",
            "observation-uuid o9 leads nowhere",
        ),
        (
            "results.json",
            format!("{results}/findings/0/target/target-id"),
            "api-iam-6_obj",
            "target-id api-iam-6_obj leads nowhere",
        ),
        (
            "results.json",
            format!("{results}/import-ap/href"),
            "other.json",
            "href other.json leads nowhere",
        ),
        (
            "results.json",
            format!("{results}/observations/0/relevant-evidence/0/href"),
            "#e9",
            "href #e9 leads nowhere",
        ),
        (
            "profile.json",
            "/profile/imports/0/include-controls/0/with-ids/0".into(),
            "api-iam-9",
            "there is no control api-iam-9",
        ),
        (
            "catalog.json",
            "/catalog/groups/0/id".into(),
            "api-iam-5",
            "id api-iam-5 stands there twice",
        ),
        (
            "results.json",
            format!("{results}/back-matter/resources/0/rlinks/0/hashes/0/value"),
            "nonsense",
            "the hash of ../rows.ndjson is none",
        ),
        (
            "results.json",
            format!("{results}/back-matter/resources/0/rlinks/0/href"),
            "../gone.ndjson",
            "href ../gone.ndjson leads nowhere",
        ),
    ];
    for (file, pointer, value, wanted) in cases {
        let found = faults(|all| set(all, file, &pointer, value));
        assert!(found.iter().any(|what| what == wanted), "{wanted}: {found:?}");
    }
    let changed = "cd".repeat(32);
    let pointer = format!("{results}/back-matter/resources/0/rlinks/0/hashes/0/value");
    let found = faults(|all| set(all, "results.json", &pointer, &changed));
    assert_eq!(found, ["../rows.ndjson has another hash"]);
}
