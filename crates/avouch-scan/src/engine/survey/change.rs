//! In the active tier what this scan made is written to once, as it already is, so that payloads have a
//! baseline where objects are changed.
//!
//! In scope: PUT and PATCH on objects whose creation was answered. Out of scope: what the identities
//! owned before, and adding things inside of objects, which is part of making them.

use super::{Survey, populate};
use crate::corpus::{Binding, Corpus, Source};
use crate::objects::kin::{Way, kinship};
use crate::objects::{accepted, is_maker, new_id};
use crate::plan::{Planned, Planner};
use avouch_model::identity::Who;
use avouch_model::operation::{Method, Operation};
use serde_json::Value;

/// One write for each operation that changes what the first identity made.
pub(super) fn changes(survey: &Survey<'_>, corpus: &Corpus) -> Vec<(Operation, Who, Planned)> {
    let first = survey.identities.iter().copied().find(|who| *who != Who::Nobody);
    let Some(who) = first.or_else(|| survey.identities.first().copied()) else {
        return Vec::new();
    };
    let planner = Planner { catalog: survey.catalog, corpus, base_path: survey.base_path };
    let writes = survey.catalog.operations.iter().filter(|operation| {
        matches!(operation.method, Method::Put | Method::Patch)
            && operation.path_parameters().count() == 1
            && populate::stays_with_us(operation)
    });
    let wanted = writes.filter_map(|operation| {
        let (made, sent) = made_object(survey, corpus, operation, who)?;
        Some((operation.clone(), who, planner.change(operation, who, made, &sent)?))
    });
    wanted.collect()
}

/// An object of the scan's own that the write can name, and what was sent to make it.
fn made_object(
    survey: &Survey<'_>,
    corpus: &Corpus,
    operation: &Operation,
    who: Who,
) -> Option<(Binding, Value)> {
    let creators = survey.catalog.operations.iter().filter(|o| is_maker(survey.catalog, o));
    let kin = creators.filter_map(|create| match kinship(create, operation)? {
        (rank, Way::Path(parameter)) => Some((rank, create, parameter)),
        _ => None,
    });
    let (_, create, parameter) = kin.min_by_key(|(rank, ..)| *rank)?;
    let made = corpus.of(&create.id, who).find(|sample| sample.request.creates.is_some())?;
    let answer = made.success().filter(|answer| accepted(answer))?;
    let sent = made.sent_body()?;
    let value = new_id(answer, parameter, &create.path, Some(&sent))?;
    let source = Source::Collection(create.id.clone());
    Some((Binding { parameter: parameter.to_owned(), value, source }, sent))
}
