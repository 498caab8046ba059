//! What an operation needs of whoever calls it, by its description or by settings.

use crate::principal::Principal;
use crate::refusal::Refusal;
use crate::route::Rules;
use avouch_catalog::{Catalog, SecurityScheme};
use avouch_model::operation::{Operation, Requirement, Security};

/// The name of the policy.
const POLICY: &str = "authorize";

/// What an operation needs of whoever calls it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// Whether anybody may call it.
    public: bool,
    /// Ways in: one is enough, and all of it is needed. Without one nothing is.
    ways: Vec<Vec<Need>>,
    /// Roles of which one is enough. Without one none is needed.
    roles: Vec<String>,
}

/// One thing that a caller has.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Need {
    Scope(String),
    /// Beside OAuth 2 and `OpenID` Connect the names are those of roles (OpenAPI 3.1, 4.8.30); keys
    /// have scopes too, so that either is enough.
    ScopeOrRole(String),
}

/// What each operation needs, by its index in the catalogue. `rules` are those of the router, in the
/// same order; what they name replaces what the description names.
pub fn of_all<'a>(catalog: &Catalog, rules: impl Fn(usize) -> Option<&'a Rules>) -> Vec<Needs> {
    let each = catalog.operations.iter().enumerate();
    each.map(|(index, operation)| Needs::of(catalog, operation, rules(index))).collect()
}

impl Needs {
    /// What one operation needs.
    pub fn of(catalog: &Catalog, operation: &Operation, rules: Option<&Rules>) -> Self {
        let mut needs = Self {
            public: rules.is_some_and(|rules| rules.public),
            ways: match &operation.security {
                Security::Required(ways) => ways.iter().map(|way| needed(catalog, way)).collect(),
                // Who gives no credential may call as well.
                Security::Undeclared | Security::Open | Security::Optional(_) => Vec::new(),
            },
            roles: operation.roles.clone(),
        };
        if let Some(scopes) = rules.and_then(|rules| rules.scopes.as_ref()) {
            needs.ways = vec![scopes.iter().cloned().map(Need::Scope).collect()];
        }
        if let Some(roles) = rules.and_then(|rules| rules.roles.as_ref()) {
            needs.roles.clone_from(roles);
        }
        needs
    }

    /// Whether nothing beyond being identified is needed.
    pub fn is_nothing(&self) -> bool {
        self.roles.is_empty() && (self.ways.is_empty() || self.ways.iter().any(Vec::is_empty))
    }

    /// Refuses who lacks what is needed.
    pub fn check(&self, principal: &Principal) -> Result<(), Refusal> {
        if self.public {
            return Ok(());
        }
        if principal.is_anybody() {
            let detail = "this is not for everybody, and it is not known who asks";
            return Err(Refusal::new(POLICY, "principal-missing", 403, detail));
        }
        let has = |need: &Need| match need {
            Need::Scope(name) => principal.scopes.contains(name),
            Need::ScopeOrRole(name) => {
                principal.scopes.contains(name) || principal.roles.contains(name)
            }
        };
        if !self.ways.is_empty() && !self.ways.iter().any(|way| way.iter().all(has)) {
            let detail = "the credential does not reach so far";
            let refusal = Refusal::new(POLICY, "scope-missing", 403, detail);
            return Err(match self.scopes() {
                Some(scopes) => refusal
                    .challenge(format!("Bearer error=\"insufficient_scope\", scope=\"{scopes}\"")),
                None => refusal,
            });
        }
        if !self.roles.is_empty() && !self.roles.iter().any(|role| principal.roles.contains(role)) {
            let detail = "the caller's roles do not reach so far";
            return Err(Refusal::new(POLICY, "role-missing", 403, detail));
        }
        Ok(())
    }

    /// The scopes to ask for (RFC 6750, section 3), when each may stand in a challenge and all fit.
    fn scopes(&self) -> Option<String> {
        // LIMIT: 1,000 bytes of a header.
        const SCOPES_BYTES_MAX: usize = 1_000;
        let [way] = self.ways.as_slice() else { return None };
        let name = |need| match need {
            Need::Scope(name) | Need::ScopeOrRole(name) => name,
        };
        let names: Vec<String> = way.iter().cloned().map(name).collect();
        let plain = |name: &String| {
            !name.is_empty()
                && name.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'"' | b'\\'))
        };
        let scopes = names.join(" ");
        (names.iter().all(plain) && scopes.len() <= SCOPES_BYTES_MAX).then_some(scopes)
    }
}

fn needed(catalog: &Catalog, way: &Requirement) -> Vec<Need> {
    let mut needed = Vec::new();
    for (scheme, names) in &way.schemes {
        let by_scope = matches!(
            catalog.schemes.get(scheme),
            Some(SecurityScheme::OAuth2 { .. } | SecurityScheme::OpenIdConnect { .. })
        );
        let need = if by_scope { Need::Scope } else { Need::ScopeOrRole };
        needed.extend(names.iter().cloned().map(need));
    }
    needed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::route::Route;
    use avouch_model::fact::request::ProvenBy;
    use avouch_model::operation::Method;
    use std::collections::BTreeMap;

    fn principal(roles: &[&str], scopes: &[&str]) -> Principal {
        Principal {
            id: "anna".into(),
            proven_by: ProvenBy::Token,
            roles: roles.iter().map(ToString::to_string).collect(),
            scopes: scopes.iter().map(ToString::to_string).collect(),
            ..Principal::anybody()
        }
    }

    fn catalog() -> Catalog {
        let mut catalog = Catalog::empty();
        let oauth = SecurityScheme::OAuth2 { flows: BTreeMap::default() };
        catalog.schemes.insert("oauth".into(), oauth);
        catalog.schemes.insert(
            "key".into(),
            SecurityScheme::ApiKey {
                name: "x-api-key".into(),
                place: avouch_model::operation::Place::Header,
            },
        );
        catalog
    }

    fn way(scheme: &str, names: &[&str]) -> Requirement {
        let names = names.iter().map(ToString::to_string).collect();
        Requirement { schemes: vec![(scheme.to_owned(), names)] }
    }

    fn outcome(operation: &Operation, rules: Option<&Rules>, who: &Principal) -> &'static str {
        match Needs::of(&catalog(), operation, rules).check(who) {
            Ok(()) => "allowed",
            Err(refusal) => {
                assert_eq!(refusal.status, 403);
                refusal.code
            }
        }
    }

    #[test]
    fn one_way_in_is_enough_and_all_of_it_is_needed() {
        let mut operation = Operation::discovered(Method::Get, "/orders");
        operation.security =
            Security::Required(vec![way("oauth", &["read", "orders"]), way("key", &["staff"])]);
        for (roles, scopes, expected) in [
            (&[][..], &["read", "orders"][..], "allowed"),
            (&[], &["read"], "scope-missing"),
            (&["read", "orders"], &[], "scope-missing"),
            (&["staff"], &[], "allowed"),
            (&[], &["staff"], "allowed"),
            (&[], &[], "scope-missing"),
        ] {
            let got = outcome(&operation, None, &principal(roles, scopes));
            assert_eq!(got, expected, "{roles:?} {scopes:?}");
        }
        assert_eq!(outcome(&operation, None, &Principal::anybody()), "principal-missing");
    }

    #[test]
    fn a_role_of_the_description_is_needed() {
        let mut operation = Operation::discovered(Method::Get, "/admin");
        operation.roles = vec!["admin".into(), "auditor".into()];
        assert_eq!(outcome(&operation, None, &principal(&["auditor"], &[])), "allowed");
        assert_eq!(outcome(&operation, None, &principal(&["user"], &["admin"])), "role-missing");
    }

    #[test]
    fn undeclared_security_asks_for_somebody_and_public_for_nobody() {
        let operation = Operation::discovered(Method::Get, "/a");
        assert_eq!(outcome(&operation, None, &Principal::anybody()), "principal-missing");
        assert_eq!(outcome(&operation, None, &principal(&[], &[])), "allowed");
        let mut catalog = catalog();
        catalog.operations.push(operation.clone());
        let route = Route { public: vec!["GET /a".into()], ..Route::default() };
        let router = crate::route::Router::new(&catalog, &route, &[]).unwrap();
        assert_eq!(outcome(&operation, router.rules(0), &Principal::anybody()), "allowed");
    }

    #[test]
    fn settings_replace_what_the_description_needs() {
        let mut operation = Operation::discovered(Method::Get, "/a");
        operation.security = Security::Required(vec![way("oauth", &["read"])]);
        let mut catalog = catalog();
        catalog.operations.push(operation.clone());
        let settings = crate::settings::route::Operation {
            matches: vec!["GET /a".into()],
            scopes: Some(vec!["other".into()]),
            roles: Some(vec!["admin".into()]),
            ..Default::default()
        };
        let router = crate::route::Router::new(&catalog, &Route::default(), &[settings]).unwrap();
        let rules = router.rules(0);
        let refusal = |who: &Principal| outcome(&operation, rules, who);
        assert_eq!(refusal(&principal(&["admin"], &["read"])), "scope-missing");
        assert_eq!(refusal(&principal(&[], &["other"])), "role-missing");
        assert_eq!(refusal(&principal(&["admin"], &["other"])), "allowed");
    }

    #[test]
    fn the_challenge_names_the_scopes_and_nothing_that_breaks_out_of_it() {
        let challenge = |names: &[&str]| {
            let mut operation = Operation::discovered(Method::Get, "/a");
            operation.security = Security::Required(vec![way("oauth", names)]);
            let needs = Needs::of(&catalog(), &operation, None);
            needs.check(&principal(&[], &[])).unwrap_err().challenge
        };
        let expected = "Bearer error=\"insufficient_scope\", scope=\"read write\"";
        assert_eq!(challenge(&["read", "write"]).unwrap(), expected);
        assert_eq!(challenge(&["a\", realm=\"x"]), None);
    }
}
