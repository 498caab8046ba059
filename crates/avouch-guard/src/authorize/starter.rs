//! Policies to begin with, made from a description.

use super::vocabulary::quoted;
use avouch_catalog::{Catalog, SecurityScheme};
use avouch_model::operation::{Operation, Requirement, Security};
use std::collections::BTreeMap;
use std::fmt::Write as _;

const HEAD: &str = "\
// Who may do what, in Cedar (https://docs.cedarpolicy.com). Made from the description; yours to change.
//
// What no policy permits is refused, and one `forbid` is stronger than every `permit`.
// `principal` is a User, Key, Machine or Anybody, with `id`, `issuer`, `scopes`, `roles` and the claims
// that `[guard.authorize.claims]` names. `context` has `path` (the parameters of the path), `query`,
// `address`, `tls`, `certificate`, `hour` and `weekday`. Actions are operations; `read` and `write` are
// groups of them, and `tag:NAME` is a group for each tag.
";

/// Names of path parameters that tell an owner, in lower case and without signs between words.
const OWNERS: [&str; 14] = [
    "userid",
    "username",
    "user",
    "customerid",
    "customer",
    "accountid",
    "account",
    "ownerid",
    "owner",
    "memberid",
    "member",
    "personid",
    "profileid",
    "subject",
];

/// Commented policies that ask for what the description asks for, operation by operation, and rules
/// about owners to be looked at and taken in.
pub fn starter_policies(catalog: &Catalog) -> String {
    let mut text = HEAD.to_owned();
    let mut groups: BTreeMap<String, Vec<&Operation>> = BTreeMap::new();
    let mut open = Vec::new();
    for operation in catalog.operations.iter().filter(|one| one.graph.is_none()) {
        match condition(catalog, operation) {
            Some(condition) => groups.entry(condition).or_default().push(operation),
            None => open.push(operation),
        }
    }
    if !open.is_empty() {
        text.push_str("\n// The description leaves these open.\n@id(\"open\")\n");
        permit(&mut text, &open, "");
    }
    for (number, (condition, operations)) in groups.iter().enumerate() {
        let about = match condition.as_str() {
            IDENTIFIED => "Whoever is known may do these: the description asks for nothing more.",
            _ => "The description asks for this.",
        };
        let _ = write!(text, "\n// {about}\n@id(\"described-{}\")\n", number + 1);
        permit(&mut text, operations, condition);
    }
    owners(catalog, &mut text);
    text
}

/// What is asked of whoever is not asked for more.
const IDENTIFIED: &str = "!(principal is Anybody)";

/// What the description asks for; nothing where it is open.
fn condition(catalog: &Catalog, operation: &Operation) -> Option<String> {
    let ways = match &operation.security {
        Security::Open | Security::Optional(_) => return None,
        Security::Undeclared => &[],
        Security::Required(ways) => ways.as_slice(),
    };
    let each: Option<Vec<String>> = ways.iter().map(|way| way_in(catalog, way)).collect();
    let mut parts = vec![IDENTIFIED.to_owned()];
    // A way that names no scope is open to whoever is known.
    if let Some(each) = each.filter(|each| !each.is_empty()) {
        parts.push(any_of(each));
    }
    let roles = operation.roles.iter().map(|role| format!("principal in Role::{}", quoted(role)));
    let roles: Vec<_> = roles.collect();
    if !roles.is_empty() {
        parts.push(any_of(roles));
    }
    Some(parts.join(" &&\n    "))
}

fn any_of(mut parts: Vec<String>) -> String {
    parts.sort();
    parts.dedup();
    match parts.as_slice() {
        [one] => one.clone(),
        _ => format!("({})", parts.join(" || ")),
    }
}

/// What one way in asks for; nothing when it names no scope and no role.
fn way_in(catalog: &Catalog, way: &Requirement) -> Option<String> {
    let mut needs = Vec::new();
    for (scheme, names) in &way.schemes {
        let by_scope = matches!(
            catalog.schemes.get(scheme),
            Some(SecurityScheme::OAuth2 { .. } | SecurityScheme::OpenIdConnect { .. })
        );
        for name in names {
            let scope = format!("principal.scopes.contains({})", quoted(name));
            needs.push(if by_scope {
                scope
            } else {
                format!("({scope} || principal in Role::{})", quoted(name))
            });
        }
    }
    (!needs.is_empty()).then(|| match needs.as_slice() {
        [one] => one.clone(),
        _ => format!("({})", needs.join(" && ")),
    })
}

fn permit(text: &mut String, operations: &[&Operation], condition: &str) {
    text.push_str("permit (\n    principal,\n    action in [\n");
    for operation in operations {
        let _ = writeln!(text, "        Action::{},", quoted(&operation.id.0));
    }
    // A list of Cedar ends without a comma.
    text.truncate(text.trim_end_matches(",\n").len());
    text.push_str("\n    ],\n    resource\n)");
    if !condition.is_empty() {
        let _ = write!(text, " when {{\n    {condition}\n}}");
    }
    text.push_str(";\n");
}

fn owners(catalog: &Catalog, text: &mut String) {
    for operation in &catalog.operations {
        let Some(name) = operation.path_parameters().find(|name| names_owner(name)) else {
            continue;
        };
        let name = quoted(name);
        let _ = write!(
            text,
            "\n// Only the owner, or an administrator: for when {name} is the id of who asks.\n\
             // @id({})\n\
             // forbid (principal, action == Action::{}, resource)\n\
             // unless {{ context.path[{name}] == principal.id || principal in Role::\"admin\" }};\n",
            quoted(&format!("owner {}", operation.id.0)),
            quoted(&operation.id.0),
        );
    }
}

fn names_owner(name: &str) -> bool {
    let bare: String =
        name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    OWNERS.contains(&bare.as_str())
}
