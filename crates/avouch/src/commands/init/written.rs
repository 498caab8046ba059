//! The configuration, as a person would write it.

use avouch_catalog::{Catalog, SecurityScheme};
use avouch_guard::own::{Guessed, starter_rules};
use avouch_model::operation::{Method, Operation, Place};
use std::fmt::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use url::Url;

/// What is known besides the description.
pub(super) struct Known {
    pub(super) openapi: PathBuf,
    pub(super) upstream: String,
    pub(super) listen: SocketAddr,
    pub(super) issuer: Option<String>,
    pub(super) audience: Option<String>,
    pub(super) jwks: Option<String>,
}

/// The origin of the first server that has one.
pub(super) fn upstream(catalog: &Catalog) -> Option<String> {
    let urls = catalog.servers.iter().filter_map(|server| Url::parse(server).ok());
    urls.map(|url| url.origin())
        .find(url::Origin::is_tuple)
        .map(|origin| origin.ascii_serialization())
}

/// The headers in which API keys travel.
fn key_headers(catalog: &Catalog) -> Vec<&str> {
    let header = |scheme| match scheme {
        &SecurityScheme::ApiKey { ref name, place: Place::Header } => Some(name.as_str()),
        _ => None,
    };
    catalog.schemes.values().filter_map(header).collect()
}

pub(super) fn has_keys(catalog: &Catalog) -> bool {
    !key_headers(catalog).is_empty()
}

/// A text as TOML writes it.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

fn list<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let texts: Vec<String> = texts.into_iter().map(quoted).collect();
    format!("[{}]", texts.join(", "))
}

/// The whole file.
pub(super) fn config(catalog: &Catalog, known: &Known) -> String {
    let mut text = String::new();
    // Writing to a text cannot fail.
    let _ = write!(
        text,
        "# How {title} is protected. Every key is explained in docs/configuration.md; a key that is\n\
         # misspelt is an error. `avouch gateway check` reads all of this and serves nothing.\n\n\
         [gateway]\n\
         # Others reach the gateway only over TLS:\n\
         # listen = [{{ address = \"0.0.0.0:8443\", tls = {{ certificate = \"chain.pem\", key = \"key.pem\" }} }}]\n\
         listen = [{{ address = {listen} }}]\n\n\
         [gateway.upstream]\n\
         addresses = [{upstream}]\n\n\
         # Each request is one fact in this ledger, safe on the disk before its answer is finished.\n\
         # Begin it with: avouch ledger init ledger --origin NAME\n\
         [ledger]\n\
         folder = \"ledger\"\n\n\
         [guard]\n\
         # What is not described here is refused: 404, or 405 for another method.\n\
         openapi = {openapi}\n",
        title = if catalog.title.is_empty() { "the API" } else { &catalog.title },
        listen = quoted(&known.listen.to_string()),
        upstream = quoted(&known.upstream),
        openapi = quoted(&known.openapi.display().to_string()),
    );
    identify(&mut text, catalog, known);
    limits(&mut text, catalog);
    text.push_str(
        "\n# Scopes and roles that the description names are asked for first, then the policies. With\n\
         # `mode = \"learn\"` a policy only records what it would have refused.\n\
         [guard.authorize]\n\
         policies = [\"policies.cedar\"]\n",
    );
    owners(&mut text, catalog);
    text.push_str(
        "\n[guard.validate]\n\
         unknown_properties = \"refuse\"\n\
         unknown_query = \"refuse\"\n",
    );
    text
}

fn identify(text: &mut String, catalog: &Catalog, known: &Known) {
    text.push_str("\n# Who asks. Operations that the description declares as open need no proof.\n[guard.identify]\n");
    let token = |scheme: &SecurityScheme| {
        matches!(scheme, SecurityScheme::OAuth2 { .. } | SecurityScheme::OpenIdConnect { .. })
            || matches!(scheme, SecurityScheme::Http { scheme, .. } if scheme == "bearer")
    };
    let keys = key_headers(catalog);
    if keys.is_empty() && known.issuer.is_none() {
        text.push_str(
            "# Nothing is configured yet, and the gateway does not start like this: give an issuer, API\n\
             # keys (`avouch key issue`), certificates of clients, or write `anybody = true`.\n",
        );
    }
    match (&known.issuer, &known.audience) {
        (Some(issuer), Some(audience)) => {
            issuer_block(text, issuer, audience, known.jwks.as_deref());
        }
        _ if catalog.schemes.values().any(token) => {
            text.push_str(
                "# The API takes tokens. Whose?\n\
                 # [[guard.identify.issuer]]\n\
                 # name = \"main\"\n\
                 # issuer = \"https://id.example.com\"\n\
                 # audience = [\"api\"]\n\
                 # algorithms = [\"RS256\"]\n\
                 # jwks_url = \"https://id.example.com/.well-known/jwks.json\"\n",
            );
        }
        _ => (),
    }
    if catalog.schemes.is_empty() {
        return;
    }
    text.push_str(
        "\n# The API checks credentials itself too, so they are passed on. Where it trusts the gateway\n\
         # alone, take this out: what is not passed on cannot leak.\n\
         [[guard.operation]]\nmatch = [\"**\"]\ncredentials_upstream = true\n",
    );
    if !keys.is_empty() {
        let _ = write!(
            text,
            "\n# API keys: avouch key issue | list | rotate | revoke\n\
             [guard.identify.keys]\nheaders = {}\nfile = \"keys.json\"\n",
            list(keys)
        );
    }
}

fn issuer_block(text: &mut String, issuer: &str, audience: &str, jwks: Option<&str>) {
    let usual = format!("{}/.well-known/jwks.json", issuer.trim_end_matches('/'));
    let _ = write!(
        text,
        "\n[[guard.identify.issuer]]\n\
         name = \"main\"\n\
         issuer = {}\n\
         audience = [{}]\n\
         # Only these; what a token asks for does not count.\n\
         algorithms = [\"RS256\"]\n\
         jwks_url = {}\n\
         # \"rfc9068\" asks for the type `at+jwt`; many issuers do not set it.\n\
         profile = \"any\"\n",
        quoted(issuer),
        quoted(audience),
        quoted(jwks.unwrap_or(&usual)),
    );
}

/// Words in paths of operations where somebody may guess.
const GUESSED: [&str; 9] =
    ["login", "signin", "sign-in", "token", "session", "password", "otp", "register", "signup"];

fn is_guessed(operation: &Operation) -> bool {
    let path = operation.path.to_ascii_lowercase();
    operation.method == Method::Post && GUESSED.iter().any(|word| path.contains(word))
}

fn limits(text: &mut String, catalog: &Catalog) {
    text.push_str(
        "\n# How much one address may ask for, whoever it is.\n\
         [[guard.limit]]\n\
         name = \"address\"\n\
         by = [\"address\"]\n\
         rate = \"100/s\"\n\
         burst = 200\n",
    );
    let guessed: Vec<&str> = catalog
        .operations
        .iter()
        .filter(|operation| is_guessed(operation))
        .map(|operation| operation.id.0.as_str())
        .collect();
    if !guessed.is_empty() {
        let _ = write!(
            text,
            "\n# Where somebody may guess: passwords, codes, accounts.\n\
             [[guard.limit]]\n\
             name = \"guessing\"\n\
             by = [\"address\", \"operation\"]\n\
             rate = \"10/min\"\n\
             burst = 10\n\
             match = {}\n",
            list(guessed)
        );
    }
}

/// Whose objects are, as far as the description suggests it.
fn owners(text: &mut String, catalog: &Catalog) {
    let guessed = starter_rules(catalog);
    if guessed.is_empty() {
        return;
    }
    text.push_str(
        "\n# Whose an object is. Before a request about one goes on, the API is asked with the caller's own\n\
         # credential; what is not theirs is not there for them. `roles = [\"support\"]` in an entry names\n\
         # who reaches everybody's.\n",
    );
    for Guessed { rule, proves_itself } in &guessed {
        let mut entry = format!(
            "[[guard.own]]\nmatch = {}\nask = {}\n",
            list(rule.matches.iter().map(String::as_str)),
            quoted(&rule.ask),
        );
        for (key, value) in
            [("item", &rule.item), ("parameter", &rule.parameter), ("owner", &rule.owner)]
        {
            if let Some(value) = value {
                let _ = writeln!(entry, "{key} = {}", quoted(value));
            }
        }
        if *proves_itself {
            let _ = write!(
                text,
                "\n# Theirs is what their own list has. It has to show all of it.\n{entry}"
            );
        } else {
            text.push_str(
                "\n# It seems to name the owner: take this in when that is the `sub` of a token, or name the\n\
                 # claim that it is with `claim = \"...\"`.\n",
            );
            for line in entry.lines() {
                let _ = writeln!(text, "# {line}");
            }
        }
    }
}
