//! The summary for the person who ran the scan.
//!
//! Without `verbose` it fits a screen: each list shows its first items and says how many more there
//! are. Nothing that is bad news is left out without being counted.

mod coverage;
mod finding;
mod paint;

use crate::format::{Format, Options, WriteError};
use crate::text::{columns, cut, one_line, padded, shortened, wrapped};
use crate::wording;
use avouch_model::finding::Finding;
use avouch_model::report::{Ending, Report};
use avouch_model::severity::Severity;
use paint::{Tone, bar, paint};

/// A summary for people.
pub const FORMAT: Format = Format {
    name: "terminal",
    media_type: "text/plain; charset=utf-8",
    extension: "txt",
    title: "a summary for people, one screen long",
    page: include_str!("terminal.md"),
    write,
};

/// LIMIT: caps, findings and gains a summary shows; the rest is counted.
const CAPS_SHOWN: usize = 2;
const FINDINGS_SHOWN: usize = 6;
const GAINS_SHOWN: usize = 3;
/// LIMIT: columns of the narrowest and the widest summary, so that it stays readable.
const WIDTH_MIN: usize = 72;
const WIDTH_MAX: usize = 160;

#[expect(clippy::unnecessary_wraps, reason = "every format has this signature; some can fail")]
fn write(report: &Report, options: &Options) -> Result<String, WriteError> {
    let options = &Options { width: options.width.clamp(WIDTH_MIN, WIDTH_MAX), ..*options };
    let mut lines = heading(report, options);
    lines.extend(score(report, options));
    lines.extend(findings(report, options));
    lines.extend(gains(report, options));
    lines.extend(coverage::lines(report, options));
    lines.extend(next(report, options));
    let lines: Vec<&str> = lines.iter().map(|line| line.trim_end()).collect();
    Ok(lines.join("\n") + "\n")
}

/// One finding whole: proof, remedy and the command that sends its request again.
pub fn one(finding: &Finding, options: &Options) -> String {
    let options = &Options { width: options.width.clamp(WIDTH_MIN, WIDTH_MAX), ..*options };
    let lines = finding::whole(finding, options);
    let lines: Vec<&str> = lines.iter().map(|line| line.trim_end()).collect();
    lines.join("\n") + "\n"
}

fn heading(report: &Report, options: &Options) -> Vec<String> {
    let tone = if report.ending == Ending::Complete { Tone::Plain } else { Tone::Bad };
    let (ending, detail) = wording::ending(&report.ending);
    let ended = match detail {
        Some(detail) => format!("{ending}: {}", one_line(detail)),
        None => ending.to_owned(),
    };
    let traffic = format!(
        "{} in {}",
        wording::count(report.traffic.requests, "request"),
        wording::duration(report.took_ms)
    );
    let target = format!("avouch {}  {}", one_line(&report.version), one_line(&report.target));
    let mut lines = vec![paint(&shortened(&target, options.width), Tone::Strong, options)];
    // LIMIT: 2 lines for how it ended; `--verbose` shows all of it.
    let lines_max = if options.verbose { usize::MAX } else { 2 };
    let mut ended = wrapped(&format!("{traffic}, {ended}"), options.width);
    if ended.len() > lines_max {
        ended.truncate(lines_max);
        if let Some(last) = ended.last_mut() {
            *last = cut(&format!("{last} …"), options.width);
        }
    }
    lines.extend(ended.iter().map(|line| paint(line, tone, options)));
    lines.push(String::new());
    lines
}

/// The grade in a box, and beside it the score and what holds it down.
fn score(report: &Report, options: &Options) -> Vec<String> {
    let score = &report.score;
    let tone = paint::of_grade(score.grade);
    let letter = score.grade.map_or("–".to_owned(), |grade| grade.to_string());
    let mut beside = Vec::new();
    match score.value {
        Some(value) => {
            let before = match score.before_caps {
                Some(before) if before != value => format!("   {before} before caps"),
                _ => String::new(),
            };
            let figure = paint(&format!("{value} of 100"), Tone::Strong, options);
            beside.push(format!("{figure}   {}{before}", paint(&bar(value, 20), tone, options)));
        }
        None => {
            beside.push(paint("no score, which is a failure and not a pass", Tone::Bad, options));
        }
    }
    let room = options.width.saturating_sub(9);
    beside.extend(score.absent_because.iter().map(|because| shortened(because, room)));
    if let Some(because) = &score.grade_withheld_because {
        let text = format!("no grade: {because}");
        beside.push(paint(&shortened(&text, room), Tone::Warn, options));
    }
    beside.extend(wording::suppressed_count(report).map(|text| shortened(&text, room)));
    let shown = shown(score.caps.len(), CAPS_SHOWN, options);
    for cap in score.caps.iter().take(shown) {
        let text = format!("capped at {}: {}", cap.at, cap.because);
        beside.push(paint(&shortened(&text, room), Tone::Warn, options));
    }
    if score.caps.len() > shown {
        beside.push(format!("and {} more caps", score.caps.len() - shown));
    }
    let frame = ["┌───┐".to_owned(), format!("│ {letter} │"), "└───┘".to_owned()];
    let rows = beside.len().max(frame.len());
    let side = |row: usize| beside.get(row).map_or("", String::as_str);
    let boxed = |row: usize| frame.get(row).map_or("     ", String::as_str);
    let mut lines: Vec<String> = (0..rows)
        .map(|row| format!(" {}  {}", paint(boxed(row), tone, options), side(row)))
        .collect();
    lines.push(String::new());
    lines
}

fn findings(report: &Report, options: &Options) -> Vec<String> {
    if report.findings.is_empty() {
        // "No findings" alone would read as a pass where nothing was looked at.
        let text = match report.coverage.per_cent() {
            Some(_) => "NO FINDINGS in what could be evaluated",
            None => "NO FINDINGS, and nothing was evaluated",
        };
        return vec![paint(text, Tone::Strong, options), String::new()];
    }
    let counts: Vec<String> = Severity::ALL
        .into_iter()
        .filter_map(|severity| {
            let count = report.findings.iter().filter(|f| f.severity == severity).count();
            (count > 0).then(|| format!("{count} {severity}"))
        })
        .collect();
    let mut lines =
        vec![format!("{}  {}", paint("FINDINGS", Tone::Strong, options), counts.join(" · "))];
    if options.verbose {
        lines.push(String::new());
        lines.extend(report.findings.iter().flat_map(|finding| finding::whole(finding, options)));
        return lines;
    }
    let widths = finding::widths(report, options);
    let shown = shown(report.findings.len(), FINDINGS_SHOWN, options);
    let rows = report.findings.iter().take(shown);
    lines.extend(rows.map(|finding| finding::row(finding, &widths, options)));
    if report.findings.len() > shown {
        let more = report.findings.len() - shown;
        lines.push(format!("  and {more} more, which --verbose shows"));
    }
    lines.push(String::new());
    lines
}

fn gains(report: &Report, options: &Options) -> Vec<String> {
    let gains = wording::gains(report);
    if gains.is_empty() {
        return Vec::new();
    }
    let shown = if options.verbose { gains.len() } else { GAINS_SHOWN };
    let widths = finding::widths(report, options);
    let mut lines = vec![paint("FIX THIS, GAIN POINTS", Tone::Strong, options)];
    for finding in gains.into_iter().take(shown) {
        let points = format!("{:>7}", format!("+{}", wording::tenths(finding.gain_tenths)));
        let check = padded(&shortened(&finding.check, widths.check), widths.check);
        let room = options.width.saturating_sub(columns(&points) + widths.check + 4);
        let title = shortened(&finding.title, room);
        lines.push(format!("{}  {check}  {title}", paint(&points, Tone::Good, options)));
    }
    lines.push(String::new());
    lines
}

fn next(report: &Report, options: &Options) -> Vec<String> {
    let mut steps = Vec::new();
    if let Some(worst) = report.findings.first() {
        steps.push((
            format!("avouch explain {}", one_line(&worst.check)),
            "what it is, how to mend it",
        ));
        steps.push((
            format!("avouch replay {}", one_line(&worst.fingerprint)),
            "ask again once mended",
        ));
    }
    if !options.verbose {
        steps.push(("--verbose".to_owned(), "each proof, each gap with its reason"));
    }
    if steps.is_empty() {
        return Vec::new();
    }
    let room = steps.iter().map(|(command, _)| columns(command)).max().unwrap_or_default();
    let mut lines = vec![paint("NEXT", Tone::Strong, options)];
    for (command, what) in steps {
        let line = format!("  {}  {what}", padded(&command, room));
        lines.push(cut(&line, options.width));
    }
    lines
}

/// How many of a list to show: all when verbose, and one more than the limit rather than a line
/// that says there is one more.
fn shown(length: usize, limit: usize, options: &Options) -> usize {
    if options.verbose || length <= limit + 1 { length } else { limit }
}

fn as_u64(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
