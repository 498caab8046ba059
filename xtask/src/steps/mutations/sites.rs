//! Finds the places where a check says that it cannot tell, or that all is well, and puts a switch
//! there.
//!
//! In scope: verdicts that are made, and the reasons that become verdicts elsewhere. Out of scope:
//! patterns that only look at a verdict, and tests.

use crate::code::{closing, code_of};

/// What is done to a place when its switch is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// An inconclusive verdict becomes a pass.
    Inconclusive,
    /// A reason makes the verdict that is made of it a pass.
    Reason,
    /// A pass becomes an inconclusive verdict.
    Pass,
}

impl Kind {
    /// What is said of one that nobody noticed.
    pub(super) fn says(self) -> &'static str {
        match self {
            Self::Inconclusive => "inconclusive turned into pass",
            Self::Reason => "a reason that it cannot tell turned into pass",
            Self::Pass => "pass turned into inconclusive",
        }
    }
}

/// One place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Site {
    /// Its file, from the root.
    pub(super) path: String,
    /// Its line, from 1.
    pub(super) line: usize,
    /// What is done to it.
    pub(super) kind: Kind,
}

/// A source with its switches.
#[derive(Debug, Default)]
pub(super) struct Switched {
    /// The source.
    pub(super) text: String,
    /// Its places, in the order of their numbers.
    pub(super) sites: Vec<Site>,
    /// Places that look like one and could not be given a switch, as `path:line`.
    pub(super) left: Vec<String>,
}

/// Variants that hold a reason, which another function makes a verdict of.
const VARIANTS: [&str; 4] = ["::Unclear(", "::Silence(", "::Silent(", "Heard::Refused("];

/// How a reason is put aside until the verdict is made of it.
const KEPT: [&str; 9] = [
    "unclear = Some(",
    "unheard = Some(",
    "doubt = Some(",
    "gap = Some(",
    "unclear.get_or_insert(",
    "unclear.get_or_insert_with(",
    "unanswered.get_or_insert(",
    "unclear.push(",
    "gaps.push(",
];

/// What is at a place.
enum Found {
    /// `Verdict::inconclusive`, called or named.
    Inconclusive { to: usize },
    /// `Verdict::Pass` as a value.
    Pass { to: usize },
    /// An argument that is a reason, or makes one when it is wanted.
    Reason { from: usize, to: usize, made: bool },
    /// Something that makes a verdict in a way that is not known here.
    Unknown,
}

/// Puts a switch at each place of a source; the first gets this number.
pub(super) fn switch(path: &str, source: &str, first: usize) -> Switched {
    let code = code_of(source);
    let end = code.find("#[cfg(test)]").unwrap_or(code.len());
    let code = code.get(..end).unwrap_or_default();
    let mut switched = Switched::default();
    let mut edits: Vec<(usize, usize, String)> = Vec::new();
    for (at, found) in places(code) {
        let line = code.get(..at).unwrap_or_default().matches('\n').count() + 1;
        let number = first + switched.sites.len();
        let kind = match found {
            Found::Unknown => {
                switched.left.push(format!("{path}:{line}"));
                continue;
            }
            Found::Inconclusive { to } => {
                edits.push((at, to, format!("crate::mutation::inconclusive::<{number}>")));
                Kind::Inconclusive
            }
            Found::Pass { to } => {
                edits.push((at, to, format!("crate::mutation::pass::<{number}>()")));
                Kind::Pass
            }
            Found::Reason { from, to, made } => {
                let how = if made { "reasoned" } else { "reason" };
                edits.push((from, from, format!("crate::mutation::{how}::<{number}, _>(")));
                edits.push((to, to, ")".to_owned()));
                Kind::Reason
            }
        };
        switched.sites.push(Site { path: path.to_owned(), line, kind });
    }
    edits.sort_by_key(|(from, _, _)| *from);
    switched.text = edited(source, &edits);
    switched
}

/// The places of a source, in its order.
fn places(code: &str) -> Vec<(usize, Found)> {
    let mut places = Vec::new();
    for (at, word) in code.match_indices("Verdict::inconclusive") {
        places.push((at, Found::Inconclusive { to: at + word.len() }));
    }
    for (at, word) in code.match_indices("Verdict::Pass") {
        let compared = code.get(..at).is_some_and(|before| before.trim_end().ends_with("=="));
        if !compared && !is_pattern(code, at + word.len()) {
            places.push((at, Found::Pass { to: at + word.len() }));
        }
    }
    for (at, word) in code.match_indices("Verdict::Inconclusive") {
        let fields = code.get(at + word.len()..).and_then(|after| after.find('{'));
        let end = fields.and_then(|from| closing(code, at + word.len() + from));
        if !end.is_some_and(|end| is_pattern(code, end + 1)) {
            places.push((at, Found::Unknown));
        }
    }
    for (at, word) in code.match_indices("inconclusive(") {
        let before = code.get(..at).unwrap_or_default();
        let alone = !before.ends_with(|c: char| c.is_alphanumeric() || "_:.".contains(c));
        if (alone && !before.ends_with("fn ")) || before.ends_with("Step::") {
            places.push((at, reason(code, at + word.len() - 1)));
        }
    }
    places.extend(hiding(code).map(|at| (at, Found::Unknown)));
    for word in VARIANTS {
        for (at, _) in code.match_indices(word) {
            let open = at + word.len() - 1;
            if !closing(code, open).is_some_and(|end| is_pattern(code, end + 1)) {
                places.push((at, reason(code, open)));
            }
        }
    }
    for word in KEPT {
        for (at, _) in code.match_indices(word) {
            places.push((at, reason(code, at + word.len() - 1)));
        }
    }
    places.sort_by_key(|(at, _)| *at);
    places
}

/// Functions and closures that make an inconclusive step of any reason: whoever calls them cannot be
/// turned round alone. `Step::inconclusive` is there for that.
fn hiding(code: &str) -> impl Iterator<Item = usize> + '_ {
    let functions = code.match_indices(") -> Step {").filter_map(|(at, word)| {
        let open = at + word.len() - 1;
        let body = code.get(open..closing(code, open)?)?;
        let parameters = code.get(..at)?.rsplit('(').next()?;
        (parameters.contains("str") || parameters.contains("String"))
            .then_some(at)
            .filter(|_| body.contains("inconclusive("))
    });
    let closures = code.match_indices("| Step::").filter_map(|(at, _)| {
        let line = code.get(..at)?.rsplit('\n').next()?;
        let makes = code.get(at..)?.split(';').next()?.contains("inconclusive(");
        (makes && line.contains("= |") && !line.ends_with("= |")).then_some(at)
    });
    functions.chain(closures)
}

/// Whether what ends here is looked for rather than made.
fn is_pattern(code: &str, end: usize) -> bool {
    let after = code.get(end..).unwrap_or_default().trim_start_matches([' ', '\n', ')']);
    let own = code.get(end..).unwrap_or_default().trim_start();
    after.starts_with("=>")
        || own.starts_with("if ")
        || (own.starts_with('|') && !own.starts_with("||"))
        || (own.starts_with('=') && !own.starts_with("=="))
}

/// The only argument between these brackets.
fn reason(code: &str, open: usize) -> Found {
    let Some(close) = closing(code, open) else { return Found::Unknown };
    let inside = code.get(open + 1..close).unwrap_or_default();
    let trimmed = inside.trim_end().trim_end_matches(',');
    let mut depth = 0_i32;
    let several = trimmed.chars().any(|letter| {
        depth += i32::from("([{".contains(letter)) - i32::from(")]}".contains(letter));
        depth == 0 && letter == ','
    });
    let from = open + 1;
    let made = inside.trim_start().starts_with("||");
    if several { Found::Unknown } else { Found::Reason { from, to: from + trimmed.len(), made } }
}

fn edited(source: &str, edits: &[(usize, usize, String)]) -> String {
    let mut text = String::with_capacity(source.len() + edits.len() * 40);
    let mut at = 0;
    for (from, to, new) in edits {
        text.push_str(source.get(at..*from).unwrap_or_default());
        text.push_str(new);
        at = *to;
    }
    text.push_str(source.get(at..).unwrap_or_default());
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn switched(source: &str) -> (String, Vec<Kind>) {
        let it = switch("a.rs", source, 7);
        assert!(it.left.is_empty(), "{:?}", it.left);
        (it.text, it.sites.iter().map(|site| site.kind).collect())
    }

    #[test]
    fn a_verdict_that_is_made_gets_a_switch() {
        let (text, kinds) = switched("x.map_or(Verdict::Pass, Verdict::inconclusive)");
        assert_eq!(
            text,
            "x.map_or(crate::mutation::pass::<7>(), crate::mutation::inconclusive::<8>)"
        );
        assert_eq!(kinds, [Kind::Pass, Kind::Inconclusive]);
    }

    #[test]
    fn a_reason_gets_one_wherever_it_is_given() {
        let text = switched("gap = Some(format!(\"{a}, {b}\", a = f(1, 2)));").0;
        let expected = "gap = Some(crate::mutation::reason::<7, _>(format!(\"{a}, {b}\", a = f(1, \
                        2))));";
        assert_eq!(text, expected);
        assert_eq!(
            switched("e.ok_or_else(|| inconclusive(WHY))?; fn inconclusive(a: &str) {}").1,
            [Kind::Reason]
        );
        assert_eq!(switched("Err(Step::inconclusive(WHY))").1, [Kind::Reason]);
        assert_eq!(switched("Ok(End::Unclear(why.into()))").1, [Kind::Reason]);
    }

    #[test]
    fn what_only_looks_at_a_verdict_or_is_a_test_gets_none() {
        let source = "match v { Verdict::Pass | Verdict::Inconclusive { .. } => 1, \
                      Some(End::Unclear(why)) => 2 } if let End::Unclear(why) = e {} \
                      a == Verdict::Pass; // Verdict::Pass\n\
                      #[cfg(test)]\nmod tests { fn f() { Verdict::Pass } }";
        assert_eq!(switched(source), (source.to_owned(), Vec::new()));
    }

    #[test]
    fn what_cannot_get_one_is_named() {
        let it = switch("a.rs", "\nlet a = Verdict::Inconclusive { because };", 0);
        assert_eq!((it.left, it.sites), (vec!["a.rs:2".to_owned()], Vec::new()));
        assert_eq!(switch("a.rs", "inconclusive(a, b)", 0).left, ["a.rs:1"]);
        for hides in [
            "fn stop(why: &str) -> Step { Step::Done(Verdict::inconclusive(why)) }",
            "let stop = |why: &str| Step::inconclusive(why);",
        ] {
            assert_eq!(switch("a.rs", hides, 0).left, ["a.rs:1"], "{hides}");
        }
        let plain = "fn diverged() -> Step { Step::inconclusive(WHY) } f(|why| Step::Done(why)); \
                     let none = || Step::inconclusive(WHY);";
        assert!(switch("a.rs", plain, 0).left.is_empty());
    }
}
