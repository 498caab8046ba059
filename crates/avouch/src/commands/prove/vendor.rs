//! `avouch vendor …`

use super::args::{ActArgs, ImportArgs, ListArgs};
use super::book::{Acted, Book, actor, day, many, person, shown_day, table};
use super::register::{self, Entry};
use super::register_args::VendorReviewArgs;
use super::{Failed, answer, files};
use crate::commands::key::now_ms;
use crate::exit::Exit;
use anyhow::anyhow;
use avouch_model::coding::{Later, Word};
use avouch_model::fact::vendor::{Vendor, VendorEvent, VendorRisk};
use avouch_prove::frequency::Frequency;
use avouch_prove::period::Period;
use avouch_prove::registers::vendors::{VendorState, fold};
use serde::Deserialize;

/// A vendor of the register.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Listed {
    id: String,
    name: String,
    service: Option<String>,
    risk: Option<String>,
    #[serde(default)]
    destinations: Vec<String>,
    #[serde(default)]
    classes: Vec<String>,
    contract: Option<bool>,
    privacy_terms: Option<bool>,
    breach_terms: Option<bool>,
    owner: Option<String>,
    #[serde(default)]
    ended: bool,
}

impl Entry for Listed {
    type State = VendorState;
    const WHAT: &'static str = "vendor";
    const FORM: &'static str =
        "each vendor is a table `[[vendor]]` with `id` and `name`; see `docs/prove.md`";
    const END: &'static str = "ended = true";

    fn id(&self) -> &str {
        &self.id
    }

    fn of(state: &VendorState) -> Option<&str> {
        state.ended.is_none().then_some(&state.id)
    }

    fn known<'s>(&self, states: &'s [VendorState]) -> Option<&'s VendorState> {
        states.iter().find(|state| state.id == self.id)
    }

    fn changed(&self, act: &ActArgs, known: Option<&VendorState>) -> Result<Option<Acted>, Failed> {
        changed(act, self, known)
    }
}

/// Records what changed.
pub(super) fn import(args: &ImportArgs) -> Result<Exit, Failed> {
    register::import::<Listed>(args, fold)
}

fn changed(
    act: &ActArgs,
    listed: &Listed,
    known: Option<&VendorState>,
) -> Result<Option<Acted>, Failed> {
    let risk = listed.risk.as_deref().map(|word| {
        VendorRisk::parse(word).ok_or_else(|| {
            Failed::usage(anyhow!("vendor `{}`: `{word}` is no rating", listed.id))
                .advice("it is one of low, medium, high")
        })
    });
    let risk = risk.transpose()?;
    let event = match known {
        Some(state) if listed.ended && state.ended.is_none() => VendorEvent::Ended,
        Some(state) if listed.ended || (state.ended.is_none() && is_same(listed, risk, state)) => {
            return Ok(None);
        }
        Some(_) => VendorEvent::Changed,
        None if listed.ended => return Ok(None),
        None => VendorEvent::Registered,
    };
    let fact = Vendor {
        id: listed.id.clone(),
        event,
        name: listed.name.clone(),
        service: listed.service.clone(),
        risk,
        destinations: listed.destinations.clone(),
        classes: listed.classes.clone(),
        contract: listed.contract,
        privacy_terms: listed.privacy_terms,
        breach_terms: listed.breach_terms,
        owner: listed.owner.as_deref().map(person).transpose()?,
        actor: Some(actor(act)?),
        review_due_ms: None,
        evidence: Vec::new(),
        covered_from_ms: None,
        covered_to_ms: None,
        because: act.because.clone(),
        effective_ms: day(act.effective.as_deref())?,
        collected_ms: day(act.collected.as_deref())?,
        later: Later::default(),
    };
    Acted::new(format!("vendor `{}` {}", listed.id, event.word()), &fact).map(Some)
}

fn is_same(listed: &Listed, risk: Option<VendorRisk>, state: &VendorState) -> bool {
    fn said<T: PartialEq>(new: Option<&T>, old: Option<&T>) -> bool {
        new.is_none() || new == old
    }
    listed.name == state.name
        && listed.destinations == state.destinations
        && listed.classes == state.classes
        && said(listed.service.as_ref(), state.service.as_ref())
        && said(risk.as_ref(), state.risk.as_ref())
        && said(listed.contract.as_ref(), state.contract.as_ref())
        && said(listed.privacy_terms.as_ref(), state.privacy_terms.as_ref())
        && said(listed.breach_terms.as_ref(), state.breach_terms.as_ref())
        && said(listed.owner.as_ref(), state.owner.as_ref())
}

/// Records that a vendor was looked at.
pub(super) fn review(args: &VendorReviewArgs) -> Result<Exit, Failed> {
    let book = Book::of(&args.act.source)?;
    let states = fold(&book.now()?);
    let Some(state) = states.iter().find(|state| state.id == args.id && state.ended.is_none())
    else {
        return Err(Failed::usage(anyhow!("there is no vendor `{}`", args.id.escape_default()))
            .advice("`avouch vendor list` names them"));
    };
    let covers = args.covers.as_deref().map(|text| {
        let (from, to) = text.split_once("..").ok_or_else(|| {
            anyhow!("`{}` is not of the form 2026-01-01..2026-12-31", text.escape_default())
        })?;
        Period::of_days(from, to).map_err(anyhow::Error::from)
    });
    let covers = covers.transpose().map_err(Failed::usage)?;
    let documents: Vec<_> = args
        .document
        .iter()
        .map(|path| files::document(path).map(|(digest, _)| digest))
        .collect::<Result<_, _>>()?;
    let effective_ms = day(args.act.effective.as_deref())?.unwrap_or_else(now_ms);
    let due_ms = day(args.review_due.as_deref())?.or(Frequency::Annual.due_ms(effective_ms));
    let who = actor(&args.act)?;
    let says = format!(
        "vendor `{}` looked at by {} with {}; again by {}",
        state.id,
        who.shown(),
        many(documents.len(), "document", "documents"),
        shown_day(due_ms)
    );
    let fact = Vendor {
        id: state.id.clone(),
        event: VendorEvent::Reviewed,
        name: state.name.clone(),
        service: None,
        risk: None,
        destinations: Vec::new(),
        classes: Vec::new(),
        contract: None,
        privacy_terms: None,
        breach_terms: None,
        owner: None,
        actor: Some(who),
        review_due_ms: due_ms,
        evidence: documents,
        covered_from_ms: covers.map(|period| period.from_ms),
        covered_to_ms: covers.map(|period| period.to_ms - 1),
        because: args.act.because.clone(),
        effective_ms: Some(effective_ms),
        collected_ms: day(args.act.collected.as_deref())?,
        later: Later::default(),
    };
    book.record(&args.act, vec![Acted::new(says, &fact)?])?;
    Ok(Exit::Clean)
}

/// Lists them.
pub(super) fn list(args: &ListArgs) -> Result<Exit, Failed> {
    let book = Book::of(&args.source)?;
    let states = fold(&book.now()?);
    if args.json {
        answer(&format!("{:#}\n", serde_json::to_value(&states).map_err(Failed::broken)?))?;
        return Ok(Exit::Clean);
    }
    let row = |state: &VendorState| {
        let yes =
            |said: Option<bool>| said.map_or("-", |yes| if yes { "yes" } else { "no" }).to_owned();
        vec![
            state.id.clone(),
            state.risk.map_or("-", Word::word).to_owned(),
            yes(state.contract),
            state.owner.clone().unwrap_or_default(),
            shown_day(state.reviewed.map(|(_, at)| at)),
            shown_day(state.review_due_ms),
            if state.classes.is_empty() { "-".to_owned() } else { state.classes.join(" ") },
            state.name.clone(),
        ]
    };
    let rows: Vec<Vec<String>> =
        states.iter().filter(|state| state.ended.is_none()).map(row).collect();
    answer(&table(
        &["id", "risk", "contract", "owner", "looked at", "again by", "gets", "vendor"],
        &rows,
    ))?;
    Ok(Exit::Clean)
}
