//! Ways to write an operator of a document database into an input.

use super::probe::{Probe, Said};
use crate::context::{Input, InputPlace};
use crate::forms::Form;
use crate::nonce::Nonces;
use crate::step::Step;
use crate::tape::Tape;
use serde_json::json;

/// How it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// `{"name": {"$ne": "x"}}`
    Json,
    /// `name[$ne]=x`, in the query.
    Query,
    /// The same in a form.
    Form,
    /// In a text that is pasted into a script (`$where`), with that quote.
    Script(char),
}

impl Style {
    /// The ways that are worth trying for an input.
    pub(super) fn of(probe: &Probe<'_>) -> Vec<Self> {
        let form = Form::of_request(&probe.sample.request).is_some();
        let first = match probe.input {
            Input::Body(_) if form => Some(Self::Form),
            Input::Body(_) => Some(Self::Json),
            Input::Parameter(InputPlace::Query, _) => Some(Self::Query),
            Input::Parameter(..) => None,
        };
        let script = !matches!(probe.input, Input::Parameter(InputPlace::Header, _));
        let scripts = ['\'', '"'].into_iter().filter(|_| script).map(Self::Script);
        first.into_iter().chain(scripts).collect()
    }
}

/// Operators for an input in one style.
#[derive(Debug)]
pub(super) struct Operators<'p> {
    pub(super) probe: &'p Probe<'p>,
    pub(super) style: Style,
    pub(super) nonces: &'p Nonces,
}

impl Operators<'_> {
    /// Asks for whatever is not a random value, or for nothing but it.
    pub(super) fn ask<'t>(
        &self,
        tape: &mut Tape<'t>,
        round: &str,
        holds: bool,
    ) -> Result<Said<'t>, Step> {
        let word = self.nonces.word(&format!("{round} value"), 9);
        self.operator(tape, if holds { "$ne" } else { "$eq" }, &word)
    }

    /// With an operator that no database knows.
    pub(super) fn broken<'t>(&self, tape: &mut Tape<'t>) -> Result<Said<'t>, Step> {
        self.operator(tape, "$nee", &self.nonces.word("broken value", 9))
    }

    /// How it is written, for the record.
    pub(super) fn example(&self, holds: bool) -> String {
        let operator = if holds { "$ne" } else { "$eq" };
        match self.style {
            Style::Json => format!("`{{\"{operator}\": random}}`"),
            Style::Query | Style::Form => format!("`[{operator}]=random`"),
            Style::Script(quote) => {
                let second = if holds { "x" } else { "y" };
                format!("`{quote} || {quote}x{quote}=={quote}{second}`")
            }
        }
    }

    fn operator<'t>(
        &self,
        tape: &mut Tape<'t>,
        operator: &str,
        word: &str,
    ) -> Result<Said<'t>, Step> {
        match self.style {
            Style::Json => self.probe.ask_json(tape, &json!({ operator: word })),
            Style::Query | Style::Form => {
                self.probe.ask_named(tape, &format!("[{operator}]"), word)
            }
            Style::Script(quote) => {
                let (joint, other) = match operator {
                    "$ne" => ("||", word),
                    "$eq" => ("||", "other"),
                    _ => ("|||", word),
                };
                let text = format!("{word}{quote} {joint} {quote}{word}{quote}=={quote}{other}");
                self.probe.ask(tape, &text)
            }
        }
    }
}
