//! What of an answer may leave.

use super::Guard;
use crate::course::Course;
use crate::filter::{AnswerBody, AnswerPlan, Asker, Filtered, Rule};
use crate::refusal::Refusal;
use crate::settings::Mode;
use http::HeaderMap;

/// What of an answer of the API decides what is done with it.
#[derive(Clone, Copy, Debug)]
pub struct Answered<'a> {
    /// The method of the request.
    pub method: &'a str,
    /// Whether the client asked by TLS.
    pub tls: bool,
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: &'a HeaderMap,
}

impl Guard {
    /// What is to be done with an answer of the API; `None` without a description.
    pub fn answer(&self, course: &Course, answered: &Answered<'_>) -> Option<AnswerPlan> {
        let compiled = self.filter.as_ref()?;
        let roles = course.principal.as_ref().map_or(&[][..], |principal| &principal.roles);
        let asker = Asker {
            method: answered.method,
            roles,
            tls: answered.tls,
            public: self.rules(course).is_some_and(|rules| rules.public),
        };
        let mut plan = compiled.answer(course.index, answered.status, answered.headers, &asker);
        let keeps = matches!(plan.body, AnswerBody::Replace(_) | AnswerBody::Refuse(_));
        if self.only_watches_answers(course) && keeps {
            plan.body = AnswerBody::Forward;
        }
        Some(plan)
    }

    /// Headers that tell clients of an operation's end (RFC 9745, RFC 8594).
    pub fn announced(&self, course: &Course) -> &[(&'static str, String)] {
        self.rules(course).map_or(&[], |rules| &rules.announced)
    }

    /// Filters the body of an answer that was to be filtered. Where it is only watched, the body stays
    /// as it came.
    pub fn filtered<'b>(
        &self,
        course: &mut Course,
        rule: &Rule,
        body: &'b [u8],
    ) -> Result<Filtered<'b>, Refusal> {
        let watches = self.only_watches_answers(course);
        match rule.run(body) {
            Ok(filtered) if watches => {
                if filtered.removed > 0 {
                    let detail = "Something of the answer would have been left out.";
                    course.observed.push(Refusal::new("filter", "answer-filtered", 200, detail));
                }
                Ok(Filtered { body: body.into(), ..filtered })
            }
            Err(refusal) if watches => {
                course.observed.push(refusal);
                Ok(Filtered { body: body.into(), ..Filtered::default() })
            }
            other => other,
        }
    }

    fn only_watches_answers(&self, course: &Course) -> bool {
        self.settings.filter.mode == Mode::Learn
            || self.rules(course).is_some_and(|rules| rules.learn.contains(&"filter"))
    }
}
