//! What an API of the range is: one static descriptor.

use crate::kit::front::Trouble;
use crate::kit::serving::Serving;
use crate::truth::{Truth, TruthError};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeSet;
use std::future::Future;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;

/// A start under way.
pub type Starting = Pin<Box<dyn Future<Output = io::Result<Serving>> + Send>>;

/// An API whose weaknesses are known.
#[derive(Clone, Copy, Debug)]
pub struct Api {
    /// What it is called on the command line.
    pub name: &'static str,
    /// What it is, in a few words.
    pub title: &'static str,
    /// Its switches: name, and the mistake that is made when it is on.
    pub switches: &'static [(&'static str, &'static str)],
    /// Switches that `all` leaves out, because they replace or hide others.
    pub apart: &'static [&'static str],
    /// The ground truth, as TOML: see [`Truth`].
    pub truth: &'static str,
    /// How its people sign in.
    pub login: Login,
    /// The scans that together show everything.
    pub scenes: &'static [Scene],
    /// Its description at that address with those switches; `None` for an API that has none.
    pub openapi: fn(&str, &On) -> Option<Value>,
    /// Starts it on the current tokio runtime.
    pub start: fn(Options) -> Starting,
}

/// How the people of an API sign in: what the scanner's configuration says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Login {
    /// The path, by POST.
    pub path: &'static str,
    /// The JSON body, with `{user}` and `{password}`.
    pub body: &'static str,
    /// How the credential is sent, as the scanner's `send`; `None` for the usual way.
    pub send: Option<&'static str>,
}

/// The usual way to sign in.
pub const LOGIN: Login = Login {
    path: "/auth/login",
    body: r#"{"email":"{user}","password":"{password}"}"#,
    send: None,
};

/// One scan of one fresh API.
///
/// One scan cannot show everything: a switch may hide another, replace it, or matter only with fewer
/// identities.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Scene {
    /// What it is called. Entries of the truth may name the scenes that show them.
    pub name: &'static str,
    /// What is on: `all`, `none`, or names separated by commas.
    pub switches: &'static str,
    /// Who asks: of `a`, `b` and `high`.
    pub people: &'static [&'static str],
    /// Whether active checks are allowed.
    pub active: bool,
    /// Disruptive checks that are allowed, by id.
    pub disruptive: &'static [&'static str],
    /// Whether only entries that name this scene have to be found in it.
    pub only_named: bool,
    /// More of the scanner's configuration, as TOML: what only the user can tell.
    pub configuration: &'static str,
}

/// A scene with everything on and everybody asking; the others vary it.
pub(crate) const ALL: Scene = Scene {
    name: "all",
    switches: "all",
    people: &["a", "b", "high"],
    active: true,
    disruptive: &[],
    only_named: false,
    configuration: "",
};

/// The scene in which everything is mended: nothing may be found.
pub(crate) const HARDENED: Scene = Scene { name: "hardened", switches: "none", ..ALL };

/// The switches that are on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct On(BTreeSet<&'static str>);

impl On {
    /// Whether this switch is on.
    pub fn has(&self, switch: &str) -> bool {
        self.0.contains(switch)
    }

    /// The names of those that are on.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.0.iter().copied()
    }
}

/// A name that is no switch.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{name}` is no weakness of the {api}")]
pub struct UnknownSwitch {
    /// The API.
    pub api: &'static str,
    /// What was asked for.
    pub name: String,
}

/// How an API is started.
#[derive(Clone, Debug)]
pub struct Options {
    /// The weaknesses that are on.
    pub on: On,
    /// Where to listen. Port 0 takes a free one.
    pub bind: SocketAddr,
    /// Decides goods, people and values. The same seed gives the same API.
    pub seed: u64,
    /// What makes it hard to scan.
    pub trouble: Trouble,
    /// Ends all sessions after each so many requests, where an API can.
    pub kill_tokens_after: Option<u64>,
    /// Signs tokens RS256, where an API signs tokens.
    pub rs256: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            on: On::default(),
            bind: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            seed: 1,
            trouble: Trouble::default(),
            kill_tokens_after: None,
            rs256: false,
        }
    }
}

impl Api {
    /// Reads `all`, `none`, or names separated by commas.
    pub fn switches(&self, text: &str) -> Result<On, UnknownSwitch> {
        let known = || self.switches.iter().map(|(name, _)| *name);
        match text {
            "all" => Ok(On(known().filter(|name| !self.apart.contains(name)).collect())),
            "none" => Ok(On::default()),
            names => {
                let one = |name: &str| {
                    let unknown = || UnknownSwitch { api: self.name, name: name.to_owned() };
                    known().find(|switch| *switch == name).ok_or_else(unknown)
                };
                names.split(',').map(|name| one(name.trim())).collect::<Result<_, _>>().map(On)
            }
        }
    }

    /// What is known of it.
    ///
    /// Errors: its table is malformed, which a test rules out.
    pub fn truth(&self) -> Result<Truth, TruthError> {
        crate::truth::read(self)
    }
}
