//! What was read: operations, schemes, servers, warnings.

use crate::graph::Graph;
use crate::template::{self, Literalness};
use avouch_model::operation::{Method, Operation, Place};
use avouch_model::report::Warning;
use std::collections::BTreeMap;
use url::Url;

/// In which form an API was described.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// Nobody described it.
    #[default]
    Undescribed,
    /// `OpenAPI` 3.0.
    OpenApi30,
    /// `OpenAPI` 3.1, and later ones as far as they are alike.
    OpenApi31,
    /// Swagger 2.0.
    Swagger20,
    /// The schema of a graph.
    GraphQl,
    /// A Postman collection: requests that somebody saved.
    Postman,
    /// An HTTP archive: traffic that somebody recorded.
    Har,
}

impl Format {
    /// What people call it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Undescribed => "no description",
            Self::OpenApi30 => "OpenAPI 3.0",
            Self::OpenApi31 => "OpenAPI 3.1",
            Self::Swagger20 => "Swagger 2.0",
            Self::GraphQl => "GraphQL",
            Self::Postman => "Postman collection",
            Self::Har => "HAR recording",
        }
    }
}

/// How a caller shows who it is (OpenAPI 3.1, 4.8.27).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecurityScheme {
    /// A secret value in a header, cookie or query parameter.
    ApiKey {
        /// The name of the header, cookie or parameter.
        name: String,
        /// Where it travels; never the path.
        place: Place,
    },
    /// The `Authorization` header (RFC 9110, section 11.6.2).
    Http {
        /// The scheme's name in lower case, such as `bearer` or `basic`.
        scheme: String,
        /// A hint at what a bearer token is, such as `JWT`.
        bearer_format: Option<String>,
    },
    /// OAuth 2 (RFC 6749).
    OAuth2 {
        /// Ways to get a token, by name: `implicit`, `password`, `clientCredentials`,
        /// `authorizationCode`.
        flows: BTreeMap<String, Flow>,
    },
    /// `OpenID` Connect Discovery.
    OpenIdConnect {
        /// Where its metadata is.
        url: String,
    },
    /// A client certificate (mutual TLS).
    MutualTls,
}

/// One way to get an OAuth 2 token.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Flow {
    /// Where tokens are issued.
    pub token_url: Option<String>,
    /// Where a person consents.
    pub authorization_url: Option<String>,
    /// Where tokens are renewed.
    pub refresh_url: Option<String>,
    /// Scopes and what they are for.
    pub scopes: BTreeMap<String, String>,
}

/// Which operations an API has, and how a caller is known.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Catalog {
    /// What the API calls itself; empty when nothing is known.
    pub title: String,
    /// The version of the API, not of the format; empty when nothing is known.
    pub version: String,
    /// In which form it was described.
    pub format: Format,
    /// What it can be asked to do, in the order of the description.
    pub operations: Vec<Operation>,
    /// Security schemes by the name requirements use.
    pub schemes: BTreeMap<String, SecurityScheme>,
    /// Addresses of servers as given, absolute or relative to the description, with variables
    /// replaced by their defaults. Empty when the description names none.
    pub servers: Vec<String>,
    /// What was wrong with the description.
    pub warnings: Vec<Warning>,
    /// Graphs whose schema is known. The fields of their roots are operations too.
    pub graphs: Vec<Graph>,
}

impl Catalog {
    /// A catalogue of nothing, to be filled by discovery.
    pub fn empty() -> Self {
        Self::default()
    }

    /// The path of the first server, without a slash at its end: `/v1`, or nothing for the root.
    /// Stands between the origin and [`Operation::path`].
    pub fn base_path(&self) -> String {
        self.servers.first().map(|server| path_of(server)).unwrap_or_default()
    }

    /// The paths of all servers, as [`Catalog::base_path`] is of the first; each once, and the root
    /// when no server is named.
    pub fn base_paths(&self) -> Vec<String> {
        let mut paths: Vec<String> = Vec::new();
        for path in self.servers.iter().map(|server| path_of(server)) {
            if !paths.contains(&path) {
                paths.push(path);
            }
        }
        if paths.is_empty() {
            paths.push(String::new());
        }
        paths
    }

    /// The operation that a concrete path belongs to; of several the one whose template has its
    /// literal parts furthest to the left, then the most of them. The path stands without query; it
    /// may begin with [`Catalog::base_path`] or not.
    pub fn find(&self, method: &Method, path: &str) -> Option<&Operation> {
        let base = self.base_path();
        let below = path.strip_prefix(base.as_str()).filter(|rest| rest.starts_with('/'));
        let below = below.filter(|_| !base.is_empty());
        self.find_below(method, path).or_else(|| self.find_below(method, below?))
    }

    fn find_below(&self, method: &Method, path: &str) -> Option<&Operation> {
        let matches = self.operations.iter().filter(|operation| operation.method == *method);
        let scored = matches.filter_map(|operation| {
            template::matches(&operation.path, path).map(|literalness| (literalness, operation))
        });
        best(scored)
    }
}

/// The first of the most literal.
fn best<'a>(scored: impl Iterator<Item = (Literalness, &'a Operation)>) -> Option<&'a Operation> {
    let mut best: Option<(Literalness, &Operation)> = None;
    for (literalness, operation) in scored {
        if best.as_ref().is_none_or(|(most, _)| literalness > *most) {
            best = Some((literalness, operation));
        }
    }
    best.map(|(_, operation)| operation)
}

fn path_of(server: &str) -> String {
    let placed =
        if server.starts_with("//") { format!("http:{server}") } else { server.to_owned() };
    let path = match Url::parse(&placed) {
        Ok(url) if url.has_host() => url.path().to_owned(),
        _ => {
            let path = placed.split(['?', '#']).next().unwrap_or_default();
            format!("/{}", path.trim_start_matches("./").trim_start_matches('/'))
        }
    };
    path.trim_end_matches('/').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn catalog(paths: &[&str], servers: &[&str]) -> Catalog {
        let operations =
            paths.iter().map(|path| Operation::discovered(Method::Get, *path)).collect();
        let servers = servers.iter().map(|&server| server.to_owned()).collect();
        Catalog { operations, servers, ..Catalog::empty() }
    }

    #[test]
    fn the_most_literal_template_wins() {
        let catalog = catalog(&["/{a}/{b}", "/orders/{id}", "/orders/mine", "/{a}/mine"], &[]);
        let found = |path| catalog.find(&Method::Get, path).map(|operation| &*operation.path);
        assert_eq!(found("/orders/mine"), Some("/orders/mine"));
        assert_eq!(found("/orders/7"), Some("/orders/{id}"));
        assert_eq!(found("/users/mine"), Some("/{a}/mine"));
        assert_eq!(found("/users/7"), Some("/{a}/{b}"));
        assert_eq!(found("/users"), None);
        assert_eq!(catalog.find(&Method::Post, "/orders/7"), None);
    }

    #[test]
    fn a_path_is_found_with_and_without_the_base() {
        let catalog = catalog(&["/orders/{id}"], &["https://shop.example/api/v1/"]);
        assert_eq!(catalog.base_path(), "/api/v1");
        assert!(catalog.find(&Method::Get, "/orders/7").is_some());
        assert!(catalog.find(&Method::Get, "/api/v1/orders/7").is_some());
        assert!(catalog.find(&Method::Get, "/api/v10/orders/7").is_none());
    }

    #[test]
    fn the_base_path_of_any_server_is_known() {
        let base = |server| catalog(&[], &[server]).base_path();
        assert_eq!(base("/"), "");
        assert_eq!(base("/v2/"), "/v2");
        assert_eq!(base("v2"), "/v2");
        assert_eq!(base("./v2"), "/v2");
        assert_eq!(base("//shop.example/v2"), "/v2");
        assert_eq!(base("https://shop.example"), "");
        assert_eq!(base("https://{region}.shop.example/v3"), "/v3");
        assert_eq!(Catalog::empty().base_path(), "");
    }
}
