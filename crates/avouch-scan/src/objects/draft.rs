//! The body of an object to be made, with a marker in it.

use super::Recipe;
use super::kin::{Way, is_id};
use crate::bodies;
use crate::context::Context;
use crate::oracle::leaves::{leaves, plain_key};
use crate::step::Step;
use avouch_model::exchange::Answer;
use avouch_model::identity::Who;
use avouch_model::placeholder::Placeholder;
use serde_json::Value;

/// A body, ready to be sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// What is sent.
    pub body: Value,
    /// What nobody can guess.
    pub marker: String,
    /// The property that holds the marker; `None` when there is no text with room for it.
    pub field: Option<String>,
}

/// A body for what the recipe makes: it fits, names what the identity knows, has a name of its own,
/// and holds a marker where a person writes freely.
///
/// # Errors
/// Ends as inconclusive when the description says nothing of it.
pub fn draft(ctx: &Context<'_>, recipe: Recipe<'_>, who: Who, label: &str) -> Result<Draft, Step> {
    drafted(ctx, recipe, who, label).ok_or_else(|| Step::inconclusive("no body could be made up"))
}

/// As [`draft`], with a property in which the marker stands.
///
/// # Errors
/// Ends as inconclusive when there is no text with room for it.
pub fn marked_draft(
    ctx: &Context<'_>,
    recipe: Recipe<'_>,
    who: Who,
    label: &str,
) -> Result<Draft, Step> {
    drafted(ctx, recipe, who, label)
        .filter(|draft| draft.field.is_some())
        .ok_or_else(|| Step::inconclusive("the body has no free text for a marker"))
}

fn drafted(ctx: &Context<'_>, recipe: Recipe<'_>, who: Who, label: &str) -> Option<Draft> {
    let marker = ctx.nonces.canary(label);
    let salt = ctx.nonces.number(&format!("salt {label}"), 1, u64::from(u32::MAX));
    let own_name = match recipe.way {
        Way::Path(name) | Way::Query(name) if !is_id(name) => plain_key(name),
        _ => String::new(),
    };
    let written = bodies::marked(recipe.media, &marker, salt, &own_name);
    let (mut body, field) = match written {
        Some((body, field)) => (body, Some(field)),
        None => (bodies::body_for(recipe.media, salt)?, None),
    };
    bodies::refer(ctx.catalog, ctx.corpus, who, &mut body);
    let word = ctx.nonces.word(&format!("name {label}"), 8);
    bodies::rename(recipe.media, &mut body, &own_name, field.as_deref(), &word);
    Some(Draft { body, marker, field })
}

impl Draft {
    /// The marker as the maker's own reading shows it: itself, or what stands in its place where a
    /// property is masked at capture. `None` when the answer does not show it.
    pub fn shown_in(&self, own: &Answer) -> Option<String> {
        if own.body.contains(&self.marker) {
            return Some(self.marker.clone());
        }
        let key = plain_key(self.field.as_deref()?);
        let masked = |value: &String| Placeholder::parse(value).is_some();
        leaves(own).into_iter().find(|leaf| leaf.key() == key).map(|leaf| leaf.value).filter(masked)
    }

    /// Whether the property that holds the marker is, by its name, a secret of its owner's.
    pub fn is_secret(&self) -> bool {
        let key = plain_key(self.field.as_deref().unwrap_or_default());
        ["secret", "private", "confidential"].iter().any(|word| key.contains(word))
    }
}
