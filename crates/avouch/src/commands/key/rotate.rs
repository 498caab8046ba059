//! `avouch key rotate`

use super::args::RotateArgs;
use super::issue::show;
use super::list::{described, time};
use super::place::{Act, DAY_MS, Place, key_bytes, now_ms, refused};
use super::{Failed, answer, tell};
use crate::exit::Exit;
use avouch_guard::identify::{KeyActEvent, Rotation};

/// Makes a key in the place of another.
pub(super) fn run(args: &RotateArgs) -> Result<Exit, Failed> {
    let place = Place::of(&args.place, Some(&args.record))?;
    if args.dry_run {
        return plan(&place, args);
    }
    let act = Act {
        event: KeyActEvent::Rotated,
        record: &args.record,
        urgent: false,
        request: args.request.as_deref(),
    };
    let random = key_bytes()?;
    let (key, (text, old)) = place.change(&act, |book, pepper, now_ms| {
        let until = Rotation {
            expires_ms: now_ms.saturating_add(u64::from(args.days) * DAY_MS),
            overlap_until_ms: now_ms.saturating_add(u64::from(args.overlap_days) * DAY_MS),
        };
        let (key, text) =
            book.rotate(&args.key, until, pepper, &random, now_ms).map_err(refused)?;
        let old = book.find(key.replaces.as_deref().unwrap_or_default()).map_err(refused)?.clone();
        Ok((key, (text, old)))
    })?;
    show(&key, &text, &args.record)?;
    tell(&format!("the old one, {}, holds until {}", old.id, time(old.expires_ms)));
    Ok(Exit::Clean)
}

fn plan(place: &Place, args: &RotateArgs) -> Result<Exit, Failed> {
    let (book, now_ms) = (place.book()?, now_ms());
    let old = book.rotatable(&args.key, now_ms).map_err(refused)?;
    let until = now_ms.saturating_add(u64::from(args.overlap_days) * DAY_MS).min(old.expires_ms);
    if args.record.json {
        let mut planned = described(old, None, now_ms);
        if let Some(members) = planned.as_object_mut() {
            members.insert("would_expire".to_owned(), time(until).into());
        }
        answer(&format!("{planned:#}\n"))?;
    } else {
        answer(&format!(
            "key {} of `{}` would hold until {}, and a new one would take its place; nothing was done\n",
            old.id,
            super::place::plain(&old.owner),
            time(until)
        ))?;
    }
    Ok(Exit::Clean)
}
