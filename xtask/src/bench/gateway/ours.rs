//! Our gateway, with one control or another or all of them.

use super::material::{AUDIENCE, ISSUER, Says, description, policies, said};
use super::servers::{PROXY_CORE, Server, free_port, pinned};
use crate::processes::{command, executable};
use anyhow::{Context, Result, ensure};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Which controls are on.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Controls {
    pub(super) tls: bool,
    pub(super) tokens: bool,
    pub(super) keys: bool,
    pub(super) limit: bool,
    pub(super) route: bool,
    pub(super) authorize: bool,
    pub(super) validate: bool,
    pub(super) filter: bool,
    pub(super) record: bool,
}

impl Controls {
    /// All that can be on at once: a request has one credential.
    pub(super) const ALL: Self = Self {
        tls: false,
        tokens: true,
        keys: false,
        limit: true,
        route: true,
        authorize: true,
        validate: true,
        filter: true,
        record: true,
    };

    fn is_described(self) -> bool {
        self.route || self.authorize || self.validate || self.filter
    }

    /// The configuration, in a folder with what it names.
    fn written(self, port: u16, api: u16, folder: &Path) -> Result<String> {
        let tls = if self.tls {
            let file = |name: &str| folder.with_file_name(name).display().to_string();
            format!(
                ", tls = {{ certificate = {:?}, key = {:?} }}",
                file("tls.pem"),
                file("tls.key")
            )
        } else {
            String::new()
        };
        let mut text = format!(
            "[gateway]\nlisten = [{{ address = \"127.0.0.1:{port}\"{tls} }}]\nthreads = 1\n\
             connections_per_address_max = 10000\n\
             [gateway.upstream]\naddresses = [\"http://127.0.0.1:{api}\"]\n"
        );
        if self.record {
            text.push_str("[ledger]\nfolder = \"ledger\"\n");
        }
        if self.is_described() {
            text.push_str("[guard]\nopenapi = \"openapi.json\"\n");
            let says = Says { requests: self.validate, answers: self.filter, tokens: self.tokens };
            let described = description(says).to_string();
            std::fs::write(folder.join("openapi.json"), described)?;
        }
        if self.authorize {
            text.push_str("[guard.authorize]\npolicies = [\"shop.cedar\"]\n");
            std::fs::write(folder.join("shop.cedar"), policies(!self.tokens))?;
        }
        self.identify(&mut text, folder)?;
        if self.limit {
            text.push_str(
                "[[guard.limit]]\nname = \"addresses\"\nby = [\"address\"]\nrate = \"10000000/s\"\n\
                 [[guard.limit]]\nname = \"each\"\nby = [\"principal\", \"operation\"]\n\
                 rate = \"10000000/s\"\n",
            );
        }
        Ok(text)
    }

    fn identify(self, text: &mut String, folder: &Path) -> Result<()> {
        if self.tokens {
            let keys = folder.with_file_name("jwks.json").display().to_string();
            write!(
                text,
                "[[guard.identify.issuer]]\nname = \"id\"\nissuer = {ISSUER:?}\n\
                 audience = [{AUDIENCE:?}]\njwks_file = {keys:?}\nroles_claim = \"roles\"\n"
            )?;
        }
        if self.keys {
            text.push_str("[guard.identify.keys]\nfile = \"keys.json\"\n");
        }
        if !self.tokens && !self.keys {
            text.push_str("[guard.identify]\nanybody = true\n");
        }
        Ok(())
    }
}

/// The program that is measured.
#[derive(Debug)]
pub(super) struct Program(PathBuf);

impl Program {
    /// The one that is given, or the one that is built here for release.
    pub(super) fn of(given: Option<&Path>) -> Result<Self> {
        if let Some(given) = given {
            // Programs are started in folders of their own.
            let path = given.canonicalize();
            return Ok(Self(path.with_context(|| format!("no program `{}`", given.display()))?));
        }
        let mut cargo = command("cargo");
        cargo.args(["build", "--locked", "--release", "-p", "avouch", "--bins"]);
        ensure!(cargo.status()?.success(), "the gateway could not be built");
        Ok(Self(executable(&crate::tree::target()?.join("release"), "avouch")))
    }

    /// An API key, made in a folder as a person makes one.
    pub(super) fn api_key(&self, folder: &Path) -> Result<String> {
        std::fs::create_dir_all(folder)?;
        let mut issue = command(&self.0);
        issue.current_dir(folder).args(["key", "issue", "--owner", "erp", "--keys", "keys.json"]);
        let printed = String::from_utf8(said(&mut issue)?)?;
        Ok(printed.trim().to_owned())
    }

    /// Starts it with some controls; `name` is that of its folder, in which it may keep its ledger.
    pub(super) fn start(
        &self,
        name: &str,
        controls: Controls,
        api: u16,
        folder: &Path,
    ) -> Result<Server> {
        let folder = folder.join(name);
        std::fs::create_dir_all(&folder)?;
        if controls.record {
            let mut init = command(&self.0);
            init.current_dir(&folder).args(["ledger", "init", "ledger"]);
            said(init.args(["--origin", "example.com/bench"]))?;
        }
        let port = free_port()?;
        let config = controls.written(port, api, &folder)?;
        std::fs::write(folder.join("avouch.toml"), config)?;
        let mut gateway = pinned(&self.0, PROXY_CORE);
        gateway.current_dir(&folder).arg("gateway");
        Server::start(gateway, port, &folder.join("log"))
            .with_context(|| format!("the gateway, {name}"))
    }
}
