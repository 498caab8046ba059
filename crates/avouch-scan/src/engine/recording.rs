//! A scan written down, so that its verdicts can be reached again without the target.
//!
//! What is written is redacted already: placeholders are keyed digests, and no check ever saw more.

use super::tasks::Ran;
use super::world::World;
use crate::check::{SubjectId, Tier};
use crate::checks;
use crate::context::{OutOfBand, TargetFacts};
use crate::corpus::{Corpus, Sample};
use crate::evaluate;
use crate::known_accounts::Accounts;
use crate::nonce::SEED_BYTES;
use crate::tape::Seen;
use crate::told::Told;
use avouch_catalog::{Catalog, Description, Document};
use avouch_model::exchange::Exchange;
use avouch_model::identity::IdentityFacts;
use avouch_model::operation::{Method, Operation, OperationId};
use avouch_model::verdict::{Proof, Verdict};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The version of this form.
pub const RECORDING_SCHEMA: &str = "avouch-recording/2";

/// A scan written down.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recording {
    /// [`RECORDING_SCHEMA`]
    pub schema: String,
    /// When the scan began.
    pub now: jiff::Timestamp,
    /// Where all chance came from, hexadecimal.
    pub seed: String,
    /// The highest tier.
    pub tier: Tier,
    /// What the user told.
    #[serde(default)]
    pub told: Told,
    /// Accounts of the scan's own.
    #[serde(default)]
    pub accounts: Accounts,
    /// The target.
    pub target: TargetFacts,
    /// The descriptions: of each its documents, the main one first, with name and text. What is
    /// secret in them is not kept.
    pub descriptions: Vec<Vec<(String, String)>>,
    /// Operations that no document names.
    pub discovered: Vec<(Method, String)>,
    /// Accepted identities.
    pub identities: Vec<IdentityFacts>,
    /// Whether A and B are different people of the same role.
    pub distinct: bool,
    /// The out-of-band listener.
    pub out_of_band: Option<OutOfBand>,
    /// Everything that was read.
    pub samples: Vec<Sample>,
    /// Every run of every check.
    pub runs: Vec<Run>,
}

/// One run of one check.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Run {
    /// The check's id.
    pub check: String,
    /// What it was about.
    pub subject: SubjectId,
    /// Which proof of the same.
    pub round: u8,
    /// Everything asked and answered.
    pub seen: Vec<Seen>,
    /// The verdict.
    pub verdict: Verdict,
}

/// What a replay said of one run.
#[derive(Clone, Debug, PartialEq)]
pub struct Replayed {
    /// The recorded run.
    pub run: Run,
    /// The verdict the recording leads to now; `None` when the check or its subject is not known any
    /// more.
    pub verdict: Option<Verdict>,
}

/// Why a recording cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// It is of another version.
    #[error("the recording is of form `{0}`, this program reads `{RECORDING_SCHEMA}`")]
    Schema(String),
    /// Its seed is not one.
    #[error("the recording's seed is not {SEED_BYTES} bytes in hexadecimal")]
    Seed,
}

impl Recording {
    /// Writes a scan down.
    pub fn of(world: &World, descriptions: &[Description], ran: &[Ran]) -> Self {
        let discovered = world
            .catalog
            .operations
            .iter()
            .filter(|o| o.origin == avouch_model::operation::Origin::Discovered)
            .map(|o| (o.method.clone(), o.path.clone()));
        let text = |document: &Document| {
            let kept = avouch_catalog::without_secrets(document);
            (kept.name, String::from_utf8_lossy(&kept.bytes).into_owned())
        };
        let texts = |one: &Description| {
            std::iter::once(&one.main).chain(&one.others).map(text).collect::<Vec<_>>()
        };
        Self {
            schema: RECORDING_SCHEMA.to_owned(),
            now: world.now,
            seed: crate::nonce::hexadecimal(&world.seed),
            tier: world.tier,
            told: world.told.clone(),
            accounts: world.accounts.clone(),
            target: world.target.clone(),
            descriptions: descriptions.iter().map(texts).collect(),
            discovered: discovered.collect(),
            identities: world.identities.clone(),
            distinct: world.distinct,
            out_of_band: world.out_of_band.clone(),
            samples: world.corpus.samples().to_vec(),
            runs: ran
                .iter()
                .map(|ran| Run {
                    check: ran.task.check.id.to_owned(),
                    subject: ran.task.subject.clone(),
                    round: ran.round,
                    seen: ran.seen.clone(),
                    verdict: ran.verdict.clone(),
                })
                .collect(),
        }
    }

    /// Every exchange in it that was had, those that several checks share as often as they do.
    pub fn exchanges(&self) -> impl Iterator<Item = &Exchange> {
        let read = self.samples.iter().map(|sample| &sample.exchange);
        let asked = self.runs.iter().flat_map(|run| crate::findings::exchanges(&run.seen));
        // What was not sent at all was not had.
        read.chain(asked).filter(|exchange| exchange.sent_at_us > 0)
    }

    /// The world as it was recorded.
    pub fn world(&self) -> Result<World, ReplayError> {
        if self.schema != RECORDING_SCHEMA {
            return Err(ReplayError::Schema(self.schema.clone()));
        }
        let document = |(name, text): &(String, String)| Document {
            name: name.clone(),
            bytes: text.clone().into_bytes(),
        };
        let mut catalog = Catalog::empty();
        for one in &self.descriptions {
            let documents: Vec<Document> = one.iter().map(document).collect();
            let Some((main, others)) = documents.split_first() else { continue };
            if let Ok(reading) = avouch_catalog::read(main, others) {
                catalog.merge(reading.catalog);
            }
        }
        let discovered = self.discovered.iter();
        catalog
            .operations
            .extend(discovered.map(|(method, path)| Operation::discovered(method.clone(), path)));
        Ok(World {
            target: self.target.clone(),
            catalog: Arc::new(catalog),
            corpus: Arc::new(Corpus::new(self.samples.clone())),
            identities: self.identities.clone(),
            distinct: self.distinct,
            out_of_band: self.out_of_band.clone(),
            now: self.now,
            seed: seed(&self.seed).ok_or(ReplayError::Seed)?,
            tier: self.tier,
            told: self.told.clone(),
            accounts: self.accounts.clone(),
        })
    }

    /// Reaches every verdict again, or those of one check and operation.
    pub fn replay(
        &self,
        only: Option<(&str, Option<&OperationId>)>,
    ) -> Result<Vec<Replayed>, ReplayError> {
        let world = self.world()?;
        let all: Vec<_> = checks::all().collect();
        let tasks = world.tasks(&all, |_| false);
        let wanted = self.runs.iter().filter(|run| match only {
            Some((check, operation)) => {
                run.check == check && run.subject.operation.as_ref() == operation
            }
            None => true,
        });
        let replayed = wanted.map(|run| {
            let task = tasks.iter().find(|t| t.check.id == run.check && t.subject == run.subject);
            let verdict = task.map(|task| {
                let task = task.after(self.found_before(run));
                evaluate::replay(task.check, &world.context(&task, run.round), &run.seen)
            });
            Replayed { run: run.clone(), verdict }
        });
        Ok(replayed.collect())
    }
}

impl Recording {
    /// What the first round proved of the subject of a later one.
    fn found_before(&self, later: &Run) -> Option<&Proof> {
        let first = self.runs.iter().find(|run| {
            run.round < later.round && run.check == later.check && run.subject == later.subject
        });
        match first.map(|run| &run.verdict) {
            Some(Verdict::Fail(proof)) => Some(proof),
            _ => None,
        }
    }
}

fn seed(hex: &str) -> Option<[u8; SEED_BYTES]> {
    let mut seed = [0; SEED_BYTES];
    if hex.len() != SEED_BYTES * 2 || !hex.is_ascii() {
        return None;
    }
    for (n, byte) in seed.iter_mut().enumerate() {
        *byte = u8::from_str_radix(hex.get(n * 2..n * 2 + 2)?, 16).ok()?;
    }
    Some(seed)
}
