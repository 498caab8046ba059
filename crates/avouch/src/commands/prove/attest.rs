//! `avouch control attest`

use super::args::AttestArgs;
use super::book::{Acted, Book, actor, day};
use super::{Failed, files};
use crate::commands::key::now_ms;
use crate::exit::Exit;
use anyhow::anyhow;
use avouch_model::coding::Later;
use avouch_model::fact::evidence::{Evidence, EvidenceEvent, EvidenceKind};
use avouch_prove::controls;
use avouch_prove::criteria::CriterionId;
use avouch_prove::rules::attest::standing;

const DAY_MS: u64 = 86_400_000;

/// Records what somebody says or hands in.
pub(super) fn run(args: &AttestArgs) -> Result<Exit, Failed> {
    let (controls, criteria) = about(&args.about)?;
    let book = Book::of(&args.act.source)?;
    if let Some(id) = &args.withdraw {
        return withdraw(args, &book, id);
    }
    let to_ms = day(args.to.as_deref())?.map(|begin| begin + DAY_MS - 1);
    let from_ms = day(args.from.as_deref())?;
    let end_ms = to_ms.unwrap_or_else(now_ms);
    if from_ms.is_some_and(|from| from > end_ms) {
        return Err(Failed::usage(anyhow!("it ends before it begins")));
    }
    if to_ms.is_some_and(|to| to > now_ms() + DAY_MS) {
        return Err(Failed::usage(anyhow!("nobody can speak of days that have not come"))
            .advice("say the last day that has passed with `--to`"));
    }
    let (digest, bytes, kind) = match &args.document {
        Some(path) => {
            let (digest, bytes) = files::document(path)?;
            (digest, Some(bytes), EvidenceKind::Report)
        }
        None => (files::digest(&args.says), None, EvidenceKind::Statement),
    };
    let who = actor(&args.act)?;
    let shown = who.shown();
    let about = args.about.join(", ");
    let prefix: String = digest.to_string().chars().take(12).collect();
    let evidence = Evidence {
        id: format!("E-{}-{prefix}", end_ms / 1000),
        event: EvidenceEvent::Received,
        evidence_kind: kind,
        title: args.says.clone(),
        digest,
        media_type: None,
        bytes,
        source: args.document.as_ref().map(|path| path.display().to_string()),
        query: None,
        rows: None,
        inputs: Vec::new(),
        controls,
        criteria,
        effective_from_ms: Some(from_ms.unwrap_or(end_ms)),
        effective_to_ms: Some(end_ms),
        collected_ms: day(args.act.collected.as_deref())?,
        actor: Some(who),
        because: args.act.because.clone(),
        later: Later::default(),
    };
    let says = match kind {
        EvidenceKind::Statement => {
            format!("{} for {about}: `{}` says: {}", evidence.id, shown, args.says)
        }
        _ => format!(
            "{} for {about}: `{shown}` hands in `{}`, SHA-256 {digest}",
            evidence.id, args.says
        ),
    };
    book.record(&args.act, vec![Acted::new(says, &evidence)?])?;
    Ok(Exit::Clean)
}

/// Tells controls from criteria. An id that is neither is refused.
fn about(ids: &[String]) -> Result<(Vec<String>, Vec<String>), Failed> {
    let (mut of_controls, mut of_criteria) = (Vec::new(), Vec::new());
    for id in ids {
        if let Some(control) = controls::find(id) {
            of_controls.push(control.id.to_owned());
        } else if let Ok(criterion) = id.to_uppercase().parse::<CriterionId>() {
            of_criteria.push(criterion.to_string());
        } else {
            return Err(Failed::usage(anyhow!(
                "`{}` is neither a control nor a criterion",
                id.escape_default()
            ))
            .advice("`avouch control list` names the controls"));
        }
    }
    Ok((of_controls, of_criteria))
}

fn withdraw(args: &AttestArgs, book: &Book, id: &str) -> Result<Exit, Failed> {
    let history = book.now()?;
    let Some(found) = standing(&history).find(|entry| entry.fact.id == id) else {
        return Err(Failed::usage(anyhow!("nothing is handed in under `{}`", id.escape_default())));
    };
    let evidence = Evidence {
        event: EvidenceEvent::Withdrawn,
        actor: Some(actor(&args.act)?),
        because: Some(args.act.because.clone().unwrap_or_else(|| args.says.clone())),
        ..found.fact.clone()
    };
    let says = format!("{id} is withdrawn: {}", args.says);
    book.record(&args.act, vec![Acted::new(says, &evidence)?])?;
    Ok(Exit::Clean)
}
