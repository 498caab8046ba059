//! Policies in Cedar, and what they decide.
//!
//! Cedar takes some fifty microseconds, more than all the rest of a request. So each operation has the
//! policies that may speak of it picked out beforehand, and a decision is remembered by exactly what
//! these read: the principal's type, those of its properties that are read, the path's parameters.
//! Where time, address or query are read, Cedar is asked each time.
//!
//! Unlike Cedar's own rule, **a policy that errs denies**: it may have been the one that forbids.

use super::loading::{self, PolicyProblem, Source};
use super::reads::Reads;
use super::vocabulary;
use crate::principal::Principal;
use crate::refusal::Refusal;
use crate::remembered::Remembered;
use crate::request::Request;
use crate::settings::authorize::{Authorize, Claim};
use avouch_catalog::Catalog;
use avouch_model::fact::request::ProvenBy;
use avouch_model::operation::Operation;
use cedar_policy::{
    Authorizer, Context, Decision, Entities, Entity, EntityId, EntityTypeName, EntityUid,
    PolicySet, Request as Question, RestrictedExpression as Expression,
};
use serde_json::Value;
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

/// The name of the policy.
const POLICY: &str = "authorize";

/// All policies of a description's operations.
#[derive(Debug)]
pub struct Policies {
    operations: Vec<OperationPolicies>,
    types: Types,
    claims: BTreeMap<String, Claim>,
    remembered: Remembered<Arc<Decided>>,
    bundle: [u8; 32],
    warnings: Vec<PolicyProblem>,
}

/// What may speak of one operation.
#[derive(Debug)]
struct OperationPolicies {
    policies: Arc<PolicySet>,
    reads: Reads,
    action: EntityUid,
    resource: EntityUid,
    /// The operation, its tags and its groups.
    entities: Entities,
    query: Vec<String>,
}

#[derive(Debug)]
struct Types {
    principals: [EntityTypeName; 4],
    role: EntityTypeName,
}

/// What was decided, and by which policies.
#[derive(Clone, Debug, PartialEq)]
pub struct Decided {
    /// Whether it may pass.
    pub outcome: Result<(), Refusal>,
    /// The policies that decided, by their ids, sorted; those that err where they do.
    pub policies: Vec<String>,
}

impl Policies {
    /// Reads policies and holds them against the description; each mistake with its line.
    pub fn new(
        catalog: &Catalog,
        settings: &Authorize,
        sources: &[Source],
    ) -> Result<Self, Vec<PolicyProblem>> {
        let loaded = loading::load(catalog, &settings.claims, sources)?;
        let types = Types::new().ok_or_else(|| vec![PolicyProblem::ours("types")])?;
        let mut slices = loading::Slices::default();
        let mut operations = Vec::with_capacity(catalog.operations.len());
        for operation in &catalog.operations {
            let groups = vocabulary::groups(operation);
            let slice = slices.of(&loaded.policies, &operation.id.0, &groups);
            let prepared = slice
                .and_then(|(policies, reads)| prepared(operation, &groups, policies, reads))
                .ok_or_else(|| vec![PolicyProblem::ours(&operation.id.0)])?;
            operations.push(prepared);
        }
        Ok(Self {
            operations,
            types,
            claims: settings.claims.clone(),
            remembered: Remembered::new(settings.remembered_max),
            bundle: loaded.bundle,
            warnings: loaded.warnings,
        })
    }

    /// SHA-256 over the policies and the words they are written in.
    pub fn bundle(&self) -> [u8; 32] {
        self.bundle
    }

    /// How many decisions are remembered.
    #[cfg(test)]
    pub(super) fn remembered(&self) -> usize {
        self.remembered.len()
    }

    /// What is doubtful in the policies, such as one that can never speak.
    pub fn warnings(&self) -> &[PolicyProblem] {
        &self.warnings
    }

    /// Decides about a request; `path` are the path's parameters as the router found them, the time is
    /// in milliseconds since 1970.
    pub fn decide(
        &self,
        operation: usize,
        principal: &Principal,
        request: &Request<'_>,
        path: &[(&str, Cow<'_, str>)],
        now_ms: u64,
    ) -> Arc<Decided> {
        let Some(known) = self.operations.get(operation) else { return Arc::new(undecided()) };
        let asked = Asked { principal, request, path, now_ms };
        if !known.reads.can_be_remembered() {
            return Arc::new(self.ask(known, &asked).unwrap_or_else(undecided));
        }
        let key = self.key(operation, known.reads, &asked);
        if let Some(decided) = self.remembered.find(&key) {
            return decided;
        }
        let decided = Arc::new(self.ask(known, &asked).unwrap_or_else(undecided));
        self.remembered.keep(&key, &decided);
        decided
    }

    /// All that a decision rests on, so written that no two different things are written alike.
    fn key(&self, operation: usize, reads: Reads, asked: &Asked<'_, '_>) -> Vec<u8> {
        let mut key = Vec::with_capacity(128);
        let principal = asked.principal;
        key.extend(operation.to_le_bytes());
        key.push(kind_of(principal));
        let mut put = |text: &str| {
            key.extend((text.len() as u64).to_le_bytes());
            key.extend(text.as_bytes());
        };
        if reads.id {
            put(&principal.id);
            put(principal.key.as_deref().unwrap_or_default());
        }
        if reads.id || reads.issuer {
            put(principal.issuer.as_deref().unwrap_or_default());
        }
        for (read, names) in [(reads.scopes, &principal.scopes), (reads.roles, &principal.roles)] {
            if read {
                put(&names.len().to_string());
                for name in names {
                    put(name);
                }
            }
        }
        if reads.claims {
            for name in self.claims.keys() {
                put(&principal.claims.get(name).map(Value::to_string).unwrap_or_default());
            }
        }
        if reads.path {
            for (_, value) in asked.path {
                put(value);
            }
        }
        if reads.tls {
            put(if asked.request.peer.tls.is_some() { "tls" } else { "" });
            put(if has_certificate(asked.request) { "certificate" } else { "" });
        }
        key
    }

    /// Asks Cedar. Nothing when the question cannot be put.
    fn ask(&self, known: &OperationPolicies, asked: &Asked<'_, '_>) -> Option<Decided> {
        let uid = self.uid(asked.principal)?;
        let parents = asked.principal.roles.iter();
        let parents: HashSet<_> =
            parents.map(|role| named(self.types.role.clone(), role)).collect();
        let entity = Entity::new(uid.clone(), self.attributes(asked.principal), parents).ok()?;
        let entities = known.entities.clone().add_entities([entity], None).ok()?;
        let context = context(known, asked)?;
        let action = known.action.clone();
        let question = Question::new(uid, action, known.resource.clone(), context, None).ok()?;
        let answer = Authorizer::new().is_authorized(&question, &known.policies, &entities);
        let errs = answer.diagnostics().errors().map(|error| match error {
            cedar_policy::AuthorizationError::PolicyEvaluationError(error) => {
                error.policy_id().to_string()
            }
        });
        let mut policies: Vec<String> = errs.collect();
        let outcome = if policies.is_empty() {
            policies = answer.diagnostics().reason().map(ToString::to_string).collect();
            match answer.decision() {
                Decision::Allow => Ok(()),
                Decision::Deny => {
                    let detail = "the policies do not allow this";
                    Err(Refusal::new(POLICY, "policy-denies", 403, detail))
                }
            }
        } else {
            let detail = "a policy could not be evaluated";
            Err(Refusal::undecided(POLICY, "policy-errs", detail))
        };
        policies.sort();
        Some(Decided { outcome, policies })
    }

    fn uid(&self, principal: &Principal) -> Option<EntityUid> {
        let kind = self.types.principals.get(usize::from(kind_of(principal)))?.clone();
        let issuer = principal.issuer.as_deref().filter(|_| kind_of(principal) == USER);
        let id = match (&principal.key, issuer) {
            (Some(key), _) if kind_of(principal) == KEY => key.clone(),
            // Two issuers may know two people by one name.
            (_, Some(issuer)) => format!("{issuer}/{}", principal.id),
            (_, None) => principal.id.clone(),
        };
        Some(named(kind, &id))
    }

    fn attributes(&self, principal: &Principal) -> HashMap<String, Expression> {
        let texts = |names: &[String]| {
            Expression::new_set(names.iter().cloned().map(Expression::new_string))
        };
        let claims = self.claims.iter().filter_map(|(name, claim)| {
            Some((name.clone(), claimed(*claim, principal.claims.get(name)?)?))
        });
        // Names of claims are different: they are keys of a map.
        let claims = Expression::new_record(claims).ok();
        let mut attributes = HashMap::from([
            ("id".to_owned(), Expression::new_string(principal.id.clone())),
            (
                "issuer".to_owned(),
                Expression::new_string(principal.issuer.clone().unwrap_or_default()),
            ),
            ("scopes".to_owned(), texts(&principal.scopes)),
            ("roles".to_owned(), texts(&principal.roles)),
        ]);
        attributes.extend(claims.map(|claims| ("claims".to_owned(), claims)));
        attributes
    }
}

/// A request, as far as policies may read it.
struct Asked<'a, 'r> {
    principal: &'a Principal,
    request: &'a Request<'r>,
    path: &'a [(&'a str, Cow<'a, str>)],
    now_ms: u64,
}

/// Places of the types of principals.
const USER: u8 = 0;
const KEY: u8 = 1;
const MACHINE: u8 = 2;
const ANYBODY: u8 = 3;

fn kind_of(principal: &Principal) -> u8 {
    match principal.proven_by {
        ProvenBy::Nothing => ANYBODY,
        ProvenBy::ApiKey => KEY,
        ProvenBy::Certificate => MACHINE,
        ProvenBy::Token
        | ProvenBy::Introspection
        | ProvenBy::BoundToken
        | ProvenBy::Session
        | ProvenBy::Credential => USER,
    }
}

fn has_certificate(request: &Request<'_>) -> bool {
    request.peer.tls.is_some_and(|tls| tls.client.is_some())
}

impl Types {
    fn new() -> Option<Self> {
        let named = |name: &str| name.parse::<EntityTypeName>().ok();
        let [user, key, machine, anybody] = vocabulary::PRINCIPALS;
        Some(Self {
            principals: [named(user)?, named(key)?, named(machine)?, named(anybody)?],
            role: named("Role")?,
        })
    }
}

fn named(kind: EntityTypeName, id: &str) -> EntityUid {
    EntityUid::from_type_name_and_id(kind, EntityId::new(id))
}

fn prepared(
    operation: &Operation,
    groups: &[String],
    policies: Arc<PolicySet>,
    reads: Reads,
) -> Option<OperationPolicies> {
    let kind = |name: &str| name.parse::<EntityTypeName>().ok();
    let (action_type, tag_type) = (kind("Action")?, kind("Tag")?);
    let action = named(action_type.clone(), &operation.id.0);
    let resource = named(kind("Operation")?, &operation.id.0);
    let groups = groups.iter().map(|group| named(action_type.clone(), group)).collect();
    let tags: HashSet<_> = operation.tags.iter().map(|tag| named(tag_type.clone(), tag)).collect();
    let attributes = HashMap::from([
        ("method".to_owned(), Expression::new_string(operation.method.name().to_owned())),
        ("path".to_owned(), Expression::new_string(operation.path.clone())),
        ("deprecated".to_owned(), Expression::new_bool(operation.deprecated)),
    ]);
    let entities = [
        Entity::new(resource.clone(), attributes, tags).ok()?,
        Entity::new_no_attrs(action.clone(), groups),
    ];
    Some(OperationPolicies {
        policies,
        reads,
        action,
        resource,
        entities: Entities::from_entities(entities, None).ok()?,
        query: vocabulary::query_names(operation).into_iter().map(str::to_owned).collect(),
    })
}

/// What the policies read of the circumstances, and no more.
fn context(known: &OperationPolicies, asked: &Asked<'_, '_>) -> Option<Context> {
    let reads = known.reads;
    let mut pairs: Vec<(String, Expression)> = Vec::with_capacity(6);
    if reads.path {
        let path = asked.path.iter().map(|(name, value)| {
            ((*name).to_owned(), Expression::new_string(value.clone().into_owned()))
        });
        pairs.push(("path".to_owned(), Expression::new_record(path).ok()?));
    }
    if reads.query {
        let mut query: BTreeMap<String, Expression> = BTreeMap::new();
        let text = asked.request.query.unwrap_or_default();
        for (name, value) in crate::validate::query(text)? {
            if known.query.iter().any(|known| *known == *name) {
                let value = Expression::new_string(value.into_owned());
                // Of two values one would be judged and the other one used.
                if query.insert(name.into_owned(), value).is_some() {
                    return None;
                }
            }
        }
        pairs.push(("query".to_owned(), Expression::new_record(query).ok()?));
    }
    if reads.address {
        let address = asked.request.peer.address.to_canonical().to_string();
        pairs.push(("address".to_owned(), Expression::new_ip(address)));
    }
    if reads.tls {
        let tls = asked.request.peer.tls.is_some();
        pairs.push(("tls".to_owned(), Expression::new_bool(tls)));
        let certificate = has_certificate(asked.request);
        pairs.push(("certificate".to_owned(), Expression::new_bool(certificate)));
    }
    if reads.time {
        const HOUR_MS: u64 = 3_600_000;
        let hours = asked.now_ms / HOUR_MS;
        // 1970 began on a Thursday; Monday is 1.
        let weekday = (hours / 24 + 3) % 7 + 1;
        for (name, number) in [("hour", hours % 24), ("weekday", weekday)] {
            pairs.push((name.to_owned(), Expression::new_long(i64::try_from(number).ok()?)));
        }
    }
    Context::from_pairs(pairs).ok()
}

/// A claim as a value of Cedar; nothing when it is of another type than the settings say.
fn claimed(claim: Claim, value: &Value) -> Option<Expression> {
    match claim {
        Claim::Text => value.as_str().map(|text| Expression::new_string(text.to_owned())),
        Claim::Whole => value.as_i64().map(Expression::new_long),
        Claim::Yes => value.as_bool().map(Expression::new_bool),
        Claim::Texts => {
            let texts = value.as_array()?.iter().map(|item| item.as_str().map(str::to_owned));
            let texts: Vec<String> = texts.collect::<Option<_>>()?;
            Some(Expression::new_set(texts.into_iter().map(Expression::new_string)))
        }
    }
}

fn undecided() -> Decided {
    let detail = "the policies could not be asked";
    Decided { outcome: Err(Refusal::undecided(POLICY, "undecided", detail)), policies: Vec::new() }
}
