//! From settings and a description to policies.

use super::Guard;
use crate::authorize::{self, Policies, PolicyProblem, Source};
use crate::filter::Filter;
use crate::identify::Identifier;
use crate::limit::{Buckets, Limiter};
use crate::own::Owners;
use crate::route::{Router, SettingError, matching};
use crate::settings::own::Owning;
use crate::settings::route::Route;
use crate::settings::validate::Validate;
use crate::settings::{GuardSettings, filter};
use crate::validate::Validator;
use avouch_catalog::Catalog;
use std::collections::hash_map::RandomState;
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
        let mut checks = settings.validate.clone();
        let most = &mut checks.bounds.body_bytes_max;
        *most = settings.admit.body_bytes_max.min(*most);
        let validator = catalog.map(|catalog| Validator::new(catalog, &checks, rules));
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
        let owners = match catalog {
            Some(catalog) if !settings.own.is_empty() => {
                let owners = Owners::new(catalog, &operations, &settings.own, &settings.owning);
                Some(owners.map_err(GuardError::Route)?)
            }
            _ => None,
        };
        Ok(Self {
            settings,
            identifier,
            operations,
            router,
            needs,
            policies,
            owners,
            validator,
            filter,
            limiter,
        })
    }
}

/// Refuses settings that would do nothing without a description: a control that is configured and
/// does not bite is worse than none.
fn without_description(settings: &GuardSettings) -> Result<(), GuardError> {
    let idle = [
        ("guard.operation", !settings.operation.is_empty()),
        ("guard.route", settings.route != Route::default()),
        ("guard.own", !settings.own.is_empty() || settings.owning != Owning::default()),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_control_that_would_not_bite_is_an_error() {
        for (text, named) in [
            ("[[operation]]\nmatch = ['GET /a']\npublic = true", "guard.operation"),
            ("[route]\nunknown = 'shadow'", "guard.route"),
            ("[[own]]\nmatch = ['GET /a/*']\nask = 'GET /a'\nitem = '/*/id'", "guard.own"),
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
