//! What happens meanwhile: changes, restarts, outages, in turn.

use super::clock::Clock;
use super::files;
use super::provider::Health;
use super::stage::{Stage, now_s};
use super::tokens::{HOLD_S, SigningKey, Tokens};
use super::world::World;
use anyhow::Result;
use std::time::Duration;

/// Between two of them.
const EVERY: Duration = Duration::from_secs(6);
/// Before the end, so that nothing is under way then.
const CALM_AT_THE_END: Duration = Duration::from_secs(8);
/// How long the API is away when it is restarted.
const AWAY: Duration = Duration::from_millis(700);

/// One.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trouble {
    NewSigningKey,
    Block,
    RestartApi,
    Forbid,
    RotateKey,
    ShrinkBodies,
    BreakSettings,
    MendSettings,
    Unblock,
    Issuer(Health),
    RevokeKey,
    Permit,
    GrowBodies,
    BreakPolicies,
    MendPolicies,
}

/// Their order. The issuer is well while its newest key may be unknown, and long enough before.
const ROUND: [Trouble; 22] = [
    Trouble::NewSigningKey,
    Trouble::Block,
    Trouble::RestartApi,
    Trouble::Forbid,
    Trouble::RotateKey,
    Trouble::ShrinkBodies,
    Trouble::BreakSettings,
    Trouble::MendSettings,
    Trouble::Unblock,
    Trouble::Issuer(Health::Down),
    Trouble::RevokeKey,
    Trouble::Permit,
    Trouble::Issuer(Health::Failing),
    Trouble::RestartApi,
    Trouble::Issuer(Health::Hanging),
    Trouble::GrowBodies,
    Trouble::Issuer(Health::Well),
    Trouble::BreakPolicies,
    Trouble::MendPolicies,
    Trouble::RotateKey,
    Trouble::RestartApi,
    Trouble::RevokeKey,
];

/// What was done.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Acts {
    /// In all.
    pub(super) count: u64,
    /// To API keys, with the first issue: each is a fact in the ledger.
    pub(super) keys: u64,
    /// Keys of the issuer after the first.
    pub(super) signing_keys: usize,
}

/// Makes trouble until shortly before the end.
pub(super) fn make(stage: &Stage, world: &World, clock: Clock) -> Result<Acts> {
    let mut acts = Acts { keys: 1, ..Acts::default() };
    let mut maker = Maker { stage, world, clock, narrow: false };
    for trouble in ROUND.iter().cycle() {
        clock.wait_until(clock.now() + EVERY);
        if clock.now() + CALM_AT_THE_END + EVERY > clock.lasts() {
            break;
        }
        maker.make(*trouble, &mut acts)?;
        acts.count += 1;
    }
    stage.provider.is(Health::Well);
    clock.wait_until(clock.lasts());
    Ok(acts)
}

struct Maker<'a> {
    stage: &'a Stage,
    world: &'a World,
    clock: Clock,
    narrow: bool,
}

impl Maker<'_> {
    fn make(&mut self, trouble: Trouble, acts: &mut Acts) -> Result<()> {
        let Self { stage, world, .. } = *self;
        match trouble {
            Trouble::NewSigningKey => self.new_signing_key(acts)?,
            Trouble::Block => self.block(true)?,
            Trouble::Unblock => self.block(false)?,
            Trouble::Forbid => self.forbid(true)?,
            Trouble::Permit | Trouble::MendPolicies => self.forbid(false)?,
            Trouble::ShrinkBodies => self.narrow(true)?,
            Trouble::GrowBodies => self.narrow(false)?,
            Trouble::RestartApi => {
                world.upstream(false);
                stage.stop_api()?;
                self.clock.wait_until(self.clock.now() + AWAY);
                stage.start_api()?;
                world.upstream(true);
            }
            Trouble::RotateKey => {
                let newest = world.now().keys.pop().map(|key| key.id).unwrap_or_default();
                let (id, key) = stage.key(&["key", "rotate", &newest, "--overlap-days", "1"])?;
                world.issued(id, key);
                acts.keys += 1;
            }
            Trouble::RevokeKey => {
                let keys = world.now().keys;
                let before = keys.iter().rev().nth(1).map(|key| key.id.clone()).unwrap_or_default();
                stage.key(&["key", "revoke", &before, "--because", "soak"])?;
                world.revoked(&before);
                acts.keys += 1;
            }
            // What cannot be used changes nothing.
            Trouble::BreakSettings => {
                stage.replace("avouch.toml", "[gateway]\nunheard_of = 1\n")?;
            }
            Trouble::MendSettings => self.settings()?,
            Trouble::BreakPolicies => stage.replace("policies.cedar", "permit (principal")?,
            Trouble::Issuer(health) => stage.provider.is(health),
        }
        Ok(())
    }

    fn new_signing_key(&self, acts: &mut Acts) -> Result<()> {
        acts.signing_keys += 1;
        let key = SigningKey::make(&self.stage.folder, &format!("key-{}", acts.signing_keys))?;
        let tokens = Tokens::make(&key, now_s(), HOLD_S)?;
        self.stage.provider.publish(key);
        self.world.signed_by(acts.signing_keys);
        self.stage.tokens().add(tokens);
        Ok(())
    }

    fn block(&self, blocked: bool) -> Result<()> {
        self.stage.replace("blocks.toml", files::blocks(blocked))?;
        self.world.blocked(blocked);
        Ok(())
    }

    fn forbid(&self, forbidden: bool) -> Result<()> {
        self.stage.replace("policies.cedar", &files::policies(forbidden))?;
        self.world.forbidden(forbidden);
        Ok(())
    }

    fn narrow(&mut self, narrow: bool) -> Result<()> {
        self.narrow = narrow;
        self.settings()?;
        self.world.narrow(narrow);
        Ok(())
    }

    fn settings(&self) -> Result<()> {
        let issuer = self.stage.provider.address;
        let settings = files::settings(self.stage.upstream, issuer, self.narrow);
        self.stage.replace("avouch.toml", &settings)
    }
}
