//! BOLA-11: files of one identity are given to whoever has their address.

use crate::check::{Check, Family, Need, Oracle, Scope, Tier};
use crate::context::Context;
use crate::oracle::leaves::leaves;
use crate::oracle::random_like::is_uuid;
use crate::oracle::refusal::{is_login_page, refuses};
use crate::oracle::triad::uncached;
use crate::step::Request;
use crate::tape::{Flow, Tape};
use avouch_model::exchange::Answer;
use avouch_model::identity::Who;
use avouch_model::operation::Method;
use avouch_model::placeholder::Placeholder;
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};

/// LIMIT: files that are asked for.
const FILES_MAX: usize = 4;
/// Letters and digits in a row that nobody guesses.
const UNGUESSABLE_CHARS: usize = 20;
/// Names of what is shown to everybody by its nature.
const PUBLIC: [&str; 12] = [
    "avatar", "logo", "icon", "thumb", "banner", "cover", "picture", "photo", "image", "profile",
    "gravatar", "badge",
];
/// Names of parameters that sign an address.
const SIGNATURES: [&str; 6] = ["signature", "sig", "token", "x-amz-signature", "se", "expires"];
/// Endings and places of files.
const ENDINGS: [&str; 14] = [
    ".pdf", ".csv", ".doc", ".docx", ".xls", ".xlsx", ".zip", ".txt", ".json", ".xml", ".jpg",
    ".jpeg", ".png", ".mp4",
];
const PLACES: [&str; 8] = [
    "/files/",
    "/uploads/",
    "/upload/",
    "/attachments/",
    "/media/",
    "/documents/",
    "/download",
    "/storage/",
];

/// BOLA-11
pub(super) const CHECK: Check = Check {
    id: "BOLA-11",
    name: "private-file-readable-by-address",
    title: "A private file is given to whoever has its address",
    family: Family::Bola,
    severity: Severity::Medium,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::PrivateSet, Oracle::SoftNotFound],
    tier: Tier::Read,
    needs: &[Need::TwoIdentities],
    scope: Scope::Target,
    cwe: Cwe(425),
    owasp: &[Owasp::Api(1)],
    criteria: &["CC6.1", "C1.1"],
    page: include_str!("file_by_address.md"),
    applies,
    run,
};

fn applies(ctx: &Context<'_>) -> bool {
    !files(ctx).is_empty()
}

/// Addresses of files on this target that only their owner was shown, and that no described
/// operation reads: those are BOLA-01's.
fn files(ctx: &Context<'_>) -> Vec<(Who, String)> {
    let mut found: Vec<(Who, String)> = Vec::new();
    for sample in ctx.corpus.samples().iter().filter(|s| [Who::A, Who::B].contains(&s.who)) {
        let Some(answer) = sample.success() else { continue };
        for leaf in leaves(answer) {
            let key = leaf.key();
            let public = PUBLIC
                .iter()
                .any(|word| key.contains(word) || leaf.value.contains(&format!("/{word}")));
            let Some(target) = on_target(ctx, &leaf.value).filter(|_| !public) else { continue };
            let path = target.split(['?', '#']).next().unwrap_or_default();
            let lower = path.to_ascii_lowercase();
            let is_file = ENDINGS.iter().any(|ending| lower.ends_with(ending))
                || PLACES.iter().any(|place| lower.contains(place));
            let below = path.strip_prefix(ctx.target.base_path.as_str()).unwrap_or(path);
            let described = ctx.catalog.find(&Method::Get, below).is_some();
            let private = ctx.corpus.is_private(&leaf.value, sample.who);
            let known = found.iter().any(|(_, other)| *other == target);
            if is_file && !described && private && !known && found.len() < FILES_MAX {
                found.push((sample.who, target));
            }
        }
    }
    found
}

/// Path and query of an address on this target.
fn on_target(ctx: &Context<'_>, value: &str) -> Option<String> {
    let target = match value.split_once("://") {
        Some(_) => value.strip_prefix(ctx.target.origin.as_str())?,
        None => value,
    };
    let plain = !target.contains(char::is_whitespace) && Placeholder::find_all(target).is_empty();
    (plain && target.starts_with('/') && !target.starts_with("//") && target.len() > 1)
        .then(|| target.to_owned())
}

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let mut doubt = None;
    let mut refused = false;
    let mut slight = None;
    for (owner, target) in files(ctx) {
        let other = if owner == Who::A { Who::B } else { Who::A };
        let request = uncached(Request::read(&target));
        let own = tape.send(request.clone().by(owner))?;
        if !is_file(ctx, own.answer()) {
            doubt = Some(format!("{owner} itself is not given its file: {}", own.status));
            continue;
        }
        let by_other = tape.send(request.clone().by(other))?;
        if !same_file(own.answer(), by_other.answer()) {
            refused = true;
            continue;
        }
        let nobody = tape.send(request.by(Who::Nobody))?;
        let open = same_file(own.answer(), nobody.answer());
        let (severity, why) = if signed(&target) {
            (Severity::Info, "the address is signed: it is meant to be handed on, for a while")
        } else if unguessable(&target) {
            (
                Severity::Info,
                "the address cannot be guessed: whoever has it was given it, or found it in a log",
            )
        } else {
            (Severity::Medium, "the address can be guessed")
        };
        let whom = if open { "nobody at all" } else { "the other identity" };
        let summary = format!("a file that only {owner} was told of is given to {whom}");
        let verdict = Verdict::fail(
            Proof::new(severity, Confidence::Confirmed, summary)
                .because(format!("only {owner} was ever shown its address"))
                .because(format!("{other} is given the same {} bytes", own.body_bytes))
                .because(format!("nobody: {}", nobody.status))
                .because(why)
                .between(owner, other)
                .shown_by([by_other.index, own.index, nobody.index]),
        );
        if severity == Severity::Medium {
            return Ok(verdict);
        }
        slight = slight.or(Some(verdict));
    }
    Ok(match (slight, refused, doubt) {
        (Some(verdict), ..) => verdict,
        (None, true, _) => Verdict::Pass,
        (None, false, Some(why)) => Verdict::inconclusive(why),
        (None, false, None) => Verdict::NotApplicable,
    })
}

/// Whether an answer is a file rather than a page that stands in for one.
fn is_file(ctx: &Context<'_>, answer: &Answer) -> bool {
    !refuses(answer) && !ctx.target.not_found.is_not_found(answer) && !is_login_page(&answer.body)
}

fn same_file(one: &Answer, other: &Answer) -> bool {
    other.is_success()
        && one.body_bytes == other.body_bytes
        && one.body == other.body
        && one.media_type() == other.media_type()
}

/// Whether an address carries a signature or a moment at which it ends.
fn signed(target: &str) -> bool {
    let query = target.split_once('?').map(|(_, query)| query).unwrap_or_default();
    let mut names = query.split('&').filter_map(|pair| pair.split('=').next());
    names.any(|name| SIGNATURES.contains(&name.to_ascii_lowercase().as_str()))
}

/// Whether an address has a part that nobody guesses.
fn unguessable(target: &str) -> bool {
    let mut parts = target.split(['/', '?', '=', '&', '.', '_']);
    parts.any(|part| {
        let long = part.chars().filter(char::is_ascii_alphanumeric).count() >= UNGUESSABLE_CHARS;
        let mixed = part.bytes().any(|b| b.is_ascii_digit())
            && part.bytes().any(|b| b.is_ascii_alphabetic());
        is_uuid(part) && part.as_bytes().get(14) != Some(&b'1') || long && mixed
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_can_be_guessed_are_told_from_others() {
        assert!(!unguessable("/uploads/invoice-2026-0012.pdf"));
        assert!(unguessable("/uploads/3f2504e0-4f89-41d3-9a0c-0305e82c3301.pdf"));
        assert!(unguessable("/files/9f86d081884c7d659a2feaa0c55ad015"));
        assert!(signed("/files/7.pdf?Expires=17&Signature=abc"));
        assert!(!signed("/files/7.pdf?page=2"));
    }
}
