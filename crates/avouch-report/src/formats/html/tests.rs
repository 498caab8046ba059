use super::*;
use crate::samples;
use crate::text::acts;
use proptest::prelude::*;

/// Elements that have no end.
const VOID: [&str; 3] = ["meta", "br", "!doctype"];
/// Names of every element that is written here.
const ELEMENTS: [&str; 46] = [
    "a", "article", "b", "body", "caption", "circle", "code", "defs", "details", "div", "footer",
    "h1", "h2", "h3", "h4", "head", "header", "html", "i", "li", "main", "nav", "ol", "p",
    "pattern", "pre", "rect", "section", "span", "style", "summary", "svg", "table", "tbody", "td",
    "text", "th", "thead", "time", "title", "tr", "ul", "meta", "br", "!doctype", "svg",
];

/// Walks the tags of a page and holds it to the rules of XML, which are stricter than HTML's. Gives
/// the tags without the texts between them.
fn outline(html: &str) -> Result<Vec<String>, String> {
    let (before, after) = html.split_once("<style>").ok_or("no style")?;
    let (_, after) = after.split_once("</style>").ok_or("no end of style")?;
    let page = format!("{before}<style></style>{after}");
    let mut open: Vec<String> = Vec::new();
    let mut tags = Vec::new();
    for part in page.split('<').skip(1) {
        let (tag, text) = part.split_once('>').ok_or_else(|| format!("`{part}` is no tag"))?;
        if text.contains('>') {
            return Err(format!("`{text}` holds a stray mark"));
        }
        let name = tag.trim_matches('/').split_whitespace().next().unwrap_or_default().to_owned();
        if !ELEMENTS.contains(&name.as_str()) {
            return Err(format!("`{name}` is none of our elements"));
        }
        if tag.starts_with('/') {
            let last = open.pop();
            if last.as_ref() != Some(&name) {
                return Err(format!("`{name}` ends while {last:?} is open"));
            }
        } else if !tag.ends_with('/') && !VOID.contains(&name.as_str()) {
            open.push(name);
        }
        tags.push(tag.to_owned());
    }
    if open.is_empty() { Ok(tags) } else { Err(format!("{open:?} do not end")) }
}

fn written(report: &Report) -> String {
    write(report, &Options::default()).unwrap()
}

#[test]
fn every_ending_is_well_formed() {
    for (name, report) in samples::endings() {
        let html = written(&report);
        assert!(outline(&html).is_ok(), "{name}: {:?}", outline(&html));
        let (ending, _) = wording::ending(&report.ending);
        let loud = html.contains(&format!("The scan is not complete: {ending}"));
        assert_eq!(loud, name != "complete", "{name}");
    }
}

#[test]
fn the_page_has_this_outline() {
    let html = written(&samples::full());
    let body = html.split_once("</style>").unwrap().1;
    insta::assert_snapshot!(body);
}

#[test]
fn a_scan_that_reached_nothing_has_this_outline() {
    let html = written(&samples::unreachable());
    let body = html.split_once("</style>").unwrap().1;
    insta::assert_snapshot!(body);
}

#[test]
fn nothing_is_loaded_from_anywhere() {
    let html = written(&samples::full());
    let tags = outline(&html).unwrap();
    let policy = tags.iter().find(|tag| tag.contains("Content-Security-Policy")).unwrap();
    assert!(policy.contains("default-src 'none'"));
    for tag in &tags {
        assert!(!tag.contains("src=") && !tag.contains(" on") && !tag.contains("style="), "{tag}");
        let links = tag.split("href=\"").skip(1);
        links.for_each(|link| assert!(link.starts_with('#'), "{tag}"));
    }
    assert!(!STYLE.contains("@import") && !STYLE.contains("http"));
    assert_eq!(STYLE.matches("url(").count(), STYLE.matches("url(#").count());
}

#[test]
fn anchors_lead_somewhere_and_headings_skip_no_level() {
    let tags = outline(&written(&samples::full())).unwrap();
    let attribute = |tag: &str, name: &str| {
        let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
        Some(rest.split('"').next().unwrap().to_owned())
    };
    let ids: Vec<String> = tags.iter().filter_map(|tag| attribute(tag, "id")).collect();
    for tag in &tags {
        for target in
            [attribute(tag, "href"), attribute(tag, "aria-labelledby")].into_iter().flatten()
        {
            assert!(ids.contains(&target.trim_start_matches('#').to_owned()), "{target}");
        }
    }
    let levels = tags.iter().filter_map(|tag| tag.strip_prefix('h')?.chars().next()?.to_digit(10));
    let levels: Vec<u32> = levels.collect();
    assert_eq!(levels.iter().filter(|level| **level == 1).count(), 1);
    assert!(levels.windows(2).all(|pair| pair[1] <= pair[0] + 1), "{levels:?}");
    let tables = tags.iter().filter(|tag| tag.starts_with("table")).count();
    assert_eq!(tables, tags.iter().filter(|tag| tag.starts_with("caption")).count());
}

#[test]
fn hostile_text_is_only_text() {
    let hostile = "</script></style><img src=x onerror=alert(1)>\"'&lt;{{7*7}}\u{202e}\0";
    let html = written(&samples::filled_with(hostile));
    let plain = outline(&written(&samples::filled_with("x"))).unwrap();
    assert_eq!(outline(&html).unwrap(), plain, "the tags are those of a harmless report");
    assert!(html.contains("&lt;img src=x onerror=alert(1)&gt;"));
}

#[test]
fn a_long_body_is_cut_and_says_so() {
    let mut report = samples::full();
    report.findings[0].exchanges[0].request.body = Some("é".repeat(9_000));
    assert!(written(&report).contains("(1000 more characters)"));
}

/// Contrast of two colours written as `#rrggbb` (WCAG 2.2, 1.4.3).
fn contrast(one: &str, other: &str) -> f64 {
    let luminance = |colour: &str| {
        let part = |at: usize| {
            let value =
                f64::from(u8::from_str_radix(colour.get(at..at + 2).unwrap(), 16).unwrap()) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5)
    };
    let (a, b) = (luminance(one), luminance(other));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

#[test]
fn every_colour_of_text_can_be_read() {
    for theme in STYLE.split(":root {").skip(1) {
        let theme = theme.split('}').next().unwrap();
        let colour = |name: &str| {
            let (_, rest) = theme.split_once(&format!("--{name}: ")).unwrap();
            rest.split(';').next().unwrap().to_owned()
        };
        let inks = [
            "ink", "quiet", "link", "critical", "high", "medium", "low", "info", "good", "fair",
            "poor", "bad", "open",
        ];
        for ink in inks {
            for ground in ["page", "card", "code"] {
                let contrast = contrast(&colour(ink), &colour(ground));
                assert!(contrast >= 4.5, "{ink} on {ground}: {contrast:.2}");
            }
        }
        assert!(contrast(&colour("quiet"), &colour("open-ground")) >= 4.5);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn no_text_becomes_part_of_the_page(text in "\\PC{0,20}[<>\"'&`/= a-z!-]{0,20}", raw in any::<String>()) {
        let html = written(&samples::filled_with(&format!("{text}{raw}x")));
        let plain = outline(&written(&samples::filled_with("x"))).unwrap();
        prop_assert_eq!(outline(&html), Ok(plain));
        prop_assert!(!html.chars().any(|c| c != '\n' && acts(c)));
    }
}
