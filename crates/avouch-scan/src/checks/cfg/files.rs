//! Files that end up in a served folder by accident, and how each is known.
//!
//! Secrets in them arrive as placeholders, so the grammars look at what stands around values.

use super::exposed::{Exposed, Judge, holds_secret, is_page};
use avouch_model::data_class::DataClass;
use avouch_model::exchange::Answer;
use avouch_model::placeholder::Placeholder;
use avouch_model::severity::Severity;

/// What is looked for.
pub(super) const LIST: &[Exposed] = &[
    at("/.git/HEAD", "the head of a Git repository, whose history can be fetched", git_head),
    at("/.git/config", "the settings of a Git repository", git_config),
    at("/.env", "the settings of the application with their values", env_file),
    at("/.env.production", "the settings of the application with their values", env_file),
    at("/.env.local", "the settings of the application with their values", env_file),
    at("/.env.bak", "the settings of the application with their values", env_file),
    at("/.svn/wc.db", "the database of a Subversion checkout", sqlite),
    at("/.DS_Store", "the names of the files in a folder", ds_store),
    at("/.aws/credentials", "keys of a cloud account", aws_credentials),
    at("/.git-credentials", "the credentials of a Git account", git_credentials),
    at("/.npmrc", "a token for a package registry", npmrc),
    at("/.htpasswd", "passwords of users", htpasswd),
    at("/id_rsa", "a private key", private_key),
    at("/server.key", "a private key", private_key),
    at("/docker-compose.yml", "how the services are run", compose),
    at("/backup.sql", "a dump of a database", sql_dump),
    at("/dump.sql", "a dump of a database", sql_dump),
    at("/database.sqlite", "a database", sqlite),
    at("/db.sqlite3", "a database", sqlite),
    at("/backup.zip", "a backup", zip),
    at("/appsettings.json", "the settings of an ASP.NET application", appsettings),
    at("/wp-config.php.bak", "the settings of a PHP application", php_settings),
    at("/terraform.tfstate", "the state of the infrastructure with its secrets", tfstate),
    at("/web.config", "the settings of the web server", web_config),
];

const fn at(path: &'static str, what: &'static str, judge: Judge) -> Exposed {
    Exposed { path, what, judge, below_base: false }
}

fn git_head(answer: &Answer) -> Option<Severity> {
    let line = answer.body.trim();
    let commit = line.len() == 40 && line.bytes().all(|byte| byte.is_ascii_hexdigit());
    let reference = line.strip_prefix("ref: refs/").is_some_and(|rest| {
        !rest.is_empty() && !rest.contains(char::is_whitespace) && !rest.contains('<')
    });
    (commit || reference).then_some(Severity::High)
}

fn git_config(answer: &Answer) -> Option<Severity> {
    let body = answer.body.trim_start();
    let core = body.lines().any(|line| line.trim() == "[core]");
    (core && body.contains("repositoryformatversion")).then_some(Severity::High)
}

/// Lines of `KEY=value`, at least two of them, and nothing else but comments.
fn env_file(answer: &Answer) -> Option<Severity> {
    if is_page(answer) || answer.json().is_some() {
        return None;
    }
    let mut keys = 0_usize;
    for line in answer.body.lines().map(str::trim) {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (key, _) = line.strip_prefix("export ").unwrap_or(line).split_once('=')?;
        let plain = key.trim_end();
        let upper = plain.bytes().any(|byte| byte.is_ascii_uppercase());
        let named = plain.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.".contains(&byte));
        if !(upper && named) {
            return None;
        }
        keys += 1;
    }
    let severity = if holds_secret(&answer.body) { Severity::High } else { Severity::Medium };
    (keys >= 2).then_some(severity)
}

fn sqlite(answer: &Answer) -> Option<Severity> {
    answer.body.starts_with("SQLite format 3\0").then_some(Severity::High)
}

fn ds_store(answer: &Answer) -> Option<Severity> {
    answer.body.starts_with("\0\0\0\u{1}Bud1").then_some(Severity::Low)
}

fn zip(answer: &Answer) -> Option<Severity> {
    answer.body.starts_with("PK\u{3}\u{4}").then_some(Severity::High)
}

fn aws_credentials(answer: &Answer) -> Option<Severity> {
    let body = answer.body.trim_start();
    let keyed = body.contains("aws_access_key_id") && body.contains("aws_secret_access_key");
    (body.starts_with('[') && keyed).then_some(Severity::High)
}

/// Every line an address with a user in it; capture may have taken the whole line.
fn git_credentials(answer: &Answer) -> Option<Severity> {
    let mut lines = answer.body.lines().map(str::trim).filter(|line| !line.is_empty()).peekable();
    lines.peek()?;
    let secret = lines.all(|line| {
        let address = line.starts_with("https://") || line.starts_with("http://");
        (address && line.contains('@') && line.matches(':').count() >= 2)
            || Placeholder::parse(line).is_some_and(|it| it.class.is_secret())
    });
    (secret && !is_page(answer)).then_some(Severity::High)
}

fn npmrc(answer: &Answer) -> Option<Severity> {
    let token = answer.body.lines().any(|line| {
        line.split_once("_authToken=").is_some_and(|(place, token)| {
            place.starts_with("//") && !token.is_empty() && !token.starts_with("${")
        })
    });
    (token && !is_page(answer)).then_some(Severity::High)
}

fn htpasswd(answer: &Answer) -> Option<Severity> {
    let mut lines = answer.body.lines().map(str::trim).filter(|line| !line.is_empty()).peekable();
    lines.peek()?;
    let hashed = lines.all(|line| {
        line.split_once(':').is_some_and(|(user, hash)| {
            let known = ["$apr1$", "$2y$", "$2a$", "{SHA}", "$5$", "$6$"];
            !user.contains(char::is_whitespace)
                && (known.iter().any(|start| hash.starts_with(start))
                    || Placeholder::find_all(line).iter().any(|it| it.class.is_secret()))
        })
    });
    (hashed && !is_page(answer)).then_some(Severity::High)
}

/// A private key as text, or what capture put in its place, and nothing around it.
fn private_key(answer: &Answer) -> Option<Severity> {
    let body = answer.body.trim();
    let pem = body.starts_with("-----BEGIN ") && body.contains("PRIVATE KEY-----");
    let taken = Placeholder::parse(body).is_some_and(|it| it.class == DataClass::PrivateKey);
    (pem || taken).then_some(Severity::High)
}

fn compose(answer: &Answer) -> Option<Severity> {
    let services = answer.body.lines().any(|line| line.trim_end() == "services:");
    let run = ["image:", "build:"]
        .iter()
        .any(|key| answer.body.lines().any(|line| line.trim_start().starts_with(key)));
    let severity = if holds_secret(&answer.body) { Severity::High } else { Severity::Medium };
    (services && run && !is_page(answer)).then_some(severity)
}

fn sql_dump(answer: &Answer) -> Option<Severity> {
    let dumped = ["-- MySQL dump", "-- MariaDB dump", "-- PostgreSQL database dump"]
        .iter()
        .any(|start| answer.body.contains(start));
    let told = answer.body.contains("CREATE TABLE") && answer.body.contains("INSERT INTO");
    ((dumped || told) && !is_page(answer) && answer.json().is_none()).then_some(Severity::High)
}

fn appsettings(answer: &Answer) -> Option<Severity> {
    let json = answer.json()?;
    if json.get("ConnectionStrings").is_some() {
        let secret = holds_secret(&answer.body);
        return Some(if secret { Severity::High } else { Severity::Medium });
    }
    json.get("Logging")?.get("LogLevel").map(|_| Severity::Low)
}

fn php_settings(answer: &Answer) -> Option<Severity> {
    let body = answer.body.trim_start();
    (body.starts_with("<?php") && body.contains("DB_PASSWORD")).then_some(Severity::High)
}

fn tfstate(answer: &Answer) -> Option<Severity> {
    let json = answer.json()?;
    let state = json.get("terraform_version").is_some() && json.get("lineage").is_some();
    state.then_some(Severity::High)
}

fn web_config(answer: &Answer) -> Option<Severity> {
    let body = answer.body.trim_start();
    let xml = body.starts_with("<?xml") || body.starts_with("<configuration");
    let severity = if holds_secret(body) { Severity::High } else { Severity::Medium };
    (xml && body.contains("<configuration") && body.contains("<system.web")).then_some(severity)
}

/// A source map (ECMA-426); with the sources in it they can be read as they were written.
pub(super) fn source_map(answer: &Answer) -> Option<Severity> {
    let sources = answer.body.contains("\"sourcesContent\"");
    // Maps are long and may come cut, so the start is looked at as text.
    let map = answer.body.trim_start().starts_with('{')
        && answer.body.contains("\"version\":3")
        && answer.body.contains("\"sources\"");
    map.then_some(if sources { Severity::Low } else { Severity::Info })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oracle::markers::tests::answer;

    #[test]
    fn settings_are_known_with_their_values_taken_out() {
        let secret = "# db\nDB_HOST=db.internal\nDB_PASSWORD=‹password:0123456789abcdef›\n";
        let mut file = answer(200, secret);
        file.headers.0.clear();
        assert_eq!(env_file(&file), Some(Severity::High));
        file.body = "MODE=dev\nPORT=80\n".into();
        assert_eq!(env_file(&file), Some(Severity::Medium));
        file.body = "a=b&c=d".into();
        assert_eq!(env_file(&file), None);
        file.body = "<html>A=1\nB=2</html>".into();
        assert_eq!(env_file(&file), None);
    }

    #[test]
    fn magic_numbers_survive_being_read_as_text() {
        assert!(sqlite(&answer(200, "SQLite format 3\0\u{10}")).is_some());
        assert!(zip(&answer(200, "PK\u{3}\u{4}\u{14}")).is_some());
        assert!(ds_store(&answer(200, "\0\0\0\u{1}Bud1\0")).is_some());
        assert!(private_key(&answer(200, "‹private-key:0123456789abcdef›")).is_some());
        assert!(private_key(&answer(200, "see ‹private-key:0123456789abcdef›")).is_none());
    }

    #[test]
    fn a_head_is_a_reference_or_a_commit() {
        assert!(git_head(&answer(200, "ref: refs/heads/main\n")).is_some());
        assert!(git_head(&answer(200, &"a1".repeat(20))).is_some());
        assert!(git_head(&answer(200, "reference")).is_none());
    }

    #[test]
    fn the_list_stays_within_its_share_of_requests() {
        assert!(LIST.len() <= 26, "{}", LIST.len());
    }
}
