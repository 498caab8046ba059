//! A year as a text: a line for each act, with its moment, as somebody would type it.
//!
//! ```text
//! 03-14 09:20 policy approve change --actor otto      a command, which must end with 0
//! 03-14 09:30 !1 control run                          one that must end with 1
//! 03-14 09:40 key issue --owner erp => erp            `{erp}` is the key's id from here on
//! 03-14 10:00 write people.csv                        a file of the lines below that begin with `|`
//! | person,name
//! 03-14 11:00 - shop weak                             something that happens by itself
//! ```

use anyhow::{Context, anyhow};

/// The year that is told.
pub(super) const YEAR: i16 = 2025;

/// Something at a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Act {
    /// When, in milliseconds since 1970.
    pub(super) at_ms: u64,
    /// The line, as it stands there.
    pub(super) line: String,
    pub(super) what: What,
}

/// What happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// Somebody gives a command.
    Typed {
        words: Vec<String>,
        /// The code it must end with.
        code: i32,
        /// By what its answer is known later.
        known_as: Option<String>,
    },
    /// Somebody writes a file.
    Written { file: String, text: String },
    /// Something happens by itself.
    Happened(Vec<String>),
}

/// Reads a diary. What cannot be read is named by its line.
pub(super) fn read(text: &str) -> anyhow::Result<Vec<Act>> {
    let mut acts: Vec<Act> = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let named = || format!("line {}: `{line}`", number + 1);
        if let Some(rest) = line.strip_prefix('|') {
            let Some(Act { what: What::Written { text, .. }, .. }) = acts.last_mut() else {
                return Err(anyhow!("{}: no file is written here", named()));
            };
            text.push_str(rest.strip_prefix(' ').unwrap_or(rest));
            text.push('\n');
        } else if !line.trim().is_empty() && !line.starts_with('#') {
            let act = act(line).with_context(named)?;
            if acts.last().is_some_and(|last| last.at_ms > act.at_ms) {
                return Err(anyhow!("{}: it is before the one above", named()));
            }
            acts.push(act);
        }
    }
    Ok(acts)
}

fn act(line: &str) -> anyhow::Result<Act> {
    let mut parts = line.splitn(3, ' ');
    let (day, time, rest) = (parts.next(), parts.next(), parts.next());
    let (Some(day), Some(time), Some(rest)) = (day, time, rest) else {
        return Err(anyhow!("it is no day, time and act"));
    };
    // The audit comes when the year is over.
    let day = if day.len() > 5 { day.to_owned() } else { format!("{YEAR}-{day}") };
    let moment: jiff::Timestamp = format!("{day}T{time}:00Z").parse()?;
    let at_ms = u64::try_from(moment.as_millisecond())?;
    let what = if let Some(happened) = rest.strip_prefix("- ") {
        What::Happened(happened.split(' ').map(str::to_owned).collect())
    } else if let Some(file) = rest.strip_prefix("write ") {
        What::Written { file: file.to_owned(), text: String::new() }
    } else {
        typed(words(rest)?)?
    };
    Ok(Act { at_ms, line: rest.to_owned(), what })
}

fn typed(mut words: Vec<String>) -> anyhow::Result<What> {
    let code = match words.first().and_then(|word| word.strip_prefix('!')) {
        Some(code) => code.parse()?,
        None => 0,
    };
    words.retain(|word| !word.starts_with('!'));
    let mut known_as = None;
    if let Some(at) = words.iter().position(|word| word == "=>") {
        known_as = Some(words.get(at + 1).cloned().context("it names nothing")?);
        words.truncate(at);
    }
    Ok(What::Typed { words, code, known_as })
}

/// Words between spaces; between `'` a space is none.
fn words(text: &str) -> anyhow::Result<Vec<String>> {
    let (mut words, mut word, mut quoted, mut any) = (Vec::new(), String::new(), false, false);
    for letter in text.chars() {
        match letter {
            '\'' => {
                quoted = !quoted;
                any = true;
            }
            ' ' if !quoted => {
                if any {
                    words.push(std::mem::take(&mut word));
                }
                any = false;
            }
            letter => {
                word.push(letter);
                any = true;
            }
        }
    }
    if any {
        words.push(word);
    }
    if quoted { Err(anyhow!("a `'` has no other")) } else { Ok(words) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diary_is_read_line_by_line() {
        let text = "# a year\n01-02 09:00 key issue --owner 'the erp' => erp\n\n01-02 09:01 write a.csv\n| x,y\n|\n01-03 00:00 !1 control run\n01-03 00:00 - shop weak\n";
        let acts = read(text).unwrap();
        assert_eq!(acts.len(), 4);
        assert_eq!(acts[0].at_ms, 1_735_808_400_000);
        let words = ["key", "issue", "--owner", "the erp"].map(str::to_owned).to_vec();
        assert_eq!(acts[0].what, What::Typed { words, code: 0, known_as: Some("erp".into()) });
        assert_eq!(acts[1].what, What::Written { file: "a.csv".into(), text: "x,y\n\n".into() });
        assert!(matches!(&acts[2].what, What::Typed { code: 1, .. }));
        assert_eq!(acts[3].what, What::Happened(vec!["shop".into(), "weak".into()]));
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        for bad in
            ["soon", "02-30 09:00 x", "| x", "01-02 09:00 x 'y", "01-02 09:00 x\n01-01 09:00 y"]
        {
            let error = format!("{:#}", read(bad).unwrap_err());
            assert!(error.contains("line "), "{error}");
        }
    }
}
