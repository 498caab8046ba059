//! What a running shop holds.

use super::accounts::password_hash;
use super::running::ShopOptions;
use super::seed::{self, User};
use super::token::{Claims, Issuer, Leniency};
use crate::apis::shop::weakness::{Switches, Weakness};
use crate::kit::clock;
use crate::kit::counters::Counters;
use crate::kit::random::Sequence;
use crate::kit::store::Store;
use http::{HeaderMap, header};
use std::collections::BTreeSet;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tempfile::TempDir;

/// The state, shared by all requests.
pub(crate) type Shared = Arc<ShopState>;

/// Who sends a request.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) id: String,
    pub(crate) role: String,
    pub(crate) session: u64,
}

/// What a running shop holds.
#[derive(Debug)]
pub(crate) struct ShopState {
    pub(crate) switches: Switches,
    pub(crate) options: ShopOptions,
    pub(crate) base_url: String,
    pub(crate) store: Store,
    pub(crate) issuer: Issuer,
    pub(crate) counters: Arc<Counters>,
    pub(crate) users: Vec<User>,
    /// A hash no password has: an unknown name costs as much time as a known one.
    pub(crate) nobody_hash: String,
    /// A provider's key as the shop would hold one: right in form and checksum, opening nothing.
    pub(crate) provider_key: String,
    /// The folder that holds `documents/`.
    pub(crate) folder: TempDir,
    sequence: Mutex<Sequence>,
    sessions: AtomicU64,
    dead_below: AtomicU64,
    ended: Mutex<BTreeSet<u64>>,
}

impl ShopState {
    /// Fills a new shop.
    pub(crate) async fn open(options: ShopOptions, base_url: String) -> io::Result<Self> {
        let store = Store::open().await.map_err(io::Error::other)?;
        let stock = seed::stock(options.seed, options.switches.has(Weakness::SequentialIds))?;
        stock.fill(&store).await.map_err(io::Error::other)?;
        let folder = tempfile::Builder::new().prefix("shop-").tempdir()?;
        seed::write_documents(folder.path())?;
        Ok(Self {
            issuer: Issuer::new(&options.switches, options.rs256)?,
            switches: options.switches.clone(),
            sequence: Mutex::new(Sequence::new(options.seed ^ 0x5eed)),
            provider_key: super::integrations::provider_key(options.seed),
            options,
            base_url,
            store,
            counters: Arc::default(),
            users: stock.users,
            nobody_hash: password_hash("")?,
            folder,
            sessions: AtomicU64::new(1),
            dead_below: AtomicU64::new(0),
            ended: Mutex::default(),
        })
    }

    /// The user with this login name.
    pub(crate) fn user_named(&self, email: &str) -> Option<&User> {
        self.users.iter().find(|user| user.email.eq_ignore_ascii_case(email))
    }

    /// The user with this id.
    pub(crate) fn user(&self, id: &str) -> Option<&User> {
        self.users.iter().find(|user| user.id == id)
    }

    /// A token for a new session of this user.
    pub(crate) fn sign_in(&self, user: &User, now: u64) -> io::Result<String> {
        let session = self.sessions.fetch_add(1, Ordering::Relaxed);
        let mut claims = Claims::new(&user.id, session, now);
        if self.switches.has(Weakness::JwtSensitiveClaims) {
            claims.exp = None;
            claims.email = Some(user.email.clone());
            claims.phone = Some(user.phone.clone());
            claims.birthdate = Some(user.birth_date.clone());
        }
        self.issuer.sign(&claims)
    }

    /// Ends one session.
    pub(crate) fn end_session(&self, session: u64) {
        self.ended.lock().unwrap_or_else(PoisonError::into_inner).insert(session);
    }

    /// Ends every session there is.
    pub(crate) fn end_all_sessions(&self) {
        self.dead_below.store(self.sessions.load(Ordering::Relaxed), Ordering::Relaxed);
    }

    /// Who sends this: by bearer token, or by the session cookie.
    pub(crate) fn caller(&self, headers: &HeaderMap, leniency: Leniency) -> Option<Caller> {
        let token = bearer(headers).or_else(|| session_cookie(headers))?;
        let claims = self.issuer.verify(token, leniency, clock::unix_seconds())?;
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        if claims.sid < self.dead_below.load(Ordering::Relaxed) || ended.contains(&claims.sid) {
            return None;
        }
        let user = self.user(&claims.sub)?;
        Some(Caller { id: user.id.clone(), role: user.role.clone(), session: claims.sid })
    }

    /// Whether a browser at another origin may read answers.
    pub(crate) fn answers_foreign_origins(&self) -> bool {
        [Weakness::CorsReflectsOrigin, Weakness::CorsTrustsNull, Weakness::CorsTrustsSuffix]
            .into_iter()
            .any(|weakness| self.switches.has(weakness))
    }

    /// A value in `low..high` from the shop's own sequence.
    pub(crate) fn between(&self, low: u64, high: u64) -> u64 {
        self.sequence.lock().unwrap_or_else(PoisonError::into_inner).between(low, high)
    }
}

/// The bearer token (RFC 6750 section 2.1).
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn session_cookie(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers.get(header::COOKIE)?.to_str().ok()?;
    cookies.split(';').find_map(|cookie| cookie.trim().strip_prefix("session="))
}
