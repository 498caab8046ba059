//! What is measured: our gateway with its controls, nginx with the same requests, and the others.

use super::load::{self, Pace, Wanted};
use super::material::{self, Keys, UNDESCRIBED, reads, writes};
use super::ours::{Controls, Program};
use super::peers::{self, PEERS};
use super::servers::Server;
use anyhow::{Context, Result, ensure};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Load {
    Read,
    ReadWithToken,
    ReadWithKey,
    ReadOverTls,
    Write,
    WriteWithToken,
}

impl Load {
    const ALL: [Self; 6] = [
        Self::Read,
        Self::ReadWithToken,
        Self::ReadWithKey,
        Self::ReadOverTls,
        Self::Write,
        Self::WriteWithToken,
    ];

    /// In words.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Read => "GET",
            Self::ReadWithToken => "GET with a token",
            Self::ReadWithKey => "GET with a key",
            Self::ReadOverTls => "GET over TLS",
            Self::Write => "POST",
            Self::WriteWithToken => "POST with a token",
        }
    }
}

/// One set of controls under one load.
#[derive(Clone, Copy, Debug)]
pub(super) struct Case {
    /// What results call it.
    pub(super) name: &'static str,
    pub(super) load: Load,
    controls: Controls,
}

const NONE: Controls = Controls {
    tls: false,
    tokens: false,
    keys: false,
    limit: false,
    route: false,
    authorize: false,
    validate: false,
    filter: false,
    record: false,
};

const fn case(name: &'static str, load: Load, controls: Controls) -> Case {
    Case { name, load, controls }
}

/// All of them. What one of them is called is part of what `--json` prints.
pub(super) const CASES: [Case; 13] = [
    case("plain", Load::Read, NONE),
    case("limit", Load::Read, Controls { limit: true, ..NONE }),
    case("route", Load::Read, Controls { route: true, ..NONE }),
    case("authorize", Load::Read, Controls { authorize: true, ..NONE }),
    case("filter", Load::Read, Controls { filter: true, ..NONE }),
    case("record", Load::Read, Controls { record: true, ..NONE }),
    case("identify_key", Load::ReadWithKey, Controls { keys: true, ..NONE }),
    case("identify_jwt", Load::ReadWithToken, Controls { tokens: true, ..NONE }),
    case(ALL_ON_GET, Load::ReadWithToken, Controls::ALL),
    case("tls", Load::ReadOverTls, Controls { tls: true, ..NONE }),
    case("plain_post", Load::Write, NONE),
    case("validate", Load::Write, Controls { validate: true, ..NONE }),
    case("all_on_post", Load::WriteWithToken, Controls::ALL),
];
/// Everything on, reading.
pub(super) const ALL_ON_GET: &str = "all_on_get";

/// Everything that runs while it is measured.
#[derive(Debug)]
pub(super) struct Doors {
    /// Ours, by the names of cases.
    pub(super) ours: Vec<(&'static str, Server)>,
    /// nginx: plain, and with TLS.
    pub(super) nginx: [Server; 2],
    /// The others, by name.
    pub(super) peers: Vec<(&'static str, Server)>,
    /// Peers that are not there, and why.
    pub(super) missing: Vec<String>,
    scripts: BTreeMap<Load, [PathBuf; 2]>,
    /// Behind all of them; ends last.
    api: Server,
}

impl Doors {
    /// Starts everything, and sees that each control does what it is for.
    pub(super) fn open(program: &Program, folder: &Path) -> Result<Self> {
        let keys = Keys::make(folder)?;
        let tokens = keys.tokens()?;
        let key = program.api_key(&folder.join("identify_key"))?;
        let api = peers::api(folder)?;
        let nginx = [
            peers::bare("nginx", false, api.port, folder)?,
            peers::bare("nginx-tls", true, api.port, folder)?,
        ];
        let mut ours: Vec<(&'static str, Server)> = Vec::new();
        for case in CASES {
            // Nothing else is on: the server of `plain` answers it too.
            if case.name == "plain_post" || case.name == "all_on_post" {
                continue;
            }
            ours.push((case.name, program.start(case.name, case.controls, api.port, folder)?));
        }
        let mut doors = Self {
            ours,
            nginx,
            peers: Vec::new(),
            missing: Vec::new(),
            scripts: scripts(folder, &tokens, &key)?,
            api,
        };
        doors.others(folder);
        doors.bite(tokens.first().context("no token was made")?, &key)?;
        Ok(doors)
    }

    fn others(&mut self, folder: &Path) {
        for peer in PEERS {
            match peer.start(self.api.port, folder) {
                Ok(server) => self.peers.push((peer.name, server)),
                Err(error) => self.missing.push(format!("{}: {error:#}", peer.name)),
            }
        }
    }

    /// Our server for a case.
    pub(super) fn ours(&self, case: &str) -> Result<&Server> {
        let name = match case {
            "plain_post" => "plain",
            "all_on_post" => ALL_ON_GET,
            name => name,
        };
        let found = self.ours.iter().find(|(known, _)| *known == name);
        Ok(&found.with_context(|| format!("no gateway runs for {case}"))?.1)
    }

    /// nginx for a load.
    pub(super) fn nginx(&self, load: Load) -> &Server {
        let [plain, tls] = &self.nginx;
        if load == Load::ReadOverTls { tls } else { plain }
    }

    /// A script of the load, at a pace.
    pub(super) fn script(&self, load: Load, pace: Pace) -> Result<&Path> {
        let [full, rests] = self.scripts.get(&load).context("a load without a script")?;
        Ok(if pace == Pace::Full { full } else { rests })
    }

    /// A control that does nothing would be measured as a fast one.
    fn bite(&self, token: &str, key: &str) -> Result<()> {
        let token = format!("authorization: Bearer {token}\r\n");
        let key = format!("x-api-key: {key}\r\n");
        let body = material::new_order().to_string();
        let json = "content-type: application/json\r\n";
        let read = |name: &str, rest: &str, status: u16| {
            self.sees(name, "GET /orders/order-1", rest, "", status)
        };
        let plain = read("plain", "", 200)?;
        ensure!(plain.contains(UNDESCRIBED), "the API does not answer what it should");
        ensure!(read("limit", "", 200)?.contains("ratelimit:"), "no limit is told");
        read("record", "", 200)?;
        read("route", "", 200)?;
        self.sees("route", "GET /nothing", "", "", 404)?;
        read("authorize", "", 200)?;
        self.sees("authorize", "GET /orders/withheld-6", "", "", 403)?;
        read("identify_key", &key, 200)?;
        read("identify_key", "", 401)?;
        read("identify_jwt", &token, 200)?;
        read("identify_jwt", "", 401)?;
        ensure!(!read("filter", "", 200)?.contains(UNDESCRIBED), "the filter takes nothing out");
        self.sees("validate", "POST /orders", json, &body, 200)?;
        self.sees("validate", "POST /orders", json, "{}", 422)?;
        let all = |asked: &str, rest: &str, body: &str, status: u16| {
            self.sees(ALL_ON_GET, asked, &format!("{token}{rest}"), body, status)
        };
        read(ALL_ON_GET, "", 401)?;
        let answer = all("GET /orders/order-1", "", "", 200)?;
        ensure!(answer.contains("ratelimit:"), "no limit is told with all on");
        ensure!(!answer.contains(UNDESCRIBED), "with all on the filter takes nothing out");
        all("GET /orders/withheld-6", "", "", 403)?;
        all("POST /orders", json, &body, 200)?;
        all("POST /orders", json, "{}", 422)?;
        Ok(())
    }

    fn sees(&self, name: &str, asked: &str, rest: &str, body: &str, want: u16) -> Result<String> {
        let (method, path) = asked.split_once(' ').unwrap_or_default();
        let answer = self.ours(name)?.asked(method, path, rest, body)?;
        let is = answer.split(' ').nth(1).unwrap_or_default();
        ensure!(is == want.to_string(), "`{name}` answers {asked} with {is}, not {want}: {answer}");
        Ok(answer)
    }
}

fn scripts(folder: &Path, tokens: &[String], key: &str) -> Result<BTreeMap<Load, [PathBuf; 2]>> {
    let bearer = tokens.iter().map(|token| ("Authorization", format!("Bearer {token}")));
    let bearer: Vec<_> = bearer.collect();
    let key = [("X-API-Key", key.to_owned())];
    let wanted = |load: Load| -> Vec<Wanted> {
        match load {
            Load::Read | Load::ReadOverTls => reads(&[]),
            Load::ReadWithToken => reads(&bearer),
            Load::ReadWithKey => reads(&key),
            Load::Write => writes(&[]),
            Load::WriteWithToken => writes(&bearer),
        }
    };
    let mut scripts = BTreeMap::new();
    for load in Load::ALL {
        let (wanted, name) = (wanted(load), format!("{load:?}"));
        let full = load::script(folder, &name, &wanted, Pace::Full)?;
        let rests = load::script(folder, &format!("{name}-rests"), &wanted, Pace::Rests)?;
        scripts.insert(load, [full, rests]);
    }
    Ok(scripts)
}
