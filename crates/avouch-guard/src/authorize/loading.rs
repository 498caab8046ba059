//! Reads policies, holds them against the description's words, and picks out those that may speak of
//! an operation.

use super::reads::Reads;
use super::vocabulary;
use crate::settings::authorize::Claim;
use avouch_catalog::Catalog;
use aws_lc_rs::digest;
use cedar_policy::{
    ActionConstraint, EntityUid, Policy, PolicyId, PolicySet, Schema, ValidationMode, Validator,
};
use miette::Diagnostic;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;
use std::sync::Arc;

/// Policies of all files together.
// LIMIT: 10,000 policies.
const POLICIES_MAX: usize = 10_000;

/// A file of policies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Its name, as problems are to name it.
    pub name: String,
    /// What it holds.
    pub text: String,
}

/// What is wrong with policies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyProblem {
    /// The file.
    pub file: String,
    /// The line, from 1; not there when it is about the file as a whole.
    pub line: Option<usize>,
    /// What is wrong.
    pub what: String,
}

impl fmt::Display for PolicyProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.file, self.what),
            None => write!(f, "{}: {}", self.file, self.what),
        }
    }
}

impl PolicyProblem {
    /// Something that we made of the description is not what Cedar reads.
    pub(super) fn ours(about: &str) -> Self {
        let what = format!("`{about}` cannot be told to the policies");
        Self { file: "the description".to_owned(), line: None, what }
    }
}

/// Policies that are in order.
#[derive(Debug)]
pub(super) struct Loaded {
    pub(super) policies: Vec<Policy>,
    pub(super) bundle: [u8; 32],
    pub(super) warnings: Vec<PolicyProblem>,
}

pub(super) fn load(
    catalog: &Catalog,
    claims: &BTreeMap<String, Claim>,
    sources: &[Source],
) -> Result<Loaded, Vec<PolicyProblem>> {
    let words = vocabulary::schema(catalog, claims);
    let schema = match Schema::from_cedarschema_str(&words) {
        Ok((schema, _)) => schema,
        Err(error) => return Err(vec![located("the description", &words, &error)]),
    };
    let mut problems = Vec::new();
    let mut warnings = Vec::new();
    let mut policies: Vec<Policy> = Vec::new();
    let mut ids: HashSet<String> = HashSet::new();
    let validator = Validator::new(schema);
    for source in sources {
        let read = match read(source) {
            Ok(read) => read,
            Err(mut wrong) => {
                problems.append(&mut wrong);
                continue;
            }
        };
        let mut set = PolicySet::new();
        for policy in read {
            let id = policy.id().to_string();
            if !ids.insert(id.clone()) || set.add(policy.clone()).is_err() {
                problems.push(whole(source, format!("two policies have the id `{id}`")));
                continue;
            }
            policies.push(policy);
        }
        let result = validator.validate(&set, ValidationMode::Strict);
        let errors = result.validation_errors();
        problems.extend(errors.map(|error| located(&source.name, &source.text, error)));
        let doubts = result.validation_warnings();
        warnings.extend(doubts.map(|doubt| located(&source.name, &source.text, doubt)));
    }
    if policies.len() > POLICIES_MAX {
        let what = format!("more than {POLICIES_MAX} policies");
        let file = "the policies".to_owned();
        problems.push(PolicyProblem { file, line: None, what });
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    Ok(Loaded { policies, bundle: hash(&words, sources), warnings })
}

/// The policies of a file, each with an id: that of its annotation `@id`, else the file's name and its
/// place.
fn read(source: &Source) -> Result<Vec<Policy>, Vec<PolicyProblem>> {
    let set: PolicySet = match source.text.parse() {
        Ok(set) => set,
        Err(errors) => {
            let errors: &cedar_policy::ParseErrors = &errors;
            let each = errors.iter().map(|error| located(&source.name, &source.text, error));
            return Err(each.collect());
        }
    };
    if set.num_of_templates() > 0 {
        let what = "a policy with slots cannot be asked: name whom and what it is about";
        return Err(vec![whole(source, what.to_owned())]);
    }
    // Cedar numbers them as they stand: `policy0`, `policy1`.
    let mut policies: Vec<&Policy> = set.policies().collect();
    let place = |policy: &Policy| {
        let id = policy.id().to_string();
        id.trim_start_matches("policy").parse::<usize>().unwrap_or(usize::MAX)
    };
    policies.sort_by_key(|policy| place(policy));
    let named = policies.into_iter().enumerate().map(|(at, policy)| {
        let own = policy.annotation("id").filter(|id| !id.is_empty()).map(str::to_owned);
        let id = own.unwrap_or_else(|| format!("{}#{}", source.name, at + 1));
        policy.new_id(PolicyId::new(id))
    });
    Ok(named.collect())
}

fn whole(source: &Source, what: String) -> PolicyProblem {
    PolicyProblem { file: source.name.clone(), line: None, what }
}

/// What Cedar says, with its line.
fn located(file: &str, text: &str, said: &dyn Diagnostic) -> PolicyProblem {
    let offset = said.labels().and_then(|mut labels| labels.next()).map(|label| label.offset());
    let line =
        offset.and_then(|offset| text.get(..offset)).map(|before| before.matches('\n').count() + 1);
    let mut what = said.to_string();
    if let Some(help) = said.help() {
        what = format!("{what} ({help})");
    }
    PolicyProblem { file: file.to_owned(), line, what }
}

/// SHA-256 over the words and all files, each with its name and length.
fn hash(words: &str, sources: &[Source]) -> [u8; 32] {
    let mut context = digest::Context::new(&digest::SHA256);
    let mut put = |text: &str| {
        context.update(&(text.len() as u64).to_be_bytes());
        context.update(text.as_bytes());
    };
    put(words);
    for source in sources {
        put(&source.name);
        put(&source.text);
    }
    let mut hash = [0; 32];
    hash.iter_mut().zip(context.finish().as_ref()).for_each(|(to, from)| *to = *from);
    hash
}

/// The policies that may speak of an operation; operations with the same ones share them.
#[derive(Debug, Default)]
pub(super) struct Slices {
    known: HashMap<Vec<usize>, (Arc<PolicySet>, Reads)>,
}

impl Slices {
    pub(super) fn of(
        &mut self,
        policies: &[Policy],
        operation: &str,
        groups: &[String],
    ) -> Option<(Arc<PolicySet>, Reads)> {
        let is_meant = |uid: &EntityUid| {
            let id: &str = uid.id().unescaped();
            id == operation || groups.iter().any(|group| group == id)
        };
        let speaks = |policy: &Policy| match policy.action_constraint() {
            ActionConstraint::Any => true,
            ActionConstraint::Eq(uid) => uid.id().unescaped() == operation,
            ActionConstraint::In(uids) => uids.iter().any(is_meant),
        };
        let each = policies.iter().enumerate();
        let slice: Vec<usize> =
            each.filter(|(_, policy)| speaks(policy)).map(|(at, _)| at).collect();
        if let Some((set, reads)) = self.known.get(&slice) {
            return Some((Arc::clone(set), *reads));
        }
        let picked: Vec<&Policy> = slice.iter().filter_map(|at| policies.get(*at)).collect();
        let reads = Reads::of(picked.iter().copied());
        let mut set = PolicySet::new();
        for policy in picked {
            // A policy that was lost here might be the one that forbids.
            set.add(policy.clone()).ok()?;
        }
        let set = Arc::new(set);
        self.known.insert(slice, (Arc::clone(&set), reads));
        Some((set, reads))
    }
}
