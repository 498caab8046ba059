//! Where a ledger is, its keys, and what to advise when it cannot be opened.

use super::args::PlaceArgs;
use super::{objects, witnesses};
use crate::commands::{Failed, tell};
use crate::exit::Exit;
use avouch_ledger::archive::ObjectHead;
use avouch_ledger::home::Home;
use avouch_ledger::keys::{Custody, GivenKek, Kek, KeyRing, RingError, Secret32};
use avouch_ledger::log::{CloseError, HeadStore, Ledger, OpenError, Parts, Stop, Summary};
use avouch_ledger::merkle::Hash;
use avouch_ledger::note::VerifierKey;
use std::path::Path;
use std::sync::Arc;

/// The variable with the key that wraps the others, for who does not keep it in a file.
pub(super) const KEK_VARIABLE: &str = "AVOUCH_LEDGER_KEK";

pub(super) fn home(place: &PlaceArgs) -> Home {
    Home::new(&place.ledger).with_head(place.head.clone())
}

/// The folder of a ledger that must be there.
pub(crate) fn existing(place: &PlaceArgs) -> Result<Home, Failed> {
    let home = home(place);
    if home.exists() {
        return Ok(home);
    }
    let path = place.ledger.display();
    Err(Failed::usage(anyhow::anyhow!("there is no ledger in `{path}`"))
        .advice("begin one with `avouch ledger init`, or name its folder"))
}

/// The variable with its next version, for who wants to change it.
pub(super) const NEXT_KEK_VARIABLE: &str = "AVOUCH_LEDGER_KEK_NEXT";

fn advised(error: impl Into<anyhow::Error>) -> Failed {
    Failed::usage(error).advice(format!(
        "give the key that wraps the others, in its file `private/kek` or in {KEK_VARIABLE}"
    ))
}

/// Where the key that wraps the others is kept: the environment, or its file.
pub(crate) fn custody(home: &Home) -> Result<Arc<dyn Custody>, Failed> {
    let given = |variable| {
        let parse = |text: String| {
            Kek::parse(&text).map_err(|error| {
                advised(anyhow::Error::from(error).context(format!("the key in {variable}")))
            })
        };
        let said = crate::config::variable(variable).filter(|text| !text.is_empty());
        said.map(parse).transpose()
    };
    match given(KEK_VARIABLE)? {
        Some(kek) => {
            let custody = GivenKek::new(kek, given(NEXT_KEK_VARIABLE)?).map_err(advised)?;
            Ok(Arc::new(custody))
        }
        None => Ok(Arc::new(home.kek_file())),
    }
}

/// The key that wraps those of a ring.
pub(crate) fn kek(home: &Home, ring: &KeyRing) -> Result<Arc<Kek>, Failed> {
    let keks = custody(home)?.load().map_err(advised)?;
    let kek = keks.of(ring.kek()).cloned();
    kek.ok_or_else(|| advised(RingError::OtherKek(ring.kek().clone())))
}

/// A public key, or a file with one.
pub(crate) fn key(given: Option<&str>, home: &Home) -> Result<VerifierKey, Failed> {
    let Some(given) = given else {
        return home.identity().map_err(|error| {
            Failed::usage(error).advice("name the public key of the log with `--key`")
        });
    };
    if let Ok(key) = VerifierKey::parse(given.trim()) {
        return Ok(key);
    }
    let text = std::fs::read_to_string(Path::new(given)).map_err(|error| {
        let error = anyhow::Error::from(error).context(format!("the public key `{given}`"));
        Failed::usage(error)
            .advice("a public key has the form `name+hash+key`, or is a file with one")
    })?;
    VerifierKey::parse(text.trim()).map_err(|error| {
        Failed::usage(anyhow::Error::from(error).context(format!("the public key in `{given}`")))
    })
}

/// Where the newest checkpoint of a log is kept besides.
pub(super) fn head(
    place: &PlaceArgs,
    identity: &VerifierKey,
) -> Result<Arc<dyn HeadStore>, Failed> {
    let named = place.head.as_ref().map(|head| head.to_string_lossy().into_owned());
    match named.filter(|named| objects::is_remote(named)) {
        Some(address) => {
            let origin_hash = Hash::of(identity.name().as_bytes());
            Ok(Arc::new(ObjectHead::new(objects::open(&address, None)?, &origin_hash)))
        }
        None => Ok(home(place).head_store()),
    }
}

/// The parts to open a ledger with.
pub(super) fn parts(
    place: &PlaceArgs,
    custody: Arc<dyn Custody>,
    identity: VerifierKey,
) -> Result<Parts, Failed> {
    let head = head(place, &identity)?;
    let clock = crate::clock::clock();
    Ok(Parts { head, clock, ..home(place).parts(custody, identity) })
}

/// Opens a ledger for writing.
pub(crate) fn open(place: &PlaceArgs) -> Result<Ledger, Failed> {
    opened(place)?.map_err(refused)
}

/// Opens a ledger for writing; `None` when another process writes it.
pub(crate) fn open_unless_used(place: &PlaceArgs) -> Result<Option<Ledger>, Failed> {
    match opened(place)? {
        Ok(ledger) => Ok(Some(ledger)),
        Err(OpenError::InUse) => Ok(None),
        Err(error) => Err(refused(error)),
    }
}

fn opened(place: &PlaceArgs) -> Result<Result<Ledger, OpenError>, Failed> {
    opened_by(place, Ledger::open)
}

/// Opens a ledger whose signing key is lost, with a new one.
pub(super) fn open_anew(
    place: &PlaceArgs,
    identity: &Secret32,
    approvals: &[Secret32],
) -> Result<Result<Ledger, OpenError>, Failed> {
    opened_by(place, |parts| Ledger::open_anew(parts, identity, approvals))
}

fn opened_by(
    place: &PlaceArgs,
    open: impl FnOnce(Parts) -> Result<Ledger, OpenError>,
) -> Result<Result<Ledger, OpenError>, Failed> {
    let home = existing(place)?;
    let identity = home.identity().map_err(Failed::usage)?;
    let seats = witnesses::seats(&home)?;
    let quorum = witnesses::policy(&home)?;
    let parts = Parts { quorum, ..parts(place, custody(&home)?, identity)? };
    Ok(open(parts).map(|ledger| {
        if let Some(unfinished) = ledger.unfinished() {
            tell(&format!("not at its end: {unfinished}"));
        }
        ledger.with_witnesses(seats)
    }))
}

/// Closes a ledger in good order.
pub(crate) fn close(ledger: Ledger) -> Result<Summary, Failed> {
    ledger.close().map_err(|error| match error {
        CloseError::Stopped(stop) => stopped(stop),
        other => Failed::usage(other).advice(UNSAFE),
    })
}

const UNSAFE: &str =
    "what was not acknowledged may be lost; see that the disk is not full, then do it again";

/// What to do when a ledger takes nothing any more.
pub(super) fn stopped(stop: Stop) -> Failed {
    let contradicted = matches!(stop, Stop::Contradicted(_));
    let (exit, advice) = if contradicted {
        (
            Exit::Tampered,
            "compare with `avouch ledger verify --ask-witnesses`; restore the newest copy, or recover with the identity key and administrators",
        )
    } else {
        (Exit::Usage, UNSAFE)
    };
    Failed { exit, error: stop.into(), advice: Some(advice.to_owned()) }
}

/// What to do when a ledger cannot be opened.
pub(super) fn refused(error: OpenError) -> Failed {
    let (exit, advice) = match &error {
        OpenError::Absent => (
            Exit::Usage,
            "nothing was written; see that the folders `log` and `private` are there: signing keys are in no archive",
        ),
        OpenError::InUse => (Exit::Usage, "one process writes at a time: end the other one first"),
        OpenError::Ring(_) | OpenError::Private(_) | OpenError::Custody(_) => (
            Exit::Usage,
            "give the key that wraps the others, in its file `private/kek` or in AVOUCH_LEDGER_KEK; nothing was changed",
        ),
        OpenError::Recover(_)
        | OpenError::Lost
        | OpenError::Head
        | OpenError::HeadBehind
        | OpenError::Genesis(_)
        | OpenError::GenesisForm(_) => (
            Exit::Tampered,
            "nothing was changed; see what is wrong with `avouch ledger verify`, then restore a copy",
        ),
        _ => (
            Exit::Usage,
            "nothing was acknowledged; see that the disk is there, writable and not full",
        ),
    };
    Failed { exit, error: error.into(), advice: Some(advice.to_owned()) }
}
