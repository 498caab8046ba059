use super::*;
use crate::principal::Principal;
use crate::settings::own::{Own, Owning};
use avouch_catalog::{Catalog, Document, read};
use avouch_model::fact::request::ProvenBy;
use std::borrow::Cow;
use std::sync::Arc;

const DESCRIPTION: &str = "
openapi: 3.1.0
paths:
  /teams/{team}/docs:
    get: &list
      security: [{bearer: []}]
      responses: {200: {content: {application/json: {schema: {type: object, properties: {items: {type: array,
        items: &doc {type: object, properties: {id: {type: string}, text: {type: string}}}}, total: {type: integer}}}}}}}
  /teams/{team}/docs/{doc}:
    get: &one
      security: [{bearer: []}]
      responses: {200: {content: {application/json: {schema: *doc}}}}
    put: {security: [{bearer: []}], responses: {}}
    delete: {security: [{bearer: []}], responses: {}}
  /teams/{team}/docs/{doc}/history:
    get: {security: [{bearer: []}], responses: {}}
  /teams/{team}/docs/{doc}/all:
    get: {security: [{bearer: []}], x-role: admin, responses: {}}
  /paged:
    get: {<<: *list, parameters: [{name: page_size, in: query, schema: {type: integer}}]}
  /paged/{id}: {get: *one}
  /public:
    get: {<<: *list, security: []}
  /public/{id}: {get: *one}
  /less: {get: *list}
  /less/{id}:
    get:
      security: [{bearer: []}]
      responses: {200: {content: {application/json: {schema: {type: object, required: [id, hidden],
        properties: {id: {type: string}, hidden: {type: string}, customer_id: {type: string}}}}}}}
  /file/{name}.json: {get: *one}
";

fn catalog() -> Catalog {
    let bytes = DESCRIPTION.as_bytes().to_vec();
    read(&Document { name: "description".into(), bytes }, &[]).unwrap().catalog
}

fn ids(catalog: &Catalog) -> Vec<Arc<str>> {
    catalog.operations.iter().map(|one| one.id.0.as_str().into()).collect()
}

fn rule() -> Own {
    Own {
        matches: vec!["* /teams/{team}/docs/{doc}".into()],
        ask: "GET /teams/{team}/docs".into(),
        item: Some("/items/*/id".into()),
        ..Own::default()
    }
}

fn owners(rules: &[Own]) -> Result<Owners, String> {
    let catalog = catalog();
    Owners::new(&catalog, &ids(&catalog), rules, &Owning::default())
        .map_err(|wrong| wrong.iter().map(ToString::to_string).collect())
}

fn anna() -> Principal {
    Principal { id: "anna".into(), proven_by: ProvenBy::Token, ..Principal::anybody() }
}

fn looks(owners: &Owners, who: &Principal, doc: &str, now_ms: u64) -> Vec<Look> {
    let catalog = catalog();
    let id = "DELETE /teams/{team}/docs/{doc}";
    let at = catalog.operations.iter().position(|one| one.id.0 == id).unwrap();
    let path = format!("/v1/teams/a%20b/docs/{doc}");
    let parameters = [("team", Cow::Borrowed("a b")), ("doc", Cow::Borrowed(doc))];
    owners.looks(at, who, &path, &parameters, now_ms).unwrap()
}

#[test]
fn the_question_is_put_below_the_same_base_with_the_segments_as_they_stand() {
    let looks = looks(&owners(&[rule()]).unwrap(), &anna(), "d1", 0);
    assert_eq!(looks.len(), 1);
    assert_eq!(looks[0].path, "/v1/teams/a%20b/docs");
}

#[test]
fn what_is_theirs_is_remembered_for_whom_and_what_it_was_said_and_no_longer() {
    let owners = owners(&[rule()]).unwrap();
    let ask = |who: &Principal, doc: &str, now| looks(&owners, who, doc, now).len();
    let look = looks(&owners, &anna(), "d1", 0).remove(0);
    let list = br#"{"items": [{"id": "d1"}, {"id": "d2"}]}"#;
    assert_eq!(owners.told(&look, 200, list, 1_000), Told::Theirs);
    assert_eq!(ask(&anna(), "d1", 5_999), 0);
    assert_eq!(ask(&anna(), "d1", 6_000), 1);
    assert_eq!(ask(&anna(), "d2", 1_000), 1);
    assert_eq!(ask(&Principal { id: "otto".into(), ..anna() }, "d1", 1_000), 1);
    assert_eq!(ask(&Principal { issuer: Some("other".into()), ..anna() }, "d1", 1_000), 1);
    assert_eq!(ask(&Principal { token: Some("t2".into()), ..anna() }, "d1", 1_000), 1);
}

#[test]
fn what_is_no_answer_says_nothing() {
    let owners = owners(&[rule()]).unwrap();
    let look = looks(&owners, &anna(), "d1", 0).remove(0);
    for (status, body, told) in [
        (200, "{}", Told::NotTheirs),
        (200, "", Told::Unknown),
        (200, "<html>", Told::Unknown),
        (302, "", Told::Unknown),
        (429, "{}", Told::Unknown),
        (502, r#"{"items": [{"id": "d1"}]}"#, Told::Unknown),
        (404, r#"{"items": [{"id": "d1"}]}"#, Told::NotTheirs),
        (200, r#"{"items": [{"id": ["d1"]}]}"#, Told::NotTheirs),
    ] {
        assert_eq!(owners.told(&look, status, body.as_bytes(), 0), told, "{status} {body}");
    }
    let deep = "[".repeat(100_000);
    assert_eq!(owners.told(&look, 200, deep.as_bytes(), 0), Told::Unknown);
}

#[test]
fn a_rule_that_could_not_bite_is_an_error() {
    for (change, said) in [
        (Own { matches: vec!["GET /nothing".into()], ..rule() }, "names no operation"),
        (Own { ask: "GET /nothing".into(), ..rule() }, "names no operation"),
        (Own { ask: "DELETE /teams/{team}/docs/{doc}".into(), ..rule() }, "changes nothing"),
        (Own { owner: Some("/a".into()), ..rule() }, "one of `owner` and `item`"),
        (Own { item: None, ..rule() }, "one of `owner` and `item`"),
        (Own { item: Some("id".into()), ..rule() }, "begins with a slash"),
        (Own { claim: Some("a".into()), ..rule() }, "goes with `owner`"),
        (Own { parameter: Some("other".into()), ..rule() }, "no such parameter"),
        (Own { matches: vec!["GET /public/{id}".into()], ..rule() }, "does not have"),
        (Own { ask: "GET /file/{name}.json".into(), ..rule() }, "less than a segment"),
    ] {
        let error = owners(std::slice::from_ref(&change)).unwrap_err();
        assert!(error.contains(said), "{change:?}: {error}");
    }
}

#[test]
fn only_a_list_that_shows_all_of_the_same_objects_is_enforced_unread() {
    let guessed = starter_rules(&catalog());
    let sure: Vec<&Own> =
        guessed.iter().filter(|one| one.proves_itself).map(|one| &one.rule).collect();
    assert_eq!(sure.len(), 1, "{sure:#?}");
    assert_eq!(sure[0].ask, "GET /teams/{team}/docs");
    assert_eq!(sure[0].item.as_deref(), Some("/items/*/id"));
    assert_eq!(
        sure[0].matches,
        [
            "GET /teams/{team}/docs/{doc}",
            "DELETE /teams/{team}/docs/{doc}",
            "GET /teams/{team}/docs/{doc}/history"
        ]
    );
    let asked: Vec<&Own> =
        guessed.iter().filter(|one| !one.proves_itself).map(|one| &one.rule).collect();
    assert_eq!(asked.len(), 1, "{asked:#?}");
    assert_eq!(asked[0].owner.as_deref(), Some("/customer_id"));
    // What is guessed can be used as it stands.
    owners(&guessed.into_iter().map(|one| one.rule).collect::<Vec<_>>()).unwrap();
}
