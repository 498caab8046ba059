//! `avouch risk …`

use super::args::{ActArgs, IdArgs, ImportArgs, ListArgs};
use super::book::{Acted, Book, actor, day, person, shown_day, table};
use super::register::{self, Entry};
use super::{Failed, answer, tell};
use crate::exit::Exit;
use anyhow::anyhow;
use avouch_model::coding::{Later, Word};
use avouch_model::fact::risk::{Risk, RiskEvent, Treatment};
use avouch_prove::controls;
use avouch_prove::registers::risks::{RiskState, fold};
use avouch_prove::rules::findings::opened;
use serde::Deserialize;
use serde_json::json;

/// A risk of the register.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Listed {
    id: String,
    title: String,
    likelihood: Option<u64>,
    impact: Option<u64>,
    residual_likelihood: Option<u64>,
    residual_impact: Option<u64>,
    treatment: Option<String>,
    owner: Option<String>,
    #[serde(default)]
    controls: Vec<String>,
    #[serde(default)]
    criteria: Vec<String>,
    #[serde(default)]
    signals: Vec<String>,
    review_due: Option<String>,
    because: Option<String>,
    #[serde(default)]
    closed: bool,
}

impl Entry for Listed {
    type State = RiskState;
    const WHAT: &'static str = "risk";
    const FORM: &'static str =
        "each risk is a table `[[risk]]` with `id` and `title`; see `docs/prove.md`";
    const END: &'static str = "closed = true";

    fn id(&self) -> &str {
        &self.id
    }

    fn of(state: &RiskState) -> Option<&str> {
        state.closed.is_none().then_some(&state.id)
    }

    fn known<'s>(&self, states: &'s [RiskState]) -> Option<&'s RiskState> {
        states.iter().find(|state| state.id == self.id)
    }

    fn changed(&self, act: &ActArgs, known: Option<&RiskState>) -> Result<Option<Acted>, Failed> {
        changed(act, self, known)
    }
}

/// Records what changed.
pub(super) fn import(args: &ImportArgs) -> Result<Exit, Failed> {
    register::import::<Listed>(args, fold)
}

fn rating(value: Option<u64>) -> Result<Option<u64>, Failed> {
    match value {
        Some(0 | 6..) => Err(Failed::usage(anyhow!("ratings go from 1 to 5"))),
        fine => Ok(fine),
    }
}

fn changed(
    act: &ActArgs,
    listed: &Listed,
    known: Option<&RiskState>,
) -> Result<Option<Acted>, Failed> {
    let treatment = listed.treatment.as_deref().map(|word| {
        Treatment::parse(word).ok_or_else(|| {
            Failed::usage(anyhow!("`{word}` is no treatment"))
                .advice("it is one of mitigate, accept, transfer, avoid")
        })
    });
    let treatment = treatment.transpose()?;
    if let Some(id) = listed.controls.iter().find(|id| controls::find(id).is_none()) {
        return Err(Failed::usage(anyhow!("`{id}` is not a control")));
    }
    let review_due_ms = day(listed.review_due.as_deref())?;
    let (event, what) = match known {
        None => (RiskEvent::Identified, "new".to_owned()),
        Some(state) => match difference(listed, state, treatment, review_due_ms) {
            Some(found) => found,
            None => return Ok(None),
        },
    };
    let fact = Risk {
        id: listed.id.clone(),
        event,
        title: listed.title.clone(),
        likelihood: rating(listed.likelihood)?,
        impact: rating(listed.impact)?,
        residual_likelihood: rating(listed.residual_likelihood)?,
        residual_impact: rating(listed.residual_impact)?,
        treatment,
        owner: listed.owner.as_deref().map(person).transpose()?,
        actor: Some(actor(act)?),
        controls: listed.controls.clone(),
        criteria: listed.criteria.clone(),
        signals: listed.signals.clone(),
        review_due_ms,
        because: act.because.clone().or_else(|| listed.because.clone()),
        effective_ms: day(act.effective.as_deref())?,
        collected_ms: day(act.collected.as_deref())?,
        later: Later::default(),
    };
    Acted::new(format!("risk `{}` {}: {what}", listed.id, event.word()), &fact).map(Some)
}

/// What the register says otherwise than the ledger.
fn difference(
    listed: &Listed,
    state: &RiskState,
    treatment: Option<Treatment>,
    review_due_ms: Option<u64>,
) -> Option<(RiskEvent, String)> {
    if listed.closed {
        return state
            .closed
            .is_none()
            .then(|| (RiskEvent::Closed, "it is there no more".to_owned()));
    }
    let differs = |new: Option<u64>, old: Option<u64>| new.is_some() && new != old;
    let rated =
        differs(listed.likelihood, state.likelihood) || differs(listed.impact, state.impact);
    let after = differs(listed.residual_likelihood, state.residual_likelihood)
        || differs(listed.residual_impact, state.residual_impact);
    let treated = treatment.is_some() && treatment != state.treatment;
    let guarded = !listed.controls.is_empty() && listed.controls != state.controls;
    let other = listed.title != state.title
        || (listed.owner.is_some() && listed.owner != state.owner)
        || (!listed.signals.is_empty() && listed.signals != state.signals)
        || differs(review_due_ms, state.review_due_ms);
    let said: Vec<&str> = [
        (rated, "rating"),
        (after, "rating after treatment"),
        (treated, "treatment"),
        (guarded, "controls"),
        (other, "title, owner, signals or date of review"),
    ]
    .into_iter()
    .filter_map(|(is, word)| is.then_some(word))
    .collect();
    if state.closed.is_some() {
        return Some((RiskEvent::Identified, "it is back".to_owned()));
    }
    let event = if rated {
        RiskEvent::Assessed
    } else if treated || after || guarded {
        RiskEvent::Treated
    } else if other {
        RiskEvent::Reviewed
    } else {
        return None;
    };
    Some((event, format!("changed {}", said.join(", "))))
}

/// Records that somebody bears a risk.
pub(super) fn accept(args: &IdArgs) -> Result<Exit, Failed> {
    let book = Book::of(&args.act.source)?;
    let states = fold(&book.now()?);
    let Some(state) = states.iter().find(|state| state.id == args.id && state.closed.is_none())
    else {
        return Err(Failed::usage(anyhow!("there is no open risk `{}`", args.id.escape_default()))
            .advice("`avouch risk list` names them"));
    };
    let Some(because) = args.act.because.clone() else {
        return Err(
            Failed::usage(anyhow!("nobody says why it is borne")).advice("say it with `--because`")
        );
    };
    let who = actor(&args.act)?;
    let says = format!("risk `{}` is borne by {}: {because}", state.id, who.shown());
    let fact = Risk {
        id: state.id.clone(),
        event: RiskEvent::Accepted,
        title: state.title.clone(),
        likelihood: None,
        impact: None,
        residual_likelihood: None,
        residual_impact: None,
        treatment: Some(Treatment::Accept),
        owner: None,
        actor: Some(who),
        controls: Vec::new(),
        criteria: Vec::new(),
        signals: Vec::new(),
        review_due_ms: None,
        because: Some(because),
        effective_ms: day(args.act.effective.as_deref())?,
        collected_ms: day(args.act.collected.as_deref())?,
        later: Later::default(),
    };
    book.record(&args.act, vec![Acted::new(says, &fact)?])?;
    Ok(Exit::Clean)
}

/// Shows open findings and vendors with data that no risk names as a signal.
pub(super) fn candidates(args: &ListArgs) -> Result<Exit, Failed> {
    let book = Book::of(&args.source)?;
    let history = book.now()?;
    let states = fold(&history);
    let named = |signal: &str| {
        states
            .iter()
            .any(|state| state.closed.is_none() && state.signals.iter().any(|one| one == signal))
    };
    let mut rows: Vec<(String, String, String, u64)> = Vec::new();
    for open in opened(&history).iter().filter(|open| open.fixed.is_none()) {
        let fact = &open.opened.fact;
        if open.severity >= avouch_model::severity::Severity::High && !named(&fact.fingerprint) {
            rows.push((
                fact.fingerprint.clone(),
                open.severity.to_string(),
                fact.title.clone(),
                open.opened.index,
            ));
        }
    }
    for vendor in avouch_prove::registers::vendors::fold(&history)
        .iter()
        .filter(|vendor| vendor.ended.is_none())
    {
        let gets = !vendor.classes.is_empty() && vendor.reviewed.is_none();
        if let (true, false, Some(entry)) = (gets, named(&vendor.id), vendor.entries.first()) {
            let what = format!(
                "{} gets {} and was never looked at",
                vendor.name,
                vendor.classes.join(", ")
            );
            rows.push((vendor.id.clone(), "vendor".to_owned(), what, *entry));
        }
    }
    if args.json {
        let all: Vec<_> = rows.iter().map(|(signal, kind, what, entry)| json!({ "signal": signal, "kind": kind, "what": what, "entry": entry })).collect();
        answer(&format!("{:#}\n", serde_json::Value::Array(all)))?;
        return Ok(Exit::Clean);
    }
    if rows.is_empty() {
        tell("nothing in the ledger that the register does not name as a signal");
        return Ok(Exit::Clean);
    }
    let rows: Vec<Vec<String>> = rows
        .into_iter()
        .map(|(signal, kind, what, entry)| vec![signal, kind, entry.to_string(), what])
        .collect();
    answer(&table(&["signal", "kind", "entry", "what may follow from it"], &rows))?;
    Ok(Exit::Clean)
}

/// Lists them, the highest first.
pub(super) fn list(args: &ListArgs) -> Result<Exit, Failed> {
    let book = Book::of(&args.source)?;
    let mut states = fold(&book.now()?);
    if args.json {
        answer(&format!("{:#}\n", serde_json::to_value(&states).map_err(Failed::broken)?))?;
        return Ok(Exit::Clean);
    }
    states.retain(|state| state.closed.is_none());
    states.sort_by_key(|state| std::cmp::Reverse(state.rating()));
    let number =
        |rating: Option<u64>| rating.map_or_else(|| "-".to_owned(), |rating| rating.to_string());
    let row = |state: &RiskState| {
        let treatment = match &state.accepted_by {
            Some(who) => format!("borne by {who}"),
            None => state.treatment.map_or("-", Word::word).to_owned(),
        };
        vec![
            state.id.clone(),
            number(state.rating()),
            number(state.residual()),
            treatment,
            state.owner.clone().unwrap_or_default(),
            shown_day(state.review_due_ms),
            state.title.clone(),
        ]
    };
    let rows: Vec<Vec<String>> = states.iter().map(row).collect();
    answer(&table(&["id", "rating", "after", "treatment", "owner", "review by", "risk"], &rows))?;
    Ok(Exit::Clean)
}
