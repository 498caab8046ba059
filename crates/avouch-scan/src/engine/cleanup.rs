//! O15: what the scan created is removed, even after a crash.
//!
//! A line is written to `cleanup.jsonl` before each creation, another when the object's address is
//! known, another when it is gone. A later scan of the same target finds what a crashed one left.

use crate::links::own_id;
use crate::objects::new_id;
use crate::step::{Creation, Credential, Request};
use avouch_model::exchange::Answer;
use avouch_model::identity::Who;
use avouch_model::operation::{Method, OperationId};
use avouch_model::report::CleanupOutcome;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// The list's name in the state folder.
pub const CLEANUP_FILE: &str = "cleanup.jsonl";
/// LIMIT: bytes of a list that is read back.
const LIST_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// One line of the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Line {
    scan: String,
    number: u64,
    origin: String,
    who: Who,
    by: OperationId,
    collection: String,
    remove: Option<String>,
    #[serde(default)]
    named: Option<String>,
    marker: String,
    state: State,
}

/// How far an object has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum State {
    /// It may have been created.
    Planned,
    /// It was, and this removes it.
    Created(String),
    /// It was not, or it is gone again; the text says which.
    Gone(String),
    /// It cannot be removed; the text says why.
    Stays(String),
}

/// The list of what is to be removed.
#[derive(Debug)]
pub struct CleanUp {
    scan: String,
    origin: String,
    base_path: Mutex<String>,
    file: Option<Mutex<File>>,
    lines: Mutex<BTreeMap<(String, u64), Line>>,
}

/// An object on the list.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry(String, u64);

/// Why a clean-up list could not be opened.
#[derive(Debug, thiserror::Error)]
#[error("cannot open the clean-up list `{path}`")]
pub struct OpenError {
    path: PathBuf,
    source: std::io::Error,
}

impl CleanUp {
    /// Opens the list of that folder, with what earlier scans of this origin left behind. Without a
    /// folder the list lives in memory only.
    pub fn open(folder: Option<&Path>, scan: &str, origin: &str) -> Result<Self, OpenError> {
        let mut lines = BTreeMap::new();
        let mut file = None;
        if let Some(folder) = folder {
            let path = folder.join(CLEANUP_FILE);
            let opened = std::fs::create_dir_all(folder).and_then(|()| {
                lines = left_behind(&path, origin)?;
                OpenOptions::new().create(true).append(true).open(&path)
            });
            file = Some(Mutex::new(opened.map_err(|source| OpenError { path, source })?));
        }
        let (scan, origin) = (scan.to_owned(), origin.to_owned());
        Ok(Self { scan, origin, base_path: Mutex::default(), file, lines: Mutex::new(lines) })
    }

    /// Tells the base path, which removal templates do not hold.
    pub fn set_base_path(&self, base_path: &str) {
        base_path.clone_into(&mut self.base_path.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Writes down that something is about to be created.
    pub fn plan(&self, creation: &Creation, request: &Request) -> Result<Entry, String> {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let number = lines.keys().filter(|(scan, _)| *scan == self.scan).count() as u64;
        let line = Line {
            scan: self.scan.clone(),
            number,
            origin: self.origin.clone(),
            who: request.credential.who(),
            by: creation.by.clone(),
            collection: request.path().to_owned(),
            remove: creation.remove.clone(),
            named: creation.named.clone(),
            marker: creation.marker.clone(),
            state: State::Planned,
        };
        self.write(&line)
            .map_err(|error| format!("the clean-up list cannot be written: {error}"))?;
        lines.insert((self.scan.clone(), number), line);
        Ok(Entry(self.scan.clone(), number))
    }

    /// Learns from the answer whether and where the object was created.
    pub fn created(&self, entry: Entry, answer: &Answer) {
        let base_path = self.base_path.lock().unwrap_or_else(PoisonError::into_inner).clone();
        self.change(&(entry.0, entry.1), |line| {
            if !answer.is_success() {
                return State::Gone(format!("not created: the answer was {}", answer.status));
            }
            match line.remove.as_deref() {
                None => State::Stays("the API offers no way to remove it".to_owned()),
                Some(template) => match removal(&base_path, template, line, answer) {
                    Some(target) => State::Created(target),
                    None => State::Planned,
                },
            }
        });
    }

    /// Learns that what carries this marker is that identity's own, and where it is when the answer
    /// to its creation did not say.
    pub fn belongs_to(&self, marker: &str, who: Who, address: Option<&str>) {
        for key in self.marked(marker) {
            self.change(&key, |line| match (&line.state, &address) {
                (State::Planned, Some(address)) => State::Created((*address).to_owned()),
                (state, _) => state.clone(),
            });
            let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(line) = lines.get_mut(&key) {
                line.who = who;
                // As above: the earlier line stands.
                let _ = self.write(line);
            }
        }
    }

    /// Learns that a success was none: what carries this marker was not created.
    pub fn not_created(&self, marker: &str) {
        for key in self.marked(marker) {
            self.change(&key, |_| State::Gone("not created: the answer was a refusal".to_owned()));
        }
    }

    /// Entries of this scan that carry the marker and are not settled.
    fn marked(&self, marker: &str) -> Vec<(String, u64)> {
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let open = lines.iter().filter(|(key, line)| {
            key.0 == self.scan && line.marker == marker && !matches!(line.state, State::Gone(_))
        });
        open.map(|(key, _)| key.clone()).collect()
    }

    /// What still has to be removed: who, and the request, or the collection to look for the marker in.
    pub fn pending(&self) -> Vec<(Entry, Pending)> {
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let open = lines.iter().filter_map(|((scan, number), line)| {
            let pending = match &line.state {
                State::Created(target) => Pending::Remove(deletion(line.who, target)),
                State::Planned => Pending::LookFor {
                    list: Request::read(line.collection.clone()).by(line.who),
                    marker: line.marker.clone(),
                },
                State::Gone(_) | State::Stays(_) => return None,
            };
            Some((Entry(scan.clone(), *number), pending))
        });
        open.collect()
    }

    /// Learns from a list where the marked object is; the request that removes it, if it is there.
    pub fn found_in(&self, entry: &Entry, list: &Answer) -> Option<Request> {
        let base_path = self.base_path.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let key = (entry.0.clone(), entry.1);
        let line = self.lines.lock().unwrap_or_else(PoisonError::into_inner).get(&key)?.clone();
        let json = list.json()?;
        let records = crate::oracle::leaves::records(&json);
        let marked =
            records.into_iter().find(|record| record.to_string().contains(&line.marker))?;
        let template = line.remove.as_deref()?;
        let (parameter, named_by) = last_parameter(template)?;
        let id = own_id(marked, parameter, named_by)?;
        let target = fill(&base_path, template, &line.collection, &id)?;
        Some(deletion(line.who, &target))
    }

    /// Writes down how a removal ended.
    pub fn removed(&self, entry: &Entry, gone: bool, note: &str) {
        self.change(&(entry.0.clone(), entry.1), |_| {
            if gone { State::Gone(note.to_owned()) } else { State::Stays(note.to_owned()) }
        });
    }

    /// What became of everything that was created.
    pub fn outcomes(&self) -> Vec<CleanupOutcome> {
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let shown = lines.values().filter_map(|line| {
            let (gone, note) = match &line.state {
                State::Gone(note) if note.starts_with("not created") => return None,
                State::Gone(note) => (true, note.clone()),
                State::Stays(note) => (false, note.clone()),
                State::Created(_) => (false, "not yet removed".to_owned()),
                State::Planned => (false, "its address is not known".to_owned()),
            };
            let remove =
                line.remove.clone().map(|path| format!("DELETE {path}")).unwrap_or_default();
            Some(CleanupOutcome { created_by: line.by.clone(), remove, gone, note })
        });
        shown.collect()
    }

    fn change(&self, key: &(String, u64), state: impl FnOnce(&Line) -> State) {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(line) = lines.get_mut(key) {
            line.state = state(line);
            // The object's earlier line stands: at worst a later scan looks for it in vain.
            let _ = self.write(line);
        }
    }

    fn write(&self, line: &Line) -> std::io::Result<()> {
        let Some(file) = &self.file else { return Ok(()) };
        let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
        let mut text = serde_json::to_string(line)?;
        text.push('\n');
        file.write_all(text.as_bytes())?;
        file.sync_data()
    }
}

/// What has to be done for an object.
#[derive(Clone, Debug)]
pub enum Pending {
    /// Send this.
    Remove(Request),
    /// Read this list and look for the marker.
    LookFor {
        /// The collection.
        list: Request,
        /// What the object carries.
        marker: String,
    },
}

fn deletion(who: Who, target: &str) -> Request {
    Request::new(Method::Delete, target).with(match who {
        Who::Nobody => Credential::None,
        who => Credential::Of(who),
    })
}

fn removal(base_path: &str, template: &str, line: &Line, answer: &Answer) -> Option<String> {
    let (parameter, collection) = last_parameter(template)?;
    let told = || new_id(answer, parameter, collection, None);
    let from_body = line.named.clone().or_else(told);
    let from_body = from_body.and_then(|id| fill(base_path, template, &line.collection, &id));
    from_body.or_else(|| location(answer))
}

/// The last parameter of a template, and the path before it: `id` and `/orders` of `/orders/{id}` and
/// of `/orders?id={id}`.
fn last_parameter(template: &str) -> Option<(&str, &str)> {
    let (before, rest) = template.rsplit_once('{')?;
    let (parameter, _) = rest.split_once('}')?;
    Some((parameter, before.split('?').next().unwrap_or(before).trim_end_matches('/')))
}

/// The path of a Location header (RFC 9110, section 10.2.2), when it is a path.
fn location(answer: &Answer) -> Option<String> {
    let location = answer.headers.first("location")?;
    let path = match location.split_once("://") {
        Some((_, rest)) => rest.find('/').and_then(|at| rest.get(at..))?,
        None => location,
    };
    path.starts_with('/').then(|| path.to_owned())
}

/// The removal's address: parents as in the collection's own path, the last parameter is the id.
fn fill(base_path: &str, template: &str, collection: &str, id: &str) -> Option<String> {
    let whole = format!("{base_path}{template}");
    let (before, rest) = whole.rsplit_once('{')?;
    let (_, after) = rest.split_once('}')?;
    // Parents are where they were in the creating request.
    let parents: Vec<&str> = collection.split('/').collect();
    let before: Vec<String> = before
        .split('/')
        .enumerate()
        .map(|(at, part)| {
            if part.starts_with('{') {
                parents.get(at).map_or_else(|| part.to_owned(), |value| (*value).to_owned())
            } else {
                part.to_owned()
            }
        })
        .collect();
    Some(format!("{}{}{after}", before.join("/"), utf8_percent_encode(id, NON_ALPHANUMERIC)))
}

/// The last line of each object that an earlier scan of this origin left open.
fn left_behind(path: &Path, origin: &str) -> std::io::Result<BTreeMap<(String, u64), Line>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(error) => return Err(error),
    };
    let mut lines = BTreeMap::new();
    let reader = BufReader::new(std::io::Read::take(file, LIST_BYTES_MAX));
    for text in reader.lines() {
        // A torn last line is what a crash leaves; the object's earlier line stands.
        let Ok(line) = serde_json::from_str::<Line>(&text?) else { continue };
        if line.origin == origin {
            lines.insert((line.scan.clone(), line.number), line);
        }
    }
    lines.retain(|_, line| matches!(line.state, State::Planned | State::Created(_)));
    Ok(lines)
}

#[cfg(test)]
mod tests;
