//! Fills requests with values the target knows.

use crate::bodies;
use crate::corpus::{Binding, Corpus, Source};
use crate::inputs::body_media;
use crate::links;
use crate::objects::{kin, removal_template};
use crate::oracle::leaves::plain_key;
use crate::step::{Creation, Request};
use avouch_catalog::{Catalog, request_line, values};
use avouch_model::identity::Who;
use avouch_model::operation::{Operation, Place};
use serde_json::Value;
use std::collections::BTreeMap;

/// LIMIT: parents tried for one nested object.
const PARENTS_MAX: usize = 2;

/// A request with real values, and where they come from.
#[derive(Clone, Debug, PartialEq)]
pub struct Planned {
    /// The request, without credential.
    pub request: Request,
    /// Values of its path parameters.
    pub bindings: Vec<Binding>,
}

/// How far to go for values of path parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// Only values the identity was answered.
    Answered,
    /// Else what the description shows.
    Described,
    /// Else values that merely fit.
    Invented,
}

/// What plans are made from.
#[derive(Clone, Copy, Debug)]
pub struct Planner<'p> {
    /// Every operation.
    pub catalog: &'p Catalog,
    /// What was answered so far.
    pub corpus: &'p Corpus,
    /// The path all operations begin with.
    pub base_path: &'p str,
}

impl Planner<'_> {
    /// Up to `objects` requests for the operation with different last parameters, as that identity
    /// may know them. None when a path parameter has no value within reach.
    pub fn plans(
        &self,
        operation: &Operation,
        who: Who,
        reach: Reach,
        objects: usize,
    ) -> Vec<Planned> {
        let parameters: Vec<String> =
            kin::choosing(operation).into_iter().map(str::to_owned).collect();
        let mut partial = vec![Vec::new()];
        for (position, parameter) in parameters.iter().enumerate() {
            let last = position + 1 == parameters.len();
            let width = if last { objects } else { PARENTS_MAX };
            partial = partial
                .into_iter()
                .flat_map(|fixed: Vec<Binding>| {
                    let values = self.values(operation, parameter, who, reach, &fixed);
                    values.into_iter().take(width).map(move |binding| {
                        let mut bindings = fixed.clone();
                        bindings.push(binding);
                        bindings
                    })
                })
                .collect();
        }
        partial.truncate(objects);
        let planned = |bindings| self.planned(operation, who, reach, bindings);
        partial.into_iter().filter_map(planned).collect()
    }

    fn values(
        &self,
        operation: &Operation,
        parameter: &str,
        who: Who,
        reach: Reach,
        fixed: &[Binding],
    ) -> Vec<Binding> {
        let of =
            |who| links::candidates(self.catalog, self.corpus, operation, parameter, who, fixed);
        let mut found = of(who);
        if who == Who::Nobody {
            // What a stranger can open is only seen by trying what others know.
            for other in [Who::A, Who::B, Who::High] {
                found.extend(of(other));
            }
        }
        let answered = |b: &Binding| b.source.is_answered();
        let others_know = [Who::A, Who::B].into_iter().any(|who| of(who).iter().any(answered));
        // Where anybody was answered ids, an id from the description is somebody's: reading it as
        // another identity would blur whose it is.
        if reach == Reach::Answered || others_know {
            found.retain(answered);
        }
        if found.is_empty() && reach == Reach::Invented && !others_know {
            found.extend(invented(operation, parameter));
        }
        found
    }

    fn planned(
        &self,
        operation: &Operation,
        who: Who,
        reach: Reach,
        bindings: Vec<Binding>,
    ) -> Option<Planned> {
        let mut given: BTreeMap<(Place, String), Value> = bindings
            .iter()
            .map(|b| {
                let in_path = operation.path_parameters().any(|name| name == b.parameter);
                let place = if in_path { Place::Path } else { Place::Query };
                ((place, b.parameter.clone()), Value::String(b.value.clone()))
            })
            .collect();
        for parameter in operation.parameters.iter().filter(|p| p.place != Place::Path) {
            let shown = !parameter.examples.is_empty() || !parameter.schema.examples.is_empty();
            let is_credential = parameter.name.eq_ignore_ascii_case("authorization");
            // What says in whose name it is asked, such as a tenant's header, is the caller's own.
            if parameter.required && parameter.place == Place::Header && !is_credential {
                let key = plain_key(&parameter.name);
                let key = key.strip_prefix('x').unwrap_or(&key);
                let own = self.corpus.named(who, key).first();
                if let Some((value, _)) = own {
                    let place = (Place::Header, parameter.name.clone());
                    given.insert(place, Value::String(value.clone()));
                } else if kin::is_id(&parameter.name) && reach == Reach::Answered {
                    return None;
                }
            }
            let chosen = given.contains_key(&(parameter.place, parameter.name.clone()));
            if !chosen
                && (parameter.required || (shown && parameter.place == Place::Query))
                && !is_credential
            {
                let example = parameter.examples.first().cloned();
                let value = example
                    .unwrap_or_else(|| values::value_for(&parameter.name, &parameter.schema, 0));
                given.insert((parameter.place, parameter.name.clone()), value);
            }
        }
        let line = request_line::compose(operation, &given).ok()?;
        let target = format!("{}{}", self.base_path, line.target());
        let mut request = Request::new(operation.method.clone(), target);
        for (name, value) in &line.headers {
            request = request.header(name, value.clone());
        }
        if !line.cookies.is_empty() {
            let pairs: Vec<String> = line.cookies.iter().map(|(n, v)| format!("{n}={v}")).collect();
            request = request.header("cookie", pairs.join("; "));
        }
        Some(Planned { request, bindings })
    }

    /// A request that creates an object through a collection, in the active tier, inside parents that
    /// may be written to; `None` when there is none or the operation takes no body that we know how
    /// to write.
    pub fn creation(
        &self,
        operation: &Operation,
        who: Who,
        marker: &str,
        salt: u64,
        may_hold: impl Fn(&str) -> bool,
    ) -> Option<Planned> {
        let mut plans =
            self.plans(operation, who, Reach::Answered, links::CANDIDATES_MAX).into_iter();
        let planned = plans.find(|plan| plan.bindings.iter().all(|b| may_hold(&b.value)))?;
        let mut planned = self.with_body(planned, operation, who, marker, salt)?;
        planned.request.creates = Some(Creation {
            by: operation.id.clone(),
            remove: removal_template(self.catalog, operation),
            named: None,
            marker: marker.to_owned(),
        });
        Some(planned)
    }

    /// A request that writes to an object that was made before what was written there already, so
    /// that it stays as it was read; `None` as for [`Planner::creation`].
    pub fn change(
        &self,
        operation: &Operation,
        who: Who,
        made: Binding,
        sent: &Value,
    ) -> Option<Planned> {
        let planned = self.planned(operation, who, Reach::Invented, vec![made])?;
        let media = body_media(operation);
        let described = media.and_then(|media| bodies::body_for(media, 0));
        let mut body = described.unwrap_or_else(|| sent.clone());
        bodies::refer(self.catalog, self.corpus, who, &mut body);
        for (name, value) in body.as_object_mut().into_iter().flatten() {
            if let Some(before) = sent.get(name) {
                value.clone_from(before);
            }
        }
        let request = bodies::put(planned.request, media, &body);
        Some(Planned { request, ..planned })
    }

    fn with_body(
        &self,
        mut planned: Planned,
        operation: &Operation,
        who: Who,
        marker: &str,
        salt: u64,
    ) -> Option<Planned> {
        let media = body_media(operation);
        let described = media.and_then(|media| {
            // Marked where there is room, so that it can be found again if its address is never
            // told.
            bodies::marked_body(media, marker, salt).or_else(|| values::body_for(media, salt))
        });
        // A body of another kind than ours is said to be needed: a guess would only be refused.
        let open = operation.body.is_empty() || media.is_some();
        let guess = || bodies::guessed(self.catalog, self.corpus, operation, who);
        let mut body = described.or_else(|| if open { guess() } else { None })?;
        bodies::refer(self.catalog, self.corpus, who, &mut body);
        if let Some(media) = media {
            let word = marker.get(marker.len().saturating_sub(8)..).unwrap_or_default();
            bodies::rename(media, &mut body, "", None, word);
        }
        planned.request = bodies::put(planned.request, media, &body);
        Some(planned)
    }
}

fn invented(operation: &Operation, parameter: &str) -> Option<Binding> {
    let chooses = |place| matches!(place, Place::Path | Place::Query);
    let described =
        operation.parameters.iter().find(|p| chooses(p.place) && p.name == parameter)?;
    let value = match values::value_for(parameter, &described.schema, 0) {
        Value::String(text) => text,
        other => other.to_string(),
    };
    Some(Binding { parameter: parameter.to_owned(), value, source: Source::Invented })
}
