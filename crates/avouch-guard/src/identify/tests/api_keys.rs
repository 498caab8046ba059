//! API keys.

use super::kit::{NOW_S, SETTINGS, Scene, Shown, said};
use crate::identify::{
    API_KEY_RANDOM_BYTES, BookError, Identified, KeyAct, KeyActEvent, KeyBook, KeyState, Keys,
    NewKey, PEPPER_BYTES, Pepper, Rotation,
};
use avouch_model::fact::key::KeyEvent;
use avouch_model::fact::request::ProvenBy;

const NOW_MS: u64 = NOW_S * 1_000;
const DAY_MS: u64 = 86_400_000;

const KEYS: &str = r#"
[keys]
headers = ["X-API-Key", "Authorization: ApiKey"]
file = "keys.json"
"#;

fn pepper() -> Pepper {
    Pepper::new(&[3; PEPPER_BYTES])
}

fn new_key() -> NewKey {
    NewKey {
        owner: "erp".to_owned(),
        purpose: None,
        scopes: vec!["orders:read".to_owned()],
        roles: vec!["clerk".to_owned()],
        not_before_ms: NOW_MS,
        expires_ms: NOW_MS + 90 * DAY_MS,
    }
}

/// A book with one key, its id and its text.
fn book() -> (KeyBook, String, String) {
    let mut book = KeyBook::new(&pepper());
    let (record, text) =
        book.issue(new_key(), &pepper(), &[9; API_KEY_RANDOM_BYTES], NOW_MS).unwrap();
    (book, record.id, text.danger_reveal().to_owned())
}

fn scene(book: &KeyBook) -> Scene {
    Scene::with_keys(&format!("{KEYS}{SETTINGS}"), Some(Keys::new(book, pepper()).unwrap()))
}

fn shown(text: &str) -> Shown {
    Shown::get("/orders").header("x-api-key", text)
}

#[test]
fn a_key_says_who_asks() {
    let (book, id, text) = book();
    let mut scene = scene(&book);
    let Identified::Known { principal, carried_by } = scene.identify(&shown(&text)) else {
        panic!("it is good")
    };
    assert_eq!(principal.id, "erp");
    assert_eq!(principal.proven_by, ProvenBy::ApiKey);
    assert_eq!(principal.key.as_deref(), Some(id.as_str()));
    assert_eq!(principal.scopes, ["orders:read"]);
    assert_eq!(principal.roles, ["clerk"]);
    assert_eq!(carried_by.names().map(http::HeaderName::as_str).collect::<Vec<_>>(), ["x-api-key"]);
    let scheme = Shown::get("/").header("authorization", &format!("apikey {text}"));
    assert_eq!(scene.outcome(&scheme), "known erp");
    assert_eq!(scene.identifier.keys().unwrap().uses(), [(id, NOW_MS)]);
}

#[test]
fn no_key_can_be_read_from_the_book() {
    let (book, _, text) = book();
    let written = book.text().unwrap();
    assert!(!written.contains(text.get(21..73).unwrap()), "{written}");
    assert_eq!(KeyBook::parse(written.as_bytes()).unwrap(), book);
    assert!(!format!("{:?}", pepper()).contains("030303"));
}

#[test]
fn a_wrong_key_is_refused_and_says_nothing_of_a_right_one() {
    let (mut book, id, text) = book();
    let mut scene = scene(&book);
    assert_eq!(scene.outcome(&shown(text.get(..80).unwrap())), "401 api-key-malformed");
    assert_eq!(scene.outcome(&shown("hello")), "401 api-key-malformed");
    // The right id with another secret, well formed.
    let mut random = [9; API_KEY_RANDOM_BYTES];
    random[41] = 8;
    let (_, other) = crate::identify::apikey::mint(&random);
    assert_eq!(scene.outcome(&shown(other.danger_reveal())), "401 api-key-unknown");
    book.revoke(&id, None, NOW_MS).unwrap();
    scene.identifier.set_keys(Keys::new(&book, pepper()).unwrap());
    assert_eq!(scene.outcome(&shown(other.danger_reveal())), "401 api-key-unknown");
    assert_eq!(scene.outcome(&shown(&text)), "401 api-key-revoked");
}

#[test]
fn a_key_holds_in_its_time_alone() {
    let (book, _, text) = book();
    let mut scene = scene(&book);
    scene.now_ms = NOW_MS - 1;
    assert_eq!(scene.outcome(&shown(&text)), "401 api-key-early");
    scene.now_ms = NOW_MS + 90 * DAY_MS - 1;
    assert_eq!(scene.outcome(&shown(&text)), "known erp");
    scene.now_ms += 1;
    assert_eq!(scene.outcome(&shown(&text)), "401 api-key-expired");
}

#[test]
fn two_keys_hold_while_one_takes_the_place_of_the_other() {
    let (mut book, id, old) = book();
    let until =
        Rotation { expires_ms: NOW_MS + 90 * DAY_MS, overlap_until_ms: NOW_MS + 7 * DAY_MS };
    let random = [5; API_KEY_RANDOM_BYTES];
    let (record, new) =
        book.rotate(id.get(..4).unwrap(), until, &pepper(), &random, NOW_MS).unwrap();
    assert_eq!(record.replaces.as_deref(), Some(id.as_str()));
    assert_eq!(
        (record.owner.as_str(), record.scopes.as_slice()),
        ("erp", &["orders:read".to_owned()][..])
    );
    assert_eq!(book.find(&id).unwrap().state(NOW_MS), KeyState::Replaced);
    assert_eq!(book.find(&record.id).unwrap(), &record);
    let mut scene = scene(&book);
    assert_eq!(scene.outcome(&shown(&old)), "known erp");
    assert_eq!(scene.outcome(&shown(new.danger_reveal())), "known erp");
    scene.now_ms = NOW_MS + 7 * DAY_MS;
    assert_eq!(scene.outcome(&shown(&old)), "401 api-key-expired");
    assert_eq!(scene.outcome(&shown(new.danger_reveal())), "known erp");
    let again = book.rotate(&id, until, &pepper(), &[6; API_KEY_RANDOM_BYTES], NOW_MS);
    assert_eq!(again.unwrap_err(), BookError::Replaced(id, record.id));
}

#[test]
fn an_overlap_never_lengthens_a_key() {
    let (mut book, id, _) = book();
    let until = Rotation { expires_ms: NOW_MS + 1, overlap_until_ms: NOW_MS + 365 * DAY_MS };
    book.rotate(&id, until, &pepper(), &[5; API_KEY_RANDOM_BYTES], NOW_MS).unwrap();
    assert_eq!(book.find(&id).unwrap().expires_ms, NOW_MS + 90 * DAY_MS);
}

#[test]
fn a_book_that_would_know_no_key_is_refused() {
    let (book, id, _) = book();
    let other = Pepper::new(&[4; PEPPER_BYTES]);
    assert!(matches!(Keys::new(&book, other), Err(BookError::OtherPepper { .. })));
    let text = book.text().unwrap();
    let twice = text.replacen("\"keys\": [", "\"keys\": [ {\"id\":\"ID\",\"digest\":\"\",\"owner\":\"x\",\"issued_ms\":0,\"not_before_ms\":0,\"expires_ms\":0},", 1);
    assert!(matches!(
        KeyBook::parse(twice.replace("ID", &id).as_bytes()),
        Err(BookError::Twice(_))
    ));
    let cut = KeyBook::parse(twice.as_bytes()).unwrap();
    assert!(matches!(Keys::new(&cut, pepper()), Err(BookError::Digest(_))));
    let later = text.replace("avouch-keys/1", "avouch-keys/2");
    assert!(matches!(KeyBook::parse(later.as_bytes()), Err(BookError::Format(_))));
    let unknown = text.replace("\"owner\"", "\"holder\"");
    assert!(matches!(KeyBook::parse(unknown.as_bytes()), Err(BookError::Malformed(_))));
}

#[test]
fn a_key_and_a_token_at_once_are_refused() {
    let (book, _, text) = book();
    let mut scene = scene(&book);
    let token = scene.draft().sign();
    assert_eq!(
        scene.outcome(&Shown::bearer(&token).header("x-api-key", &text)),
        "400 credentials-several"
    );
    let twice = shown(&text).header("x-api-key", &text);
    assert_eq!(scene.outcome(&twice), "400 credentials-several");
    let logged = Shown::get(&format!("/orders?key={text}"));
    assert_eq!(scene.outcome(&logged), "400 credential-in-query");
}

#[test]
fn a_reload_remembers_when_keys_were_used() {
    let (book, id, text) = book();
    let scene = scene(&book);
    assert_eq!(said(&scene.identifier.identify(&shown(&text).request(), NOW_MS + 5)), "known erp");
    scene.identifier.set_keys(Keys::new(&book, pepper()).unwrap());
    assert_eq!(scene.identifier.keys().unwrap().uses(), [(id, NOW_MS + 5)]);
}

#[test]
fn what_was_done_waits_to_be_recorded() {
    let (mut book, id, _) = book();
    let act = |event, because: Option<&str>| KeyAct {
        event,
        key: id.clone(),
        at_ms: NOW_MS,
        actor: Some("otto".to_owned()),
        because: because.map(str::to_owned),
        request: Some("ACC-1".to_owned()),
        approved_by: vec!["anna".to_owned()],
    };
    book.note(act(KeyActEvent::Issued, None));
    book.note(act(KeyActEvent::Revoked, Some("leaked")));
    let mut book = KeyBook::parse(book.text().unwrap().as_bytes()).unwrap();
    let facts = book.unrecorded(NOW_MS + 1);
    let [issued, revoked] = &facts[..] else { panic!("{facts:?}") };
    assert_eq!((issued.event, issued.because.as_deref()), (KeyEvent::Issued, None));
    assert_eq!(
        (issued.request.as_deref(), &issued.approved_by[..]),
        (Some("ACC-1"), &["anna".into()][..])
    );
    assert_eq!(issued.owner.as_ref().and_then(|owner| owner.clear()), Some("erp"));
    assert_eq!(issued.scopes, ["orders:read"]);
    assert_eq!(issued.expires_ms, Some(NOW_MS + 90 * DAY_MS));
    assert_eq!((revoked.event, revoked.because.as_deref()), (KeyEvent::Revoked, Some("leaked")));
    let late = book.unrecorded(NOW_MS + DAY_MS);
    let because = late[1].because.clone().unwrap();
    assert_eq!(because, format!("leaked; done at {NOW_MS} ms since 1970"));
    book.recorded(1);
    assert_eq!(book.unrecorded(NOW_MS).len(), 1);
    book.recorded(7);
    assert_eq!(book.unrecorded(NOW_MS).len(), 0);
}
