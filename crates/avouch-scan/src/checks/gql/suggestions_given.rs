//! GQL-02: a graph corrects the spelling of strangers, and so tells them its fields.

use super::asking::{addresses, has_graph, query, schema};
use crate::check::{Check, Family, Oracle, Scope, Tier};
use crate::context::Context;
use crate::oracle::graph_answer::{denies, errors};
use crate::tape::{Flow, Tape};
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};

/// GQL-02
pub(super) const CHECK: Check = Check {
    id: "GQL-02",
    name: "suggestions-given",
    title: "The graph tells strangers the names of its fields by correcting them",
    family: Family::Gql,
    severity: Severity::Info,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::Grammar],
    tier: Tier::Read,
    needs: &[],
    scope: Scope::Target,
    cwe: Cwe(209),
    owasp: &[Owasp::Api(8)],
    criteria: &["CC6.6"],
    page: include_str!("suggestions_given.md"),
    applies: has_graph,
    run,
};

/// Misspelt names of what most graphs hold, for one whose schema is not known.
const MISSPELT: &str = "uzer uzers ordr ordrs produkt produkts accont mee viewr serch pozts";

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let mut open = None;
    for address in addresses(ctx) {
        let known = schema(ctx, address).and_then(|graph| {
            graph.queries().iter().map(|field| &field.name).find(|n| n.len() > 3)
        });
        let words = known.map_or_else(|| MISSPELT.to_owned(), |name| format!("{name}z"));
        let reply = tape.send(query(address, &format!("query{{{words}}}")))?;
        let told = errors(reply.answer());
        if let Some(name) = told.iter().find_map(|error| suggested(&error.message, &words)) {
            let summary = format!("nobody misspelt a field of `{address}` and was corrected");
            return Ok(Verdict::fail(
                Proof::new(Severity::Info, Confidence::Confirmed, summary)
                    .because(format!("the error suggests `{name}`, which was not in the question"))
                    .because("field by field the schema can be read this way without introspection")
                    .about(address)
                    .shown_by([reply.index]),
            ));
        }
        let judged = known.is_some() && told.iter().any(|error| error.message.contains(&words));
        if !judged && !denies(reply.answer()) {
            open = Some(format!("`{address}` did not say what is wrong with a misspelt field"));
        }
    }
    Ok(open.map_or(Verdict::Pass, Verdict::inconclusive))
}

/// A name that an error suggests in place of one of these words.
fn suggested(message: &str, words: &str) -> Option<String> {
    let (_, after) = message.split_once("id you mean")?;
    let names = after.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let own = |name: &&str| name.len() > 1 && !words.split(' ').any(|word| word == *name);
    names
        .filter(own)
        .find(|name| !["or", "to", "use", "an", "the"].contains(name))
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_suggestion_is_a_name_that_was_not_asked() {
        let said =
            "Cannot query field \"uzer\" on type \"Query\". Did you mean \"user\" or \"users\"?";
        assert_eq!(suggested(said, "uzer uzers").as_deref(), Some("user"));
        assert_eq!(suggested("Cannot query field \"uzer\"", "uzer"), None);
        assert_eq!(suggested("Did you mean \"uzer\"?", "uzer"), None);
    }
}
