//! The scan itself: who asked, what was left alone, what was left behind, what else was seen.

use super::escape::Text;
use crate::wording;
use avouch_model::report::Report;
use avouch_model::tls::TlsFacts;
use std::fmt::Write as _;

/// Everything a reader needs to judge the scan itself.
pub(super) fn sections(report: &Report) -> String {
    let (ending, _) = wording::ending(&report.ending);
    let traffic = &report.traffic;
    let mut html = format!(
        "<section id=\"scan\" aria-labelledby=\"scan-head\">\n<h2 id=\"scan-head\">The scan</h2>\n\
         <p>How it ended: {}. {} sent, {} without an answer, slowed down by the target {}, at most {} \
         in flight, {} received. Each request carried <code>X-Scan-Id: {}</code>.</p>\n",
        Text(ending),
        wording::count(traffic.requests, "request"),
        traffic.failures,
        wording::count(traffic.throttled, "time"),
        traffic.in_flight_max,
        wording::bytes(traffic.bytes_received),
        Text(&report.scan_id),
    );
    html.push_str(&warnings(report));
    html.push_str(&identities(report));
    html.push_str(&left_alone(report));
    html.push_str(&cleanup(report));
    html.push_str(&report.tls.as_ref().map(tls).unwrap_or_default());
    html.push_str(&operations(report));
    html.push_str("</section>\n");
    html
}

/// A table of texts; the cells are HTML already. Nothing when there are no rows.
fn table(caption: &str, head: &[&str], rows: &[Vec<String>]) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let mut html =
        format!("<div class=\"card scroll\"><table>\n<caption>{caption}</caption>\n<thead><tr>");
    for name in head {
        _ = write!(html, "<th scope=\"col\">{name}</th>");
    }
    html.push_str("</tr></thead>\n<tbody>\n");
    for row in rows {
        html.push_str("<tr>");
        for cell in row {
            _ = write!(html, "<td>{cell}</td>");
        }
        html.push_str("</tr>\n");
    }
    html.push_str("</tbody>\n</table></div>\n");
    html
}

fn text(text: &str) -> String {
    Text(text).to_string()
}

fn code(text: &str) -> String {
    format!("<code>{}</code>", Text(text))
}

fn yes(good: bool, yes: &str, no: &str) -> String {
    if good {
        format!("<span class=\"yes\">{yes}</span>")
    } else {
        format!("<span class=\"no\">{no}</span>")
    }
}

fn warnings(report: &Report) -> String {
    if report.warnings.is_empty() {
        return String::new();
    }
    let mut html = String::from("<div class=\"card\"><h3>Warnings</h3>\n<ul class=\"warnings\">\n");
    for warning in &report.warnings {
        let place = warning.place.as_ref();
        let place =
            place.map(|place| format!(" <code>{}:{}</code>", Text(&place.file), place.line));
        _ = writeln!(html, "<li>{}{}</li>", Text(&warning.message), place.unwrap_or_default());
    }
    html.push_str("</ul></div>\n");
    html
}

fn identities(report: &Report) -> String {
    let rows: Vec<_> = report
        .identities
        .iter()
        .map(|identity| {
            vec![
                format!("<b>{}</b>", identity.who),
                text(&identity.label),
                text(&identity.carrier),
                yes(identity.accepted, "accepted", "refused"),
                text(&identity.note),
                identity.renewals.to_string(),
            ]
        })
        .collect();
    let head = ["Who", "Label", "Sent as", "Self-test", "What it saw", "Renewals"];
    table("Identities", &head, &rows)
}

fn left_alone(report: &Report) -> String {
    let rows: Vec<_> = report
        .left_alone
        .iter()
        .map(|left| vec![code(&left.operation.0), text(&left.because)])
        .collect();
    table("Left alone on purpose", &["Operation", "Why"], &rows)
}

fn cleanup(report: &Report) -> String {
    let rows: Vec<_> = report
        .cleanup
        .iter()
        .map(|object| {
            vec![
                code(&object.remove),
                yes(object.gone, "gone", "still there"),
                code(&object.created_by.0),
                text(&object.note),
            ]
        })
        .collect();
    let head = ["How to remove it", "State", "Created by", "What happened"];
    table("Objects the scan created", &head, &rows)
}

fn tls(tls: &TlsFacts) -> String {
    let mut rows = vec![vec![
        "Connection".to_owned(),
        format!("{}, {}", Text(&tls.version), Text(&tls.cipher_suite)),
    ]];
    if let Some(alpn) = &tls.alpn {
        rows.push(vec!["Protocol agreed on".to_owned(), text(alpn)]);
    }
    rows.push(vec![
        "Chain".to_owned(),
        match &tls.distrusted_because {
            None => yes(true, "trusted", ""),
            Some(because) => format!("{}: {}", yes(false, "", "not trusted"), Text(because)),
        },
    ]);
    for certificate in &tls.certificates {
        let date = |seconds| match jiff::Timestamp::from_second(seconds) {
            Ok(moment) => moment.strftime("%Y-%m-%d").to_string(),
            Err(_) => "an impossible date".to_owned(),
        };
        rows.push(vec![
            "Certificate".to_owned(),
            format!(
                "{}, issued by {}, {} to {}, {} {} bits, {}, for {}<br><code>{}</code>",
                Text(&certificate.subject),
                Text(&certificate.issuer),
                date(certificate.not_before),
                date(certificate.not_after),
                Text(&certificate.key_algorithm),
                certificate.key_bits,
                Text(&certificate.signature_algorithm),
                Text(&certificate.names.join(", ")),
                Text(&certificate.fingerprint_sha256),
            ),
        ]);
    }
    table("TLS", &["Fact", "Value"], &rows)
}

fn operations(report: &Report) -> String {
    let rows: Vec<_> = report
        .operations
        .iter()
        .map(|operation| {
            let baseline = operation.baseline.iter().map(|(who, status)| format!("{who} {status}"));
            let place = operation.described_at.as_ref();
            vec![
                code(&operation.operation.0),
                if operation.discovered { "discovered".to_owned() } else { "described".to_owned() },
                place
                    .map_or(String::new(), |place| format!("{}:{}", Text(&place.file), place.line)),
                baseline.collect::<Vec<_>>().join(", "),
                operation.requests.to_string(),
            ]
        })
        .collect();
    if rows.is_empty() {
        return String::new();
    }
    let head = ["Operation", "Origin", "Place", "Baseline", "Requests"];
    format!(
        "<details class=\"plain\"><summary>{}</summary>\n{}</details>\n",
        wording::count(u64::try_from(rows.len()).unwrap_or(u64::MAX), "operation"),
        table("Operations", &head, &rows)
    )
}
