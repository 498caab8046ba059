use super::*;
use crate::samples;
use proptest::prelude::*;
use roxmltree::{Document, Node};

const SCHEMA: &str = include_str!("../../../schema/vendor/junit-10.xsd");
const XS: &str = "http://www.w3.org/2001/XMLSchema";

fn written(report: &Report) -> String {
    write(report, &Options::default()).unwrap()
}

/// What in a document is not as the schema says. Knows the parts of XML Schema that this one uses:
/// elements by name, attributes with types, any order of children within a choice, mixed text.
fn faults(schema: &Document<'_>, xml: &str) -> Vec<String> {
    let document = match Document::parse(xml) {
        Ok(document) => document,
        Err(error) => return vec![error.to_string()],
    };
    let mut faults = Vec::new();
    element(schema, document.root_element(), &mut faults);
    faults
}

fn declared<'s>(schema: &'s Document<'_>, name: &str) -> Option<Node<'s, 's>> {
    let mut top = schema.root_element().children();
    top.find(|node| node.has_tag_name((XS, "element")) && node.attribute("name") == Some(name))
}

fn element(schema: &Document<'_>, node: Node<'_, '_>, faults: &mut Vec<String>) {
    let name = node.tag_name().name();
    let Some(declaration) = declared(schema, name) else {
        faults.push(format!("`{name}` is no element"));
        return;
    };
    let within = |tag: &'static str| {
        declaration.descendants().filter(move |part| part.has_tag_name((XS, tag)))
    };
    let attribute =
        |name: &str| within("attribute").find(|part| part.attribute("name") == Some(name));
    for given in node.attributes() {
        match attribute(given.name()) {
            None => faults.push(format!("`{name}` has no attribute `{}`", given.name())),
            Some(known) if known.attribute("type") == Some("SUREFIRE_TIME") => {
                let (whole, part) = given.value().split_once('.').unwrap_or((given.value(), ""));
                let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
                if !digits(whole) || !digits(part) || part.len() > 3 {
                    faults.push(format!("`{}` is no time", given.value()));
                }
            }
            Some(_) => (),
        }
    }
    for needed in within("attribute").filter(|part| part.attribute("use") == Some("required")) {
        let needed = needed.attribute("name").unwrap();
        if node.attribute(needed).is_none() {
            faults.push(format!("`{name}` lacks `{needed}`"));
        }
    }
    let mixed = within("complexType").any(|part| part.attribute("mixed") == Some("true"));
    let is_text = declaration.attribute("type") == Some("xs:string") || mixed;
    for child in node.children() {
        if child.is_text() && !is_text && !child.text().unwrap().trim().is_empty() {
            faults.push(format!("`{name}` holds text"));
        }
        if child.is_element() {
            let tag = child.tag_name().name();
            if !within("element").any(|part| part.attribute("ref") == Some(tag)) {
                faults.push(format!("`{tag}` may not stand in `{name}`"));
            }
            element(schema, child, faults);
        }
    }
}

#[test]
fn every_ending_fulfils_the_schema() {
    let schema = Document::parse(SCHEMA).unwrap();
    for (name, report) in samples::endings() {
        assert_eq!(faults(&schema, &written(&report)), [""; 0], "{name}");
    }
}

#[test]
fn the_schema_would_notice_a_mistake() {
    let schema = Document::parse(SCHEMA).unwrap();
    let xml = written(&samples::full());
    for (from, to) in [
        ("<skipped ", "<omitted "),
        (" failures=", " fails="),
        ("time=\"8.230\"", "time=\"long\""),
        ("</testsuites>", "<testcase name=\"x\"/></testsuites>"),
        ("</testsuites>", "text</testsuites>"),
        ("</testsuites>", ""),
    ] {
        let changed = xml.replace(
            "</skipped>",
            if to.contains("omitted") { "</omitted>" } else { "</skipped>" },
        );
        assert_ne!(faults(&schema, &changed.replace(from, to)), [""; 0], "{to}");
    }
}

#[test]
fn a_report_reads_like_this() {
    insta::assert_snapshot!(written(&samples::full()));
}

#[test]
fn a_scan_that_reached_nothing_is_an_error_and_nothing_passes() {
    let xml = written(&samples::unreachable());
    assert!(xml.contains("errors=\"1\""), "{xml}");
    assert!(!xml.contains("/>"), "a test passes: {xml}");
}

#[test]
fn only_what_is_proven_and_not_suppressed_fails() {
    let mut report = samples::full();
    let count = |report: &Report| written(report).matches("<failure ").count();
    assert_eq!(count(&report), 3);
    report.findings[0].suppressed = report.findings[3].suppressed.clone();
    assert_eq!(count(&report), 2);
    report.findings[1].confidence = Confidence::Tentative;
    report.findings[2].severity = Severity::Info;
    assert_eq!(count(&report), 0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn no_text_breaks_the_form(text in any::<String>()) {
        let hostile = format!("{text}\u{0}\u{b}\u{fffe}]]><a b='\"&#0;");
        let schema = Document::parse(SCHEMA).unwrap();
        prop_assert_eq!(faults(&schema, &written(&samples::filled_with(&hostile))), [""; 0]);
    }
}
