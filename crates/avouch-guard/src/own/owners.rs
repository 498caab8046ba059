//! Which operations are guarded by whose the object is, and what is asked for each.

use super::pointer::{Pointer, text};
use super::told::{Told, Where};
use crate::principal::Principal;
use crate::refusal::Refusal;
use crate::remembered::Remembered;
use crate::route::{SettingError, matching};
use crate::settings::own::{Own, Owning};
use avouch_catalog::Catalog;
use avouch_model::operation::Method;
use std::borrow::Cow;
use std::sync::Arc;

/// The name of the policy.
pub(super) const POLICY: &str = "own";

/// All rules of ownership.
#[derive(Debug)]
pub struct Owners {
    rules: Vec<Rule>,
    /// By the operation's index: the rules, of which one is enough.
    of: Vec<Vec<usize>>,
    settings: Owning,
    remembered: Remembered<u64>,
}

/// One entry of the settings.
#[derive(Debug)]
struct Rule {
    /// The path that is asked, segment by segment.
    ask: Vec<Segment>,
    is: Where,
    claim: Option<String>,
    /// For each operation that it guards: its template, and the parameter that is looked for.
    guarded: Vec<Guarded>,
    roles: Vec<String>,
}

#[derive(Debug)]
struct Guarded {
    operation: usize,
    template: Vec<Segment>,
    parameter: Option<String>,
}

/// A segment of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Segment {
    Literal(String),
    Parameter(String),
}

/// A question for the API, to be put with the credential of whoever asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// The path to ask by `GET`.
    pub path: String,
    rule: usize,
    wanted: String,
    key: Box<[u8]>,
}

impl Owners {
    /// Rules for the operations of a description, or what is wrong with them.
    pub fn new(
        catalog: &Catalog,
        operations: &[Arc<str>],
        rules: &[Own],
        settings: &Owning,
    ) -> Result<Self, Vec<SettingError>> {
        let mut made = Vec::with_capacity(rules.len());
        let mut wrong = Vec::new();
        for rule in rules {
            match compiled(catalog, operations, rule) {
                Ok(rule) => made.push(rule),
                Err(error) => wrong.push(error),
            }
        }
        if !wrong.is_empty() {
            return Err(wrong);
        }
        let mut of = vec![Vec::new(); operations.len()];
        for (index, rule) in made.iter().enumerate() {
            for guarded in &rule.guarded {
                if let Some(rules) = of.get_mut(guarded.operation) {
                    rules.push(index);
                }
            }
        }
        let remembered = Remembered::new(settings.remembered_max);
        Ok(Self { rules: made, of, settings: settings.clone(), remembered })
    }

    /// What holds for all rules.
    pub fn settings(&self) -> &Owning {
        &self.settings
    }

    /// What the API is to be asked before a request goes on: one answer that says it is theirs is enough.
    /// `path` is the request's, `parameters` those that the router found in it. Without a question, it
    /// may pass.
    pub fn looks(
        &self,
        operation: usize,
        principal: &Principal,
        path: &str,
        parameters: &[(&str, Cow<'_, str>)],
        now_ms: u64,
    ) -> Result<Vec<Look>, Refusal> {
        let rules = self.of.get(operation).map_or(&[][..], Vec::as_slice);
        let rules: Vec<_> =
            rules.iter().filter_map(|index| Some((*index, self.rules.get(*index)?))).collect();
        let reaches_all = |role: &String| principal.roles.contains(role);
        if rules.is_empty() || rules.iter().any(|(_, rule)| rule.roles.iter().any(reaches_all)) {
            return Ok(Vec::new());
        }
        if principal.is_anybody() {
            let detail = "this is its owner's, and it is not known who asks";
            return Err(Refusal::new(POLICY, "owner-missing", 403, detail));
        }
        let looks: Vec<_> = rules
            .into_iter()
            .filter_map(|(index, rule)| rule.look(index, operation, principal, path, parameters))
            .collect();
        let is_known =
            |look: &Look| self.remembered.find(&look.key).is_some_and(|end| now_ms < end);
        if looks.iter().any(is_known) {
            return Ok(Vec::new());
        }
        // Where nothing can be asked nothing is known.
        if looks.is_empty() { Err(unknown()) } else { Ok(looks) }
    }

    /// Reads what the API answered, and remembers what is theirs.
    pub fn told(&self, look: &Look, status: u16, body: &[u8], now_ms: u64) -> Told {
        let Some(rule) = self.rules.get(look.rule) else { return Told::Unknown };
        let told = rule.is.read(&look.wanted, status, body);
        if told == Told::Theirs && self.settings.remembered_ms > 0 {
            self.remembered.keep(&look.key, &now_ms.saturating_add(self.settings.remembered_ms));
        }
        told
    }

    /// The refusal of what turned out not to be theirs: as if it were not there.
    pub fn refusal(told: Told) -> Refusal {
        match told {
            Told::Unknown => unknown(),
            Told::Theirs | Told::NotTheirs => Refusal::new(
                POLICY,
                "object-unknown",
                404,
                "there is no such thing for whoever asks",
            ),
        }
    }
}

fn unknown() -> Refusal {
    Refusal::undecided(POLICY, "owner-unknown", "it cannot be found out whose this is")
}

impl Rule {
    fn look(
        &self,
        index: usize,
        operation: usize,
        principal: &Principal,
        path: &str,
        parameters: &[(&str, Cow<'_, str>)],
    ) -> Option<Look> {
        let guarded = self.guarded.iter().find(|guarded| guarded.operation == operation)?;
        let wanted = match (&self.is, &self.claim) {
            (Where::Owner(_), Some(claim)) => text(principal.claims.get(claim)?)?.into_owned(),
            (Where::Owner(_), None) => principal.id.clone(),
            (Where::Item(_), _) => {
                let name = guarded.parameter.as_deref()?;
                parameters.iter().find(|(known, _)| *known == name)?.1.clone().into_owned()
            }
        };
        if wanted.is_empty() {
            return None;
        }
        let path = self.path(&guarded.template, path)?;
        let key = key(index, principal, &path, &wanted);
        Some(Look { path, rule: index, wanted, key })
    }

    /// The path to ask, made of the request's own segments as they stand.
    fn path(&self, template: &[Segment], path: &str) -> Option<String> {
        let segments: Vec<&str> = path.strip_prefix('/')?.split('/').collect();
        let base = segments.len().checked_sub(template.len())?;
        let mut asked = String::with_capacity(path.len());
        for segment in segments.get(..base)? {
            asked.extend(["/", segment]);
        }
        for segment in &self.ask {
            let said = match segment {
                Segment::Literal(text) => text,
                Segment::Parameter(_) => {
                    let at = template.iter().position(|known| known == segment)?;
                    *segments.get(base + at)?
                }
            };
            asked.extend(["/", said]);
        }
        Some(asked)
    }
}

/// All that an answer rests on, so written that no two different things are written alike.
fn key(rule: usize, principal: &Principal, path: &str, wanted: &str) -> Box<[u8]> {
    let mut key = rule.to_le_bytes().to_vec();
    let of = [principal.issuer.as_deref(), principal.key.as_deref(), principal.token.as_deref()];
    let of = of.into_iter().map(Option::unwrap_or_default);
    for text in of.chain([principal.id.as_str(), path, wanted]) {
        key.extend((text.len() as u64).to_le_bytes());
        key.extend(text.as_bytes());
    }
    key.into()
}

fn compiled(catalog: &Catalog, operations: &[Arc<str>], rule: &Own) -> Result<Rule, SettingError> {
    let wrong = |because: &'static str| SettingError::Own { ask: rule.ask.clone(), because };
    let asked = catalog.operations.iter().find(|operation| operation.id.0 == rule.ask);
    let asked = asked.ok_or(SettingError::NamesNothing { pattern: rule.ask.clone() })?;
    if asked.method != Method::Get || asked.graph.is_some() {
        return Err(wrong("what is asked is a GET, which changes nothing"));
    }
    let pointer = |text: &str| Pointer::parse(text).ok_or(wrong("a pointer begins with a slash"));
    let is = match (&rule.owner, &rule.item) {
        (Some(owner), None) => Where::Owner(pointer(owner)?),
        (None, Some(item)) => Where::Item(pointer(item)?),
        _ => return Err(wrong("one of `owner` and `item` says where to look")),
    };
    if rule.claim.is_some() && rule.item.is_some() {
        return Err(wrong("`claim` goes with `owner`"));
    }
    let ask = segments(&asked.path).ok_or(wrong("a parameter is less than a segment"))?;
    let named = matching(&rule.matches, operations)
        .map_err(|pattern| SettingError::NamesNothing { pattern: pattern.clone() })?;
    let mut guarded = Vec::new();
    for (operation, _) in named.iter().enumerate().filter(|(_, named)| **named) {
        let Some(known) = catalog.operations.get(operation) else { continue };
        let template = segments(&known.path).ok_or(wrong("a parameter is less than a segment"))?;
        let is_known = |segment: &Segment| {
            matches!(segment, Segment::Literal(_)) || template.contains(segment)
        };
        if !ask.iter().all(is_known) {
            return Err(wrong("its path has a parameter that a guarded operation does not have"));
        }
        let last = known.path_parameters().last().map(str::to_owned);
        let parameter = rule.parameter.clone().or(last);
        let has = |name: &String| known.path_parameters().any(|known| known == name);
        if matches!(is, Where::Item(_)) && !parameter.as_ref().is_some_and(has) {
            return Err(wrong("a guarded operation has no such parameter in its path"));
        }
        guarded.push(Guarded { operation, template, parameter });
    }
    Ok(Rule { ask, is, claim: rule.claim.clone(), guarded, roles: rule.roles.clone() })
}

/// The segments of a template; nothing when a parameter is less than a whole one.
fn segments(template: &str) -> Option<Vec<Segment>> {
    template
        .strip_prefix('/')?
        .split('/')
        .map(|segment| {
            if let Some(name) = segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
                return Some(Segment::Parameter(name.to_owned()));
            }
            (!segment.contains(['{', '}'])).then(|| Segment::Literal(segment.to_owned()))
        })
        .collect()
}
