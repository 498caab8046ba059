//! What is known once everything was read: fixed while the checks run.

use crate::check::{Check, Scope, SubjectId, Tier};
use crate::context::{Context, Input, OutOfBand, TargetFacts, subjects};
use crate::corpus::Corpus;
use crate::known_accounts::Accounts;
use crate::nonce::{Nonces, SEED_BYTES};
use crate::told::Told;
use avouch_catalog::Catalog;
use avouch_model::identity::IdentityFacts;
use avouch_model::operation::Operation;
use avouch_model::verdict::Proof;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Everything a check may know, owned.
#[derive(Clone, Debug)]
pub struct World {
    /// The target.
    pub target: TargetFacts,
    /// Every operation.
    pub catalog: Arc<Catalog>,
    /// What everybody was answered.
    pub corpus: Arc<Corpus>,
    /// Accepted identities.
    pub identities: Vec<IdentityFacts>,
    /// Whether A and B are different people of the same role.
    pub distinct: bool,
    /// The out-of-band listener.
    pub out_of_band: Option<OutOfBand>,
    /// When the scan began.
    pub now: jiff::Timestamp,
    /// Where all chance comes from.
    pub seed: [u8; SEED_BYTES],
    /// The highest tier.
    pub tier: Tier,
    /// What the user told.
    pub told: Told,
    /// Accounts of the scan's own.
    pub accounts: Accounts,
}

/// Which operation, by its place in the catalogue, and which of its inputs.
type Place = (Option<usize>, Option<Input>);

/// One run of one check on one subject.
#[derive(Clone, Debug)]
pub struct Task {
    /// The check.
    pub check: &'static Check,
    /// The subject's name.
    pub subject: SubjectId,
    /// The operation's place in the catalogue.
    operation: Option<usize>,
    input: Option<Input>,
    /// What an earlier round proved of it.
    found: Option<Arc<Proof>>,
}

impl Task {
    /// The same, to be asked once more after `found` was proven of it.
    pub fn after(&self, found: Option<&Proof>) -> Self {
        Self { found: found.cloned().map(Arc::new), ..self.clone() }
    }
}

impl World {
    /// What one run of a check may know. Each round has nonces of its own.
    pub fn context<'w>(&'w self, task: &'w Task, round: u8) -> Context<'w> {
        let operation: Option<&Operation> =
            task.operation.and_then(|at| self.catalog.operations.get(at));
        let scope = format!("{} {} {round}", task.check.id, task.subject);
        Context {
            target: &self.target,
            catalog: &self.catalog,
            operation,
            input: task.input.as_ref(),
            identities: &self.identities,
            distinct: self.distinct,
            corpus: &self.corpus,
            nonces: Nonces::new(self.seed, scope),
            now: self.now,
            out_of_band: self.out_of_band.as_ref(),
            tier: self.tier,
            told: &self.told,
            found: task.found.as_deref(),
            accounts: &self.accounts,
        }
    }

    /// Every run of every check, breadth first: the cheapest and surest checks of all operations come
    /// before the dear ones of any.
    pub fn tasks(&self, checks: &[&'static Check], skip: impl Fn(&Operation) -> bool) -> Vec<Task> {
        let mut by_scope: BTreeMap<u8, Vec<Place>> = BTreeMap::new();
        for scope in [Scope::Target, Scope::Operation, Scope::Input] {
            let found = subjects(scope, &self.catalog, &self.corpus).into_iter().filter_map(
                |(operation, input)| {
                    let Some(operation) = operation else { return Some((None, input)) };
                    let at = self.catalog.operations.iter().position(|o| o.id == operation.id)?;
                    (!skip(operation)).then_some((Some(at), input))
                },
            );
            by_scope.insert(order(scope), found.collect());
        }
        let mut checks = checks.to_vec();
        checks.sort_by_key(|check| {
            (check.tier, order(check.scope), std::cmp::Reverse(check.severity), check.id)
        });
        let tasks = checks.into_iter().flat_map(|check| {
            let subjects = by_scope.get(&order(check.scope)).into_iter().flatten();
            subjects.map(move |(operation, input)| (check, *operation, input.clone()))
        });
        tasks
            .map(|(check, operation, input)| Task {
                check,
                subject: SubjectId {
                    operation: operation
                        .and_then(|at| self.catalog.operations.get(at))
                        .map(|operation| operation.id.clone()),
                    input: input.as_ref().map(Input::label),
                },
                operation,
                input,
                found: None,
            })
            .collect()
    }
}

fn order(scope: Scope) -> u8 {
    match scope {
        Scope::Target => 0,
        Scope::Operation => 1,
        Scope::Input => 2,
    }
}
