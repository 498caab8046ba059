//! The small language of `avouch ledger query`.
//!
//! A filter is words, all of which must hold: `principal=anna`, `operation~/orders`,
//! `decision!=allow`, `.status=500` for a member of the body, `type=hold`, `since=2026-11-01`,
//! `until=2026-11-30`.

use anyhow::anyhow;
use avouch_ledger::format::{Day, fields};
use serde_json::Value;

/// How a value is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum How {
    Is,
    IsNot,
    Holds,
}

/// Where the value stands in a described entry.
#[derive(Clone, Debug, PartialEq, Eq)]
enum What {
    Type,
    Term(&'static str),
    Body(Vec<String>),
    Since(u64),
    Until(u64),
}

/// One word.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Word {
    what: What,
    how: How,
    value: String,
}

/// All words of a filter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Filter(Vec<Word>);

impl Filter {
    /// Reads words.
    pub(super) fn parse(words: &[String]) -> anyhow::Result<Self> {
        words.iter().map(|word| read(word)).collect::<anyhow::Result<_>>().map(Self)
    }

    /// The conditions that the index can answer: which field must have which value.
    pub(super) fn indexed(&self) -> Vec<(u8, &str)> {
        self.0.iter().filter_map(Word::indexed).collect()
    }

    /// The kind that everything must be of.
    pub(super) fn kind(&self) -> Option<&str> {
        let mut indexed = self.indexed().into_iter();
        indexed.find(|(field, _)| *field == fields::KIND).map(|(_, kind)| kind)
    }

    /// The one condition of a filter that has no other.
    pub(super) fn only(&self) -> Option<(u8, &str)> {
        match (self.indexed().as_slice(), self.0.as_slice()) {
            ([one], [_]) => Some(*one),
            _ => None,
        }
    }

    /// Whether a described entry fits.
    pub(super) fn fits(&self, entry: &Value) -> bool {
        self.0.iter().all(|word| word.fits(entry))
    }
}

fn read(word: &str) -> anyhow::Result<Word> {
    let wrong = || anyhow!("`{word}` is no condition of a filter");
    let place = word.find(['=', '!', '~']).ok_or_else(wrong)?;
    let (name, rest) = word.split_at_checked(place).ok_or_else(wrong)?;
    let (how, value) = [("!=", How::IsNot), ("=", How::Is), ("~", How::Holds)]
        .iter()
        .find_map(|(sign, how)| rest.strip_prefix(sign).map(|value| (*how, value.to_owned())))
        .ok_or_else(wrong)?;
    // `kind = scan` is `kind=scan`.
    let spaced = name.ends_with(' ');
    let value = if spaced { value.trim_start().to_owned() } else { value };
    let name = name.trim_end();
    let day =
        || Day::parse(&value).ok_or_else(|| anyhow!("`{value}` is not a day such as `2026-11-25`"));
    let what = match name {
        "type" => What::Type,
        "since" if how == How::Is => What::Since(day()?.begin_ms()),
        "until" if how == How::Is => What::Until(day()?.end_ms()),
        name if name.starts_with('.') => {
            What::Body(name.split('.').skip(1).map(str::to_owned).collect())
        }
        name => {
            let field = fields::NAMES.iter().find(|(_, known)| *known == name);
            What::Term(field.ok_or_else(|| anyhow!("`{name}` is not the name of a field"))?.1)
        }
    };
    Ok(Word { what, how, value })
}

impl Word {
    fn indexed(&self) -> Option<(u8, &str)> {
        let What::Term(name) = &self.what else { return None };
        let (field, _) = fields::NAMES.iter().find(|(_, known)| known == name)?;
        (self.how == How::Is).then_some((*field, self.value.as_str()))
    }

    fn fits(&self, entry: &Value) -> bool {
        let time = entry.get("time_ms").and_then(Value::as_u64).unwrap_or_default();
        let found = match &self.what {
            What::Since(begin) => return time >= *begin,
            What::Until(end) => return time < *end,
            What::Type => entry.get("type"),
            What::Term(name) => entry.get("terms").and_then(|terms| terms.get(*name)),
            What::Body(path) => path
                .iter()
                .try_fold(entry.get("body"), |value, name| {
                    Some(value.and_then(|value| value.get(name)))
                })
                .flatten(),
        };
        match (self.how, found) {
            (How::IsNot, found) => !holds(found, |text| text == self.value),
            (How::Is, found) => holds(found, |text| text == self.value),
            (How::Holds, found) => holds(found, |text| text.contains(&self.value)),
        }
    }
}

/// Whether something holds for what was found; of a list, for one of it.
fn holds(found: Option<&Value>, fits: impl Fn(&str) -> bool + Copy) -> bool {
    match found {
        None | Some(Value::Null) => false,
        Some(Value::String(text)) => fits(text),
        Some(Value::Array(values)) => values.iter().any(|value| holds(Some(value), fits)),
        Some(other) => fits(&other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn fits(words: &[&str]) -> bool {
        let entry = json!({
            "type": "record",
            "time_ms": 1_795_608_000_000_u64,
            "terms": { "principal": "anna", "trace": ["x", "y"] },
            "body": { "request": { "status": 500 }, "text": "a = b", "list": ["abc"] },
        });
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        Filter::parse(&words).unwrap().fits(&entry)
    }

    #[test]
    fn all_words_must_hold() {
        assert!(fits(&[]));
        assert!(fits(&["principal=anna", ".request.status=500", "type=record"]));
        assert!(!fits(&["principal=anna", ".request.status=200"]));
        assert!(fits(&["principal!=emma", "object!=7", ".text~a = "]));
        assert!(!fits(&["object=7"]));
        assert!(fits(&["since=2026-11-25", "until=2026-11-25"]));
        assert!(!fits(&["since=2026-11-26"]));
        assert!(!fits(&["until=2026-11-24"]));
        assert!(fits(&["principal = anna", "principal != emma"]));
        assert!(fits(&["trace=x", "trace=y", "trace!=z", ".list~b"]));
        assert!(!fits(&["trace!=x"]));
    }

    #[test]
    fn what_the_index_can_answer_is_told_apart() {
        let parse = |words: &[&str]| {
            Filter::parse(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>()).unwrap()
        };
        let both = parse(&["principal=anna", "object=7", "operation~/orders"]);
        assert_eq!(both.indexed(), [(1, "anna"), (4, "7")]);
        assert_eq!(both.only(), None);
        assert_eq!(parse(&["principal=anna"]).only(), Some((1, "anna")));
        assert_eq!(parse(&["principal!=anna"]).only(), None);
        assert_eq!(parse(&["principal=anna", "since=2026-11-25"]).only(), None);
    }

    #[test]
    fn what_is_no_condition_is_refused() {
        for word in ["", "anna", "colour=red", "since=yesterday", "since!=2026-11-25"] {
            assert!(Filter::parse(&[word.to_owned()]).is_err(), "{word}");
        }
    }
}
