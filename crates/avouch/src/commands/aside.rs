//! Commands that this program gives itself, within its own process: what they say is heard, not shown.

use super::run;
use crate::cli::Cli;
use crate::exit::Exit;
use clap::Parser;
use std::cell::RefCell;

/// What a command said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Said {
    /// Its answer.
    pub(super) answer: String,
    /// What it told besides.
    pub(super) told: String,
}

thread_local! {
    static HEARD: RefCell<Option<Said>> = const { RefCell::new(None) };
}

/// Takes an answer, where somebody listens.
pub(super) fn answered(text: &str) -> bool {
    heard(|said| said.answer.push_str(text))
}

/// Takes what is told besides, where somebody listens.
pub(super) fn told(text: &str) -> bool {
    heard(|said| {
        said.told.push_str(text);
        said.told.push('\n');
    })
}

fn heard(take: impl FnOnce(&mut Said)) -> bool {
    HEARD.with_borrow_mut(|heard| heard.as_mut().map(take).is_some())
}

/// Runs a command as if it had been typed, by this process's clock and in its folder.
pub(super) fn typed(words: &[String]) -> (Exit, Said) {
    let program = std::iter::once("avouch").chain(words.iter().map(String::as_str));
    let command = match Cli::try_parse_from(program) {
        Ok(cli) => cli.command,
        Err(error) => {
            let said = Said { told: error.to_string(), ..Said::default() };
            return (Exit::Usage, said);
        }
    };
    let before = HEARD.replace(Some(Said::default()));
    let exit = run(command);
    (exit, HEARD.replace(before).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed_words(line: &str) -> (Exit, Said) {
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        typed(&words)
    }

    #[test]
    fn a_command_is_heard_and_ends_as_it_would_for_a_person() {
        let (exit, said) = typed_words("explain BOLA-01");
        assert_eq!(exit, Exit::Clean);
        assert!(said.answer.contains("BOLA-01") && said.told.is_empty());
        let (exit, said) = typed_words("explain NONE-99");
        assert_eq!(exit, Exit::Usage);
        assert!(said.answer.is_empty() && said.told.contains("NONE-99"));
        assert_eq!(typed_words("explain").0, Exit::Usage);
        assert!(!answered("nobody listens any more"));
    }
}
