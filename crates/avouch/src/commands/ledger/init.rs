//! `avouch ledger init`

// Writing to a string does not fail: the results are left out.
use super::args::InitArgs;
use super::{Failed, answer, place, witness, witnesses};
use crate::exit::Exit;
use anyhow::anyhow;
use avouch_ledger::format::canonical::from_hex;
use avouch_ledger::format::{Admin, Origin, Policy, is_class};
use avouch_ledger::home::Home;
use avouch_ledger::keys::{Custody, Kek, Secret32};
use avouch_ledger::log::{BirthError, NewLedger, birth};
use avouch_ledger::note::{Signer, VerifierKey};
use avouch_ledger::storage::SystemRng;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

const DAY_S: u64 = 24 * 60 * 60;

/// Begins a ledger and says what has to be carried away from this machine.
pub(super) fn run(args: &InitArgs) -> Result<Exit, Failed> {
    let origin = Origin::parse(&args.origin).map_err(Failed::usage)?;
    let policy = Policy {
        retention_s: classes(&args.class)?,
        heartbeat_s: args.heartbeat,
        pack_entries: args.pack_entries,
        ..Policy::default()
    };
    let home = place::home(&args.place);
    if home.exists() {
        let path = args.place.ledger.display();
        return Err(Failed::usage(anyhow!("there is a ledger in `{path}` already"))
            .advice("name another folder: a ledger is never begun twice"));
    }
    let random = || Secret32::random(&SystemRng).map_err(Failed::broken);
    let identity = random()?;
    let (admins, made) = admins(&args.admin, &home)?;
    let signer =
        Signer::of_note(origin.as_str(), identity.danger_bytes()).map_err(Failed::usage)?;
    let key = signer.verifier().clone();
    let from_environment = crate::config::variable(place::KEK_VARIABLE).is_some();
    let custody: Arc<dyn Custody> = if from_environment {
        place::custody(&home)?
    } else {
        let kek = Kek::random("file", 1, &SystemRng).map_err(Failed::broken)?;
        let file = home.kek_file();
        file.begin(&kek).map_err(Failed::usage)?;
        Arc::new(file)
    };
    home.write_identity(&key).map_err(Failed::usage)?;
    home.write_seed("identity", &identity).map_err(Failed::usage)?;
    let new = NewLedger { origin, admins, approvals: args.approvals, policy, identity };
    let parts = place::parts(&args.place, custody, key.clone())?;
    let ledger = birth(parts, new).map_err(refused)?;
    if !args.no_witness {
        begin_witness(&home, &key)?;
    }
    let ledger = ledger.with_witnesses(witnesses::seats(&home)?);
    place::close(ledger)?;
    let private = home.private();
    let mut text = format!(
        "began the ledger `{}` in {}\n\nits public key, for auditors:\n  {key}\n\ntake away from this machine:\n  {}  (used again only if a signing key is lost)\n",
        key.name(),
        args.place.ledger.display(),
        private.join("identity").display(),
    );
    if made {
        let _ = writeln!(
            text,
            "  {}  (approves holds, purges and the like)",
            private.join("admin").display()
        );
    }
    if !from_environment {
        let _ = write!(
            text,
            "keep a copy, without it nothing can be read:\n  {}\n",
            private.join("kek").display()
        );
    }
    if !args.no_witness {
        let path = home.root().join("witnesses");
        let _ = write!(
            text,
            "\na witness on this machine cosigns what is published; name those of others in\n  {}\n",
            path.display()
        );
    }
    answer(&text)?;
    Ok(Exit::Clean)
}

/// Makes a witness beside the ledger. It sees to it that nobody without its folder can rewrite what
/// was published; a witness on another machine sees more.
fn begin_witness(home: &Home, identity: &VerifierKey) -> Result<(), Failed> {
    let folder = home.root().join(witnesses::LOCAL);
    let key = witness::make(&folder, &format!("{}/witness", identity.name()))?;
    witness::open(&folder)?.add_log(identity).map_err(Failed::usage)?;
    let policy = format!(
        "# Who must have cosigned a checkpoint; see C2SP tlog-policy.\nlog {identity}\nwitness local {key} file:{}\nquorum local\n",
        witnesses::LOCAL
    );
    home.write_witnesses(&policy).map_err(Failed::usage)
}

fn classes(given: &[String]) -> Result<BTreeMap<String, u64>, Failed> {
    if given.is_empty() {
        return Ok(Policy::default().retention_s);
    }
    let read = |text: &String| {
        let (class, days) = text.split_once('=')?;
        let days: u64 = days.parse().ok().filter(|days| *days <= 36_500)?;
        is_class(class).then(|| (class.to_owned(), days * DAY_S))
    };
    let read = |text| {
        read(text).ok_or_else(|| {
            Failed::usage(anyhow!("`{text}` is not a retention class with its days"))
                .advice("such as `default=400`, at most 36500 days")
        })
    };
    given.iter().map(read).collect()
}

/// The administrators, and whether one was made.
fn admins(given: &[String], home: &Home) -> Result<(Vec<Admin>, bool), Failed> {
    let read = |text: &String| {
        let (name, key) = text.split_once('=')?;
        let key = from_hex(key)?.try_into().ok()?;
        Some(Admin { key, name: name.to_owned() })
    };
    let read = |text| {
        read(text).ok_or_else(|| {
            Failed::usage(anyhow!("`{text}` is not an administrator with a public key"))
                .advice("such as `anna=` and 64 hexadecimal digits")
        })
    };
    if !given.is_empty() {
        return Ok((given.iter().map(read).collect::<Result<_, _>>()?, false));
    }
    let seed = Secret32::random(&SystemRng).map_err(Failed::broken)?;
    let signer = Signer::of_note("admin", seed.danger_bytes()).map_err(Failed::broken)?;
    home.write_seed("admin", &seed).map_err(Failed::usage)?;
    let key = *signer.verifier().public();
    Ok((vec![Admin { key, name: "admin".to_owned() }], true))
}

fn refused(error: BirthError) -> Failed {
    Failed::usage(error)
        .advice("name a folder in which there is nothing, on a disk that can be written")
}
