//! What a scan is asked to do.

use crate::check::Tier;
use crate::identity::spec::IdentitySpec;
use crate::nonce::{Nonces, SEED_BYTES};
use crate::told::Told;
use avouch_catalog::Description;
use avouch_model::operation::OperationId;
use avouch_model::secret::Secret;
use avouch_wire::address::AddressPolicy;
use avouch_wire::limits::Limits;
use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use url::Url;

/// LIMIT: requests of a scan unless the user says otherwise.
pub const REQUESTS_MAX: u64 = 10_000;
/// LIMIT: seconds of a scan unless the user says otherwise.
pub const SECONDS_MAX: u64 = 900;
/// Requests in flight when a scan begins.
pub const IN_FLIGHT_START: usize = 8;
/// LIMIT: requests in flight at most, unless the user says otherwise.
pub const IN_FLIGHT_MAX: usize = 24;

/// What a scan is asked to do. Everything that a user can say, already read and checked.
#[derive(Clone, Debug)]
pub struct ScanOptions {
    /// The target's base address.
    pub target: Url,
    /// The descriptions that the user gave, each with the documents it refers to; of two that speak
    /// of the same operation the first counts.
    pub descriptions: Vec<Description>,
    /// Whether a description is looked for when none was given.
    pub discover: bool,
    /// Who to ask as.
    pub identities: Vec<IdentitySpec>,
    /// Whether missing identities are registered, in the active tier, where the API offers it.
    pub register: bool,
    /// What the user tells of the target.
    pub told: Told,
    /// The secret of the receiver of webhooks in `told`.
    pub webhook_secret: Option<Secret>,
    /// The highest tier every check may use.
    pub tier: Tier,
    /// Disruptive checks that may run besides, by id.
    pub disruptive: BTreeSet<String>,
    /// Only these checks, by id; empty means all.
    pub only_checks: BTreeSet<String>,
    /// Never these checks, by id.
    pub skip_checks: BTreeSet<String>,
    /// Only this operation; `None` means all.
    pub only_operation: Option<OperationId>,
    /// LIMIT: requests of the scan.
    pub requests_max: u64,
    /// LIMIT: seconds of the scan.
    pub seconds_max: u64,
    /// LIMIT: requests in flight at once.
    pub in_flight_max: usize,
    /// LIMIT: requests a second; `None` means as fast as the target answers well.
    pub per_second_max: Option<u32>,
    /// Limits of one exchange.
    pub limits: Limits,
    /// Which addresses may be spoken to.
    pub addresses: AddressPolicy,
    /// Names that are not looked up, and where they are.
    pub resolved: Vec<(String, IpAddr)>,
    /// More roots of trust, in PEM form.
    pub extra_roots: Vec<String>,
    /// Where the out-of-band listener listens; `None` keeps it closed.
    pub listen: Option<SocketAddr>,
    /// The out-of-band listener's address as the target sees it; `None` for the bound one.
    pub listen_url: Option<String>,
    /// The domain whose names are answered by the out-of-band listener.
    pub listen_domain: Option<String>,
    /// UDP address for DNS of the out-of-band listener.
    pub listen_dns: Option<SocketAddr>,
    /// Where the list of created objects is kept until they are gone; `None` keeps none.
    pub state_folder: Option<PathBuf>,
    /// Where all chance of this scan comes from.
    pub seed: [u8; SEED_BYTES],
    /// The key of the digests in placeholders. Kept out of every recording.
    pub redaction_key: [u8; 32],
    /// The line that must stand at the target's challenge path before active checks, unless it is
    /// loopback.
    pub challenge: String,
}

impl ScanOptions {
    /// A scan of that target with everything else at its default. Seed and key must be drawn afresh
    /// for each scan.
    pub fn new(target: Url, seed: [u8; SEED_BYTES], redaction_key: [u8; 32]) -> Self {
        Self {
            target,
            descriptions: Vec::new(),
            discover: true,
            identities: Vec::new(),
            register: true,
            told: Told::default(),
            webhook_secret: None,
            tier: Tier::Read,
            disruptive: BTreeSet::new(),
            only_checks: BTreeSet::new(),
            skip_checks: BTreeSet::new(),
            only_operation: None,
            requests_max: REQUESTS_MAX,
            seconds_max: SECONDS_MAX,
            in_flight_max: IN_FLIGHT_MAX,
            per_second_max: None,
            limits: Limits::default(),
            addresses: AddressPolicy { allow_private: true },
            resolved: Vec::new(),
            extra_roots: Vec::new(),
            listen: None,
            listen_url: None,
            listen_domain: None,
            listen_dns: None,
            state_folder: None,
            seed,
            redaction_key,
            challenge: String::new(),
        }
    }

    /// The id that every request of the scan carries.
    pub fn scan_id(&self) -> String {
        Nonces::new(self.seed, "scan").uuid("id")
    }
}
