//! Plays the examples of the page.
//!
//! An example is a fenced block. Lines of the form `name: value` set the scene, `>` opens a request or
//! adds a header to it, and `<` says what must come of it. Tokens are drafts in braces, which are signed
//! when they are sent: `{token sub=anna exp=+60 alg=RS256}`.

use super::kit::{Draft, ISSUER, NOW_S, Scene, Shown, published, signer};
use crate::identify::algorithm::Algorithm;
use crate::identify::apikey::mint;
use crate::identify::faults::FAULTS;
use crate::identify::jwk::PublicKey;
use crate::identify::text::{digits, sha256};
use crate::identify::{
    API_KEY_RANDOM_BYTES, Identified, KeyBook, Keys, NewKey, PEPPER_BYTES, Pepper,
};
use crate::policies::identify::POLICY;
use crate::settings::identify::IdentifySettings;
use avouch_model::coding::Word;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeSet;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    guard: Guard,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Guard {
    identify: IdentifySettings,
}

/// An example as it is played.
struct Play {
    title: String,
    scene: Scene,
    shown: Option<Shown>,
    /// The last token that was signed, and the texts of API keys.
    token: String,
    keys: Vec<(String, String)>,
    ends: BTreeSet<String>,
}

/// Keys of `erp` in three states.
fn keys() -> (Keys, Vec<(String, String)>) {
    let pepper = Pepper::new(&[1; PEPPER_BYTES]);
    let mut book = KeyBook::new(&pepper);
    let mut texts = Vec::new();
    let now_ms = NOW_S * 1_000;
    let states = ["good", "revoked", "expired", "early"];
    for (byte, state) in (1..).zip(states) {
        let (from, until) = match state {
            "expired" => (0, now_ms),
            "early" => (now_ms + 1, now_ms + 2),
            _ => (now_ms, now_ms + 90 * 86_400_000),
        };
        let new = NewKey {
            owner: "erp".to_owned(),
            purpose: None,
            scopes: vec!["orders:read".to_owned()],
            roles: Vec::new(),
            not_before_ms: from,
            expires_ms: until,
        };
        let random = [byte; API_KEY_RANDOM_BYTES];
        let (record, text) = book.issue(new, &pepper, &random, now_ms).unwrap();
        if state == "revoked" {
            book.revoke(&record.id, None, now_ms).unwrap();
        }
        texts.push((state.to_owned(), text.danger_reveal().to_owned()));
    }
    let (_, foreign) = mint(&[99; API_KEY_RANDOM_BYTES]);
    texts.push(("foreign".to_owned(), foreign.danger_reveal().to_owned()));
    (Keys::new(&book, pepper).unwrap(), texts)
}

impl Play {
    fn new(settings: &str, title: &str) -> Self {
        let file: File =
            toml::from_str(settings).unwrap_or_else(|error| panic!("{title}: {error}"));
        let (keys, texts) = keys();
        let keys = file.guard.identify.keys.is_some().then_some(keys);
        let identifier = crate::identify::Identifier::new(file.guard.identify, keys, 7);
        let scene = Scene {
            identifier: identifier.unwrap_or_else(|error| panic!("{title}: {error}")),
            ..Scene::usual()
        };
        Self {
            title: title.to_owned(),
            scene,
            shown: None,
            token: String::new(),
            keys: texts,
            ends: BTreeSet::new(),
        }
    }

    fn line(&mut self, line: &str) {
        if let Some(sent) = line.strip_prefix("> ") {
            let sent = self.filled(sent);
            let begun = self.shown.take();
            self.shown =
                Some(if let (Some((name, value)), Some(shown)) = (sent.split_once(": "), begun) {
                    shown.header(name, value)
                } else {
                    let (method, target) = sent.split_once(' ').unwrap();
                    Shown { method: method.to_owned(), ..Shown::get(target) }
                });
        } else if let Some(wanted) = line.strip_prefix("< ") {
            self.judge(wanted);
        } else {
            let (name, value) =
                line.split_once(':').unwrap_or_else(|| panic!("{}: {line}", self.title));
            self.set(name, value.trim());
        }
    }

    fn set(&mut self, name: &str, value: &str) {
        match (name, value) {
            ("wait", _) => self.scene.pass_s(value.parse().unwrap()),
            ("issuer", "down") => self.scene.published = None,
            ("issuer", names) => {
                let names: Vec<&str> = names.split(' ').collect();
                self.scene.published = Some(published(&names));
            }
            ("introspection", "down") => self.scene.introspection = None,
            ("introspection", said) => {
                let now = NOW_S.to_string();
                let said = said.replace("{now}", &now);
                self.scene.introspection = Some(serde_json::from_str(&said).unwrap());
            }
            ("certificate", subject) => {
                let shown = self.shown.take().unwrap();
                self.shown = Some(shown.certificate(sha256(subject.as_bytes()), subject, &[]));
            }
            ("clock", "ticks") => self.scene.tick(),
            ("fetches", _) => assert_eq!(self.scene.fetches.to_string(), value, "{}", self.title),
            ("questions", _) => {
                assert_eq!(self.scene.questions.to_string(), value, "{}", self.title);
            }
            _ => panic!("{}: `{name}: {value}`", self.title),
        }
    }

    fn judge(&mut self, wanted: &str) {
        let shown = self.shown.clone().unwrap_or_else(|| panic!("{}: no request", self.title));
        let end = match self.scene.identify(&shown) {
            Identified::Known { principal, .. } => {
                let words = |words: &[String]| words.join(",");
                let all = [
                    format!("known {}", principal.id),
                    format!("roles={}", words(&principal.roles)),
                    format!("scopes={}", words(&principal.scopes)),
                    format!("proven={}", principal.proven_by.word()),
                ];
                let told = |part: &&String| {
                    let name = part.split('=').next().unwrap_or_default();
                    part.starts_with("known ") || wanted.contains(&format!(" {name}="))
                };
                all.iter().filter(told).cloned().collect::<Vec<_>>().join(" ")
            }
            Identified::Refused(refusal) => {
                self.ends.insert(refusal.code.to_owned());
                format!("{} {}", refusal.status, refusal.code)
            }
            other => super::kit::said(&other),
        };
        assert_eq!(end, wanted, "{}", self.title);
    }

    /// Puts in place what stands in braces.
    fn filled(&mut self, line: &str) -> String {
        let Some((before, rest)) = line.split_once('{') else { return line.to_owned() };
        let (inside, after) = rest.rsplit_once('}').unwrap();
        let mut words = inside.split(' ');
        let made = match words.next() {
            Some("token") => {
                self.token = self.draft(Draft::at(self.scene.now_ms / 1_000), words).sign();
                self.token.clone()
            }
            Some("again") => self.token.clone(),
            Some("proof") => {
                let proof = self.proof();
                self.draft(proof, words).sign()
            }
            Some("api-key") => {
                let state = words.next().unwrap_or("good");
                self.keys.iter().find(|(known, _)| known == state).unwrap().1.clone()
            }
            other => panic!("{}: {other:?}", self.title),
        };
        format!("{before}{made}{after}")
    }

    fn proof(&self) -> Draft {
        let mut draft = Draft::at(NOW_S).key("client", "ES256");
        draft.head.clear();
        draft.claims.clear();
        draft
            .head("typ", "dpop+jwt")
            .head("jwk", signer("client", Algorithm::Es256).jwk())
            .head("kid", Value::Null)
            .with("htm", "GET")
            .with("htu", "https://api.example/orders")
            .with("iat", self.scene.now_ms / 1_000)
            .with("jti", "p-1")
            .with("ath", digits(&sha256(self.token.as_bytes())))
    }

    /// A draft with what the words say: `-name` leaves a claim out, `+60` is that many seconds from now.
    fn draft<'a>(&self, draft: Draft, words: impl Iterator<Item = &'a str>) -> Draft {
        let now_s = self.scene.now_ms / 1_000;
        words.fold(draft, |draft, word| {
            if let Some(name) = word.strip_prefix('-') {
                return draft.without(name);
            }
            let (name, value) = word.split_once('=').unwrap_or_else(|| panic!("{word}"));
            let time = value.parse::<i64>().ok().filter(|_| value.starts_with(['+', '-']));
            match (name, value) {
                ("key", _) => {
                    let algorithm = draft.algorithm.word();
                    draft.key(value, algorithm)
                }
                ("alg", _) => match Algorithm::parse(value) {
                    Some(algorithm) => Draft { algorithm, ..draft },
                    None => draft.head("alg", value),
                },
                ("typ" | "kid" | "jku", _) => draft.head(name, value),
                ("head.crit", _) => {
                    draft.head("crit", serde_json::from_str::<Value>(value).unwrap())
                }
                ("bound", "key") => {
                    let key = signer("client", Algorithm::Es256).jwk();
                    let key = PublicKey::parse(key.as_object().unwrap()).unwrap();
                    draft.with("cnf", json!({"jkt": key.thumbprint()}))
                }
                ("bound", subject) => {
                    let print = digits(&sha256(subject.as_bytes()));
                    draft.with("cnf", json!({"x5t#S256": print}))
                }
                _ if time.is_some() => {
                    draft.with(name, now_s.saturating_add_signed(time.unwrap_or_default()))
                }
                _ => {
                    let read = serde_json::from_str::<Value>(value);
                    draft.with(name, read.unwrap_or_else(|_| json!(value)))
                }
            }
        })
    }
}

/// The fenced blocks of that kind.
fn blocks(page: &'static str, kind: &str) -> Vec<&'static str> {
    let fence = format!("```{kind}\n");
    page.split(&fence).skip(1).map(|rest| rest.split("```").next().unwrap_or_default()).collect()
}

#[test]
fn the_examples_of_the_page_end_as_they_say() {
    let settings = blocks(POLICY.page, "toml");
    let usual = settings.first().copied().unwrap_or_default();
    assert!(usual.contains(ISSUER));
    let mut ends = BTreeSet::new();
    for block in blocks(POLICY.page, "identify") {
        let title = block.lines().find_map(|line| line.strip_prefix("title: ")).unwrap_or(block);
        let own: Vec<&str> = block.lines().filter_map(|line| line.strip_prefix("  ")).collect();
        let own = own.join("\n");
        let settings = if own.is_empty() { usual } else { &own };
        let mut play = Play::new(settings, title);
        let skipped = |line: &&str| {
            !line.is_empty()
                && !["title: ", "settings:", "  "].iter().any(|start| line.starts_with(start))
        };
        let lines: Vec<&str> = block.lines().filter(skipped).collect();
        assert!(lines.iter().any(|line| line.starts_with("< ")), "{title}: nothing is expected");
        for line in lines {
            play.line(line);
        }
        ends.append(&mut play.ends);
    }
    // Every code is shown, but for those that a page need not act out.
    let unshown: Vec<&str> =
        FAULTS.iter().map(|(code, _, _)| *code).filter(|code| !ends.contains(*code)).collect();
    assert_eq!(unshown, ["credential-missing", "token-too-long", "proofs-full"]);
}

#[test]
fn every_code_is_on_the_page() {
    for (code, status, _) in FAULTS {
        let row = format!("| `{code}` | {status} |");
        assert!(POLICY.page.contains(&row), "{row}");
    }
    let rows = POLICY.page.lines().filter(|line| line.starts_with("| `") && line.contains("` | 4"));
    let rows = rows.count()
        + POLICY
            .page
            .lines()
            .filter(|line| line.starts_with("| `") && line.contains("` | 503"))
            .count();
    assert_eq!(rows, FAULTS.len(), "no other code is");
}

#[test]
fn every_setting_on_the_page_is_one() {
    for block in blocks(POLICY.page, "toml") {
        let file: File = toml::from_str(block).unwrap_or_else(|error| panic!("{error}\n{block}"));
        file.guard.identify.check().unwrap();
    }
}
