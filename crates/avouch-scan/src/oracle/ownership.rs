//! Whose object it is, told from what was read before any check ran.
//!
//! An object that one identity met and another did not is not yet private: a product in an order, a
//! member's public profile, a shared board. It is somebody's only when its content names that person
//! as owner, or when a list that each identity sees its own part of shows it to that person alone.

mod lists;

pub use lists::{ids_in_collection, own_part};

use crate::context::Context;
use crate::corpus::{Binding, Sample};
use crate::links;
use crate::oracle::leaves::{Leaf, leaves, plain_key};
use crate::oracle::owner_words::{OWNER_WORDS, PART_WORDS, SHARED_WORDS, TEAM_WORDS};
use crate::oracle::refusal::refuses;
use avouch_model::exchange::Answer;
use avouch_model::identity::Who;
use avouch_model::operation::{Operation, OperationId};
use avouch_model::placeholder::Placeholder;
use lists::{Listing, listing};
use std::collections::BTreeSet;

/// How it is known whose object it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ownership {
    /// It holds personal data of its owner.
    Personal(Leaf),
    /// A field names the owner.
    Field(Leaf),
    /// Everybody is shown that it is there; it names its owner, and holds what its name calls secret.
    Secret(Leaf),
    /// The owner's reading of that list shows it; the other's reading of the same list shows only
    /// other things.
    List(OperationId),
    /// Its address goes through the owner's own id.
    Address(String),
}

impl Ownership {
    /// One sentence for the proof.
    pub fn sentence(&self, owner: Who, other: Who) -> String {
        match self {
            Self::Personal(leaf) => {
                format!("the object holds personal data of {owner} (`{}`)", leaf.path)
            }
            Self::Field(leaf) => format!("the object names {owner} as its owner (`{}`)", leaf.path),
            Self::Secret(leaf) => format!(
                "the object names {owner} as its owner and holds `{}`, which no list shows",
                leaf.path
            ),
            Self::List(list) => {
                format!("`{list}` shows it to {owner}, and to {other} only other things or nothing")
            }
            Self::Address(name) => format!("its address goes through {owner}'s own `{name}`"),
        }
    }
}

/// What can be said about whose object it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// It belongs to the owner, and the other is not shown it.
    Owned(Ownership),
    /// It may; why it cannot be told.
    Unclear(String),
    /// Nothing says so, or the other is shown it too.
    Shared,
}

/// Whether the object that was read belongs to `owner` and is nothing that `other` is shown.
pub fn claim(
    ctx: &Context<'_>,
    operation: &Operation,
    sample: &Sample,
    owner: Who,
    other: Who,
) -> Claim {
    let Some(answer) = sample.success().filter(|answer| !refuses(answer)) else {
        return Claim::Shared;
    };
    if says_public(answer) {
        return Claim::Shared;
    }
    let listed = sample.bindings.iter().map(|b| listing(ctx, operation, b, owner, other));
    let listed: Vec<Listing> = listed.collect();
    let named = owner_leaves(ctx, answer, owner, other);
    if matches!(listed.last(), Some(Listing::Both)) {
        let secret = secret_leaf(ctx, operation, answer).filter(|_| !named.is_empty());
        return secret.map_or(Claim::Shared, |leaf| Claim::Owned(Ownership::Secret(leaf)));
    }
    if let Some(leaf) = named.iter().find(|leaf| Placeholder::parse(&leaf.value).is_some()) {
        return Claim::Owned(Ownership::Personal(leaf.clone()));
    }
    let own = identifying(ctx, owner, other);
    let is_person = (operation.path.ends_with('}') || operation.graph.is_some())
        && sample.bindings.last().is_some_and(|binding| own.contains(&binding.value));
    if is_person {
        // Naming oneself is no sign of ownership; only personal data makes a profile private.
        let personal = personal_leaf(ctx, answer, owner);
        return personal.map_or(Claim::Shared, |leaf| Claim::Owned(Ownership::Personal(leaf)));
    }
    if is_shared_by_nature(operation) {
        return Claim::Shared;
    }
    if let Some(Listing::Own(list)) = listed.iter().find(|l| matches!(l, Listing::Own(_))) {
        return Claim::Owned(Ownership::List(list.clone()));
    }
    let met = sample.bindings.last().is_some_and(|binding| {
        let id = Leaf { path: String::new(), value: binding.value.clone() };
        id.is_telling() && ctx.corpus.seen_by(&id.value).contains(&other)
    });
    if met {
        return Claim::Unclear(format!("{other} was shown the id elsewhere"));
    }
    if let Some(leaf) = named.into_iter().next() {
        return Claim::Owned(Ownership::Field(leaf));
    }
    if let Some(binding) = own_binding(ctx, operation, sample, owner, other) {
        return Claim::Owned(Ownership::Address(binding.parameter.clone()));
    }
    match listed
        .into_iter()
        .find_map(|l| if let Listing::Unclear(why) = l { Some(why) } else { None })
    {
        Some(why) => Claim::Unclear(why),
        None => Claim::Shared,
    }
}

/// Keys of what is meant for its owner alone, whatever else everybody may see of a thing.
const SECRET_KEYS: [&str; 9] = [
    "secret",
    "secretcontent",
    "secrettext",
    "private",
    "privatenote",
    "privatenotes",
    "privatekey",
    "confidential",
    "passphrase",
];

/// A text that its key calls secret and that only reading the object itself shows.
fn secret_leaf(ctx: &Context<'_>, operation: &Operation, answer: &Answer) -> Option<Leaf> {
    let only_here = |leaf: &Leaf| {
        let shown = Who::ALL.into_iter().flat_map(|who| ctx.corpus.shown_by(&leaf.value, who));
        shown.into_iter().all(|by| *by == operation.id)
    };
    leaves(answer).into_iter().find(|leaf| {
        SECRET_KEYS.contains(&leaf.key().as_str()) && leaf.value.len() >= 6 && only_here(leaf)
    })
}

/// Personal data in a profile that only its owner was ever shown.
fn personal_leaf(ctx: &Context<'_>, answer: &Answer, owner: Who) -> Option<Leaf> {
    leaves(answer).into_iter().find(|leaf| {
        Placeholder::parse(&leaf.value).is_some_and(|p| p.class.is_personal())
            && ctx.corpus.is_private(&leaf.value, owner)
            && names_owner(leaf)
    })
}

/// Whether an object says of itself that everybody may see it.
pub fn says_public(answer: &Answer) -> bool {
    leaves(answer).iter().filter(|leaf| leaf.path.matches('/').count() <= 2).any(|leaf| {
        let value = leaf.value.to_ascii_lowercase();
        match leaf.key().as_str() {
            "public" | "ispublic" | "shared" | "isshared" | "published" | "ispublished" => {
                value == "true"
            }
            "visibility" | "access" | "privacy" | "sharing" | "audience" => {
                ["public", "everyone", "all", "members", "internal", "open", "shared", "link"]
                    .contains(&value.as_str())
            }
            _ => false,
        }
    })
}

/// Whether a list is, by its path, of what has to do with the caller: `/me/tasks`.
pub fn is_callers_list(list: &OperationId) -> bool {
    let mut parts = list.0.split(['/', '-', '_']);
    parts.any(|part| ["me", "my", "mine", "own", "self", "assigned"].contains(&part))
}

/// Values that say who this is and say it of nobody else: not those both have, such as a tenant.
pub fn identifying(ctx: &Context<'_>, owner: Who, other: Who) -> BTreeSet<String> {
    let own = |who| ctx.identity(who).map(|facts| facts.own_values.as_slice()).unwrap_or_default();
    let others: BTreeSet<&String> = own(other).iter().collect();
    own(owner).iter().filter(|v| !v.is_empty() && !others.contains(v)).cloned().collect()
}

/// Places of the answer that name `owner` as the one it belongs to: personal data of the owner, or
/// its id under a key that means owner.
pub fn owner_leaves(ctx: &Context<'_>, answer: &Answer, owner: Who, other: Who) -> Vec<Leaf> {
    let own = identifying(ctx, owner, other);
    leaves(answer)
        .into_iter()
        .filter(|leaf| own.contains(&leaf.value) && names_owner(leaf))
        .collect()
}

/// Whether a value that identifies a person says, at this place, that the thing is theirs.
pub fn names_owner(leaf: &Leaf) -> bool {
    let parts = leaf.path.split('/').map(plain_key);
    let had_a_part = |part: String| PART_WORDS.iter().any(|word| part.starts_with(word));
    if leaf.is_public_by_key() && !is_owner_place(&leaf.path) || parts.into_iter().any(had_a_part) {
        return false;
    }
    Placeholder::parse(&leaf.value).is_some() || is_owner_place(&leaf.path)
}

/// Whether a place means "whose it is": `/user_id`, `/owner`, `/customer/id`.
pub fn is_owner_place(path: &str) -> bool {
    let parts: Vec<String> = path.split('/').map(plain_key).filter(|p| !p.is_empty()).collect();
    let Some(key) = parts.last() else { return false };
    if ["ownedby", "belongsto", "uid", "sub"].contains(&key.as_str()) {
        return true;
    }
    let of_owner = |part: &str| {
        let ends = ["", "id", "uuid", "guid", "email", "ref", "number"];
        OWNER_WORDS
            .iter()
            .any(|word| part.strip_prefix(word).is_some_and(|rest| ends.contains(&rest)))
    };
    let inner = ["id", "uuid", "guid", "sub", "email", "username", "login"].contains(&key.as_str());
    let parent = parts.len().checked_sub(2).and_then(|at| parts.get(at));
    of_owner(key) || inner && parent.is_some_and(|p| OWNER_WORDS.contains(&p.as_str()))
}

/// Whether the word at an owner's place also means who looks after a thing in a team.
pub fn is_team_place(path: &str) -> bool {
    let mut parts = path.split('/').map(plain_key);
    parts.any(|part| TEAM_WORDS.iter().any(|word| part.starts_with(word)))
}

/// Whether what the operation reads is, by its name, made to be seen by many.
pub fn is_shared_by_nature(operation: &Operation) -> bool {
    let words: Vec<String> = operation
        .path
        .split('/')
        .filter(|part| !part.is_empty() && !part.starts_with('{'))
        .map(|part| plain_key(&links::singular(&part.to_ascii_lowercase())))
        .collect();
    let last = words.last().is_some_and(|word| SHARED_WORDS.contains(&word.as_str()));
    last || words.iter().any(|word| word == "public")
}

/// The owner's own id in the address of something below it: `/users/{id}/cards`.
fn own_binding<'s>(
    ctx: &Context<'_>,
    operation: &Operation,
    sample: &'s Sample,
    owner: Who,
    other: Who,
) -> Option<&'s Binding> {
    let own = identifying(ctx, owner, other);
    let last = operation.path.rsplit('/').next();
    let below = last.is_some_and(|part| !part.starts_with('{')) && operation.graph.is_none();
    sample.bindings.iter().find(|binding| below && own.contains(&binding.value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use avouch_model::operation::Method;

    #[test]
    fn owners_are_told_from_authors() {
        for path in ["/user_id", "/owner", "/data/*/customer/id", "/customerEmail", "/ownedBy"] {
            assert!(is_owner_place(path), "{path}");
        }
        for path in ["/id", "/author_id", "/product/id", "/username", "/users", "/userCount"] {
            assert!(!is_owner_place(path), "{path}");
        }
        let mail =
            |path: &str| Leaf { path: path.into(), value: "‹email:0123456789abcdef›".into() };
        assert!(names_owner(&mail("/email")));
        assert!(!names_owner(&mail("/author/email")));
        assert!(!names_owner(&mail("/members/*/email")));
    }

    #[test]
    fn what_is_made_to_be_seen_is_known_by_its_name() {
        let shared = |path: &str| is_shared_by_nature(&Operation::discovered(Method::Get, path));
        assert!(shared("/v1/products/{id}") && shared("/posts/{id}/comments/{n}"));
        assert!(shared("/public/files/{id}"));
        assert!(!shared("/orders/{id}") && !shared("/products/{id}/invoices"));
    }
}
