//! `avouch demo`

use super::{Failed, answer, options, scan, tell};
use crate::cli::DemoArgs;
use crate::exit::Exit;
use crate::state::{State, random};
use avouch_model::finding::Finding;
use avouch_model::identity::Who;
use avouch_model::report::Report;
use avouch_model::secret::Secret;
use avouch_range::{Account, Part, Running, Shop, ShopOptions, Switches, accounts};
use avouch_report::formats::terminal;
use avouch_scan::check::Tier;
use avouch_scan::engine::options::ScanOptions;
use avouch_scan::identity::spec::{CredentialSource, IdentitySpec, LoginSpec, Take};
use avouch_wire::address::parse_target;
use std::net::SocketAddr;
use std::path::Path;

/// Starts the sample API on loopback, scans it, shows the report and says what to do next.
pub(super) fn run(args: &DemoArgs) -> Result<Exit, Failed> {
    for path in &args.output {
        scan::can_write(path)?;
    }
    // The shop has a runtime of its own: it is another program's part.
    let runtime = tokio::runtime::Runtime::new().map_err(Failed::broken)?;
    let switches = if args.hardened { Switches::none() } else { Switches::all() };
    let shop = runtime
        .block_on(Shop::start(ShopOptions {
            switches,
            part: Part::Counter,
            ..ShopOptions::default()
        }))
        .map_err(Failed::broken)?;
    let at = &shop.base_url;
    tell(&format!("A sample shop, vulnerable on purpose, runs at {at} for this scan.\n"));
    let state = State::open(Path::new(".avouch")).map_err(Failed::usage)?;
    let scanned = scan::scan(wanted(&shop, &state)?, false, None)?;
    runtime.block_on(shop.stop());
    state.keep_recorded(None).map_err(Failed::usage)?;
    state.keep(&scanned.report, scanned.recording.as_ref()).map_err(Failed::usage)?;
    let report = &scanned.report;
    scan::show(report, "terminal", args.verbose)?;
    if !args.verbose {
        answer(&worst(report))?;
    }
    for path in &args.output {
        scan::write(report, path)?;
    }
    if args.output.is_empty() {
        let page = state.folder().join("demo.html");
        scan::write(report, &page)?;
        tell(&format!("\nThe whole report, to open in a browser: {}", page.display()));
    }
    tell(NEXT);
    // A demonstration that shows findings has done what it is for.
    Ok(if report.score.value.is_some() { Exit::Clean } else { Exit::Untested })
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

fn wanted(shop: &Running, state: &State) -> Result<ScanOptions, Failed> {
    let target = parse_target(&shop.base_url).map_err(Failed::broken)?;
    let fresh = || random().map_err(Failed::broken);
    let mut options = ScanOptions::new(target, fresh()?, fresh()?);
    let people = accounts();
    options.identities = vec![
        identity(Who::A, &people.a),
        identity(Who::B, &people.b),
        identity(Who::High, &people.admin),
    ];
    options.tier = Tier::Active;
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
