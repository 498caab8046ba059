//! Plays a year: types what people type, at the moment they do, and lets happen what happens by itself.

use super::diary::{Act, What};
use super::edge::{self, Edge, SHOP_LOG};
use super::visits;
use crate::clock::Telling;
use crate::commands::Failed;
use crate::commands::aside::{Said, typed};
use crate::commands::demo::visits::{first_order, login};
use crate::commands::ledger::args::PlaceArgs;
use crate::commands::ledger::place;
use crate::commands::{answer, tell};
use crate::state::State;
use anyhow::{Context, anyhow};
use avouch_range::{Part, Running, Shop, ShopOptions, Switches, Weakness, accounts};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use tokio::runtime::Runtime;

const DAY_MS: u64 = 86_400_000;

/// What the visits of the year are made of.
const SEED: u64 = 2025;

/// Weaknesses that the shop has at first, and that are mended in spring.
const WEAK: [Weakness; 2] = [Weakness::OrderOwnerUnchecked, Weakness::StackTraceShown];
/// What comes back with a release in autumn.
const RELAPSED: [Weakness; 1] = [Weakness::OrderOwnerUnchecked];

/// A year that is being played.
pub(super) struct Play {
    telling: Telling,
    runtime: Runtime,
    shop: Option<Running>,
    bound: SocketAddr,
    edge: Option<Edge>,
    /// Up to when the days have passed.
    until_ms: u64,
    /// What is known by a name: ids of keys, and what commands answered.
    known: BTreeMap<String, String>,
    /// The keys of integrations, by their names.
    keys: BTreeMap<String, String>,
    /// Since when the ledger's disk is full, and how many requests it missed.
    full: Option<(u64, u64)>,
    verbose: bool,
    count: u64,
    /// How many of the auditors' marked requests were sent.
    marked: usize,
}

impl Play {
    pub(super) fn begin(verbose: bool) -> Result<Self, Failed> {
        let runtime = Runtime::new().map_err(Failed::broken)?;
        let begin: jiff::Timestamp = "2025-01-01T00:00:00Z".parse().map_err(Failed::broken)?;
        let begin_ms = u64::try_from(begin.as_millisecond()).map_err(Failed::broken)?;
        let mut play = Self {
            telling: Telling::begin(begin_ms),
            runtime,
            shop: None,
            bound: SocketAddr::from(([127, 0, 0, 1], 0)),
            edge: None,
            until_ms: begin_ms,
            known: BTreeMap::new(),
            keys: BTreeMap::new(),
            full: None,
            verbose,
            count: 0,
            marked: 0,
        };
        play.open(&WEAK)?;
        play.settings()?;
        Ok(play)
    }

    /// Opens the shop with some weaknesses, where it was before.
    fn open(&mut self, weak: &[Weakness]) -> Result<(), Failed> {
        if let Some(shop) = self.shop.take() {
            self.runtime.block_on(shop.stop());
        }
        let options = ShopOptions {
            switches: Switches::only(weak.iter().copied()),
            part: Part::Counter,
            bind: self.bound,
            ..ShopOptions::default()
        };
        let shop = self.runtime.block_on(Shop::start(options)).map_err(Failed::broken)?;
        let address = shop.base_url.trim_start_matches("http://");
        self.bound = address.parse().map_err(Failed::broken)?;
        let token = login(&shop.base_url, &accounts().a).map_err(Failed::broken)?;
        let order = first_order(&shop.base_url, &token).map_err(Failed::broken)?;
        match &mut self.edge {
            Some(edge) => edge.knows(token, order),
            None => self.edge = Some(Edge::new(&shop.base_url, token, order)?),
        }
        self.shop = Some(shop);
        Ok(())
    }

    /// What is there before the year begins: the description of the API, and who scans it as whom.
    fn settings(&self) -> Result<(), Failed> {
        let shop = self.shop.as_ref().context("no shop").map_err(Failed::broken)?;
        write("openapi.json", &shop.openapi().to_string())?;
        let people = accounts();
        let mut identities = String::new();
        for (who, account) in [("a", &people.a), ("b", &people.b), ("high", &people.admin)] {
            write(&format!("secrets/{who}"), account.password)?;
            // Writing to a text does not fail.
            let _ = writeln!(
                identities,
                "[identity.{who}]\nuser = \"{}\"\npassword = \"file:secrets/{who}\"\nlogin = {{ path = \"/auth/login\", body = '{{\"email\":\"{{user}}\",\"password\":\"{{password}}\"}}' }}",
                account.email
            );
        }
        let text = include_str!("avouch.toml.txt")
            .replace("{shop}", &shop.base_url)
            .replace("{identities}", &identities);
        write("avouch.toml", &text)
    }

    /// Lets an act happen, and before it all that happened until then.
    pub(super) fn act(&mut self, act: &Act) -> Result<(), Failed> {
        self.pass(act.at_ms)?;
        self.telling.go_to(act.at_ms);
        self.say(act)?;
        match &act.what {
            What::Written { file, text } => write(file, text),
            What::Happened(words) => self.happens(words),
            What::Typed { words, code, known_as } => {
                let mut words = words.clone();
                if known_as.is_some() && words.first().is_some_and(|word| word == "key") {
                    words.push("--json".to_owned());
                }
                let said = self.typed(&words, *code)?;
                match known_as {
                    Some(name) => self.learn(name, &said),
                    None => Ok(()),
                }
            }
        }
    }

    fn say(&self, act: &Act) -> Result<(), Failed> {
        let at = avouch_prove::period::date(act.at_ms);
        match &act.what {
            What::Typed { .. } if self.verbose => answer(&format!("{at} $ avouch {}\n", act.line)),
            What::Happened(words) if words.first().is_some_and(|word| word == "say") => {
                answer(&format!("{at}  {}\n", words.get(1..).unwrap_or_default().join(" ")))
            }
            _ => Ok(()),
        }
    }

    /// Types a command, with what is known in place of names. It must end with a code.
    fn typed(&mut self, words: &[String], code: i32) -> Result<Said, Failed> {
        let words: Vec<String> = words.iter().map(|word| self.filled(word)).collect();
        self.count += 1;
        let (exit, said) = typed(&words);
        if exit as i32 == code {
            return Ok(said);
        }
        let Said { answer, told } = said;
        let line = words.join(" ");
        Err(Failed::broken(anyhow!(
            "`avouch {line}` ended with {} and not {code}: {answer}{told}",
            exit as i32
        )))
    }

    fn filled(&self, word: &str) -> String {
        let mut word = word.to_owned();
        for (name, value) in &self.known {
            word = word.replace(&format!("{{{name}}}"), value);
        }
        word
    }

    /// Takes what a command answered as JSON: a key, or a digest.
    fn learn(&mut self, name: &str, said: &Said) -> Result<(), Failed> {
        let Ok(value) = serde_json::from_str::<Value>(&said.answer) else {
            return self.learn_nonce(name, &said.answer);
        };
        let text = |member: &str| value.get(member).and_then(Value::as_str).map(str::to_owned);
        if let Some(key) = text("key") {
            // Of a key that is rotated in, the integration is the one of the name before the dot.
            let owner = name.split('.').next().unwrap_or(name);
            self.keys.insert(owner.to_owned(), key);
        }
        let id = text("id").or_else(|| text("digest"));
        let id = id.with_context(|| format!("`{name}` is not said")).map_err(Failed::broken)?;
        self.known.insert(name.to_owned(), id);
        Ok(())
    }

    /// Takes the auditor's number and its digest, or a digest alone: the first words of the lines.
    fn learn_nonce(&mut self, name: &str, said: &str) -> Result<(), Failed> {
        let mut words = said.lines().filter_map(|line| line.split_whitespace().next());
        let Some(first) = words.next() else {
            return Err(Failed::broken(anyhow!("`{name}` is not said")));
        };
        self.known.insert(name.to_owned(), first.to_owned());
        if let Some(digest) = words.next() {
            self.known.insert(format!("{name}.digest"), digest.to_owned());
        }
        Ok(())
    }

    fn happens(&mut self, words: &[String]) -> Result<(), Failed> {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        match words.as_slice() {
            ["say", ..] => Ok(()),
            ["shop", "mended"] => self.open(&[]),
            ["shop", "relapsed"] => self.open(&RELAPSED),
            ["disk", "full"] => {
                self.full = Some((self.until_ms, 0));
                Ok(())
            }
            ["disk", "free"] => self.freed(),
            ["retest"] => self.retest(),
            ["reconcile"] => self.reconcile(),
            ["marked", count] => self.marked(count),
            ["stops", name] => {
                self.keys.remove(*name);
                Ok(())
            }
            other => Err(Failed::broken(anyhow!("nobody knows how `{}` happens", other.join(" ")))),
        }
    }

    /// Lets the days pass until a moment, with their visits.
    fn pass(&mut self, until_ms: u64) -> Result<(), Failed> {
        let mut due = Vec::new();
        let mut day = self.until_ms - self.until_ms % DAY_MS;
        while day < until_ms {
            let visits = visits::of_day(SEED, day, &self.keys).into_iter();
            due.extend(visits.filter(|one| (self.until_ms..until_ms).contains(&one.at_ms)));
            day += DAY_MS;
        }
        let begin_ms = self.until_ms;
        self.until_ms = until_ms.max(begin_ms);
        if due.is_empty() || !Path::new("keys.json").exists() {
            return Ok(());
        }
        let edge = self.edge.as_mut().context("no edge").map_err(Failed::broken)?;
        if let Some((_, missed)) = &mut self.full {
            for visit in &due {
                edge.visited(visit, None)?;
                *missed += 1;
            }
            return Ok(());
        }
        // The configuration is looked at before the first request, so it holds since the last act.
        self.telling.go_to(begin_ms);
        let ledger = place::open(&at())?;
        edge.follow(&ledger)?;
        for visit in &due {
            self.telling.go_to(visit.at_ms);
            edge.visited(visit, Some(&ledger))?;
        }
        place::close(ledger).map(|_| ())
    }

    /// The ledger can be written again.
    fn freed(&mut self) -> Result<(), Failed> {
        let Some((since_ms, missed)) = self.full.take() else {
            return Err(Failed::broken(anyhow!("the disk was not full")));
        };
        let ledger = place::open(&at())?;
        edge::tell_gap(&ledger, (missed, since_ms, self.until_ms))?;
        place::close(ledger).map(|_| ())
    }

    /// Asks again about each finding of the last scan.
    fn retest(&mut self) -> Result<(), Failed> {
        let state = State::open(&PathBuf::from(".avouch")).map_err(Failed::usage)?;
        let found = state.report().map_err(Failed::usage)?.findings;
        let scan = state.recorded().map_err(Failed::usage)?.scan;
        for finding in found {
            let words = ["replay", &finding.fingerprint, "--scan", &scan, "--quiet"];
            let words = words.map(str::to_owned);
            // What fails still, or cannot be asked any more, stays open.
            let (exit, said) = typed(&words);
            self.count += 1;
            if !matches!(exit as i32, 0 | 1 | 3) {
                return Err(Failed::broken(anyhow!("{}", said.told)));
            }
        }
        Ok(())
    }

    /// The auditors send the next of their marked requests, one each second.
    fn marked(&mut self, count: &str) -> Result<(), Failed> {
        let count: usize = count.parse().map_err(Failed::broken)?;
        let list = std::fs::read_to_string("canaries.txt").map_err(Failed::usage)?;
        let markers = list.lines().skip(self.marked).take(count);
        self.marked += count;
        let edge = self.edge.as_mut().context("no edge").map_err(Failed::broken)?;
        let ledger = place::open(&at())?;
        edge.follow(&ledger)?;
        for (at_ms, marker) in (self.until_ms..).step_by(1_000).zip(markers) {
            self.telling.go_to(at_ms);
            edge.visited(&visits::of_auditors(at_ms, marker), Some(&ledger))?;
            self.until_ms = at_ms + 1;
        }
        place::close(ledger).map(|_| ())
    }

    /// Holds the shop's own log since the last time against the ledger.
    fn reconcile(&mut self) -> Result<(), Failed> {
        let edge = self.edge.as_mut().context("no edge").map_err(Failed::broken)?;
        let since_ms = edge.write_log().map_err(Failed::usage)?;
        let since = avouch_prove::period::date(since_ms.unwrap_or(self.until_ms));
        let words =
            ["gateway", "reconcile", "--log", SHOP_LOG, "--record", &format!("since={since}")];
        let (exit, said) = typed(&words.map(str::to_owned));
        match exit as i32 {
            0 | 1 => Ok(()),
            _ => Err(Failed::broken(anyhow!("{}", said.told))),
        }
    }

    /// The year is over. What it amounts to.
    pub(super) fn end(mut self) -> Result<String, Failed> {
        if let Some(shop) = self.shop.take() {
            self.runtime.block_on(shop.stop());
        }
        tell("the year is over");
        let said = self.typed(&["ledger".into(), "stats".into(), "ledger".into()], 0)?;
        Ok(format!("{} commands were typed in the year.\n{}", self.count, said.answer))
    }
}

fn at() -> PlaceArgs {
    PlaceArgs { ledger: PathBuf::from("ledger"), head: None }
}

fn write(file: &str, text: &str) -> Result<(), Failed> {
    let path = Path::new(file);
    let made = path.parent().map_or(Ok(()), std::fs::create_dir_all);
    made.and_then(|()| std::fs::write(path, text))
        .with_context(|| format!("`{file}` cannot be written"))
        .map_err(Failed::usage)
}
