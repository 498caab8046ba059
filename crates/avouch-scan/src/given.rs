//! What a check is given, and that nothing of it can be a secret or a way out: held by the types.
//!
//! A secret cannot be written down, as `Secret` has no `Serialize`. What a check is given can be
//! written down, all of it. So none of it is a secret, nor holds one; were that to change, this file
//! would not compile. The rule `reach` of `cargo xtask tidy` holds the other half: that a check takes
//! nothing it is not given.

use crate::check::Check;
use crate::context::Context;
use crate::conversation::in_an_empty_world;
use crate::step::{Credential, Event, Step};
use crate::tape::{Flow, Seen, Tape};
use avouch_model::identity::Who;
use avouch_model::secret::Secret;
use serde::Serialize;

/// A check is a function of what it is given and of nothing else: it cannot even remember.
type Run = fn(&Context<'_>, &mut Tape<'_>) -> Flow;
type Applies = fn(&Context<'_>) -> bool;
const _: fn(&Check) -> (Run, Applies) = |check| (check.run, check.applies);

/// A handle has room for which of the four it is, and for no credential.
const _: () = assert!(size_of::<Who>() == 1);

fn can_be_written<T: Serialize + ?Sized>(_: &T) {}

/// Compiles only for types that are not `Serialize`: for others it is not known which is meant.
trait CannotBeWritten<Which> {
    fn holds() {}
}

struct Otherwise;

impl<T: ?Sized> CannotBeWritten<()> for T {}
impl<T: ?Sized + Serialize> CannotBeWritten<Otherwise> for T {}

#[test]
fn a_secret_cannot_be_written() {
    <Secret as CannotBeWritten<_>>::holds();
}

#[test]
fn all_that_a_check_is_given_can_be_written() {
    in_an_empty_world(|ctx| {
        // Without `..`: whoever adds something comes by here.
        let Context {
            target,
            catalog: _, // Read from documents; `avouch-catalog` knows no secret, by the rule `reach`.
            operation: _, // One of the catalogue's.
            input,
            identities,
            distinct,
            corpus,
            nonces: _, // Chance, from the scan's seed.
            now,
            out_of_band,
            tier,
            told,
            found,
            accounts,
        } = ctx;
        can_be_written(target);
        can_be_written(input);
        can_be_written(identities);
        can_be_written(distinct);
        can_be_written(corpus.samples());
        can_be_written(now);
        can_be_written(out_of_band);
        can_be_written(tier);
        can_be_written(told);
        can_be_written(found);
        can_be_written(accounts);
    });
}

#[test]
fn all_that_a_check_asks_and_is_answered_can_be_written() {
    fn is_written<T: Serialize>() {}
    is_written::<Step>();
    is_written::<Event>();
    is_written::<Seen>();
    is_written::<Credential>();
}
