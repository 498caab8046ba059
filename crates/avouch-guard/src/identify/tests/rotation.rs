//! Issuers that change their keys, are down, or are made to be asked.

use super::kit::{NOW_S, SETTINGS, Scene, Shown, published, said};
use crate::identify::jwk::KeySet;
use crate::identify::keyset::{Clockwork, Look, STALE_MS_MAX, Ticket};
use crate::identify::{Answer, Identified, Identifier};
use crate::settings::identify::{IdentifySettings, KeptSettings};
use proptest::prelude::*;
use serde_json::json;

const HOUR_S: u64 = 3_600;

#[test]
fn a_new_key_is_fetched_when_it_is_first_used() {
    let mut scene = Scene::usual();
    assert_eq!(scene.token(&scene.draft().sign()), "known anna");
    scene.pass_s(100);
    scene.published = Some(published(&["a", "b"]));
    let new = scene.draft().key("b", "ES256").sign();
    assert_eq!(scene.token(&new), "known anna");
    assert_eq!(scene.fetches, 2);
}

#[test]
fn ten_thousand_ids_cost_one_fetch_in_a_cool_down_and_the_pause_grows() {
    let mut scene = Scene::usual();
    scene.tick();
    let mut ends = std::collections::BTreeSet::new();
    // 1000 s: 30, 60, 120, 240, 300 and 300 seconds between, and one fetch by the clock.
    for number in 0..10_000 {
        scene.now_ms += 100;
        let token = scene.draft().head("kid", format!("random-{number}")).sign();
        ends.insert(scene.token(&token));
    }
    assert!(scene.fetches <= 9, "{}", scene.fetches);
    let ends: Vec<&str> = ends.iter().map(String::as_str).collect();
    assert_eq!(ends, ["401 key-unknown", "503 key-undecided"]);
    assert_eq!(scene.token(&scene.draft().sign()), "known anna", "what is known is not in its way");
}

#[test]
fn an_id_that_is_not_there_is_known_not_to_be_there() {
    let mut scene = Scene::usual();
    scene.tick();
    scene.pass_s(60);
    let other = scene.draft().head("kid", "other").sign();
    assert_eq!(scene.token(&other), "401 key-unknown");
    let fetches = scene.fetches;
    for _ in 0..5 {
        scene.pass_s(10);
        assert_eq!(scene.token(&other), "401 key-unknown");
    }
    assert_eq!(scene.fetches, fetches, "nobody was asked again");
}

#[test]
fn nobody_is_told_wrong_while_it_cannot_be_told() {
    let mut scene = Scene::usual();
    scene.tick();
    scene.pass_s(60);
    // Somebody makes up an id, and a second later the issuer rotates.
    assert_eq!(scene.token(&scene.draft().head("kid", "made-up").sign()), "401 key-unknown");
    scene.pass_s(1);
    scene.published = Some(published(&["a", "b"]));
    let token = scene.draft().key("b", "ES256").sign();
    let Identified::Refused(refusal) = scene.identify(&Shown::bearer(&token)) else { panic!() };
    assert_eq!((refusal.status, refusal.code), (503, "key-undecided"));
    assert_eq!(refusal.retry_after_s, Some(29));
    assert_eq!(refusal.challenge, None);
    scene.pass_s(29);
    assert_eq!(scene.token(&token), "known anna");
}

#[test]
fn a_key_that_was_removed_is_not_accepted_after_the_next_fetch() {
    let mut scene = Scene::usual();
    let token = scene.draft().sign();
    assert_eq!(scene.token(&token), "known anna");
    scene.published = Some(published(&["b"]));
    scene.pass_s(10);
    assert_eq!(scene.token(&token), "known anna", "it is not known yet");
    // The clock's own fetch comes after ten minutes at most.
    let (token, fetches) = (scene.draft().with("exp", NOW_S + HOUR_S).sign(), scene.fetches);
    while scene.fetches == fetches {
        assert_eq!(scene.token(&token), "known anna");
        scene.pass_s(1);
        scene.tick();
        assert!(scene.now_ms <= (NOW_S + 10 + 600) * 1_000);
    }
    // Remembered or not.
    assert!(
        scene.token(&token).ends_with(" key-unknown") || scene.token(&token).starts_with("503")
    );
    scene.pass_s(60);
    assert_eq!(scene.token(&token), "401 key-unknown");
}

#[test]
fn new_material_under_an_old_id_is_fetched_once_in_a_cool_down() {
    let mut scene = Scene::usual();
    scene.tick();
    scene.pass_s(60);
    let renamed = String::from_utf8(published(&["b"])).unwrap().replace("b-p256", "a-p256");
    scene.published = Some(renamed.into_bytes());
    let token = scene.draft().key("b", "ES256").head("kid", "a-p256").sign();
    assert_eq!(scene.token(&token), "known anna");
    assert_eq!(scene.fetches, 2);
    let forged = scene.draft().key("mallory", "ES256").head("kid", "a-p256");
    for number in 0..100 {
        scene.now_ms += 100;
        assert_eq!(scene.token(&forged.clone().with("n", number).sign()), "401 token-signature");
    }
    assert!(scene.fetches <= 3, "{}", scene.fetches);
}

#[test]
fn an_issuer_that_is_down_refuses_nobody_for_a_day() {
    let mut scene = Scene::usual();
    scene.tick();
    scene.published = None;
    for _ in 0..(24 * 6 - 1) {
        scene.pass_s(600);
        scene.tick();
        assert_eq!(scene.token(&scene.draft().sign()), "known anna");
    }
    let last = scene.draft().with("exp", NOW_S + 48 * HOUR_S).sign();
    scene.pass_s(599);
    assert_eq!(scene.token(&last), "known anna");
    // Also what is remembered ends with the set.
    scene.pass_s(1);
    assert_eq!(scene.token(&last), "503 keys-unavailable");
    scene.published = Some(published(&["a"]));
    scene.pass_s(60);
    assert_eq!(scene.token(&last), "known anna");
}

#[test]
fn an_issuer_that_was_never_heard_of_is_our_failure() {
    let mut scene = Scene { published: None, ..Scene::usual() };
    let token = scene.draft().sign();
    for _ in 0..600 {
        scene.now_ms += 100;
        assert_eq!(scene.token(&token), "503 keys-unavailable");
    }
    // After 1, 2, 4, 8, 16 and 32 seconds, each cut by a fifth at most.
    assert!((5..=8).contains(&scene.fetches), "{}", scene.fetches);
}

#[test]
fn a_new_id_while_the_issuer_is_down_is_our_failure() {
    let mut scene = Scene::usual();
    scene.tick();
    scene.pass_s(60);
    scene.published = None;
    let token = scene.draft().key("b", "ES256").sign();
    assert_eq!(scene.token(&token), "503 key-undecided");
    scene.pass_s(10);
    assert_eq!(scene.token(&token), "503 key-undecided");
    scene.published = Some(published(&["a", "b"]));
    scene.pass_s(20);
    assert_eq!(scene.token(&token), "known anna");
}

#[test]
fn what_is_no_key_set_changes_nothing() {
    let mut scene = Scene::usual();
    scene.tick();
    let token = scene.draft().with("exp", NOW_S + HOUR_S).sign();
    for bad in ["", "<html>", "{}", "{\"keys\":7}", "{\"keys\":[],\"keys\":[]}"] {
        scene.published = Some(bad.as_bytes().to_vec());
        scene.pass_s(600);
        scene.tick();
        assert_eq!(scene.token(&token), "known anna", "{bad}");
    }
    scene.published = Some(vec![b' '; crate::identify::KEY_SET_BYTES_MAX + 1]);
    scene.pass_s(70);
    scene.tick();
    assert_eq!(scene.token(&token), "known anna");
    // An issuer may take all its keys back.
    scene.published = Some(b"{\"keys\":[]}".to_vec());
    scene.pass_s(70);
    scene.tick();
    assert_eq!(scene.token(&token), "503 keys-unavailable");
    scene.published = Some(published(&["a"]));
    scene.pass_s(30);
    assert_eq!(scene.token(&token), "known anna");
}

#[test]
fn one_fetches_and_others_wait() {
    let scene = Scene::usual();
    let shown = Shown::bearer(&scene.draft().sign());
    let look = |now_ms| scene.identifier.identify(&shown.request(), now_ms);
    let Identified::Ask(question) = look(scene.now_ms) else { panic!("it must be fetched") };
    assert_eq!(said(&look(scene.now_ms + 1)), "wait KeySet(0)");
    let refusal = scene.identifier.give_up(question.pending());
    assert_eq!((refusal.status, refusal.code), (503, "keys-unavailable"));
    // Who was to fetch is not heard of again: after a while somebody else is.
    let Identified::Ask(second) = look(scene.now_ms + 10_000) else { panic!("it is given up") };
    let bytes = published(&["a"]);
    let body = Answer::Body { bytes: &bytes, max_age_s: None };
    scene.identifier.answer(&question, body, scene.now_ms + 10_001);
    assert_eq!(
        said(&look(scene.now_ms + 10_002)),
        "wait KeySet(0)",
        "what comes late is not believed"
    );
    scene.identifier.answer(&second, body, scene.now_ms + 10_003);
    assert_eq!(said(&look(scene.now_ms + 10_004)), "known anna");
}

#[test]
fn an_old_token_makes_nobody_fetch() {
    let mut scene = Scene::usual();
    let old = scene.draft().with("exp", NOW_S - 600).head("kid", "gone");
    assert_eq!(scene.token(&old.sign()), "401 token-expired");
    let for_others = scene.draft().with("aud", "other").head("kid", "gone");
    assert_eq!(scene.token(&for_others.sign()), "401 token-audience");
    assert_eq!(scene.fetches, 0);
}

#[test]
fn keys_that_were_kept_hold_over_a_restart() {
    let settings = |age_s_max| IdentifySettings {
        kept: Some(KeptSettings { folder: "kept".to_owned(), age_s_max }),
        ..super::kit::settings(SETTINGS)
    };
    let now_ms = NOW_S * 1_000;
    let shown = Shown::bearer(&super::kit::Draft::at(NOW_S).sign());
    let kept = |age_s_max, fetched_ms| {
        let identifier = Identifier::new(settings(age_s_max), None, 1).unwrap();
        let taken = identifier.restore(0, &published(&["a"]), fetched_ms, now_ms);
        (taken, said(&identifier.identify(&shown.request(), now_ms)), identifier.due(now_ms).len())
    };
    let after = |fetched_ms| kept(86_400, fetched_ms);
    assert_eq!(kept(60, now_ms - 59_999), (true, "known anna".to_owned(), 1));
    assert_eq!(kept(60, now_ms - 60_000), (false, "ask KeySet(0)".to_owned(), 0));
    assert_eq!(after(now_ms - STALE_MS_MAX + 1), (true, "known anna".to_owned(), 1));
    assert_eq!(after(now_ms - STALE_MS_MAX), (false, "ask KeySet(0)".to_owned(), 0));
    assert!(!after(now_ms + 1).0, "of the future");
    let none = Identifier::new(super::kit::settings(SETTINGS), None, 1).unwrap();
    assert!(!none.restore(0, &published(&["a"]), now_ms, now_ms), "nothing is kept here");
}

#[test]
fn keys_that_were_kept_end_by_themselves_and_hold_on_once_the_issuer_is_heard_of() {
    let mut clockwork = Clockwork::new(3);
    assert!(clockwork.restored(set(&[1]), 1_000, 60_000, 2_000));
    assert_eq!((clockwork.holds_until_ms(), clockwork.is_restored()), (61_000, true));
    assert!(matches!(clockwork.look(None, 60_999), Look::Keys(..)));
    let ticket = clockwork.due(60_999).unwrap();
    clockwork.failed(ticket, 60_999);
    assert!(matches!(clockwork.look(None, 61_000), Look::Unavailable(_)));
    let ticket = clockwork.due(200_000).unwrap();
    clockwork.fetched(ticket, set(&[1]), None, 200_000);
    assert!(!clockwork.is_restored());
    assert_eq!(clockwork.holds_until_ms(), 200_000 + STALE_MS_MAX);
}

#[test]
fn the_issuer_says_how_long_its_keys_hold_within_bounds() {
    for (max_age_s, from_s, to_s) in
        [(None, 480, 600), (Some(0), 24, 30), (Some(120), 96, 120), (Some(86_400), 480, 600)]
    {
        let mut clockwork = Clockwork::new(3);
        let ticket = clockwork.due(0).unwrap();
        let age_ms = max_age_s.map(|s: u64| s * 1_000);
        clockwork.fetched(ticket, set(&[1]), age_ms, 0);
        let due_s = (0..1_000).find(|s| clockwork.due(s * 1_000).is_some()).unwrap();
        assert!((from_s..=to_s).contains(&due_s), "{max_age_s:?}: {due_s}");
    }
}

/// A set with a key for each number.
fn set(numbers: &[u8]) -> KeySet {
    let key = |number: &u8| {
        // Any 32 bytes are a key of Ed25519 to the reader, and no signature is checked here.
        let x = crate::identify::text::digits(&[*number; 32]);
        json!({"kty": "OKP", "crv": "Ed25519", "kid": number.to_string(), "x": x})
    };
    let keys: Vec<serde_json::Value> = numbers.iter().map(key).collect();
    KeySet::parse(json!({ "keys": keys }).to_string().as_bytes()).unwrap().set
}

#[test]
fn only_what_was_asked_for_before_a_fetch_is_known_to_be_missing() {
    let mut clockwork = Clockwork::new(3);
    let ticket = clockwork.due(0).unwrap();
    clockwork.fetched(ticket, set(&[1]), None, 0);
    let Look::Fetch(ticket) = clockwork.look(Some("early"), 60_000) else { panic!("it is asked") };
    // Its issuer may have begun to use this key after it answered.
    assert!(matches!(clockwork.look(Some("late"), 60_001), Look::Wait));
    clockwork.fetched(ticket, set(&[1]), None, 60_002);
    assert!(matches!(clockwork.look(Some("early"), 60_003), Look::Absent));
    assert!(matches!(clockwork.look(Some("late"), 60_003), Look::Undecided(30)));
    let Look::Fetch(ticket) = clockwork.look(Some("other"), 90_000) else { panic!("it is asked") };
    clockwork.fetched(ticket, set(&[1]), None, 90_001);
    assert!(matches!(clockwork.look(Some("late"), 90_002), Look::Absent));
    assert_eq!(clockwork.holds_until_ms(), 90_000 + STALE_MS_MAX, "from when it was asked for");
}

#[test]
fn a_flood_of_ids_does_not_keep_others_from_being_known_as_missing() {
    let mut clockwork = Clockwork::new(3);
    let ticket = clockwork.due(0).unwrap();
    clockwork.fetched(ticket, set(&[1]), None, 0);
    let mut now_ms = 60_000;
    for number in 0..3_000 {
        clockwork.look(Some(&format!("made-up-{number}")), now_ms);
    }
    let Some(ticket) = clockwork.due(700_000) else { panic!("it is due") };
    clockwork.fetched(ticket, set(&[1]), None, 700_001);
    // What was remembered of the flood is over after a minute.
    now_ms = 800_000;
    let Look::Fetch(ticket) = clockwork.look(Some("old"), now_ms) else { panic!("it is asked") };
    clockwork.fetched(ticket, set(&[1]), None, now_ms + 1);
    assert!(matches!(clockwork.look(Some("old"), now_ms + 2), Look::Absent));
}

#[derive(Clone, Debug)]
enum Act {
    Pass(u64),
    Look(u8),
    Distrust,
    Due,
    /// The issuer publishes other keys.
    Rotate(Vec<u8>),
    /// The fetch that is out ends: with a set, with nothing.
    Land(bool),
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        3 => prop_oneof![0_u64..5_000, 0_u64..60_000, 0_u64..7_200_000].prop_map(Act::Pass),
        4 => (0_u8..12).prop_map(Act::Look),
        1 => Just(Act::Distrust),
        2 => Just(Act::Due),
        1 => proptest::collection::vec(0_u8..8, 0..4).prop_map(Act::Rotate),
        3 => prop::bool::weighted(0.8).prop_map(Act::Land),
    ];
    proptest::collection::vec(act, 1..200)
}

/// What must hold whatever happens, seen from outside.
#[derive(Default)]
struct Witness {
    now_ms: u64,
    published: Vec<u8>,
    /// The fetch that is out: when it began, and what the issuer published then.
    out: Option<(Ticket, u64, Vec<u8>)>,
    /// What the last fetch that ended well brought, and when it began.
    held: Option<(Vec<u8>, u64)>,
    demanded_ms: Vec<u64>,
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn whatever_happens_the_clockwork_keeps_its_word(seed: u64, acts in acts()) {
        let mut clockwork = Clockwork::new(seed);
        let mut seen = Witness { now_ms: 1_000_000, published: vec![1], ..Witness::default() };
        for act in acts {
            let begun = match act {
                Act::Pass(ms) => { seen.now_ms += ms; None }
                Act::Rotate(numbers) => {
                    seen.published = numbers;
                    seen.published.sort_unstable();
                    seen.published.dedup();
                    None
                }
                Act::Due => clockwork.due(seen.now_ms).map(|ticket| (ticket, false)),
                Act::Distrust => match clockwork.distrust(clockwork.generation(), seen.now_ms) {
                    Some(Look::Fetch(ticket)) => Some((ticket, true)),
                    Some(Look::Wait) | None => None,
                    other => return Err(TestCaseError::fail(format!("{other:?}"))),
                },
                Act::Look(number) => looked(&mut clockwork, &seen, number)?,
                Act::Land(well) => { land(&mut clockwork, &mut seen, well); None }
            };
            if let Some((ticket, demanded)) = begun {
                let late = seen.out.as_ref().is_none_or(|(_, began, _)| seen.now_ms >= began + 10_000);
                prop_assert!(late, "two fetches at once");
                let held = seen.held.as_ref().is_some_and(|(numbers, began)| {
                    !numbers.is_empty() && seen.now_ms < began + STALE_MS_MAX
                });
                // Without keys each request asks, and only the pause after failures holds it back.
                if demanded && held {
                    let last = seen.demanded_ms.last();
                    prop_assert!(last.is_none_or(|last| seen.now_ms >= last + 30_000), "too soon");
                    seen.demanded_ms.push(seen.now_ms);
                }
                seen.out = Some((ticket, seen.now_ms, seen.published.clone()));
            }
        }
    }
}

/// Looks for a key, and judges what is said of it.
fn looked(
    clockwork: &mut Clockwork,
    seen: &Witness,
    number: u8,
) -> Result<Option<(Ticket, bool)>, TestCaseError> {
    let kid = number.to_string();
    let holds = seen.held.as_ref().filter(|(_, began)| seen.now_ms < began + STALE_MS_MAX);
    let known = holds.is_some_and(|(numbers, _)| numbers.contains(&number));
    match clockwork.look(Some(&kid), seen.now_ms) {
        Look::Keys(set, _) => {
            prop_assert!(known && set.knows(Some(&kid)), "a key that was taken back");
            Ok(None)
        }
        said if known => Err(TestCaseError::fail(format!("{said:?} of a key that is there"))),
        Look::Fetch(ticket) => Ok(Some((ticket, true))),
        Look::Absent => {
            prop_assert!(holds.is_some(), "absent from what?");
            Ok(None)
        }
        Look::Unavailable(seconds) | Look::Undecided(seconds) => {
            prop_assert!((1..=660).contains(&seconds), "{seconds}");
            Ok(None)
        }
        Look::Wait => {
            let flies = seen.out.as_ref().is_some_and(|(_, began, _)| seen.now_ms < began + 10_000);
            prop_assert!(flies, "nobody is asking");
            Ok(None)
        }
    }
}

fn land(clockwork: &mut Clockwork, seen: &mut Witness, well: bool) {
    let Some((ticket, began, numbers)) = seen.out.take() else { return };
    if well {
        clockwork.fetched(ticket, set(&numbers), None, seen.now_ms);
        seen.held = Some((numbers, began));
    } else {
        clockwork.failed(ticket, seen.now_ms);
    }
}
