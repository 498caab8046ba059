//! `avouch policy init`: twelve policies to begin with, of our own writing.

use super::register_args::PolicyInitArgs;
use super::{Failed, answer, tell};
use crate::exit::Exit;
use anyhow::Context;
use std::io::Write;

/// The policies, by id.
pub(super) const STARTERS: [(&str, &str); 12] = [
    ("api-security", include_str!("starters/api-security.md")),
    ("access-control", include_str!("starters/access-control.md")),
    ("cryptography", include_str!("starters/cryptography.md")),
    ("logging-and-retention", include_str!("starters/logging-and-retention.md")),
    ("change-management", include_str!("starters/change-management.md")),
    ("incident-response", include_str!("starters/incident-response.md")),
    ("vendor-management", include_str!("starters/vendor-management.md")),
    ("data-classification", include_str!("starters/data-classification.md")),
    ("secure-development", include_str!("starters/secure-development.md")),
    ("vulnerability-management", include_str!("starters/vulnerability-management.md")),
    ("acceptable-use", include_str!("starters/acceptable-use.md")),
    ("business-continuity", include_str!("starters/business-continuity.md")),
];

/// Writes those that are not there yet.
pub(super) fn run(args: &PolicyInitArgs) -> Result<Exit, Failed> {
    let folder = &args.folder;
    let shown = folder.display();
    std::fs::create_dir_all(folder)
        .with_context(|| format!("the folder `{shown}`"))
        .map_err(Failed::usage)?;
    let (mut written, mut left) = (0, 0);
    for (id, text) in STARTERS {
        let path = folder.join(format!("{id}.md"));
        match std::fs::File::create_new(&path) {
            Ok(mut file) => {
                let text = text.replace("author: (name)", &format!("author: {}", args.owner));
                file.write_all(text.as_bytes())
                    .with_context(|| format!("`{}`", path.display()))
                    .map_err(Failed::usage)?;
                answer(&format!("{}\n", path.display()))?;
                written += 1;
            }
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => left += 1,
            Err(error) => {
                return Err(Failed::usage(
                    anyhow::Error::from(error).context(format!("`{}`", path.display())),
                ));
            }
        }
    }
    tell(&format!("{written} policies written, {left} were there and are as they were"));
    tell("next: adapt them, name their author, keep them in git, then `avouch policy import`");
    Ok(Exit::Clean)
}

#[cfg(test)]
mod tests {
    use super::super::policy::parse;
    use super::*;

    #[test]
    fn every_starter_is_a_policy_that_can_be_imported() {
        for (id, text) in STARTERS {
            let policy = parse(text).unwrap_or_else(|error| panic!("{id}: {error:#}"));
            assert_eq!(policy.id, id);
            assert!(!policy.controls.is_empty() && !policy.criteria.is_empty(), "{id}");
            assert!(text.split_whitespace().count() > 250, "{id} says too little");
            for section in
                ["## Purpose", "## Scope", "## Rules", "## How it is shown", "## Exceptions"]
            {
                assert!(text.contains(section), "{id}: {section}");
            }
        }
    }

    #[test]
    fn every_control_that_rests_on_a_policy_has_a_starter() {
        for id in ["logging-and-retention", "incident-response"] {
            assert!(STARTERS.iter().any(|(starter, _)| *starter == id));
        }
    }
}
