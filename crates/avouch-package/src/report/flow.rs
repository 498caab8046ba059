//! The diagram of data flows: callers, the gateway, the API, vendors, and what goes between them.
//!
//! It is drawn from top to bottom, so that it can be read on a phone, and says everything in words, so
//! that it needs no colour: a line that nothing shows is dashed.

// Writing to a string does not fail: the results are left out.
use super::{Told, text};
use std::collections::BTreeSet;
use std::fmt::Write as _;

const WIDTH: usize = 360;
const BOX_HEIGHT: usize = 62;
const STEP: usize = 136;
/// LIMIT: letters of a line of text in a box or beside a line.
const LINE_CHARS: usize = 44;
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
    let vendor_height = if vendors.is_empty() { 0 } else { 96 + 18 * vendors.len() };
    let height = STEP * (places.len() - 1) + BOX_HEIGHT + 24 + vendor_height;
    let mut svg = format!(
        "<figure class=\"flow\"><svg viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-label=\"Data flow: callers, gateway, API, vendors\"><defs><marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" orient=\"auto-start-reverse\"><path d=\"M0 0L8 4L0 8z\" fill=\"currentColor\"/></marker></defs>"
    );
    // The boundary of the system holds everything but callers and vendors.
    let _ = write!(
        svg,
        "<rect x=\"6\" y=\"{}\" width=\"{}\" height=\"{}\" class=\"edge\"/><text x=\"14\" y=\"{}\" class=\"small\">boundary</text>",
        STEP - 16,
        WIDTH - 12,
        STEP * (places.len() - 2) + BOX_HEIGHT + 28,
        STEP - 4
    );
    for (at, place) in places.iter().enumerate() {
        let top = 4 + STEP * at;
        let _ = write!(
            svg,
            "<rect x=\"60\" y=\"{top}\" width=\"{}\" height=\"{BOX_HEIGHT}\" class=\"box\"/>{}{}",
            WIDTH - 120,
            line(top + 26, "name", &place.title, 26),
            line(top + 46, "small", &place.about, 36)
        );
    }
    for (at, flow) in flows.iter().enumerate() {
        let top = 4 + STEP * at + BOX_HEIGHT;
        arrow(&mut svg, top, top + STEP - BOX_HEIGHT, flow.is_seen);
        for (row, said) in flow.lines.iter().enumerate() {
            svg.push_str(&line(top + 30 + 18 * row, "said", said, LINE_CHARS));
        }
    }
    if !vendors.is_empty() {
        let top = 4 + STEP * (places.len() - 1) + BOX_HEIGHT;
        arrow(&mut svg, top, top + 50, false);
        svg.push_str(&line(top + 66, "name", "Vendors, as they are registered", 40));
        for (row, vendor) in vendors.iter().enumerate() {
            svg.push_str(&line(top + 86 + 18 * row, "small", vendor, LINE_CHARS));
        }
    }
    svg.push_str("</svg><figcaption>Full line: requests of the period show it. Dashed line: only people or registers say so.</figcaption></figure>\n");
    svg
}

fn arrow(svg: &mut String, from: usize, to: usize, is_seen: bool) {
    let class = if is_seen { "seen" } else { "told" };
    let middle = WIDTH / 2;
    let _ = write!(
        svg,
        "<line x1=\"{middle}\" y1=\"{}\" x2=\"{middle}\" y2=\"{}\" class=\"{class}\" marker-start=\"url(#tip)\" marker-end=\"url(#tip)\"/>",
        from + 2,
        to - 2
    );
}

/// A line of text in the middle, cut where it would not fit.
fn line(y: usize, class: &str, said: &str, chars: usize) -> String {
    let mut cut: String = said.chars().take(chars).collect();
    if said.chars().count() > chars {
        cut.pop();
        cut.push('…');
    }
    format!("<text x=\"{}\" y=\"{y}\" class=\"{class}\">{}</text>", WIDTH / 2, text(&cut))
}
