//! From a method and a path to an operation.

use super::rules::{self, Rules, SettingError};
use super::tree::{Found, Tree};
use crate::refusal::Refusal;
use crate::settings::route::{Operation as OperationSettings, Options, Route, Unknown};
use avouch_catalog::Catalog;
use avouch_model::operation::{Method, Operation};
use percent_encoding::percent_decode_str;
use std::borrow::Cow;

/// The name of the policy.
const POLICY: &str = "route";

/// Finds the operation of a request.
#[derive(Debug)]
pub struct Router {
    tree: Tree,
    /// The longest first.
    base_paths: Vec<String>,
    parameters: Vec<Vec<String>>,
    rules: Vec<Rules>,
    unknown: Unknown,
    options: Options,
}

/// What a request is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Routed<'r, 'p> {
    /// An operation of the description.
    Described(Described<'r, 'p>),
    /// A question for the methods of a path, which is not described as an operation.
    Options {
        /// The value of `Allow`.
        allow: String,
        /// Whether it is forwarded; else it is answered without.
        forward: bool,
    },
    /// Something that nobody described and that passes because the settings say so.
    Shadow,
}

/// An operation of the description that a request is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Described<'r, 'p> {
    /// Its index in the catalogue.
    pub operation: usize,
    /// The path's parameters with their values, percent-decoded, in the order of the template.
    pub parameters: Vec<(&'r str, Cow<'p, str>)>,
    /// What holds for it.
    pub rules: &'r Rules,
}

impl Router {
    /// A router for these operations.
    pub fn new(
        catalog: &Catalog,
        route: &Route,
        operations: &[OperationSettings],
    ) -> Result<Self, Vec<SettingError>> {
        let rules = rules::of_all(&catalog.operations, route, operations)?;
        let mut base_paths = match &route.base_path {
            Some(path) if path.is_empty() || path.starts_with('/') && !path.ends_with('/') => {
                vec![path.clone()]
            }
            Some(path) => return Err(vec![SettingError::BasePath { path: path.clone() }]),
            None => catalog.base_paths(),
        };
        base_paths.sort_by_key(|path| std::cmp::Reverse(path.len()));
        let named =
            |operation: &Operation| operation.path_parameters().map(str::to_owned).collect();
        let routed = catalog.operations.iter().enumerate().filter(|(_, one)| one.graph.is_none());
        Ok(Self {
            tree: Tree::new(routed),
            base_paths,
            parameters: catalog.operations.iter().map(named).collect(),
            rules,
            unknown: route.unknown,
            options: route.options,
        })
    }

    /// What holds for an operation, by its index in the catalogue.
    pub fn rules(&self, operation: usize) -> Option<&Rules> {
        self.rules.get(operation)
    }

    /// What a request with that method and canonical path is for.
    pub fn route<'r, 'p>(&'r self, method: &str, path: &'p str) -> Result<Routed<'r, 'p>, Refusal> {
        // Names of methods are case-sensitive: `get` is not GET.
        let known = Method::parse(method);
        let known = if known.name() == method { known } else { Method::Other(method.to_owned()) };
        if let Some(found) = self.find(&known, path) {
            return self.described(&found);
        }
        let methods = self.methods(path);
        if methods.is_empty() {
            return match self.unknown {
                Unknown::Shadow => Ok(Routed::Shadow),
                Unknown::Refuse => {
                    Err(Refusal::new(POLICY, "operation-unknown", 404, "there is nothing here"))
                }
            };
        }
        let allow = methods.join(", ");
        match (known, self.options, self.unknown) {
            (Method::Options, Options::Answer, _) => Ok(Routed::Options { allow, forward: false }),
            (Method::Options, Options::Forward, _) => Ok(Routed::Options { allow, forward: true }),
            (_, _, Unknown::Shadow) => Ok(Routed::Shadow),
            _ => Err(Refusal::new(POLICY, "method-unknown", 405, "this cannot be done here")
                .allow(allow)),
        }
    }

    fn find<'p>(&self, method: &Method, path: &'p str) -> Option<Found<'p>> {
        let found = self.below(path).find_map(|path| self.tree.find(method, path));
        if found.is_none() && *method == Method::Head {
            // A HEAD is a GET whose body is not sent (RFC 9110, section 9.3.2).
            return self.below(path).find_map(|path| self.tree.find(&Method::Get, path));
        }
        found
    }

    /// The path below each base that it stands below.
    fn below<'p>(&self, path: &'p str) -> impl Iterator<Item = &'p str> {
        let below = self.base_paths.iter().filter_map(move |base| path.strip_prefix(base.as_str()));
        below.filter(|below| below.starts_with('/'))
    }

    fn described<'r, 'p>(&'r self, found: &Found<'p>) -> Result<Routed<'r, 'p>, Refusal> {
        let lost = || Refusal::undecided(POLICY, "undecided", "the operation could not be told");
        let rules = self.rules.get(found.operation).ok_or_else(lost)?;
        let names = self.parameters.get(found.operation).ok_or_else(lost)?;
        let mut parameters = Vec::with_capacity(names.len());
        for (name, value) in names.iter().zip(&found.values) {
            let Ok(value) = percent_decode_str(value).decode_utf8() else {
                let detail = "a value in the path is no text";
                return Err(Refusal::new(POLICY, "path-malformed", 400, detail));
            };
            parameters.push((name.as_str(), value));
        }
        Ok(Routed::Described(Described { operation: found.operation, parameters, rules }))
    }

    /// The methods of a path, sorted; HEAD where there is GET.
    fn methods(&self, path: &str) -> Vec<&str> {
        let mut methods: Vec<&str> =
            self.below(path).flat_map(|path| self.tree.methods(path)).map(Method::name).collect();
        if methods.contains(&"GET") {
            methods.push("HEAD");
        }
        if !methods.is_empty() && self.options != Options::Refuse {
            methods.push("OPTIONS");
        }
        methods.sort_unstable();
        methods.dedup();
        methods
    }
}
