//! `avouch demo`: the whole story on one machine, from a grade F to a package that an auditor verifies.

mod stage;
mod story;
mod visits;
mod year;

use super::ledger::args::PlaceArgs;
use super::{Failed, answer, options, scan, scan_ledger, tell};
use crate::cli::DemoArgs;
use crate::exit::Exit;
use crate::state::{State, random};
use avouch_catalog::{Description, Document};
use avouch_model::finding::Finding;
use avouch_model::identity::Who;
use avouch_model::report::Report;
use avouch_model::secret::Secret;
use avouch_range::{Account, Part, Running, Shop, ShopOptions, Switches, Weakness, accounts};
use avouch_report::formats::terminal;
use avouch_scan::engine::options::ScanOptions;
use avouch_scan::engine::run::Scanned;
use avouch_scan::identity::spec::{CredentialSource, IdentitySpec, LoginSpec, Take};
use avouch_wire::address::parse_target;
use stage::Stage;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Plays the story: a sample API on loopback is scanned, guarded and scanned again; the ledger is asked, a
/// forgery of it found out, and a package made for an auditor.
pub(super) fn run(args: &DemoArgs) -> Result<Exit, Failed> {
    if args.year {
        return year::run(args);
    }
    for path in &args.output {
        scan::can_write(path)?;
    }
    let mut stage = Stage::build(!args.no_pause)?;
    let began = jiff::Timestamp::now();
    // The shop has a runtime of its own: it is another program's part.
    let runtime = tokio::runtime::Runtime::new().map_err(Failed::broken)?;
    let shop = runtime.block_on(Shop::start(options_of(args))).map_err(Failed::broken)?;
    let kept_in = State::open(&stage.path(".avouch")).map_err(Failed::usage)?;
    stage.act(
        "The scan",
        "A sample shop, vulnerable on purpose, runs on this machine. It is attacked from outside, as anybody\ncould; what is found is proven, each with the request that shows it.",
    )?;
    let origin = ["ledger", "init", "ledger", "--origin", "shop.example/gateway"];
    stage.quietly(&origin, 0)?;
    let options = wanted_of(&shop.base_url, &shop, &kept_in)?;
    let ledger = PlaceArgs { ledger: stage.path("ledger"), head: None };
    let into = scan_ledger::Into::at(ledger, "default", &options)?;
    let bare = scan::scan(options, false, Some(&into))?;
    scan_ledger::end(Some(&into), &bare, &[], Some(&kept_in), false)?;
    scan::show(&bare.report, "terminal", args.verbose)?;
    if !args.verbose {
        answer(&worst(&bare.report))?;
    }
    kept(&stage, &kept_in, &bare, &args.output)?;
    if bare.report.score.value.is_none() {
        return Ok(Exit::Untested);
    }
    if !args.hardened && !args.scan_only {
        let (gateway, url) = story::guarded(&mut stage, &shop)?;
        // Its requests are recorded by the gateway, which alone writes the ledger meanwhile.
        let guarded = scan::scan(wanted_of(&url, &shop, &kept_in)?, false, None)?;
        let (name, order) = visits::made(&url).map_err(Failed::broken)?;
        gateway.end()?;
        story::compared(&bare.report, &guarded.report)?;
        let entry = story::asked(&mut stage, (name, &order))?;
        story::forged(&mut stage, entry)?;
        story::packed(&mut stage, began)?;
    }
    runtime.block_on(shop.stop());
    tell(NEXT);
    // A demonstration that shows findings has done what it is for.
    Ok(Exit::Clean)
}

/// A shop with its weaknesses, whose tokens others can verify. A gateway refuses tokens that never end, so
/// that with those nobody would come in.
fn options_of(args: &DemoArgs) -> ShopOptions {
    let all = Switches::all();
    let on = all.iter().filter(|weakness| *weakness != Weakness::JwtSensitiveClaims);
    let switches = if args.hardened { Switches::none() } else { Switches::only(on) };
    ShopOptions { switches, part: Part::Counter, rs256: true, ..ShopOptions::default() }
}

/// What a scan of the shop is told.
fn wanted_of(url: &str, shop: &Running, state: &State) -> Result<ScanOptions, Failed> {
    let mut options = wanted(url, state)?;
    // Both scans are told the same: a guard serves nothing that is not described.
    let bytes = shop.openapi().to_string().into_bytes();
    let main = Document { name: "openapi.json".to_owned(), bytes };
    options.descriptions = vec![Description { main, others: Vec::new() }];
    Ok(options)
}

/// Keeps what was found, and writes the reports that were asked for, or a page.
fn kept(stage: &Stage, into: &State, scanned: &Scanned, output: &[PathBuf]) -> Result<(), Failed> {
    into.keep(&scanned.report, scanned.recording.as_ref()).map_err(Failed::usage)?;
    for path in output {
        scan::write(&scanned.report, path)?;
    }
    let page = stage.path("report.html");
    scan::write(&scanned.report, &page)?;
    tell(&format!("\nThe whole report, to open in a browser: {}", page.display()));
    Ok(())
}

/// Findings that are shown whole.
const WHOLE: usize = 3;

/// The worst findings of different checks, whole but for what was sent and received.
fn worst(report: &Report) -> String {
    let mut text = String::from("\nTHE WORST, IN FULL\n\n");
    let mut checks = Vec::new();
    for finding in &report.findings {
        if checks.len() < WHOLE && !checks.contains(&&finding.check) {
            checks.push(&finding.check);
            let short = Finding { exchanges: Vec::new(), ..finding.clone() };
            text.push_str(&terminal::one(&short, &options(false)));
        }
    }
    text
}

/// What to do after the demo.
const NEXT: &str = "
Next, your own API. Reads only, no account needed:
  avouch scan https://api.example.com
With its description and two accounts of the same role, which finds far more:
  export TOKEN_A=… TOKEN_B=…
  avouch scan https://api.example.com --openapi openapi.yaml \\
      --identity a=env:TOKEN_A --identity b=env:TOKEN_B";

fn wanted(url: &str, state: &State) -> Result<ScanOptions, Failed> {
    let target = parse_target(url).map_err(Failed::broken)?;
    let fresh = || random().map_err(Failed::broken);
    let mut options = ScanOptions::new(target, fresh()?, fresh()?);
    let people = accounts();
    options.identities = vec![
        identity(Who::A, &people.a),
        identity(Who::B, &people.b),
        identity(Who::High, &people.admin),
    ];
    options.listen = Some(SocketAddr::from(([127, 0, 0, 1], 0)));
    options.state_folder = Some(state.folder().to_owned());
    Ok(options)
}

fn identity(who: Who, account: &Account) -> IdentitySpec {
    let values = [
        ("user".to_owned(), Secret::new(account.email)),
        ("password".to_owned(), Secret::new(account.password)),
    ];
    IdentitySpec {
        who,
        label: account.name.to_string(),
        source: CredentialSource::Login(LoginSpec {
            method: "POST".to_owned(),
            headers: Vec::new(),
            payload: None,
            target: "/auth/login".to_owned(),
            content_type: "application/json".to_owned(),
            body: r#"{"email":"{user}","password":"{password}"}"#.to_owned(),
            values: values.into_iter().collect(),
            take: Take::Usual,
        }),
        carrier: None,
        also: Vec::new(),
        misfits: Vec::new(),
    }
}
