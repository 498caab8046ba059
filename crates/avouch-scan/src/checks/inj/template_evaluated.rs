//! INJ-07: an expression written into an input is evaluated by a template engine.

use super::probe::{Said, probe_or_unknown, takes_text};
use crate::check::{Check, Family, Oracle, Scope, Tier};
use crate::context::Context;
use crate::danger::words;
use crate::oracle::computed::Product;
use crate::tape::{Flow, Tape};
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};

/// INJ-07
pub(super) const CHECK: Check = Check {
    id: "INJ-07",
    name: "template-evaluated",
    title: "An expression written into an input is evaluated by the server",
    family: Family::Inj,
    severity: Severity::Critical,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::Computed, Oracle::Contrast],
    tier: Tier::Active,
    needs: &[],
    scope: Scope::Input,
    cwe: Cwe(1336),
    owasp: &[Owasp::Api(8)],
    criteria: &["CC6.6"],
    page: include_str!("template_evaluated.md"),
    applies: takes_text,
    run,
};

/// What opens and closes an expression in the engines there are.
const SYNTAXES: [(&str, &str); 11] = [
    ("{{", "}}"),
    ("${", "}"),
    ("#{", "}"),
    ("<%= ", " %>"),
    ("{", "}"),
    ("*{", "}"),
    ("@(", ")"),
    ("{{=", "}}"),
    ("%{", "}"),
    ("[[${", "}]]"),
    ("{%print(", ")%}"),
];
/// Those that stand side by side in one text without harm to each other, in most engines.
const TOGETHER: usize = 5;
/// Words of inputs and paths behind which texts are laid out.
const PLAUSIBLE: [&str; 24] = [
    "template",
    "tpl",
    "render",
    "preview",
    "message",
    "subject",
    "body",
    "text",
    "content",
    "greeting",
    "title",
    "name",
    "email",
    "mail",
    "layout",
    "view",
    "page",
    "format",
    "report",
    "invoice",
    "letter",
    "label",
    "expression",
    "expr",
];

fn expression((open, close): (&str, &str), product: Product, around: &str) -> String {
    format!("{around}{open}{}*{}{close}{around}", product.left, product.right)
}

/// Whether the answer holds the product between its letters; engines for people write separators of
/// thousands into it.
fn shows(said: &Said<'_>, product: Product, around: &str) -> bool {
    let plain = |c: &char| !matches!(c, ',' | '\u{202f}' | '\u{a0}');
    let body: String = said.reply.body.chars().filter(plain).collect();
    body.contains(&format!("{around}{}{around}", product.value()))
}

fn is_plausible(ctx: &Context<'_>) -> bool {
    let name = ctx.input.map(|input| words(input.name())).unwrap_or_default();
    let path = ctx.operation.map(|operation| words(&operation.path)).unwrap_or_default();
    name.iter().chain(&path).any(|word| PLAUSIBLE.contains(&word.as_str()))
}

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let probe = probe_or_unknown(ctx)?;
    let product = Product::new(&ctx.nonces, "together");
    let around = |n: usize| ctx.nonces.word(&format!("around {n}"), 4);
    let numbered = || SYNTAXES.iter().copied().enumerate();
    let parts: Vec<String> =
        numbered().take(TOGETHER).map(|(n, s)| expression(s, product, &around(n))).collect();
    let together = probe.ask(tape, &parts.join(" "))?;
    let evaluated = numbered().take(TOGETHER).find(|(n, _)| shows(&together, product, &around(*n)));
    // A syntax that one engine reads may be a fault to another, which then shows nothing at all.
    let usual = probe.sample.answer().map_or(0, |answer| answer.status);
    let upset = together.answer.status >= 500 && usual < 500;
    let singly: Vec<(usize, (&str, &str))> = match evaluated {
        Some(found) => vec![found],
        None if upset => numbered().collect(),
        None if is_plausible(ctx) => numbered().skip(TOGETHER).collect(),
        None => Vec::new(),
    };
    for (n, syntax) in singly {
        let alone = Product::new(&ctx.nonces, &format!("alone {n}"));
        let first = probe.ask(tape, &expression(syntax, alone, &around(n)))?;
        if !shows(&first, alone, &around(n)) {
            continue;
        }
        let other = Product::new(&ctx.nonces, &format!("other {n}"));
        let second = probe.ask(tape, &expression(syntax, other, &around(n)))?;
        // The same sum without the signs: who works that out reads sums, not templates.
        let bare = Product::new(&ctx.nonces, &format!("bare {n}"));
        let plain = probe.ask(tape, &expression(("", ""), bare, &around(n)))?;
        if !shows(&second, other, &around(n)) || bare.is_in(&plain.reply.body) {
            continue;
        }
        let label = probe.label();
        let signs = format!("{}…{}", syntax.0, syntax.1);
        let summary = format!(
            "{} wrote an expression into {label} as `{signs}`, and the answer held its value",
            probe.who
        );
        return Ok(Verdict::fail(
            Proof::new(Severity::Critical, Confidence::Confirmed, summary)
                .because("the answer held the product of two random numbers, which was not sent")
                .because("with two other numbers it held their product")
                .because(format!("without `{signs}` around it the same sum was not worked out"))
                .about(label)
                .shown_by([first.reply.index, second.reply.index, plain.reply.index]),
        ));
    }
    Ok(probe.nothing_found())
}
