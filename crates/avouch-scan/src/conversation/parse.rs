//! Reads a conversation.

use avouch_model::exchange::Failure;
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::Verdict;

/// A conversation as written.
#[derive(Debug, Default)]
pub(super) struct Conversation {
    pub(super) title: String,
    /// `key`, `value` lines before the first section.
    pub(super) directives: Vec<(String, String)>,
    /// What is in the corpus.
    pub(super) given: Vec<Turn>,
    /// What the check asks, in order.
    pub(super) asks: Vec<Turn>,
    pub(super) verdict: Expected,
}

/// A question and its answer.
#[derive(Clone, Debug, Default)]
pub(super) struct Turn {
    /// `A GET /orders/7`, `hello TLS1.0`, `raw TRACE *`, `await`, `together 5`.
    pub(super) question: String,
    /// Header patterns that must be in the request.
    pub(super) headers: Vec<(String, String)>,
    /// A pattern of the body.
    pub(super) body: Option<String>,
    pub(super) reply: Reply,
}

/// What is answered.
#[derive(Clone, Debug, Default)]
pub(super) struct Reply {
    /// `200`, `refused`, `timeout`, `accepted TLS1.0`, `hit http`, `none` …
    pub(super) line: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: String,
}

impl Reply {
    pub(super) fn failure(&self) -> Option<Failure> {
        match self.line.as_str() {
            "refused" => Some(Failure::Refused),
            "timeout" => Some(Failure::TimedOut("the whole exchange".into())),
            "broken" => Some(Failure::Broken("reset".into())),
            _ => None,
        }
    }
}

/// The verdict a conversation must end in.
#[derive(Clone, Debug, Default)]
pub(super) struct Expected {
    kind: String,
    severity: Option<Severity>,
    confidence: Option<Confidence>,
}

impl Expected {
    pub(super) fn holds(&self, verdict: &Verdict) -> Result<(), String> {
        let (kind, weight) = match verdict {
            Verdict::Pass => ("pass", None),
            Verdict::Fail(proof) => ("fail", Some((proof.severity, proof.confidence))),
            Verdict::Inconclusive { .. } => ("inconclusive", None),
            Verdict::NotApplicable => ("not-applicable", None),
        };
        let same_weight = weight.is_none_or(|(severity, confidence)| {
            self.severity == Some(severity) && self.confidence == Some(confidence)
        });
        if kind == self.kind && same_weight {
            Ok(())
        } else {
            Err(format!("must end in {self:?}, ended in {verdict:?}"))
        }
    }
}

/// Reads a conversation block.
pub(super) fn parse(text: &str) -> Result<Conversation, String> {
    let mut conversation = Conversation::default();
    let mut section = "";
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        if line == "given:" || line == "asks:" {
            section = if line == "given:" { "given" } else { "asks" };
        } else if let Some(question) = line.strip_prefix("> ") {
            let turns = match section {
                "given" => &mut conversation.given,
                "asks" => &mut conversation.asks,
                _ => return Err(format!("`{line}` stands before `given:` or `asks:`")),
            };
            turns.push(Turn { question: question.trim().to_owned(), ..Turn::default() });
            let turn = turns.last_mut().ok_or("no turn")?;
            while let Some(more) = lines.next_if(|l| l.starts_with('>') || l.starts_with('<')) {
                add_line(turn, more)?;
                if lines.peek().is_some_and(|l| l.starts_with("> ")) && !turn.reply.line.is_empty()
                {
                    break;
                }
            }
        } else if let Some(verdict) = line.strip_prefix("verdict:") {
            conversation.verdict = expected(verdict)?;
        } else if let Some((key, value)) = line.split_once(':') {
            let mut value = value.trim().to_owned();
            while let Some(more) = lines.next_if(|l| l.starts_with("  ")) {
                value.push('\n');
                value.push_str(more.get(2..).unwrap_or_default());
            }
            if key == "title" {
                conversation.title = value;
            } else {
                conversation.directives.push((key.trim().to_owned(), value));
            }
        } else {
            return Err(format!("cannot read `{line}`"));
        }
    }
    if conversation.verdict.kind.is_empty() {
        return Err("there is no `verdict:`".into());
    }
    Ok(conversation)
}

fn add_line(turn: &mut Turn, line: &str) -> Result<(), String> {
    let header = |text: &str| -> Result<(String, String), String> {
        let (name, value) = text.split_once(':').ok_or_else(|| format!("`{text}` is no header"))?;
        Ok((name.trim().to_owned(), value.trim().to_owned()))
    };
    if let Some(text) = line.strip_prefix('>') {
        match text.trim().strip_prefix('=') {
            Some(body) => turn.body = Some(body.trim().to_owned()),
            None => turn.headers.push(header(text)?),
        }
        return Ok(());
    }
    let text = line.strip_prefix('<').unwrap_or_default();
    let text = text.strip_prefix(' ').unwrap_or(text);
    let reply = &mut turn.reply;
    if reply.line.is_empty() {
        let (line, body) = match text.find(['{', '[']) {
            Some(at) => text.split_at(at),
            None => (text, ""),
        };
        reply.line = line.trim().to_owned();
        reply.body = body.to_owned();
    } else if let Some(body) = text.strip_prefix('=') {
        if !reply.body.is_empty() {
            reply.body.push('\n');
        }
        reply.body.push_str(body.strip_prefix(' ').unwrap_or(body));
    } else {
        reply.headers.push(header(text)?);
    }
    Ok(())
}

fn expected(text: &str) -> Result<Expected, String> {
    let mut expected = Expected::default();
    for word in text.split_whitespace() {
        match word {
            "info" => expected.severity = Some(Severity::Info),
            "low" => expected.severity = Some(Severity::Low),
            "medium" => expected.severity = Some(Severity::Medium),
            "high" => expected.severity = Some(Severity::High),
            "critical" => expected.severity = Some(Severity::Critical),
            "tentative" => expected.confidence = Some(Confidence::Tentative),
            "firm" => expected.confidence = Some(Confidence::Firm),
            "confirmed" => expected.confidence = Some(Confidence::Confirmed),
            "pass" | "fail" | "inconclusive" | "not-applicable" => {
                word.clone_into(&mut expected.kind);
            }
            other => return Err(format!("`{other}` is no part of a verdict")),
        }
    }
    Ok(expected)
}
