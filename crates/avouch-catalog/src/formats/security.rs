//! Who may call, by the description.

use crate::catalog::SecurityScheme;
use crate::node::Node;
use crate::reader::{At, Reader, quote};
use avouch_model::operation::{Requirement, Security};
use std::collections::BTreeMap;

/// Alternatives one `security` may have.
// LIMIT: 64 requirements.
const REQUIREMENTS_MAX: usize = 64;
/// Schemes one requirement may combine, and scopes one scheme may need.
// LIMIT: 64 of each.
const SCHEMES_MAX: usize = 64;

/// Characters of the name of a scheme or scope that are kept.
// LIMIT: 200 characters.
const NAME_CHARS_MAX: usize = 200;

/// What `security` says at that place; `None` when it says nothing that can be understood, so that
/// what holds for the whole API holds here.
pub(super) fn requirements(
    reader: &mut Reader,
    holder: &At,
    schemes: &BTreeMap<String, SecurityScheme>,
) -> Option<Security> {
    let stated = holder.get("security")?;
    if stated.node.list().is_none() {
        reader.warn(&stated, format!("`security` is a list, not {}", stated.node.kind()));
        return None;
    }
    let mut optional = false;
    let mut requirements = Vec::new();
    for node in stated.items().iter().take(REQUIREMENTS_MAX) {
        let alternative = stated.beside(node);
        if alternative.node.map().is_none() {
            let what = format!("a requirement is a map, not {}", node.kind());
            reader.warn(&alternative, what);
            continue;
        }
        if alternative.entries().is_empty() {
            optional = true;
            continue;
        }
        requirements.push(requirement(reader, &alternative, schemes));
    }
    // A list of nothing but misunderstandings must not read as "no credential needed".
    if requirements.is_empty() && !optional && !stated.items().is_empty() {
        return None;
    }
    Some(match (optional, requirements.is_empty()) {
        (_, true) => Security::Open,
        (true, false) => Security::Optional(requirements),
        (false, false) => Security::Required(requirements),
    })
}

/// How many names of schemes and scopes there are in it.
pub(super) fn names_in(security: &Security) -> usize {
    let (Security::Optional(any) | Security::Required(any)) = security else { return 0 };
    let schemes = any.iter().flat_map(|one| &one.schemes);
    schemes.map(|(_, scopes)| 1 + scopes.len()).sum()
}

fn requirement(
    reader: &mut Reader,
    at: &At,
    known: &BTreeMap<String, SecurityScheme>,
) -> Requirement {
    let mut schemes = Vec::new();
    for entry in at.entries().iter().take(SCHEMES_MAX) {
        let name: String = entry.key.chars().take(NAME_CHARS_MAX).collect();
        if !known.contains_key(&name) {
            let what = format!(
                "`security` names the scheme `{}`, which is not described",
                quote(&entry.key)
            );
            reader.warn_line(at.document, entry.line, what);
        }
        let scopes = at.beside(&entry.node);
        let scopes = scopes.items().iter().take(SCHEMES_MAX).filter_map(Node::written);
        let scopes = scopes.map(|scope| scope.chars().take(NAME_CHARS_MAX).collect()).collect();
        schemes.push((name, scopes));
    }
    Requirement { schemes }
}

/// Reads each scheme of a map with the format's own reader, which warns of what it does not know.
pub(super) fn schemes(
    reader: &mut Reader,
    map: Option<At>,
    read: fn(&mut Reader, &At) -> Option<SecurityScheme>,
) -> BTreeMap<String, SecurityScheme> {
    // LIMIT: 200 schemes.
    const ALL_SCHEMES_MAX: usize = 200;
    let mut schemes = BTreeMap::new();
    let Some(map) = map else { return schemes };
    for entry in map.entries().iter().take(ALL_SCHEMES_MAX) {
        let own = map.beside(&entry.node);
        let Some(at) = reader.resolve(&own) else { continue };
        if let Some(scheme) = read(reader, &at) {
            schemes.insert(entry.key.chars().take(NAME_CHARS_MAX).collect(), scheme);
        }
    }
    schemes
}

/// Scopes of a flow and what they are for.
pub(super) fn scopes(flow: &At) -> BTreeMap<String, String> {
    // LIMIT: 500 scopes.
    const SCOPES_MAX: usize = 500;
    let scopes = flow.get("scopes");
    let entries = scopes.as_ref().map(At::entries).unwrap_or_default().iter().take(SCOPES_MAX);
    entries.map(|entry| (entry.key.to_string(), entry.node.written().unwrap_or_default())).collect()
}

/// An API key's scheme, the same in all formats.
pub(super) fn api_key(reader: &mut Reader, at: &At) -> Option<SecurityScheme> {
    let place = super::inputs::place(&at.text("in").unwrap_or_default());
    let place = place.filter(|place| *place != avouch_model::operation::Place::Path);
    let (Some(name), Some(place)) = (at.text("name"), place) else {
        reader.warn(at, "an API key needs `name` and `in` (header, query or cookie)");
        return None;
    };
    Some(SecurityScheme::ApiKey { name, place })
}
