//! The ledger as a book of facts about a team: read for folds, and written one act at a time.

use super::args::{ActArgs, PeriodArgs, SourceArgs};
use crate::commands::key::now_ms;
use crate::commands::ledger::args::PlaceArgs;
use crate::commands::ledger::{Read, Reading, place};
use crate::commands::{Failed, answer, tell};
use crate::config::{self, Config};
use anyhow::anyhow;
use avouch_gateway::record;
use avouch_model::coding::{Encoded, Fact, Personal};
use avouch_prove::entry::{Entry, Said};
use avouch_prove::history::History;
use avouch_prove::period::{Period, day_begin_ms};
use avouch_prove::settings::Settings;
use serde_json::json;

/// The retention class of what is recorded when none is named.
const CLASS: &str = "default";

/// Days that are looked at when nobody names a period.
const DAYS: u64 = 90;

const DAY_MS: u64 = 86_400_000;

/// LIMIT: bytes of a name that stands for a person.
const NAME_BYTES_MAX: usize = 256;

/// The ledger, and what the team decided.
pub(crate) struct Book {
    place: Option<PlaceArgs>,
    class: String,
    pub(crate) settings: Settings,
}

impl Book {
    /// The ledger that was named, and the settings of the configuration.
    pub(crate) fn of(source: &SourceArgs) -> Result<Self, Failed> {
        let config = Config::read(source.config.as_deref()).map_err(Failed::usage)?;
        config.prove.check().map_err(|error| {
            Failed::usage(error).advice("it stands in `[prove]` of the configuration")
        })?;
        let folder = source.ledger.clone().or(config.ledger.folder);
        Ok(Self {
            place: folder.map(|ledger| PlaceArgs { ledger, head: config.ledger.head }),
            class: config.ledger.class.unwrap_or_else(|| CLASS.to_owned()),
            settings: config.prove,
        })
    }

    fn place(&self) -> Result<&PlaceArgs, Failed> {
        self.place.as_ref().ok_or_else(|| {
            Failed::usage(anyhow!("no ledger is named"))
                .advice("name its folder with `--ledger`, or in `[ledger] folder` of the configuration; begin one with `avouch ledger init`")
        })
    }

    /// The ledger, for what needs it as a whole.
    pub(super) fn ledger(&self) -> Result<&PlaceArgs, Failed> {
        self.place()
    }

    /// Whether there is a ledger to ask.
    pub(super) fn is_there(&self) -> bool {
        self.place.is_some()
    }

    /// The period that was named, as far as it has passed.
    pub(crate) fn period(&self, args: &PeriodArgs) -> Result<Period, Failed> {
        let now_ms = now_ms();
        let first = args.from.as_ref().or(self.settings.from.as_ref());
        let last = args.to.as_ref().or(self.settings.to.as_ref());
        let bad = |error| {
            Failed::usage(anyhow::Error::from(error)).advice("days are written as `2026-12-31`")
        };
        let from_ms = match first {
            Some(day) => day_begin_ms(day).map_err(bad)?,
            None => self.begun_ms()?.max(now_ms.saturating_sub(DAYS * DAY_MS)),
        };
        let to_ms = match last {
            Some(day) => day_begin_ms(day).map_err(bad)?.saturating_add(DAY_MS),
            None => now_ms.saturating_add(1),
        };
        let whole = Period::new(from_ms, to_ms).map_err(bad)?;
        whole.until(now_ms.saturating_add(1)).ok_or_else(|| {
            Failed::usage(anyhow!("the period has not begun"))
                .advice("see `--from`, and `from` of `[prove]` in the configuration")
        })
    }

    /// When the ledger began; 0 when there is none. Before that there is nothing to judge by.
    fn begun_ms(&self) -> Result<u64, Failed> {
        match &self.place {
            Some(place) => Ok(Reading::open(place)?.begun_ms()?.unwrap_or(0)),
            None => Ok(0),
        }
    }

    /// All facts up to the end of a period.
    pub(crate) fn history(&self, period: Period) -> Result<History, Failed> {
        let mut history = History::new(period);
        Reading::open(self.place()?)?.facts(|index, time_ms, read| {
            let said = match read {
                Read::Record(record) => Said::read(record.kind, &record.body).map_err(|_| ()),
                Read::Shown { kind, body } => Said::of_json(kind, body).map_err(|_| ()),
                Read::Unreadable => Err(()),
                Read::Gap { count, because } => {
                    history.missed(index, time_ms, count, because);
                    return;
                }
            };
            match said {
                Ok(Some(fact)) => history.add(Entry { index, time_ms, fact }),
                Ok(None) => (),
                Err(()) => history.unreadable(index, time_ms),
            }
        })?;
        Ok(history)
    }

    /// All facts there are.
    pub(crate) fn now(&self) -> Result<History, Failed> {
        let period = Period::new(0, now_ms().saturating_add(1)).map_err(Failed::broken)?;
        self.history(period)
    }

    /// Appends facts and waits until they are safe; their entries.
    pub(crate) fn append(&self, facts: Vec<Encoded>) -> Result<Vec<u64>, Failed> {
        if facts.is_empty() {
            return Ok(Vec::new());
        }
        let ledger = place::open(self.place()?)?;
        let mut indexes = Vec::new();
        let mut trouble = None;
        for fact in facts {
            match ledger.append(&self.class, &record(fact)) {
                Ok(index) => indexes.push(index),
                Err(error) => {
                    trouble = Some(error);
                    break;
                }
            }
        }
        if let Some(last) = indexes.last() {
            ledger.wait(*last).map_err(|stop| {
                Failed::usage(stop).advice("what was not acknowledged may be lost; do it again")
            })?;
        }
        place::close(ledger)?;
        match trouble {
            Some(error) => {
                let count = indexes.len();
                Err(Failed::usage(error).advice(format!("{count} facts before it are recorded; do it again: what is there already is left out")))
            }
            None => Ok(indexes),
        }
    }

    /// Records acts, or says what would be recorded.
    pub(crate) fn record(&self, act: &ActArgs, acts: Vec<Acted>) -> Result<(), Failed> {
        let (says, facts): (Vec<String>, Vec<Encoded>) =
            acts.into_iter().map(|act| (act.says, act.fact)).unzip();
        let indexes = if act.dry_run { Vec::new() } else { self.append(facts)? };
        if act.json {
            let entries: Vec<_> = says
                .iter()
                .enumerate()
                .map(|(at, says)| json!({ "entry": indexes.get(at), "says": says }))
                .collect();
            return answer(&format!(
                "{:#}\n",
                json!({ "recorded": !act.dry_run, "acts": entries })
            ));
        }
        for (at, says) in says.iter().enumerate() {
            let entry =
                indexes.get(at).map_or_else(String::new, |index| format!("  (entry {index})"));
            answer(&format!("{}{entry}\n", plain(says)))?;
        }
        match (says.is_empty(), act.dry_run) {
            (true, _) => tell("nothing to record: all of it is in the ledger"),
            (false, true) => tell("a dry run: nothing was recorded"),
            (false, false) => (),
        }
        Ok(())
    }
}

/// A fact to record, and what it says in a line.
pub(crate) struct Acted {
    says: String,
    fact: Encoded,
}

impl Acted {
    pub(crate) fn new(says: impl Into<String>, fact: &impl Fact) -> Result<Self, Failed> {
        let fact = fact.encode().map_err(|error| {
            Failed::usage(error).advice("say it in fewer words, or in several facts")
        })?;
        Ok(Self { says: says.into(), fact })
    }

    /// A fact that is encoded already.
    pub(crate) fn of(says: String, fact: Encoded) -> Self {
        Self { says, fact }
    }
}

/// Who acts: a name, never nobody.
pub(crate) fn actor(act: &ActArgs) -> Result<Personal, Failed> {
    let named = act.actor.clone().or_else(|| config::variable("USER"));
    match named {
        Some(name) => person(&name),
        None => {
            Err(Failed::usage(anyhow!("nobody is named who does it"))
                .advice("say who with `--actor`"))
        }
    }
}

/// A name that stands for a person.
pub(crate) fn person(name: &str) -> Result<Personal, Failed> {
    let name = name.trim();
    let fine =
        !name.is_empty() && name.len() <= NAME_BYTES_MAX && !name.chars().any(char::is_control);
    if fine {
        return Ok(Personal::Clear(name.to_owned()));
    }
    Err(Failed::usage(anyhow!("`{}` is no name", name.escape_default())))
}

/// The beginning of a day that was named.
pub(crate) fn day(text: Option<&str>) -> Result<Option<u64>, Failed> {
    let begin = |text| {
        day_begin_ms(text)
            .map_err(|error| Failed::usage(error).advice("days are written as `2026-12-31`"))
    };
    text.map(begin).transpose()
}

/// A text that cannot steer a terminal.
pub(crate) fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' { '·' } else { c }).collect()
}

/// So many of something, in words.
pub(crate) fn many(count: usize, one: &str, more: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { more })
}

/// A day for people, or a dash.
pub(crate) fn shown_day(at_ms: Option<u64>) -> String {
    at_ms.map_or_else(|| "-".to_owned(), avouch_prove::period::date)
}

/// A table for people: columns as wide as they need, the last one as it is.
pub(crate) fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    let all = || {
        std::iter::once(head.iter().map(|cell| (*cell).to_owned()).collect())
            .chain(rows.iter().cloned())
    };
    let widths: Vec<usize> = (0..head.len())
        .map(|at| {
            all()
                .filter_map(|row: Vec<String>| row.get(at).map(|cell| cell.chars().count()))
                .max()
                .unwrap_or(0)
        })
        .collect();
    let line = |row: Vec<String>| {
        let last = row.len().saturating_sub(1);
        let cells = row.iter().zip(&widths).enumerate().map(|(at, (cell, width))| {
            if at == last { plain(cell) } else { format!("{:<width$}", plain(cell)) }
        });
        let cells: Vec<String> = cells.collect();
        format!("{}\n", cells.join("  ").trim_end())
    };
    all().map(line).collect()
}
