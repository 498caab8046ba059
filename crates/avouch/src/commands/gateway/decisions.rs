//! Who and what was shut out, by whom and why: a fact when a block begins to hold here, and one when it is
//! lifted.

use super::log::{Level, Log};
use avouch_gateway::Gateway;
use avouch_guard::contain::{Block, Target};
use avouch_ledger::format::canonical::to_hex;
use avouch_model::coding::Later;
use avouch_model::fact::decision::{Decision, DecisionAbout, Verdict};
use aws_lc_rs::digest::{SHA256, digest};
use serde_json::json;

/// The policy that such a decision is enforced by.
const POLICY: &str = "contain";

/// The blocks that hold, and what was recorded of them.
#[derive(Debug)]
pub(super) struct Decisions<'g> {
    gateway: &'g Gateway,
    log: Log,
    held: Vec<Block>,
}

impl<'g> Decisions<'g> {
    /// Records what holds since the start. A block that held before has the same id as then.
    pub(super) fn begin(gateway: &'g Gateway, log: Log, blocks: Vec<Block>, now_ms: u64) -> Self {
        let mut this = Self { gateway, log, held: Vec::new() };
        this.changed(blocks, now_ms);
        this
    }

    /// Records what began to hold, and what does not hold any more.
    pub(super) fn changed(&mut self, blocks: Vec<Block>, now_ms: u64) {
        for block in blocks.iter().filter(|block| !self.held.contains(block)) {
            self.record(&fact(block, Verdict::Deny, now_ms));
        }
        for block in self.held.iter().filter(|block| !blocks.contains(block)) {
            self.record(&fact(block, Verdict::Allow, now_ms));
        }
        self.held = blocks;
    }

    fn record(&self, fact: &Decision) {
        if let Err(error) = self.gateway.record(fact) {
            let sentence = format!("that somebody is shut out is not recorded: {error}");
            self.log.say(Level::Warning, "block-not-recorded", &sentence, json!({}));
        }
    }
}

fn fact(block: &Block, verdict: Verdict, now_ms: u64) -> Decision {
    let is = |target| block.target == target;
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let object = format!("{}:{}", block.target.name(), block.value);
    let id =
        digest(&SHA256, format!("{object}\n{:?}\n{}", block.until_ms, block.because).as_bytes());
    let id = to_hex(id.as_ref().get(..8).unwrap_or_default());
    Decision {
        id: format!("block-{id}"),
        about: DecisionAbout::Containment,
        verdict,
        subject: is(Target::Principal).then(|| block.value.as_str().into()),
        objects: if is(Target::Principal) { Vec::new() } else { vec![object] },
        operation: is(Target::Operation).then(|| block.value.clone()),
        // Who lifts it does not leave a name in the file.
        decided_by: match verdict {
            Verdict::Deny => some(&block.by).iter().map(|by| by.as_str().into()).collect(),
            _ => Vec::new(),
        },
        requested_by: None,
        policy: Some(POLICY.to_owned()),
        because: some(&block.because),
        until_ms: block.until_ms,
        ticket: None,
        evidence: Vec::new(),
        effective_ms: Some(now_ms),
        collected_ms: Some(now_ms),
        later: Later::default(),
    }
}
