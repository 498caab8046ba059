//! The life of a request: the policies in their order.

use crate::admit::head::{Admitted, admit, client_address};
use crate::authorize::{self, Needs, Policies, PolicyProblem, Source};
use crate::contain::Containment;
use crate::course::{Course, Halt};
use crate::filter::{AnswerBody, AnswerPlan, Asker, Filter, Filtered, Rule};
use crate::identify::{Identified, Identifier};
use crate::limit::{Asked, Buckets, Limiter, Told, When};
use crate::principal::Principal;
use crate::refusal::Refusal;
use crate::request::Request;
use crate::route::{Described, Routed, Router, Rules, SettingError, matching};
use crate::settings::route::Route;
use crate::settings::validate::Validate;
use crate::settings::{GuardSettings, Mode, filter};
use crate::validate::{BodyPlan, Unchecked, Validator};
use avouch_catalog::Catalog;
use http::HeaderMap;
use http::request::Parts;
use std::collections::hash_map::RandomState;
use std::net::IpAddr;
use std::sync::Arc;

/// Why settings do not go together with a description.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GuardError {
    /// An entry names operations that are not there, or what it names is wrong.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Route(Vec<SettingError>),
    /// Policies that are wrong.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Policies(Vec<PolicyProblem>),
    /// Settings speak of operations, and nothing says which there are.
    #[error("`{0}` needs `guard.openapi`: it speaks of operations, which nothing else names")]
    NoDescription(&'static str),
    /// A header that is to be taken out of answers cannot be one.
    #[error("`guard.filter.remove_headers`: `{0}` is no name of a header")]
    Filter(String),
    /// A limit is for operations that are not there.
    #[error("the limit `{limit}` is for `{pattern}`, and no operation is called so")]
    Limit {
        /// The limit's name.
        limit: String,
        /// What it is for.
        pattern: String,
    },
}

/// What decisions rest on besides the settings, and what outlives them.
#[derive(Clone, Debug)]
pub struct Ground {
    /// The buckets of limits.
    pub buckets: Arc<Buckets>,
    /// The key under which limits tell clients apart.
    pub hash: RandomState,
}

/// What of an answer of the API decides what is done with it.
#[derive(Clone, Copy, Debug)]
pub struct Answered<'a> {
    /// The method of the request.
    pub method: &'a str,
    /// Whether the client asked by TLS.
    pub tls: bool,
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: &'a HeaderMap,
}

/// All policies, compiled from one configuration and one description.
#[derive(Debug)]
pub struct Guard {
    settings: GuardSettings,
    identifier: Identifier,
    operations: Vec<Arc<str>>,
    /// `None` without a description: nothing is known of operations then.
    router: Option<Router>,
    needs: Vec<Needs>,
    policies: Option<Policies>,
    validator: Option<Validator>,
    filter: Option<Filter>,
    limiter: Limiter,
}

impl Guard {
    /// Compiles the policies.
    pub fn new(
        settings: GuardSettings,
        identifier: Identifier,
        catalog: Option<&Catalog>,
        sources: &[Source],
        ground: Ground,
    ) -> Result<Self, GuardError> {
        if catalog.is_none() {
            without_description(&settings)?;
        }
        let router = catalog
            .map(|catalog| Router::new(catalog, &settings.route, &settings.operation))
            .transpose()
            .map_err(GuardError::Route)?;
        let needs = match (catalog, &router) {
            (Some(catalog), Some(router)) if settings.authorize.description => {
                authorize::of_all(catalog, |index| router.rules(index))
            }
            _ => Vec::new(),
        };
        let policies = policies(&settings, catalog, sources)?;
        let filter = catalog.map(|catalog| Filter::new(catalog, &settings.filter)).transpose();
        let filter = filter.map_err(GuardError::Filter)?;
        let rules = |index| router.as_ref().and_then(|router| router.rules(index));
        let validator = catalog.map(|catalog| Validator::new(catalog, &settings.validate, rules));
        let ids = catalog.iter().flat_map(|catalog| &catalog.operations);
        let operations: Vec<Arc<str>> =
            ids.map(|operation| operation.id.0.as_str().into()).collect();
        let mut at = settings.limit.iter();
        let limiter = Limiter::new(&settings.limit, ground.buckets, ground.hash, |patterns| {
            let missing = |pattern: &String| {
                let limit = at.find(|limit| limit.matches.contains(pattern));
                let limit = limit.map(|limit| limit.name.clone()).unwrap_or_default();
                GuardError::Limit { limit, pattern: pattern.clone() }
            };
            matching(patterns, &operations).map_err(missing)
        })?;
        Ok(Self {
            settings,
            identifier,
            operations,
            router,
            needs,
            policies,
            validator,
            filter,
            limiter,
        })
    }

    /// What it was compiled from.
    pub fn settings(&self) -> &GuardSettings {
        &self.settings
    }

    /// SHA-256 over the policies of access, where there are any.
    pub fn bundle(&self) -> Option<[u8; 32]> {
        self.policies.as_ref().map(Policies::bundle)
    }

    /// What the description says and nobody checks.
    pub fn unchecked(&self) -> impl Iterator<Item = &Unchecked> {
        let requests = self.validator.iter().flat_map(Validator::unchecked);
        requests.chain(self.filter.iter().flat_map(Filter::unchecked))
    }

    /// What is to be done with an answer of the API; `None` without a description.
    pub fn answer(&self, course: &Course, answered: &Answered<'_>) -> Option<AnswerPlan> {
        let compiled = self.filter.as_ref()?;
        let roles = course.principal.as_ref().map_or(&[][..], |principal| &principal.roles);
        let asker = Asker {
            method: answered.method,
            roles,
            tls: answered.tls,
            public: self.rules(course).is_some_and(|rules| rules.public),
        };
        let mut plan = compiled.answer(course.index, answered.status, answered.headers, &asker);
        let keeps = matches!(plan.body, AnswerBody::Replace(_) | AnswerBody::Refuse(_));
        if self.only_watches_answers(course) && keeps {
            plan.body = AnswerBody::Forward;
        }
        Some(plan)
    }

    /// Headers that tell clients of an operation's end (RFC 9745, RFC 8594).
    pub fn announced(&self, course: &Course) -> &[(&'static str, String)] {
        self.rules(course).map_or(&[], |rules| &rules.announced)
    }

    /// Filters the body of an answer that was to be filtered. Where it is only watched, the body stays
    /// as it came.
    pub fn filtered<'b>(
        &self,
        course: &mut Course,
        rule: &Rule,
        body: &'b [u8],
    ) -> Result<Filtered<'b>, Refusal> {
        let watches = self.only_watches_answers(course);
        match rule.run(body) {
            Ok(filtered) if watches => {
                if filtered.removed > 0 {
                    let detail = "Something of the answer would have been left out.";
                    course.observed.push(Refusal::new("filter", "answer-filtered", 200, detail));
                }
                Ok(Filtered { body: body.into(), ..filtered })
            }
            Err(refusal) if watches => {
                course.observed.push(refusal);
                Ok(Filtered { body: body.into(), ..Filtered::default() })
            }
            other => other,
        }
    }

    fn rules(&self, course: &Course) -> Option<&Rules> {
        self.router.as_ref()?.rules(course.index?)
    }

    fn only_watches_answers(&self, course: &Course) -> bool {
        self.settings.filter.mode == Mode::Learn
            || self.rules(course).is_some_and(|rules| rules.learn.contains(&"filter"))
    }

    /// What is doubtful in the policies of access.
    pub fn warnings(&self) -> &[PolicyProblem] {
        self.policies.as_ref().map_or(&[], Policies::warnings)
    }

    /// How many operations are known; `None` without a description.
    pub fn operations(&self) -> Option<usize> {
        self.router.as_ref().map(|_| self.operations.len())
    }

    /// Says who asks, and takes in what was learnt about that.
    pub fn identifier(&self) -> &Identifier {
        &self.identifier
    }

    /// Admits a head.
    pub fn admit<'a>(&self, parts: &'a Parts) -> Result<Admitted<'a>, Refusal> {
        admit(parts, &self.settings.admit.hosts, self.settings.admit.path)
    }

    /// The address that asks, by the connection or by a proxy that is trusted.
    pub fn client_address(&self, peer: IpAddr, headers: &HeaderMap) -> Result<IpAddr, Refusal> {
        client_address(peer, headers, &self.settings.admit.trusted_proxies)
    }

    /// Decides about a head that was admitted. Time is in milliseconds since 1970.
    pub fn decide(
        &self,
        request: &Request<'_>,
        containment: &Containment,
        now_ms: u64,
        course: &mut Course,
    ) -> Result<(), Halt> {
        course.body = Some(BodyPlan::Forward { bytes_max: self.settings.admit.body_bytes_max });
        containment.address(request.peer.address, now_ms)?;
        let address = request.peer.address;
        let asked = Asked { address, principal: "", key: None, operation: None };
        if !course.counted {
            course.counted = true;
            self.limit(When::Early, asked, now_ms, course)?;
        }
        let principal = self.identify(request, now_ms, course)?;
        containment.principal(&principal, now_ms)?;
        let described = self.route(request, course)?;
        self.require(&principal, described.as_ref(), course)?;
        if let Some(id) = &course.operation {
            containment.operation(id, now_ms)?;
        }
        let asked = Asked {
            principal: &principal.id,
            key: principal.key.as_deref(),
            operation: course.index,
            ..asked
        };
        self.limit(When::Late, asked, now_ms, course)?;
        if let Some(described) = &described {
            self.authorize(request, described, &principal, now_ms, course)?;
            self.validate(request, described, course)?;
        }
        Ok(())
    }

    /// Judges a body that was to be judged whole.
    pub fn body(
        &self,
        course: &mut Course,
        content_type: Option<&str>,
        body: &[u8],
    ) -> Result<(), Refusal> {
        let (Some(validator), Some(operation)) = (&self.validator, course.index) else {
            return Ok(());
        };
        let rules = self.router.as_ref().and_then(|router| router.rules(operation));
        let learns = self.settings.validate.mode == Mode::Learn
            || rules.is_some_and(|rules| rules.learn.contains(&"validate"));
        match validator.body(operation, content_type, body) {
            Err(refusal) if learns => course.observed.push(refusal),
            judged => return judged,
        }
        Ok(())
    }

    fn identify(
        &self,
        request: &Request<'_>,
        now_ms: u64,
        course: &mut Course,
    ) -> Result<Arc<Principal>, Halt> {
        let principal = match self.identifier.identify(request, now_ms) {
            Identified::Known { principal, carried_by } => {
                course.withheld = carried_by.names().cloned().collect();
                principal
            }
            Identified::Nobody => Arc::new(Principal::anybody()),
            Identified::Refused(refusal) if self.settings.identify.mode == Mode::Learn => {
                course.observed.push(refusal);
                Arc::new(Principal::anybody())
            }
            Identified::Refused(refusal) => return Err(refusal.into()),
            Identified::Ask(question) => return Err(Halt::Ask(question)),
            Identified::Wait(pending) => return Err(Halt::Wait(pending)),
        };
        course.principal = Some(principal.clone());
        Ok(principal)
    }

    fn limit(
        &self,
        when: When,
        asked: Asked<'_>,
        now_ms: u64,
        course: &mut Course,
    ) -> Result<(), Halt> {
        let told = self.limiter.take(when, asked, now_ms, &mut course.observed)?;
        let nearer = |told: &Told| course.told.as_ref().is_none_or(|now| told.left < now.left);
        if told.as_ref().is_some_and(nearer) {
            course.told = told;
        }
        Ok(())
    }

    /// Asks for a proof of who asks where the operation is not public.
    fn require(
        &self,
        principal: &Principal,
        described: Option<&Described<'_, '_>>,
        course: &mut Course,
    ) -> Result<(), Halt> {
        let public = course.preflight || described.is_some_and(|described| described.rules.public);
        if public || self.settings.identify.anybody || !principal.is_anybody() {
            return Ok(());
        }
        let missing = self.identifier.missing();
        let mode = self.settings.identify.mode;
        let watches = match described {
            Some(described) => learns(mode, described, "identify"),
            None => mode == Mode::Learn,
        };
        if watches {
            course.observed.push(missing);
            return Ok(());
        }
        Err(missing.into())
    }

    fn route<'g>(
        &'g self,
        request: &Request<'g>,
        course: &mut Course,
    ) -> Result<Option<Described<'g, 'g>>, Halt> {
        let Some(router) = &self.router else { return Ok(None) };
        match router.route(request.method, request.path) {
            Ok(Routed::Described(described)) => {
                course.index = Some(described.operation);
                course.operation = self.operations.get(described.operation).cloned();
                let values = described.parameters.iter();
                course.objects = values.map(|(_, value)| value.clone().into_owned()).collect();
                if let Some(bytes_max) = described.rules.body_bytes_max {
                    course.body = Some(BodyPlan::Forward { bytes_max });
                }
                if described.rules.credentials_upstream {
                    course.withheld.clear();
                }
                Ok(Some(described))
            }
            Ok(Routed::Options { allow, forward: false }) => Err(Halt::Allow(allow)),
            Ok(Routed::Options { .. }) => {
                // A browser asks so before it sends a credential.
                course.preflight = true;
                Ok(None)
            }
            Ok(Routed::Shadow) => Ok(None),
            Err(refusal) if self.settings.route.mode == Mode::Learn => {
                course.observed.push(refusal);
                Ok(None)
            }
            Err(refusal) => Err(refusal.into()),
        }
    }

    fn authorize(
        &self,
        request: &Request<'_>,
        described: &Described<'_, '_>,
        principal: &Principal,
        now_ms: u64,
        course: &mut Course,
    ) -> Result<(), Halt> {
        let watches = learns(self.settings.authorize.mode, described, "authorize");
        let mut judge = |judged: Result<(), Refusal>| match judged {
            Err(refusal) if watches => {
                course.observed.push(refusal);
                Ok(())
            }
            judged => judged,
        };
        if let Some(needs) = self.needs.get(described.operation) {
            judge(needs.check(principal))?;
        }
        if let Some(policies) = &self.policies {
            let (operation, path) = (described.operation, &described.parameters);
            let decided = policies.decide(operation, principal, request, path, now_ms);
            let judged = judge(decided.outcome.clone());
            course.policies = decided.policies.iter().map(|id| id.as_str().into()).collect();
            judged?;
        }
        Ok(())
    }

    fn validate(
        &self,
        request: &Request<'_>,
        described: &Described<'_, '_>,
        course: &mut Course,
    ) -> Result<(), Halt> {
        let Some(validator) = &self.validator else { return Ok(()) };
        match validator.head(described.operation, request, &described.parameters) {
            Ok(plan) => course.body = Some(plan),
            Err(refusal) if learns(self.settings.validate.mode, described, "validate") => {
                course.observed.push(refusal);
            }
            Err(refusal) => return Err(refusal.into()),
        }
        Ok(())
    }
}

/// Refuses settings that would do nothing without a description: a control that is configured and
/// does not bite is worse than none.
fn without_description(settings: &GuardSettings) -> Result<(), GuardError> {
    let idle = [
        ("guard.operation", !settings.operation.is_empty()),
        ("guard.route", settings.route != Route::default()),
        ("guard.validate", settings.validate != Validate::default()),
        ("guard.filter", settings.filter != filter::Filter::default()),
    ];
    match idle.iter().find(|(_, is_set)| *is_set) {
        Some((name, _)) => Err(GuardError::NoDescription(name)),
        None => Ok(()),
    }
}

/// The policies of access, where any are named.
fn policies(
    settings: &GuardSettings,
    catalog: Option<&Catalog>,
    sources: &[Source],
) -> Result<Option<Policies>, GuardError> {
    if sources.is_empty() {
        return Ok(None);
    }
    let catalog = catalog.ok_or(GuardError::NoDescription("guard.authorize.policies"))?;
    let read = Policies::new(catalog, &settings.authorize, sources);
    Ok(Some(read.map_err(GuardError::Policies)?))
}

/// Whether a policy only watches, everywhere or for this operation.
fn learns(mode: Mode, described: &Described<'_, '_>, policy: &str) -> bool {
    mode == Mode::Learn || described.rules.learn.contains(&policy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_control_that_would_not_bite_is_an_error() {
        for (text, named) in [
            ("[[operation]]\nmatch = ['GET /a']\npublic = true", "guard.operation"),
            ("[route]\nunknown = 'shadow'", "guard.route"),
            ("[validate]\nunknown_query = 'allow'", "guard.validate"),
            ("[filter]\nclasses = { email = ['admin'] }", "guard.filter"),
        ] {
            let settings: GuardSettings = toml::from_str(text).unwrap();
            let identify =
                crate::settings::identify::IdentifySettings { anybody: true, ..Default::default() };
            let identifier = Identifier::new(identify, None, 7).unwrap();
            let ground = Ground { buckets: Arc::new(Buckets::new(1)), hash: RandomState::new() };
            let made = Guard::new(settings, identifier, None, &[], ground);
            assert_eq!(made.err(), Some(GuardError::NoDescription(named)), "{text}");
        }
    }
}
