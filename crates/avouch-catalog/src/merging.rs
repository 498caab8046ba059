//! Several descriptions of one API into one catalogue.
//!
//! The first description counts for what it says; the others add operations it does not have, and
//! examples where it shows none. So an `OpenAPI` document and recorded traffic complete each other.

use crate::catalog::{Catalog, SecurityScheme};
use crate::template;
use avouch_model::operation::{Method, Operation, OperationId, Place, Security};
use std::collections::HashMap;

/// Examples of one input that are kept.
// LIMIT: 8 examples.
const EXAMPLES_MAX: usize = 8;

impl Catalog {
    /// Adds what another description of the same API knows.
    pub fn merge(&mut self, mut other: Self) {
        if self.operations.is_empty() && self.schemes.is_empty() && self.servers.is_empty() {
            let warnings = std::mem::take(&mut self.warnings);
            *self = other;
            self.warnings.splice(0..0, warnings);
            return;
        }
        self.same_base(&mut other);
        let renamed = self.add_schemes(&other.schemes);
        let mut known: HashMap<(Method, String), usize> = HashMap::new();
        for (at, operation) in self.operations.iter().enumerate() {
            known.entry(key(operation)).or_insert(at);
        }
        // What a graph holds is taken in below, with the graph.
        for mut operation in other.operations.into_iter().filter(|one| one.graph.is_none()) {
            rename(&mut operation.security, &renamed);
            match known.get(&key(&operation)).and_then(|at| self.operations.get_mut(*at)) {
                Some(mine) => complete(mine, operation),
                None => self.operations.push(operation),
            }
        }
        if self.servers.is_empty() {
            self.servers = other.servers;
        }
        other.graphs.into_iter().for_each(|graph| self.add_graph(graph));
        self.warnings.append(&mut other.warnings);
    }

    /// Makes both speak of paths below the same base.
    fn same_base(&mut self, other: &mut Self) {
        let (mine, theirs) = (self.base_path(), other.base_path());
        if mine == theirs || other.servers.is_empty() {
            return;
        }
        let below = other.operations.iter().all(|operation| {
            let whole = format!("{theirs}{}", operation.path);
            whole.strip_prefix(mine.as_str()).is_some_and(|rest| rest.starts_with('/'))
        });
        if self.servers.is_empty() || below {
            other.operations.iter_mut().for_each(|operation| {
                let whole = format!("{theirs}{}", operation.path);
                moved(operation, whole.strip_prefix(mine.as_str()).unwrap_or(&whole));
            });
        } else {
            // No common beginning: the base is that of the origin for both.
            for (catalog, base) in [(&mut *self, &mine), (other, &theirs)] {
                catalog.operations.iter_mut().for_each(|operation| {
                    let whole = format!("{base}{}", operation.path);
                    moved(operation, &whole);
                });
            }
            self.servers = vec!["/".to_owned()];
        }
    }

    /// Adds schemes; one whose name means something else here gets another name.
    fn add_schemes(
        &mut self,
        others: &std::collections::BTreeMap<String, SecurityScheme>,
    ) -> HashMap<String, String> {
        let mut renamed = HashMap::new();
        for (name, scheme) in others {
            let mut free = name.clone();
            let mut number = 2;
            while self.schemes.get(&free).is_some_and(|mine| mine != scheme) {
                free = format!("{name} {number}");
                number += 1;
            }
            self.schemes.entry(free.clone()).or_insert_with(|| scheme.clone());
            if free != *name {
                renamed.insert(name.clone(), free);
            }
        }
        renamed
    }
}

fn key(operation: &Operation) -> (Method, String) {
    (operation.method.clone(), template::shape(&operation.path))
}

fn moved(operation: &mut Operation, path: &str) {
    path.clone_into(&mut operation.path);
    operation.id = OperationId::new(&operation.method, path);
}

fn rename(security: &mut Security, renamed: &HashMap<String, String>) {
    let (Security::Optional(any) | Security::Required(any)) = security else { return };
    for (name, _) in any.iter_mut().flat_map(|one| &mut one.schemes) {
        if let Some(other) = renamed.get(name) {
            name.clone_from(other);
        }
    }
}

/// Completes what the first description says with what another shows.
fn complete(mine: &mut Operation, other: Operation) {
    let names: Vec<String> = mine.path_parameters().map(str::to_owned).collect();
    let others: Vec<String> = other.path_parameters().map(str::to_owned).collect();
    for mut parameter in other.parameters {
        // Parameters of a path are the same by their position.
        if parameter.place == Place::Path {
            let at = others.iter().position(|name| *name == parameter.name);
            let Some(name) = at.and_then(|at| names.get(at)) else { continue };
            parameter.name.clone_from(name);
        }
        let same = mine
            .parameters
            .iter_mut()
            .find(|known| known.place == parameter.place && known.name == parameter.name);
        let Some(known) = same else {
            parameter.required = false;
            mine.parameters.push(parameter);
            continue;
        };
        for example in parameter.examples {
            if known.examples.len() < EXAMPLES_MAX && !known.examples.contains(&example) {
                known.examples.push(example);
            }
        }
    }
    for media in other.body {
        match mine.body.iter_mut().find(|known| known.media_type == media.media_type) {
            Some(known) if known.examples.is_empty() => known.examples = media.examples,
            Some(_) => (),
            None => mine.body.push(media),
        }
    }
    if mine.answers.is_empty() {
        mine.answers = other.answers;
    }
    if mine.security == Security::Undeclared {
        mine.security = other.security;
    }
    mine.summary = mine.summary.take().or(other.summary);
}

#[cfg(test)]
mod tests {
    use crate::catalog::Catalog;
    use crate::reading::{Document, read};
    use avouch_model::operation::Security;

    const OPENAPI: &str = "openapi: 3.0.0
servers: [{url: 'https://a.test/v1'}]
paths:
  /orders/{orderId}:
    get:
      parameters: [{name: orderId, in: path, required: true, schema: {type: integer}}]
      responses: {'200': {description: one}}
";

    fn catalog(text: &str) -> Catalog {
        let document = Document { name: "d".to_owned(), bytes: text.as_bytes().to_vec() };
        read(&document, &[]).unwrap().catalog
    }

    fn har(url: &str) -> Catalog {
        catalog(&format!(
            r#"{{"log": {{"entries": [{{"request": {{"method": "GET", "url": "{url}",
              "headers": [{{"name": "Authorization", "value": "Token x"}}]}}, "response": {{"status": 200,
              "content": {{"mimeType": "application/json", "text": "{{}}"}}}}}}]}}}}"#
        ))
    }

    fn ids(catalog: &Catalog) -> Vec<&str> {
        catalog.operations.iter().map(|operation| &*operation.id.0).collect()
    }

    #[test]
    fn a_recording_adds_examples_operations_and_how_a_credential_travels() {
        let mut both = catalog(OPENAPI);
        both.merge(har("https://a.test/v1/orders/17?page=2"));
        both.merge(har("https://a.test/v1/users/3"));
        assert_eq!(ids(&both), ["GET /orders/{orderId}", "GET /users/{userId}"]);
        let order = &both.operations[0];
        assert_eq!(order.parameters[0].examples, [17]);
        assert!(order.parameters[1].name == "page" && !order.parameters[1].required);
        assert_eq!(order.security, Security::Undeclared);
        assert_eq!(order.answers[0].status, "200");
        assert_eq!(both.base_path(), "/v1");
        assert!(both.schemes.contains_key("token"));
    }

    #[test]
    fn bases_that_have_nothing_in_common_become_one() {
        let mut both = catalog(OPENAPI);
        both.merge(har("https://a.test/api/users/3"));
        assert_eq!(ids(&both), ["GET /v1/orders/{orderId}", "GET /api/users/{userId}"]);
        assert_eq!(both.base_path(), "");
    }

    #[test]
    fn schemes_of_one_name_that_differ_are_both_kept() {
        let with = |place: &str| {
            catalog(&format!(
                "openapi: 3.0.0\nsecurity: [{{key: []}}]\npaths: {{/{place}: {{get: {{responses: {{'200': {{}}}}}}}}}}\ncomponents: {{securitySchemes: {{key: {{type: apiKey, in: {place}, name: k}}}}}}\n"
            ))
        };
        let mut both = with("header");
        both.merge(with("query"));
        assert_eq!(both.schemes.keys().collect::<Vec<_>>(), ["key", "key 2"]);
        let Security::Required(any) = &both.operations[1].security else { panic!("not required") };
        assert_eq!(any[0].schemes[0].0, "key 2");
    }

    #[test]
    fn nothing_merged_with_something_is_that() {
        let mut empty = Catalog::empty();
        empty.merge(catalog(OPENAPI));
        assert_eq!(empty, catalog(OPENAPI));
    }
}
