use super::*;
use crate::format::Options;
use crate::samples;
use std::collections::BTreeSet;
use std::path::Path;

#[test]
fn each_format_has_a_name_of_its_own_and_a_page() {
    let names: BTreeSet<&str> = ALL.iter().map(|format| format.name).collect();
    let extensions: BTreeSet<&str> = ALL.iter().map(|format| format.extension).collect();
    assert_eq!((names.len(), extensions.len()), (ALL.len(), ALL.len()));
    for format in ALL {
        assert!(format.page.starts_with(&format!("# {}\n", format.name)), "{}", format.name);
        assert!(!format.title.is_empty() && format.media_type.contains('/'), "{}", format.name);
        assert_eq!(named(format.name).map(|found| found.name), Some(format.name));
    }
    assert!(named("pdf").is_none());
}

#[test]
fn the_folder_and_the_list_agree() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/formats");
    let pages: BTreeSet<String> = std::fs::read_dir(folder)
        .unwrap()
        .filter_map(|entry| {
            entry.unwrap().file_name().to_str()?.strip_suffix(".md").map(str::to_owned)
        })
        .collect();
    let listed: BTreeSet<String> = ALL.iter().map(|format| format.name.to_owned()).collect();
    assert_eq!(pages, listed);
}

#[test]
fn every_format_writes_every_ending_the_same_way_twice() {
    for format in ALL {
        for (name, report) in samples::endings() {
            let written = (format.write)(&report, &Options::default()).unwrap();
            assert!(written.ends_with('\n') && !written.contains('\r'), "{} {name}", format.name);
            assert_eq!(written, (format.write)(&report, &Options::default()).unwrap());
        }
    }
}

#[test]
fn no_format_hides_that_a_question_stayed_open_or_how_the_scan_ended() {
    let verbose = Options { verbose: true, width: 160, ..Options::default() };
    for format in ALL {
        for (name, report) in samples::endings() {
            let written = (format.write)(&report, &verbose).unwrap();
            for open in &report.coverage.not_evaluable {
                assert!(
                    written.contains(&open.because),
                    "{} {name}: {}",
                    format.name,
                    open.because
                );
            }
            if let (_, Some(detail)) = crate::wording::ending(&report.ending) {
                assert!(written.contains(detail), "{} {name}: {detail}", format.name);
            }
        }
    }
}
