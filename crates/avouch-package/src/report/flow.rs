//! The diagram of data flows: callers, the gateway, the API, vendors, and what goes between them.
//!
//! It is drawn from top to bottom, so that it can be read on a phone, and says everything in words, so
//! that it needs no colour: a line that nothing shows is dashed.

// Writing to a string does not fail: the results are left out.
use super::{Told, text};
use std::collections::BTreeSet;
use std::fmt::Write as _;

const WIDTH: usize = 400;
const BOX_HEIGHT: usize = 62;
/// Where lines between boxes run: what goes along them is said at their right.
const LINE_X: usize = 56;
const SAID_X: usize = LINE_X + 18;
/// The height of a line of text.
const ROW: usize = 17;
/// LIMIT: letters of a row beside a line, and rows.
const ROW_CHARS: usize = 46;
const ROWS_MAX: usize = 4;
/// LIMIT: letters in a box: of its title, and of what stands under it.
const TITLE_CHARS: usize = 38;
const ABOUT_CHARS: usize = 54;
/// LIMIT: vendors that are drawn; of others the number is said.
const VENDORS_MAX: usize = 6;

/// A box: its title, and what stands under it.
struct Place {
    title: String,
    about: String,
}

/// What goes from one box to the next.
struct Flow {
    lines: Vec<String>,
    is_seen: bool,
}

/// The figure with its description.
pub(super) fn figure(told: &Told<'_>) -> String {
    let inventory = &told.seen.inventory;
    let (over_tls, decided) = inventory.tls;
    let classes = inventory.classes();
    let means: BTreeSet<&str> =
        inventory.operations.values().flat_map(|one| one.means.iter().copied()).collect();
    let open: u64 =
        inventory.operations.values().map(|one| one.open).sum::<u64>() + inventory.undescribed.open;
    let is_seen = decided > 0;
    let mut proof = means.into_iter().collect::<Vec<_>>().join(", ");
    if open > 0 {
        let _ =
            write!(proof, "{}nothing ({open} requests)", if proof.is_empty() { "" } else { ", " });
    }
    let asked = if is_seen {
        vec![
            format!("{decided} requests, {over_tls} of them over TLS"),
            format!(
                "callers show who they are by {}",
                if proof.is_empty() { "nothing known" } else { &proof }
            ),
        ]
    } else {
        vec!["no request is recorded".to_owned()]
    };
    let answers = if classes.is_empty() {
        "no class of data was seen in answers".to_owned()
    } else {
        format!("answers hold {}", classes.into_iter().collect::<Vec<_>>().join(", "))
    };
    let places = [
        Place { title: "Callers".to_owned(), about: "outside the boundary".to_owned() },
        Place {
            title: "Gateway".to_owned(),
            about: "decides, and records each request".to_owned(),
        },
        Place {
            title: told.engagement.system.clone(),
            about: format!("{} operations seen", inventory.operations.len()),
        },
    ];
    let flows =
        [Flow { lines: asked, is_seen }, Flow { lines: vec![answers, hosts(told)], is_seen }];
    draw(&places, &flows, &vendors(told))
}

fn hosts(told: &Told<'_>) -> String {
    let hosts: Vec<&str> = told.seen.inventory.hosts.iter().map(String::as_str).collect();
    if hosts.is_empty() {
        "no host is recorded".to_owned()
    } else {
        format!("for {}", hosts.join(", "))
    }
}

fn vendors(told: &Told<'_>) -> Vec<String> {
    let all = &told.seen.inventory.vendors;
    let mut lines: Vec<String> = all
        .iter()
        .take(VENDORS_MAX)
        .map(|(name, classes)| {
            let classes = classes.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
            format!("{name}: {}", if classes.is_empty() { "no classes named" } else { &classes })
        })
        .collect();
    if all.len() > VENDORS_MAX {
        lines.push(format!("and {} more", all.len() - VENDORS_MAX));
    }
    lines
}

fn draw(places: &[Place], flows: &[Flow], vendors: &[String]) -> String {
    let said: Vec<Vec<String>> =
        flows.iter().map(|flow| flow.lines.iter().flat_map(|line| rows(line)).collect()).collect();
    let mut body = String::new();
    let (mut top, mut tops) = (4, Vec::new());
    for (at, place) in places.iter().enumerate() {
        tops.push(top);
        body.push_str(&boxed(top, place));
        top += BOX_HEIGHT;
        if let (Some(flow), Some(said)) = (flows.get(at), said.get(at)) {
            let gap = 40 + ROW * said.len();
            arrow(&mut body, top, top + gap, flow.is_seen);
            for (row, words) in (0..).zip(said) {
                body.push_str(&line((SAID_X, top + 22 + ROW * row), "said", words, ROW_CHARS));
            }
            top += gap;
        }
    }
    // The boundary of the system holds everything but callers and vendors.
    let edge = tops.get(1).copied().unwrap_or(0).saturating_sub(20);
    let mut height = top + 14;
    let _ = write!(
        body,
        "<rect x=\"6\" y=\"{edge}\" width=\"{}\" height=\"{}\" class=\"edge\"/><text x=\"{}\" y=\"{}\" class=\"small end\">boundary</text>",
        WIDTH - 12,
        top + 12 - edge,
        WIDTH - 14,
        edge + 14
    );
    if !vendors.is_empty() {
        arrow(&mut body, top, top + 58, false);
        body.push_str(&line(
            (SAID_X, top + 46),
            "name",
            "Vendors, as they are registered",
            TITLE_CHARS,
        ));
        for (row, vendor) in (0..).zip(vendors) {
            body.push_str(&line((SAID_X, top + 66 + ROW * row), "small", vendor, ROW_CHARS));
        }
        height = top + 66 + ROW * vendors.len();
    }
    format!(
        "<figure class=\"flow\"><svg viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-label=\"Data flow: callers, gateway, API, vendors\"><defs><marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" orient=\"auto-start-reverse\"><path d=\"M0 0L8 4L0 8z\" fill=\"currentColor\"/></marker></defs>{body}</svg><figcaption>Full line: requests of the period show it. Dashed line: only people or registers say so.</figcaption></figure>\n"
    )
}

fn boxed(top: usize, place: &Place) -> String {
    format!(
        "<rect x=\"20\" y=\"{top}\" width=\"{}\" height=\"{BOX_HEIGHT}\" class=\"box\"/>{}{}",
        WIDTH - 40,
        line((34, top + 26), "name", &place.title, TITLE_CHARS),
        line((34, top + 46), "small", &place.about, ABOUT_CHARS)
    )
}

fn arrow(svg: &mut String, from: usize, to: usize, is_seen: bool) {
    let class = if is_seen { "seen" } else { "told" };
    let _ = write!(
        svg,
        "<line x1=\"{LINE_X}\" y1=\"{}\" x2=\"{LINE_X}\" y2=\"{}\" class=\"{class}\" marker-start=\"url(#tip)\" marker-end=\"url(#tip)\"/>",
        from + 2,
        to - 2
    );
}

/// Words in rows that fit beside a line.
fn rows(said: &str) -> Vec<String> {
    let mut rows: Vec<String> = Vec::new();
    for word in said.split_whitespace() {
        match rows.last_mut() {
            Some(row) if row.chars().count() + 1 + word.chars().count() <= ROW_CHARS => {
                row.push(' ');
                row.push_str(word);
            }
            _ => rows.push(word.to_owned()),
        }
    }
    if rows.len() > ROWS_MAX {
        rows.truncate(ROWS_MAX);
        if let Some(last) = rows.last_mut() {
            last.push_str(" …");
        }
    }
    rows
}

/// A line of text, cut where it would not fit.
fn line((x, y): (usize, usize), class: &str, said: &str, chars: usize) -> String {
    let mut cut: String = said.chars().take(chars).collect();
    if said.chars().count() > chars {
        cut.pop();
        cut.push('…');
    }
    format!("<text x=\"{x}\" y=\"{y}\" class=\"{class}\">{}</text>", text(&cut))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_long_goes_on_in_the_next_row() {
        let said = "callers show who they are by a key, a token of an issuer, a certificate";
        assert_eq!(
            rows(said),
            ["callers show who they are by a key, a token of", "an issuer, a certificate"]
        );
        let long = rows(&"word ".repeat(200));
        assert!(long.len() == ROWS_MAX && long[3].ends_with(" …"));
    }
}
