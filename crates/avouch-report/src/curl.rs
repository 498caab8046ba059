//! The command that sends a request again.
//!
//! In scope: one `curl` command for any POSIX shell, safe to paste whatever the target put into the
//! request, with secrets as `$VARIABLES`. Out of scope: the secrets themselves, which a report does
//! not have, and the connection's own properties.

use avouch_model::data_class::DataClass;
use avouch_model::exchange::SentRequest;
use avouch_model::identity::{Carrier, Who};
use avouch_model::placeholder::{CLOSE, OPEN, Placeholder};
use std::fmt::Write as _;

/// A command that sends the request again. Comment lines before it name the variables it needs.
///
/// The credential of the request's own identity is `$AVOUCH_TOKEN_A` (`_B`, `_HIGH`): what follows
/// the carrier's prefix. Where the credential was changed before it was sent, it is
/// `$AVOUCH_CHANGED_TOKEN_A`: the true one would reproduce nothing. The carrier says where it
/// travels; without one, the first credential found is taken for it. Other sensitive values are `$EMAIL_1`, `$API_SECRET_2` and so on, numbered in
/// the order they appear, equal values alike.
pub fn command(request: &SentRequest, carrier: Option<&Carrier>) -> String {
    let mut variables = Variables::new(request, carrier);
    let mut parts = vec!["curl -sS -i --globoff --path-as-is".to_owned(), method(request)];
    let mut notes = Vec::new();
    parts.push(format!("--url {}", variables.quote(&request.url)));
    for (name, value) in &request.headers.0 {
        match header(name, value) {
            Header::Sent(line) => parts.push(format!("-H {}", variables.quote(&line))),
            Header::Computed => (),
            Header::Unspeakable => {
                notes.push("one header is left out: curl cannot send its name".to_owned());
            }
        }
    }
    if request.headers.first("accept-encoding").is_some() {
        parts.push("--compressed".to_owned());
    }
    if let Some(body) = &request.body {
        if request.headers.first("content-type").is_none() {
            parts.push("-H 'Content-Type:'".to_owned());
        }
        if body.contains('\0') {
            notes.push("the body is cut at a NUL, which no argument can carry".to_owned());
        }
        let body = body.split('\0').next().unwrap_or_default();
        // Not `--data-binary`: that one reads a file when the body begins with `@`.
        parts.push(format!("--data-raw {}", variables.quote(body)));
    }
    if let Some(note) = &request.credential_note {
        notes.push(format!("the credential was changed before it was sent: {}", plain(note)));
    }
    notes.extend(variables.comments());
    let mut lines: Vec<String> = notes.iter().map(|note| format!("# {note}")).collect();
    lines.push(parts.join(" \\\n  "));
    lines.join("\n")
}

/// Seconds after which a command gives up that could wait for ever.
const GIVE_UP_S: u8 = 10;

fn method(request: &SentRequest) -> String {
    let method = quote_plain(&request.method);
    match (request.method.as_str(), &request.body) {
        // With `-X HEAD` curl waits for a body that never comes.
        ("HEAD", None) => "--head".to_owned(),
        // curl refuses `--head` beside a body.
        ("HEAD", Some(_)) => format!("-X {method} --max-time {GIVE_UP_S}"),
        _ => format!("-X {method}"),
    }
}

/// What becomes of a header.
enum Header {
    /// It is given to curl in this form.
    Sent(String),
    /// curl computes it itself.
    Computed,
    /// curl would read a file of that name, or stop.
    Unspeakable,
}

fn header(name: &str, value: &str) -> Header {
    if name.eq_ignore_ascii_case("content-length") {
        return Header::Computed;
    }
    if name.starts_with('@') || format!("{name}{value}").contains('\0') {
        return Header::Unspeakable;
    }
    // `Name:` would remove the header; `Name;` sends it empty.
    if value.is_empty() {
        Header::Sent(format!("{name};"))
    } else {
        Header::Sent(format!("{name}: {value}"))
    }
}

/// Letters, digits and a few marks: what cannot end or open anything, in any shell.
fn plain(text: &str) -> String {
    let safe = |c: char| c.is_ascii_alphanumeric() || " -_.,/:=+".contains(c);
    text.chars().map(|c| if safe(c) { c } else { '?' }).collect()
}

/// One variable of the command.
struct Variable {
    name: String,
    /// The name without its number.
    stem: String,
    digest: String,
    meaning: String,
}

/// The variables of one command.
struct Variables {
    own_digest: Option<String>,
    changed: bool,
    who: Who,
    prefix: String,
    used: Vec<Variable>,
}

impl Variables {
    fn new(request: &SentRequest, carrier: Option<&Carrier>) -> Self {
        let prefix = match carrier {
            Some(Carrier::Header { prefix, .. }) => plain(prefix.trim()),
            _ => String::new(),
        };
        let own = (request.who != Who::Nobody).then(|| own_credential(request, carrier)).flatten();
        Self {
            own_digest: own.map(|own| own.digest),
            changed: request.credential_note.is_some(),
            who: request.who,
            prefix,
            used: Vec::new(),
        }
    }

    /// The text as one word of a POSIX shell: what is fixed in single quotes, variables in double
    /// quotes, so that nothing in either is expanded twice.
    fn quote(&mut self, text: &str) -> String {
        let mut word = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once(OPEN) {
            let found = after.split_once(CLOSE).and_then(|(inner, tail)| {
                Placeholder::parse(&format!("{OPEN}{inner}{CLOSE}")).map(|found| (found, tail))
            });
            let Some((placeholder, tail)) = found else {
                word.push_str(&quote_plain(&format!("{before}{OPEN}")));
                rest = after;
                continue;
            };
            if !before.is_empty() {
                word.push_str(&quote_plain(before));
            }
            _ = write!(word, "\"${{{}}}\"", self.name_of(&placeholder));
            rest = tail;
        }
        if !rest.is_empty() || word.is_empty() {
            word.push_str(&quote_plain(rest));
        }
        word
    }

    fn name_of(&mut self, placeholder: &Placeholder) -> String {
        if let Some(known) = self.used.iter().find(|known| known.digest == placeholder.digest) {
            return known.name.clone();
        }
        let own = self.own_digest.as_ref() == Some(&placeholder.digest);
        let variable = if own { self.own(placeholder) } else { self.other(placeholder) };
        let name = variable.name.clone();
        self.used.push(variable);
        name
    }

    fn own(&self, placeholder: &Placeholder) -> Variable {
        let after = match self.prefix.as_str() {
            "" => String::new(),
            prefix => format!(", without {prefix} before it"),
        };
        let who = self.who.name().to_ascii_uppercase();
        let stem = if self.changed { "AVOUCH_CHANGED_TOKEN" } else { "AVOUCH_TOKEN" };
        let after = if self.changed { ", changed as said".to_owned() + &after } else { after };
        Variable {
            name: format!("{stem}_{who}"),
            stem: stem.to_owned(),
            digest: placeholder.digest.clone(),
            meaning: format!("the credential of identity {who}{after}"),
        }
    }

    fn other(&self, placeholder: &Placeholder) -> Variable {
        let class = placeholder.class.name();
        let stem = match placeholder.class {
            DataClass::OwnCredential => "OTHER_CREDENTIAL".to_owned(),
            _ => class.to_ascii_uppercase().replace('-', "_"),
        };
        let number = self.used.iter().filter(|known| known.stem == stem).count() + 1;
        let detail = match placeholder.detail.as_str() {
            "" => String::new(),
            detail => format!(" ({detail})"),
        };
        Variable {
            name: format!("{stem}_{number}"),
            stem,
            digest: placeholder.digest.clone(),
            meaning: format!("the {class}{detail} with digest {}", placeholder.digest),
        }
    }

    fn comments(&self) -> impl Iterator<Item = String> {
        self.used.iter().map(|variable| format!("{}: {}", variable.name, variable.meaning))
    }
}

/// The credential the request was sent with: at the carrier's place, or the first there is.
fn own_credential(request: &SentRequest, carrier: Option<&Carrier>) -> Option<Placeholder> {
    let credentials = |text: &str| {
        let all = Placeholder::find_all(text).into_iter();
        all.filter(|found| matches!(found.class, DataClass::OwnCredential | DataClass::Jwt))
    };
    let headers = &request.headers.0;
    let placed = match carrier {
        Some(Carrier::Header { name, .. }) => request.headers.first(name).map(str::to_owned),
        Some(Carrier::Cookie(_)) => request.headers.first("cookie").map(str::to_owned),
        Some(Carrier::Query(name)) => {
            let start = format!("{name}=");
            let (_, query) = request.url.split_once('?').unwrap_or_default();
            query.split('&').find(|pair| pair.starts_with(&start)).map(str::to_owned)
        }
        None => None,
    };
    let mut anywhere =
        headers.iter().map(|(_, value)| value.as_str()).chain([request.url.as_str()]);
    placed.and_then(|value| credentials(&value).next()).or_else(|| {
        anywhere.find_map(|value| {
            credentials(value).find(|found| found.class == DataClass::OwnCredential)
        })
    })
}

/// A text without variables as one word of a POSIX shell. Characters that a terminal would act upon
/// are made by `printf`, so that what is pasted is what was read.
fn quote_plain(text: &str) -> String {
    let mut word = String::from("'");
    for c in text.chars() {
        match c {
            '\'' => word.push_str("'\\''"),
            '\n' => word.push('\n'),
            c if crate::text::acts(c) => {
                let mut bytes = [0; 4];
                word.push_str("'\"$(printf '");
                for byte in c.encode_utf8(&mut bytes).bytes() {
                    _ = write!(word, "\\{byte:03o}");
                }
                word.push_str("')\"'");
            }
            c => word.push(c),
        }
    }
    word.push('\'');
    word
}

#[cfg(test)]
mod tests;
