//! What is wrong with a question before it is answered.

use super::language::{Document, Selection};
use super::schema::fields;

/// How a graph judges questions.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules {
    /// Whether misspelt names are corrected.
    pub(super) suggests: bool,
    /// How deep a question may be.
    pub(super) depth_max: usize,
    /// How many names the root may be asked by.
    pub(super) names_max: usize,
}

/// The first thing that is wrong with a question; `None` when it may be answered.
pub(super) fn fault(document: &Document, rules: Rules) -> Option<String> {
    let root = document.root.name();
    if document.selections.len() > rules.names_max {
        return Some(format!("The question asks by more than {} names.", rules.names_max));
    }
    let deepest = depth(&document.selections);
    if deepest > rules.depth_max {
        return Some(format!("The question has depth {deepest}, more than is allowed."));
    }
    unknown(document, &document.selections, root, rules)
}

fn depth(selections: &[Selection]) -> usize {
    let below = selections.iter().map(|selection| match selection {
        Selection::Field(field) if field.name.starts_with("__") => 0,
        Selection::Field(field) => 1 + depth(&field.inside),
        Selection::On(_, inside) => depth(inside),
        Selection::Spread(_) => 0,
    });
    below.max().unwrap_or(0)
}

fn unknown(
    document: &Document,
    selections: &[Selection],
    of: &str,
    rules: Rules,
) -> Option<String> {
    selections.iter().find_map(|selection| match selection {
        Selection::Field(field) if field.name.starts_with("__") => None,
        Selection::Field(field) => {
            let known = fields(of).and_then(|fields| fields.get(&field.name));
            let Some(known) = known else {
                let said = format!("Cannot query field \"{}\" on type \"{of}\".", field.name);
                let near = near(of, &field.name).filter(|_| rules.suggests);
                return Some(match near {
                    Some(near) => format!("{said} Did you mean \"{near}\"?"),
                    None => said,
                });
            };
            for (name, wanted) in &known.arguments {
                if wanted.ends_with('!') && !field.arguments.contains_key(name) {
                    return Some(format!(
                        "Field \"{}\" argument \"{name}\" of type \"{wanted}\" is required, but it was not provided.",
                        field.name
                    ));
                }
            }
            let is_object = fields(known.inner()).is_some();
            if is_object == field.inside.is_empty() {
                return Some(format!("Field \"{}\" has no such selection.", field.name));
            }
            unknown(document, &field.inside, known.inner(), rules)
        }
        Selection::On(name, inside) => unknown(document, inside, name, rules),
        // Fragments by name are for introspection, which is not judged.
        Selection::Spread(name) => {
            (!document.fragments.contains_key(name)).then(|| format!("Unknown fragment \"{name}\"."))
        }
    })
}

/// A field whose name has the same beginning or end.
fn near(of: &str, name: &str) -> Option<String> {
    let start: String = name.chars().take(4).collect();
    let mut names = fields(of)?.keys();
    names.find(|known| start.len() >= 3 && known.starts_with(&start)).cloned()
}
