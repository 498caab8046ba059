//! A scan from beginning to end.

use super::cleanup::OpenError;
use super::confirm::confirm;
use super::graphs;
use super::heartbeat::{Heartbeat, Pulse};
use super::identities::{self, Logins};
use super::keeper::Keeper;
use super::open::{consent, open_listener, open_sender};
use super::options::ScanOptions;
use super::progress::{Phase, Progress, Watcher};
use super::recon::{self, Recon, ReconError};
use super::recording::Recording;
use super::registering::{self, Registered, Registrar, accounts_of};
use super::removal::remove_everything;
use super::sender::{Sender, Stop};
use super::shared::Shared;
use super::summary;
use super::survey::{self, Survey};
use super::tasks::{Ran, Runner};
use super::world::World;
use crate::check::{Check, Family, Tier};
use crate::checks;
use crate::context::OutOfBand;
use crate::corpus::Corpus;
use crate::danger;
use crate::identity::carried::usual_carrier;
use crate::known_accounts::Accounts;
use crate::nonce::Nonces;
use avouch_model::identity::{Carrier, Who};
use avouch_model::operation::OperationId;
use avouch_model::report::{Ending, Report};
use avouch_wire::clock::Clock;
use avouch_wire::oast::Listener;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Where a target shows that its owner allows active checks.
pub const CHALLENGE_PATH: &str = "/.well-known/avouch-challenge";

/// A scan's results.
#[derive(Clone, Debug)]
pub struct Scanned {
    /// All it has to say.
    pub report: Report,
    /// The scan written down; `None` when nothing was asked.
    pub recording: Option<Recording>,
}

/// Why a scan did not begin.
#[derive(Debug, thiserror::Error)]
pub enum ScanError {
    /// The target is no address of http or https.
    #[error("`{0}` is no address of http or https")]
    Target(String),
    /// TLS roots could not be read.
    #[error("the extra root certificates cannot be read")]
    Roots(#[source] avouch_wire::tls::TrustError),
    /// The clean-up list could not be opened.
    #[error(transparent)]
    CleanUp(#[from] OpenError),
    /// The description cannot be read.
    #[error("the description cannot be read")]
    Description(#[source] avouch_catalog::ReadError),
    /// No identity was accepted.
    #[error("no identity was accepted: {0}")]
    Login(String),
    /// The out-of-band listener could not be opened.
    #[error("the out-of-band listener cannot listen")]
    Listener(#[source] std::io::Error),
    /// Active checks need the owner's consent.
    #[error(
        "active checks need the owner's consent: put the line `{challenge}` at {CHALLENGE_PATH} of \
         the target, or scan without `--active`"
    )]
    NotOwned {
        /// What must be there.
        challenge: String,
    },
}

/// Runs a scan.
///
/// # Errors
/// Only what keeps it from beginning. A target that cannot be reached, dies or blocks is a result.
pub async fn run(options: ScanOptions, stop: Stop, watcher: Watcher) -> Result<Scanned, ScanError> {
    let clock = Clock::start();
    let nonces = Nonces::new(options.seed, "scan");
    let scan_id = options.scan_id();
    let sender = Arc::new(open_sender(&options, clock, &scan_id, stop, watcher.clone())?);
    let listener = open_listener(&options, &sender).await?;
    let base = summary::Base {
        scan_id,
        target: options.target.to_string(),
        clock,
        started_at: clock.now(),
    };

    watcher.tell(Progress::Phase(Phase::Recon));
    let found =
        recon::recon(&sender, &options.target, &options.descriptions, options.discover, &nonces)
            .await;
    let mut recon = match found {
        Ok(recon) => recon,
        Err(error) => return nothing_to_scan(error, &base, &sender),
    };
    let front = Heartbeat::of_front(options.target.path(), recon.target.front.as_ref());
    if is_blocked(&front, &sender).await {
        // Which operations there are was learnt from block pages: nothing of it counts.
        return Ok(Scanned { report: summary::nothing(&base, &sender), recording: None });
    }
    sender.cleanup().set_base_path(&recon.target.base_path);
    consent(&options, &recon.target, &sender).await?;
    watcher.tell(Progress::Note(describe(&recon)));

    watcher.tell(Progress::Phase(Phase::Identities));
    let usual_carrier = usual_carrier(&recon.catalog);
    let registered = register(&options, &recon, &sender, &nonces, &usual_carrier).await;
    let specs = [options.identities.clone(), registered.specs.clone()].concat();
    let accounts = accounts_of(&specs, &registered, &sender);
    let logins = Arc::new(Logins::new(specs, usual_carrier));
    let people = log_in(&logins, &sender, &mut recon, &front).await?;
    note_registered(&registered, &logins, &watcher);
    let weak = look_for_weak_secrets(&sender, &people);
    let _keeper = Keeper::begin(&logins, &sender);

    watcher.tell(Progress::Phase(Phase::Corpus));
    let corpus = read(&options, &recon, &people, &sender, &nonces, &front).await;
    forget_if_blocked(&sender, &mut recon);
    recon.target.met_paths = recon::met_paths(corpus.samples(), &recon.target, &recon.catalog);
    let _ = weak.await;

    let left_alone = survey::left_alone(&recon.catalog);
    let world =
        Arc::new(know(&options, &recon, corpus, &people, &sender, listener.as_deref(), accounts));
    let heartbeat = Heartbeat::choose(&world.corpus, &people, &front);
    note_identities(&world, &logins, &people, &heartbeat);
    let runner = Runner {
        sender: Arc::clone(&sender),
        world: Arc::clone(&world),
        heartbeat,
        logins: Arc::clone(&logins),
        listener,
        watcher: watcher.clone(),
        shared: Shared::default(),
    };
    let ran = ask(&runner, &options).await;
    remove_everything(&sender, &watcher).await;
    let recording = Recording::of(&world, &recon.descriptions, &ran);
    let report = summary::report(
        &base,
        &sender,
        &world,
        &logins,
        &ran,
        left_alone,
        summary::warnings(recon.warnings, &options),
    );
    Ok(Scanned { report, recording: Some(recording) })
}

/// A target that cannot be reached is a result; a description that cannot be read is a mistake.
fn nothing_to_scan(
    error: ReconError,
    base: &summary::Base,
    sender: &Sender,
) -> Result<Scanned, ScanError> {
    match error {
        ReconError::Unreachable(why) => {
            sender.end(Ending::Unreachable(why));
            Ok(Scanned { report: summary::nothing(base, sender), recording: None })
        }
        ReconError::Description(error) => Err(ScanError::Description(error)),
    }
}

fn describe(recon: &Recon) -> String {
    let count = recon.catalog.operations.len();
    let names = recon.descriptions.iter().map(|description| {
        let title = avouch_catalog::format_of(&description.main).title();
        format!("{} ({title})", description.main.name)
    });
    let names: Vec<String> = names.collect();
    if names.is_empty() {
        return format!("{count} operations found by asking: there is no description");
    }
    format!("{count} operations, described by {}", names.join(", "))
}

/// Whether the target blocks us by now, or is gone; the scan then ends, and what was read since this
/// was last asked does not count.
async fn is_blocked(front: &Heartbeat, sender: &Sender) -> bool {
    if sender.ended().is_some() {
        return false;
    }
    match front.beat(sender, &BTreeSet::new()).await {
        Pulse::Lost(ending) => {
            sender.end(ending);
            true
        }
        Pulse::Alive | Pulse::Dead(_) => false,
    }
}

/// Registers who is missing, where that is allowed.
async fn register(
    options: &ScanOptions,
    recon: &Recon,
    sender: &Sender,
    nonces: &Nonces,
    usual_carrier: &Carrier,
) -> Registered {
    let missing = registering::missing(&options.identities);
    if options.tier < Tier::Active || !options.register || missing.is_empty() {
        return Registered::default();
    }
    let base_path = recon.target.base_path.as_str();
    let catalog = &recon.catalog;
    Registrar { sender, catalog, base_path, nonces, usual_carrier }.register(&missing).await
}

fn note_registered(registered: &Registered, logins: &Logins, watcher: &Watcher) {
    if let Some(registration) = &registered.registration {
        for spec in &registered.specs {
            let remark = format!("registered by the scan through {}", registration.operation);
            logins.remark(spec.who, &remark);
        }
        let text = format!("identities were registered through {}", registration.operation);
        watcher.tell(Progress::Note(text));
    }
    if let Some(in_vain) = &registered.in_vain {
        watcher.tell(Progress::Note(format!("no identity was registered: {in_vain}")));
    }
}

/// Logs in and tests; everybody who takes part, nobody included.
async fn log_in(
    logins: &Logins,
    sender: &Arc<Sender>,
    recon: &mut Recon,
    front: &Heartbeat,
) -> Result<Vec<Who>, ScanError> {
    logins.log_in(sender).await;
    graphs::find(sender, recon, &logins.accepted()).await;
    logins.self_test(sender, &recon.catalog, &recon.target.base_path).await;
    let accepted = logins.accepted();
    let outcomes = logins.outcomes();
    let nobody = accepted.is_empty() && !outcomes.is_empty();
    // A target that blocks us says nothing about the credentials.
    if nobody && sender.ended().is_none() && !is_blocked(front, sender).await {
        let told: Vec<String> =
            outcomes.iter().map(|outcome| format!("{} ({})", outcome.who, outcome.note)).collect();
        return Err(ScanError::Login(told.join("; ")));
    }
    Ok(std::iter::once(Who::Nobody).chain(accepted).collect())
}

/// Reads everything once per identity; nothing, when the target blocked us meanwhile.
async fn read(
    options: &ScanOptions,
    recon: &Recon,
    people: &[Who],
    sender: &Arc<Sender>,
    nonces: &Nonces,
    front: &Heartbeat,
) -> Corpus {
    let survey = Survey {
        catalog: &recon.catalog,
        base_path: &recon.target.base_path,
        identities: people,
        tier: options.tier,
        flows: &options.told.flows,
    };
    let corpus = survey.read(sender, nonces).await;
    if is_blocked(front, sender).await { Corpus::default() } else { corpus }
}

/// What was read of a target that then blocked us proves nothing.
fn forget_if_blocked(sender: &Sender, recon: &mut Recon) {
    if matches!(sender.ended(), Some(Ending::Blocked(_))) {
        recon.target.front = None;
        recon.target.documents.clear();
    }
}

/// Begins to look for weak signing secrets, beside the reading.
fn look_for_weak_secrets(sender: &Arc<Sender>, people: &[Who]) -> tokio::task::JoinHandle<()> {
    let vault = Arc::clone(sender.vault());
    let people = people.to_vec();
    tokio::task::spawn_blocking(move || {
        if let Some(who) = people.into_iter().find(|who| *who != Who::Nobody) {
            vault.look_for_weak_secret(who);
        }
    })
}

fn know(
    options: &ScanOptions,
    recon: &Recon,
    corpus: Corpus,
    people: &[Who],
    sender: &Sender,
    listener: Option<&Listener>,
    accounts: Accounts,
) -> World {
    let both = people.contains(&Who::A) && people.contains(&Who::B);
    let mut facts: Vec<_> = people.iter().filter_map(|who| sender.vault().facts(*who)).collect();
    for identity in &mut facts {
        identity.own_values.extend(survey::own_values(&corpus, &recon.catalog, identity.who));
        identity.own_values.extend(accounts.names_of(identity.who));
        identity.own_values.sort();
        identity.own_values.dedup();
    }
    let differ = identities::differ(&corpus, &recon.catalog).is_some()
        || identities::have_other_names(&facts);
    World {
        target: recon.target.clone(),
        catalog: Arc::new(recon.catalog.clone()),
        corpus: Arc::new(corpus),
        identities: facts,
        distinct: both && differ,
        out_of_band: listener.map(|l| OutOfBand { base_url: l.url_for("") }),
        now: sender.clock().now(),
        seed: options.seed,
        tier: options.tier,
        told: options.told.clone(),
        accounts,
    }
}

fn note_identities(world: &World, logins: &Logins, people: &[Who], heartbeat: &Heartbeat) {
    for who in heartbeat.deaf_to(people) {
        let remark =
            "no operation refuses strangers, so the death of its session cannot be noticed";
        logins.remark(who, remark);
    }
    if people.contains(&Who::A) && people.contains(&Who::B) {
        match identities::differ(&world.corpus, &world.catalog) {
            Some(operation) => logins.remark(Who::B, &format!("differs from A on {operation}")),
            None if world.distinct => logins.remark(Who::B, "has another name than A"),
            None => logins.remark(
                Who::B,
                "looks the same as A everywhere, so no verdict is built on the two being different",
            ),
        }
    }
}

/// Which checks take part.
fn chosen(options: &ScanOptions) -> Vec<&'static Check> {
    checks::all()
        .filter(|check| options.only_checks.is_empty() || options.only_checks.contains(check.id))
        .filter(|check| !options.skip_checks.contains(check.id))
        .filter(|check| check.tier <= options.tier || options.disruptive.contains(check.id))
        .collect()
}

/// Asks all checks, then proves what is bad once more.
async fn ask(runner: &Runner, options: &ScanOptions) -> Vec<Ran> {
    runner.watcher.tell(Progress::Phase(Phase::Checks));
    let only = options.only_operation.as_ref();
    let skip = |operation: &avouch_model::operation::Operation| {
        danger::leave_alone(operation).is_some() || only.is_some_and(|id| *id != operation.id)
    };
    let mut tasks = runner.world.tasks(&chosen(options), skip);
    // What may take effect once must not be used up by questions about something else.
    let once = |id: &OperationId| options.told.flows.contains(id);
    tasks.retain(|task| {
        let writes = task.check.tier >= Tier::Active && task.check.family != Family::Flow;
        !(writes && task.subject.operation.as_ref().is_some_and(once))
    });
    let mut planned: Vec<(&'static str, usize)> = Vec::new();
    for task in &tasks {
        let family = task.check.family.name();
        match planned.iter_mut().find(|(name, _)| *name == family) {
            Some((_, count)) => *count += 1,
            None => planned.push((family, 1)),
        }
    }
    runner.watcher.tell(Progress::Planned(planned));
    let mut ran = runner.run(tasks, 0).await;
    runner.watcher.tell(Progress::Phase(Phase::Confirm));
    confirm(runner, &mut ran).await;
    ran
}
