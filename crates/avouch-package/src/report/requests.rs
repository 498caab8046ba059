//! What the auditor asked for, what answers it, and what is open.

// Writing to a string does not fail: the results are left out.
use super::{Told, text};
use crate::acts::signing::Signed;
use crate::acts::{Asked, Holds, Spoken, Standing};
use crate::time;
use avouch_model::coding::Word;
use avouch_model::fact::engagement::{EngagementEvent, Side};
use std::fmt::Write as _;

/// The requests, the open ones first, and what was said beside them.
pub(super) fn requests(told: &Told<'_>) -> String {
    let mut part = String::from("<h2>Requests and answers</h2>\n");
    let all = &told.talk.asked;
    let of = |standing| all.iter().filter(move |one| one.standing == standing);
    if all.is_empty() {
        part.push_str("<p>Nothing was asked for in the ledger: its index proves that there is no request.</p>\n");
    } else {
        let _ = writeln!(
            part,
            "<p>{} requests: {} open, {} answered, {} closed. An answer refers to rows that were counted again for this report, or to a document by its digest. Only the auditor closes a request. What was said in entries from {} on is not in here.</p>",
            all.len(),
            of(Standing::Open).count(),
            of(Standing::Answered).count(),
            of(Standing::Closed).count(),
            told.talk.end
        );
    }
    for standing in [Standing::Open, Standing::Answered, Standing::Closed] {
        for one in of(standing) {
            part.push_str(&request(told, one));
        }
    }
    if !told.talk.others.is_empty() {
        part.push_str("<h3>Beside the requests</h3>\n<ul>");
        for spoken in &told.talk.others {
            part.push_str(&line(told, spoken));
        }
        part.push_str("</ul>\n");
    }
    part
}

fn request(told: &Told<'_>, one: &Asked) -> String {
    let class = match one.standing {
        Standing::Open => "gap",
        Standing::Answered => "off",
        Standing::Closed => "good",
    };
    let mut part = format!(
        "<div class=\"request\"><h3>{} <span class=\"word {class}\">{}</span></h3>",
        text(&one.id),
        one.standing.word()
    );
    if let Some(spoken) = one.request() {
        let act = &spoken.act;
        let _ = write!(part, "<p>{}</p>", text(act.text.as_deref().unwrap_or_default()));
        let mut about = Vec::new();
        if let Some(name) = &act.population {
            about.push(format!("population {}", rows_of(name, &act.filter)));
        }
        if !act.controls.is_empty() {
            about.push(format!("controls {}", act.controls.join(", ")));
        }
        if let Some(due_ms) = act.due_ms {
            about.push(format!("due {}", time::day(due_ms.saturating_sub(1))));
        }
        if !about.is_empty() {
            let _ = write!(part, "<p class=\"dim\">{}</p>", text(&about.join(" · ")));
        }
    } else {
        part.push_str("<p class=\"gap\">Nobody asked for it in the ledger.</p>");
    }
    part.push_str("<ul>");
    for spoken in &one.said {
        part.push_str(&line(told, spoken));
    }
    part.push_str("</ul></div>\n");
    part
}

fn rows_of(name: &str, filter: &[String]) -> String {
    if filter.is_empty() {
        name.to_owned()
    } else {
        format!("{name} where {}", filter.join(" and "))
    }
}

/// An act: who, when, what, and what it refers to.
fn line(told: &Told<'_>, spoken: &Spoken) -> String {
    let act = &spoken.act;
    let who = match &act.actor {
        Some(name) => format!("{}, {}", act.side.word(), name.shown()),
        None => act.side.word().to_owned(),
    };
    let has_key = told.engagement.auditor_key.is_some();
    let signed = match (act.side, spoken.signed) {
        (_, Signed::Yes) => " <span class=\"word good\">signed</span>",
        (_, Signed::Wrong) => " <span class=\"word bad\">signature does not hold</span>",
        (Side::Auditor, Signed::No) if has_key => " <span class=\"word gap\">not signed</span>",
        _ => "",
    };
    let said = match act.event {
        EngagementEvent::Asked => String::new(),
        _ => act.text.as_deref().map_or_else(String::new, |said| format!(": {}", text(said))),
    };
    format!(
        "<li><b>{}</b> by {}{signed} <span class=\"dim\">{}, entry {}</span>{}{said}</li>",
        act.event.word(),
        text(&who),
        time::text(spoken.time_ms),
        spoken.index,
        reference(spoken)
    )
}

fn reference(spoken: &Spoken) -> String {
    let act = &spoken.act;
    let digest = act.digest.map(|digest| digest.to_string()).unwrap_or_default();
    let what = match act.event {
        EngagementEvent::Answered => match (&act.evidence, &act.population) {
            (Some(id), _) => format!("document {} <code>{digest}</code>", text(id)),
            (None, Some(name)) => format!(
                "{} rows of <a href=\"../populations/{file}.ndjson\">{}</a>",
                act.count.unwrap_or(0),
                text(&rows_of(name, &act.filter)),
                file = text(name)
            ),
            (None, None) => "nothing".to_owned(),
        },
        EngagementEvent::Reperformed => format!("transcript <code>{digest}</code>"),
        _ => return String::new(),
    };
    let holds = match spoken.holds {
        Holds::Yes => " <span class=\"word good\">counted again</span>",
        Holds::No => " <span class=\"word bad\">is not in the package</span>",
        Holds::Nothing => "",
    };
    format!(" {what}{holds}")
}
