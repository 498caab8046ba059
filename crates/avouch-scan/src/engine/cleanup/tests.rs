use super::*;
use crate::oracle::markers::tests::answer;

fn creation() -> (Creation, Request) {
    let creation = Creation {
        by: OperationId("POST /notes".into()),
        remove: Some("/notes/{noteId}".into()),
        named: None,
        marker: "cny-1".into(),
    };
    (creation, Request::new(Method::Post, "/v1/notes").by(Who::A))
}

fn open(folder: Option<&Path>) -> CleanUp {
    let cleanup = CleanUp::open(folder, "scan-1", "http://t").unwrap();
    cleanup.set_base_path("/v1");
    cleanup
}

#[test]
fn a_created_object_is_removed_by_its_creator() {
    let cleanup = open(None);
    let (creation, request) = creation();
    let entry = cleanup.plan(&creation, &request).unwrap();
    cleanup.created(entry.clone(), &answer(201, r#"{"data":{"id":"a b","text":"cny-1"}}"#));
    let pending = cleanup.pending();
    let Pending::Remove(removal) = &pending[0].1 else { panic!("{pending:?}") };
    assert_eq!((removal.method.name(), removal.target.as_str()), ("DELETE", "/v1/notes/a%20b"));
    assert_eq!(removal.credential, Credential::Of(Who::A));
    cleanup.removed(&entry, true, "204");
    assert!(cleanup.pending().is_empty());
    assert!(cleanup.outcomes()[0].gone);
}

#[test]
fn what_a_crash_left_is_found_by_the_next_scan() {
    let folder = std::env::temp_dir().join(format!("avouch-cleanup-{}", std::process::id()));
    let (creation, request) = creation();
    open(Some(&folder)).plan(&creation, &request).unwrap();
    // A torn line, as a crash leaves it.
    let path = folder.join(CLEANUP_FILE);
    OpenOptions::new().append(true).open(&path).unwrap().write_all(b"{\"scan\":\"x").unwrap();
    let next = CleanUp::open(Some(&folder), "scan-2", "http://t").unwrap();
    next.set_base_path("/v1");
    let pending = next.pending();
    assert!(matches!(&pending[0].1, Pending::LookFor { marker, .. } if marker == "cny-1"));
    let list = answer(200, r#"[{"id":1,"text":"other"},{"id":2,"text":"x cny-1"}]"#);
    assert_eq!(next.found_in(&pending[0].0, &list).unwrap().target, "/v1/notes/2");
    assert!(CleanUp::open(Some(&folder), "scan-3", "http://other").unwrap().pending().is_empty());
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_refused_creation_leaves_nothing() {
    let cleanup = open(None);
    let (creation, request) = creation();
    let entry = cleanup.plan(&creation, &request).unwrap();
    cleanup.created(entry, &answer(422, "{}"));
    assert!(cleanup.pending().is_empty());
    assert!(cleanup.outcomes().is_empty());
}
