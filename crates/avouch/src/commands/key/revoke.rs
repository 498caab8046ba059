//! `avouch key revoke`

use super::args::RevokeArgs;
use super::list::described;
use super::place::{Act, Place, now_ms, plain, refused};
use super::{Failed, answer};
use crate::exit::Exit;
use avouch_guard::identify::KeyActEvent;

/// Takes a key back. It is done even where it cannot be recorded yet: a key that leaked does not wait.
pub(super) fn run(args: &RevokeArgs) -> Result<Exit, Failed> {
    let place = Place::of(&args.place, Some(&args.record))?;
    let (key, done) = if args.dry_run {
        let mut book = place.book()?;
        let key = book.revoke(&args.key, None, now_ms()).map_err(refused)?;
        (key, "would be revoked; nothing was done")
    } else {
        let act =
            Act { event: KeyActEvent::Revoked, record: &args.record, urgent: true, request: None };
        let (key, ()) = place.change(&act, |book, _, now_ms| {
            let because = args.record.because.clone();
            Ok((book.revoke(&args.key, because, now_ms).map_err(refused)?, ()))
        })?;
        (key, "is revoked")
    };
    if args.record.json {
        answer(&format!("{:#}\n", described(&key, None, now_ms())))?;
    } else {
        answer(&format!("key {} of `{}` {done}\n", key.id, plain(&key.owner)))?;
    }
    Ok(Exit::Clean)
}
