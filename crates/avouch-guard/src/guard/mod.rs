//! The life of a request: the policies in their order.

mod answers;
mod compile;

pub use answers::Answered;
pub use compile::{Ground, GuardError};

use crate::admit::head::{Admitted, admit, client_address};
use crate::authorize::{Needs, Policies, PolicyProblem};
use crate::contain::Containment;
use crate::course::{Course, Halt};
use crate::filter::Filter;
use crate::identify::{Identified, Identifier};
use crate::limit::{Asked, Limiter, Told, When};
use crate::own::{self, Look, Owners};
use crate::principal::Principal;
use crate::refusal::Refusal;
use crate::request::Request;
use crate::route::{Described, Routed, Router, Rules};
use crate::settings::{GuardSettings, Mode};
use crate::validate::{BodyPlan, Unchecked, Validator};
use http::HeaderMap;
use http::request::Parts;
use std::net::IpAddr;
use std::sync::Arc;

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
    /// `None` where nothing is guarded by whose it is.
    owners: Option<Owners>,
    validator: Option<Validator>,
    filter: Option<Filter>,
    limiter: Limiter,
}

impl Guard {
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

    fn rules(&self, course: &Course) -> Option<&Rules> {
        self.router.as_ref()?.rules(course.index?)
    }

    /// What is doubtful in the policies of access.
    pub fn warnings(&self) -> &[PolicyProblem] {
        self.policies.as_ref().map_or(&[], Policies::warnings)
    }

    /// Buckets of limits that made room although they were in use.
    pub fn limit_evictions(&self) -> u64 {
        self.limiter.evicted()
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
            course.step("limit");
        }
        let principal = self.identify(request, now_ms, course)?;
        course.step("identify");
        containment.principal(&principal, now_ms)?;
        let described = self.route(request, course)?;
        course.step("route");
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
        course.step("limit");
        if let Some(described) = &described {
            self.authorize(request, described, &principal, now_ms, course)?;
            course.step("authorize");
            self.own(request, described, &principal, now_ms, course)?;
            self.validate(request, described, course)?;
            course.step("validate");
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

    /// Finds what the API is to be asked about whose the object is.
    fn own(
        &self,
        request: &Request<'_>,
        described: &Described<'_, '_>,
        principal: &Principal,
        now_ms: u64,
        course: &mut Course,
    ) -> Result<(), Halt> {
        let Some(owners) = &self.owners else { return Ok(()) };
        let (operation, parameters) = (described.operation, &described.parameters);
        match owners.looks(operation, principal, request.path, parameters, now_ms) {
            Ok(looks) => course.looks = looks,
            Err(refusal) if learns(self.settings.owning.mode, described, "own") => {
                course.observed.push(refusal);
            }
            Err(refusal) => return Err(refusal.into()),
        }
        Ok(())
    }

    /// Reads what the API said about whose an object is.
    pub fn told(&self, look: &Look, status: u16, body: &[u8], now_ms: u64) -> own::Told {
        let unknown = own::Told::Unknown;
        self.owners.as_ref().map_or(unknown, |owners| owners.told(look, status, body, now_ms))
    }

    /// Refuses what is not theirs, by all that the API was asked: of several that say otherwise the
    /// one that could not say counts.
    pub fn not_theirs(&self, course: &mut Course, told: own::Told) -> Result<(), Refusal> {
        let refusal = Owners::refusal(told);
        let learns = self.settings.owning.mode == Mode::Learn
            || self.rules(course).is_some_and(|rules| rules.learn.contains(&"own"));
        if learns {
            course.observed.push(refusal);
            return Ok(());
        }
        Err(refusal)
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

/// Whether a policy only watches, everywhere or for this operation.
fn learns(mode: Mode, described: &Described<'_, '_>, policy: &str) -> bool {
    mode == Mode::Learn || described.rules.learn.contains(&policy)
}
