//! The words that policies may use, made from the description, as a Cedar schema.
//!
//! Path parameters are texts of `context.path`, each operation having its own: a policy that reads one
//! that its operations do not have is an error when it is loaded, and not when it is asked.

use crate::settings::authorize::Claim;
use avouch_catalog::Catalog;
use avouch_model::operation::{Operation, Place};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// Types of principals, as Cedar names them.
pub(super) const PRINCIPALS: [&str; 4] = ["User", "Key", "Machine", "Anybody"];

/// The group of operations that read, and of those that do not.
pub(super) const READ: &str = "read";
pub(super) const WRITE: &str = "write";

/// The schema, in Cedar's own notation.
pub(super) fn schema(catalog: &Catalog, claims: &BTreeMap<String, Claim>) -> String {
    let mut text = String::from(
        "entity Role;\n\
         entity Tag;\n\
         entity Operation in [Tag] = { method: String, path: String, deprecated: Bool };\n",
    );
    let claims = claims.iter().map(|(name, claim)| {
        let kind = match claim {
            Claim::Text => "String",
            Claim::Whole => "Long",
            Claim::Yes => "Bool",
            Claim::Texts => "Set<String>",
        };
        format!("{}?: {kind}", quoted(name))
    });
    let claims: Vec<_> = claims.collect();
    let _ = writeln!(
        text,
        "entity {} in [Role] = {{ id: String, issuer: String, scopes: Set<String>, \
         roles: Set<String>, claims: {{ {} }} }};",
        PRINCIPALS.join(", "),
        claims.join(", "),
    );
    let groups: BTreeSet<String> = catalog.operations.iter().flat_map(groups).collect();
    for group in [READ, WRITE].into_iter().map(str::to_owned).chain(groups) {
        if group == READ || group == WRITE || group.starts_with(TAG) {
            let line = format!("action {};", quoted(&group));
            if !text.lines().any(|known| known == line) {
                let _ = writeln!(text, "{line}");
            }
        }
    }
    for operation in &catalog.operations {
        let _ = writeln!(text, "{}", action(operation));
    }
    text
}

/// What the names of groups by tag begin with, so that no tag is taken for another group.
const TAG: &str = "tag:";

/// The groups an operation belongs to.
pub(super) fn groups(operation: &Operation) -> Vec<String> {
    let reads = operation.is_read() || operation.method.is_safe();
    let mut groups = vec![if reads { READ } else { WRITE }.to_owned()];
    let mut tags: Vec<_> = operation.tags.iter().map(|tag| format!("{TAG}{tag}")).collect();
    tags.sort();
    tags.dedup();
    groups.append(&mut tags);
    groups
}

fn action(operation: &Operation) -> String {
    let groups: Vec<_> = groups(operation).iter().map(|group| quoted(group)).collect();
    let mut names: Vec<&str> = operation.path_parameters().collect();
    names.sort_unstable();
    names.dedup();
    let path: Vec<_> = names.iter().map(|name| format!("{}: String", quoted(name))).collect();
    let query: Vec<_> =
        query_names(operation).iter().map(|name| format!("{}?: String", quoted(name))).collect();
    format!(
        "action {} in [{}] appliesTo {{ principal: [{}], resource: [Operation], context: {{ path: {{ {} }}, \
         query: {{ {} }}, address: ipaddr, tls: Bool, certificate: Bool, hour: Long, weekday: Long }} }};",
        quoted(&operation.id.0),
        groups.join(", "),
        PRINCIPALS.join(", "),
        path.join(", "),
        query.join(", "),
    )
}

/// The parameters of the query that a policy may read.
pub(super) fn query_names(operation: &Operation) -> BTreeSet<&str> {
    let in_query = operation.parameters.iter().filter(|it| it.place == Place::Query);
    in_query.map(|parameter| parameter.name.as_str()).collect()
}

/// A text as Cedar writes it.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => {
                let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
