//! Turns on one switch after the other and plays the conversations of the checks that meet it.
//! Stands in copies of the crate only: `cargo xtask test --only mutations` puts it there.

use super::run_page;
use crate::check::Check;
use crate::{checks, mutation};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::panic;

/// Writes, for each switch that is met, whether a page notices: `7 noticed BOLA-01`, `8 missed`.
#[test]
fn each_switch_is_noticed() {
    let Some(report) = std::env::var_os("AVOUCH_MUTANTS") else { return };
    let mut visitors: BTreeMap<usize, Vec<&Check>> = BTreeMap::new();
    mutation::met();
    for check in checks::all() {
        run_page(check).expect("a page that holds");
        for number in mutation::met() {
            visitors.entry(number).or_default().push(check);
        }
    }
    panic::set_hook(Box::new(|_| ()));
    let mut lines = String::new();
    for (number, visitors) in visitors {
        mutation::turn_on(number);
        let fails = |check: &&&Check| !matches!(panic::catch_unwind(|| run_page(check)), Ok(Ok(_)));
        match visitors.iter().find(fails) {
            Some(check) => writeln!(lines, "{number} noticed {}", check.id).unwrap(),
            None => writeln!(lines, "{number} missed").unwrap(),
        }
    }
    drop(panic::take_hook());
    std::fs::write(report, lines).unwrap();
}
