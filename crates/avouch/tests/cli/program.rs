//! Runs the binary in a folder of its own, for a bounded time.

use avouch_model::report::Report;
use avouch_range::{Account, accounts};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::process::Command;

/// What no run may exceed: a program that hangs is a failure, not a long test.
const AT_MOST: Duration = Duration::from_secs(50);

/// First segments of the shop's paths that most tests scan.
const PART: [&str; 7] =
    ["me", "account", "orders", "notes", "deliveries", "integrations", "health"];

/// How a login at the shop is written down.
const LOGIN: &str =
    r#"{ path = "/auth/login", body = '{"email":"{user}","password":"{password}"}' }"#;

/// The program, in a folder of its own.
pub(crate) struct Avouch {
    folder: tempfile::TempDir,
    variables: Vec<(String, String)>,
}

/// How a run ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Avouch {
    /// In an empty folder.
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), variables: Vec::new() }
    }

    /// With an environment variable.
    pub(crate) fn knowing(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With logins at the shop in its configuration, and the passwords in its environment.
    pub(crate) fn with_logins(self) -> Self {
        let people = accounts();
        self.with_login("a", &people.a).with_login("b", &people.b).with_login("high", &people.admin)
    }

    /// With one login more.
    pub(crate) fn with_login(self, who: &str, account: &Account) -> Self {
        let name = format!("PASSWORD_{}", who.to_uppercase());
        let earlier = std::fs::read_to_string(self.path("avouch.toml")).unwrap_or_default();
        let email = account.email;
        self.write(
            "avouch.toml",
            format!(
                "{earlier}[identity.{who}]\nuser = \"{email}\"\npassword = \"env:{name}\"\n\
                 login = {LOGIN}\n"
            ),
        );
        self.knowing(&name, account.password)
    }

    /// Writes down the part of a shop's description that these tests need: a scan of all of it
    /// takes long in a debug build.
    pub(crate) fn describe(&self, shop: &avouch_range::Running) {
        let mut description = shop.openapi();
        let paths = description["paths"].as_object_mut().unwrap();
        paths.retain(|path, _| path.split('/').nth(1).is_some_and(|first| PART.contains(&first)));
        self.write("openapi.json", description.to_string());
    }

    /// Scans a shop by that part of its description.
    pub(crate) async fn scan_described(&self, shop: &avouch_range::Running, more: &[&str]) -> Ran {
        self.describe(shop);
        let given = [&["--openapi", "openapi.json"], more].concat();
        self.scan(&shop.base_url, &given).await
    }

    /// A place in its folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Its folder.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file into its folder.
    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), content).unwrap();
    }

    /// The command, not yet started.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_avouch"));
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .env("NO_COLOR", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command
    }

    /// Runs it to its end.
    pub(crate) async fn run(&self, arguments: &[&str]) -> Ran {
        Ran::of(self.command(arguments).spawn().unwrap()).await
    }

    /// Scans that address.
    pub(crate) async fn scan(&self, url: &str, more: &[&str]) -> Ran {
        let arguments: Vec<&str> = ["scan", url, "-v"].iter().chain(more).copied().collect();
        self.run(&arguments).await
    }

    /// The report the last scan left.
    pub(crate) fn report(&self) -> Report {
        let text = std::fs::read_to_string(self.path(".avouch/last-report.json")).unwrap();
        serde_json::from_str(&text).unwrap()
    }
}

impl Ran {
    /// Waits for a started command.
    pub(crate) async fn of(child: tokio::process::Child) -> Self {
        let output = tokio::time::timeout(AT_MOST, child.wait_with_output()).await;
        let output = output.expect("the program takes too long").unwrap();
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("it prints UTF-8");
        Self {
            // A signal that ends it is no code of ours.
            code: output.status.code().unwrap_or(-1),
            out: text(&output.stdout),
            err: text(&output.stderr),
        }
    }

    /// Its code was this, and it did not panic.
    #[track_caller]
    pub(crate) fn ended(&self, code: i32) -> &Self {
        assert_eq!(self.code, code, "{self:#?}");
        assert!(!self.err.contains("panicked"), "{self:#?}");
        self
    }

    /// It said all of this on standard error, line breaks aside.
    #[track_caller]
    pub(crate) fn complained(&self, of: &[&str]) -> &Self {
        let said = self.err.split_whitespace().collect::<Vec<_>>().join(" ");
        for part in of {
            assert!(said.contains(part), "`{part}` is missing in {self:#?}");
        }
        self
    }

    /// It said all of this on standard output, line breaks aside.
    #[track_caller]
    pub(crate) fn answered(&self, with: &[&str]) -> &Self {
        let said = self.out.split_whitespace().collect::<Vec<_>>().join(" ");
        for part in with {
            assert!(said.contains(part), "`{part}` is missing in {self:#?}");
        }
        self
    }
}
