//! Registers as a team keeps them in a file: each entry compared with what the ledger says of it.

use super::args::{ActArgs, ImportArgs};
use super::book::{Acted, Book};
use super::{Failed, files, tell};
use crate::exit::Exit;
use anyhow::anyhow;
use avouch_prove::history::History;
use serde::de::DeserializeOwned;
use std::collections::{BTreeMap, BTreeSet};

/// An entry of a register, in the file.
pub(super) trait Entry: DeserializeOwned {
    /// What the ledger says of one.
    type State;
    /// What one is called, and the name of its tables.
    const WHAT: &'static str;
    /// How one is written.
    const FORM: &'static str;
    /// What ends one.
    const END: &'static str;

    fn id(&self) -> &str;

    /// The id of a state, unless it has ended.
    fn of(state: &Self::State) -> Option<&str>;

    /// What the ledger says of this one.
    fn known<'s>(&self, states: &'s [Self::State]) -> Option<&'s Self::State>;

    /// What is to be recorded of it, if anything changed.
    fn changed(&self, act: &ActArgs, known: Option<&Self::State>) -> Result<Option<Acted>, Failed>;
}

/// Records what changed, and tells of what is in the ledger alone.
pub(super) fn import<E: Entry>(
    args: &ImportArgs,
    fold: impl Fn(&History) -> Vec<E::State>,
) -> Result<Exit, Failed> {
    let text = files::text(&args.path)?;
    let name = args.path.display().to_string();
    let malformed =
        |error: anyhow::Error| Failed::usage(error.context(format!("`{name}`"))).advice(E::FORM);
    let mut tables: BTreeMap<String, Vec<E>> =
        toml::from_str(&text).map_err(|error| malformed(error.into()))?;
    let listed = tables.remove(E::WHAT).unwrap_or_default();
    if let Some(other) = tables.keys().next() {
        return Err(malformed(anyhow!("`{other}` is no table of this register")));
    }
    let book = Book::of(&args.act.source)?;
    let states = fold(&book.now()?);
    let (mut acts, mut seen) = (Vec::new(), BTreeSet::new());
    for entry in &listed {
        let which = || format!("`{name}`: the {} `{}`", E::WHAT, entry.id());
        if !seen.insert(entry.id()) {
            return Err(Failed::usage(anyhow!("{} is there twice", which())));
        }
        let changed = entry.changed(&args.act, entry.known(&states));
        acts.extend(changed.map_err(|mut failed| {
            failed.error = failed.error.context(which());
            failed
        })?);
    }
    for id in states.iter().filter_map(E::of).filter(|id| !seen.contains(id)) {
        tell(&format!(
            "{} `{id}` is in the ledger and not in the file: say `{}` there to end it",
            E::WHAT,
            E::END
        ));
    }
    book.record(&args.act, acts)?;
    Ok(Exit::Clean)
}
