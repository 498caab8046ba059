//! Where keys are kept, and how they are changed: at once, and recorded.

use super::args::{KeyPlaceArgs, RecordArgs};
use super::settings::Config;
use super::{Failed, tell};
use crate::commands::ledger::args::PlaceArgs;
use crate::commands::ledger::{Read, Reading, place as ledger_place};
use crate::config;
use crate::state::random;
use anyhow::{Context, anyhow};
use avouch_gateway::key_file::{KeyFile, KeyFileError, Locked};
use avouch_gateway::record;
use avouch_guard::identify::{
    API_KEY_RANDOM_BYTES, BookError, KeyAct, KeyActEvent, KeyBook, KeyRecord, Pepper,
};
use avouch_ledger::log::Ledger;
use avouch_model::coding::{Fact, Personal};
use avouch_model::fact::decision::{Decision, DecisionAbout, Verdict};
use avouch_model::fact::key::Key;

/// The file when neither the command nor the configuration names one.
const KEYS_FILE: &str = "keys.json";
/// The retention class of what is recorded when none is named.
const CLASS: &str = "default";

/// Milliseconds of a day.
pub(super) const DAY_MS: u64 = 86_400_000;

/// The keys, and where what is done to them is recorded.
pub(super) struct Place {
    pub(super) file: KeyFile,
    /// Where the pepper is, when it is not beside the file.
    pepper: Option<String>,
    ledger: Option<PlaceArgs>,
    class: String,
}

/// What is to be recorded of an act.
pub(super) struct Act<'a> {
    pub(super) event: KeyActEvent,
    pub(super) record: &'a RecordArgs,
    /// Whether it is done although it cannot be recorded yet. It is recorded later.
    pub(super) urgent: bool,
    /// The request that it answers, whose approval is in the ledger.
    pub(super) request: Option<&'a str>,
}

/// The time now, in milliseconds since 1970.
pub(in crate::commands) fn now_ms() -> u64 {
    crate::clock::now_ms()
}

impl Place {
    pub(super) fn of(args: &KeyPlaceArgs, record: Option<&RecordArgs>) -> Result<Self, Failed> {
        let config = Config::read(args.config.as_deref()).map_err(Failed::usage)?;
        let settings = config.guard.identify.keys;
        let named = args.keys.clone().or_else(|| settings.as_ref().map(|keys| (&keys.file).into()));
        // The pepper that is named belongs to the file that is named beside it.
        let pepper = match &args.keys {
            Some(_) => None,
            None => settings.and_then(|keys| keys.pepper),
        };
        let folder = record.and_then(|record| record.ledger.clone()).or(config.ledger.folder);
        Ok(Self {
            file: KeyFile::new(named.unwrap_or_else(|| KEYS_FILE.into())),
            pepper,
            ledger: folder.map(|ledger| PlaceArgs { ledger, head: config.ledger.head }),
            class: config.ledger.class.unwrap_or_else(|| CLASS.to_owned()),
        })
    }

    /// The book as it is.
    pub(super) fn book(&self) -> Result<KeyBook, Failed> {
        self.file.book().map_err(failed)?.ok_or_else(|| self.absent())
    }

    fn absent(&self) -> Failed {
        let path = self.file.path().display();
        Failed::usage(anyhow!("there is no file of keys `{path}`"))
            .advice("issue one with `avouch key issue`, or name the file with `--keys`")
    }

    /// Changes the book, records that, and says which key it was about.
    pub(super) fn change<T>(
        &self,
        act: &Act<'_>,
        change: impl FnOnce(&mut KeyBook, &Pepper, u64) -> Result<(KeyRecord, T), Failed>,
    ) -> Result<(KeyRecord, T), Failed> {
        let now_ms = now_ms();
        let approved_by = act.request.map(|request| self.approved(request)).transpose()?;
        let approved_by = approved_by.unwrap_or_default();
        let locked = self.file.lock().map_err(failed)?;
        let (mut book, pepper) = self.opened(&locked, act.event)?;
        let (record, more) = change(&mut book, &pepper, now_ms)?;
        let ledger = self.ledger(act.urgent)?;
        if self.ledger.is_some() {
            let actor = act.record.actor.clone().or_else(|| config::variable("USER"));
            if actor.is_none() {
                tell("the record names nobody: say who does it with `--actor`");
            }
            book.note(KeyAct {
                event: act.event,
                key: record.id.clone(),
                at_ms: now_ms,
                actor,
                because: act.record.because.clone(),
                request: act.request.map(str::to_owned),
                approved_by,
            });
        }
        // The change takes effect first: a record of what did not happen would be a lie, and what
        // waits in the book to be recorded is not lost.
        locked.put(&book).map_err(failed)?;
        match (ledger, &self.ledger) {
            (Some(ledger), Some(place)) => {
                let safe = self.settle(&locked, &mut book, ledger)?;
                let records = if safe == 1 { "record" } else { "records" };
                tell(&format!("{safe} {records} in the ledger `{}`", place.ledger.display()));
            }
            (None, Some(place)) => tell(&format!(
                "not in the ledger `{}` yet: it waits in the file of the keys, and is recorded with the next change of a key that can",
                place.ledger.display()
            )),
            (_, None) => tell("recorded nowhere: `--ledger` or `[ledger] folder` names no ledger"),
        }
        Ok((record, more))
    }

    /// The book and its pepper, both of which the first key brings with it.
    fn opened(&self, locked: &Locked<'_>, event: KeyActEvent) -> Result<(KeyBook, Pepper), Failed> {
        match locked.book().map_err(failed)? {
            Some(book) => {
                let pepper = self.pepper()?;
                book.made_with(&pepper).map_err(refused)?;
                Ok((book, pepper))
            }
            None if event == KeyActEvent::Issued => {
                let pepper = match (&self.pepper, self.file.pepper()) {
                    (None, Err(KeyFileError::NoPepper(_))) => {
                        let bytes = random().context("no randomness").map_err(Failed::broken)?;
                        self.file.make_pepper(&bytes).map_err(failed)?
                    }
                    _ => self.pepper()?,
                };
                Ok((KeyBook::new(&pepper), pepper))
            }
            None => Err(self.absent()),
        }
    }

    /// Who approved a request, as the ledger says it. What nobody approved is refused: a name that is typed
    /// proves nothing.
    fn approved(&self, request: &str) -> Result<Vec<String>, Failed> {
        let place = self.ledger.as_ref().ok_or_else(|| {
            Failed::usage(anyhow!("no ledger is named in which the request could be approved"))
                .advice("name its folder with `--ledger`, or in `[ledger] folder`")
        })?;
        let mut last = None;
        Reading::open(place)?.facts(|_, _, read| {
            if let Some(decision) = decision(&read).filter(|decision| {
                decision.about == DecisionAbout::AccessRequest && decision.id == request
            }) {
                last = Some(decision);
            }
        })?;
        let decided = last.filter(|decision| decision.verdict == Verdict::Allow);
        let decided = decided.ok_or_else(|| {
            Failed::usage(anyhow!("nobody approved the request `{}`", request.escape_default()))
                .advice("`avouch review approve OWNER --request ID --requested-by NAME` records an approval; nothing was changed")
        })?;
        Ok(decided.decided_by.iter().map(Personal::shown).collect())
    }

    /// The pepper, from where it is kept.
    fn pepper(&self) -> Result<Pepper, Failed> {
        let Some(place) = &self.pepper else { return self.file.pepper().map_err(failed) };
        let text = config::secret(place).map_err(Failed::usage)?;
        Pepper::parse(text.danger_reveal()).ok_or_else(|| {
            Failed::usage(anyhow!("`{place}` holds no pepper, which is 64 hexadecimal digits"))
        })
    }

    /// The ledger; `None` when there is none, or when another process writes it.
    fn ledger(&self, urgent: bool) -> Result<Option<Ledger>, Failed> {
        let Some(place) = &self.ledger else { return Ok(None) };
        match ledger_place::open_unless_used(place) {
            Err(failed) if urgent => {
                tell(&format!("the ledger cannot be written: {:#}", failed.error));
                Ok(None)
            }
            other => other,
        }
    }

    /// Records what waits to be recorded.
    fn settle(
        &self,
        locked: &Locked<'_>,
        book: &mut KeyBook,
        ledger: Ledger,
    ) -> Result<usize, Failed> {
        let mut trouble = None;
        let mut safe = 0;
        let append = |facts: &[Key]| {
            for fact in facts {
                if let Err(error) = self.append(&ledger, fact) {
                    trouble = Some(error);
                    break;
                }
                safe += 1;
            }
            safe
        };
        let settled = locked.settle(book, now_ms(), append).map_err(failed);
        ledger_place::close(ledger)?;
        match trouble {
            Some(error) => Err(Failed::usage(error.context("what was done is not recorded yet"))
                .advice("it was done, and is recorded with the next change of a key")),
            None => settled,
        }
    }

    fn append(&self, ledger: &Ledger, fact: &Key) -> anyhow::Result<()> {
        let index = ledger.append(&self.class, &record(fact.encode()?))?;
        ledger.wait(index)?;
        Ok(())
    }
}

/// The decision that a record is, if it is one.
fn decision(read: &Read<'_>) -> Option<Decision> {
    match read {
        Read::Record(record) if record.kind == Decision::NUMBER => {
            Decision::decode(&record.body).ok()
        }
        Read::Shown { kind, body } if *kind == Decision::NAME => Decision::of_json(body).ok(),
        _ => None,
    }
}

/// Random bytes for a key.
pub(super) fn key_bytes() -> Result<[u8; API_KEY_RANDOM_BYTES], Failed> {
    let mut bytes = [0; API_KEY_RANDOM_BYTES];
    let draw = || random().context("there is no randomness to be had").map_err(Failed::broken);
    let drawn = draw()?.into_iter().chain(draw()?);
    for (to, from) in bytes.iter_mut().zip(drawn) {
        *to = from;
    }
    Ok(bytes)
}

/// What to do when the file cannot be used.
pub(super) fn failed(error: KeyFileError) -> Failed {
    let advice = match &error {
        KeyFileError::Unusable { .. } => "see that its folder is there, writable and not full",
        KeyFileError::Book { .. } => {
            "name the right file with `--keys`, or restore a copy; nothing was changed"
        }
        KeyFileError::Locked(_) => "nothing was changed; do it again",
        KeyFileError::NoPepper(_) | KeyFileError::Pepper(_) => {
            "restore it, or name its place with `pepper` of `[guard.identify.keys]`; nothing was changed"
        }
    };
    Failed::usage(error).advice(advice)
}

/// What to do when the book does not do what is asked.
pub(super) fn refused(error: BookError) -> Failed {
    let advice = match &error {
        BookError::Absent(_) | BookError::Ambiguous(_) => "`avouch key list --all` names them",
        BookError::Over(..) => "nothing was changed; issue another with `avouch key issue`",
        BookError::Replaced(..) => "nothing was changed; rotate the one in its place",
        BookError::OtherPepper { .. } => {
            "name the place of the right one with `pepper` of `[guard.identify.keys]`; nothing was changed"
        }
        _ => "nothing was changed",
    };
    Failed::usage(error).advice(advice)
}

/// A text of a file that cannot steer a terminal.
pub(super) fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '·' } else { c }).collect()
}
